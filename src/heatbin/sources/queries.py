"""What other libraries compute when they are asked for rows: queries of polars and DuckDB.

None of these libraries is imported here; their objects come with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from heatbin.sources.base import BATCH_ROWS
from heatbin.sources.streams import StreamSource

__all__ = ["of_duckdb", "of_lazy_frame"]


def of_lazy_frame(frame: Any) -> StreamSource:
    """Return a lazy frame of polars as a source: its query runs, streaming, for each pass."""
    empty = frame.collect_schema().to_frame()

    def deliver(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        query = frame.select(list(columns))
        for chunk in query.collect_batches(
            chunk_size=BATCH_ROWS, maintain_order=False, lazy=True, engine="streaming"
        ):
            yield from pa.table(chunk).to_batches()

    return StreamSource("a polars query", pa.table(empty).schema, deliver, replayable=True)


def of_duckdb(relation: Any) -> StreamSource:
    """Return a relation of DuckDB as a source: its query runs, streaming, for each pass."""

    def deliver(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        names = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        with pa.RecordBatchReader.from_stream(relation.project(names)) as reader:
            yield from reader

    with pa.RecordBatchReader.from_stream(relation.limit(0)) as nothing:
        schema = nothing.schema
    return StreamSource("a DuckDB query", schema, deliver, replayable=True)
