"""Hexagons of points that are in arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import BLOCK_ROWS, Accumulator
from heatbin.axes.hexagons import HexLattice
from heatbin.binning import Binning
from heatbin.columns import Array, Column, Points
from heatbin.compat.columns import absent, floats_of, native
from heatbin.compat.hexagons import Asked, Hexagons, TypedLattice
from heatbin.compat.marginals import bars_of, marginal_edges
from heatbin.compat.reducing import Cells, Floats, called, enough, statistic_of
from heatbin.errors import KindError, LengthError, UsageError
from heatbin.platform import available_cpus
from heatbin.statistics import Statistic, bind, count, quantile
from heatbin.storages import ends_of

__all__ = ["hexagons_of_arrays"]

Ends = tuple[float, float]
Given = TypeVar("Given")
Found = TypeVar("Found")

# Fewer points are done before a second thread has started.
ROWS_A_THREAD = 1 << 19


def hexagons_of_arrays(asked: Asked, x: Any, y: Any, C: Any) -> Hexagons:  # noqa: N803
    """Return the hexagons of points in arrays.

    Parameters
    ----------
    asked : Asked
        What is asked.
    x, y, C : array_like, shape (points,)
        Rows in which one is masked or not finite are left out; C may be None.
    """
    if asked.extent is None and np.ndim(y) == 0:
        raise KindError(f"y must be a row of numbers, not {np.ma.getdata(y)}")
    # The lattice itself leaves out what is not finite, where it is all that looks at the points.
    points = _finite(x, y, C, seen=C is not None or asked.looks)
    for name, ends, scale in zip("xy", points.ends, asked.scales, strict=True):
        if scale == "log" and ends is not None and ends[0] <= 0:
            raise UsageError(f"{name} has values that are not positive, which have no place on a log scale")
    lattice = asked.lattice(TypedLattice)
    if lattice.open:
        lattice = lattice.between(*points.ends)
    shown = _shown(asked, lattice, points)
    return Hexagons(lattice, shown, _bars(asked, lattice, points) if asked.marginals else ())


class _Points(NamedTuple):
    """The rows that are drawn, and the smallest and largest x and y among them; None where there are none."""

    x: Array
    y: Array
    values: Array | None
    ends: tuple[Ends | None, Ends | None]


def _finite(x: Any, y: Any, C: Any, *, seen: bool) -> _Points:  # noqa: N803
    """Return the rows that are not masked and, where others than the lattice see the points (`seen`), finite."""
    columns = _aligned(x, y, C)
    rows, kept = columns["x"].size, [column.data for column in columns.values()]
    seen = seen or any(np.ma.is_masked(column) for column in columns.values())
    ends = _at_once(_finite_ends, columns.values(), rows) if seen else [None, None]
    if seen and None in ends:
        keep = np.logical_and.reduce([_usable(column) for column in columns.values()])
        kept = [column[keep] for column in kept]
        ends = [_finite_ends(column) for column in kept[:2]]
    across, upwards = map(native, kept[:2])
    return _Points(across, upwards, kept[2] if C is not None else None, (ends[0], ends[1]))


def _aligned(x: Any, y: Any, C: Any) -> dict[str, Any]:  # noqa: N803
    """Return the columns by name, of one dimension and of one length."""
    given = {"x": x, "y": y} if C is None else {"x": x, "y": y, "C": C}
    columns = _broadcast({name: _numbers(np.ma.asarray(column), name) for name, column in given.items()})
    if C is not None and columns["C"].shape == (columns["x"].size, 1):
        columns["C"] = columns["C"].ravel()
    for name, column in columns.items():
        if column.ndim == 0:
            raise KindError(f"{name} must be a row of numbers, not {given[name]!r}")
        if column.ndim != 1:
            raise LengthError(f"{name} must have one dimension, not shape {column.shape}")
        if column.size != columns["x"].size:
            raise LengthError(
                f"x and {name} must have the same length, not {columns['x'].size} and {column.size}"
            )
    return columns


def _broadcast(columns: dict[str, Any]) -> dict[str, Any]:
    """Return columns of which x and y were broadcast against each other, where they can be.

    With C only y is, for matplotlib looks at as many points as there are x.
    """
    x, y = columns["x"], columns["y"]
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return columns
    if not x.ndim or ("C" in columns and not shape == x.shape == (x.size,)):
        return columns
    return {**columns, "x": _spread(x, shape), "y": _spread(y, shape)}


def _spread(column: Any, shape: tuple[int, ...]) -> Any:
    """Return a column broadcast to a shape, in one row; without a copy where it has that already."""
    if column.shape == shape:
        return column.ravel()
    mask = np.broadcast_to(np.ma.getmaskarray(column), shape)
    return np.ma.array(np.broadcast_to(column.data, shape), mask=mask).ravel()


def _finite_ends(column: Any) -> Ends | None:
    """Return the smallest and the largest value, None where one is masked, NaN or infinite, or there is none.

    Both are NaN where a value is, and where one is infinite so is an end: no array of truths is made to know.
    """
    if np.ma.is_masked(column) or column.dtype.kind not in "biuf" or not column.size:
        return None
    lo, hi = ends_of(np.ma.getdata(column))
    return (lo, hi) if np.isfinite(lo) and np.isfinite(hi) else None


def _numbers(column: Any, name: str) -> Any:
    """Return a column as one of numbers, without a copy where it is; what a function alone sees may be anything."""
    kind = column.dtype.kind
    if kind == "O" and name == "C" and column.ndim:
        floats = floats_of(column.data)
        return np.ma.array(column if floats is None else floats, mask=column.mask | absent(column.data))
    if kind in "biuf" or name == "C":
        return column
    if kind == "m":
        column = np.ma.masked_where(np.isnat(column), column)
    return column.astype(np.float64)


def _usable(column: Any) -> npt.NDArray[np.bool_]:
    is_number = column.dtype.kind in "biufcmM"
    finite: npt.NDArray[np.bool_] = np.isfinite(column.data) if is_number else np.ones(column.shape, np.bool_)
    return finite & ~column.mask if np.ma.is_masked(column) else finite


def _shown(asked: Asked, lattice: HexLattice, points: _Points) -> Floats:
    """Return the value of each hexagon as it is drawn."""
    least = asked.least(counting=points.values is None)
    if points.values is None:
        return _found(lattice, points, count(), least)
    statistic = statistic_of(asked.function, "C")
    if statistic is None or isinstance(statistic, quantile) or points.values.dtype.kind not in "biuf":
        # Of what is in memory percentiles are exact. Other functions may want what matplotlib hands them: lists.
        function = asked.function if statistic else lambda values: asked.function(list(values))
        return called(function, points.values, _cells(lattice, points), lattice.size, least or 0)
    return _found(lattice, points, statistic, least)


def _found(lattice: HexLattice, points: _Points, statistic: Statistic, least: int | None) -> Floats:
    """Return a statistic of each hexagon, NaN where there are fewer points than asked for."""
    columns: Sequence[Array] = [column for column in points[:3] if column is not None]

    def filled(rows: slice) -> Accumulator:
        x, y, *samples = (Column(native(column[rows])) for column in columns)
        grid = Accumulator(Binning((lattice,)), bind({"C": statistic})[1])
        grid.fill(Points((x, y), tuple(samples)))
        return grid

    grid, *others = _at_once(filled, _shares(points.x.size), points.x.size)
    for other in others:
        grid.merge(other)
    return enough(grid.values("C"), grid.present("C"), least, statistic)


def _shares(rows: int) -> list[slice]:
    """Return the rows, in a part for each thread that is worth it."""
    threads = max(min(available_cpus(), rows // ROWS_A_THREAD), 1)
    each = -(-rows // threads)
    return [slice(start, start + each) for start in range(0, max(rows, 1), max(each, 1))]


def _at_once(function: Callable[[Given], Found], parts: Iterable[Given], rows: int) -> list[Found]:
    """Return what a function makes of each part, on threads where there are many rows."""
    if rows < 2 * ROWS_A_THREAD:
        return list(map(function, parts))
    with ThreadPoolExecutor(available_cpus()) as pool:
        return list(pool.map(function, parts))


def _bars(asked: Asked, lattice: HexLattice, points: _Points) -> list[tuple[Floats, Floats]]:
    """Return the edges and the values of the bars over x and over y."""
    bars = []
    for edges, places in zip(marginal_edges(lattice), (points.x, points.y), strict=True):
        size = edges.size - 1
        cells = bars_of(edges, places, closed=points.values is None)
        if points.values is None:
            counts = np.bincount(cells, minlength=edges.size)[:size]
            heights = enough(counts, counts, 1, count())
        else:
            heights = called(asked.function, points.values, cells, size, 1)
        bars.append((edges, heights))
    return bars


def _cells(lattice: HexLattice, points: _Points) -> Cells:
    """Return the hexagon of each point, their count for one that is off the lattice."""
    cells = np.zeros(points.x.size, dtype=np.uint32)
    index = lattice.bind([points.x.dtype, points.y.dtype])
    for start in range(0, cells.size, BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        index((points.x[rows], points.y[rows]), np.uint32(1), cells[rows])
    # Flow is under (0) and from over on; the hexagons lie between.
    bins = cells.astype(np.intp) - 1
    return np.where((bins < 0) | (bins > lattice.size), lattice.size, bins)
