"""What every storage is, and the recipe that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError, UsageError
from heatbin.kernels.forms import FLOATING, SIGNED, UNSIGNED

__all__ = ["Recipe", "Sample", "State", "Storage", "agreed_form", "form_array", "form_of", "wide_dtype"]

State = Mapping[str, Array]
"""What a storage holds, as plain arrays of integers: the same whatever order the rows came in."""

FORMS = {np.dtype(np.float64): FLOATING, np.dtype(np.int64): SIGNED, np.dtype(np.uint64): UNSIGNED}
FORM_NAMES = {FLOATING: "floats", SIGNED: "integers", UNSIGNED: "uint64 integers"}


class Sample(NamedTuple):
    """The samples of a block of rows.

    Parameters
    ----------
    bits : ndarray of int64, shape (rows,)
        The patterns of doubles, int64 or uint64; narrower types are widened, which is exact.
    form : int
        Which of the three: FLOATING, SIGNED or UNSIGNED of `heatbin.kernels.forms`.
    """

    bits: npt.NDArray[np.int64]
    form: int

    def taken(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Sample:
        """Return the samples of some rows."""
        return Sample(self.bits[rows], self.form)

    @classmethod
    def of(cls, values: Array) -> Sample:
        """Return float64, int64 or uint64 values as a sample, without a copy."""
        return cls(values.view(np.int64), FORMS[values.dtype])


class Storage(Protocol):
    """One quantity per cell.

    The law of all storages: filling a, then b, equals filling a and b apart and merging them, to the bit. What the
    last cell holds is never reported: rows that are filtered or have no sample go there.
    """

    def expect(self, forms: Sequence[int], /) -> None:
        """Say what the samples will be, before any has come."""

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of rows: the cell of each, and its samples."""

    def merge(
        self, other: Self, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one of the same recipe holds.

        Parameters
        ----------
        other : Storage
            Stays as it is.
        into : ndarray of integers, shape (cells of the other,), optional
            For each of its cells one of this.
        only : ndarray of int64, optional
            The only cells, each once, of which it may hold anything; for use without `into`.
        """

    def state(self) -> dict[str, Array]:
        """Return what it holds."""

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a storage; statistics with equal recipes and equal samples share it.

    Parameters
    ----------
    kind : type
        The class; it is called with the number of cells and the options.
    options : tuple
        Numbers and words.
    """

    kind: type[Any]
    options: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """What it says in letters, digits, - and _: names the arrays in saved files."""
        return "-".join([self.kind.__name__.lower(), *map(str, self.options)]).replace(".", "_")

    def blank(self, cells: int) -> Storage:
        """Return an empty storage."""
        storage: Storage = self.kind(cells, *self.options)
        return storage

    def planned_bytes(self, cells: int, rows: int | None = None) -> int:
        """Return the most memory that one storage should be granted.

        Parameters
        ----------
        cells : int
            Of the grid, flow counted.
        rows : int, optional
            How many rows will come, where that is known.
        """
        planned: int = self.kind.planned_bytes(cells, rows, *self.options)
        return planned


def agreed_form(known: int | None, form: int | None) -> int | None:
    """Return the form of a storage that knows one and meets one.

    Raises
    ------
    UsageError
        When they differ: sums of both may be integers or not.
    """
    if known is None or form is None or known == form:
        return form if known is None else known
    raise UsageError(
        f"a sample is of {FORM_NAMES[known]} in one place and of {FORM_NAMES[form]} in another; "
        "make it one type, such as by adding 0.0"
    )


def form_array(form: int | None) -> npt.NDArray[np.int8]:
    """Return a form as it is saved: -1 where it is not known."""
    return np.array([-1 if form is None else form], dtype=np.int8)


def form_of(saved: Array) -> int | None:
    """Return the form that was saved.

    Raises
    ------
    StateError
        When it is none.
    """
    form = int(saved[0]) if saved.size == 1 else -2
    if form != -1 and form not in FORM_NAMES:
        raise StateError("is damaged: it does not say what its samples are")
    return None if form == -1 else form


def wide_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of 64 bits that holds all values of `dtype`."""
    if dtype.kind == "f":
        return np.dtype(np.float64)
    return np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
