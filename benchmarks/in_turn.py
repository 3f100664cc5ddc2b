"""Contenders run in turn, round after round, such that what disturbs the machine disturbs all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from pytest_benchmark.fixture import BenchmarkFixture

__all__ = ["Clocked", "Contender", "Rounds", "clocked", "run_in_turn"]


class Measured(Protocol):
    """What a contender returns of each run."""

    @property
    def seconds(self) -> float:
        """How long it took."""

    @property
    def peak_bytes(self) -> int:
        """The most memory that was held."""


Contender = Callable[[], Measured]


@dataclass(frozen=True)
class Clocked:
    """A call in this process, whose memory nobody can tell from that of the calls before."""

    seconds: float
    peak_bytes: int = 0


def clocked(call: Callable[[], object]) -> Contender:
    """Return a contender that times a call."""

    def measured() -> Clocked:
        start = time.perf_counter()
        call()
        return Clocked(time.perf_counter() - start)

    return measured


@dataclass(frozen=True)
class Rounds:
    """What each contender took, round by round; heatbin comes first.

    Parameters
    ----------
    runs : tuple of list
        For each contender its runs.
    """

    runs: tuple[list[Measured], ...]

    def seconds(self, contender: int = 0) -> float:
        """Return the median time of a contender."""
        return median(run.seconds for run in self.runs[contender])

    def peak_bytes(self, contender: int = 0) -> float:
        """Return the median of a contender's largest resident sets."""
        return median(run.peak_bytes for run in self.runs[contender])

    def ratio(self) -> float:
        """Return the median of each round's ratio: heatbin's time over that of all the others together."""
        ours, *others = ([run.seconds for run in runs] for runs in self.runs)
        theirs: list[float] = [sum(times) for times in zip(*others, strict=True)]
        return median(mine / together for mine, together in zip(ours, theirs, strict=True))


def run_in_turn(benchmark: BenchmarkFixture, ours: Contender, *others: Contender, rounds: int) -> Rounds:
    """Run heatbin and what it is compared with in turn; pytest-benchmark clocks heatbin.

    The caller has had the answer of each before, so that no round pays for what only a first run does.
    """
    runs: tuple[list[Measured], ...] = tuple([] for _ in range(1 + len(others)))

    def run_others() -> None:
        for other, past in zip(others, runs[1:], strict=True):
            past.append(other())

    def run_ours() -> None:
        runs[0].append(ours())

    benchmark.pedantic(run_ours, setup=run_others, rounds=rounds)  # type: ignore[no-untyped-call]
    return Rounds(runs)
