"""matplotlib's hexbin, which takes sources of any size as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import BLOCK_ROWS, Accumulator
from heatbin.axes.hexagons import HexLattice
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.compat.drawing import columns_of, drawn_on, made_current
from heatbin.compat.marginals import add_marginals, bars_of, marginal_edges
from heatbin.compat.painting import paint
from heatbin.compat.reducing import Floats, Reduce, Statistic
from heatbin.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection

__all__ = ["hexbin"]

Scale = Literal["linear", "log"]
Extent = tuple[float, float, float, float]


def hexbin(
    x: npt.ArrayLike | str,
    y: npt.ArrayLike | str,
    C: npt.ArrayLike | str | None = None,  # noqa: N803
    *,
    gridsize: int | tuple[int, int] = 100,
    bins: Literal["log"] | int | Sequence[float] | None = None,
    xscale: Scale = "linear",
    yscale: Scale = "linear",
    extent: Extent | None = None,
    mincnt: int | None = None,
    reduce_C_function: Reduce = np.mean,  # noqa: N803
    marginals: bool = False,
    data: Any = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> PolyCollection:
    """Bin points in hexagons and draw them: matplotlib's own call, on arrays or on data larger than memory.

    Parameters
    ----------
    x, y : array_like or str
        The coordinates of the points; columns or expressions where there is `data`. Rows in which any of x, y and C
        is masked or not finite are left out.
    C : array_like or str, optional
        What `reduce_C_function` makes the value of a hexagon of; if None, the points are counted.
    gridsize : int or pair of int, optional
        How many hexagons there are across, and upwards.
    bins : "log", int or sequence, optional
        A logarithmic norm; or how many steps the values are cut into, or where.
    xscale, yscale : {"linear", "log"}, optional
        The scale on which the hexagons are regular.
    extent : 4 numbers, optional
        ``(xmin, xmax, ymin, ymax)``, decimal logarithms where the scale is "log"; of the data, if None.
    mincnt : int, optional
        Hexagons with fewer points are not drawn; 1 by default where there is C.
    reduce_C_function : callable, optional
        From the values of C in a hexagon to the one that it shows.
    marginals : bool, optional
        Whether to draw the same over x and over y, along the borders.
    data : source, mapping, data frame or table, optional
        Where the columns are.
    ax : matplotlib.axes.Axes, optional
        Where to draw; if None, on pyplot's current axes, where the artist becomes the current one.
    **kwargs
        ``cmap``, ``norm``, ``vmin``, ``vmax``, ``alpha``, ``linewidths``, ``edgecolors`` and all that
        `matplotlib.collections.PolyCollection` takes.

    Returns
    -------
    matplotlib.collections.PolyCollection
        Its offsets are the centres, its array the values of the hexagons that are drawn; with `marginals` it has
        their collections as ``hbar`` and ``vbar``.

    Raises
    ------
    UsageError, TypeError
        When an argument cannot work.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> drawn = hexbin([0, 0, 1], [0, 0, 1], gridsize=2, mincnt=1, ax=Figure().add_subplot())
    >>> drawn.get_array().tolist()
    [2.0, 1.0]
    """
    columns = columns_of(data, x=x, y=y, C=C)
    if columns is None:
        raise UsageError("hexbin takes data that give columns by name: a mapping, a data frame or a table")
    points = _finite(**columns)
    lattice = _lattice(gridsize, extent, points, (xscale, yscale))
    statistic = Statistic(points.values, reduce_C_function, mincnt)
    if points.values is None:
        shown = statistic.shown(_counts(lattice, points))
    else:
        shown = statistic.of(_cells(lattice, points), lattice.size)
    target = drawn_on(ax)
    artist = paint(target, lattice, shown, bins=bins, style=kwargs)
    if marginals:
        edges = marginal_edges(lattice)
        counting, places = points.values is None, (points.x, points.y)
        bars = [bars_of(*each, closed=counting) for each in zip(edges, places, strict=True)]
        statistic = replace(statistic, mincnt=1)
        heights = [statistic.of(bar, ends.size - 1) for bar, ends in zip(bars, edges, strict=True)]
        add_marginals(target, artist, edges, heights, kwargs)
    made_current(ax, artist)
    return artist


class _Points(NamedTuple):
    """The rows that are drawn."""

    x: Floats
    y: Floats
    values: npt.NDArray[Any] | None


def _finite(x: Any, y: Any, C: Any) -> _Points:  # noqa: N803
    """Return the rows in which nothing is masked, NaN or infinite."""
    given = {"x": x, "y": y} if C is None else {"x": x, "y": y, "C": C}
    columns = {name: np.ma.asarray(column) for name, column in given.items()}
    for name, column in columns.items():
        if column.ndim != 1:
            raise UsageError(f"{name} must have one dimension, not shape {column.shape}")
        if column.size != columns["x"].size:
            raise UsageError(
                f"x and {name} must have the same length, not {columns['x'].size} and {column.size}"
            )
    keep = np.logical_and.reduce([_usable(column) for column in columns.values()])
    kept = [column.data[keep] if not keep.all() else column.data for column in columns.values()]
    across, upwards = (np.asarray(column, dtype=np.float64) for column in kept[:2])
    return _Points(across, upwards, kept[2] if C is not None else None)


def _usable(column: Any) -> npt.NDArray[np.bool_]:
    finite: npt.NDArray[np.bool_] = np.isfinite(column.data)
    return finite & ~column.mask if np.ma.is_masked(column) else finite


def _lattice(
    gridsize: Any, extent: Extent | None, points: _Points, scales: tuple[Scale, Scale]
) -> HexLattice:
    """Return the lattice over an extent, or over the points."""
    columns = points.x, points.y
    for name, column, scale in zip("xy", columns, scales, strict=True):
        if scale == "log" and np.any(column <= 0.0):
            raise UsageError(f"{name} has values that are not positive, which have no place on a log scale")
    if extent is not None:
        xmin, xmax, ymin, ymax = extent
        return HexLattice(gridsize, (xmin, xmax), (ymin, ymax), *scales)
    ends = [(column.min(), column.max()) if column.size else None for column in columns]
    return HexLattice(gridsize, None, None, *scales).between(*ends)


def _counts(lattice: HexLattice, points: _Points) -> npt.NDArray[np.integer[Any]]:
    """Return how many points each hexagon has."""
    grid = Accumulator(Binning((lattice,)))
    grid.fill(Points((Column(points.x), Column(points.y))))
    return grid.binning.inside(grid.count.counts)


def _cells(lattice: HexLattice, points: _Points) -> npt.NDArray[np.intp]:
    """Return the hexagon of each point, their count for one that is off the lattice."""
    cells = np.zeros(points.x.size, dtype=np.uint32)
    index = lattice.bind([points.x.dtype, points.y.dtype])
    for start in range(0, cells.size, BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        index((points.x[rows], points.y[rows]), np.uint32(1), cells[rows])
    # Flow is under (0) and from over on; the hexagons lie between.
    bins = cells.astype(np.intp) - 1
    return np.where((bins < 0) | (bins > lattice.size), lattice.size, bins)
