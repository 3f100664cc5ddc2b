"""From values to bins between sorted edges that lie evenly on a logarithmic or symmetric scale.

The scale says what slot a value has; the rest is as for any slots, see `heatbin.kernels.slots`.
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
    first_node_of,
    float_keys,
    integer_keys,
    look_up,
    look_up_finer_floats,
    look_up_finer_integers,
)

__all__ = ["index_float_scale", "index_integer_scale"]


@kernel
def index_float_scale(
    values: Array,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    windows: Array | None,
    fine: int,
    origin: float,
    soft: float,
    base: int,
    top: int,
    shift: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin floats, as doubles, between any sorted edges.

    Parameters
    ----------
    values : ndarray of floats
        What to bin.
    below, table, nodes, bits, windows, fine
        See `heatbin.kernels.slots`; `below` of float64, filled up with infinities.
    origin, soft, base, top, shift
        What makes a slot out of a value, see `float_slots`.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, np.float64), np.empty(CHUNK, np.uint32)
    first_node = first_node_of(below, nodes)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        float_slots(chunk, origin, soft, base, shift, top, entries)
        if windows is None:
            look_up(below, table, bits, out.size, entries, limits)
        else:
            look_up_finer_floats(chunk, windows, fine, below, table, bits, entries, limits)
        if add_first(chunk, limits, entries, bits, first_node, stride, out):
            crowded = find_crowded(entries, out.size, bits, first_node, rows)
            float_keys(chunk, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@kernel
def index_integer_scale(
    values: Array,
    first: int,
    lowest: int,
    highest: int,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    windows: Array | None,
    fine: int,
    origin: int,
    soft: float,
    base: int,
    shift: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers, compared as integers, between any sorted edges.

    Parameters
    ----------
    values : ndarray of integers
        What to bin.
    first : int64 or uint64
        The smallest integer that has passed an edge; keys are distances from it.
    lowest, highest : int64 or uint64
        Those beyond have the slots of these, whose distances from the origin 64 bits hold.
    below, table, nodes, bits, windows, fine, stride, cells
        As for `index_float_scale`; `below` of int64 or uint64, filled up with the largest ones.
    origin, soft, base, shift
        What makes a slot out of a value, see `integer_slots`.
    """
    entries, keys = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    limits, rows = np.empty(CHUNK, below.dtype), np.empty(CHUNK, np.uint32)
    first_node = first_node_of(below, nodes)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        integer_slots(chunk, lowest, highest, origin, soft, base, shift, entries)
        if windows is None:
            look_up(below, table, bits, out.size, entries, limits)
        else:
            look_up_finer_integers(chunk, windows, fine, below, table, bits, entries, limits)
        if add_first(chunk, limits, entries, bits, first_node, stride, out):
            crowded = find_crowded(entries, out.size, bits, first_node, rows)
            integer_keys(chunk, first, rows, crowded, keys)
            add_further(chunk, keys, rows, crowded, below, table, nodes, bits, entries, stride, out)


@inner
def float_slots(
    values: Array, origin: float, soft: float, base: int, shift: int, top: int, slots: Array
) -> None:
    """Write the slot of each value: its distance from `origin`, linear up to `soft`, logarithmic beyond.

    The bits of a positive double, read as an integer, are piecewise linear in its logarithm. So the scale is the
    bits of ``|v - origin| + soft``, counted from those of `soft`, mirrored for values below the origin. Rounding never
    reverses the order of two numbers, so slots never fall as values rise. The bits of NaN are beyond all others, so it
    has the slot `top`.
    """
    zero, last = np.float64(soft).view(np.int64), base + top
    for k in range(values.size):
        away = np.float64(values[k]) - origin
        place = np.float64(abs(away) + soft).view(np.int64) - zero
        place = -place if away < 0.0 else place
        step: Any = place >> shift
        step = step if step > base else base
        step = step if step < last else last
        slots[k] = np.uint32(step - base)


@inner
def integer_slots(
    values: Array,
    lowest: int,
    highest: int,
    origin: int,
    soft: float,
    base: int,
    shift: int,
    slots: Array,
) -> None:
    """Write the slot of each value, as `float_slots`; its distance is an exact int64 before it is rounded once."""
    zero = np.float64(soft).view(np.int64)
    for k in range(values.size):
        v = values[k]
        v = v if v > lowest else lowest
        v = v if v < highest else highest
        away = np.float64(np.int64(v - origin))
        place = np.float64(abs(away) + soft).view(np.int64) - zero
        place = -place if away < 0.0 else place
        slots[k] = np.uint32((place >> shift) - base)
