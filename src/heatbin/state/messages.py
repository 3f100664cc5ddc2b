"""The one thing to know of an Arrow message before it is decoded: whether its body is compressed."""

from __future__ import annotations

import struct

import pyarrow as pa

__all__ = ["is_compressed"]

# The places of two fields in the tables of Arrow's Message.fbs.
HEADER_FIELD = 2
COMPRESSION_FIELD = 3


def is_compressed(metadata: pa.Buffer) -> bool:
    """Tell whether the record batch that `metadata` announces has a compressed body.

    Parameters
    ----------
    metadata : pyarrow.Buffer
        The flatbuffer of a message that Arrow has verified (``pyarrow.ipc.read_message``).
    """
    content = memoryview(metadata)
    (message,) = struct.unpack_from("<I", content, 0)
    header = _field(content, message, HEADER_FIELD)
    batch = header + struct.unpack_from("<I", content, header)[0]
    return _field(content, batch, COMPRESSION_FIELD) != 0


def _field(content: memoryview, table: int, number: int) -> int:
    """Return where a field of a flatbuffer table lies; 0 for one that is absent."""
    vtable = table - struct.unpack_from("<i", content, table)[0]
    (size,) = struct.unpack_from("<H", content, vtable)
    place = 4 + 2 * number
    offset = struct.unpack_from("<H", content, vtable + place)[0] if place < size else 0
    return table + offset if offset else 0
