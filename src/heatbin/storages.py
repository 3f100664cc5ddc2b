"""What is kept for each cell of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells

__all__ = ["Count", "Storage"]

COUNTED_IN_32_BITS = (1 << 32) - 1


class Storage(Protocol):
    """One quantity per cell.

    The law of all storages: filling a, then b, equals filling a and b apart and merging them, to the bit.
    """

    @property
    def takes(self) -> int:
        """How many sample columns it takes."""

    def fill(self, cells: Cells, samples: Sequence[Array]) -> None:
        """Take in a block of rows: the cell of each, and its samples."""

    def merge(self, other: Self) -> None:
        """Take in what another storage of the same kind and size holds."""


class Count:
    """How many rows fell into each cell.

    Parameters
    ----------
    cells : int
        The number of cells.

    Notes
    -----
    32 bits a cell, for caches and memory, until that many rows were counted that one cell could overflow;
    64 bits from then on.
    """

    takes = 0

    def __init__(self, cells: int) -> None:
        self._counts: npt.NDArray[np.uint32] | npt.NDArray[np.int64] = np.zeros(cells, dtype=np.uint32)
        self._rows = 0

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return self._rows

    def fill(self, cells: Cells, samples: Sequence[Array] = ()) -> None:  # noqa: ARG002
        """Count a block of rows."""
        from heatbin.kernels.count import add_count

        self._make_room(cells.size)
        add_count(cells, self._counts)

    def merge(self, other: Count) -> None:
        """Add what another one counted."""
        self._make_room(other.rows)
        np.add(self._counts, other._counts, out=self._counts, casting="same_kind")

    def regrouped(self, groups: npt.NDArray[np.int64], cells: int) -> Count:
        """Return the counts of groups of cells."""
        # Index -1 is the last place: it takes what is left out.
        counts = np.zeros(cells + 1, dtype=np.int64)
        np.add.at(counts, groups, self._counts)
        new = Count(0)
        new._counts, new._rows = counts[:-1], int(counts[:-1].sum())
        return new

    def state(self) -> dict[str, Array]:
        """Return what is kept, by name."""
        return {"counts": self._counts}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take in a state, as a merge would."""
        saved = Count(0)
        saved._counts = state["counts"]
        saved._rows = int(state["counts"].sum(dtype=np.int64))
        self.merge(saved)

    @property
    def counts(self) -> npt.NDArray[np.uint32] | npt.NDArray[np.int64]:
        """The counts as they are kept, shape (cells,): convert what you take of them to int64."""
        return self._counts

    def _make_room(self, rows: int) -> None:
        self._rows += rows
        if self._rows > COUNTED_IN_32_BITS and self._counts.dtype == np.uint32:
            self._counts = self._counts.astype(np.int64)
