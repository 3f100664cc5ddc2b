"""From values to bins between any sorted edges: a table from slots to edges, then one comparison.

A *slot* is a number that never falls as the value rises, cheap to compute and fine enough that most slots hold
one edge at most. The table says how many edges lie in smaller slots; one comparison then decides. Slots that
hold several edges are *crowded*: their entries carry the top bit, and the few values in them are searched.

What is compared are *keys*, uint64 in the order of the values: integers compare in fewer steps than doubles.

A chunk goes through loops that vectorise, but for the lookups in the middle: hardware gathers were three times slower
here than scalar loads. Meanwhile the values of later chunks are requested, else memory would idle during the lookups,
which cost half as much again for columns that come from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import prefetch

__all__ = ["CROWDED", "index_edges", "index_integers"]

CROWDED = np.uint32(1 << 31)
"""The bit of a table entry that says that its slot holds several edges."""

EDGES = np.uint32((1 << 31) - 1)
SIGN: Any = np.int64(-1 << 63)
CHUNK = 256  # rows: what a chunk needs stays in the first cache; 512 are as good, 1024 cost a third more
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
    stride: int,
    cells: Cells,
) -> None:
    """Bin numbers, as doubles, between any sorted edges.

    Parameters
    ----------
    values : ndarray of floats or integers
        What to bin; for integers the edges lie within ±2⁵³.
    below : ndarray of uint64
        The key of the largest double below each edge, sorted, then the largest keys: a value whose key is greater has
        passed the edge.
    table : ndarray of uint32, shape (slots + 2,)
        How many edges a value in each slot has passed for certain, then how many there are, then the bin of NaN.
    origin, soft, base, shift
        What makes a slot out of a value, see `float_slots`.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    slots, entries = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    keys, limits = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        float_slots(chunk, origin, soft, base, shift, table.size - 3, slots, keys)
        look_up(slots, below, table, entries, limits)
        if add_first(keys, limits, entries, stride, out):
            add_further(keys, below, table, slots, stride, out)


@kernel
def index_integers(
    values: Array,
    flip: int,
    below: Array,
    table: Array,
    base: int,
    shift: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin 64-bit integers, compared as integers, between any sorted edges.

    Parameters
    ----------
    values : ndarray of int64 or uint64
        What to bin.
    flip : uint64
        What makes a key out of an integer, by exclusive or: the sign bit, 0 for uint64.
    below, table, stride, cells
        As for `index_edges`, of integers.
    base, shift
        What makes a slot out of a key, see `integer_slots`.
    """
    slots, entries = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    keys, limits = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        integer_slots(chunk, flip, base, shift, table.size - 3, slots, keys)
        look_up(slots, below, table, entries, limits)
        if add_first(keys, limits, entries, stride, out):
            add_further(keys, below, table, slots, stride, out)


@inner
def request(values: Array, start: int) -> None:
    """Request the values that will be needed a few chunks after the one that begins at `start`."""
    first = start + CHUNKS_AHEAD * CHUNK
    for row in range(first, first + CHUNK, LINE_BYTES // values.itemsize):
        prefetch(values, np.uint64(row))


@inner
def float_slots(
    values: Array, origin: float, soft: float, base: int, shift: int, top: int, slots: Array, keys: Array
) -> None:
    """Write the slot of each value: its distance from `origin`, linear up to `soft`, logarithmic beyond; and its key.

    The bits of a positive double, read as an integer, are piecewise linear in its logarithm. So the scale is the
    bits of ``|v - origin| + soft``, counted from those of `soft`, mirrored for values below the origin. Each step
    rounds to the same side for all values, so slots never fall as values rise. NaN has the slot ``top + 2``.
    """
    zero, last = np.float64(soft).view(np.int64), base + top
    for k in range(values.size):
        v = np.float64(values[k]) + 0.0  # -0.0 becomes 0.0
        away = v - origin
        place = np.float64(abs(away) + soft).view(np.int64) - zero
        place = -place if away < 0.0 else place
        step: Any = place >> shift
        step = step if step > base else base
        step = step if step < last else last
        slots[k] = np.uint32(step - base if v == v else top + 2)
        bits = np.float64(v).view(np.int64)
        keys[k] = np.uint64(bits ^ ((bits >> 63) | SIGN))


@inner
def integer_slots(
    values: Array, flip: int, base: int, shift: int, top: int, slots: Array, keys: Array
) -> None:
    """Write the slot of each value, the distance of its key from `base` divided by a power of two; and its key."""
    highest = np.uint64(top)
    for k in range(values.size):
        key = np.uint64(values[k]) ^ np.uint64(flip)
        slot = (key - np.uint64(base)) >> np.uint64(shift)
        slot = slot if slot < highest else highest
        slots[k] = np.uint32(slot) if key > np.uint64(base) else np.uint32(0)
        keys[k] = key


@inner
def look_up(slots: Array, below: Array, table: Array, entries: Array, limits: Array) -> None:
    """Write the entries of slots, and the key of the first edge that a value in each may have passed."""
    for k in range(slots.size):
        entry = table[slots[k]]
        entries[k] = entry
        limits[k] = below[entry & EDGES]


@inner
def add_first(keys: Array, limits: Array, entries: Array, stride: int, cells: Cells) -> bool:
    """Add the bins of values by the first edge of their slots, and return whether some slots have more."""
    seen = np.uint32(0)
    for k in range(cells.size):
        entry = entries[k]
        seen |= entry
        passed = np.uint32(entry & EDGES)
        passed = passed + np.uint32(1) if keys[k] > limits[k] else passed
        cells[k] += np.uint32(passed) * stride
    return bool(seen > EDGES)


@inner
def add_further(keys: Array, below: Array, table: Array, slots: Array, stride: int, cells: Cells) -> None:
    """Add what `add_first` left open: the further edges of crowded slots that values have passed, by halving."""
    for row in range(cells.size):
        k = np.uint64(row)
        entry = table[slots[k]]
        if entry > EDGES:
            start = np.uint32(entry & EDGES)
            start = np.uint32(start + np.uint32(1)) if keys[k] > below[start] else start
            passed, above = start, np.uint32(table[slots[k] + np.uint32(1)] & EDGES)
            while passed < above:
                middle = np.uint32((passed + above) >> np.uint32(1))
                right = keys[k] > below[middle]
                passed = np.uint32(middle + np.uint32(1)) if right else passed
                above = above if right else middle
            cells[k] += np.uint32(passed - start) * stride
