"""Arrays as Arrow IPC streams, one after the other, read without trust in what they claim."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from heatbin.columns import Array
from heatbin.errors import StateError
from heatbin.state.messages import is_compressed

__all__ = ["array_of", "narrowed", "read_tables", "write_table"]

BATCH_ROWS = 1 << 30


def write_table(file: io.BytesIO, name: str, table: pa.Table, **metadata: str) -> None:
    """Append a table as an Arrow IPC stream, uncompressed.

    Parameters
    ----------
    file : BytesIO
        What it is appended to.
    name : str
        What the table is called: the schema's entry ``heatbin:table``.
    table : pyarrow.Table
        Of numbers and binary values, without nulls.
    **metadata : str
        More entries for the schema, each under ``heatbin:`` and its name.
    """
    noted = {f"heatbin:{key}": text for key, text in {"table": name, **metadata}.items()}
    table = table.replace_schema_metadata(noted).combine_chunks()
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)


def read_tables(content: memoryview) -> Iterator[tuple[dict[str, str], pa.Table]]:
    """Yield the metadata and the table of each stream. Arrays are views of `content`: nothing is allocated.

    Raises
    ------
    StateError
        When a stream is not what `write_table` writes.
    """
    source = pa.BufferReader(pa.py_buffer(content))
    while source.tell() < len(content):
        _check_messages(content, source.tell())
        with pa.ipc.open_stream(source) as reader:
            _check_types(reader.schema)
            noted = {key.decode(): text.decode() for key, text in (reader.schema.metadata or {}).items()}
            table = reader.read_all()
        table.validate(full=True)
        yield {key.removeprefix("heatbin:"): text for key, text in noted.items()}, table


def array_of(column: pa.ChunkedArray) -> Array:
    """Return a column of numbers as an array; a view where it is in one piece."""
    if column.null_count:
        raise StateError("is damaged: it holds nulls")
    pieces = [
        np.asarray(memoryview(chunk.buffers()[1])).view(_dtype(chunk))[_window(chunk)]
        for chunk in column.chunks
    ]
    return pieces[0] if len(pieces) == 1 else np.concatenate([*pieces, np.empty(0, _dtype(column))])


def narrowed(values: Array) -> Array:
    """Return whole numbers in the narrowest type that holds them all; anything else as it is."""
    if values.dtype.kind not in "iu" or not values.size:
        return values
    lowest, highest = int(values.min()), int(values.max())
    family = "u" if lowest >= 0 else "i"
    bits = (
        highest.bit_length() if family == "u" else max(highest.bit_length(), (-lowest - 1).bit_length()) + 1
    )
    width = next(width for width in (8, 16, 32, 64) if bits <= width)
    return values.astype(f"{family}{width // 8}", copy=False)


def _check_messages(content: memoryview, start: int) -> None:
    """Refuse compressed bodies: what they claim to hold would be allocated before it is found to be a lie."""
    source = pa.BufferReader(pa.py_buffer(content[start:]))
    while True:
        try:
            message = pa.ipc.read_message(source)
        except EOFError:
            return
        if message.type == "dictionary" or (
            message.type == "record batch" and is_compressed(message.metadata)
        ):
            raise StateError("is no saved histogram: its tables are compressed or hold dictionaries")


def _check_types(schema: pa.Schema) -> None:
    for field in schema:
        simple = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        if not (simple or pa.types.is_binary(field.type)):
            raise StateError(f"is no saved histogram: column {field.name!r:.80} is {field.type}")


def _dtype(column: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(column.type.to_pandas_dtype())
    return dtype


def _window(chunk: pa.Array) -> slice:
    return slice(chunk.offset, chunk.offset + len(chunk))


def table_of(columns: Mapping[str, Array]) -> pa.Table:
    """Return arrays of equal length as a table, without a copy."""
    return pa.table({name: pa.array(values) for name, values in columns.items()})
