"""Whether any sample of a cell is true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample, State

__all__ = ["Flags"]

BUT_THE_SIGN = (1 << 63) - 1


class Flags:
    """Whether a cell has a sample that is neither zero, null nor NaN.

    Parameters
    ----------
    cells : int
        The number of cells.
    """

    def __init__(self, cells: int) -> None:
        self._flags = np.zeros(cells, dtype=np.uint8)

    @staticmethod
    def planned_bytes(cells: int, _rows: int | None = None) -> int:
        """Return the memory that it takes."""
        return cells

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._flags.nbytes

    def expect(self, _forms: Sequence[int], /) -> None:
        """Say what the samples will be: all are the same here."""

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of samples."""
        from heatbin.kernels.extremes import keep_any

        (sample,) = samples
        keep_any(cells, sample.bits, BUT_THE_SIGN if sample.form == FLOATING else -1, self._flags)

    def merge(
        self, other: Flags, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one holds: see `Storage.merge`."""
        if into is None and only is not None:
            self._flags[only] |= other._flags[only]
        elif into is None:
            self._flags |= other._flags
        else:
            np.bitwise_or.at(self._flags, into, other._flags)

    def values(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return the flags of some cells."""
        return self._flags[cells].astype(np.bool_)

    def state(self) -> dict[str, Array]:
        """Return the flags, by cell."""
        flags = self._flags.copy()
        flags[-1] = 0
        return {"flags": flags}

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""
        if state["flags"].shape != self._flags.shape:
            raise StateError("is damaged: its flags do not fit its cells")
        self._flags |= state["flags"] != 0
