"""Integers as doubles, and numbers of more than 53 bits as sums of doubles that do not overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from heatbin.kernels.jit import inner

__all__ = [
    "DOUBT",
    "FARTHEST_SURE",
    "LARGEST_SURE",
    "SMALLEST_SURE",
    "as_double",
    "in_doubles",
    "magnitude",
    "multiply_add",
    "small_as_double",
    "two_product",
    "two_sum",
]

DOUBT = 2.0**-90
"""More than the sum of two doubles can be off by after some operations, of its size."""

SMALLEST_SURE, LARGEST_SURE = 1e-300, 1e300
"""Between them nothing overflows, and no error of a product is subnormal."""

FARTHEST_SURE = 900
"""So much nearer to 0 may the exponent of integers' unit be, for the same reason."""

EMPTY = np.uint64(0)
LAST_SHIFT = np.uint64(63)

# Of 127 bits, the highest 43, the 40 that follow, and the last 44.
BELOW_HIGHEST, REST_OF_HIGH = np.uint64(20), np.uint64((1 << 20) - 1)
BELOW_MIDDLE, REST_OF_LOW = np.uint64(44), np.uint64((1 << 44) - 1)
TWO_TO_84, TWO_TO_44 = 2.0**84, 2.0**44

HALF, LOW_HALF = np.uint64(32), np.uint64((1 << 32) - 1)
# Of 2⁵² for the lower half, of 2⁸⁴ + 2⁶³ for the higher one, whose lowest number is -2⁶³; and all together.
LOW_BITS: Any = np.float64(1 << 52).view(np.uint64)
HIGH_BITS: Any = np.float64((1 << 84) + (1 << 63)).view(np.uint64)
HIGH_AND_LOW = float((1 << 84) + (1 << 63) + (1 << 52))
TWO_TO_52 = 2.0**52


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
def two_product(a: float, b: float) -> tuple[float, float]:
    """Return the rounded product of two doubles and its error."""
    product = a * b
    return product, multiply_add(a, b, -product)


@inner
def as_double(number: Any) -> Any:
    """Return the double nearest to an int64: the sum of its halves, each of which is exact, is rounded once.

    This vectorises where conversions do not.
    """
    bits = np.uint64(number)
    high = np.uint64((bits >> HALF) ^ HIGH_BITS).view(np.float64) - HIGH_AND_LOW
    return high + np.uint64((bits & LOW_HALF) | LOW_BITS).view(np.float64)


@inner
def small_as_double(number: Any) -> Any:
    """Return a uint64 below 2⁵² as a double, in half of the steps of `as_double`."""
    return np.uint64(number | LOW_BITS).view(np.float64) - TWO_TO_52


@inner
def magnitude(low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Return two words without their sign, and 1 where it was there."""
    negative = high >> LAST_SHIFT
    flip = EMPTY - negative
    low = (low ^ flip) + negative
    return low, (high ^ flip) + (negative if low == EMPTY else EMPTY), negative


@inner
def in_doubles(low: Any, high: Any) -> tuple[float, float, float]:
    """Return ``high * 2**64 + low`` as a double and what it lacks; and by how much both together are off."""
    highest = small_as_double(high >> BELOW_HIGHEST) * TWO_TO_84
    middle = small_as_double(((high & REST_OF_HIGH) << BELOW_HIGHEST) | (low >> BELOW_MIDDLE)) * TWO_TO_44
    head, tail = two_sum(highest, middle)
    tail, lost = two_sum(tail, small_as_double(low & REST_OF_LOW))
    head, tail = two_sum(head, tail)
    return head, tail, lost
