"""Quotients of integers that pairs of doubles tell for certain: nearly all, in a tenth of the time that digits take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from heatbin.columns import Array
from heatbin.kernels.jit import inner, kernel

__all__ = ["FARTHEST_SURE", "guess_quotients"]

NONE, ONE = np.int64(0), np.int64(1)
EMPTY, UNIT, TWO = np.uint64(0), np.uint64(1), np.uint64(2)
LAST_SHIFT = np.uint64(63)
DOUBT = 2.0**-90
SMALLEST_SURE, LARGEST_SURE = 1e-300, 1e300

# Of 127 bits, the highest 43, the 40 that follow, and the last 44.
BELOW_HIGHEST, REST_OF_HIGH = np.uint64(20), np.uint64((1 << 20) - 1)
BELOW_MIDDLE, REST_OF_LOW = np.uint64(44), np.uint64((1 << 44) - 1)
TWO_TO_62, TWO_TO_22, TWO_TO_MINUS_22 = 2.0**62, 2.0**22, 2.0**-22

TWO_TO_52 = 2.0**52
PATTERN_OF_TWO_TO_52 = np.uint64(0x433 << 52)

FARTHEST_SURE = 900
"""As far from 0 may the exponent of the integers' unit be: nothing overflows, and no product is subnormal."""


@inner
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return the rounded sum of two doubles and its error: Knuth, 4.2.2, theorem B."""
    total = a + b
    second = total - a
    return total, (a - (total - second)) + (b - second)


def _multiply_add(_typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        double = ir.DoubleType()
        kind = ir.FunctionType(double, [double] * 3)
        return builder.call(builder.module.declare_intrinsic("llvm.fma", [double], kind), arguments)

    return types.float64(a, b, c), emit


multiply_add: Callable[[float, float, float], float] = intrinsic(_multiply_add)  # type: ignore[assignment]
"""Return ``a * b + c``, rounded once: by the C library, where the processor cannot."""


@inner
def as_double(number: Any) -> float:
    """Return what is below 2**52 as a double: its bits stand below those of 2**52. Conversions do not vectorise."""
    return np.float64(np.uint64(number | PATTERN_OF_TWO_TO_52).view(np.float64) - TWO_TO_52)


@inner
def in_doubles(low: Any, high: Any) -> tuple[float, float, float]:
    """Return ``(high * 2**64 + low) / 2**22`` as a double and what it lacks; and by how much both together are off."""
    highest = as_double(high >> BELOW_HIGHEST) * TWO_TO_62
    middle = as_double(((high & REST_OF_HIGH) << BELOW_HIGHEST) | (low >> BELOW_MIDDLE)) * TWO_TO_22
    last = as_double(low & REST_OF_LOW) * TWO_TO_MINUS_22
    head, tail = two_sum(highest, middle)
    tail, lost = two_sum(tail, last)
    head, tail = two_sum(head, tail)
    return head, tail, lost


@kernel
def guess_quotients(words: Array, scale: float, divisors: Array, doubles: Array) -> Any:
    """Write what each integer times `scale`, over its divisor, rounds to; NaN where that is not certain.

    A quotient is the sum of two doubles. Where both are exact, or it makes no difference if they are off by `DOUBT`,
    which is far more than they can be, that sum is rounded right. All words lie in one row, at places that are known
    when this is compiled, and there is no branch, so that it vectorises.

    Parameters
    ----------
    words : ndarray of uint64, shape (2 * rows,)
        Two's complement integers of two words, the lower one first.
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
    scale *= TWO_TO_22
    unsure = NONE
    for k in range(doubles.size):
        i = TWO * np.uint64(k)
        negative = words[i + UNIT] >> LAST_SHIFT
        flip = EMPTY - negative
        low = (words[i] ^ flip) + negative
        high = (words[i + UNIT] ^ flip) + (negative if low == EMPTY else EMPTY)
        head, tail, lost = in_doubles(low, high)
        divisor = as_double(np.uint64(divisors[k]))
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
