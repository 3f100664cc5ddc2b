"""Standard input and other pipes: an Arrow stream, told by its first bytes, or CSV, when it is said to be."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from heatbin.errors import BadInputError, UsageError
from heatbin.sources.arrow_ipc import FILE_MAGIC, STREAM_MAGIC, stream_batches
from heatbin.sources.delimited import CsvFormat, Sample, unpacked
from heatbin.sources.guard import reading
from heatbin.sources.kinds import Kinds
from heatbin.sources.streams import StreamSource

__all__ = ["is_pipe", "of_pipe"]

# An IPC file is its magic, padded to this length, and then a stream.
FILE_PREFIX_BYTES = 8


def is_pipe(path: str) -> bool:
    """Tell whether a path is standard input or another thing that can be read but once."""
    if path == "-":
        return True
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def of_pipe(path: str, kinds: Kinds) -> StreamSource:
    """Return what comes through a pipe, once, as a source.

    Parameters
    ----------
    path : str
        A dash is standard input.
    kinds : Kinds
        What it is taken for.

    Raises
    ------
    BadInputError
        When it is empty, or no Arrow stream, or damaged.
    UsageError
        When it is Parquet, which must be read from its end.
    """
    name = "standard input" if path == "-" else path
    raw = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115
    try:
        return _of_bytes(raw, name, kinds)
    except BaseException:
        _close(raw)
        raise


def _of_bytes(raw: BinaryIO, name: str, kinds: Kinds) -> StreamSource:
    head = raw.read(FILE_PREFIX_BYTES)
    if not head:
        raise BadInputError(f"{name} is empty", path=name)
    if kinds.forced == "csv":
        return _csv(_Joined(head, raw), head, name, kinds.csv)
    if kinds.forced == "parquet" or head.startswith(b"PAR1"):
        raise UsageError(
            f"{name}: Parquet cannot be read from a pipe, its footer comes last; give the file's path"
        )
    if kinds.forced is None and not head.startswith((STREAM_MAGIC, FILE_MAGIC)):
        raise BadInputError(f"{name} is no Arrow stream; for text, give the format: csv", path=name)
    if head.startswith(FILE_MAGIC):
        return _arrow(_Joined(b"", raw, dropped=len(head)), name)
    return _arrow(_Joined(head, raw), name)


def _close(raw: Any) -> None:
    """Close what was opened here; standard input is not."""
    if raw is not getattr(sys.stdin, "buffer", None):
        raw.close()


class _Joined(io.RawIOBase):
    """Bytes that were read already, and what comes after them; how many of all were `received` so far."""

    def __init__(self, head: bytes, rest: Any, *, dropped: int = 0) -> None:
        super().__init__()
        self.received = dropped
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # A pipe gives what it has: fewer bytes than asked for are not its end.
        piece = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(piece)] = piece
        self.received += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            _close(self._rest)
        super().close()


def _native(file: _Joined) -> pa.NativeFile:
    return pa.PythonFile(io.BufferedReader(file), mode="r")


def _arrow(file: _Joined, name: str) -> StreamSource:
    with reading(name, "Arrow stream"):
        reader = pa.ipc.open_stream(_native(file))

    def deliver(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with file, reading(name, "Arrow stream"):
            yield from stream_batches(reader, columns)

    return StreamSource(name, reader.schema, deliver, received=lambda: file.received)


def _csv(file: _Joined, head: bytes, name: str, format_: CsvFormat) -> StreamSource:
    with reading(name, format_.kind):
        text = unpacked(_native(file), head)
        sample = Sample.take(text, name)
        schema, _ = format_.types_of(sample)
    taken, delimiter = sample.taken, format_.delimiter or sample.delimiter

    def deliver(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        needed = pa.schema([schema.field(column) for column in columns])
        with file, reading(name, format_.kind):
            yield from format_.batches(_native(_Joined(taken, text)), needed, delimiter, name)

    return StreamSource(name, schema, deliver, received=lambda: file.received)
