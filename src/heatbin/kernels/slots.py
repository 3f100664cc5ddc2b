"""From values to bins between any sorted edges: a table from slots to edges, then one comparison.

A *slot* is a number that never falls as the value rises, cheap to compute and fine enough that most slots hold
one edge at most. The table says how many edges lie in smaller slots; one comparison then decides. Slots that
hold several edges are *crowded*: their entries carry the top bit, and the few values in them are searched.

Slots of a chunk are computed first, in a loop that vectorises; the lookups follow in a loop that does not:
hardware gathers were three times slower here than scalar loads. Meanwhile the values of later chunks are requested,
else memory would idle during the lookups, which cost half as much again for columns that come from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel
from heatbin.kernels.prefetch import prefetch

__all__ = ["CROWDED", "index_edges", "index_integers"]

CROWDED = np.uint32(1 << 31)
"""The bit of a table entry that says that its slot holds several edges."""

EDGES = np.uint32((1 << 31) - 1)
CHUNK = 256  # rows: few chunks then have a value in a crowded slot
CHUNKS_AHEAD = 4
LINE_BYTES = 64


@kernel
def index_edges(
    values: Array,
    below: Array,
    table: Array,
    origin: float,
    soft: float,
    base: int,
    shift: int,
    crowded: bool,
    stride: int,
    cells: Cells,
) -> None:
    """Bin numbers, as doubles, between any sorted edges.

    Parameters
    ----------
    values : ndarray of floats or integers
        What to bin; for integers the edges lie within ±2⁵³.
    below : ndarray of float64
        The largest double below each edge, sorted, then infinities: a value greater than it has passed the edge.
    table : ndarray of uint32, shape (slots + 2,)
        How many edges a value in each slot has passed for certain, then how many there are, then the bin of NaN.
    origin, soft, base, shift
        What makes a slot out of a value, see `float_slots`.
    crowded : bool
        Whether any slot is.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    slots = np.empty(CHUNK, np.uint32)
    rows = np.empty(CHUNK, np.uint32)
    top = table.size - 3
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        float_slots(chunk, origin, soft, base, shift, top, slots)
        if not crowded:
            add_clear(chunk, below, table, slots, stride, out)
        elif add_crowded(chunk, below, table, slots, stride, out):
            add_searched(chunk, below, table, slots, stride, rows, out)


@kernel
def index_integers(
    values: Array,
    below: Array,
    table: Array,
    base: int,
    shift: int,
    crowded: bool,
    stride: int,
    cells: Cells,
) -> None:
    """Bin 64-bit integers, compared as integers, between any sorted edges.

    Parameters
    ----------
    values : ndarray of int64 or uint64
        What to bin.
    below : ndarray of the type of the values
        The largest integer below each edge, sorted, then the largest that there is.
    table, crowded, stride, cells
        As for `index_edges`.
    base, shift
        What makes a slot out of a value, see `integer_slots`.
    """
    slots = np.empty(CHUNK, np.uint32)
    rows = np.empty(CHUNK, np.uint32)
    top = table.size - 3
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        integer_slots(chunk, base, shift, top, slots)
        if not crowded:
            add_clear(chunk, below, table, slots, stride, out)
        elif add_crowded(chunk, below, table, slots, stride, out):
            add_searched(chunk, below, table, slots, stride, rows, out)


@kernel
def request(values: Array, start: int) -> None:
    """Request the values that will be needed a few chunks after the one that begins at `start`."""
    first = start + CHUNKS_AHEAD * CHUNK
    for row in range(first, first + CHUNK, LINE_BYTES // values.itemsize):
        prefetch(values, np.uint64(row))


@kernel
def float_slots(
    values: Array, origin: float, soft: float, base: int, shift: int, top: int, slots: Array
) -> None:
    """Write the slot of each value: its distance from `origin`, linear up to `soft`, logarithmic beyond.

    The bits of a positive double, read as an integer, are piecewise linear in its logarithm. So the scale is the
    bits of ``|v - origin| + soft``, counted from those of `soft`, mirrored for values below the origin. Each step
    rounds to the same side for all values, so slots never fall as values rise. NaN has the slot ``top + 2``.
    """
    zero = np.float64(soft).view(np.int64)
    for k in range(values.size):
        v = np.float64(values[k])
        away = v - origin
        key = np.float64(abs(away) + soft).view(np.int64) - zero
        key = -key if away < 0.0 else key
        slot: Any = (key >> shift) - base
        slot = slot if slot > 0 else 0
        slot = slot if slot < top else top
        slot = slot if v == v else top + 2
        slots[k] = np.uint32(slot)


@kernel
def integer_slots(values: Array, base: int, shift: int, top: int, slots: Array) -> None:
    """Write the slot of each value: its distance from `base`, divided by a power of two."""
    highest = np.uint64(top)
    for k in range(values.size):
        v = values[k]
        slot = (np.uint64(v) - np.uint64(base)) >> np.uint64(shift)
        slot = slot if slot < highest else highest
        slots[k] = np.uint32(slot) if v > base else np.uint32(0)


@kernel
def add_clear(values: Array, below: Array, table: Array, slots: Array, stride: int, cells: Cells) -> None:
    """Add the bins of values whose slots hold one edge at most."""
    for k in range(values.size):
        passed = table[slots[k]]
        passed = passed + np.uint32(1) if values[k] > below[passed] else passed
        cells[k] += np.uint32(passed) * stride


@kernel
def add_crowded(values: Array, below: Array, table: Array, slots: Array, stride: int, cells: Cells) -> bool:
    """Add the bins of values, and return whether some lie in crowded slots and may have passed more edges."""
    seen = np.uint32(0)
    for k in range(values.size):
        entry = table[slots[k]]
        seen |= entry
        passed = np.uint32(entry & EDGES)
        passed = passed + np.uint32(1) if values[k] > below[passed] else passed
        cells[k] += np.uint32(passed) * stride
    return bool(seen > EDGES)


@kernel
def add_searched(
    values: Array, below: Array, table: Array, slots: Array, stride: int, rows: Array, cells: Cells
) -> None:
    """Add what `add_crowded` left open: the edges of crowded slots that values have passed beyond the first."""
    count = np.uint32(0)
    for k in range(values.size):
        rows[count] = np.uint32(k)
        count += table[slots[k]] >> np.uint32(31)
    for i in range(count):
        k = rows[i]
        first = np.uint32(table[slots[k]] & EDGES)
        first = np.uint32(first + np.uint32(1)) if values[k] > below[first] else first
        passed, above = first, np.uint32(table[slots[k] + np.uint32(1)] & EDGES)
        while passed < above:
            middle = np.uint32((passed + above) >> np.uint32(1))
            right = values[k] > below[middle]
            passed = np.uint32(middle + np.uint32(1)) if right else passed
            above = above if right else middle
        cells[k] += np.uint32(passed - first) * stride
