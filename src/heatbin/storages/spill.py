"""What does not fit the cells of an exact sum: digits of 32 bits by cell and plane, in a sparse table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.kernels.forms import FLOATING, UNSIGNED
from heatbin.storages.base import Sample
from heatbin.storages.digits import DIGIT_BITS, NEGATIVE, PLANE_BITS, PLANES, POSITIVE, wide_base
from heatbin.storages.table import Run, SparseTable, contains, moved

__all__ = ["Spill"]

LOW_HALF = np.uint64((1 << 32) - 1)
HALF = np.uint64(32)
CARRIED = 1 << 31

FRACTION_BITS = 52
INFINITY = 0x7FF << FRACTION_BITS
MAGNITUDE = (1 << 63) - 1
EXPONENT_OF_ONE_UNIT = 1075


class Spill:
    """Exact sums of any numbers, kept sparse.

    Parameters
    ----------
    power : int
        1, or 2 where squares are summed.

    Notes
    -----
    The digit at plane p of a cell counts ``2**(32 * p)`` units; digits have a sign and may be larger than 32 bits
    until they are carried, every 2³¹ numbers.
    """

    def __init__(self, power: int) -> None:
        self._power = power
        self._table = SparseTable()
        self._numbers = 0

    def __bool__(self) -> bool:
        return bool(self._table)

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._table.nbytes

    def add_samples(self, cells: Cells, sample: Sample) -> None:
        """Add samples, or their squares, to their cells."""
        cells = cells.astype(np.int64)
        magnitudes, negative, exponents = _taken_apart(sample)
        infinite = _infinite(sample)
        if infinite.any():
            self._add_infinities(cells[infinite], negative[infinite])
            finite = ~infinite
            cells, magnitudes = cells[finite], magnitudes[finite]
            negative, exponents = negative[finite], exponents[finite]
        if self._power == 1:
            self.add_integers(cells, magnitudes, negative, exponents)
            return
        positive = np.zeros(cells.size, dtype=np.bool_)
        for word, position in zip(_squared(magnitudes), (0, 64), strict=True):
            self.add_integers(cells, word, positive, 2 * exponents + position)

    def add_integers(
        self,
        cells: npt.NDArray[np.int64],
        magnitudes: npt.NDArray[np.uint64],
        negative: npt.NDArray[np.bool_],
        exponents: npt.NDArray[np.int64],
    ) -> None:
        """Add ``±magnitude * 2**exponent`` to its cell, for each row."""
        self._make_room(cells.size)
        planes, shifts = np.divmod(exponents - wide_base(self._power), DIGIT_BITS)
        low = (magnitudes & LOW_HALF) << shifts.astype(np.uint64)
        high = (magnitudes >> HALF) << shifts.astype(np.uint64)
        for plane, digits in enumerate((low & LOW_HALF, (low >> HALF) + (high & LOW_HALF), high >> HALF)):
            some = np.flatnonzero(digits)
            signed = digits[some].astype(np.int64)
            self._add(cells[some], planes[some] + plane, np.where(negative[some], -signed, signed))

    def add_digits(self, run: Run) -> None:
        """Add digits, each of which is less than 2³³."""
        self._make_room(run.keys.size)
        self._table.add(run.keys, run.amounts)

    def merge(self, other: Spill, into: Cells | None = None) -> None:
        """Take in what another one of the same power holds; `into` gives for each of its cells one of this."""
        if not other:
            return
        run = other.digits()
        self._make_room(other._numbers)
        if into is None:
            self._table.merge(run)
        else:
            self._table.add(moved(run.keys, into, PLANE_BITS), run.amounts)

    def digits(self) -> Run:
        """Return all digits; the key of one is ``cell << 8 | plane``."""
        return self._table.sorted()

    def holds(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell of which of some cells there is something."""
        if not self:
            return np.zeros(cells.size, dtype=np.bool_)
        firsts, lasts = np.searchsorted(self.digits().keys, [cells << PLANE_BITS, (cells + 1) << PLANE_BITS])
        some: npt.NDArray[np.bool_] = lasts > firsts
        return some

    def infinite_digits(self, *, below: int) -> Run:
        """Return how many infinite numbers the cells below `below` met."""
        keys, counts = self.digits()
        some = ((keys & PLANES) >= POSITIVE) & (keys >> PLANE_BITS < below)
        return Run(keys[some], counts[some])

    def finite_digits(
        self, cells: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the digits of some cells: which of these each belongs to, its plane, and itself."""
        keys, digits = self.digits()
        firsts, lasts = np.searchsorted(keys, [cells << PLANE_BITS, (cells << PLANE_BITS) + POSITIVE])
        lengths = lasts - firsts
        rows = np.repeat(np.arange(cells.size), lengths)
        places = np.arange(rows.size) - np.repeat(np.cumsum(lengths) - lengths, lengths) + firsts[rows]
        return rows, keys[places] & PLANES, digits[places]

    def infinite(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return for some cells what their infinities add up to: 0, +inf, -inf, or NaN where there are both."""
        keys = self.digits().keys
        total = np.zeros(cells.size)
        for plane, value in ((POSITIVE, np.inf), (NEGATIVE, -np.inf)):
            met = contains(keys, (cells << PLANE_BITS) | plane)
            total[met] = np.where(total[met] == 0, value, np.nan)
        return total

    def _add_infinities(self, cells: npt.NDArray[np.int64], negative: npt.NDArray[np.bool_]) -> None:
        planes = np.where(negative & (self._power == 1), NEGATIVE, POSITIVE)
        self._add(cells, planes, np.ones(planes.size, dtype=np.int64))

    def _add(self, cells: npt.NDArray[np.int64], planes: npt.NDArray[np.int64], digits: Array) -> None:
        self._table.add((cells << PLANE_BITS) | planes, digits)

    def _make_room(self, numbers: int) -> None:
        self._numbers += numbers
        if self._numbers >= CARRIED:
            self._carry()
            self._numbers = numbers + 1

    def _carry(self) -> None:
        run = self.digits()
        self._table = SparseTable()
        infinite = (run.keys & PLANES) >= POSITIVE
        low = np.where(infinite, run.amounts, run.amounts & int(LOW_HALF))
        high = np.where(infinite, 0, run.amounts >> DIGIT_BITS)
        self._table.add(run.keys, low)
        self._table.add(run.keys + 1, high)


def _taken_apart(
    sample: Sample,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return magnitudes, signs and exponents of samples; NaN is 0."""
    bits, form = sample
    negative = (bits < 0) & (form != UNSIGNED)
    if form != FLOATING:
        magnitudes = np.where(negative, -bits, bits).view(np.uint64)
        return magnitudes, negative, np.zeros(bits.size, dtype=np.int64)
    size = bits & MAGNITUDE
    field = size >> FRACTION_BITS
    fraction = size & ((1 << FRACTION_BITS) - 1)
    magnitudes = np.where(field > 0, fraction | (1 << FRACTION_BITS), fraction)
    magnitudes[size > INFINITY] = 0
    return magnitudes.view(np.uint64), negative, np.maximum(field, 1) - EXPONENT_OF_ONE_UNIT


def _infinite(sample: Sample) -> npt.NDArray[np.bool_]:
    if sample.form != FLOATING:
        return np.zeros(sample.bits.size, dtype=np.bool_)
    infinite: npt.NDArray[np.bool_] = (sample.bits & MAGNITUDE) == INFINITY
    return infinite


def _squared(magnitudes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the lower and the upper 64 bits of squares."""
    upper, lower = magnitudes >> HALF, magnitudes & LOW_HALF
    mixed = upper * lower
    low = lower * lower + (mixed << np.uint64(33))
    return low, upper * upper + (mixed >> np.uint64(31)) + (low < lower * lower)
