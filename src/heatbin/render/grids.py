"""Grids of cells: which of them are empty, and coarser grids made by whole factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from heatbin.errors import UsageError
from heatbin.render.views import LEAST, MOST, AxisView, drawable

__all__ = [
    "Cells",
    "Grid",
    "Reduction",
    "apart",
    "blocks",
    "clean",
    "farthest",
    "filled",
    "is_empty",
    "whole_factor",
    "within_reach",
]

Cells = npt.NDArray[Any]
Reduction = Literal["sum", "max", "min", "mean", "extreme"]

# 4 million cells are merged at a time, which bounds what merging needs beside the grid itself.
_MERGED_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells, x first, and the two axes that they lie on.

    Parameters
    ----------
    cells : ndarray of shape (x.size, y.size)
        Integers (0 is empty) or floats (NaN is empty).
    x, y : AxisView
        The axes.
    """

    cells: Cells
    x: AxisView
    y: AxisView

    @classmethod
    def of(cls, values: npt.ArrayLike, x: AxisView, y: AxisView) -> Self:
        """Return the part of `values` that can be drawn."""
        cells = clean(np.asarray(values))
        if cells.shape != (x.size, y.size):
            raise UsageError(
                f"values must have the shape of the axes, x first: ({x.size}, {y.size}), got {cells.shape}"
            )
        x, columns = drawable(x)
        y, rows = drawable(y)
        shown = cells[columns, rows]
        return cls(shown if shown.size else np.zeros((x.size, y.size), np.int64), x, y)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of cells along x and along y."""
        return self.x.size, self.y.size

    @property
    def values(self) -> Cells:
        """The values of the cells that are not empty, in one dimension."""
        return filled(self.cells)

    def coarser(self, across: int, up: int, reduce: Reduction) -> Self:
        """Return the grid whose cells hold `across` by `up` of this one's (the last ones may hold fewer)."""
        if across == up == 1:
            return self
        cells = blocks(self.cells, across, up, reduce)
        return replace(self, cells=cells, x=self.x.coarser(across), y=self.y.coarser(up))


def is_empty(cells: Cells) -> npt.NDArray[np.bool_]:
    """Return where cells are empty: 0 among integers, NaN among floats."""
    return np.isnan(cells) if cells.dtype.kind == "f" else cells == 0


def filled(cells: Cells) -> Cells:
    """Return the values of the cells that are not empty, in one dimension."""
    kept: Cells = cells[~is_empty(cells)]
    return kept


def within_reach(values: Cells) -> Cells:
    """Return the values that limits can be set at: floats beyond `MOST` are left out, those below `LEAST` are 0.

    Examples
    --------
    >>> within_reach(np.array([2.5, -np.inf, 1.7e308, 5e-324, np.nan]))
    array([2.5, 0. ])
    """
    if values.dtype.kind != "f":
        return values
    kept: Cells = values[np.abs(values) <= MOST]
    kept[np.abs(kept) < LEAST] = 0.0
    return kept


def apart(
    low: float, high: float, vmin: float | None, vmax: float | None, *, ratio: bool = False
) -> tuple[float, float]:
    """Return limits that differ: those given, else the data's, else one that leaves room beside the other.

    Examples
    --------
    >>> apart(2.0, 7.0, None, None), apart(2.0, 7.0, 100.0, None), apart(2.0, 7.0, None, 1.0, ratio=True)
    ((2.0, 7.0), (100.0, 200.0), (0.1, 1.0))
    """
    low, high = low if vmin is None else vmin, high if vmax is None else vmax
    if low < high:
        return low, high
    if vmin is not None and vmax is None:
        return vmin, vmin * 10 if ratio else vmin + (abs(vmin) or 1.0)
    return (high / 10 if ratio else high - (abs(high) or 1.0)), high


