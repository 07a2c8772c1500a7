"""The quality gate of the model that comes with gprel: exit code 1 if it is not good enough to be shipped.

    python benchmarks/default_gate.py --data-dir DIR [--model FOLDER]

Measures the model on documents it never saw, not what was written down earlier: precision of triples at the shipped
thresholds, F1 of triples and of entities (strict, micro), and how often entities that merely co-occur are linked.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from default_measure import EDITIONS, article, held_out, measure

from gprel.errors import GprelError
from gprel.extraction.backend import open_backend
from gprel.extraction.default_model import default_model


@dataclass(frozen=True)
class Limits:
    """What a shipped model must reach, in percent.

    Attributes:
        precision: Least precision of triples.
        triple_f1: Least F1 of triples.
        entity_f1: Least F1 of entities.
        pair_rate: Largest share of unrelated pairs that are linked.
    """

    precision: float = 70.0
    triple_f1: float = 30.0
    entity_f1: float = 80.0
    pair_rate: float = 4.0


def main() -> None:
    """Measure, print and judge."""
    limits = Limits()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", default=os.environ.get("GPREL_DATA"), help="folder of the corpora")
    parser.add_argument("--model", type=Path, help="model folder (default: the one that comes with gprel)")
    for name, value in vars(limits).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value, help=f"default: {value}")
    arguments = parser.parse_args()
    limits = Limits(**{name: getattr(arguments, name) for name in vars(limits)})
    backend = open_backend(arguments.model or default_model())
    scores = {edition: measure(backend, held_out(edition, arguments.data_dir), article) for edition in EDITIONS}
    lines, is_good = judge(scores, limits)
    print("\n".join(lines))
    sys.exit(0 if is_good else 1)


def judge(scores: Mapping[str, Any], limits: Limits) -> tuple[Sequence[str], bool]:
    """A line for every figure, and whether all of them are as they should be."""
    lines, is_good = [], True
    for edition, of in scores.items():
        triples, entities = of["triples"]["micro"], of["entities"]["micro"]
        checks = [
            ("triple precision", triples["precision"], limits.precision, triples["precision"] >= limits.precision),
            ("triple F1", triples["f1"], limits.triple_f1, triples["f1"] >= limits.triple_f1),
            ("entity F1", entities["f1"], limits.entity_f1, entities["f1"] >= limits.entity_f1),
        ]
        rate = of["cooccurrence"]["pair_rate"]
        checks.append(("unrelated pairs linked", rate, limits.pair_rate, rate <= limits.pair_rate))
        for name, value, limit, holds in checks:
            lines.append(f"{edition:10} {name:24} {value:6.2f}  limit {limit:6.2f}  {'ok' if holds else 'NOT REACHED'}")
            is_good &= holds
    return lines, is_good


if __name__ == "__main__":
    try:
        main()
    except GprelError as error:
        sys.exit(f"error: {error}")
