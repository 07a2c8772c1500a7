"""Freed memory stays with the process, and few searches for garbage are made in it."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, torch
from gprel.memory import keep_freed_memory
keep = {keep}
assert not keep or keep_freed_memory()
torch.zeros(1 << 24).add_(1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    torch.zeros(1 << 24).add_(1)  # 64 MiB: 16,384 pages
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


COLLECTING = """
import gc
from gprel.memory import collect_rarely
if {rarely}:
    collect_rarely()
before = sum(one["collections"] for one in gc.get_stats())
kept = [[number] for number in range(40_000)]
print(sum(one["collections"] for one in gc.get_stats()) - before, gc.get_freeze_count())
"""


def collections(rarely: bool) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", COLLECTING.format(rarely=rarely)], stdout=subprocess.PIPE, text=True, check=True
    )
    n_collections, n_frozen = map(int, done.stdout.split())
    return n_collections, n_frozen


def page_faults(keep: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(keep=keep)], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is one of glibc")
def test_kept_memory_is_not_asked_for_again() -> None:
    assert page_faults(keep=True) * 2 < page_faults(keep=False)


def test_garbage_is_looked_for_less_often() -> None:
    n_collections, n_frozen = collections(rarely=True)
    assert n_collections == 0
    assert n_frozen > 0
    assert collections(rarely=False)[0] > 10


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from gprel.memory import keep_freed_memory

    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory() is False
