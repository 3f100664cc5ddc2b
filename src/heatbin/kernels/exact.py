"""Adding numbers without rounding: each becomes a fixed-point number of some 64-bit words, and words add with carry.

A cell holds such a number of ``len(lanes)`` words; and, apart, how often it overflowed, each time for ``2**64`` of what
its top word counts. So cells are as narrow as their samples allow, and more of them stay in the caches. Words are
flat, one cell after the other: where a cell begins is a product with a number that is known when loops are compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.fixed_point import INFINITY, MAGNITUDE, align, spread, spread_wide_squares, square
from heatbin.kernels.forms import FLOATING
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import CHUNK, far_ahead, prefetch, request

__all__ = ["add_squares", "add_values", "add_wide_squares", "find_misfits"]

NONE, ONE = np.int64(0), np.int64(1)
EMPTY, UNIT = np.uint64(0), np.uint64(1)


@inner
def add_words(
    cells: Cells, start: int, stop: int, lanes: tuple[int, ...], digits: Array, words: Array, overflows: Array
) -> None:
    """Add the words of the rows from `start` to `stop` to their cells, with carry; count what overflows."""
    first, far = np.uint64(start), far_ahead(stop, cells.size)
    wide = np.uint64(len(lanes))
    for k in range(np.uint64(stop - start)):
        ahead = wide * np.uint64(cells[first + k + far])
        prefetch(words, ahead)
        if len(lanes) > 2:
            # Cells of three words and more may reach into a second cache line: without it, adding takes five times
            # as long. The next cell begins there.
            prefetch(words, ahead + wide)
        cell = np.uint64(cells[first + k])
        lowest = wide * cell
        carry = digit = before = total = EMPTY
        for w in range(len(lanes)):
            lane = np.uint64(w)
            digit, before = np.uint64(digits[lane, k]), words[lowest + lane]
            partial = before + digit
            total = partial + carry
            carry = (UNIT if partial < digit else EMPTY) | (UNIT if total < partial else EMPTY)
            words[lowest + lane] = total
        # Two numbers of one sign whose sum has the other.
        if np.int64((before ^ total) & (digit ^ total)) < NONE:
            overflows[cell] += ONE if np.int64(total) < NONE else -ONE


@kernel
def add_values(
    cells: Cells,
    samples: Array,
    form: int,
    base: int | None,
    span: int,
    lanes: tuple[int, ...],
    words: Array,
    overflows: Array,
) -> Any:
    """Add samples to their cells; return how many do not fit, or are not finite: nothing was added for them.

    Parameters
    ----------
    cells : ndarray of uint32 or uint64, shape (rows,)
        The cell of each sample.
    samples : ndarray of int64, shape (rows,)
        Bit patterns.
    form : int
        FLOATING, SIGNED or UNSIGNED.
    base : int or None
        Of doubles: the cells' unit is ``2**base``. None for integers: only what the samples need is compiled.
    span : int
        Which samples fit: all bits but the sign's.
    lanes : tuple of int
        As many zeros as a cell has words: their number is known when the loops are compiled.
    words : ndarray of uint64, shape (cells * lanes,)
        What is added to.
    overflows : ndarray of int64, shape (cells,)
        How often a cell overflowed; below 0 to the negative side.
    """
    digits = np.empty((len(lanes), CHUNK), dtype=np.int64)
    misfits, alike = NONE, True
    for start in range(0, samples.size, CHUNK):
        strip = samples[start : start + CHUNK]
        request(samples, start)
        missed, alike = spread(strip, form, base, span, lanes, alike, digits)
        misfits += missed
        add_words(cells, start, start + strip.size, lanes, digits, words, overflows)
    return misfits


@kernel
def add_squares(
    cells: Cells,
    samples: Array,
    form: int,
    base: int | None,
    span: int,
    lanes: tuple[int, ...],
    words: Array,
    overflows: Array,
) -> Any:
    """Add the squares of samples to cells of one or two words; otherwise as `add_values`.

    The cells' unit is the square of that of samples, which are numbers of one word in it.
    """
    integers = np.empty((1, CHUNK), dtype=np.int64)
    digits = np.empty((len(lanes), CHUNK), dtype=np.int64)
    misfits, alike = NONE, True
    for start in range(0, samples.size, CHUNK):
        strip = samples[start : start + CHUNK]
        request(samples, start)
        missed, alike = spread(strip, form, base, span, (0,), alike, integers)
        misfits += missed
        square(integers[0], lanes, digits)
        add_words(cells, start, start + strip.size, lanes, digits, words, overflows)
    return misfits


@kernel
def add_wide_squares(
    cells: Cells,
    samples: Array,
    form: int,
    base: int,
    span: int,
    lanes: tuple[int, ...],
    words: Array,
    overflows: Array,
) -> Any:
    """Add the squares of samples to cells of any width, whose unit is ``2**(2 * base)``; otherwise as `add_values`."""
    digits = np.empty((len(lanes), CHUNK), dtype=np.int64)
    misfits = NONE
    for start in range(0, samples.size, CHUNK):
        strip = samples[start : start + CHUNK]
        request(samples, start)
        misfits += spread_wide_squares(strip, form, base, span, lanes, digits)
        add_words(cells, start, start + strip.size, lanes, digits, words, overflows)
    return misfits


@kernel
def find_misfits(
    cells: Cells, rejected: int, samples: Array, form: int, base: int, span: int, rows: Array
) -> int:
    """Write the rows whose sample does not fit, NaN and those in the cell `rejected` left out; return their number."""
    found = 0
    for k in range(samples.size):
        nothing = form == FLOATING and samples[k] & MAGNITUDE > INFINITY
        fits = nothing or align(samples[k], form, base, span)[2]
        rows[found] = k
        found += 0 if fits or cells[k] == rejected else 1
    return found
