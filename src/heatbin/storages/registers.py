"""How many different samples each cell has seen, estimated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample, State, agreed_form, form_array, form_of

__all__ = ["Registers", "precision_for", "standard_error"]

HASH_BITS = 64
LEAST_PRECISION, MOST_PRECISION = 4, 16
ERROR_OF_ONE_REGISTER = 1.04


def standard_error(precision: int) -> float:
    """Return the relative standard error of a HyperLogLog of ``2**precision`` registers."""
    error: float = ERROR_OF_ONE_REGISTER / 2 ** (precision / 2)
    return error


def precision_for(accuracy: float) -> int:
    """Return the least precision whose standard error is `accuracy` or less; at most 16."""
    usable = range(LEAST_PRECISION, MOST_PRECISION)
    return next((p for p in usable if standard_error(p) <= accuracy), MOST_PRECISION)


class Registers:
    """A HyperLogLog for each cell: ``2**precision`` registers of a byte.

    Parameters
    ----------
    cells : int
        The number of cells.
    precision : int
        From 4 to 16.
    """

    def __init__(self, cells: int, precision: int) -> None:
        self._precision = precision
        self._form: int | None = None
        self._registers = np.zeros((cells, 1 << precision), dtype=np.uint8)

    @staticmethod
    def planned_bytes(cells: int, _rows: int | None = None, precision: int = LEAST_PRECISION) -> int:
        """Return the memory that it takes."""
        return cells << precision

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._registers.nbytes

    def expect(self, forms: Sequence[int], /) -> None:
        """Say what the samples will be, before any has come."""
        (form,) = forms
        self._form = agreed_form(self._form, form)

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of samples."""
        from heatbin.kernels.distinct import keep_ranks

        (sample,) = samples
        self.expect([sample.form])
        keep_ranks(cells, sample.bits, sample.form == FLOATING, self._precision, self._registers.reshape(-1))

    def merge(
        self, other: Registers, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one saw: see `Storage.merge`."""
        self._form = agreed_form(self._form, other._form)
        if into is None and only is not None:
            self._registers[only] = np.maximum(self._registers[only], other._registers[only])
        elif into is None:
            np.maximum(self._registers, other._registers, out=self._registers)
        else:
            np.maximum.at(self._registers, into, other._registers)

    def estimates(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many different samples some cells have seen, to the nearest integer."""
        from heatbin.kernels.distinct import estimate_distinct

        estimates = np.empty(cells.size)
        estimate_distinct(self._registers, self._precision, cells, estimates)
        return np.rint(estimates).astype(np.int64)

    def state(self) -> dict[str, Array]:
        """Return the registers, those of one cell after those of another, and the form of the samples."""
        registers = self._registers.copy()
        registers[-1] = 0
        return {"registers": registers.reshape(-1), "form": form_array(self._form)}

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""
        self._form = agreed_form(self._form, form_of(state["form"]))
        registers = state["registers"]
        if registers.size != self._registers.size or registers.max() > HASH_BITS + 1 - self._precision:
            raise StateError("is damaged: its registers do not fit its cells")
        ranks = registers.reshape(self._registers.shape).astype(np.uint8)
        np.maximum(self._registers, ranks, out=self._registers)
