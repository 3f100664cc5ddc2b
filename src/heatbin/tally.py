"""Where every row went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator

__all__ = ["FATES", "Absences", "Tally", "moved", "tally_of"]

FATES = ("read", "binned", "outside", "missing", "filtered", "skipped")


@dataclass(frozen=True, slots=True)
class Absences:
    """The rows that are binned and lack a sample; statistics take those that are infinite.

    Parameters
    ----------
    null, nan, inf : int
        How many samples are null, NaN, infinite.
    """

    null: int = 0
    nan: int = 0
    inf: int = 0

    def __add__(self, other: Absences) -> Absences:
        return Absences(self.null + other.null, self.nan + other.nan, self.inf + other.inf)


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows of a run: ``read == binned + outside + missing + filtered``.

    Parameters
    ----------
    read : int
        All rows that were decoded.
    binned : int
        Those inside all axes.
    outside : int
        Those below or above an axis, or infinite.
    missing : int
        Those with a null or NaN coordinate, outside or not.
    filtered : int
        Those that `where` did not select, whatever else they are.
    skipped : int
        Those never read, because statistics proved that they would not be binned.
    samples : dict of str to Absences
        Of each sample that a statistic takes, what was absent or infinite among the rows that were binned, before
        some of their bins were cut off: of single cells that is not kept.
    """

    read: int = 0
    binned: int = 0
    outside: int = 0
    missing: int = 0
    filtered: int = 0
    skipped: int = 0
    samples: dict[str, Absences] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows that there are: read and skipped."""
        return self.read + self.skipped

    def __add__(self, other: Tally) -> Tally:
        samples = {
            name: self.samples.get(name, Absences()) + other.samples.get(name, Absences())
            for name in (*self.samples, *other.samples)
        }
        rows = {fate: getattr(self, fate) + getattr(other, fate) for fate in FATES}
        return Tally(**rows, samples=samples)

    def plain(self) -> dict[str, Any]:
        """Return the account as plain data; without samples where no statistic takes one."""
        told = asdict(self)
        return told if self.samples else {fate: told[fate] for fate in FATES}


def tally_of(accumulator: Accumulator, *, skipped: int = 0) -> Tally:
    """Return where the rows of an accumulator went: a sum over the flow cells of its count."""
    counts, binning = accumulator.count.counts, accumulator.binning
    unfiltered, present, binned = _within(counts[:-1].reshape(binning.extents))
    filtered = int(counts[-1])
    samples = {name: Absences(*told.tolist()) for name, told in accumulator.absent().items()}
    return Tally(
        read=unfiltered + filtered,
        binned=binned,
        outside=present - binned,
        missing=unfiltered - present,
        filtered=filtered,
        skipped=skipped,
        samples=samples,
    )


def moved(before: Tally, after: Tally) -> Tally:
    """Return what to add to the tally of a grid that was cut: rows that were binned or outside are outside now."""
    lost = {fate: getattr(before, fate) - getattr(after, fate) for fate in FATES}
    return Tally(**{**lost, "binned": 0, "outside": lost["outside"] + lost["binned"]})


def _within(grid: npt.NDArray[Any]) -> tuple[int, int, int]:
    """Return how many rows a grid with flow has, how many of them miss no coordinate, and how many are in a bin.

    One pass over the grid: what is left of its first axis by then is taken off the sum of all.
    """
    if not grid.ndim:
        return (int(grid),) * 3
    rows = grid.sum(axis=0, dtype=np.int64)
    present = rows - grid[-1]
    inside = present - grid[0] - grid[-2]
    others = grid.ndim - 1
    return (
        int(rows.sum()),
        int(present[(slice(-1),) * others].sum()),
        int(inside[(slice(1, -2),) * others].sum()),
    )
