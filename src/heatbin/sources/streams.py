"""Whatever hands out record batches in order: readers, generators, queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import Any

import pyarrow as pa

from heatbin.errors import BadInputError, UsageError
from heatbin.sources.arrow_types import column_at, fit, plain_schema, type_at
from heatbin.sources.base import Excludes, Part, RowGroup, Survey, Task
from heatbin.sources.guard import converting
from heatbin.sources.memory import surveyed_types
from heatbin.sources.windows import slices

__all__ = ["StreamSource", "of_batches", "of_reader", "tables_of"]

Deliver = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
"""Returns the batches, with at least the columns that are named."""


class StreamSource:
    """Record batches, one after the other.

    Parameters
    ----------
    name : str
        What errors and summaries call it.
    schema : pyarrow.Schema
        The columns.
    deliver : callable
        Returns the batches; once only, or, if it is `replayable`, again and again.
    replayable : bool, optional
        Whether it can be asked more than once.
    received : callable, optional
        Returns how many bytes have come in, where they come from outside of the process.
    """

    def __init__(
        self,
        name: str,
        schema: pa.Schema,
        deliver: Deliver,
        *,
        replayable: bool = False,
        received: Callable[[], int] = int,
    ) -> None:
        self.name = name
        self.schema = plain_schema(schema)
        self.replayable = replayable
        self.received = received
        self._deliver: Deliver | None = deliver
        self._lock = Lock()

    def survey(
        self,
        columns: Sequence[str],
        *,
        threads: int,  # noqa: ARG002
        skip: bool,  # noqa: ARG002
        excludes: Excludes | None = None,  # noqa: ARG002
    ) -> Survey:
        """Return one part, of nobody knows how many rows.

        Raises
        ------
        UsageError
            When there is no such column.
        """
        types = surveyed_types(self.schema, columns, self.name)
        return Survey((Part(self.name, (), (RowGroup(0, 1),), schema=types, counted=False),), schema=types)

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """Yield all rows.

        Raises
        ------
        UsageError
            When they were delivered already, and cannot be again.
        BadInputError
            When a batch does not go with the first.
        """
        types = surveyed_types(self.schema, columns, self.name)
        steps = list(dict.fromkeys(self._first_step(column) for column in columns)) or self.schema.names[:1]
        for number, batch in enumerate(self._take()(steps)):
            for piece in slices(batch):
                arrays = [
                    self._column(piece, column, type_, number)
                    for column, type_ in zip(columns, types.types, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _take(self) -> Deliver:
        with self._lock:
            deliver = self._deliver
            if deliver is None:
                raise UsageError(f"{self.name} can be read only once, and has been")
            if not self.replayable:
                self._deliver = None
            return deliver

    def _first_step(self, column: str) -> str:
        return column if column in self.schema.names else column.split(".", maxsplit=1)[0]

    def _column(self, batch: pa.RecordBatch, column: str, type_: pa.DataType, number: int) -> pa.Array:
        if type_at(batch.schema, column, self.name) is None:
            raise BadInputError(
                f"batch {number} of {self.name} has no column {column!r}, which the first has", path=self.name
            )
        return fit(column_at(batch, column), type_, column, f"batch {number} of {self.name}")

    def __getstate__(self) -> Any:
        raise TypeError(f"{self.name} cannot be sent to other processes; leave out executor=")


def of_reader(reader: pa.RecordBatchReader, name: str) -> StreamSource:
    """Return what a reader will deliver, once, as a source."""
    return StreamSource(name, reader.schema, lambda _columns: iter(reader))


def of_batches(batches: Iterator[Any], name: str) -> StreamSource:
    """Return an iterator of record batches, tables or frames as a source. It is advanced once, for the columns.

    Raises
    ------
    UsageError
        When it is empty.
    BadInputError
        When what it delivers first is no table to Arrow.
    """
    first = next(batches, None)
    if first is None:
        raise UsageError(f"{name} delivers nothing, so its columns are not known")
    schema = next(iter(tables_of(first, name))).schema
    return StreamSource(name, schema, lambda _columns: _flattened(chain([first], batches), name))


def _flattened(items: Iterator[Any], name: str) -> Iterator[pa.RecordBatch]:
    for item in items:
        for table in tables_of(item, name):
            yield from table.to_batches() if isinstance(table, pa.Table) else [table]


def tables_of(item: Any, name: str) -> list[pa.Table | pa.RecordBatch]:
    """Return what one item of the iterator or list that errors call `name` holds.

    Raises
    ------
    BadInputError
        When it is no table to Arrow.
    TypeError
        When it holds no rows.
    """
    if isinstance(item, pa.RecordBatch | pa.Table):
        return [item]
    with converting(name):
        if hasattr(item, "__arrow_c_stream__"):
            return [pa.table(item)]
        if hasattr(item, "__arrow_c_array__"):
            return [pa.record_batch(item)]
    raise TypeError(f"source must deliver record batches or tables, not {type(item).__name__}")
