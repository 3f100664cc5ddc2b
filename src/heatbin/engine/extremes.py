"""A pass over the data for the smallest and largest value of each column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Column, Points

__all__ = ["Extremes", "Together", "usable"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Together:
    """Columns of which a row counts only if it has a usable value in each.

    Parameters
    ----------
    above : tuple of float or None
        Of each column, what its values must exceed; None if nothing. Those that are null, NaN or infinite are never
        usable.
    """

    above: tuple[float | None, ...] = (None,)


class Extremes:
    """The fold behind ranges that are taken from the data.

    Parameters
    ----------
    coordinates : sequence of Together
        The columns, by the coordinate that takes them.

    Notes
    -----
    Each coordinate counts for itself: a row whose x is null still has a y. Rows that do not pass the filter count
    for none.
    """

    def __init__(self, coordinates: Sequence[Together]) -> None:
        self._coordinates = coordinates
        self.ends: list[tuple[float, float] | None] = [None] * sum(len(each.above) for each in coordinates)

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        for i, values in enumerate(usable(points, self._coordinates)):
            if values.size:
                self._widen(i, (values.min().item(), values.max().item()))

    def merge(self, other: Extremes) -> None:
        """Take in what another one saw."""
        for i, ends in enumerate(other.ends):
            if ends is not None:
                self._widen(i, ends)

    def _widen(self, i: int, ends: tuple[float, float]) -> None:
        lo, hi = self.ends[i] or ends
        self.ends[i] = (min(lo, ends[0]), max(hi, ends[1]))


def usable(points: Points, coordinates: Sequence[Together]) -> Iterator[Array]:
    """Yield, of each column, the values that may give a range, in the rows that pass the filter."""
    selected = None if points.selected is None else _valid(points.selected, points.selected.values != 0)
    columns = iter(points.coordinates)
    for together in coordinates:
        taken = [(next(columns), above) for above in together.above]
        keep = selected
        for column, above in taken:
            keep = _usable(column, above, keep)
        for column, _ in taken:
            yield column.values if keep is None else column.values[keep]


def _usable(column: Column, above: float | None, also: Mask | None) -> Mask | None:
    keep = _valid(column, also)
    if column.values.dtype.kind == "f":
        keep = _both(keep, np.isfinite(column.values))
    return keep if above is None else _both(keep, column.values > above)


def _both(one: Mask | None, other: Mask) -> Mask:
    return other if one is None else one & other


def _valid(column: Column, also: Mask | None) -> Mask | None:
    """Return which values are not null, and are in `also`."""
    present = column.present
    return also if present is None else _both(also, present)
