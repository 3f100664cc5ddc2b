"""Parquet: footers first, then the needed columns of the needed row groups, in small batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from heatbin.errors import BadInputError, ReadError
from heatbin.sources.base import BATCH_ROWS, Bounds, LeftOut, Part, RowGroup, Survey, Task
from heatbin.sources.guard import reading

__all__ = ["SUFFIXES", "ParquetSource"]

SUFFIXES = (".parquet", ".parq", ".pq", ".parquet.snappy", ".parquet.gz", ".parquet.zst")
KIND = "Parquet file"

# A column chunk is streamed through a buffer of this size; read ahead, pyarrow would hold whole row groups.
BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class ParquetSource:
    """Parquet files with the same columns.

    Parameters
    ----------
    paths : tuple of str
        The files, sorted.
    name : str
        What errors and summaries call all of them together.
    """

    paths: tuple[str, ...]
    name: str

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns and their types, of the first file."""
        with reading(self.paths[0], KIND), _open(self.paths[0]) as file:
            return file.schema_arrow

    def survey(self, columns: Sequence[str], *, threads: int, skip: bool) -> Survey:
        """Return the files, with what their footers say of `columns`.

        Raises
        ------
        BadInputError
            When a file is damaged, or lacks a column, or has it in another type; unless these are to be skipped.
        """
        expected = {column: _type_of(self.schema, column) for column in columns}

        def look_at(path: str) -> Part | LeftOut:
            try:
                return _survey(path, expected, self.paths[0])
            except (BadInputError, ReadError) as error:
                if not skip:
                    raise
                return LeftOut(path, str(error))

        with ThreadPoolExecutor(min(threads * 4, len(self.paths))) as pool:
            found = list(pool.map(look_at, self.paths))
        parts = tuple(part for part in found if isinstance(part, Part))
        return Survey(parts, tuple(out for out in found if isinstance(out, LeftOut)))

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a task, and hold them against what its footer promised.

        Raises
        ------
        BadInputError
            When the file changed since it was planned, or is damaged, or holds fewer or more rows than promised.
        """
        path = task.part.path
        _check_unchanged(task.part)
        delivered = 0
        with reading(path, KIND), _open(path) as file:
            batches = file.iter_batches(
                BATCH_ROWS,
                row_groups=[group.number for group in task.part.row_groups],
                columns=list(columns),
                use_threads=task.parallel,
            )
            for batch in batches:
                delivered += batch.num_rows
                yield batch
        _check_unchanged(task.part)
        if delivered != task.rows:
            raise BadInputError(f"{path} promises {task.rows} rows and delivers {delivered}: it is damaged", path=path)


def fingerprint(path: str) -> tuple[int, int, int]:
    """Return what changes when a file is written to or replaced: size, modification time in ns, inode."""
    status = os.stat(path)  # noqa: PTH116
    return status.st_size, status.st_mtime_ns, status.st_ino


def _check_unchanged(part: Part) -> None:
    try:
        same = fingerprint(part.path) == part.fingerprint
    except FileNotFoundError:
        raise BadInputError(f"{part.path} was deleted while it was read", path=part.path) from None
    if not same:
        raise BadInputError(f"{part.path} was changed while it was read; run again", path=part.path)


def _open(path: str) -> pq.ParquetFile:
    if Path(path).stat().st_size == 0:
        raise BadInputError(f"{path} is empty (0 bytes), not a {KIND}", path=path)
    file = pq.ParquetFile(
        path,
        pre_buffer=False,
        buffer_size=BUFFER_BYTES,
        page_checksum_verification=True,
        arrow_extensions_enabled=False,
    )
    _refuse_encrypted(path, file.metadata.serialized_size)
    return file


def _refuse_encrypted(path: str, used: int) -> None:
    """Refuse a footer longer than its metadata: signed, for encrypted columns, which abort the process when asked for."""
    with Path(path).open("rb") as file:
        file.seek(-8, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
    if length != used:
        raise BadInputError(f"{path} has encrypted columns, or a damaged footer; write it without encryption", path=path)


def _survey(path: str, expected: dict[str, pa.DataType], first: str) -> Part:
    with reading(path, KIND):
        before = fingerprint(path)
        with _open(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
        for column, type_ in expected.items():
            _check_type(path, column, _type_of(schema, column), type_, first)
        leaves = _leaves(metadata, expected)
        groups = tuple(_row_group(metadata, i, leaves, expected) for i in range(metadata.num_row_groups))
    return Part(path, before, groups)


def _type_of(schema: pa.Schema, column: str) -> pa.DataType | None:
    """Return the type of a column or of a nested field; None where there is none."""
    if column in schema.names:
        return schema.field(column).type
    node: Any = schema
    for name in column.split("."):
        names = node.names if isinstance(node, pa.Schema) else [f.name for f in node] if pa.types.is_struct(node) else []
        if name not in names:
            return None
        node = node.field(name).type
    return node


def _check_type(path: str, column: str, found: pa.DataType | None, expected: pa.DataType, first: str) -> None:
    if found is None:
        raise BadInputError(f"{path} has no column {column!r}, which {first} has", path=path)
    if found != expected:
        raise BadInputError(f"column {column!r} is {expected} in {first}, but {found} in {path}", path=path)


def _leaves(metadata: pq.FileMetaData, columns: dict[str, pa.DataType]) -> dict[str, int]:
    """Return the number of each needed column chunk, by column."""
    paths = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    return {column: paths[column] for column in columns if column in paths}


def _row_group(metadata: pq.FileMetaData, i: int, leaves: dict[str, int], types: dict[str, pa.DataType]) -> RowGroup:
    group = metadata.row_group(i)
    chunks = {column: group.column(leaf) for column, leaf in leaves.items()}
    bounds = {column: _bounds(chunk, types[column]) for column, chunk in chunks.items()}
    return RowGroup(i, group.num_rows, sum(chunk.total_compressed_size for chunk in chunks.values()), bounds)


def _bounds(chunk: pq.ColumnChunkMetaData, type_: pa.DataType) -> Bounds:
    statistics = chunk.statistics
    if statistics is None:
        return Bounds()
    nulls = statistics.null_count if statistics.has_null_count else None
    if not statistics.has_min_max:
        return Bounds(nulls=nulls)
    as_number = _reader_of_bounds(type_, statistics)
    return Bounds(as_number(statistics.min_raw), as_number(statistics.max_raw), nulls) if as_number else Bounds(nulls=nulls)


def _reader_of_bounds(type_: pa.DataType, statistics: pq.Statistics) -> Any:
    """Return what makes a number of the column out of a footer's raw one; None where that is not sure."""
    types, physical = pa.types, statistics.physical_type
    if types.is_floating(type_) and physical in ("FLOAT", "DOUBLE"):
        return float
    if types.is_integer(type_) and physical in ("INT32", "INT64"):
        return (lambda raw: int(raw) % (1 << type_.bit_width)) if types.is_unsigned_integer(type_) else int
    if types.is_boolean(type_):
        return int
    return int if physical in ("INT32", "INT64") and _same_unit(type_, statistics) else None


def _same_unit(type_: pa.DataType, statistics: pq.Statistics) -> bool:
    """Tell whether a footer counts in the unit of the Arrow column."""
    logical = str(statistics.logical_type)
    if pa.types.is_date32(type_):
        return logical.startswith("Date")
    units = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
    if pa.types.is_timestamp(type_) or pa.types.is_time(type_):
        return f"timeUnit={units.get(type_.unit)}" in logical
    return bool(pa.types.is_decimal(type_)) and f"scale={type_.scale}" in logical
