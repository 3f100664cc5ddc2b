"""NumPy's own call, with NumPy's own rules."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Axis
from heatbin.binning import Binning
from heatbin.columns import Array, Column, Points
from heatbin.compat.rules import density_of, narrowest, requests
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
    common = np.result_type(*columns)
    asked = requests(bins, range)
    axes = [
        request.axis(_data_range(column, common) if request.automatic else (0, 1))
        for request, column in zip(asked, columns, strict=True)
    ]
    counts = _count(columns, axes).astype(np.float64)
    edges = [axis.edges for axis in axes]
    return (density_of(counts, edges) if density else counts), edges[0], edges[1]


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


def _data_range(column: Array, common: np.dtype[Any]) -> tuple[Any, Any]:
    """Return the ends of the data, in the type in which NumPy would hold both columns together."""
    if column.size == 0:
        return 0.0, 1.0
    lo, hi = column.min(), column.max()
    if not (np.isfinite(lo) and np.isfinite(hi)):
        raise UsageError(f"the data range from {lo} to {hi}: give a range, since NaN or infinity leave none")
    return narrowest((lo, hi), common)


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
