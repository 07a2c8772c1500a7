"""How many processor cores there are to compute on."""

import os


def n_cores() -> int:
    """Processor cores that this process may use: ``$OMP_NUM_THREADS``, which torch heeds as well, or those it has."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    if value.isdecimal() and int(value):
        return int(value)
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone
    return len(affinity(0)) if affinity else os.cpu_count() or 1
