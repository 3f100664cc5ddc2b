"""Exact sums of samples, or of their squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample, State, agreed_form, form_array, form_of
from heatbin.storages.digits import (
    DIGIT_BITS,
    PLANE_BITS,
    PLANES,
    POSITIVE,
    checked_digits,
    digits_of,
    shifted,
    wide_base,
    wide_words,
)
from heatbin.storages.extent import Extent, middle
from heatbin.storages.spill import Spill
from heatbin.storages.table import Run, moved
from heatbin.storages.window import LEAST_SPARE_BITS, MOST_WORDS, USUAL_WORDS, WORD_BITS, Window
from heatbin.storages.words import Words

__all__ = ["Sums", "batches"]

# A few samples that do not fit are cheaper kept sparse than a wider grid; many, or ever again some, are not.
FEW_OF_A_BLOCK = 1 / 64
FEW_IN_ALL = 1 << 12
# Integers of all binary positions are long: so many cells of them take a few MiB.
BATCH_CELLS = 1 << 16
WIDE_BATCH_CELLS = 1 << 12


class Sums:
    """The sum of the samples of each cell, without any rounding.

    Parameters
    ----------
    cells : int
        The number of cells.
    power : int, optional
        1, or 2 for the sum of their squares.

    Notes
    -----
    A cell is an integer of a few words at fixed binary positions, the window; words add with carry. The first
    samples choose the window, as narrow as can be. Where later ones do not fit, it grows to what is usual, and further
    where they are many; what does not fit even then goes to a sparse table of digits. So nothing is dropped, and no
    order of rows or merges can show in the result. Infinite samples are counted; NaN is nothing.
    """

    def __init__(self, cells: int, power: int = 1) -> None:
        self._cells, self._power = cells, power
        self._form: int | None = None
        self._words = Words(cells, power)
        self._spill = Spill(power)
        self._misfits = 0

    @staticmethod
    def planned_bytes(cells: int, _rows: int | None = None, power: int = 1) -> int:
        """Return what the grid usually takes; what is sparse is not counted."""
        return 8 * USUAL_WORDS[power] * cells

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._words.nbytes + self._spill.nbytes

    @property
    def whole(self) -> bool:
        """Whether the samples are integers."""
        return self._form is not None and self._form != FLOATING

    def expect(self, forms: Sequence[int], /) -> None:
        """Say what the samples will be, before any has come."""
        (form,) = forms
        self._form = agreed_form(self._form, form)

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Add a block of samples."""
        self.fill_unscreened(cells, samples)

    def fill_unscreened(self, cells: Cells, samples: Sequence[Sample], /) -> bool:
        """Add a block of samples, NaN among them for nothing; tell whether some may not be finite."""
        (sample,) = samples
        self.expect([sample.form])
        if self._words.blank:
            self._begin(cells, sample)
        if not self._words.blank and not self._words.add(cells, sample):
            return False
        rows = self._words.misfits(cells, sample)
        if rows.size:
            self._place_misfits(cells[rows], sample.taken(rows), cells.size)
        return True

    def merge(
        self, other: Sums, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Add what another one of the same power holds: see `Storage.merge`."""
        self._form = agreed_form(self._form, other._form)
        self._spill.merge(other._spill, into)
        self._misfits += other._misfits
        if other._words.blank:
            return
        window = self._words.window_with(other._words)
        far = window.words > max(MOST_WORDS[self._power], other._words.window.words) and not self.whole
        if into is None and only is not None and not far:
            self._words.merge_few(other._words, window, only)
            return
        into = np.arange(other._cells) if into is None else into.astype(np.int64)
        if far:
            self._merge_sparsely(other, into)
        else:
            self._words.merge(other._words, window, into)

    def is_sparse(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell which of some cells have something in the sparse table."""
        return self._spill.holds(cells)

    def integers(self, cells: npt.NDArray[np.int64], *, sparse: bool) -> tuple[npt.NDArray[np.uint64], int]:
        """Return the sums of some cells, infinite samples left out.

        Parameters
        ----------
        cells : ndarray of int64, shape (rows,)
            Their numbers.
        sparse : bool
            Whether to look into the sparse table, too; the integers are of all binary positions then.

        Returns
        -------
        words : ndarray of uint64, shape (rows, lanes)
            Two's complement integers.
        exponent : int
            Of their unit.
        """
        return self._wide(cells) if sparse else (self._words.take(cells), self._words.window.exponent)

    def infinities(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return what the infinite samples of some cells add up to: 0, an infinity, or NaN for both."""
        return self._spill.infinite(cells)

    def state(self) -> dict[str, Array]:
        """Return the digits of all sums, by key, and the form of the samples."""
        cells = np.arange(self._cells - 1)
        sparse = self.is_sparse(cells)
        runs = [self._digits(part, sparse=False) for part in batches(cells[~sparse], BATCH_CELLS)]
        runs += [self._digits(part, sparse=True) for part in batches(cells[sparse], WIDE_BATCH_CELLS)]
        runs.append(self._spill.infinite_digits(below=self._cells - 1))
        keys, digits = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        if sparse.any():
            order = np.argsort(keys)
            keys, digits = keys[order], digits[order]
        return {"keys": keys, "digits": digits, "form": form_array(self._form)}

    def restore(self, state: State) -> None:
        """Take in a state; this storage must be blank.

        Raises
        ------
        StateError
            When it holds what no state does.
        """
        keys, digits = checked_digits(state["keys"], state["digits"], self._cells, self._power)
        self._form = form_of(state["form"])
        exponents = (keys & PLANES) * DIGIT_BITS + wide_base(self._power)
        finite = (keys & PLANES) < POSITIVE
        if self.whole and not ((exponents >= 0) & (exponents < (self._power + 1) * WORD_BITS)).all():
            raise StateError("is damaged: it has digits that no integers add up to")
        if finite.any():
            self._cover_digits(exponents[finite])
        dense = finite & self._words.holds(exponents)
        if dense.any():
            self._words.add_digits(keys[dense] >> PLANE_BITS, exponents[dense], digits[dense])
        self._spill.add_digits(Run(keys[~dense], digits[~dense]))

    def _begin(self, cells: Cells, sample: Sample) -> None:
        """Choose the first window, for the samples that are to be reported."""
        reported = cells != self._cells - 1
        sample = sample if reported.all() else sample.taken(reported)
        extent = Extent.of(sample)
        if extent is None:
            return
        if self.whole:
            window = Window.of_integers(extent.high, self._power, spare=LEAST_SPARE_BITS)
        else:
            window = Window.around(extent.low, extent.high, self._power)
        self._words.reach(Window.amid(middle(sample), self._power) if window.grown else window)

    def _place_misfits(self, cells: Cells, sample: Sample, of: int) -> None:
        """Grow to hold samples that do not fit, out of a block of so many, or keep them sparse."""
        extent = Extent.of(sample)
        window = self._window_for(extent, of) if extent else None
        if window is not None:
            self._words.reach(window)
            if not self._words.add(cells, sample):
                return
            rows = self._words.misfits(cells, sample)
            cells, sample = cells[rows], sample.taken(rows)
        self._misfits += cells.size
        self._spill.add_samples(cells, sample)

    def _window_for(self, extent: Extent, of: int) -> Window | None:
        """Return the window to grow to, for those that do not fit out of a block of so many; None to stay."""
        window, usual = self._words.window, USUAL_WORDS[self._power]
        if self.whole:
            return Window.of_integers(max(extent.high, window.span), self._power)
        low, high = min(extent.low, window.base), max(extent.high, window.base + window.span)
        wider = Window.around(low, high, self._power, least=usual)
        few = extent.samples < FEW_OF_A_BLOCK * of and self._misfits < FEW_IN_ALL
        return None if wider.grown or (few and wider.words > usual) else wider

    def _merge_sparsely(self, other: Sums, into: npt.NDArray[np.int64]) -> None:
        """Add the cells of another one to the sparse table: they lie far from this one's window."""
        for cells in batches(np.arange(other._cells - 1), BATCH_CELLS):
            run = other._digits(cells, sparse=False)
            self._spill.add_digits(Run(moved(run.keys, into, PLANE_BITS), run.amounts))

    def _wide(self, cells: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint64], int]:
        from heatbin.kernels.wide import add_digits

        base, lanes = wide_base(self._power), wide_words(self._power)
        shift = 0 if self._words.blank else self._words.window.exponent - base
        words = shifted(self._words.take(cells), shift, lanes)
        rows, planes, digits = self._spill.finite_digits(cells)
        add_digits(rows, planes * DIGIT_BITS, digits, words, np.zeros(cells.size, dtype=np.int64))
        return words, base

    def _digits(self, cells: npt.NDArray[np.int64], *, sparse: bool) -> Run:
        return digits_of(*self.integers(cells, sparse=sparse), self._power, cells)

    def _cover_digits(self, exponents: npt.NDArray[np.int64]) -> None:
        """Choose the window for saved digits."""
        low, high = int(exponents.min()) // self._power, int(exponents.max()) + DIGIT_BITS
        if self.whole:
            # The highest digit has a sign of its own.
            self._words.reach(Window.of_integers((high - 1) // self._power, self._power))
            return
        high = -(-high // self._power)
        window = Window.around(low, high, self._power)
        middle = int(np.median(exponents)) // self._power
        self._words.reach(Window.amid(middle, self._power) if window.grown else window)


def batches(cells: npt.NDArray[np.int64], size: int) -> list[npt.NDArray[np.int64]]:
    """Cut an array into pieces of at most `size`."""
    return [cells[start : start + size] for start in range(0, cells.size, size)]
