"""From values to bins between sorted edges that lie evenly, or in a few crowds.

A *piece* is a window on the line of numbers, cut into slots of equal width. The slot of a value is the number of slots
that lie below it in all pieces together, so it never falls as the value rises, wherever the pieces lie. The rest is as
for any slots, see `heatbin.kernels.slots`.

There are so few pieces that the compiler writes them out, and the loop around them vectorises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner, inner_fused, kernel
from heatbin.kernels.prefetch import CHUNK, request
from heatbin.kernels.slots import (
    add_first,
    add_further,
    find_crowded,
    first_node_of,
    float_keys,
    integer_keys,
    look_up,
    look_up_finer_floats,
    look_up_finer_integers,
)

__all__ = ["index_float_pieces", "index_integer_pieces"]


@kernel
def index_float_pieces(
    values: Array,
    pieces: tuple[tuple[float, ...], ...],
    origin: float,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    windows: Array | None,
    fine: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin floats, as doubles, between any sorted edges.

    Parameters
    ----------
    values : ndarray of floats
        What to bin.
    pieces, origin
        See `float_slot`.
    below, table, nodes, bits, windows, fine, stride, cells
        As for `index_float_scale` in `heatbin.kernels.scales`.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, np.float64), np.empty(CHUNK, np.uint32)
    first_node = first_node_of(below, nodes)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(chunk.size):
            entries[k] = np.uint32(float_slot(np.float64(chunk[k]), pieces, origin))
        if windows is None:
            look_up(below, table, bits, out.size, entries, limits)
        else:
            look_up_finer_floats(chunk, windows, fine, below, table, bits, entries, limits)
        if add_first(chunk, limits, entries, bits, first_node, stride, out):
            crowded = find_crowded(entries, out.size, bits, first_node, rows)
            float_keys(chunk, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@kernel
def index_integer_pieces(
    values: Array,
    pieces: tuple[tuple[int, ...], ...],
    origin: int,
    first: int,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    windows: Array | None,
    fine: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers, compared as integers, between any sorted edges.

    Parameters
    ----------
    values : ndarray of integers
        What to bin.
    pieces, origin
        See `integer_slot`.
    first, below, table, nodes, bits, windows, fine, stride, cells
        As for `index_integer_scale` in `heatbin.kernels.scales`.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, below.dtype), np.empty(CHUNK, np.uint32)
    first_node = first_node_of(below, nodes)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(chunk.size):
            entries[k] = np.uint32(integer_slot(chunk[k], pieces, origin))
        if windows is None:
            look_up(below, table, bits, out.size, entries, limits)
        else:
            look_up_finer_integers(chunk, windows, fine, below, table, bits, entries, limits)
        if add_first(chunk, limits, entries, bits, first_node, stride, out):
            crowded = find_crowded(entries, out.size, bits, first_node, rows)
            integer_keys(chunk, first, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@inner_fused
def float_slot(value: float, pieces: tuple[tuple[float, ...], ...], origin: float) -> Any:
    """Return how many slots lie below a value.

    A piece is the first and the last number in it, and the number of slots to a unit, a power of two, so that products
    are exact. The sum starts at `origin`, so that what lies before all pieces has slot 0. Rounding never reverses the
    order of two numbers, so slots never fall as values rise. NaN has the slot of what lies behind all pieces.
    """
    slot = origin
    for first, last, scale in pieces:
        within = value if value < last else last
        within = within if within > first else first
        slot += within * scale
    return np.int32(slot)


@inner
def integer_slot(value: int, pieces: tuple[tuple[int, ...], ...], origin: int) -> Any:
    """Return how many slots lie below a value.

    A piece is the first and the last integer in it, int64 or uint64, and how far integers are shifted to get slots.
    The sum starts at `origin`, as that of `float_slot`; what overflows on the way comes back.
    """
    slot = origin
    for first, last, shift in pieces:
        within = value if value > first else first
        within = within if within < last else last
        slot += within >> shift
    return slot
