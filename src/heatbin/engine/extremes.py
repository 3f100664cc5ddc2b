"""A pass over the data for the smallest and largest finite value of each column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Column, Points

__all__ = ["Extremes", "finite"]


class Extremes:
    """The fold behind ranges that are taken from the data.

    Parameters
    ----------
    count : int
        How many coordinates there are.

    Notes
    -----
    Each column counts for itself: a row whose x is null still has a y. Rows that do not pass the filter count
    for neither.
    """

    def __init__(self, count: int) -> None:
        self.ends: list[tuple[float, float] | None] = [None] * count

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        for i, values in enumerate(finite(points)):
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


def finite(points: Points) -> Iterator[Array]:
    """Yield, of each coordinate, the values that are finite and not null, in the rows that pass the filter."""
    selected = None if points.selected is None else _valid(points.selected, points.selected.values != 0)
    for column in points.coordinates:
        yield _finite(column, selected)


def _finite(column: Column, selected: npt.NDArray[np.bool_] | None) -> Array:
    values = column.values
    keep = _valid(column, selected)
    if values.dtype.kind == "f":
        keep = np.isfinite(values) if keep is None else keep & np.isfinite(values)
    return values if keep is None else values[keep]


def _valid(column: Column, also: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
    """Return which values are not null, and are in `also`."""
    if column.validity is None:
        return also
    first = column.offset // 8
    bits = np.unpackbits(column.validity[first : (column.offset + len(column) + 7) // 8], bitorder="little")
    valid = bits[column.offset - 8 * first :][: len(column)].astype(np.bool_)
    return valid if also is None else valid & also
