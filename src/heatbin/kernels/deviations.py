"""Variances that sums of doubles tell for certain: nearly all, in a twentieth of the time that digits take."""

from __future__ import annotations

import math
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
    two_product,
    two_sum,
)
from heatbin.kernels.jit import inner, kernel

__all__ = ["guess_variances"]

NONE, ONE, TWO = np.int64(0), np.int64(1), np.int64(2)
EMPTY = np.uint64(0)

CELLS = 192
"""Cells at a time: their terms lie in the first cache."""

# Σx² has up to 192 bits, in four parts of 48; each of them times n is two doubles.
PART, HALF_PART = np.uint64((1 << 48) - 1), np.uint64((1 << 32) - 1)
QUARTER_PART = np.uint64((1 << 16) - 1)
QUARTER, HALF, THREE_QUARTERS = np.uint64(16), np.uint64(32), np.uint64(48)
TWO_TO_48, TWO_TO_96, TWO_TO_144 = 2.0**48, 2.0**96, 2.0**144
PRODUCTS = 8
TERMS = PRODUCTS + 5
SWEEPS = 2

# What is dropped of (Σx)² is below 2⁻¹⁵⁴ of it, which is not above n * Σx²; two sweeps add as 159 bits do, but for
# 13³ times the last one: below 2⁻¹⁴⁶ of what is added. What they leave over, and the division, are good to 2⁻⁹⁸.
DOUBT_OF_TERMS = 2.0**-140

# An integer that is nearer to 0, and whose lowest word is 0, is 0.
WORD, NEAR = np.int64(64), 2.0**62


@inner
def multiply(squares: Array, start: int, counts: Array, terms: Array) -> None:
    """Write ``n * Σx²``, exactly, as terms."""
    for k in range(counts.size):
        count = small_as_double(np.uint64(counts[k]))
        low, middle, high = squares[0, start + k], squares[1, start + k], squares[2, start + k]
        first = small_as_double(low & PART)
        second = small_as_double(((middle & HALF_PART) << QUARTER) | (low >> THREE_QUARTERS)) * TWO_TO_48
        third = small_as_double(((high & QUARTER_PART) << HALF) | (middle >> HALF)) * TWO_TO_96
        fourth = small_as_double(high >> QUARTER) * TWO_TO_144
        terms[1, k], terms[0, k] = two_product(count, first)
        terms[3, k], terms[2, k] = two_product(count, second)
        terms[5, k], terms[4, k] = two_product(count, third)
        terms[7, k], terms[6, k] = two_product(count, fourth)


@inner
def subtract_square(sums: Array, start: int, scale: float, size: int, terms: Array) -> None:
    """Write ``-(Σx)² * scale``, nearly, as terms."""
    for k in range(size):
        low, high, _ = magnitude(sums[0, start + k], sums[1, start + k])
        head, tail, rest = in_doubles(low, high)
        square, error = two_product(head, head)
        mixed, mixed_error = two_product(2.0 * head, tail)
        small = tail * tail + 2.0 * head * rest
        terms[PRODUCTS, k], terms[PRODUCTS + 1, k] = -small * scale, -mixed_error * scale
        terms[PRODUCTS + 2, k], terms[PRODUCTS + 3, k] = -error * scale, -mixed * scale
        terms[PRODUCTS + 4, k] = -square * scale


@inner
def sweep(small: Array, large: Array) -> None:
    """Turn two terms into their rounded sum and its error."""
    for k in range(small.size):
        large[k], small[k] = two_sum(large[k], small[k])


@inner
def add_up(terms: Array, size: int) -> None:
    """Turn terms into their sum, the last one, and what it lacks, the first: Ogita, Rump and Oishi (2005), SumK."""
    for _ in range(SWEEPS):
        for term in range(1, terms.shape[0]):
            sweep(terms[term - 1, :size], terms[term, :size])
    left = terms[0, :size]
    for term in range(1, terms.shape[0] - 1):
        more = terms[term, :size]
        for k in range(left.size):
            left[k] += more[k]


@inner
def lowest_word(square: Any, count: Any, apart: int, sum_: Any) -> Any:
    """Return the lowest word of ``n * Σx² - (Σx)² * 2**apart``, or, as an integer, of that times ``2**-apart``."""
    product, squared, bits = square * np.uint64(count), sum_ * sum_, np.uint64(abs(apart) & (WORD - ONE))
    far = abs(apart) >= WORD
    if apart >= 0:
        return product - (EMPTY if far else squared << bits)
    return (EMPTY if far else product << bits) - squared


