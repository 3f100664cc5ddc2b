"""The messages of an Arrow IPC file: how many rows each record batch has, without decoding it.

pyarrow tells this only of batches that it has loaded, and loading a compressed one decompresses it. Both the
footer and the messages are FlatBuffers: tables whose fields are found through a small table of offsets. The
layouts are those of ``format/File.fbs`` and ``format/Message.fbs`` of Apache Arrow.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["Header", "headers"]

FILE_MAGIC = b"ARROW1"

# Slots of the fields of these tables.
FOOTER_RECORD_BATCHES = 3
MESSAGE_HEADER_TYPE, MESSAGE_HEADER = 1, 2
BATCH_LENGTH, BATCH_COMPRESSION = 0, 3
RECORD_BATCH = 3
BLOCK = struct.Struct("<qi4xq")


@dataclass(frozen=True, slots=True)
class Header:
    """What the message of a record batch says.

    Parameters
    ----------
    rows : int
        How many it has.
    bytes : int
        How many it takes in the file.
    compressed : bool
        Whether its buffers are.
    """

    rows: int
    bytes: int
    compressed: bool


def headers(opened: pa.NativeFile, numbers: Sequence[int] | None = None) -> list[Header]:
    """Return the headers of record batches of an IPC file; of all, if no numbers are given, in the footer's order.

    Raises
    ------
    ValueError
        When the file is damaged.
    """
    try:
        blocks = _blocks(opened)
        chosen = blocks if numbers is None else [blocks[number] for number in numbers]
        return [_header(opened, *BLOCK.unpack(block)) for block in chosen]
    except (struct.error, IndexError) as error:
        raise ValueError(f"its footer points to where nothing is ({error})") from error


@dataclass(frozen=True, slots=True)
class _Table:
    """A FlatBuffers table."""

    data: bytes
    place: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, _unpack("<I", data, 0))

    def field(self, slot: int) -> int | None:
        """Return where a field is; None where it has its default."""
        offsets = self.place - _unpack("<i", self.data, self.place)
        entry = 4 + 2 * slot
        if entry >= _unpack("<H", self.data, offsets):
            return None
        offset = _unpack("<H", self.data, offsets + entry)
        return self.place + offset if offset else None

    def number(self, slot: int, format_: str) -> int:
        place = self.field(slot)
        return 0 if place is None else _unpack(format_, self.data, place)

    def target(self, slot: int) -> int:
        """Return where what a field points to is."""
        place = self.field(slot)
        if place is None:
            raise ValueError("a needed field is missing")
        return place + _unpack("<I", self.data, place)


def _unpack(format_: str, data: bytes, place: int) -> int:
    if place < 0:
        raise ValueError("an offset is negative")
    return int(struct.unpack_from(format_, data, place)[0])


def _blocks(opened: pa.NativeFile) -> list[bytes]:
    """Return the footer's entries for record batches."""
    tail = 4 + len(FILE_MAGIC)
    size = opened.size()
    opened.seek(max(0, size - tail))
    end = bytes(opened.read(tail))
    if not end.endswith(FILE_MAGIC) or len(end) < tail:
        raise ValueError("it has no footer; it may be cut off")
    length = _unpack("<i", end, 0)
    if not 0 < length <= size - tail:
        raise ValueError(f"its footer claims {length} bytes")
    opened.seek(-tail - length, os.SEEK_END)
    footer = _Table.root(bytes(opened.read(length)))
    if footer.field(FOOTER_RECORD_BATCHES) is None:
        return []
    first = footer.target(FOOTER_RECORD_BATCHES)
    count = _unpack("<I", footer.data, first)
    if count * BLOCK.size > length:
        raise ValueError(f"its footer claims {count} record batches")
    return [footer.data[first + 4 + i * BLOCK.size :][: BLOCK.size] for i in range(count)]


def _header(opened: pa.NativeFile, offset: int, metadata_bytes: int, body_bytes: int) -> Header:
    if not 0 <= offset <= opened.size() - metadata_bytes or metadata_bytes < 0 or body_bytes < 0:
        raise ValueError("a record batch lies outside the file")
    opened.seek(offset)
    message = bytes(opened.read(metadata_bytes))
    # A length stands before it, and since version 0.15 four bytes of ones before that.
    prefix = 8 if message.startswith(b"\xff\xff\xff\xff") else 4
    table = _Table.root(message[prefix:])
    if table.number(MESSAGE_HEADER_TYPE, "<B") != RECORD_BATCH:
        raise ValueError("what should be a record batch is none")
    batch = _Table(table.data, table.target(MESSAGE_HEADER))
    rows = batch.number(BATCH_LENGTH, "<q")
    if rows < 0:
        raise ValueError(f"a record batch claims {rows} rows")
    return Header(rows, body_bytes, batch.field(BATCH_COMPRESSION) is not None)
