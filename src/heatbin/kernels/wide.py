"""Whole grids of many-word integers: widened, added up, and taken apart into digits of 32 bits.

As in `heatbin.kernels.exact`, a cell is a two's complement integer of 64-bit words, the lowest first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.jit import inner, kernel

__all__ = ["add_digits", "add_grid", "list_digits", "load_digits", "widen_rows"]

WORD_BITS = 64
DIGIT_BITS = 32
EMPTY, UNIT = np.uint64(0), np.uint64(1)
ALL = np.uint64((1 << 64) - 1)
LOW_HALF = np.uint64((1 << 32) - 1)
HALF = np.uint64(32)
SIGN_SHIFT = np.uint64(63)
SIGN_OF_DIGIT = np.uint64(31)


@kernel
def widen_rows(cells: int, shift: int, narrow: int, wide: int, words: Array) -> None:
    """Spread `cells` rows of `narrow` words, packed at the start of the flat `words`, to rows of `wide` words.

    Each is shifted left by `shift` bits. The last row goes first, so that none is overwritten before it was read.
    """
    skip, bits = shift // WORD_BITS, np.uint64(shift % WORD_BITS)
    row = np.empty(narrow, dtype=np.uint64)
    for cell in range(cells - 1, -1, -1):
        row[:] = words[cell * narrow : (cell + 1) * narrow]
        sign = ALL if row[narrow - 1] >> SIGN_SHIFT else EMPTY
        below = EMPTY
        for w in range(wide):
            source = w - skip
            word = row[source] if 0 <= source < narrow else EMPTY
            word = sign if source >= narrow else word
            # in two steps: a shift by 64 is undefined
            words[cell * wide + w] = (word << bits) | ((below >> UNIT) >> (SIGN_SHIFT - bits))
            below = word


@kernel
def add_grid(source: Array, shift: int, into: Array, words: Array) -> None:
    """Add each row of `source`, shifted left by `shift` bits, to the row of `words` that `into` names.

    Parameters
    ----------
    source : ndarray of uint64, shape (rows, narrow)
        What is added.
    shift : int
        0 or more.
    into : ndarray of integers, shape (rows,)
        A row of `words` for each row.
    words : ndarray of uint64, shape (cells, wide)
        What is added to; ``64 * wide`` must be at least ``64 * narrow + shift``.
    """
    skip, bits = shift // WORD_BITS, np.uint64(shift % WORD_BITS)
    narrow = source.shape[1]
    for i in range(source.shape[0]):
        sign = ALL if source[i, narrow - 1] >> SIGN_SHIFT else EMPTY
        carry = below = EMPTY
        for w in range(skip, words.shape[1]):
            word = source[i, w - skip] if w - skip < narrow else sign
            digit = (word << bits) | ((below >> UNIT) >> (SIGN_SHIFT - bits))
            below = word
            partial = words[into[i], w] + digit
            total = partial + carry
            carry = UNIT if partial < digit or total < partial else EMPTY
            words[into[i], w] = total


@kernel
def add_digits(cells: Array, positions: Array, digits: Array, words: Array) -> None:
    """Add ``digits[i] << positions[i]`` to the row ``cells[i]`` of `words`, for each i; digits are int64."""
    for i in range(cells.size):
        first, bits = positions[i] // WORD_BITS, positions[i] % WORD_BITS
        sign = ALL if digits[i] < 0 else EMPTY
        low = np.uint64(digits[i]) << np.uint64(bits)
        high = np.uint64((digits[i] >> 1) >> (WORD_BITS - 1 - bits))
        carry = EMPTY
        for w in range(first, words.shape[1]):
            digit = low if w == first else sign
            digit = high if w == first + 1 else digit
            partial = words[cells[i], w] + digit
            total = partial + carry
            carry = UNIT if partial < digit or total < partial else EMPTY
            words[cells[i], w] = total


@inner
def load_digits(words: Array, digits: Array) -> Any:
    """Write the magnitude of one integer as digits of 32 bits, lowest first; return whether it is negative."""
    negative = words[words.size - 1] >> SIGN_SHIFT != EMPTY
    flip = ALL if negative else EMPTY
    carry = UNIT if negative else EMPTY
    for w in range(words.size):
        word = (words[w] ^ flip) + carry
        carry = carry if word == EMPTY else EMPTY
        digits[2 * w] = word & LOW_HALF
        digits[2 * w + 1] = word >> HALF
    return negative


@kernel
def list_digits(words: Array, rows: Array, planes: Array, digits: Array) -> int:
    """List the digits of 32 bits, other than 0, of each row of `words`; return their number.

    They go from ``-2**31`` to ``2**31 - 1``, so that a row's value alone decides which they are; its highest digit
    must be its sign. The row, the plane (the digit counts ``2**(32 * plane)``) and the digit go to the three last
    arguments, of ``2 * words.size`` each.
    """
    found = 0
    for row in range(words.shape[0]):
        carry = EMPTY
        for plane in range(2 * words.shape[1]):
            digit = ((words[row, plane // 2] >> np.uint64(DIGIT_BITS * (plane % 2))) & LOW_HALF) + carry
            carry = (digit >> SIGN_OF_DIGIT) & UNIT | digit >> HALF
            if digit & LOW_HALF:
                rows[found], planes[found] = row, plane
                digits[found] = np.int64(digit) - (np.int64(carry) << DIGIT_BITS)
                found += 1
    return found
