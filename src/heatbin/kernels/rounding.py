"""From exact integers to doubles: means, variances and their roots, each rounded once, to nearest, ties to even.

Integers are arrays of digits below 2³², the lowest first, as in Knuth, The Art of Computer Programming, 4.3.1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.fixed_point import squared
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.wide import load_digits

__all__ = ["round_quotients", "round_variances"]

DIGIT_BITS = 32
EMPTY, UNIT = np.uint64(0), np.uint64(1)
LOW_HALF = np.uint64((1 << 32) - 1)
LOW_QUARTER = np.uint64((1 << 16) - 1)
HALF, QUARTER = np.uint64(32), np.uint64(16)
LAST_SHIFT = np.uint64(63)
DOUBLE_BITS_DROPPED = 11
LOWEST_EXPONENT = -1074
FRACTION_BITS, EXPONENT_OF_HALF = 52, 1022
TWO_TO_64 = 2.0**64
LARGEST_BELOW_TWO_TO_64 = 2.0**64 - 2.0**11
ALL = np.uint64((1 << 64) - 1)

# Digits of zeros below the dividend, such that a quotient by fewer than 2⁴⁸ rows, or by the product of two such
# numbers, keeps 64 bits above its remainder; for a root, 128.
MEAN_PADDING = 4
VARIANCE_PADDING = 8


@inner
def top_digit(digits: Array) -> int:
    """Return the place of the highest digit other than 0; -1 if there is none."""
    top = digits.size - 1
    while top >= 0 and digits[top] == EMPTY:
        top -= 1
    return top


@inner
def divide(digits: Array, divisor: Any) -> Any:
    """Divide by less than 2⁴⁸ in place; return whether a remainder is left."""
    rest = EMPTY
    for i in range(top_digit(digits), -1, -1):
        if divisor <= LOW_HALF:
            chunk = (rest << HALF) | digits[i]
            digits[i] = chunk // divisor
            rest = chunk - digits[i] * divisor
        else:
            chunk = (rest << QUARTER) | (digits[i] >> QUARTER)
            upper = chunk // divisor
            chunk = ((chunk - upper * divisor) << QUARTER) | (digits[i] & LOW_QUARTER)
            lower = chunk // divisor
            digits[i] = (upper << QUARTER) | lower
            rest = chunk - lower * divisor
    return rest != EMPTY


@inner
def add_product(a: Array, b: Array, total: Array) -> None:
    """Add ``a * b`` to `total`, which has room for it."""
    for i in range(a.size):
        if a[i] == EMPTY:
            continue
        carry = EMPTY
        j = 0
        while j < b.size or carry != EMPTY:
            digit = a[i] * (b[j] if j < b.size else EMPTY) + total[i + j] + carry
            total[i + j] = digit & LOW_HALF
            carry = digit >> HALF
            j += 1


@inner
def subtract(a: Array, total: Array) -> None:
    """Subtract `a`, which is not larger, from `total`."""
    borrow = EMPTY
    for i in range(total.size):
        taken = (a[i] if i < a.size else EMPTY) + borrow
        borrow = UNIT if total[i] < taken else EMPTY
        total[i] = (total[i] - taken) & LOW_HALF


@inner
def bit_length(digits: Array) -> Any:
    """Return the number of bits, leading zeros not counted."""
    top = top_digit(digits)
    if top < 0:
        return 0
    # The exponent of a double, which holds any digit exactly, tells its length.
    return DIGIT_BITS * top + (np.float64(digits[top]).view(np.int64) >> FRACTION_BITS) - EXPONENT_OF_HALF


@inner
def word_at(digits: Array, position: int) -> Any:
    """Return the 64 bits from `position` on; beyond both ends there are zeros."""
    first = position // DIGIT_BITS
    offset = np.uint64(position - DIGIT_BITS * first)
    low = digits[first] if 0 <= first < digits.size else EMPTY
    middle = digits[first + 1] if 0 <= first + 1 < digits.size else EMPTY
    high = digits[first + 2] if 0 <= first + 2 < digits.size else EMPTY
    # in two steps: a shift by 64 is undefined
    return (low >> offset) | (middle << (HALF - offset)) | ((high << (LAST_SHIFT - offset)) << UNIT)


@inner
def any_below(digits: Array, position: int) -> bool:
    """Tell whether a bit below `position` is set."""
    for i in range(min(digits.size, (position + DIGIT_BITS - 1) // DIGIT_BITS)):
        room = position - DIGIT_BITS * i
        digit = digits[i] if room >= DIGIT_BITS else digits[i] & ((UNIT << np.uint64(room)) - UNIT)
        if digit != EMPTY:
            return True
    return False


@inner
def nearest(head: Any, more: bool, exponent: int) -> float:
    """Return the double nearest to ``head * 2**exponent``, or, where there is `more`, to something just above it.

    The highest bit of the 64 of `head` is set.
    """
    drop = max(DOUBLE_BITS_DROPPED, LOWEST_EXPONENT - exponent)
    if drop > 64:
        return 0.0
    half = UNIT << np.uint64(drop - 1)
    kept = (head >> UNIT) >> np.uint64(drop - 1)
    rest = head & (half | (half - UNIT))
    if rest > half or (rest == half and (more or kept & UNIT)):
        kept += UNIT
    return math.ldexp(np.float64(kept), exponent + drop)


@inner
def nearest_number(digits: Array, more: bool, exponent: int) -> float:
    """Return the double nearest to the integer, times ``2**exponent``."""
    length = bit_length(digits)
    if length == 0:
        return 0.0
    start = length - 64
    return nearest(word_at(digits, start), more or any_below(digits, start), exponent + start)


@inner
def exceeds(root: Any, high: Any, low: Any) -> Any:
    """Tell whether the square of `root` is larger than ``high * 2**64 + low``."""
    upper, lower = squared(root)
    return upper > high or (upper == high and lower > low)


@inner
def root_of(high: Any, low: Any) -> Any:
    """Return the integer square root of ``high * 2**64 + low``, which is 2¹²⁶ or more."""
    estimate = math.sqrt(np.float64(high) * TWO_TO_64 + np.float64(low))
    root = np.uint64(min(estimate, LARGEST_BELOW_TWO_TO_64))
    upper, lower = squared(root)
    # The estimate is good to 53 bits; one step of Newton's method leaves an error of a unit or two.
    lacking = np.float64(np.int64(high - upper)) * TWO_TO_64 + (np.float64(low) - np.float64(lower))
    step = np.int64(lacking / (2.0 * estimate))
    root = root + np.uint64(step)
    while exceeds(root, high, low):
        root -= UNIT
    while root != ALL and not exceeds(root + UNIT, high, low):
        root += UNIT
    return root


@inner
def nearest_root(digits: Array, more: bool, exponent: int) -> float:
    """Return the double nearest to the square root of the integer times ``2**exponent``."""
    length = bit_length(digits)
    if length == 0:
        return 0.0
    start = length - 128
    start += (start + exponent) % 2
    high, low = word_at(digits, start + 64), word_at(digits, start)
    root = root_of(high, low)
    upper, lower = squared(root)
    more = more or upper != high or lower != low or any_below(digits, start)
    return nearest(root, more, (exponent + start) // 2)


@kernel
def round_quotients(words: Array, exponent: int, divisors: Array, doubles: Array) -> None:
    """Write ``words[i] * 2**exponent / divisors[i]`` in place of the doubles that are NaN, unless the divisor is 0.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, lanes)
        Two's complement integers.
    exponent : int
        Of their unit.
    divisors : ndarray of int64, shape (rows,)
        0 or more, below 2⁴⁸.
    doubles : ndarray of float64, shape (rows,)
        The results, rounded once.
    """
    digits = np.empty(2 * words.shape[1] + MEAN_PADDING, dtype=np.uint64)
    exponent = exponent - DIGIT_BITS * MEAN_PADDING
    for i in range(words.shape[0]):
        divisor = np.uint64(divisors[i])
        if divisor == EMPTY or doubles[i] == doubles[i]:
            continue
        digits[:MEAN_PADDING] = EMPTY
        negative = load_digits(words[i], digits[MEAN_PADDING:])
        more = divide(digits, divisor) if divisor > UNIT else False
        size = nearest_number(digits, more, exponent)
        doubles[i] = -size if negative else size


@kernel
def round_variances(
    sums: Array,
    squares: Array,
    exponents: tuple[int, int],
    counts: Array,
    ddof: int,
    root: bool,
    doubles: Array,
) -> None:
    """Write the variances of cells, ``(n * Σx² - (Σx)²) / (n * (n - ddof))``, or their square roots.

    Parameters
    ----------
    sums, squares : ndarrays of uint64, shape (rows, lanes) each
        Σx and Σx², as two's complement integers.
    exponents : pair of int
        Of the unit of ``Σx * Σx`` and of Σx²; multiples of 32.
    counts : ndarray of int64, shape (rows,)
        The numbers of samples, more than `ddof` and below 2⁴⁸.
    ddof : int
        0 or more.
    root : bool
        Whether to write standard deviations.
    doubles : ndarray of float64, shape (rows,)
        The results, rounded once.
    """
    lowest = min(exponents[0], exponents[1])
    below_sums = VARIANCE_PADDING + (exponents[0] - lowest) // DIGIT_BITS
    below_squares = VARIANCE_PADDING + (exponents[1] - lowest) // DIGIT_BITS
    sum_digits, square_digits = 2 * sums.shape[1], 2 * squares.shape[1]
    total = np.empty(max(below_sums + 2 * sum_digits, below_squares + square_digits) + 3, dtype=np.uint64)
    taken = np.empty(total.size, dtype=np.uint64)
    once, twice = np.empty(sum_digits, dtype=np.uint64), np.empty(square_digits, dtype=np.uint64)
    count_digits = np.empty(2, dtype=np.uint64)
    exponent = lowest - DIGIT_BITS * VARIANCE_PADDING
    for i in range(sums.shape[0]):
        count, free = np.uint64(counts[i]), np.uint64(counts[i] - ddof)
        load_digits(sums[i], once)
        load_digits(squares[i], twice)
        count_digits[0], count_digits[1] = count & LOW_HALF, count >> HALF
        total[:] = EMPTY
        taken[:] = EMPTY
        add_product(twice, count_digits, total[below_squares:])
        add_product(once, once, taken[below_sums:])
        subtract(taken, total)
        more = divide(total, count)
        more = divide(total, free) or more
        doubles[i] = nearest_root(total, more, exponent) if root else nearest_number(total, more, exponent)
