"""From slots to bins between any sorted edges: a table of what each slot holds, then one comparison.

A *slot* is a number that never falls as the value rises, cheap to compute and fine enough that most slots hold
one edge at most. What finds the bin of a value by its slot:

below : ndarray of float64, int64 or uint64, shape (edges + 1 + nodes,)
    For each edge the largest value that has not passed it, sorted. Then, for whoever has passed all edges and for each
    node, the largest value there is (infinity among doubles), which no number exceeds.
table : ndarray of uint16 or uint32
    An *entry* for each slot, then one for each slot of the nodes. It holds two numbers. The lowest `bits` are `passed`,
    the number of edges before the slot: the bin of a value that passes none in it, and the place in `below` of the
    limit of its first edge. The bits above are `equal`, the number of edges with that limit: a value that exceeds it is
    in bin ``passed + equal``. From ``edges + 1`` on, `passed` is no bin but the number of a node.

    NaN has the last slot. No number exceeds the infinite limit there, but NaN is not ``<=`` it, so it counts as having
    passed, and `equal` of that entry leads on to the bin of what is missing. Where infinity itself passes an edge,
    `heatbin.axes.search` tells the two apart.
nodes : ndarray of uint64, shape (nodes * 4,)
    Slots that hold several edges are *crowded*: each has a finer table of its own, a *node*, by which the few values in
    it go on. The key of each node's first edge, how far keys are shifted to get its slots, its last slot, and where its
    entries begin.
bits : uint32
    As said.
windows : ndarray of the type of `below`, shape (slots * 2,), or None
    Where edges crowd at many places, each slot is cut once more, into ``2**fine`` finer ones, whose entries are in
    `table` then. They divide a *window* within the slot: its first number, and the finer slots to a unit, or how far
    integers are shifted to get them. Integers on both sides of a window have the last finer slot, whose entry takes all
    edges in the window for equal ones: those before it exceed none, those behind it all.
fine : uint32
    As said.

Which look-up it takes the kernels ask by themselves: in a function between them, which is not inlined, that cost up
to a tenth of it. A chunk goes through loops that vectorise, but for the lookups in the middle: hardware gathers were
three times slower here than scalar loads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner
from heatbin.kernels.prefetch import CHUNK

__all__ = [
    "add_first",
    "add_further",
    "find_crowded",
    "first_node_of",
    "float_keys",
    "integer_keys",
    "look_up",
    "look_up_finer_floats",
    "look_up_finer_integers",
]

# Where in a node's numbers these stand, and how many there are.
SHIFT, LAST, BEGIN, NODE = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
SIGN: Any = np.int64(-1 << 63)
ONE, TWO = np.uint64(1), np.uint64(2)
STRETCH = 16  # a divisor of CHUNK


@inner
def look_up(below: Array, table: Array, bits: int, count: int, entries: Array, limits: Array) -> None:
    """Write the entries of slots in their place, and what a value must exceed to have passed the first edge of each."""
    mask = np.uint32((1 << bits) - 1)
    for k in range(count):
        entry = table[entries[k]]
        entries[k] = entry
        limits[k] = below[entry & mask]


@inner
def look_up_finer_floats(
    values: Array,
    windows: Array,
    fine: int,
    below: Array,
    table: Array,
    bits: int,
    entries: Array,
    limits: Array,
) -> None:
    """Do what `look_up` does, in the finer slots. NaN has the last one of its slot.

    In one loop, which does not vectorise: what two would hand on by way of memory costs more.
    """
    mask, top = np.uint32((1 << bits) - 1), np.float64((1 << fine) - 1)
    for k in range(values.size):
        slot = entries[k]
        window = TWO * np.uint64(slot)
        within = (np.float64(values[k]) - windows[window]) * windows[window + ONE]
        within = within if within < top else top
        within = within if within > 0.0 else 0.0
        entry = table[np.uint32(slot << fine) + np.uint32(np.int32(within))]
        entries[k] = entry
        limits[k] = below[entry & mask]


@inner
def look_up_finer_integers(
    values: Array,
    windows: Array,
    fine: int,
    below: Array,
    table: Array,
    bits: int,
    entries: Array,
    limits: Array,
) -> None:
    """Do what `look_up` does, in the finer slots.

    Distances are unsigned, so those of numbers before a window are beyond it, too. To tell these two apart first would
    be a branch that the processor foretells badly.
    """
    mask, top = np.uint32((1 << bits) - 1), np.uint64((1 << fine) - 1)
    for k in range(values.size):
        v, slot = values[k], entries[k]
        window = TWO * np.uint64(slot)
        within = np.uint64(v - windows[window]) >> np.uint64(windows[window + ONE])
        within = within if within < top else top
        entry = table[np.uint32(slot << fine) + np.uint32(within)]
        entries[k] = entry
        limits[k] = below[entry & mask]


@inner
def first_node_of(below: Array, nodes: Array) -> Any:
    """Return the number of the first node, which is greater than that of any bin in an entry."""
    return np.uint32(below.size - nodes.size // NODE)


@inner
def add_first(
    values: Array, limits: Array, entries: Array, bits: int, first_node: int, stride: int, cells: Cells
) -> bool:
    """Add the bins of values by the first edge of their slots; return whether some are nodes, for `add_further`."""
    mask, most = np.uint32((1 << bits) - 1), np.uint32(0)
    for k in range(cells.size):
        entry = entries[k]
        passed = np.uint32(entry & mask)
        most = passed if passed > most else most
        equal = np.uint32(0) if values[k] <= limits[k] else np.right_shift(entry, bits)
        cells[k] += np.uint32(passed + equal) * stride
    return bool(most >= first_node)


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

    Level by level, not row by row: how deep a row goes is then no branch that the processor has to foretell.
    """
    mask = np.uint32((1 << bits) - 1)
    first_node = first_node_of(below, nodes)
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
            equal = np.right_shift(entry, bits) if values[row] > below[passed] else np.uint32(0)
            cells[row] += np.uint32(passed + equal) * stride - before * stride
            rows[crowded] = row
            crowded += np.uint32(passed >= first_node)


@inner
def find_crowded(entries: Array, count: int, bits: int, first_node: int, rows: Array) -> Any:
    """Write which of the first `count` rows have crowded slots, and return how many; other entries are cleared.

    Rows are ruled out a stretch at a time, by the largest of their entries.
    """
    mask, crowded = np.uint32((1 << bits) - 1), np.uint32(0)
    for k in range(count, CHUNK):
        entries[k] = 0
    for stretch in range(CHUNK // STRETCH):
        start, most = np.uint64(stretch * STRETCH), np.uint32(0)
        for i in range(STRETCH):
            most = max(most, np.uint32(entries[start + np.uint64(i)] & mask))
        if most >= first_node:
            for i in range(STRETCH):
                rows[crowded] = start + np.uint64(i)
                crowded += np.uint32(np.uint32(entries[start + np.uint64(i)] & mask) >= first_node)
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
