"""How memory is handed out and searched for garbage, for programs that do one long job."""

import ctypes
import gc
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # names of glibc's malloc.h
_LARGEST_INT = 2**31 - 1
_YOUNG_OBJECTS = 50_000  # those of a thousand texts or so; Python's own number is 700


def keep_freed_memory() -> bool:
    """Let this process keep freed memory for its next tensors instead of handing it back to the kernel.

    glibc returns every large block at once, and the kernel fills it with zeros when it is asked for again: a training
    step of a small encoder on windows of 512 tokens spends half its time on that. It holds for the whole process, so
    programs call it, not the library. Peak memory rises by a fifth or so; where there is no glibc nothing happens.

    Returns:
        Whether the C library took the setting.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    return bool(mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, _LARGEST_INT))


def collect_rarely() -> None:
    """Let Python's garbage collector pass over all that is alive now, and look at the rest less often.

    A model and the libraries behind it are hundreds of thousands of objects, and an extraction makes millions of lists
    and tuples of which none is garbage that needs finding: together a twentieth of its time. It holds for the whole
    process, so programs call it when their model is loaded, not the library.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
