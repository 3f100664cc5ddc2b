"""Samples, and their squares, as fixed-point numbers: integers of some 64-bit words, in units of ``2**base``.

They are two's complement, the lowest word first. A sample fits when its set bits lie at the binary positions ``base``
… ``base + span - 1``, which is all but the sign. Samples come as 64-bit patterns and a form that says what they are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.forms import FLOATING, UNSIGNED
from heatbin.kernels.jit import inner

__all__ = ["INFINITY", "MAGNITUDE", "align", "spread", "spread_wide_squares", "square", "squared"]

WORD = np.int64(64)
LAST_SHIFT = np.int64(63)
SIGN_SHIFT = np.int64(63)
FRACTION_BITS = np.int64(52)
FRACTION = np.int64((1 << 52) - 1)
IMPLICIT = np.int64(1 << 52)
LAST_EXPONENT = np.int64(0x7FF)
INFINITY = np.int64(0x7FF << 52)
MAGNITUDE = np.int64((1 << 63) - 1)
LOWEST_EXPONENT = np.int64(-1074)
NOWHERE = np.int64(1 << 20)
LOW_HALF = np.uint64((1 << 32) - 1)
HALF = np.uint64(32)
NONE, ONE = np.int64(0), np.int64(1)
EMPTY, UNIT = np.uint64(0), np.uint64(1)
ALL = np.int64(-1)

# What a double between 2**52 and 2**53 is above 2**52 are the low bits of its pattern.
TWO_TO_52 = 2.0**52
LOW_BITS = np.int64((1 << 32) - 1)
HALF_WORD = np.int64(32)
TWO_TO_32, TWO_TO_MINUS_32 = 2.0**32, 2.0**-32


@inner
def take_apart(bits: Any, form: int) -> tuple[Any, Any, Any]:
    """Return magnitude, sign (0 or -1) and exponent of a sample; that of what is not finite is beyond all."""
    sign = NONE if form == UNSIGNED else bits >> SIGN_SHIFT
    size = bits & MAGNITUDE
    field = size >> FRACTION_BITS
    normal = field > NONE
    magnitude = (bits & FRACTION) | (IMPLICIT if normal else NONE)
    exponent = LOWEST_EXPONENT + (field - ONE if normal else NONE)
    exponent = NOWHERE if size >= INFINITY else exponent
    floating = form == FLOATING
    magnitude = magnitude if floating else (bits ^ sign) - sign
    exponent = exponent if floating else NONE
    return np.uint64(magnitude), sign, exponent


@inner
def align(bits: Any, form: int, base: int, span: int) -> tuple[Any, Any, Any]:
    """Return an integer and how far to shift it left, which is the sample in units of ``2**base``; and if it fits."""
    magnitude, sign, exponent = take_apart(bits, form)
    shift = exponent - base
    below = np.uint64(min(max(-shift, NONE), LAST_SHIFT))
    shift = max(shift, NONE)
    kept = magnitude >> below
    room = span - shift
    beyond = kept >> np.uint64(min(max(room, NONE), LAST_SHIFT))
    fits = ((kept << below) == magnitude) & ((beyond == EMPTY) | (room >= WORD))
    integer = (np.int64(kept) ^ sign) - sign
    return integer if fits else NONE, shift, fits


@inner
def whole(value: float) -> Any:
    """Return an integer below 2**32 that a double is: an addition, where conversions are slow or do not vectorise."""
    return np.float64(value + TWO_TO_52).view(np.int64) & LOW_BITS


@inner
def spread_fractions(samples: Array, base: int, span: int, digits: Array) -> Any:
    """Write the word of each double whose 53 bits lie in the window, or that is 0; tell whether there are no others.

    Most are such where a word holds them, and to shift fractions takes half of the time that `spread_doubles` takes.
    """
    unshifted = np.int64(base) - LOWEST_EXPONENT + ONE
    # What is subnormal has no implicit bit, and the last exponent stands for what is not finite.
    least = max(NONE, ONE - unshifted)
    most = min(np.int64(span) - FRACTION_BITS - ONE, LAST_EXPONENT - ONE - unshifted)
    beyond = NONE
    for k in range(samples.size):
        size = samples[k] & MAGNITUDE
        shift = (size >> FRACTION_BITS) - unshifted
        zero = size == NONE
        digit = ((size & FRACTION) | IMPLICIT) << (shift & LAST_SHIFT)
        beyond |= NONE if zero else (shift - least) | (most - shift)
        sign = samples[k] >> SIGN_SHIFT
        digits[0, k] = NONE if zero else (digit ^ sign) - sign
    return beyond >= NONE


@inner
def spread_doubles(samples: Array, base: int, span: int, lanes: tuple[int, ...], digits: Array) -> Any:
    """Write the words of each double that fits, and 0 for the others; return how many do not.

    Those fit that, in units of ``2**base``, are integers below ``2**span``.

    The arithmetic of doubles takes two thirds of the time of shifts, by which `align` takes bits apart.
    """
    # A power of two that may be too small or large for one double.
    half = -base // 2
    scales = math.ldexp(1.0, half), math.ldexp(1.0, -base - half)
    limit = math.ldexp(1.0, span)
    misfits = NONE
    for k in range(samples.size):
        units = abs(samples[k]) * scales[0] * scales[1]
        vanished = (units == 0.0) & (samples[k] != 0.0)
        fits = (np.floor(units) == units) & (units < limit) & (not vanished)
        misfits += NONE if fits else ONE
        units = units if fits else 0.0
        sign = ALL if (samples[k] < 0.0) & fits else NONE
        carry = sign & ONE
        for w in range(len(lanes)):
            above = np.floor(units * TWO_TO_MINUS_32)
            beyond = np.floor(above * TWO_TO_MINUS_32) if w + 1 < len(lanes) else 0.0
            digit = whole(units - above * TWO_TO_32) | (whole(above - beyond * TWO_TO_32) << HALF_WORD)
            digit = (digit ^ sign) + carry
            carry = carry if digit == NONE else NONE
            digits[w, k] = digit
            units = beyond
    return misfits


@inner
def spread_integers(samples: Array, form: int, span: int, lanes: tuple[int, ...], digits: Array) -> Any:
    """Write the words of each integer that fits; otherwise as `spread_doubles`."""
    signed = NONE if form == UNSIGNED else ALL
    most = np.uint64(span if span < WORD else LAST_SHIFT)
    misfits = NONE
    for k in range(samples.size):
        sign = (samples[k] >> SIGN_SHIFT) & signed
        size = np.uint64((samples[k] ^ sign) - sign)
        fits = (size >> most == EMPTY) | (span >= WORD)
        misfits += NONE if fits else ONE
        digits[0, k] = samples[k] if fits else NONE
        for w in range(1, len(lanes)):
            digits[w, k] = sign if fits else NONE
    return misfits


@inner
def spread(
    samples: Array,
    form: int,
    base: int | None,
    span: int,
    lanes: tuple[int, ...],
    alike: bool,
    digits: Array,
) -> tuple[Any, bool]:
    """Write the words of each sample that fits, and 0 for the others.

    Returns how many do not; and whether it can be tried next to take them for fractions, as `alike` says of these.
    """
    if base is None:
        return spread_integers(samples, form, span, lanes, digits), False
    if len(lanes) == 1 and alike and spread_fractions(samples, base, span, digits):
        return NONE, True
    return spread_doubles(samples.view(np.float64), base, span, lanes, digits), False


@inner
def squared(word: Any) -> tuple[Any, Any]:
    """Return the 128 bits of a square, the higher word first."""
    upper, lower = word >> HALF, word & LOW_HALF
    mixed = upper * lower
    low = lower * lower + (mixed << np.uint64(33))
    return upper * upper + (mixed >> np.uint64(31)) + (UNIT if low < lower * lower else EMPTY), low


@inner
def square(integers: Array, lanes: tuple[int, ...], digits: Array) -> None:
    """Write one or two words of the square of each integer."""
    for k in range(integers.size):
        sign = integers[k] >> SIGN_SHIFT
        high, low = squared(np.uint64((integers[k] ^ sign) - sign))
        digits[0, k] = np.int64(low)
        if len(lanes) > 1:
            digits[1, k] = np.int64(high)


@inner
def part(word: Any, shift: Any) -> Any:
    """Return what of ``word << shift`` falls into one word; `shift` may be negative."""
    left, right = word << np.uint64(shift & LAST_SHIFT), word >> np.uint64(-shift & LAST_SHIFT)
    shifted = left if shift >= NONE else right
    return shifted if (shift < WORD) & (shift > -WORD) else EMPTY


@inner
def spread_wide_squares(
    samples: Array, form: int, base: int, span: int, lanes: tuple[int, ...], digits: Array
) -> Any:
    """Write the words of the square of each sample that fits; otherwise as `spread`.

    With numbers of more than one word, which have many partial products, arithmetic takes half as long again.
    """
    signed = NONE if form == UNSIGNED else ALL
    misfits = NONE
    for k in range(samples.size):
        integer, shift, fits = align(samples[k], form, base, span)
        misfits += NONE if fits else ONE
        sign = (integer >> SIGN_SHIFT) & signed
        high, low = squared(np.uint64((integer ^ sign) - sign))
        shift = shift + shift
        for w in range(len(lanes)):
            digits[w, k] = np.int64(part(low, shift) | part(high, shift + WORD))
            shift -= WORD
    return misfits
