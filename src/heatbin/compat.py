"""NumPy's own call, with NumPy's own rules."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from operator import index as as_index
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Axis, Regular, Variable
from heatbin.binning import Binning
from heatbin.columns import Array, Column, Points
from heatbin.errors import UsageError

__all__ = ["histogram2d"]

CHUNK_ROWS = 1 << 17


def histogram2d(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
) -> tuple[npt.NDArray[np.float64], Array, Array]:
    """Count points on a grid: `numpy.histogram2d`, bit for bit, only faster.

    Parameters
    ----------
    x, y : array_like, shape (N,)
        The coordinates of the points, any integer or float type; not copied.
    bins : int or array_like or [int, int] or [array, array], optional
        As NumPy takes it.
    range : array_like, shape (2, 2), optional
        ``[[xmin, xmax], [ymin, ymax]]``; of the data, if None.
    density : bool, optional
        Whether to return the probability density instead of counts.

    Returns
    -------
    H : ndarray of float64, shape (nx, ny)
        x along the first dimension.
    xedges : ndarray, shape (nx + 1,)
    yedges : ndarray, shape (ny + 1,)

    Raises
    ------
    ValueError
        When x and y differ in length, or bins or range cannot work, or NaN or infinity leave the range unknown.
    TypeError
        When a number of bins is no integer.

    Examples
    --------
    >>> histogram2d([0.1, 0.9, 0.9], [0.2, 0.7, 1.0], bins=2, range=[[0, 1], [0, 1]])[0]
    array([[1., 0.],
           [0., 2.]])
    """
    columns = _as_columns(x, y)
    axes = [
        _axis(*each, common=np.result_type(*columns))
        for each in zip(_bins(bins), _ranges(range), columns, strict=True)
    ]
    counts = _count(columns, axes).astype(np.float64)
    edges = [axis.edges for axis in axes]
    return (_density(counts, edges) if density else counts), edges[0], edges[1]


def _as_columns(*coordinates: npt.ArrayLike) -> tuple[Array, ...]:
    arrays = tuple(np.asarray(coordinate) for coordinate in coordinates)
    for name, array in zip("xy", arrays, strict=True):
        if array.ndim != 1:
            raise UsageError(f"{name} must have one dimension, not shape {array.shape}")
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{name} must be numbers, not {array.dtype}")
    if len({array.size for array in arrays}) > 1:
        raise UsageError(f"x and y must have the same length, not {arrays[0].size} and {arrays[1].size}")
    return arrays


def _bins(bins: Any) -> tuple[Any, Any]:
    """Spread `bins` over both axes: two entries are one each, and any other number of them is edges."""
    entries = len(bins) if hasattr(bins, "__len__") and not isinstance(bins, np.generic) else 0
    if entries == 1:
        raise UsageError("bins must be a number, a row of edges, or a pair of these, not a list of one")
    return (bins[0], bins[1]) if entries == 2 else (bins, bins)


def _ranges(range_: Any) -> tuple[Any, Any]:
    if range_ is None:
        return None, None
    if len(range_) != 2:
        raise UsageError(f"range must hold a pair for x and one for y, not {len(range_)} entries")
    return range_[0], range_[1]


def _axis(bins: Any, range_: Any, column: Array, *, common: np.dtype[Any]) -> Axis:
    if np.ndim(bins) > 0:
        return Variable(bins)
    if bins < 1:
        raise UsageError(f"bins must be positive, not {bins}")
    try:
        n = as_index(bins)
    except TypeError:
        raise TypeError(f"bins must be an integer, or a row of edges, not {bins!r}") from None
    lo, hi = _data_range(column, common) if range_ is None else _given_range(*range_)
    if lo == hi:
        lo, hi = lo - 0.5, hi + 0.5
    if isinstance(lo, np.float16 | np.float32):
        return Variable(np.linspace(lo, hi, n + 1))
    return Variable(np.linspace(lo, hi, n + 1)) if lo == hi else Regular(n, lo, hi)


def _data_range(column: Array, common: np.dtype[Any]) -> tuple[Any, Any]:
    """Return the ends of the data, in the type in which NumPy would hold both columns together."""
    if column.size == 0:
        return 0.0, 1.0
    lo, hi = column.min(), column.max()
    if not (np.isfinite(lo) and np.isfinite(hi)):
        raise UsageError(f"the data range from {lo} to {hi}: give a range, since NaN or infinity leave none")
    if common.kind == "f":
        return common.type(lo), common.type(hi)
    return int(lo), int(hi)


def _given_range(lo: Any, hi: Any) -> tuple[Any, Any]:
    if lo > hi:
        raise UsageError(f"the range must go from a smaller to a larger number, not from {lo} to {hi}")
    return float(lo), float(hi)


def _count(columns: Sequence[Array], axes: Sequence[Axis]) -> Array:
    grid = Accumulator(Binning(tuple(axes)))
    for start in builtins.range(0, columns[0].size, CHUNK_ROWS):
        grid.fill(Points(tuple(Column(_native(column[start : start + CHUNK_ROWS])) for column in columns)))
    return grid.binning.inside(grid.count.counts)


def _native(values: Array) -> Array:
    """Return values as kernels take them: contiguous, in this machine's byte order, a float of 32 or 64 bits."""
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    if values.dtype.kind == "f" and values.dtype.itemsize not in (4, 8):
        return values.astype(np.float32 if values.dtype.itemsize == 2 else np.float64)
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))


def _density(counts: npt.NDArray[np.float64], edges: Sequence[Array]) -> npt.NDArray[np.float64]:
    total = counts.sum()
    density: npt.NDArray[np.float64] = (
        counts / np.diff(edges[0])[:, None] / np.diff(edges[1])[None, :] / total
    )
    return density
