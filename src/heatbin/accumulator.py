"""The core: a binning and its storages, filled block by block, merged in any order to the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.axes import Index
from heatbin.binning import Binning
from heatbin.columns import Cells, Column, Points
from heatbin.storages import Count

__all__ = ["BLOCK_ROWS", "Accumulator"]

# 128 KiB of cells: they stay in the second-level cache beside their values. Half of it is as fast on one thread, but
# two threads then pass the interpreter's lock to and fro twice as often, which cost 10 % of a run.
BLOCK_ROWS = 1 << 15


class _Factor(NamedTuple):
    """A coordinate that is ready to bin columns of certain types."""

    index: Index
    stride: Any
    missing: Any


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
        self._bound: dict[tuple[np.dtype[Any], ...], list[_Factor]] = {}
        self._cells: Cells = np.empty(BLOCK_ROWS, dtype=binning.cell_dtype)
        self._before: Cells = np.empty(BLOCK_ROWS, dtype=binning.cell_dtype)

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        bound = self._bound_to(points.coordinates)
        columns = self.binning.split(points.coordinates)
        for start in range(0, len(points), BLOCK_ROWS):
            cells = self._cells[: min(BLOCK_ROWS, len(points) - start)]
            cells.fill(0)
            for factor, taken in zip(bound, columns, strict=True):
                self._index_block(factor, taken, start, cells)
            if points.selected is not None:
                self._filter_block(points.selected, start, cells)
            self.count.fill(cells)

    def merge(self, other: Accumulator) -> None:
        """Take in what another accumulator of the same binning holds."""
        self.count.merge(other.count)

    def regrouped(self, binning: Binning, groups: npt.NDArray[np.int64]) -> Accumulator:
        """Return what this one holds, its cells put together.

        Parameters
        ----------
        binning : Binning
            Of the new accumulator.
        groups : ndarray of int64, shape (cells,)
            The new cell of each old one; -1 for those that are left out.
        """
        new = Accumulator(binning)
        new.count = self.count.regrouped(groups, binning.cells)
        return new

    def _bound_to(self, columns: Sequence[Column]) -> list[_Factor]:
        dtypes = tuple(column.values.dtype for column in columns)
        if dtypes not in self._bound:
            rows = zip(
                self.binning.coordinates, self.binning.split(dtypes), self.binning.strides, strict=True
            )
            number = self.binning.cell_dtype.type
            self._bound[dtypes] = [
                _Factor(c.bind(taken), number(stride), number((c.extent - 1) * stride))
                for c, taken, stride in rows
            ]
        return self._bound[dtypes]

    def _index_block(self, factor: _Factor, columns: Sequence[Column], start: int, cells: Cells) -> None:
        stop = start + cells.size
        values = [column.values[start:stop] for column in columns]
        if all(column.validity is None for column in columns):
            factor.index(values, factor.stride, cells)
            return
        before = self._before[: cells.size]
        before[:] = cells
        factor.index(values, factor.stride, cells)
        for column in columns:
            _mark_missing(column, start, before, factor.missing, cells)

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

    if column.validity is not None:
        mark_missing(column.validity, column.offset + start, before, missing, cells)
