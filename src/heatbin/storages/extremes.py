"""The smallest and the largest of each cell, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING, SIGNED, UNSIGNED
from heatbin.storages.base import Sample, State, agreed_form, form_array, form_of

__all__ = ["BothExtremes", "Extreme", "ExtremeBy", "ends_of"]

LARGEST_KEY = (1 << 63) - 1
TOP_BIT = -(1 << 63)
EXACT_IN_FLOAT = 1 << 53
TURNS = {"min": 0, "max": -1}
LANES = {"min": 0, "max": 1}


class Order(NamedTuple):
    """How patterns of samples become keys that are ordered as the samples are: see `heatbin.kernels.extremes`."""

    flip: int
    turn: int

    @classmethod
    def of(cls, form: int, end: str = "min") -> Order:
        """Return the order of a form, from the end that is kept."""
        return cls(LARGEST_KEY if form == FLOATING else 0, TURNS[end] ^ (TOP_BIT if form == UNSIGNED else 0))

    def values(self, keys: npt.NDArray[np.int64], form: int) -> Array:
        """Return the samples, in their own type of 64 bits, that have these keys."""
        turned = keys ^ self.turn
        bits = turned ^ ((turned >> 63) & self.flip)
        return bits.view({FLOATING: np.float64, SIGNED: np.int64, UNSIGNED: np.uint64}[form])


class Extreme:
    """The smallest or the largest sample of each cell; -0.0 is smaller than 0.0.

    Parameters
    ----------
    cells : int
        The number of cells.
    end : {"min", "max"}
        Which of the two.
    grid : ndarray of int64, shape (cells, 2), optional
        Blank keys of both ends, to keep its own among; it makes its own grid without.
    """

    def __init__(self, cells: int, end: str, grid: npt.NDArray[np.int64] | None = None) -> None:
        self._end = end
        self._form: int | None = None
        # Not the lane itself: that would come out of a pickle as a copy.
        self._grid = blank_keys(cells) if grid is None else grid

    @staticmethod
    def planned_bytes(cells: int, _rows: int | None = None, _end: str = "min") -> int:
        """Return the memory that it takes."""
        return 8 * cells

    @property
    def _keys(self) -> npt.NDArray[np.int64]:
        return self._grid[:, LANES[self._end] if self._grid.shape[1] > 1 else 0]

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._keys.nbytes

    def expect(self, forms: Sequence[int], /) -> None:
        """Say what the samples will be, before any has come."""
        (form,) = forms
        self._form = agreed_form(self._form, form)

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of samples."""
        from heatbin.kernels.extremes import keep_least

        (sample,) = samples
        self.expect([sample.form])
        keep_least(cells, sample.bits, *Order.of(sample.form, self._end), self._keys)

    def merge(
        self, other: Extreme, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one holds: see `Storage.merge`."""
        self._form = agreed_form(self._form, other._form)
        if into is None and only is not None:
            self._keys[only] = np.minimum(self._keys[only], other._keys[only])
        elif into is None:
            np.minimum(self._keys, other._keys, out=self._keys)
        else:
            np.minimum.at(self._keys, into, other._keys)

    def values(self, cells: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Array:
        """Return the extremes of some cells, which have so many samples: see `readable`."""
        form = FLOATING if self._form is None else self._form
        return readable(Order.of(form, self._end).values(self._keys[cells], form), counts)

    def state(self) -> dict[str, Array]:
        """Return the keys, by cell, and the form of the samples."""
        return {"keys": without_last(self._keys), "form": form_array(self._form)}

    def restore(self, state: State) -> None:
        """Take in a state; this storage must be blank."""
        self._form = form_of(state["form"])
        self._keys[:] = checked_keys(state["keys"], self._keys.size)


class BothExtremes:
    """The smallest and the largest of the same samples, filled at once.

    Parameters
    ----------
    cells : int
        The number of cells.

    Attributes
    ----------
    storages : dict of str to Extreme
        The one and the other, by their ends: ``"min"`` and ``"max"``.
    """

    def __init__(self, cells: int) -> None:
        self._grid = blank_keys(cells, len(LANES))
        self.storages = {end: Extreme(cells, end, self._grid) for end in LANES}

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of samples."""
        from heatbin.kernels.extremes import keep_both

        (sample,) = samples
        for storage in self.storages.values():
            storage.expect([sample.form])
        keep_both(cells, sample.bits, *Order.of(sample.form), self._grid)


class ExtremeBy:
    """The value of one column where another is smallest or largest; among equals, the smallest value.

    Parameters
    ----------
    cells : int
        The number of cells.
    end : {"min", "max"}
        Which of the two.

    Notes
    -----
    It takes two samples: the value, and what it is chosen by.
    """

    def __init__(self, cells: int, end: str) -> None:
        self._end = end
        self._form: int | None = None
        self._by_form: int | None = None
        self._keys = blank_keys(cells, 2)

    @staticmethod
    def planned_bytes(cells: int, _rows: int | None = None, _end: str = "min") -> int:
        """Return the memory that it takes."""
        return 16 * cells

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._keys.nbytes

    def expect(self, forms: Sequence[int], /) -> None:
        """Say what the samples will be, before any has come."""
        form, by_form = forms
        self._form, self._by_form = agreed_form(self._form, form), agreed_form(self._by_form, by_form)

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of values and what they are chosen by."""
        from heatbin.kernels.extremes import keep_least_by

        value, by = samples
        self.expect([value.form, by.form])
        by_order, order = Order.of(by.form, self._end), Order.of(value.form)
        keep_least_by(cells, by.bits, *by_order, value.bits, *order, self._keys)

    def merge(
        self, other: ExtremeBy, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one holds: see `Storage.merge`."""
        from heatbin.kernels.extremes import keep_least_by

        self._form = agreed_form(self._form, other._form)
        self._by_form = agreed_form(self._by_form, other._by_form)
        cells = np.arange(other._keys.shape[0]) if into is None else into
        keys = other._keys
        if into is None and only is not None:
            cells, keys = only, keys[only]
        by, values = np.ascontiguousarray(keys.T)
        keep_least_by(cells, by, 0, 0, values, 0, 0, self._keys)

    def values(self, cells: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Array:
        """Return the chosen values of some cells, which have so many samples: see `readable`."""
        form = FLOATING if self._form is None else self._form
        return readable(Order.of(form).values(self._keys[cells, 1], form), counts)

    def state(self) -> dict[str, Array]:
        """Return the keys of what decides and of the value, by cell, and the forms of both."""
        by, values = (without_last(keys) for keys in self._keys.T)
        forms = {"form": form_array(self._form), "by_form": form_array(self._by_form)}
        return {"by_keys": by, "keys": values, **forms}

    def restore(self, state: State) -> None:
        """Take in a state; this storage must be blank."""
        self._form, self._by_form = form_of(state["form"]), form_of(state["by_form"])
        columns = [checked_keys(state[name], self._keys.shape[0]) for name in ("by_keys", "keys")]
        self._keys = np.ascontiguousarray(np.stack(columns, axis=1))


def readable(values: Array, counts: npt.NDArray[np.int64]) -> Array:
    """Return values as a reader gets them.

    Parameters
    ----------
    values : ndarray of float64, int64 or uint64, shape (rows,)
        Exact; anything where the count is 0.
    counts : ndarray of int64, shape (rows,)
        How many samples stand behind each.

    Returns
    -------
    ndarray
        float64 with NaN where there is no sample; or, where integers beyond 2⁵³ are among them, which doubles
        would round, a masked array of their own type.
    """
    empty = counts == 0
    if values.dtype.kind == "f":
        return np.where(empty, np.nan, values)
    some = values[~empty]
    if some.size and (int(some.max()) > EXACT_IN_FLOAT or int(some.min()) < -EXACT_IN_FLOAT):
        return np.ma.MaskedArray(np.where(empty, values.dtype.type(0), values), mask=empty)
    return np.where(empty, np.nan, values.astype(np.float64))


def ends_of(values: Array) -> tuple[float, float]:
    """Return the smallest and the largest of some numbers; one of them is NaN where a number is.

    Parameters
    ----------
    values : ndarray of numbers, shape (rows,)
        At least one.
    """
    from heatbin.kernels.extremes import find_ends

    if values.dtype != np.float64 or not values.flags.c_contiguous:
        return float(values.min()), float(values.max())
    order = Order.of(FLOATING)
    keys = np.array(find_ends(values.view(np.int64), order.flip))
    lo, hi = order.values(keys, FLOATING).tolist()
    return lo, hi


def blank_keys(cells: int, lanes: int = 1) -> npt.NDArray[np.int64]:
    """Return the keys of cells without a sample, some side by side."""
    return np.full((cells, lanes), LARGEST_KEY, dtype=np.int64)


def without_last(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return keys, that of the last cell blank: nothing depends on what rows without a sample left there."""
    kept = keys.copy()
    kept[-1] = LARGEST_KEY
    return kept


def checked_keys(keys: Array, cells: int) -> npt.NDArray[np.int64]:
    """Return saved keys, if there is one for each cell."""
    if keys.shape != (cells,) or keys.dtype.kind != "i":
        raise StateError("is damaged: its extremes do not fit its cells")
    return np.array(keys, dtype=np.int64)
