"""From points to hexagons, by matplotlib's rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import CHUNK, request

__all__ = ["index_hexagons"]


@kernel
def index_hexagons(
    x: Array,
    y: Array,
    left: float,
    bottom: float,
    width: float,
    height: float,
    columns: float,
    rows: float,
    x_under: float,
    y_under: float,
    stride: int,
    cells: Cells,
) -> None:
    """Bin points on two interleaved lattices: the nearer of the nearest point of each takes it.

    The arithmetic is that of ``matplotlib.axes.Axes.hexbin``, operation by operation, so the ties are its ties.

    Parameters
    ----------
    x, y : ndarray of numbers
        The points. A row with a NaN is missing; one with an infinity, or nearest to what is off the lattices, is over.
    left, bottom : float
        The first point of the first lattice; that of the second is half a step further along both axes.
    width, height : float
        The steps of the lattices.
    columns, rows : float
        How many points the second lattice has along x and y; the first has one more each.
    x_under, y_under : float
        The infinity that makes a point under; NaN where there is none.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    for start in range(0, cells.size, CHUNK):
        stop = start + CHUNK
        request(x, start)
        request(y, start)
        out = cells[start:stop]
        bin_hexagons(
            x[start:stop],
            y[start:stop],
            left,
            bottom,
            width,
            height,
            columns,
            rows,
            x_under,
            y_under,
            stride,
            out,
        )


@inner
def bin_hexagons(
    x: Array,
    y: Array,
    left: float,
    bottom: float,
    width: float,
    height: float,
    columns: float,
    rows: float,
    x_under: float,
    y_under: float,
    stride: int,
    cells: Cells,
) -> None:
    """Bin a chunk."""
    # Without infinite ends, as on linear scales, nothing is under: a tenth less to do.
    if x_under != x_under and y_under != y_under:
        for k in range(cells.size):
            tx, ty = np.float64(x[k]), np.float64(y[k])
            flow_bin = hexagon_of(tx, ty, left, bottom, width, height, columns, rows)
            cells[k] += np.uint32(np.int32(flow_bin)) * stride
        return
    for k in range(cells.size):
        tx, ty = np.float64(x[k]), np.float64(y[k])
        flow_bin = hexagon_of(tx, ty, left, bottom, width, height, columns, rows)
        below, beneath = tx == x_under, ty == y_under
        is_under = (below | (abs(tx) < np.inf)) & (beneath | (abs(ty) < np.inf)) & (below | beneath)
        flow_bin = 0.0 if is_under else flow_bin
        cells[k] += np.uint32(np.int32(flow_bin)) * stride


@inner
def hexagon_of(
    tx: float,
    ty: float,
    left: float,
    bottom: float,
    width: float,
    height: float,
    columns: float,
    rows: float,
) -> Any:
    """Return the bin of a point that is not under. With an infinity it is off the lattices, and so over."""
    first_size = (columns + 1.0) * (rows + 1.0)
    over = first_size + columns * rows + 1.0
    ix, iy = (tx - left) / width, (ty - bottom) / height
    ix1, iy1 = np.rint(ix), np.rint(iy)
    ix2, iy2 = np.floor(ix), np.floor(iy)
    dx1, dy1 = ix - ix1, iy - iy1
    dx2, dy2 = ix - ix2 - 0.5, iy - iy2 - 0.5
    is_first = dx1 * dx1 + 3.0 * (dy1 * dy1) < dx2 * dx2 + 3.0 * (dy2 * dy2)
    column, row = (ix1 if is_first else ix2), (iy1 if is_first else iy2)
    fewer = 0.0 if is_first else 1.0
    last_column, last_row = columns - fewer, rows - fewer
    is_on = (column >= 0.0) & (column <= last_column) & (row >= 0.0) & (row <= last_row)
    before = 1.0 if is_first else first_size + 1.0
    flow_bin = column * (last_row + 1.0) + row + before if is_on else over
    return over + 1.0 if (tx != tx) | (ty != ty) else flow_bin
