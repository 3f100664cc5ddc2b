"""Rows that have no sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Bitmap, Cells, Column
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING
from heatbin.storages.base import Sample, State
from heatbin.storages.count import Count

__all__ = ["Absent"]

NO_BITMAP: Bitmap = np.empty(0, dtype=np.uint8)
KINDS = 3


class Absent:
    """How many rows of each cell have no sample, and why: what stands before the storages of some sample columns.

    Parameters
    ----------
    cells : int
        The number of cells.
    columns : int
        How many sample columns a row needs.

    Attributes
    ----------
    told : ndarray of int64, shape (columns, 3)
        Of the rows inside all axes that pass the filter, and of each column: how many samples are null; NaN, and not
        null; infinite, and not null. Rows with a null or NaN sample are skipped, infinite samples are not.
    """

    def __init__(self, cells: int, columns: int) -> None:
        self._cells = cells
        self.told = np.zeros((columns, KINDS), dtype=np.int64)
        self._count: Count | None = None

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._count.nbytes if self._count else 0

    def screen(
        self,
        cells: Cells,
        columns: Sequence[Column],
        samples: Sequence[Sample],
        start: int,
        inside: Callable[[], npt.NDArray[np.uint8]],
    ) -> Cells:
        """Count the rows of a block that have no sample; return where all of them go.

        Parameters
        ----------
        cells : ndarray of uint32 or uint64, shape (rows,)
            Where they would go if all had samples; left as it is.
        columns : sequence of Column
            The samples of a batch.
        samples : sequence of Sample
            Those of the block.
        start : int
            Where in the batch the block begins.
        inside : callable
            Returns 1 for each cell inside all axes; called where a sample is absent or infinite.
        """
        from heatbin.kernels.samples import reject

        rejected = cells.dtype.type(self._cells - 1)
        sent = cells
        for column, sample, told in zip(columns, samples, self.told, strict=True):
            if _may_reject(column, sample):
                sent = cells.copy() if sent is cells else sent
                bitmap = NO_BITMAP if column.validity is None else column.validity
                reject(cells, *sample, bitmap, column.offset + start, inside(), rejected, told, sent)
        if sent is not cells:
            self._count_moved(cells, sent)
        return sent

    def present(self, count: Count, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many samples some cells have, given the count of all rows."""
        rows = count.counts.take(cells).astype(np.int64)
        return rows if self._count is None else rows - self._count.counts.take(cells)

    def merge(
        self, other: Absent, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Add what another one counted: see `Storage.merge`."""
        self.told += other.told
        if other._count is not None:
            self._counted().merge(other._count, into, only=only)

    def state(self) -> dict[str, Array]:
        """Return the counts, by cell, and what is told of the columns."""
        counts = np.zeros(self._cells, dtype=np.uint32) if self._count is None else self._count.counts.copy()
        counts[-1] = 0
        return {"counts": counts, "told": self.told}

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""
        if state["counts"].shape != (self._cells,) or state["told"].shape != self.told.shape:
            raise StateError("is damaged: its counts of absent samples do not fit its cells")
        if state["told"].min() < 0:
            raise StateError("is damaged: it has counts below 0")
        self.told += state["told"]
        if state["counts"].any():
            self._counted().restore({"counts": state["counts"]})

    def _count_moved(self, cells: Cells, sent: Cells) -> None:
        moved = cells[sent != cells]
        if moved.size:
            self._counted().fill(moved)

    def _counted(self) -> Count:
        if self._count is None:
            self._count = Count(self._cells)
        return self._count


def _may_reject(column: Column, sample: Sample) -> bool:
    from heatbin.kernels.samples import count_nonfinite

    return column.validity is not None or (sample.form == FLOATING and count_nonfinite(sample.bits) > 0)