@kernel
def guess_variances(
    sums: Array,
    squares: Array,
    exponents: tuple[int, int],
    counts: Array,
    ddof: int,
    root: bool,
    doubles: Array,
) -> Any:
    """Write the variances of cells, or their square roots; NaN where what they round to is not certain.

    Parameters
    ----------
    sums : ndarray of uint64, shape (2, rows)
        Σx, as two's complement integers, the lower words first.
    squares : ndarray of uint64, shape (3, rows)
        Σx², likewise.
    exponents : pair of int
        Of the unit of ``Σx * Σx`` and of Σx², even; they and their difference are nearer to 0 than `FARTHEST_SURE`.
    counts : ndarray of int64, shape (rows,)
        The numbers of samples, below 2⁴⁸; NaN where that is `ddof` or less.
    ddof : int
        0 or more.
    root : bool
        Whether to write standard deviations.
    doubles : ndarray of float64, shape (rows,)
        The results, rounded once.

    Returns
    -------
    unsure : int
        How many are not certain.
    """
    terms = np.empty((TERMS, CELLS), dtype=np.float64)
    sizes, words = np.empty(CELLS, dtype=np.float64), np.empty(CELLS, dtype=np.uint64)
    apart = exponents[0] - exponents[1]
    scale, unit = math.ldexp(1.0, apart), math.ldexp(1.0, exponents[1] // 2 if root else exponents[1])
    unsure = NONE
    for start in range(0, counts.size, CELLS):
        some, out = counts[start : start + CELLS], doubles[start : start + CELLS]
        multiply(squares, start, some, terms)
        for k in range(some.size):
            sizes[k] = terms[1, k] + terms[3, k] + terms[5, k] + terms[7, k]
            words[k] = lowest_word(squares[0, start + k], some[k], apart, sums[0, start + k])
        subtract_square(sums, start, scale, some.size, terms)
        add_up(terms, some.size)
        unsure += conclude(terms, sizes, words, min(scale, 1.0), some, ddof, root, unit, out)
    return unsure


@inner
def conclude(
    terms: Array,
    sizes: Array,
    words: Array,
    step: float,
    counts: Array,
    ddof: int,
    root: bool,
    unit: float,
    doubles: Array,
) -> Any:
    """Divide and write the results of a chunk; return how many are not certain.

    The sums of `terms` are whole multiples of `step`, an even power of two.
    """
    near, half_step = NEAR * step, 0.5 * math.sqrt(step)
    unsure = NONE
    for k in range(counts.size):
        error = sizes[k] * DOUBT_OF_TERMS
        # Where nearly all of the sum is cancelled, what it lacks may be large beside it.
        head, rest = two_sum(terms[TERMS - 1, k], terms[0, k])
        nothing = (words[k] == EMPTY) & (abs(head) + error < near)
        divisor, more = two_product(small_as_double(np.uint64(counts[k])), np.float64(counts[k] - ddof))
        quotient = head / divisor
        rest = (multiply_add(-quotient, divisor, head) + (rest - quotient * more)) / divisor
        doubt = quotient * DOUBT + error / divisor
        if root:
            square, half = quotient, 0.5 / math.sqrt(quotient)
            quotient = math.sqrt(square)
            rest = (multiply_add(-quotient, quotient, square) + rest) * half
            doubt = doubt * half + quotient * DOUBT
            # That of two samples is half of their distance, which is often just between two doubles.
            known = (counts[k] == TWO) & (ddof == 0) & (doubt < 0.25 * half_step)
            rest = np.rint(rest / half_step) * half_step if known else rest
            doubt = 0.0 if known else doubt
        least, most = quotient + (rest - doubt), quotient + (rest + doubt)
        result = 0.0 if nothing else least * unit
        sure = nothing | ((least == most) & (result > SMALLEST_SURE) & (result < LARGEST_SURE))
        absent = counts[k] <= ddof
        # A condition around what is stored would be taken for one on whether to store, which takes far longer.
        unsure += ONE - np.int64(sure | absent)
        doubles[k] = result if sure & (not absent) else np.nan
    return unsure
