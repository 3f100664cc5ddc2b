"""Data that are in memory already: read in place, a slice at a time, and never copied as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from heatbin.columns import Array
from heatbin.errors import UsageError, suggestion
from heatbin.sources.arrow_types import column_at, plain_schema, type_at
from heatbin.sources.base import LONG_BATCH_ROWS, Excludes, Part, RowGroup, Survey, Task

__all__ = ["Chunks", "Held", "MemorySource", "Strides", "of_table", "surveyed_types"]

# Slices take no memory.
SLICE_ROWS = LONG_BATCH_ROWS

# Tasks are made of such pieces, so that threads share one table.
PIECE_ROWS = 2 * SLICE_ROWS


class Held(Protocol):
    """A column in memory."""

    @property
    def type(self) -> pa.DataType:
        """What its slices are."""

    def __len__(self) -> int: ...

    def slice(self, start: int, rows: int) -> pa.Array:
        """Return some of its rows."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """A column of Arrow arrays; only slices across two of them are copied."""

    chunks: pa.ChunkedArray

    @property
    def type(self) -> pa.DataType:
        """What its slices are."""
        return self.chunks.type

    def __len__(self) -> int:
        return len(self.chunks)

    def slice(self, start: int, rows: int) -> pa.Array:
        """Return some of its rows."""
        piece = self.chunks.slice(start, rows)
        return piece.chunk(0) if piece.num_chunks == 1 else pa.concat_arrays(piece.chunks)


@dataclass(frozen=True, slots=True)
class Strides:
    """A column of NumPy, in any byte order and with any strides; a masked value is a null.

    Parameters
    ----------
    values : ndarray, shape (rows,)
        A `numpy.ma.MaskedArray`, too.
    type : pyarrow.DataType
        What its slices are.
    """

    values: Array
    type: pa.DataType

    def __len__(self) -> int:
        return len(self.values)

    def slice(self, start: int, rows: int) -> pa.Array:
        """Return some of its rows; a copy where Arrow cannot have them as they are."""
        piece = self.values[start : start + rows]
        mask = np.ma.getmaskarray(piece) if isinstance(piece, np.ma.MaskedArray) else None
        flat = np.ascontiguousarray(np.ma.getdata(piece), dtype=piece.dtype.newbyteorder("="))
        return pa.array(flat, type=self.type, mask=mask, from_pandas=False)


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Columns of one length.

    Parameters
    ----------
    names : tuple of str
        What they are called.
    columns : tuple of Held
        They themselves.
    name : str
        What errors and summaries call all of them together.
    """

    names: tuple[str, ...]
    columns: tuple[Held, ...]
    name: str

    @property
    def replayable(self) -> bool:
        """True: what is in memory stays there."""
        return True

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        fields = zip(self.names, self.columns, strict=True)
        return plain_schema(pa.schema([pa.field(name, column.type) for name, column in fields]))

    def survey(
        self,
        columns: Sequence[str],
        *,
        threads: int,  # noqa: ARG002
        skip: bool,  # noqa: ARG002
        excludes: Excludes | None = None,  # noqa: ARG002
    ) -> Survey:
        """Return the rows in pieces.

        Raises
        ------
        UsageError
            When there is no such column.
        """
        types = surveyed_types(self.schema, columns, self.name)
        pieces = (
            RowGroup(0, min(PIECE_ROWS, self.rows - s), start=s) for s in range(0, self.rows, PIECE_ROWS)
        )
        return Survey((Part(self.name, (), tuple(pieces), schema=types),), schema=types)

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a task."""
        needed = {
            name: held
            for name, held in zip(self.names, self.columns, strict=True)
            if _is_needed(name, columns)
        }
        for group in task.part.row_groups:
            for start in range(group.start, group.start + group.rows, SLICE_ROWS):
                rows = min(SLICE_ROWS, group.start + group.rows - start)
                arrays = [held.slice(start, rows) for held in needed.values()]
                batch = pa.RecordBatch.from_arrays(arrays, names=list(needed))
                yield pa.RecordBatch.from_arrays(
                    [column_at(batch, column) for column in columns], names=list(columns)
                )


def of_table(table: pa.Table, name: str) -> MemorySource:
    """Return a table as a source; it is not copied."""
    return MemorySource(tuple(table.schema.names), tuple(map(Chunks, table.columns)), name)


def surveyed_types(schema: pa.Schema, columns: Sequence[str], name: str) -> pa.Schema:
    """Return the types of the columns that are needed.

    Raises
    ------
    UsageError
        When there is no such column.
    """
    types = {column: type_at(schema, column, name) for column in columns}
    for column, type_ in types.items():
        if type_ is None:
            raise UsageError(f"no column {column!r} in {name}{suggestion(column, schema.names)}")
    return pa.schema(list(types.items()))


def _is_needed(name: str, columns: Sequence[str]) -> bool:
    return any(column == name or column.startswith(f"{name}.") for column in columns)
