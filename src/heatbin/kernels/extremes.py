"""The smallest of each cell. The largest is the smallest of keys turned round.

A key is an int64 that is ordered as the samples are: ``key = v ^ ((v >> 63) & flip) ^ turn`` of the sample's pattern,
where `flip` reverses the order of negative doubles, which are a sign and a magnitude, and `turn` accounts for
unsigned integers (their top bit) and for the largest (all bits). So -0.0 comes before +0.0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel
from heatbin.kernels.prefetch import AHEAD, prefetch

__all__ = ["find_ends", "keep_any", "keep_both", "keep_least", "keep_least_by"]

SIGN_SHIFT = np.int64(63)


@kernel
def keep_least(cells: Cells, bits: Array, flip: int, turn: int, least: Array) -> None:
    """Keep the least key of each cell."""
    last, far = np.uint64(cells.size - 1), np.uint64(AHEAD)
    for k in range(np.uint64(cells.size)):
        prefetch(least, np.uint64(cells[min(k + far, last)]))
        key = bits[k] ^ ((bits[k] >> SIGN_SHIFT) & flip) ^ turn
        known = least[cells[k]]
        least[cells[k]] = key if key < known else known


@kernel
def keep_both(cells: Cells, bits: Array, flip: int, turn: int, ends: Array) -> None:
    """Keep the least key of each cell, and beside it the least of those turned round, which is that of the largest.

    Parameters
    ----------
    ends : ndarray of int64, shape (cells, 2)
        Side by side, both take a third less time than apart: a row waits for memory once.
    """
    last, far = np.uint64(cells.size - 1), np.uint64(AHEAD)
    smallest, largest = np.uint64(0), np.uint64(1)
    for k in range(np.uint64(cells.size)):
        prefetch(ends, np.uint64(cells[min(k + far, last)]))
        cell = np.uint64(cells[k])
        key = bits[k] ^ ((bits[k] >> SIGN_SHIFT) & flip) ^ turn
        least, most = ends[cell, smallest], ends[cell, largest]
        ends[cell, smallest] = key if key < least else least
        ends[cell, largest] = ~key if ~key < most else most


@kernel
def keep_least_by(
    cells: Cells, by_bits: Array, by_flip: int, by_turn: int, bits: Array, flip: int, turn: int, least: Array
) -> None:
    """Keep the least pair of keys of each cell: first by what decides, then by the value.

    Parameters
    ----------
    least : ndarray of int64, shape (cells, 2)
        The key that decides, and the key of its value.
    """
    last = cells.size - 1
    deciding, value = np.uint32(0), np.uint32(1)
    for k in range(cells.size):
        prefetch(least, np.uint64(cells[min(k + AHEAD, last)]))
        cell = cells[k]
        by_key = by_bits[k] ^ ((by_bits[k] >> SIGN_SHIFT) & by_flip) ^ by_turn
        key = bits[k] ^ ((bits[k] >> SIGN_SHIFT) & flip) ^ turn
        known, its_key = least[cell, deciding], least[cell, value]
        better = (by_key < known) | ((by_key == known) & (key < its_key))
        least[cell, deciding] = by_key if better else known
        least[cell, value] = key if better else its_key


@kernel
def find_ends(bits: Array, flip: int) -> tuple[Any, Any]:
    """Return the least and the largest key: of doubles NaN lies beyond the infinities, so it is an end if there is one.

    Integers, unlike doubles, are compared many at a time.
    """
    least = bits[0] ^ ((bits[0] >> SIGN_SHIFT) & flip)
    most = least
    for k in range(bits.size):
        key = bits[k] ^ ((bits[k] >> SIGN_SHIFT) & flip)
        least, most = min(least, key), max(most, key)
    return least, most


@kernel
def keep_any(cells: Cells, bits: Array, mask: int, found: Array) -> None:
    """Mark the cells of the samples that are not 0 under `mask`."""
    for k in range(cells.size):
        found[cells[k]] |= np.uint8((bits[k] & mask) != 0)
