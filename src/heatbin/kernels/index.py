"""From values to bins: each kernel adds ``bin * stride`` to the cells of a block.

A coordinate numbers its bins with the flow bins around them: 0 is *under*, 1 … size are the bins proper,
size + 1 is *over* and size + 2 is *missing*. Cells start at zero, and the coordinates of a binning add up.

Indexing with unsigned numbers spares the test for negative ones, which costs as much as the gather.
"""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Bitmap, Cells
from heatbin.kernels.jit import kernel

__all__ = ["index_edges", "index_evenly", "index_integers", "mark_filtered", "mark_missing", "mark_rejected"]


@kernel
def index_evenly(
    values: Array, lo: float, hi: float, step: float, scale: float, size: float, stride: int, cells: Cells
) -> None:
    """Bin numbers between edges ``i * step + lo``, the last of which is `hi`.

    ``(v - lo) * scale`` guesses the bin; the edges on both sides of it, computed as `numpy.linspace`
    computes them, decide. All in float64 and without a branch, so that it vectorises.
    """
    top = size - 1.0
    for k in range(values.size):
        v = np.float64(values[k])
        guess = (v - lo) * scale
        guess = guess if guess > 0.0 else 0.0
        guess = np.floor(guess if guess < top else top)
        flow_bin = guess + 1.0
        flow_bin = flow_bin + 1.0 if v >= (guess + 1.0) * step + lo else flow_bin
        flow_bin = flow_bin - 1.0 if v < guess * step + lo else flow_bin
        flow_bin = flow_bin if flow_bin < size else size
        flow_bin = 0.0 if v < lo else flow_bin
        flow_bin = size + 1.0 if v > hi else flow_bin
        flow_bin = size + 2.0 if v != v else flow_bin
        cells[k] += np.uint32(np.int32(flow_bin)) * stride


@kernel
def index_edges(
    values: Array, edges: Array, table: Array, lo: float, scale: float, depth: int, stride: int, cells: Cells
) -> None:
    """Bin floats between any sorted `edges`, as ``numpy.searchsorted(edges, v, side="right")``.

    Parameters
    ----------
    values : ndarray of float
        What to bin.
    edges : ndarray of float64, shape (size + 1,)
        Sorted; duplicates and infinite ends are fine.
    table : ndarray of uint32, shape (slots + 1,)
        How many edges have a slot below this one, a slot being ``int((v - lo) * scale)`` cut to the table.
        The slot never falls as the value rises, so the edges of a value's own slot are all that is open.
    lo, scale : float
        What makes a slot out of a value.
    depth : int
        How many halvings find any value among the edges of its slot.
    """
    last = edges[edges.size - 1]
    size = np.uint32(edges.size - 1)
    top = np.float64(table.size - 2)
    for k in range(values.size):
        v = np.float64(values[k])
        guess = (v - lo) * scale
        guess = guess if guess > 0.0 else 0.0
        slot = np.uint32(np.int32(guess if guess < top else top))
        below = table[slot]
        above = table[slot + np.uint32(1)]
        for _ in range(depth):
            middle = np.uint32((below + above) >> np.uint32(1))
            right = middle < above and edges[middle] <= v
            below = np.uint32(middle + np.uint32(1)) if right else below
            above = above if right else middle
        below = size if below > size and v <= last else below
        below = np.uint32(size + np.uint32(2)) if v != v else below
        cells[k] += np.uint32(below) * stride


@kernel
def index_integers(
    values: Array, starts: Array, last: int, table: Array, scale: float, depth: int, stride: int, cells: Cells
) -> None:
    """Bin integers, compared as integers, into bins that begin at `starts` and end with `last`.

    Parameters
    ----------
    values : ndarray of integers
        What to bin: int64 values with int64 `starts`, uint64 with uint64; narrower ones with either.
    starts : ndarray of int64 or uint64, shape (size,)
        The smallest integer of each bin, sorted; a bin that no integer falls into begins where the next does.
    last : int64 or uint64
        The largest integer of the last bin.
    table, scale, depth
        As for `index_edges`; a slot is ``int((v - starts[0]) * scale)``, the difference taken exactly.
    """
    first = starts[0]
    base = np.uint64(first)
    size = np.uint32(starts.size)
    top = np.float64(table.size - 2)
    for k in range(values.size):
        v = values[k]
        guess = np.float64(np.uint64(np.int64(v)) - base) * scale
        slot = np.uint32(np.int32(guess if guess < top else top))
        below = table[slot]
        above = table[slot + np.uint32(1)]
        for _ in range(depth):
            middle = np.uint32((below + above) >> np.uint32(1))
            right = middle < above and starts[middle] <= v
            below = np.uint32(middle + np.uint32(1)) if right else below
            above = above if right else middle
        below = np.uint32(0) if v < first else below
        below = np.uint32(size + np.uint32(1)) if v > last else below
        cells[k] += np.uint32(below) * stride


@kernel
def mark_missing(validity: Bitmap, offset: int, before: Cells, missing: int, cells: Cells) -> None:
    """Where the bitmap says null, undo what a coordinate added to `before` and add `missing` instead."""
    for k in range(cells.size):
        bit = offset + k
        valid = (validity[bit >> 3] >> (bit & 7)) & 1
        cells[k] = cells[k] if valid else before[k] + missing


@kernel
def mark_filtered(selected: Bitmap, filtered: int, cells: Cells) -> None:
    """Send the rows whose `selected` byte is 0 to the cell `filtered`."""
    for k in range(cells.size):
        cells[k] = cells[k] if selected[k] else filtered


@kernel
def mark_rejected(validity: Bitmap, offset: int, rejected: int, cells: Cells) -> None:
    """Send the rows that the bitmap calls null to the cell `rejected`."""
    for k in range(cells.size):
        bit = offset + k
        valid = (validity[bit >> 3] >> (bit & 7)) & 1
        cells[k] = cells[k] if valid else rejected
