"""The core: a binning and its storages, filled block by block, merged in any order to the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heatbin.axes import Index
from heatbin.binning import Binning
from heatbin.columns import Cells, Column, Points
from heatbin.storages import Count

__all__ = ["BLOCK_ROWS", "Accumulator"]

# 64 KiB of cells: stays in the second-level cache with the values that it is made of; larger blocks gained 5 %.
BLOCK_ROWS = 1 << 14


class Accumulator:
    """A grid that takes in points.

    Parameters
    ----------
    binning : Binning
        Which cell a row belongs to.
    """

    def __init__(self, binning: Binning) -> None:
        self.binning = binning
        self.count = Count(binning.cells)
        self._indexes: dict[tuple[np.dtype[Any], ...], list[Index]] = {}
        self._cells: Cells = np.empty(BLOCK_ROWS, dtype=binning.cell_dtype)
        self._before: Cells = np.empty(BLOCK_ROWS, dtype=binning.cell_dtype)

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        indexes = self._bound_to(points.coordinates)
        columns = self.binning.split(points.coordinates)
        for start in range(0, len(points), BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, len(points))
            cells = self._cells[: stop - start]
            cells[:] = 0
            for i, index in enumerate(indexes):
                self._index_block(i, index, columns[i], start, cells)
            if points.selected is not None:
                self._filter_block(points.selected, start, cells)
            self.count.fill(cells)

    def merge(self, other: Accumulator) -> None:
        """Take in what another accumulator of the same binning holds."""
        self.count.merge(other.count)

    def _bound_to(self, columns: Sequence[Column]) -> list[Index]:
        dtypes = tuple(column.values.dtype for column in columns)
        if dtypes not in self._indexes:
            split = self.binning.split(dtypes)
            self._indexes[dtypes] = [c.bind(d) for c, d in zip(self.binning.coordinates, split, strict=True)]
        return self._indexes[dtypes]

    def _index_block(self, i: int, index: Index, columns: Sequence[Column], start: int, cells: Cells) -> None:
        stride = self.binning.strides[i]
        nullable = [column for column in columns if column.validity is not None]
        before = self._before[: cells.size]
        if nullable:
            before[:] = cells
        index([column.values[start : start + cells.size] for column in columns], stride, cells)
        for column in nullable:
            missing = cells.dtype.type((self.binning.extents[i] - 1) * stride)
            _mark_missing(column, start, before, missing, cells)

    def _filter_block(self, selected: Column, start: int, cells: Cells) -> None:
        from heatbin.kernels.index import mark_filtered, mark_rejected

        filtered = cells.dtype.type(self.binning.filtered)
        mark_filtered(selected.values[start : start + cells.size], filtered, cells)
        if selected.validity is not None:
            mark_rejected(selected.validity, selected.offset + start, filtered, cells)

    def __getstate__(self) -> dict[str, Any]:
        return {"binning": self.binning, "count": self.count}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["binning"])  # type: ignore[misc]
        self.count = state["count"]


def _mark_missing(column: Column, start: int, before: Cells, missing: int, cells: Cells) -> None:
    from heatbin.kernels.index import mark_missing

    mark_missing(column.validity, column.offset + start, before, missing, cells)
