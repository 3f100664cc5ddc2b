"""The storages of a grid as tables: all cells where most are filled, the filled ones alone where few are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from heatbin.accumulator import Accumulator
from heatbin.binning import Binning
from heatbin.columns import Array
from heatbin.errors import StateError
from heatbin.state.plain import MOST_BINS
from heatbin.state.tables import array_of, narrowed, table_of

__all__ = ["CELLS", "MOST_ROWS", "Grid", "check_shape"]

CELLS = "cells"
CELL = "cell"
# Few cells that are listed may stand for this many; in a larger grid each may for some.
SPARSE_CELLS = 1 << 25
CELLS_FOR_ONE = 1 << 13
MOST_ROWS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Grid:
    """An accumulator in the form in which it is written.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        One of the cells, and one for each array that has not an entry a cell.
    arrays : mapping of str to (dtype, shape)
        What each array of the storages was, ``storage.array``: the tables hold whole numbers in narrower types.
    """

    tables: Mapping[str, pa.Table]
    arrays: Mapping[str, tuple[str, Sequence[int]]]

    @classmethod
    def of(cls, accumulator: Accumulator) -> Grid:
        """Return what an accumulator holds."""
        cells, arrays = accumulator.binning.cells, _arrays(accumulator)
        by_cell = {name: narrowed(values) for name, values in arrays.items() if values.shape == (cells,)}
        others = {
            name: table_of({"value": narrowed(values.ravel())})
            for name, values in arrays.items()
            if name not in by_cell
        }
        described = {name: (values.dtype.str, values.shape) for name, values in arrays.items()}
        return cls({CELLS: table_of(_filled(by_cell, accumulator) or by_cell), **others}, described)

    def restored(self, binning: Binning) -> Accumulator:
        """Return the accumulator.

        Raises
        ------
        StateError
            When the tables do not hold what its storages need.
        """
        accumulator = Accumulator(binning)
        blank = _arrays(accumulator)
        for name, storage in _storages(accumulator).items():
            kept = {
                array: described for array, described in self.arrays.items() if array.split(".")[0] == name
            }
            if not kept:
                raise StateError(f"is damaged: it has no {name}")
            storage.restore(
                {array.split(".", 1)[1]: self._array(array, *kept[array], blank.get(array)) for array in kept}
            )
        return accumulator

    def _array(self, name: str, dtype: str, shape: Sequence[int], blank: Array | None) -> Array:
        by_cell = name in self.tables[CELLS].column_names
        column = array_of(self.tables[CELLS][name] if by_cell else self.tables[name]["value"])
        kind = np.dtype(dtype)
        if kind.kind not in "iuf" or kind.itemsize < column.dtype.itemsize:
            raise StateError(f"is damaged: {column.dtype} cannot stand for {kind}")
        if name.endswith(".counts"):
            _check_counts(column)
        column = column.astype(kind)
        if not by_cell or CELL not in self.tables[CELLS].column_names:
            return column.reshape(shape)
        return _spread(column, array_of(self.tables[CELLS][CELL]), blank)


def check_shape(shape: Any, tables: Mapping[str, pa.Table]) -> tuple[int, ...]:
    """Return the extents that a file claims, if its tables are large enough to bear the claim out."""
    if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape) or CELLS not in tables:
        raise StateError("is damaged: it has no shape or no cells")
    cells, table = prod(shape) + 1, tables[CELLS]
    if CELL not in table.column_names and table.num_rows != cells:
        raise StateError(f"is damaged: it has {table.num_rows} cells and claims {cells}")
    if CELL in table.column_names and not _may_be_sparse(shape, table.num_rows):
        raise StateError(f"is damaged: {table.num_rows} cells cannot stand for {cells}")
    return tuple(shape)


def _storages(accumulator: Accumulator) -> dict[str, Any]:
    return {"count": accumulator.count}


def _arrays(accumulator: Accumulator) -> dict[str, Array]:
    return {
        f"{name}.{array}": values
        for name, storage in _storages(accumulator).items()
        for array, values in storage.state().items()
    }


def _filled(by_cell: Mapping[str, Array], accumulator: Accumulator) -> dict[str, Array] | None:
    """Return the cells that hold a row, beside their numbers; None where all cells take less room."""
    filled = np.flatnonzero(accumulator.count.counts)
    if not _may_be_sparse(accumulator.binning.extents, filled.size):
        return None
    numbers = filled.astype(np.uint32)
    width = sum(values.itemsize for values in by_cell.values())
    if filled.size * (width + numbers.itemsize) >= accumulator.binning.cells * width:
        return None
    return {CELL: numbers, **{name: values[filled] for name, values in by_cell.items()}}


def _may_be_sparse(extents: Sequence[int], listed: int) -> bool:
    """Tell whether some cells may stand for a whole grid: a small file cannot claim a huge one."""
    cells = prod(extents)
    few = cells <= max(SPARSE_CELLS, listed * CELLS_FOR_ONE) and cells < 1 << 32
    return few and max(extents) <= MOST_BINS


def _spread(column: Array, cells: Array, blank: Array | None) -> Array:
    """Return an entry for each cell: what a column holds, and elsewhere what a blank storage holds."""
    if blank is None or cells.dtype.kind != "u" or column.shape != cells.shape:
        raise StateError("is damaged: its cells do not go with what they hold")
    if cells.size and (int(cells[-1]) >= blank.size or np.any(cells[1:] <= cells[:-1])):
        raise StateError("is damaged: its cells are not in order")
    whole = blank.astype(column.dtype)
    whole[cells] = column
    return whole


def _check_counts(counts: Array) -> None:
    """Refuse counts that are negative, or more together than 64 bits can count."""
    if counts.dtype.kind != "u" or counts.astype(np.float64).sum() > MOST_ROWS / 2:
        raise StateError("is damaged: it claims more rows than can be counted")