def whole_factor(cells: int, pixels: int) -> int:
    """Return how many cells must share a pixel where `cells` are to fit in `pixels`.

    A divisor of `cells` is preferred where one is near, so that all shares are equal.

    Examples
    --------
    >>> whole_factor(1000, 600), whole_factor(999, 600), whole_factor(500, 600)
    (2, 3, 1)
    """
    least = max(1, -(-cells // max(pixels, 1)))
    near = range(least, least + least // 2 + 1)
    return next((factor for factor in near if cells % factor == 0), least)


def blocks(cells: Cells, across: int, up: int, reduce: Reduction) -> Cells:
    """Return the cells combined in blocks of `across` by `up`.

    Parameters
    ----------
    cells : ndarray of shape (nx, ny)
        Integers (0 is empty) or floats (NaN is empty).
    across, up : int
        The size of a block along the first and the second dimension.
    reduce : {"sum", "max", "min", "mean", "extreme"}
        How the cells that are not empty combine; "extreme" is the one farthest from 0. A block of empty cells stays
        empty.

    Examples
    --------
    >>> blocks(np.array([[1, 2, 3], [4, 5, 6]]), 2, 2, "sum")
    array([[12,  9]])
    """
    combine = _REDUCTIONS[reduce]
    rows = max(across, _MERGED_AT_ONCE // cells.shape[1] // across * across)
    parts = [combine(cells[start : start + rows], across, up) for start in range(0, cells.shape[0], rows)]
    return np.concatenate(parts)


def farthest(greatest: Cells, least: Cells) -> Cells:
    """Return whichever of two values is farther from 0, and 0 where they are as far on both sides; NaN where both are.

    Examples
    --------
    >>> farthest(np.array([3.0, 1.0, 2.0, 2.0]), np.array([-1.0, -4.0, -2.0, 2.0]))
    array([ 3., -4.,  0.,  2.])
    """
    above, below = np.abs(greatest), np.abs(least)
    chosen = np.where(below > above, least, greatest)
    return np.where((below == above) & (least != greatest), 0, chosen)


def clean(cells: Cells) -> Cells:
    """Return cells in one of the two forms that the rest trusts: counts ≥ 0, or float64."""
    if cells.dtype.kind == "b":
        return cells.astype(np.int64)
    if cells.dtype.kind == "u" or (cells.dtype.kind == "i" and cells.min(initial=0) >= 0):
        return cells
    if cells.dtype.kind == "i":
        return np.where(cells == 0, np.nan, cells)
    if cells.dtype.kind == "f":
        return np.asarray(cells, dtype=np.float64)
    raise TypeError(f"values must be integers or floats, got {cells.dtype}")


def _fold(function: np.ufunc, cells: Cells, across: int, up: int) -> Cells:
    with np.errstate(invalid="ignore", over="ignore"):
        folded = function.reduceat(cells, np.arange(0, cells.shape[0], across), axis=0)
        result: Cells = function.reduceat(folded, np.arange(0, cells.shape[1], up), axis=1)
    return result


def _sums(cells: Cells, across: int, up: int) -> Cells:
    if cells.dtype.kind == "f":
        return _float_sums(cells, across, up)
    if cells.max(initial=0) > np.iinfo(np.int64).max // (across * up):
        return _float_sums(_floats(cells), across, up)
    return _fold(np.add, cells, across, up)


def _float_sums(cells: Cells, across: int, up: int) -> Cells:
    empty = np.isnan(cells)
    sums = _fold(np.add, np.where(empty, 0.0, cells), across, up)
    return np.where(_fold(np.logical_and, empty, across, up), np.nan, sums)


def _means(cells: Cells, across: int, up: int) -> Cells:
    shares = _fold(np.add, np.where(is_empty(cells), 0.0, 1.0), across, up)
    return _float_sums(_floats(cells), across, up) / np.maximum(shares, 1.0)


def _floats(cells: Cells) -> Cells:
    return np.where(is_empty(cells), np.nan, cells)


_REDUCTIONS: dict[str, Callable[[Cells, int, int], Cells]] = {
    "sum": _sums,
    "max": lambda cells, across, up: _fold(np.fmax, _floats(cells), across, up),
    "min": lambda cells, across, up: _fold(np.fmin, _floats(cells), across, up),
    "mean": _means,
    "extreme": lambda cells, across, up: farthest(
        _fold(np.fmax, _floats(cells), across, up), _fold(np.fmin, _floats(cells), across, up)
    ),
}
