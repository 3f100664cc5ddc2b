"""A logarithmic axis for quantiles, of both signs and zero, over all doubles.

Buckets are even steps of ``g(v) = e + P(s)`` for ``|v| = 2**e * (1 + s)``, where the cubic P goes from 0 to 1 and
follows log2 so closely that even steps of g are steps of the logarithm, at most 1 % too narrow. Sums and products
only, so that every machine finds the same bucket. The idea is that of Masson, Rim and Lee, *DDSketch*, VLDB 2019.
"""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel

__all__ = ["CUBIC", "LOWEST", "bucket_keys"]

CUBIC = (10.0 / 7.0, -3.0 / 5.0, 6.0 / 35.0)
"""Coefficients of s, s² and s³: with these, ``(1 + s) * P'(s)`` is least at s = 0, where it is 10/7."""

LOWEST = -1074.0
"""The logarithm of the smallest double."""

MAGNITUDE = np.int64((1 << 63) - 1)
INFINITY = np.int64(0x7FF << 52)
FRACTION = np.int64((1 << 52) - 1)
FRACTION_BITS = np.int64(52)
BIAS = 1023.0
UNIT_FRACTION = 2.0**-52
FIRST, SECOND, THIRD = CUBIC


@kernel
def bucket_keys(
    cells: Cells, bits: Array, per_octave: float, zero: int, bits_a_bucket: int, keys: Array
) -> None:
    """Write ``cell << bits_a_bucket | bucket`` for each row.

    Parameters
    ----------
    bits : ndarray of int64, shape (rows,)
        Patterns of doubles.
    per_octave : float
        Buckets a power of two.
    zero : int
        The bucket of zero: those of negative values lie below, in their order; that of infinity is the last.
    """
    top = np.int64(zero - 1)
    for k in range(cells.size):
        size = bits[k] & MAGNITUDE
        field = size >> FRACTION_BITS
        if field > 0:
            octave, s = np.float64(field) - BIAS, np.float64(bits[k] & FRACTION) * UNIT_FRACTION
        else:
            octave, s = np.float64(LOWEST), np.float64(0.0)
            fraction = np.float64(size)
            while fraction >= 2.0:
                fraction *= 0.5
                octave += 1.0
            s = fraction - 1.0
        log = octave + ((THIRD * s + SECOND) * s + FIRST) * s
        bucket = np.int64((log - LOWEST) * per_octave)
        bucket = top if size >= INFINITY else bucket
        signed = -1 - bucket if bits[k] < 0 else 1 + bucket
        signed = np.int64(0) if size == 0 else signed
        keys[k] = (np.int64(cells[k]) << bits_a_bucket) | (zero + signed)
