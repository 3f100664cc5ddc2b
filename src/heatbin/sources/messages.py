"""The messages of an Arrow IPC file: how many rows each record batch has and where its values lie, undecoded.

pyarrow tells this only of batches that it has loaded, and loading one reads, or decompresses, all of it. Both the
footer and the messages are FlatBuffers: tables whose fields are found through a small table of offsets. The
layouts are those of ``format/File.fbs``, ``format/Message.fbs`` and ``format/Schema.fbs`` of Apache Arrow.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["Blocks", "Header", "blocks", "dictionaries_alone", "headers"]

FILE_MAGIC = b"ARROW1"

# Slots of the fields of these tables.
FOOTER_SCHEMA, FOOTER_DICTIONARIES, FOOTER_RECORD_BATCHES = 1, 2, 3
SCHEMA_ENDIANNESS = 0
MESSAGE_HEADER_TYPE, MESSAGE_HEADER, MESSAGE_BODY_LENGTH = 1, 2, 3
BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION = 0, 1, 2, 3
RECORD_BATCH = 3
UINT8, INT16, UINT16, INT32, UINT32, INT64 = map(struct.Struct, ("<B", "<h", "<H", "<i", "<I", "<q"))
BLOCK = struct.Struct("<qi4xq")
# Of a column its length and how many are null; of a buffer its place in the body and its length.
PAIR = struct.Struct("<qq")
CONTINUATION = b"\xff\xff\xff\xff"
# Behind the sign and what fills it up to 8 bytes, a file is laid out as a stream: its schema comes first.
SCHEMA_PLACE = 8


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a footer says of the file: where its messages are.

    Parameters
    ----------
    batches, dictionaries : bytes
        The footer's own entries, one after the other: a place, the bytes of the message, those of its body.
    native : bool
        Whether its numbers have the order of bytes that this machine has.
    """

    batches: bytes
    dictionaries: bytes
    native: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What the message of a record batch says.

    Parameters
    ----------
    rows : int
        How many it has.
    size : int
        How many bytes it takes in the file.
    compressed : bool
        Whether its buffers are.
    body : int
        Where its buffers begin, in the file.
    nodes, buffers : bytes
        For each column its length and number of nulls; for each buffer where it begins in the body, and its length.
    """

    rows: int
    size: int
    compressed: bool
    body: int
    nodes: bytes
    buffers: bytes

    def node(self, number: int) -> tuple[int, int]:
        """Return how many values a column has, and how many are null."""
        return _pair(self.nodes, number)

    def buffer(self, number: int) -> tuple[int, int]:
        """Return where in the file a buffer begins, and how many bytes it has.

        Raises
        ------
        ValueError
            When it is not within the body.
        """
        start, size = _pair(self.buffers, number)
        if not 0 <= size <= self.size or not 0 <= start <= self.size - size:
            raise ValueError(f"a buffer of {size} bytes lies outside its record batch")
        return self.body + start, size


def blocks(opened: pa.NativeFile) -> Blocks:
    """Return where the messages of an IPC file are.

    Raises
    ------
    ValueError
        When the file is damaged.
    """
    with _finding():
        footer = _footer(opened)
        little = _Table(footer.data, footer.target(FOOTER_SCHEMA)).number(SCHEMA_ENDIANNESS, INT16) == 0
        batches, dictionaries = (
            footer.vector(slot, BLOCK.size) for slot in (FOOTER_RECORD_BATCHES, FOOTER_DICTIONARIES)
        )
        return Blocks(batches, dictionaries, little == (sys.byteorder == "little"))


def headers(opened: pa.NativeFile, found: Blocks, numbers: Sequence[int] | None = None) -> list[Header]:
    """Return the headers of record batches of an IPC file; of all, if no numbers are given, in the footer's order.

    Raises
    ------
    ValueError
        When the file is damaged.
    """
    chosen = range(len(found.batches) // BLOCK.size) if numbers is None else numbers
    with _finding():
        return [_header(opened, *BLOCK.unpack_from(found.batches, n * BLOCK.size)) for n in chosen]


def dictionaries_alone(opened: pa.NativeFile, found: Blocks) -> bytes:
    """Return a stream with all dictionaries of a file, and its first record batch with no rows.

    pyarrow gives dictionaries with the columns that need them only, and those it loads whole.

    Raises
    ------
    ValueError
        When the file is damaged.
    """
    with _finding():
        prefix = _prefix(opened.read_at(8, SCHEMA_PLACE))
        size = _unpack(INT32, opened.read_at(4, SCHEMA_PLACE + prefix - 4), 0)
        messages = [_piece(opened, SCHEMA_PLACE, prefix + size)]
        for place, *sizes in BLOCK.iter_unpack(found.dictionaries):
            messages.append(_piece(opened, place, sum(sizes)))
        place, size, _ = BLOCK.unpack_from(found.batches)
        return b"".join([*messages, _emptied(_piece(opened, place, size))])


@contextmanager
def _finding() -> Iterator[None]:
    """Turn what offsets that point nowhere raise into a `ValueError`."""
    try:
        yield
    except (struct.error, IndexError) as error:
        raise ValueError(f"its footer points to where nothing is ({error})") from error


class _Table:
    """A FlatBuffers table."""

    __slots__ = ("_entries", "_offsets", "_place", "data")

    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self._place = place
        self._offsets = place - _unpack(INT32, data, place)
        self._entries = _unpack(UINT16, data, self._offsets)

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, _unpack(UINT32, data, 0))

    def field(self, slot: int) -> int | None:
        """Return where a field is; None where it has its default."""
        entry = 4 + 2 * slot
        if entry >= self._entries:
            return None
        offset = _unpack(UINT16, self.data, self._offsets + entry)
        return self._place + offset if offset else None

    def number(self, slot: int, kind: struct.Struct) -> int:
        """Return the value of a field."""
        place = self.field(slot)
        return 0 if place is None else _unpack(kind, self.data, place)

    def target(self, slot: int) -> int:
        """Return where what a field points to is."""
        place = self.field(slot)
        if place is None:
            raise ValueError("a needed field is missing")
        return place + _unpack(UINT32, self.data, place)

    def vector(self, slot: int, width: int) -> bytes:
        """Return the entries that a field points to, of `width` bytes each; none if it is missing."""
        if self.field(slot) is None:
            return b""
        first = self.target(slot) + 4
        size = _unpack(UINT32, self.data, first - 4) * width
        if first + size > len(self.data):
            raise ValueError(f"a list of {size} bytes is longer than what holds it")
        return self.data[first : first + size]


def _unpack(kind: struct.Struct, data: bytes, place: int) -> int:
    if place < 0:
        raise ValueError("an offset is negative")
    return kind.unpack_from(data, place)[0]  # type: ignore[no-any-return]


def _pair(pairs: bytes, number: int) -> tuple[int, int]:
    if (number + 1) * PAIR.size > len(pairs):
        raise ValueError("a record batch has fewer columns than its schema")
    first, second = PAIR.unpack_from(pairs, number * PAIR.size)
    return int(first), int(second)


def _footer(opened: pa.NativeFile) -> _Table:
    tail = 4 + len(FILE_MAGIC)
    size = opened.size()
    end = opened.read_at(tail, max(0, size - tail))
    if not end.endswith(FILE_MAGIC) or len(end) < tail:
        raise ValueError("it has no footer; it may be cut off")
    length = _unpack(INT32, end, 0)
    if not 0 < length <= size - tail:
        raise ValueError(f"its footer claims {length} bytes")
    return _Table.root(_piece(opened, size - tail - length, length))


def _header(opened: pa.NativeFile, place: int, metadata_bytes: int, body_bytes: int) -> Header:
    within = place >= 0 and metadata_bytes >= 0 and body_bytes >= 0
    if not within or place + metadata_bytes + body_bytes > opened.size():
        raise ValueError("a record batch lies outside the file")
    _, batch = _record_batch(_piece(opened, place, metadata_bytes))
    rows = batch.number(BATCH_LENGTH, INT64)
    if rows < 0:
        raise ValueError(f"a record batch claims {rows} rows")
    nodes, buffers = (batch.vector(slot, PAIR.size) for slot in (BATCH_NODES, BATCH_BUFFERS))
    compressed = batch.field(BATCH_COMPRESSION) is not None
    return Header(rows, body_bytes, compressed, place + metadata_bytes, nodes, buffers)


def _record_batch(message: bytes) -> tuple[_Table, _Table]:
    """Return the two tables of the message of a record batch."""
    table = _Table.root(message[_prefix(message) :])
    if table.number(MESSAGE_HEADER_TYPE, UINT8) != RECORD_BATCH:
        raise ValueError("what should be a record batch is none")
    return table, _Table(table.data, table.target(MESSAGE_HEADER))


def _prefix(message: bytes) -> int:
    """Return how long the prefix of a message is: its length, and since version 0.15 four bytes of ones before."""
    return 8 if message.startswith(CONTINUATION) else 4


def _emptied(message: bytes) -> bytes:
    """Return the message of a record batch that says of everything in it that there is none."""
    table, batch = _record_batch(message)
    first = len(message) - len(table.data)
    empty = bytearray(message)
    for place in (table.field(MESSAGE_BODY_LENGTH), batch.field(BATCH_LENGTH)):
        if place is not None:
            INT64.pack_into(empty, first + place, 0)
    for slot in (BATCH_NODES, BATCH_BUFFERS):
        size = len(batch.vector(slot, PAIR.size))
        if size:
            start = first + batch.target(slot) + 4
            empty[start : start + size] = bytes(size)
    return bytes(empty)


def _piece(opened: pa.NativeFile, start: int, size: int) -> bytes:
    if start < 0 or size < 0 or start + size > opened.size():
        raise ValueError("a message lies outside the file")
    return bytes(opened.read_at(size, start))
