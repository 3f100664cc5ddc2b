"""From values to bins of single integers: a hash that no two of them share, then one comparison."""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel
from heatbin.kernels.prefetch import CHUNK, request

__all__ = ["index_hashed"]

MIDDLE = np.uint64(32)


@kernel
def index_hashed(
    values: Array,
    multiplier: int,
    shift: int,
    moves: Array,
    keys: Array,
    bins: Array,
    rest: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers that each have a bin of their own, by a hash that no two of them share.

    Parameters
    ----------
    values : ndarray of integers
        What to bin.
    multiplier, shift : uint64
        The bucket of an integer is what is left of its product after the shift; its place are bits from the middle.
    moves : ndarray of uint32, shape (buckets,)
        What turns places into slots, by exclusive or.
    keys : ndarray of uint64, shape (a power of two,)
        The integer that each slot belongs to, as the bits of 64.
    bins : ndarray of uint32, shape (slots,)
        Its bin.
    rest : uint32
        The bin of all others.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    mask = np.uint64(keys.size - 1)
    buckets, places = np.zeros(CHUNK, np.uint32), np.zeros(CHUNK, np.uint32)
    held, found = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint32)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(out.size):
            product = np.uint64(chunk[k]) * multiplier
            buckets[k] = product >> shift
            places[k] = (product >> MIDDLE) & mask
        for k in range(out.size):
            slot = places[k] ^ moves[buckets[k]]
            held[k] = keys[slot]
            found[k] = bins[slot]
        # A loop of its own: in the one above it becomes a branch, which cannot be foretold.
        for k in range(out.size):
            flow_bin = found[k] if held[k] == np.uint64(chunk[k]) else rest
            out[k] += np.uint32(flow_bin) * stride
