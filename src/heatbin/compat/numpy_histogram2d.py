"""NumPy's own call, with NumPy's own rules."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import BLOCK_ROWS, Accumulator
from heatbin.axes import Axis
from heatbin.binning import Binning
from heatbin.columns import Array, Column, Points
from heatbin.compat.columns import held_columns, native
from heatbin.compat.drawing import columns_of
from heatbin.compat.rules import density_of, narrowest, requests
from heatbin.errors import UsageError
from heatbin.logical import NUMBER
from heatbin.statistics import bind, weight

__all__ = ["histogram2d"]


def histogram2d(  # noqa: PLR0917
    x: npt.ArrayLike | str,
    y: npt.ArrayLike | str,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: npt.ArrayLike | str | None = None,
    *,
    data: Any = None,
) -> tuple[npt.NDArray[np.float64], Array, Array]:
    """Count points on a grid: `numpy.histogram2d`, bit for bit, only faster, and on data larger than memory.

    Where NumPy takes integers for doubles that do not equal them, beyond 2⁵³, they are compared as what they are.

    Parameters
    ----------
    x, y : array_like, shape (N,), or str
        The coordinates of the points, any integer or float type; not copied. Times, too, with edges that are times,
        and decimals; nulls that a column of Arrow, pandas or polars has are in no bin. Columns or expressions where
        there is `data`.
    bins : int or array_like or [int, int] or [array, array], optional
        As NumPy takes it.
    range : array_like, shape (2, 2), optional
        ``[[xmin, xmax], [ymin, ymax]]``; of the data, where it is None. Rows that can be read only once need one.
    density : bool, optional
        Whether to return the probability density instead of counts.
    weights : array_like, shape (N,), or str, optional
        What each point counts for. Their sums are exact and rounded once, where NumPy's collect rounding errors; a NaN
        among them makes its own bin NaN.
    data : source, mapping, data frame or table, optional
        Where the columns are. Anything that `heatbin.aggregate` reads is streamed, whatever its size.

    Returns
    -------
    H : ndarray of float64, shape (nx, ny)
        x along the first dimension.
    xedges : ndarray, shape (nx + 1,)
    yedges : ndarray, shape (ny + 1,)

    Raises
    ------
    ValueError
        When x, y and weights differ in length, or bins or range cannot work, or NaN, infinity or null leave no
        range.
    TypeError
        When a number of bins is no integer, or x, y or weights are no numbers.

    Examples
    --------
    >>> histogram2d([0.1, 0.9, 0.9], [0.2, 0.7, 1.0], bins=2, range=[[0, 1], [0, 1]])[0]
    array([[1., 0.],
           [0., 2.]])
    """
    named = columns_of(data, x=x, y=y, weights=weights)
    if named is None:
        from heatbin.compat.streaming import histogram2d_of

        return histogram2d_of(data, x, y, bins=bins, range=range, density=density, weights=weights)
    return _of_arrays(**named, bins=bins, range=range, density=density)


def _of_arrays(
    x: Any, y: Any, weights: Any, *, bins: Any, range: Any, density: bool | None
) -> tuple[npt.NDArray[np.float64], Array, Array]:
    held = held_columns(x, y, weights)
    if not all(isinstance(column, np.ndarray) and column.dtype.kind in "biuf" for column in held.values()):
        return _of_typed(held, bins=bins, range=range, density=density)
    x, y, *weighing = held.values()
    columns, common = (x, y), np.result_type(x, y)
    asked = requests(bins, range)
    for name, request in zip("xy", asked, strict=True):
        request.check_numbers(name)
    axes = [
        request.axis(
            _data_range(column, common, name) if request.automatic else (0, 1),
            floating=column.dtype.kind == "f",
        ).of(NUMBER)
        for name, request, column in zip("xy", asked, columns, strict=True)
    ]
    values = _weighed(columns, weighing[0], axes) if weighing else _count(columns, axes).astype(np.float64)
    edges = [request.edges_of(axis) for request, axis in zip(asked, axes, strict=True)]
    return (density_of(values, edges) if density else values), edges[0], edges[1]


def _of_typed(
    held: dict[str, Any], *, bins: Any, range: Any, density: bool | None
) -> tuple[npt.NDArray[np.float64], Array, Array]:
    """Count points of which a column holds more than numbers as those of a source, whose columns say what they mean."""
    from heatbin.compat.streaming import histogram2d_of

    weighing = "weights" if "weights" in held else None
    return histogram2d_of(held, "x", "y", bins=bins, range=range, density=density, weights=weighing)


def _data_range(column: Array, common: np.dtype[Any], name: str) -> tuple[Any, Any]:
    """Return the ends of the data, in the type in which NumPy would hold both columns together.

    Integers stay what they are beside doubles, for no double may equal them.
    """
    if column.size == 0:
        return 0.0, 1.0
    lo, hi = column.min(), column.max()
    if not (np.isfinite(lo) and np.isfinite(hi)):
        raise UsageError(f"{name} ranges from {lo} to {hi}: give a range, since NaN or infinity leave none")
    exact = column.dtype.kind in "biu" and common == np.float64
    return (int(lo), int(hi)) if exact else narrowest((lo, hi), common)


def _count(columns: Sequence[Array], axes: Sequence[Axis]) -> Array:
    grid = Accumulator(Binning(tuple(axes)))
    for block in _blocks(*columns):
        grid.fill(Points(tuple(map(Column, block))))
    return grid.binning.inside(grid.count.counts)


def _weighed(columns: Sequence[Array], weights: Array, axes: Sequence[Axis]) -> npt.NDArray[np.float64]:
    """Return the exact sum of the weights in each bin, rounded once; NaN where one of them is NaN."""
    grid = Accumulator(Binning(tuple(axes)), bind({"weights": weight("weights")})[1])
    for *block, given in _blocks(*columns, weights):
        sample = Column(given.astype(np.float64, copy=False))
        grid.fill(Points(tuple(map(Column, block)), (sample,)))
    values: npt.NDArray[np.float64] = grid.values("weights").astype(np.float64, copy=False)
    values[grid.rows() != grid.present("weights")] = np.nan
    return values


def _blocks(*columns: Array) -> Iterator[tuple[Array, ...]]:
    for start in builtins.range(0, columns[0].size, BLOCK_ROWS):
        yield tuple(native(column[start : start + BLOCK_ROWS]) for column in columns)
