"""Parquet: footers first, then the needed columns of the needed row groups, in small batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from heatbin.errors import BadInputError
from heatbin.sources.base import BATCH_ROWS, Part, RowGroup
from heatbin.sources.formats import Footer
from heatbin.sources.statistics import bounds_of
from heatbin.sources.stores import File
from heatbin.sources.types import type_at
from heatbin.units import format_bytes

__all__ = ["CHUNK_BYTES", "ParquetFormat"]

# A column chunk is streamed through a buffer of this size; read ahead, pyarrow would hold whole row groups.
BUFFER_BYTES = 1 << 20

# What a footer may claim. Real ones stay far below: a thousand columns take 1 MB, and a list has as many
# entries as there are columns or row groups.
FOOTER_STRING_BYTES = 1 << 26
FOOTER_LIST_ENTRIES = 1 << 18

CHUNK_BYTES = 1 << 33
"""What one column of one row group may decode to: a billion doubles."""


@dataclass(frozen=True, slots=True)
class ParquetFormat:
    """Parquet files.

    Parameters
    ----------
    chunk_bytes : int, optional
        What one column of one row group may claim to decode to.
    """

    kind: ClassVar[str] = "Parquet file"
    chunk_bytes: int = CHUNK_BYTES

    def look(self, file: File, columns: Sequence[str]) -> Footer:
        """Return the columns and row groups of a file.

        Raises
        ------
        BadInputError
            When its footer claims what cannot be, or parts of the file are encrypted or in other files.
        """
        with file.open() as opened:
            size = opened.size()
            with _open(opened) as parquet:
                schema, metadata = parquet.schema_arrow, parquet.metadata
            _refuse_encrypted(file.path, opened, metadata.serialized_size)
        types = {column: type_at(schema, column, file.path) for column in columns}
        leaves = _leaves(metadata, [column for column, type_ in types.items() if type_ is not None])
        groups = tuple(
            self._row_group(file.path, metadata.row_group(i), i, leaves, types, size)
            for i in range(metadata.num_row_groups)
        )
        return Footer(schema, groups)

    def read(self, file: File, part: Part, columns: Sequence[str], *, parallel: bool) -> Iterator[pa.RecordBatch]:
        """Yield the rows of row groups."""
        numbers = [group.number for group in part.row_groups]
        with file.open() as opened, _open(opened) as parquet:
            wanted = list(columns) or parquet.schema_arrow.names[:1]
            if file.store.local:
                yield from parquet.iter_batches(BATCH_ROWS, numbers, wanted, use_threads=parallel)
                return
            metadata = parquet.metadata
        for number in numbers:
            # One request a column chunk, all at once; a file object for each row group lets go of the last one.
            with file.open() as opened, _open(opened, metadata=metadata, pre_buffer=True) as parquet:
                yield from parquet.iter_batches(BATCH_ROWS, [number], wanted, use_threads=parallel)

    def _row_group(
        self,
        path: str,
        group: pq.RowGroupMetaData,
        number: int,
        leaves: dict[str, list[int]],
        types: dict[str, pa.DataType | None],
        size: int,
    ) -> RowGroup:
        if group.num_rows < 0:
            raise BadInputError(f"{path} claims {group.num_rows} rows in row group {number}: it is damaged", path=path)
        chunks = {column: [group.column(leaf) for leaf in found] for column, found in leaves.items()}
        for column, found in chunks.items():
            for chunk in found:
                self._check_claims(path, column, number, chunk, size)
        bounds = {c: bounds_of(found[0], types[c]) for c, found in chunks.items() if len(found) == 1}
        taken = sum(chunk.total_compressed_size for found in chunks.values() for chunk in found)
        return RowGroup(number, group.num_rows, taken, bounds)

    def _check_claims(self, path: str, column: str, number: int, chunk: pq.ColumnChunkMetaData, size: int) -> None:
        if chunk.file_path:
            raise BadInputError(
                f"{path} is an index of other files, such as {chunk.file_path}; pass its folder", path=path
            )
        if not 0 <= chunk.total_compressed_size <= size or chunk.total_uncompressed_size < 0:
            raise BadInputError(
                f"{path} has {size} bytes, and claims {chunk.total_compressed_size} for column {column!r} "
                f"of row group {number}: it is damaged",
                path=path,
                row_group=number,
            )
        if chunk.total_uncompressed_size > self.chunk_bytes:
            raise BadInputError(
                f"column {column!r} in row group {number} of {path} claims to decode to "
                f"{format_bytes(chunk.total_uncompressed_size)}, more than {format_bytes(self.chunk_bytes)}; "
                f"the option chunk_bytes raises this limit",
                path=path,
                row_group=number,
            )


def _open(
    opened: pa.NativeFile, *, metadata: pq.FileMetaData | None = None, pre_buffer: bool = False
) -> pq.ParquetFile:
    return pq.ParquetFile(
        opened,
        metadata=metadata,
        pre_buffer=pre_buffer,
        buffer_size=0 if pre_buffer else BUFFER_BYTES,
        thrift_string_size_limit=FOOTER_STRING_BYTES,
        thrift_container_size_limit=FOOTER_LIST_ENTRIES,
        page_checksum_verification=True,
        arrow_extensions_enabled=False,
    )


def _refuse_encrypted(path: str, opened: pa.NativeFile, used: int) -> None:
    """Refuse a footer longer than its metadata: signed, for encrypted columns, which abort the process when asked for."""
    opened.seek(-8, os.SEEK_END)
    length = int.from_bytes(opened.read(4), "little")
    if length != used:
        raise BadInputError(f"{path} has encrypted columns, or a damaged footer; write it without encryption", path=path)


def _leaves(metadata: pq.FileMetaData, columns: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers of the column chunks that each column is made of."""
    found: dict[str, list[int]] = {column: [] for column in columns}
    for i in range(metadata.num_columns) if columns else ():
        path = metadata.schema.column(i).path
        steps = path.split(".")
        for name in {path, *(".".join(steps[:depth]) for depth in range(1, len(steps)))}:
            if name in found:
                found[name].append(i)
    return found
