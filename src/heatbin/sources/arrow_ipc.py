"""Arrow IPC: files (Feather version 2 is the same), read in windows, and streams, read in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar, TypeAlias

import pyarrow as pa

from heatbin.errors import BadInputError
from heatbin.sources.arrow_layout import Layout
from heatbin.sources.base import Part, RowGroup
from heatbin.sources.formats import Footer
from heatbin.sources.messages import FILE_MAGIC, Header, headers
from heatbin.sources.stores import File, LocalStore
from heatbin.sources.windows import Windows, slices

__all__ = ["FEATHER_1", "FILE_MAGIC", "STREAM_MAGIC", "ArrowFormat", "row_bytes", "stream_batches"]

FEATHER_1 = b"FEA1"
STREAM_MAGIC = b"\xff\xff\xff\xff"

Runs: TypeAlias = list[tuple[int, list[RowGroup]]]
"""Pieces of record batches, by the number of the batch."""

# A record batch may be as large as the file: what is not compressed is read in pieces of this size.
PIECE_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class ArrowFormat:
    """Arrow IPC files and streams."""

    kind: ClassVar[str] = "Arrow file"

    def look(self, file: File, columns: Sequence[str]) -> Footer:
        """Return the columns of a file, and the record batches or pieces of them that it can be read in.

        Raises
        ------
        BadInputError
            When it is a Feather file of version 1.
        """
        if not _is_file(file):
            return _look_at_stream(file)
        with file.open() as opened:
            layout = Layout.of(opened)
            batches = headers(opened, layout.blocks)
        taken = _share(layout.schema, columns)
        groups = (group for number, header in enumerate(batches) for group in _pieces(number, header, taken))
        return Footer(layout.schema, tuple(groups))

    def read(self, file: File, part: Part, *, parallel: bool) -> Iterator[pa.RecordBatch]:
        """Yield the rows of pieces of record batches."""
        layout = _layout(file, part)
        if layout is None:
            with file.stream() as stream, pa.ipc.open_stream(stream) as reader:
                yield from stream_batches(reader, part.columns)
            return
        runs = [(number, list(run)) for number, run in groupby(part.row_groups, lambda group: group.number)]
        with file.open() as opened:
            found = headers(opened, layout.blocks, [number for number, _ in runs])
            in_pieces = file.store.local and not any(header.compressed for header in found)
            places = layout.places(_needed(layout.schema, part.columns)) if in_pieces else None
            if places is None:
                yield from _loaded(opened, layout.schema, runs, part.columns, parallel)
            else:
                windows = Windows(opened, layout, places)
                for header, (_, pieces) in zip(found, runs, strict=True):
                    for piece in pieces:
                        yield from windows.of(header, piece)


def _loaded(
    opened: pa.NativeFile, schema: pa.Schema, runs: Runs, columns: Sequence[str], parallel: bool
) -> Iterator[pa.RecordBatch]:
    """Yield record batches that must be unpacked, fetched, or taken whole; of these, the needed columns only."""
    fields = [schema.names.index(name) for name in _needed(schema, columns)]
    options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=parallel)
    reader = pa.ipc.open_file(opened, options=options)
    for number, pieces in runs:
        batch = reader.get_batch(number)
        for piece in pieces:
            yield from _checked(batch.slice(piece.start, piece.rows))


def stream_batches(reader: pa.RecordBatchReader, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield what a stream delivers, its values checked."""
    needed = _needed(reader.schema, columns)
    for batch in reader:
        yield from _checked(batch.select(needed))


def row_bytes(schema: pa.Schema) -> float:
    """Return about how many bytes a row of these columns takes."""
    return sum(_width(type_) for type_ in schema.types)


def _layout(file: File, part: Part) -> Layout | None:
    """Return what a file says of itself; None of a stream."""
    return _kept_layout(file.path, part.fingerprint) if file.store.local else _read_layout(file)


@lru_cache(maxsize=64)
def _kept_layout(path: str, fingerprint: tuple[Any, ...]) -> Layout | None:
    file = File(path, LocalStore())
    layout = _read_layout(file)
    if file.fingerprint() != fingerprint:
        raise ValueError("it was changed while it was read")
    return layout


def _read_layout(file: File) -> Layout | None:
    if not _is_file(file):
        return None
    with file.open() as opened:
        return Layout.of(opened)


def _is_file(file: File) -> bool:
    head = file.head(len(FILE_MAGIC))
    if head.startswith(FEATHER_1):
        raise BadInputError(
            f"{file.path} is a Feather file of version 1, which is no Arrow file; "
            "pyarrow.feather.read_table reads it, and write_feather writes version 2",
            path=file.path,
        )
    return head == FILE_MAGIC


def _look_at_stream(file: File) -> Footer:
    with file.stream() as stream, pa.ipc.open_stream(stream) as reader:
        schema = reader.schema
    size = file.fingerprint()[0]
    rows = max(1, int(size / max(1.0, row_bytes(schema))))
    return Footer(schema, (RowGroup(0, rows, size),), counted=False)


def _pieces(number: int, header: Header, taken: float) -> Iterator[RowGroup]:
    step = max(1, header.rows) if header.compressed else PIECE_ROWS
    for start in range(0, header.rows, step):
        rows = min(step, header.rows - start)
        yield RowGroup(number, rows, int(header.size * taken * rows / header.rows), start=start)


def _needed(schema: pa.Schema, columns: Sequence[str]) -> list[str]:
    """Return the columns of a schema that these columns are, or are nested in; one column where none is needed."""
    return [name for name in schema.names if _is_needed(name, columns)] or schema.names[:1]


def _is_needed(name: str, columns: Sequence[str]) -> bool:
    return any(column == name or column.startswith(f"{name}.") for column in columns)


def _checked(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for piece in slices(batch):
        piece.validate(full=True)
        yield piece


def _share(schema: pa.Schema, columns: Sequence[str]) -> float:
    """Return about which part of the bytes of a row these columns take."""
    needed = (schema.field(i).type for i, name in enumerate(schema.names) if _is_needed(name, columns))
    return sum(map(_width, needed)) / max(1.0, row_bytes(schema))


def _width(type_: pa.DataType) -> float:
    """Return the bytes of a value; of text and the like, what is common."""
    try:
        return float(type_.bit_width) / 8
    except ValueError:
        return 16.0
