"""Hexagons of points that are in arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import BLOCK_ROWS, Accumulator
from heatbin.axes.hexagons import HexLattice
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.compat.hexagons import Asked, Hexagons
from heatbin.compat.marginals import bars_of, marginal_edges
from heatbin.compat.numpy_histogram2d import native
from heatbin.compat.reducing import Cells, Floats, called, enough, statistic_of
from heatbin.errors import UsageError
from heatbin.statistics import Statistic, bind, count, quantile

__all__ = ["hexagons_of_arrays"]


def hexagons_of_arrays(asked: Asked, x: Any, y: Any, C: Any) -> Hexagons:  # noqa: N803
    """Return the hexagons of points in arrays.

    Parameters
    ----------
    asked : Asked
        What is asked.
    x, y, C : array_like, shape (points,)
        Rows in which one is masked or not finite are left out; C may be None.
    """
    points = _finite(x, y, C)
    for name, column, scale in zip("xy", (points.x, points.y), asked.scales, strict=True):
        if scale == "log" and np.any(column <= 0.0):
            raise UsageError(f"{name} has values that are not positive, which have no place on a log scale")
    lattice = asked.lattice
    if lattice.open:
        lattice = lattice.between(*(_ends(column) for column in points[:2]))
    shown = _shown(asked, lattice, points)
    return Hexagons(lattice, shown, _bars(asked, lattice, points) if asked.marginals else ())


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


def _ends(column: Floats) -> tuple[float, float] | None:
    return (float(column.min()), float(column.max())) if column.size else None


def _shown(asked: Asked, lattice: HexLattice, points: _Points) -> Floats:
    """Return the value of each hexagon as it is drawn."""
    least = asked.least(counting=points.values is None)
    if points.values is None:
        return _found(lattice, points, count(), least)
    statistic = statistic_of(asked.function, "C")
    # Of what is in memory percentiles are exact: called for each hexagon.
    if statistic is None or isinstance(statistic, quantile) or points.values.dtype.kind not in "biuf":
        return called(asked.function, points.values, _cells(lattice, points), lattice.size, least or 0)
    return _found(lattice, points, statistic, least)


def _found(lattice: HexLattice, points: _Points, statistic: Statistic, least: int | None) -> Floats:
    """Return a statistic of each hexagon, NaN where there are fewer points than asked for."""
    grid = Accumulator(Binning((lattice,)), bind({"C": statistic})[1])
    samples = () if points.values is None else (Column(native(points.values)),)
    grid.fill(Points((Column(points.x), Column(points.y)), samples))
    return enough(grid.values("C"), grid.present("C"), least, statistic)


def _bars(asked: Asked, lattice: HexLattice, points: _Points) -> list[tuple[Floats, Floats]]:
    """Return the edges and the values of the bars over x and over y."""
    bars = []
    for edges, places in zip(marginal_edges(lattice), points[:2], strict=True):
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
