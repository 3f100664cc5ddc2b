"""Exact sums side by side: a few 64-bit words a cell, at fixed binary positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from heatbin.columns import Cells
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample
from heatbin.storages.window import MOST_WORDS, WORD_BITS, Window

__all__ = ["Words"]

SQUARED_WORDS = 2
"""How long the square of a number of one word is."""


class Words:
    """A grid of many-word integers, and the window of binary positions that they cover.

    Parameters
    ----------
    cells : int
        The number of cells.
    power : int
        1, or 2 where squares are summed.

    Notes
    -----
    Words are full of samples; how often a cell overflowed them is counted apart. That is seldom looked at, and so
    the grid that rows are added to stays narrow.
    """

    def __init__(self, cells: int, power: int) -> None:
        self.window = Window(0, 0, power)
        self._words: npt.NDArray[np.uint64] = np.zeros((cells, 0), dtype=np.uint64)
        self._overflows: npt.NDArray[np.int64] = np.zeros(cells, dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return 0 if self.blank else self._words.nbytes + self._overflows.nbytes

    @property
    def blank(self) -> bool:
        """Whether it has no window yet."""
        return self.window.words == 0

    def add(self, cells: Cells, sample: Sample) -> int:
        """Add the samples that fit to their cells; return how many do not."""
        from heatbin.kernels.exact import add_squares, add_values, add_wide_squares

        window, (bits, form) = self.window, sample
        grid = self._words.reshape(-1), self._overflows
        base = window.base if form == FLOATING else None
        if window.power == 1:
            misfits = add_values(cells, bits, form, base, window.span, window.lanes, *grid)
        elif window.words <= SQUARED_WORDS:
            misfits = add_squares(cells, bits, form, base, window.span, window.lanes, *grid)
        else:
            misfits = add_wide_squares(cells, bits, form, window.base, window.span, window.lanes, *grid)
        return int(misfits)

    def misfits(self, cells: Cells, sample: Sample) -> npt.NDArray[np.int64]:
        """Return the rows whose samples do not fit; those of the last cell, which is never reported, left out."""
        from heatbin.kernels.exact import find_misfits

        rows = np.empty(cells.size + 1, dtype=np.int64)
        window, rejected = self.window, self._words.shape[0] - 1
        span = window.span if window.words else 0
        found = find_misfits(cells, rejected, sample.bits, sample.form, window.base, span, rows)
        return rows[:found]

    def merge(self, other: Words, window: Window, into: npt.NDArray[np.int64]) -> None:
        """Add the cells of another one to those that `into` names; `window` must hold both: `window_with`."""
        from heatbin.kernels.wide import add_grid

        shift = other.window.exponent - window.exponent
        self.reach(window)
        add_grid(other._words, other._overflows, shift, into, self._words, self._overflows)

    def merge_few(self, other: Words, window: Window, cells: npt.NDArray[np.int64]) -> None:
        """Add some cells of another one, each once, as `merge` does, without a look at all the rest."""
        from heatbin.kernels.wide import add_grid

        shift = other.window.exponent - window.exponent
        self.reach(window)
        few = other._words.take(cells, axis=0), other._overflows.take(cells)
        add_grid(*few, shift, cells, self._words, self._overflows)

    def window_with(self, other: Words) -> Window:
        """Return a window for the sums of both; where it would be wide, only for what they have added up to."""
        if self.blank:
            return other.window
        both = self.window.joined(other.window)
        if not both.grown:
            return both
        needed = -(-(max(self._height(), other._height()) - both.exponent) // WORD_BITS)
        return replace(both, words=max(needed, MOST_WORDS[both.power], self.window.words))

    def holds(self, exponents: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell which digits of 32 bits, in units of ``2**exponent``, lie in the window or, as overflows, above."""
        top = self.window.exponent + WORD_BITS * self.window.words
        return (exponents >= self.window.exponent) & (exponents <= top)

    def add_digits(
        self, cells: npt.NDArray[np.int64], exponents: npt.NDArray[np.int64], digits: npt.NDArray[np.int64]
    ) -> None:
        """Add ``digit * 2**exponent`` to its cell, one digit a cell and exponent, where it `holds` them."""
        from heatbin.kernels.wide import add_digits

        add_digits(cells, exponents - self.window.exponent, digits, self._words, self._overflows)

    def take(self, cells: Cells) -> npt.NDArray[np.uint64]:
        """Return the integers of some cells, shape (cells, words); their unit is ``2**window.exponent``.

        They have a word more than the window where one of them overflowed.
        """
        if self.blank:
            return np.zeros((cells.size, 1), dtype=np.uint64)
        # An index of rows takes seven times as long.
        words, overflows = self._words.take(cells, axis=0), self._overflows.take(cells)
        if not overflows.any():
            return words
        overflows += words[:, -1].view(np.int64) >> (WORD_BITS - 1)
        return np.column_stack([words, overflows.view(np.uint64)])

    def reach(self, window: Window) -> None:
        """Cover another window, which holds all that was added."""
        from heatbin.kernels.wide import widen_rows

        cells, old = self._words.shape[0], self.window
        if self.blank:
            self._words = np.zeros((cells, window.words), dtype=np.uint64)
        elif window != old:
            if not self._words.flags.owndata:
                self._words = self._words.copy()
            # in place: a large grid is not held twice
            self._words.resize((cells, window.words), refcheck=False)
            shift = old.exponent - window.exponent
            flat = self._words.reshape(-1)
            widen_rows(cells, shift, old.words, window.words, flat, self._overflows)
        self.window = window

    def _height(self) -> int:
        """Return the exponent that all sums stay below, their sign's bit included."""
        numbers, base = self._overflows, self.window.exponent + WORD_BITS * self.window.words
        if not numbers.any():
            numbers, base = self._words[:, -1].view(np.int64), base - WORD_BITS
        return base + max(int(numbers.max()), -int(numbers.min())).bit_length() + 1
