"""Whole grids of many-word integers: widened, added up, and taken apart into digits of 32 bits.

As in `heatbin.kernels.exact`, a cell is a two's complement integer of 64-bit words, the lowest first, and, apart, how
often it overflowed: together one of a word more, whose top word is `top_word`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.jit import inner, kernel

__all__ = ["add_digits", "add_grid", "list_digits", "load_digits", "shift_rows", "widen_rows"]

WORD_BITS = 64
DIGIT_BITS = 32
EMPTY, UNIT = np.uint64(0), np.uint64(1)
ALL = np.uint64((1 << 64) - 1)
LOW_HALF = np.uint64((1 << 32) - 1)
HALF = np.uint64(32)
SIGN_SHIFT = np.uint64(63)
SIGN_OF_DIGIT = np.uint64(31)


@inner
def top_word(word: Any, overflow: Any) -> Any:
    """Return the word above `word`, the highest of a cell that overflowed so often."""
    return np.uint64(overflow) - (word >> SIGN_SHIFT)


@inner
def overflow_below(top: Any, word: Any) -> Any:
    """Return how often a cell overflowed whose highest word is `word`, and the one above it `top`."""
    return np.int64(top + (word >> SIGN_SHIFT))


@inner
def shifted(word: Any, below: Any, bits: Any) -> Any:
    """Return ``word << bits``, filled up from the word below; fewer than 64 bits."""
    # in two steps: a shift by 64 is undefined
    return (word << bits) | ((below >> UNIT) >> (SIGN_SHIFT - bits))


@inner
def add_with_carry(a: Any, b: Any, carry: Any) -> tuple[Any, Any]:
    """Return a sum of words, and what is carried on."""
    partial = a + b
    total = partial + carry
    return total, UNIT if partial < b or total < partial else EMPTY


@kernel
def widen_rows(cells: int, shift: int, narrow: int, wide: int, words: Array, overflows: Array) -> None:
    """Spread `cells` rows of `narrow` words, packed at the start of the flat `words`, to rows of `wide` words.

    Each is shifted left by `shift` bits. The last row goes first, so that none is overwritten before it was read.
    """
    skip, bits = shift // WORD_BITS, np.uint64(shift % WORD_BITS)
    row = np.empty(narrow + 1, dtype=np.uint64)
    for cell in range(cells - 1, -1, -1):
        row[:narrow] = words[cell * narrow : (cell + 1) * narrow]
        row[narrow] = top_word(row[narrow - 1], overflows[cell])
        sign = ALL if row[narrow] >> SIGN_SHIFT else EMPTY
        below = highest = EMPTY
        for w in range(wide + 1):
            source = w - skip
            word = row[source] if 0 <= source <= narrow else EMPTY
            word = sign if source > narrow else word
            digit, below = shifted(word, below, bits), word
            if w < wide:
                words[cell * wide + w] = highest = digit
            else:
                overflows[cell] = overflow_below(digit, highest)


@kernel
def shift_rows(source: Array, shift: int, words: Array) -> None:
    """Write each row of `source`, shifted left by `shift` bits, to the same row of `words`, which hold 0 and are wider.

    No row overflowed.
    """
    skip, bits = shift // WORD_BITS, np.uint64(shift % WORD_BITS)
    narrow = source.shape[1]
    for i in range(source.shape[0]):
        sign = ALL if source[i, narrow - 1] >> SIGN_SHIFT else EMPTY
        below = EMPTY
        for w in range(skip, words.shape[1]):
            word = source[i, w - skip] if w - skip < narrow else sign
            words[i, w], below = shifted(word, below, bits), word


@kernel
def add_grid(
    source: Array, source_overflows: Array, shift: int, into: Array, words: Array, overflows: Array
) -> None:
    """Add each row of `source`, shifted left by `shift` bits, to the row of `words` that `into` names.

    Parameters
    ----------
    source : ndarray of uint64, shape (rows, narrow)
        What is added.
    source_overflows : ndarray of int64, shape (rows,)
        How often each row overflowed.
    shift : int
        0 or more.
    into : ndarray of integers, shape (rows,)
        A row of `words` for each row.
    words : ndarray of uint64, shape (cells, wide)
        What is added to.
    overflows : ndarray of int64, shape (cells,)
        How often each of these overflowed.
    """
    skip, bits = shift // WORD_BITS, np.uint64(shift % WORD_BITS)
    narrow, wide = source.shape[1], words.shape[1]
    for i in range(source.shape[0]):
        cell, top = into[i], top_word(source[i, narrow - 1], source_overflows[i])
        sign = ALL if top >> SIGN_SHIFT else EMPTY
        above = top_word(words[cell, wide - 1], overflows[cell])
        carry = below = EMPTY
        for w in range(skip, wide + 1):
            word = source[i, w - skip] if w - skip < narrow else sign
            word = top if w - skip == narrow else word
            digit, below = shifted(word, below, bits), word
            if w < wide:
                words[cell, w], carry = add_with_carry(words[cell, w], digit, carry)
            else:
                overflows[cell] = overflow_below(above + digit + carry, words[cell, wide - 1])


@kernel
def add_digits(cells: Array, positions: Array, digits: Array, words: Array, overflows: Array) -> None:
    """Add ``digits[i] << positions[i]`` to the row ``cells[i]`` of `words`, for each i; digits are int64."""
    wide = words.shape[1]
    for i in range(cells.size):
        first, bits = positions[i] // WORD_BITS, positions[i] % WORD_BITS
        sign = ALL if digits[i] < 0 else EMPTY
        low = np.uint64(digits[i]) << np.uint64(bits)
        high = np.uint64((digits[i] >> 1) >> (WORD_BITS - 1 - bits))
        above = top_word(words[cells[i], wide - 1], overflows[cells[i]])
        carry = EMPTY
        for w in range(first, wide + 1):
            digit = low if w == first else sign
            digit = high if w == first + 1 else digit
            if w < wide:
                words[cells[i], w], carry = add_with_carry(words[cells[i], w], digit, carry)
            else:
                overflows[cells[i]] = overflow_below(above + digit + carry, words[cells[i], wide - 1])


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
