"""Where every row went."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator

__all__ = ["Tally", "moved", "tally_of"]


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
    """

    read: int = 0
    binned: int = 0
    outside: int = 0
    missing: int = 0
    filtered: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All rows that there are: read and skipped."""
        return self.read + self.skipped

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: value + getattr(other, name) for name, value in asdict(self).items()})


def tally_of(accumulator: Accumulator, *, skipped: int = 0) -> Tally:
    """Return where the rows of an accumulator went: a sum over the flow cells of its count."""
    counts, binning = accumulator.count.counts, accumulator.binning
    binned, present = (_total(binning.inside(counts, flow=flow)) for flow in (False, True))
    filtered, read = int(counts[-1]), _total(counts)
    return Tally(read, binned, present - binned, read - filtered - present, filtered, skipped)


def moved(before: Tally, after: Tally) -> Tally:
    """Return what to add to the tally of a grid that was cut: rows that were binned or outside are outside now."""
    lost = {fate: count - getattr(after, fate) for fate, count in asdict(before).items()}
    return Tally(**{**lost, "binned": 0, "outside": lost["outside"] + lost["binned"]})


def _total(grid: npt.NDArray[Any]) -> int:
    return int(grid.sum(dtype=np.int64))
