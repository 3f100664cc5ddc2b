"""The core: a binning and its storages, filled block by block, merged in any order to the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.binning import Binning, Factor
from heatbin.columns import Array, Cells, Column, Points
from heatbin.statistics import Bound, blank_groups
from heatbin.statistics import count as Counted  # noqa: N812
from heatbin.storages import Absent, Buckets, Count, Storage

__all__ = ["BLOCK_ROWS", "Accumulator"]

# Two threads pass the interpreter's lock to and fro at each call of a kernel, so that blocks of a quarter cost up to
# 15 % of a run; longer ones leave the caches. Batches hold whole blocks.
BLOCK_ROWS = 120_000

# Grids drive each other out of the caches. Where there are several, each takes all rows of so many blocks in its turn.
BLOCKS_A_TURN = 4

# What is worked out of so many cells at a time stays near, and small beside any grid.
READ_CELLS = 1 << 16

NO_CELLS = np.empty(0, dtype=np.int64)


class Accumulator:
    """A grid that takes in points.

    Parameters
    ----------
    binning : Binning
        Which cell a row belongs to.
    statistics : mapping of str to Bound, optional
        What is asked of each cell, by name; the count of its rows, if None. Those that need the same of the same sample
        share it.
    limit : int, optional
        The most bytes that what is kept sparse for quantiles may take.

    Attributes
    ----------
    count : Count
        How many rows fell into each cell.
    """

    def __init__(
        self, binning: Binning, statistics: Mapping[str, Bound] | None = None, *, limit: int | None = None
    ) -> None:
        self.binning = binning
        self.statistics = dict(statistics or {"count": Bound(Counted())})
        self.count = Count(binning.cells)
        self._groups = blank_groups(self.statistics, binning.cells)
        self._block_rows = BLOCK_ROWS * (BLOCKS_A_TURN if self._groups else 1)
        self._cells: Cells = np.empty(self._block_rows, dtype=binning.cell_dtype)
        self._before: Cells = np.empty(self._block_rows, dtype=binning.cell_dtype)
        self._limit = limit
        self._share_limit()

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        bound = self.binning.bind([column.values.dtype for column in points.coordinates])
        columns = self.binning.split(points.coordinates)
        for start in range(0, len(points), self._block_rows):
            cells = self._cells[: min(self._block_rows, len(points) - start)]
            cells.fill(0)
            for factor, taken in zip(bound, columns, strict=True):
                self._index_block(factor, taken, start, cells)
            if points.selected is not None:
                self._filter_block(points.selected, start, cells)
            self.count.fill(cells)
            for group in self._groups.values():
                group.fill(cells, points.samples, start, self._inside)

    def merge(self, other: Accumulator) -> None:
        """Take in what another accumulator of the same binning and statistics holds."""
        only = other.count.touched()
        self.count.merge(other.count, only=only)
        for positions, group in self._groups.items():
            group.merge(other._groups[positions], only=only)

    def regrouped(self, binning: Binning, groups: npt.NDArray[np.int64]) -> Accumulator:
        """Return what this one holds, its cells put together.

        Parameters
        ----------
        binning : Binning
            Of the new accumulator.
        groups : ndarray of int64, shape (cells,)
            The new cell of each old one; -1 for those that are left out.
        """
        new = Accumulator(binning, self.statistics, limit=self._limit)
        new.count = self.count.regrouped(groups, binning.cells)
        into = np.where(groups < 0, binning.filtered, groups)
        for positions, group in new._groups.items():
            group.merge(self._groups[positions], into)
        return new

    def values(self, name: str, *, flow: bool = False) -> Array:
        """Return one statistic of the cells inside the axes.

        Parameters
        ----------
        name : str
            Of the statistic.
        flow : bool, optional
            Whether to include the bins under and over each axis.

        Returns
        -------
        ndarray, shape (size of each coordinate), with flow 2 more each
            int64 for counts, estimates of distinct values, and sums of integers; bool for `any`; otherwise float64,
            NaN where there is no sample. Extremes among integers beyond 2⁵³ are a masked array of their type.
        """
        bound = self.statistics[name]
        parts = (bound.statistic.values(*read) for read in self._read(bound, flow=flow))
        return self._shaped(parts, flow=flow)

    def variances(self, name: str, *, flow: bool = False) -> Array | None:
        """Return the variances of counts, shaped as `values`; None of what is no count, or kept no squares."""
        bound = self.statistics[name]
        parts = (bound.statistic.variances(*read) for read in self._read(bound, flow=flow))
        first = next(parts)
        rest = (part for part in parts if part is not None)
        return None if first is None else self._shaped(chain([first], rest), flow=flow)

    def present(self, name: str, *, flow: bool = False) -> npt.NDArray[np.int64]:
        """Return how many samples one statistic has in each cell, shaped as `values`; rows if it takes none."""
        return self._shaped(
            (counts for _, _, counts in self._read(self.statistics[name], flow=flow)), flow=flow
        )

    def rows(self, *, flow: bool = False) -> npt.NDArray[Any]:
        """Return a view of how many rows each cell has, shaped as `values`: convert what you take to int64."""
        return self.binning.inside(self.count.counts, flow=flow)

    def absent(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return how many of the samples of the rows inside all axes are null, NaN and infinite, by sample."""
        told: dict[str, npt.NDArray[np.int64]] = {}
        for bound in self.statistics.values():
            if bound.positions:
                rows = self._groups[bound.positions].absent.told
                told.update(zip(bound.statistic.samples, rows, strict=True))
        return told

    def only(self, name: str) -> Accumulator:
        """Return one statistic alone: what is kept of it is shared with this one."""
        bound = self.statistics[name]
        # Made without statistics, for which it would make storages only to drop them.
        one = Accumulator(self.binning, limit=self._limit)
        one.statistics, one.count = {name: bound}, self.count
        one._groups = (
            {bound.positions: self._groups[bound.positions].of(bound.statistic.recipes)}
            if bound.positions
            else {}
        )
        return one

    def stored(self) -> dict[str, Count | Absent | Storage]:
        """Return all that is kept, by names that say what it is and of which samples; each has a ``state()``."""
        kept: dict[str, Count | Absent | Storage] = {"count": self.count}
        for group in self._groups.values():
            kept.update(group.named())
        return kept

    @property
    def nbytes(self) -> int:
        """How much memory all that is kept takes now."""
        return sum(each.nbytes for each in self.stored().values())

    def _read(
        self, bound: Bound, *, flow: bool
    ) -> Iterator[tuple[list[Storage], npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Yield, some cells inside the axes at a time, the storages of a statistic, their numbers, and their samples.

        Without storages there is no use for the numbers, and all cells come at once.
        """
        if not bound.positions:
            yield [], NO_CELLS, self.rows(flow=flow).astype(np.int64, order="C").ravel()
            return
        group = self._groups[bound.positions]
        storages = [group.storages[recipe] for recipe in bound.statistic.recipes]
        for cells in self.binning.cells_inside(READ_CELLS, flow=flow):
            yield storages, cells, group.absent.present(self.count, cells)

    def _shaped(self, parts: Iterable[Array], *, flow: bool) -> Array:
        shape = self.rows(flow=flow).shape
        return _joined(parts, prod(shape)).reshape(shape)

    @cached_property
    def _inside_cells(self) -> npt.NDArray[np.uint8]:
        inside = np.zeros(self.binning.cells, dtype=np.uint8)
        self.binning.inside(inside)[...] = 1
        return inside

    def _inside(self) -> npt.NDArray[np.uint8]:
        return self._inside_cells

    def _share_limit(self) -> None:
        kept: list[Any] = list(self.stored().values())
        sparse = [each for each in kept if isinstance(each, Buckets)]
        for each in sparse:
            each.limit = None if self._limit is None else self._limit // len(sparse)

    def _index_block(self, factor: Factor, columns: Sequence[Column], start: int, cells: Cells) -> None:
        stop = start + cells.size
        values = [column.values[start:stop] for column in columns]
        if all(column.validity is None for column in columns):
            factor.add_bins(values, factor.stride, cells)
            return
        before = self._before[: cells.size]
        before[:] = cells
        factor.add_bins(values, factor.stride, cells)
        for column in columns:
            _mark_missing(column, start, before, factor.missing, cells)

    def _filter_block(self, selected: Column, start: int, cells: Cells) -> None:
        from heatbin.kernels.index import mark_filtered, mark_rejected

        filtered = cells.dtype.type(self.binning.filtered)
        mark_filtered(selected.values[start : start + cells.size], filtered, cells)
        if selected.validity is not None:
            mark_rejected(selected.validity, selected.offset + start, filtered, cells)

    def __getstate__(self) -> dict[str, Any]:
        kept = ("binning", "statistics", "count", "_groups", "_limit")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["binning"])  # type: ignore[misc]
        self.__dict__.update(state)


def _mark_missing(column: Column, start: int, before: Cells, missing: int, cells: Cells) -> None:
    from heatbin.kernels.index import mark_missing

    if column.validity is not None:
        mark_missing(column.validity, column.offset + start, before, missing, cells)


def _joined(parts: Iterable[Array], size: int) -> Array:
    """Return parts as one array of so many values; a masked one, where a part is masked."""
    rest = iter(parts)
    first = next(rest)
    if first.size == size:
        return first
    whole, filled = np.zeros(size, dtype=first.dtype), 0
    for part in chain([first], rest):
        masked = next((each.dtype for each in (whole, part) if np.ma.isMaskedArray(each)), None)
        whole, taken = (each if masked is None else _masked(each, masked) for each in (whole, part))
        whole[filled : filled + taken.size] = taken
        filled += taken.size
    return whole


def _masked(values: Array, dtype: np.dtype[Any]) -> Array:
    """Return values as a masked array, those that are NaN masked: the others are whole numbers that doubles hold."""
    if np.ma.isMaskedArray(values):
        return values
    empty = np.isnan(values)
    return np.ma.MaskedArray(np.where(empty, 0.0, values).astype(dtype), mask=empty)
