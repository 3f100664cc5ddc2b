"""CSV and TSV, packed or not: columns get their type once, from a look at the beginning, and rows are streamed.

A file that the look reaches the end of (`SAMPLE_BYTES` of text) has its types for sure. Of a longer file, columns
that look like whole numbers are read as float64, since ``1.5`` may come later; that changes no bin, as floats hold
all whole numbers up to 2**53. A larger one is an error, not a rounding; the option `types` decides then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from heatbin.errors import BadInputError
from heatbin.sources.base import Part, RowGroup
from heatbin.sources.formats import Footer
from heatbin.sources.stores import File
from heatbin.sources.windows import slices

__all__ = ["SAMPLE_BYTES", "CsvFormat", "Sample", "unpacked"]

SAMPLE_BYTES = 1 << 22
BLOCK_BYTES = 1 << 20

PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
PACKED_RATIO = 4
PACKED_SUFFIXES = (".gz", ".zst", ".bz2")
TAB_SUFFIXES = (".tsv", ".tab")
DELIMITERS = (",", ";", "\t", "|")
HEADER_BYTES = 1 << 16

# What a field of a schema notes of a column whose whole numbers are read as floats.
WHOLE_NUMBERS = {b"heatbin": b"whole numbers"}
LARGEST_WHOLE_NUMBER = 1 << 53


@dataclass(frozen=True)
class Sample:
    """The beginning of a text.

    Parameters
    ----------
    taken : bytes
        All that was read of it.
    whole : bool
        Whether there is no more.
    path : str
        Where it is from.
    """

    taken: bytes
    whole: bool
    path: str

    @classmethod
    def take(cls, stream: pa.NativeFile, path: str, size: int = SAMPLE_BYTES) -> Sample:
        """Read the sample of a stream."""
        taken = bytes(stream.read(size))
        return cls(taken, len(taken) < size, path)

    @cached_property
    def lines(self) -> bytes:
        """Its whole lines."""
        return self.taken if self.whole else self.taken[: _end_of_lines(self.taken)]

    @property
    def delimiter(self) -> str:
        """What most likely stands between its columns."""
        name = PurePath(self.path)
        suffix = PurePath(name.stem).suffix if name.suffix.lower() in PACKED_SUFFIXES else name.suffix
        if suffix.lower() in TAB_SUFFIXES:
            return "\t"
        header = self.taken.partition(b"\n")[0].decode(errors="replace")
        unquoted = "".join(header.split('"')[::2])
        return max(DELIMITERS, key=unquoted.count)


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Text with one row a line, and columns between delimiters.

    Parameters
    ----------
    delimiter : str, optional
        What stands between columns; a tab for ``.tsv`` and ``.tab``, else what the first line suggests.
    decimal : str, optional
        What stands before the fraction of a number.
    encoding : str, optional
        How letters are written.
    names : tuple of str, optional
        The columns, for a text without a header line.
    types : mapping of str to pyarrow.DataType, optional
        Those of some columns.
    """

    kind: ClassVar[str] = "CSV file"
    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf8"
    names: tuple[str, ...] = ()
    types: Mapping[str, pa.DataType] = field(default_factory=dict)

    def look(self, file: File, columns: Sequence[str]) -> Footer:  # noqa: ARG002
        """Return the columns of a file, and about how many rows it has."""
        sample = self._sample(file, SAMPLE_BYTES)
        schema, rows = self.types_of(sample)
        size = file.fingerprint()[0]
        if not sample.whole:
            ratio = PACKED_RATIO if _packing(file.head(4)) else 1
            rows = max(1, int(rows * size * ratio / len(sample.lines)))
        return Footer(schema, (RowGroup(0, rows, size),), counted=sample.whole)

    def read(self, file: File, part: Part, *, parallel: bool) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """Yield the rows of a file, from its first to its last."""
        delimiter = self.delimiter or self._sample(file, HEADER_BYTES).delimiter
        with file.stream() as stream:
            yield from self.batches(unpacked(stream, file.head(4)), part.schema, delimiter, file.path)

    def _sample(self, file: File, size: int) -> Sample:
        with file.stream() as stream:
            return Sample.take(unpacked(stream, file.head(4)), file.path, size)

    def types_of(self, sample: Sample) -> tuple[pa.Schema, int]:
        """Return the columns of a text by its sample, and how many rows that has."""
        with pa.BufferReader(sample.lines) as text:
            table = pa.csv.read_csv(
                text,
                read_options=self._reading(),
                parse_options=self._parsing(self.delimiter or sample.delimiter),
                convert_options=pa.csv.ConvertOptions(column_types=self.types, decimal_point=self.decimal),
            )
        settled = (self._settled(column, sample.whole) for column in table.schema)
        return pa.schema(list(settled)), table.num_rows

    def batches(
        self, stream: pa.NativeFile, schema: pa.Schema, delimiter: str, path: str
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a text, its columns in the types of `schema`.

        Raises
        ------
        BadInputError
            When a value is not of the type of its column.
        """
        converting = pa.csv.ConvertOptions(
            include_columns=schema.names,
            column_types={column.name: column.type for column in schema},
            decimal_point=self.decimal,
        )
        try:
            with pa.csv.open_csv(stream, self._reading(), self._parsing(delimiter), converting) as reader:
                for batch in reader:
                    for column in schema:
                        _check_whole_numbers(batch, column, path)
                    yield from slices(batch)
        except pa.ArrowInvalid as error:
            if "conversion error" not in str(error):
                raise
            raise BadInputError(
                f"{path}: {error}; the beginning suggested this type, the option types gives another",
                path=path,
            ) from error

    def _settled(self, column: pa.Field, whole: bool) -> pa.Field:
        """Return a column in the type that it is read in, whatever comes after the sample."""
        if whole or column.name in self.types:
            return column
        if pa.types.is_integer(column.type):
            return pa.field(column.name, pa.float64(), metadata=WHOLE_NUMBERS)
        return column.with_type(pa.float64()) if pa.types.is_null(column.type) else column

    def _reading(self) -> pa.csv.ReadOptions:
        return pa.csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            encoding=self.encoding,
            column_names=list(self.names) or None,
        )

    def _parsing(self, delimiter: str) -> pa.csv.ParseOptions:
        return pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)


def unpacked(stream: pa.NativeFile, head: bytes) -> pa.NativeFile:
    """Return a stream of text, unpacked if its first bytes say that it is packed."""
    packing = _packing(head)
    return pa.CompressedInputStream(stream, packing) if packing else stream


def _packing(head: bytes) -> str | None:
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), None)


def _end_of_lines(text: bytes) -> int:
    """Return the place after the last line break that is not inside quotes; the end if there is none."""
    end = text.rfind(b"\n")
    quotes = text.count(b'"', 0, end)
    while end > 0 and quotes % 2:
        # Counted anew for each line, quotes took a minute in a text whose first one is never closed.
        before = text.rfind(b"\n", 0, end)
        quotes -= text.count(b'"', before + 1, end)
        end = before
    return end + 1 if end > 0 else len(text)


def _check_whole_numbers(batch: pa.RecordBatch, column: pa.Field, path: str) -> None:
    """Fail where a column of whole numbers goes beyond what floats hold exactly."""
    if column.metadata != WHOLE_NUMBERS or not batch.num_rows:
        return
    values = batch.column(column.name)
    ends = pc.min_max(values.filter(pc.is_finite(values)))
    largest = max(abs(ends["min"].as_py() or 0), abs(ends["max"].as_py() or 0))
    if largest >= LARGEST_WHOLE_NUMBER:
        raise BadInputError(
            f"column {column.name!r} of {path} begins with whole numbers and goes on to {largest:.17g}, which float64 "
            f"may not hold exactly; the option types says what it is: int64 or float64",
            path=path,
        )
