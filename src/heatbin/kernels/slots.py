"""From slots to bins between any sorted edges: a table of what each slot holds, then one comparison.

A *slot* is a number that never falls as the value rises, cheap to compute and fine enough that most slots hold
one edge at most. What finds the bin of a value by its slot are four things:

below : ndarray of float64, int64 or uint64, shape (edges + 2 + nodes,)
    The largest value that has not passed each edge, sorted: one that is greater has passed it. Then values that nothing
    exceeds: for whoever has passed all edges, for NaN, and for the nodes.
table : ndarray of uint32
    The *entries* of the slots, that of NaN, then those of the nodes' slots. The lowest `bits` are the bin of whoever
    has passed no edge in the slot, and where `below` has the first of these; or the node of the slot, counted on. The
    others, but for that of `CROWDED`, say how many more edges equal the first one.
nodes : ndarray of uint64, shape (nodes * 4,)
    Slots that hold several edges are *crowded*: each has a finer table of its own, a *node*, by which the few values in
    it go on. The key of each node's first edge, how far keys are shifted to get its slots, its last slot, and where its
    entries begin.
bits : uint32
    As said.

A chunk goes through loops that vectorise, but for the lookups in the middle: hardware gathers were three times slower
here than scalar loads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner
from heatbin.kernels.prefetch import CHUNK

__all__ = [
    "CROWDED",
    "add_first",
    "add_further",
    "find_crowded",
    "float_keys",
    "integer_keys",
    "look_up",
]

CROWDED = np.uint32(1 << 31)
"""The bit of an entry that says that the slot has a node."""

# Where in a node's numbers these stand, and how many there are.
SHIFT, LAST, BEGIN, NODE = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
UNCROWDED = np.uint32((1 << 31) - 1)
SIGN: Any = np.int64(-1 << 63)
STRETCH = 16


@inner
def look_up(below: Array, table: Array, bits: int, count: int, entries: Array, limits: Array) -> None:
    """Write the entries of slots in their place, and what a value must exceed to have passed the first edge of each."""
    mask = np.uint32((1 << bits) - 1)
    for k in range(count):
        entry = table[entries[k]]
        entries[k] = entry
        limits[k] = below[entry & mask]


@inner
def add_first(values: Array, limits: Array, entries: Array, bits: int, stride: int, cells: Cells) -> bool:
    """Add the bins of values by the first edge of their slots, and return whether some slots have more."""
    mask, seen = np.uint32((1 << bits) - 1), np.uint32(0)
    for k in range(cells.size):
        entry = entries[k]
        seen |= entry
        equal = np.uint32((entry & UNCROWDED) >> np.uint32(bits))
        passed = np.uint32(entry & mask)
        passed = passed + equal + np.uint32(1) if values[k] > limits[k] else passed
        cells[k] += np.uint32(passed) * stride
    return bool(seen > UNCROWDED)


@inner
def add_further(
    values: Array,
    keys: Array,
    rows: Array,
    crowded: Any,
    below: Array,
    table: Array,
    nodes: Array,
    bits: int,
    entries: Array,
    stride: int,
    cells: Cells,
) -> None:
    """Put the bins of values in crowded slots in place of what `add_first` added, node by node.

    All values go one node further before any goes on: a row's steps are then as predictable as another's.
    """
    mask = np.uint32((1 << bits) - 1)
    first_node = np.uint32(below.size - nodes.size // NODE)
    while crowded:
        left, crowded = crowded, np.uint32(0)
        for i in range(left):
            row = rows[i]
            key, before = keys[row], np.uint32(entries[row] & mask)
            node = np.uint64(before - first_node) * NODE
            first, last = nodes[node], nodes[node + LAST]
            slot = ((key if key > first else first) - first) >> nodes[node + SHIFT]
            entry = table[nodes[node + BEGIN] + (slot if slot < last else last)]
            entries[row] = entry
            passed = np.uint32(entry & mask)
            equal = np.uint32((entry & UNCROWDED) >> np.uint32(bits))
            equal = equal + np.uint32(1) if values[row] > below[passed] else np.uint32(0)
            cells[row] += np.uint32(passed + equal) * stride - before * stride
            rows[crowded] = row
            crowded += np.uint32(entry > UNCROWDED)


@inner
def find_crowded(entries: Array, count: int, rows: Array) -> Any:
    """Write which rows have crowded slots, and return how many; most stretches have none, which a glance tells."""
    crowded = np.uint32(0)
    for k in range(count, CHUNK):
        entries[k] = 0
    for stretch in range(CHUNK // STRETCH):
        start, seen = np.uint64(stretch * STRETCH), np.uint32(0)
        for i in range(STRETCH):
            seen |= entries[start + np.uint64(i)]
        if seen > UNCROWDED:
            for i in range(STRETCH):
                rows[crowded] = start + np.uint64(i)
                crowded += np.uint32(entries[start + np.uint64(i)] > UNCROWDED)
    return crowded


@inner
def float_keys(values: Array, rows: Array, count: int, keys: Array) -> None:
    """Write for some rows unsigned numbers in the order of doubles: their bits, put in order."""
    for i in range(count):
        row = rows[i]
        bits = np.float64(values[row] + 0.0).view(np.int64)  # -0.0 becomes 0.0
        keys[row] = np.uint64(bits ^ ((bits >> 63) | SIGN))


@inner
def integer_keys(values: Array, first: int, rows: Array, count: int, keys: Array) -> None:
    """Write for some rows how far above `first` integers are."""
    for i in range(count):
        row = rows[i]
        v = values[row]
        keys[row] = np.uint64((v if v > first else first) - first)
