"""Quotients of integers that pairs of doubles tell for certain: nearly all, in a tenth of the time that digits take."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.doubles import (
    DOUBT,
    LARGEST_SURE,
    SMALLEST_SURE,
    in_doubles,
    magnitude,
    multiply_add,
    small_as_double,
    two_sum,
)
from heatbin.kernels.jit import kernel

__all__ = ["guess_quotients"]

NONE, ONE = np.int64(0), np.int64(1)
EMPTY = np.uint64(0)


@kernel
def guess_quotients(words: Array, scale: float, divisors: Array, doubles: Array) -> Any:
    """Write what each integer times `scale`, over its divisor, rounds to; NaN where that is not certain.

    A quotient is the sum of two doubles. Where both are exact, or it makes no difference if they are off by `DOUBT`,
    which is far more than they can be, that sum is rounded right. There is no branch, so that it vectorises.

    Parameters
    ----------
    words : ndarray of uint64, shape (2, rows)
        Two's complement integers, the lower words first.
    scale : float
        The unit of the integers: ``2**exponent``, the exponent nearer to 0 than `FARTHEST_SURE`.
    divisors : ndarray of int64, shape (rows,)
        0 or more, below 2⁴⁸.
    doubles : ndarray of float64, shape (rows,)
        The results, rounded once.

    Returns
    -------
    unsure : int
        How many are not certain, those whose divisor is 0 left out.
    """
    unsure = NONE
    for k in range(doubles.size):
        low, high, negative = magnitude(words[0, k], words[1, k])
        head, tail, lost = in_doubles(low, high)
        divisor = small_as_double(np.uint64(divisors[k]))
        quotient = head / divisor
        lacking, lost_too = two_sum(multiply_add(-quotient, divisor, head), tail)
        rest = lacking / divisor
        exact = (lost == 0.0) & (lost_too == 0.0) & (rest * divisor == lacking)
        doubt = 0.0 if exact else quotient * DOUBT
        least, most = quotient + (rest - doubt), quotient + (rest + doubt)
        result = least * scale
        sure = (least == most) & ((least == 0.0) | ((result > SMALLEST_SURE) & (result < LARGEST_SURE)))
        signed = -result if negative != EMPTY and least > 0.0 else result
        # A condition around what is stored would be taken for one on whether to store, which takes far longer.
        unsure += ONE - np.int64(sure | (divisors[k] == NONE))
        doubles[k] = signed if sure else np.nan
    return unsure
