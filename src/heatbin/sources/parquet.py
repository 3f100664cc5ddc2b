"""Parquet: footers first, then the needed columns of the needed row groups, in small batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from heatbin.errors import BadInputError
from heatbin.sources.arrow_types import is_text, type_at
from heatbin.sources.base import BATCH_ROWS, FEW_COLUMNS, LONG_BATCH_ROWS, Part, RowGroup
from heatbin.sources.footers import Footers, Looks
from heatbin.sources.formats import Footer
from heatbin.sources.statistics import Read, bounds_of, reader_of
from heatbin.sources.stores import File
from heatbin.units import format_bytes

__all__ = ["CHUNK_BYTES", "ParquetFormat", "batch_rows"]

# A column chunk is streamed through a buffer of this size; read ahead, pyarrow would hold whole row groups.
BUFFER_BYTES = 1 << 18

# Decoding goes from column to column in each batch, and dictionaries larger than the nearer caches drive each other
# out: whole batches of them take a twentieth less time than halves, and long ones another. Without any, rows are
# binned sooner in halves.
LARGE_DICTIONARY_BYTES = 1 << 20

# What a footer may claim. Real ones stay far below: a thousand columns take 1 MB, and a list has as many
# entries as there are columns or row groups.
FOOTER_STRING_BYTES = 1 << 26
FOOTER_LIST_ENTRIES = 1 << 18

LOOKS = Looks()

CHUNK_BYTES = 1 << 33
"""What one column of one row group may decode to: a billion doubles."""


@dataclass(frozen=True, slots=True)
class ParquetFormat:
    """Parquet files.

    Parameters
    ----------
    chunk_bytes : int, optional
        What one column of one row group may claim to decode to.
    footers : Footers, optional
        Those that were parsed already.
    """

    kind: ClassVar[str] = "Parquet file"
    chunk_bytes: int = CHUNK_BYTES
    footers: Footers = field(default_factory=Footers, compare=False, repr=False)

    def look(self, file: File, columns: Sequence[str]) -> Footer:
        """Return the columns and row groups of a file.

        Raises
        ------
        BadInputError
            When its footer claims what cannot be, or needed columns are encrypted or in other files.
        """
        asked = (tuple(columns), self.chunk_bytes)
        known = LOOKS.of(file, asked, self.footers)
        if known is None:
            known = self._look(file, columns)
            LOOKS.keep(file, asked, known, self.footers)
        return known

    def _look(self, file: File, columns: Sequence[str]) -> Footer:
        with file.open() as opened, self._parsed(file, opened) as parquet:
            schema = parquet.schema_arrow
            types = {column: type_at(schema, column, file.path) for column in columns}
            found = {column: type_ for column, type_ in types.items() if type_ is not None}
            claims = _Claims(file.path, opened.size(), parquet, _leaves(parquet, found), self.chunk_bytes)
            return Footer(schema, tuple(claims.row_group(number) for number in range(parquet.num_row_groups)))

    def read(self, file: File, part: Part, *, parallel: bool) -> Iterator[pa.RecordBatch]:
        """Yield the rows of row groups."""
        numbers, rows = [group.number for group in part.row_groups], batch_rows(part)
        with file.open() as opened, self._parsed(file, opened) as parquet:
            # Rows are counted by their values, never by what the footer says.
            wanted = part.columns or parquet.schema_arrow.names[:1]
            if file.store.local:
                yield from parquet.iter_batches(rows, numbers, wanted, use_threads=parallel)
                return
            metadata = parquet.metadata
        for number in numbers:
            # One request a column chunk, all at once; a file object for each row group lets go of the last one.
            with file.open() as opened, _open(opened, metadata=metadata, pre_buffer=True) as parquet:
                yield from parquet.iter_batches(rows, [number], wanted, use_threads=parallel)

    def _parsed(self, file: File, opened: pa.NativeFile) -> pq.ParquetFile:
        """Return the reader of an open file, its footer parsed once for each version of the file."""
        known = self.footers.of(file)
        parquet = _open(opened, metadata=known)
        if known is None:
            self.footers.keep(file, parquet.metadata)
        return parquet


def batch_rows(part: Part) -> int:
    """Return how many rows of a part are read at a time."""
    if all(group.dictionary_bytes <= LARGE_DICTIONARY_BYTES for group in part.row_groups):
        return BATCH_ROWS // 2
    # Text takes as much memory as it is long.
    long = len(part.schema) > FEW_COLUMNS and not any(map(is_text, part.schema.types))
    return LONG_BATCH_ROWS if long else BATCH_ROWS


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A column of numbers or texts as a file stores it: a column chunk in each row group."""

    number: int
    physical_type: str
    read: Read | None


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a footer claims of the needed columns, none of which is believed without a look."""

    path: str
    size: int
    parquet: pq.ParquetFile
    leaves: dict[str, list[_Leaf]]
    chunk_bytes: int

    def row_group(self, number: int) -> RowGroup:
        group = self.parquet.metadata.row_group(number)
        if group.num_rows < 0:
            raise self._damage(f"{group.num_rows} rows", number)
        if self.leaves:
            self._try_to_open(number)
        taken, largest, bounds = 0, 0, {}
        for column, leaves in self.leaves.items():
            for leaf in leaves:
                chunk = self._chunk(group, leaf, column, number)
                taken += chunk.total_compressed_size
                largest = max(largest, _dictionary_bytes(chunk))
            if len(leaves) == 1:
                bounds[column] = bounds_of(chunk, leaf.read)
        return RowGroup(number, group.num_rows, taken, bounds, dictionary_bytes=largest)

    def _try_to_open(self, number: int) -> None:
        """Let the reader open column chunks, of which batches of no rows read nothing.

        It raises where asking for a chunk's metadata would abort the process: it may be encrypted, or contradict
        the schema.
        """
        leaves = [leaf.number for found in self.leaves.values() for leaf in found]
        try:
            for _ in self.parquet.reader.iter_batches(0, [number], leaves, use_threads=False):
                pass
        except OSError as error:
            if "decrypt" not in str(error):
                raise
            message = f"{self.path} has encrypted columns, {', '.join(self.leaves)} or some of them; write it without"
            raise BadInputError(message, path=self.path, row_group=number) from error

    def _chunk(
        self, group: pq.RowGroupMetaData, leaf: _Leaf, column: str, number: int
    ) -> pq.ColumnChunkMetaData:
        chunk = group.column(leaf.number)
        if chunk.physical_type != leaf.physical_type:
            # Asking for its statistics would abort the process.
            claim = f"{chunk.physical_type} for column {column!r}, which is {leaf.physical_type},"
            raise self._damage(claim, number)
        if chunk.file_path:
            raise BadInputError(
                f"{self.path} is an index of other files, such as {chunk.file_path}; pass its folder",
                path=self.path,
            )
        self._check_size(chunk, column, number)
        return chunk

    def _check_size(self, chunk: pq.ColumnChunkMetaData, column: str, number: int) -> None:
        packed, unpacked = chunk.total_compressed_size, chunk.total_uncompressed_size
        if not 0 <= packed <= self.size or unpacked < 0:
            raise self._damage(f"{packed} bytes, {unpacked} unpacked, for column {column!r}", number)
        if unpacked > self.chunk_bytes:
            raise BadInputError(
                f"column {column!r} in row group {number} of {self.path} claims to decode to {format_bytes(unpacked)}, "
                f"more than {format_bytes(self.chunk_bytes)}; the option chunk_bytes raises this limit",
                path=self.path,
                row_group=number,
            )

    def _damage(self, claim: str, number: int) -> BadInputError:
        return BadInputError(
            f"{self.path} has {self.size} bytes and claims {claim} in row group {number}: it is damaged",
            path=self.path,
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
        # The times of Spark and Impala: as nanoseconds, those before 1677 and after 2262 would silently be others.
        coerce_int96_timestamp_unit="us",
    )


def _dictionary_bytes(chunk: pq.ColumnChunkMetaData) -> int:
    """Return how large the dictionary page is, which comes before the pages of data."""
    return int(chunk.data_page_offset - chunk.dictionary_page_offset) if chunk.has_dictionary_page else 0


def _leaves(parquet: pq.ParquetFile, types: dict[str, pa.DataType]) -> dict[str, list[_Leaf]]:
    """Return what each column is made of."""
    found: dict[str, list[_Leaf]] = {column: [] for column in types}
    for i in range(parquet.metadata.num_columns) if found else ():
        stored = parquet.schema.column(i)
        steps = stored.path.split(".")
        for name in {stored.path, *(".".join(steps[:depth]) for depth in range(1, len(steps)))}:
            if name in found:
                found[name].append(_Leaf(i, stored.physical_type, reader_of(types[name], stored)))
    return found
