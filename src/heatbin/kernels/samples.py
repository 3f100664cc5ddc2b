"""Rows without a sample: counted by kind, and sent to the cell that is never reported."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Bitmap, Cells
from heatbin.kernels.forms import FLOATING
from heatbin.kernels.jit import kernel
from heatbin.kernels.prefetch import CHUNK, request

__all__ = ["count_nonfinite", "reject"]

INFINITY = np.int64(0x7FF << 52)
MAGNITUDE = np.int64((1 << 63) - 1)
NULL, NAN, INFINITE = 0, 1, 2


@kernel
def count_nonfinite(bits: Array) -> Any:
    """Return how many doubles, given as int64 patterns, are infinite or NaN."""
    found = np.int64(0)
    for start in range(0, bits.size, CHUNK):
        chunk = bits[start : start + CHUNK]
        request(bits, start)
        for k in range(chunk.size):
            found += np.int64((chunk[k] & INFINITY) == INFINITY)
    return found


@kernel
def reject(
    origins: Cells,
    bits: Array,
    form: int,
    validity: Bitmap,
    offset: int,
    inside: Array,
    rejected: int,
    told: Array,
    cells: Cells,
) -> None:
    """Send the rows whose sample is null or NaN to the cell `rejected`.

    Parameters
    ----------
    origins : ndarray of uint32 or uint64, shape (rows,)
        The cells that the rows belong to.
    bits : ndarray of int64, shape (rows,)
        The samples' patterns.
    form : int
        FLOATING, SIGNED or UNSIGNED.
    validity : ndarray of uint8
        Arrow's bitmap; empty where nothing is null.
    offset : int
        The bit of the first row.
    inside : ndarray of uint8, shape (cells,)
        1 for the cells whose rows are told.
    rejected : int
        A cell that is not inside.
    told : ndarray of int64, shape (3,)
        Raised by the rows of inside cells whose sample is null; NaN, and not null; infinite, and not null.
    cells : ndarray of uint32 or uint64, shape (rows,)
        Where the rows go; those that are not rejected stay where they are.
    """
    nullable, floating = validity.size > 0, form == FLOATING
    for k in range(bits.size):
        bit = offset + k
        null = nullable and not (validity[bit >> 3] >> (bit & 7)) & 1
        size = bits[k] & MAGNITUDE
        if null or (floating and size >= INFINITY):
            kind = NULL if null else INFINITE if size == INFINITY else NAN
            told[kind] += inside[origins[k]]
            if kind != INFINITE:
                cells[k] = rejected
