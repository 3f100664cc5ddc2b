"""Exact sums side by side: a few 64-bit words a cell, at fixed binary positions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from heatbin.columns import Cells
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample
from heatbin.storages.window import Window

__all__ = ["Words"]

# The top word of a cell is signed, and what a block of rows adds to it stays far below this.
CROWDED = 1 << 62


class Words:
    """A grid of many-word integers, and the window of binary positions that they cover.

    Parameters
    ----------
    cells : int
        The number of cells.
    power : int
        1, or 2 where squares are summed.
    """

    def __init__(self, cells: int, power: int) -> None:
        self.window = Window(0, 0, power)
        self._words: npt.NDArray[np.uint64] = np.zeros((cells, 0), dtype=np.uint64)
        self._crowding = 0

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._words.nbytes

    @property
    def blank(self) -> bool:
        """Whether it has no window yet."""
        return self.window.words == 0

    def add(self, cells: Cells, sample: Sample) -> int:
        """Add the samples that fit to their cells; return how many do not."""
        from heatbin.kernels.exact import add_squares, add_values

        window, (bits, form) = self.window, sample
        if window.power == 1:
            scales = window.scales if form == FLOATING else None
            misfits, top = add_values(cells, bits, form, scales, window.span, window.lanes, self._words)
        else:
            misfits, top = add_squares(cells, bits, form, window.base, window.span, window.lanes, self._words)
        self._crowding += cells.size * (int(top) + 2)
        self._relieve()
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

        self.reach(window)
        add_grid(other._words, other.window.exponent - window.exponent, into, self._words)
        self._measure()
        self._relieve()

    def merge_few(self, other: Words, window: Window, cells: npt.NDArray[np.int64]) -> None:
        """Add some cells of another one, each once, as `merge` does, without a look at all the rest."""
        from heatbin.kernels.wide import add_grid

        self.reach(window)
        add_grid(
            other._words.take(cells, axis=0), other.window.exponent - window.exponent, cells, self._words
        )
        top_word = window.exponent + 64 * (window.words - 1)
        self._crowding += (1 << max(0, other._top - top_word)) + 1
        self._relieve()

    def window_with(self, other: Words, most_together: int = 1) -> Window:
        """Return a window for the sums of both, where so many cells of the other one come together at most."""
        window = self._window_with(other, most_together)
        if window != self.window:
            self._measure()
            other._measure()
            window = self._window_with(other, most_together)
        return window

    def _window_with(self, other: Words, most_together: int) -> Window:
        top = other._top + most_together.bit_length() - 1
        if self.blank:
            return other.window.joined(other.window, top + 1)
        return other.window.joined(self.window, max(self._top, top) + 1)

    def holds(self, exponents: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell which digits of 32 bits, in units of ``2**exponent``, lie within the window and leave room above."""
        top = self.window.exponent + 64 * self.window.words - 2 * 32
        return (exponents >= self.window.exponent) & (exponents <= top)

    def add_digits(
        self, cells: npt.NDArray[np.int64], exponents: npt.NDArray[np.int64], digits: npt.NDArray[np.int64]
    ) -> None:
        """Add ``digit * 2**exponent`` to its cell, one digit a cell and exponent, where it `holds` them."""
        from heatbin.kernels.wide import add_digits

        add_digits(cells, exponents - self.window.exponent, digits, self._words)
        self._measure()
        self._relieve()

    def take(self, cells: Cells) -> npt.NDArray[np.uint64]:
        """Return the integers of some cells, shape (cells, words); their unit is ``2**window.exponent``."""
        if self.blank:
            return np.zeros((cells.size, 1), dtype=np.uint64)
        # An index of rows takes seven times as long.
        return self._words.take(cells, axis=0)

    def reach(self, window: Window) -> None:
        """Cover another window, which holds this one."""
        from heatbin.kernels.wide import widen_rows

        cells, old = self._words.shape[0], self.window
        if self.blank:
            self._words = np.zeros((cells, window.words), dtype=np.uint64)
            self.window, self._crowding = window, 0
        elif window != old:
            if not self._words.flags.owndata:
                self._words = self._words.copy()
            # in place: a large grid is not held twice
            self._words.resize((cells, window.words), refcheck=False)
            shift = old.exponent - window.exponent
            widen_rows(cells, shift, old.words, window.words, self._words.reshape(-1))
            self.window = window
            self._measure()

    @property
    def _top(self) -> int:
        """The exponent that all sums stay below, their sign's bit included."""
        if self.blank:
            return self.window.exponent
        return self.window.exponent + 64 * (self.window.words - 1) + (self._crowding + 1).bit_length() + 1

    def _measure(self) -> None:
        """Look how large the sums really are."""
        if not self.blank and self._words.size:
            tops = self._words[:, -1].view(np.int64)
            self._crowding = max(int(tops.max()), -int(tops.min()))

    def _relieve(self) -> None:
        """Make room before a sum can overflow."""
        if self._crowding < CROWDED:
            return
        self._measure()
        if self._crowding >= CROWDED // 2:
            self.reach(self.window.raised())
