"""How many rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.storages.base import Sample, State
from heatbin.storages.table import first_places

__all__ = ["MOST_ROWS", "Count"]

COUNTED_IN_32_BITS = (1 << 32) - 1
MOST_ROWS = (1 << 63) - 1
"""So many rows can be counted."""

# Of a grid's cells. Merging those alone that a few rows touched costs less than sorting their numbers up to here.
FEW = 1 / 32


class Count:
    """How many rows fell into each cell.

    Parameters
    ----------
    cells : int
        The number of cells.

    Notes
    -----
    Rows are counted in a byte a cell, for the caches, which carries over to 32 bits, for memory, until that many rows
    were counted that one cell could overflow; to 64 bits from then on.
    """

    def __init__(self, cells: int) -> None:
        self._counts: npt.NDArray[np.uint32] | npt.NDArray[np.int64] = np.zeros(cells, dtype=np.uint32)
        self._low: npt.NDArray[np.uint8] | None = None
        self._rows = 0
        self._few: list[Cells] | None = []

    @staticmethod
    def planned_bytes(cells: int, rows: int | None = None) -> int:
        """Return the memory that it takes."""
        return cells * (9 if rows is None or rows > COUNTED_IN_32_BITS else 5)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return self._rows

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._counts.nbytes + (0 if self._low is None else self._low.nbytes)

    @property
    def counts(self) -> npt.NDArray[np.uint32] | npt.NDArray[np.int64]:
        """The counts as they are kept, shape (cells,): convert what you take of them to int64."""
        if self._low is not None:
            self._counts += self._low
            self._low = None
        return self._counts

    def fill(self, cells: Cells, _samples: Sequence[Sample] = (), /) -> None:
        """Count a block of rows."""
        from heatbin.kernels.count import add_count

        self._make_room(cells.size)
        if self._low is None:
            self._low = np.zeros(self._counts.size, dtype=np.uint8)
        add_count(cells, self._low, self._counts)
        if self._few is not None and self._rows <= FEW * self._counts.size:
            self._few.append(cells.copy())
        else:
            self._few = None

    def touched(self) -> npt.NDArray[np.int64] | None:
        """Return the cells that were filled, each once, where all rows came by `fill` and are few; None otherwise."""
        if self._few is None:
            return None
        cells = np.concatenate([np.empty(0, np.int64), *self._few])
        cells.sort()
        return cells[first_places(cells)]

    def merge(
        self, other: Count, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Add what another one counted: see `Storage.merge`."""
        self._make_room(other.rows)
        self._few = None
        if into is None and only is not None:
            self._counts[only] += other.counts[only].astype(self._counts.dtype)
        elif into is None:
            # Counts of 64 bits fit into 32 here: there are not enough rows for one that does not.
            np.add(self._counts, other.counts, out=self._counts, casting="unsafe")
        else:
            np.add.at(self._counts, into, other.counts.astype(self._counts.dtype))

    def regrouped(self, groups: npt.NDArray[np.int64], cells: int) -> Count:
        """Return the counts of groups of cells: the group of each cell is given, -1 for those that are left out."""
        # Index -1 is the last place: it takes what is left out.
        counts = np.zeros(cells + 1, dtype=np.int64)
        np.add.at(counts, groups, self.counts)
        new = Count(0)
        new._counts, new._rows, new._few = counts[:-1], int(counts[:-1].sum()), None
        return new

    def state(self) -> dict[str, Array]:
        """Return the counts, by cell."""
        return {"counts": self.counts}

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""
        if state["counts"].shape != self._counts.shape:
            raise StateError("is damaged: its counts do not fit its cells")
        rows = _exact_total(state["counts"])
        if rows > MOST_ROWS:
            raise StateError("is damaged: it claims more rows than can be counted")
        self._make_room(rows)
        self._few = None
        self._counts += state["counts"].astype(self._counts.dtype)

    def _make_room(self, rows: int) -> None:
        if self._rows + rows > MOST_ROWS:
            raise StateError(f"together they hold more rows than can be counted, which is {MOST_ROWS}")
        self._rows += rows
        if self._rows > COUNTED_IN_32_BITS and self._counts.dtype == np.uint32:
            self._counts = self._counts.astype(np.int64)


def _exact_total(counts: Array) -> int:
    """Return the sum of integers that may be beyond 64 bits together; those below 0 cannot be counts."""
    if counts.size and counts.min() < 0:
        raise StateError("is damaged: it has counts below 0")
    halves = (counts >> 32, counts & COUNTED_IN_32_BITS) if counts.itemsize == 8 else (counts[:0], counts)
    high, low = (int(half.sum(dtype=np.uint64)) for half in halves)
    return (high << 32) + low
