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
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import CHUNK, request
from heatbin.kernels.slots import (
    add_first,
    add_further,
    find_crowded,
    float_keys,
    integer_keys,
    look_up,
)

__all__ = ["index_float_pieces", "index_integer_pieces"]


@kernel
def index_float_pieces(
    values: Array,
    pieces: tuple[tuple[float, ...], ...],
    missing: int,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin floats, as doubles, between any sorted edges.

    Parameters
    ----------
    values : ndarray of floats
        What to bin.
    pieces : tuple of tuple of float
        See `float_slot`.
    missing : int
        The slot of NaN.
    below, table, nodes, bits, stride, cells
        As for `index_float_scale` in `heatbin.kernels.scales`.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, np.float64), np.empty(CHUNK, np.uint32)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(chunk.size):
            v = np.float64(chunk[k])
            entries[k] = np.uint32(float_slot(v, pieces) if v == v else missing)
        look_up(below, table, bits, out.size, entries, limits)
        if add_first(chunk, limits, entries, bits, stride, out):
            crowded = find_crowded(entries, out.size, rows)
            float_keys(chunk, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@kernel
def index_integer_pieces(
    values: Array,
    pieces: tuple[tuple[int, ...], ...],
    first: int,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers, compared as integers, between any sorted edges.

    Parameters
    ----------
    values : ndarray of integers
        What to bin.
    pieces : tuple of tuple of int
        See `integer_slot`.
    first, below, table, nodes, bits, stride, cells
        As for `index_integer_scale` in `heatbin.kernels.scales`.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, below.dtype), np.empty(CHUNK, np.uint32)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(chunk.size):
            entries[k] = np.uint32(integer_slot(chunk[k], pieces))
        look_up(below, table, bits, out.size, entries, limits)
        if add_first(chunk, limits, entries, bits, stride, out):
            crowded = find_crowded(entries, out.size, rows)
            integer_keys(chunk, first, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@inner
def float_slot(value: float, pieces: tuple[tuple[float, ...], ...]) -> Any:
    """Return how many slots lie below a value.

    A piece is the first and the last number in it, and the number of slots to a unit. Each step rounds to the same side
    for all values.
    """
    slot = 0.0
    for first, last, scale in pieces:
        within = value if value > first else first
        within = within if within < last else last
        slot += (within - first) * scale
    return np.int32(slot)


@inner
def integer_slot(value: int, pieces: tuple[tuple[int, ...], ...]) -> Any:
    """Return how many slots lie below a value.

    A piece is the first and the last integer in it, int64 or uint64, and how far distances are shifted to get slots.
    """
    slot = np.uint64(0)
    for first, last, shift in pieces:
        within = value if value > first else first
        within = within if within < last else last
        slot += np.uint64(within - first) >> shift
    return slot
