"""Windows on the record batches of a file: a few rows at a time, read into memory of our own.

The file is never mapped: whoever truncates a mapped file ends the process that looks at what was cut off (SIGBUS).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from heatbin.sources.arrow_layout import Layout, Place
from heatbin.sources.arrow_types import plain_array
from heatbin.sources.base import BATCH_ROWS, RowGroup
from heatbin.sources.messages import Header, dictionaries_alone

__all__ = ["Windows", "slices"]


def slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield a batch `BATCH_ROWS` rows at a time, without a copy."""
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


class Windows:
    """Some columns of an Arrow IPC file that can be cut anywhere.

    Parameters
    ----------
    opened : pyarrow.NativeFile
        The file.
    layout : Layout
        What it says of itself.
    places : sequence of Place
        The columns.
    """

    def __init__(self, opened: pa.NativeFile, layout: Layout, places: Sequence[Place]) -> None:
        self._opened = opened
        self._layout = layout
        self._places = places
        self._names = [layout.schema.names[place.path[0]] for place in places]
        self._flat = all(_is_flat(place.type) for place in places)

    def of(self, header: Header, piece: RowGroup) -> Iterator[pa.RecordBatch]:
        """Yield rows of a record batch that is not compressed.

        Raises
        ------
        ValueError, pyarrow.ArrowInvalid
            When its values contradict each other, such as offsets that point outside.
        """
        end = piece.start + piece.rows
        for start in range(piece.start, end, BATCH_ROWS):
            cut = _Cut(self._opened, header, start, min(start + BATCH_ROWS, end), self)
            window = pa.RecordBatch.from_arrays([cut.array(place) for place in self._places], self._names)
            if not self._flat:
                window.validate(full=True)
            yield window

    def dictionary(self, place: Place) -> pa.Array:
        """Return the values that a column's indices stand for."""
        column, *fields = place.path
        found = plain_array(self._without_rows.column(column))
        for number in fields:
            found = plain_array(found.field(number))
        return found.dictionary

    @cached_property
    def _without_rows(self) -> pa.RecordBatch:
        stream = dictionaries_alone(self._opened, self._layout.blocks)
        return pa.ipc.open_stream(pa.py_buffer(stream)).read_next_batch()


def _is_flat(type_: pa.DataType) -> bool:
    """Tell whether any bytes are values of this type, so that there is nothing to check but how many there are."""
    return bool(pt.is_primitive(type_) or pt.is_decimal(type_) or pt.is_fixed_size_binary(type_))


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows of a record batch in a file.

    Parameters
    ----------
    opened : pyarrow.NativeFile
        The file.
    header : Header
        Of the record batch.
    start, stop : int
        The first row, and the one after the last.
    windows : Windows
        Has the dictionaries.
    """

    opened: pa.NativeFile
    header: Header
    start: int
    stop: int
    windows: Windows

    def array(self, place: Place) -> pa.Array:
        """Return these rows of a column."""
        length, _ = self.header.node(place.node)
        if length < self.stop:
            raise ValueError(f"a column has {length} values in a record batch of {self.header.rows} rows")
        type_ = place.type
        if pt.is_dictionary(type_):
            indices, values = self._fixed(place, type_.index_type), self.windows.dictionary(place)
            return pa.DictionaryArray.from_arrays(indices, values, ordered=type_.ordered, safe=False)
        if pt.is_struct(type_):
            return self._struct(place)
        if pt.is_null(type_):
            return pa.nulls(self.rows)
        return self._fixed(place, type_) if _is_flat(type_) else self._text(place)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.stop - self.start

    @property
    def offset(self) -> int:
        """How many values stand before the first row in what is read, so that it begins with a whole byte of bits."""
        return self.start % 8

    def _fixed(self, place: Place, type_: pa.DataType) -> pa.Array:
        width = type_.bit_width
        first = self.start - self.offset
        values = self._read(place.buffer + 1, first * width // 8, (self.stop * width + 7) // 8)
        buffers = [self._validity(place), values]
        return pa.Array.from_buffers(type_, self.rows, buffers, offset=self.offset)

    def _text(self, place: Place) -> pa.Array:
        large = pt.is_large_string(place.type) or pt.is_large_binary(place.type)
        integer = pa.int64() if large else pa.int32()
        width = integer.bit_width // 8
        first = self.start - self.offset
        places = self._read(place.buffer + 1, first * width, (self.stop + 1) * width)
        ends = memoryview(places).cast("q" if large else "i")
        lowest, highest = ends[0], ends[-1]
        if not 0 <= lowest <= highest:
            raise ValueError(f"text from {lowest} to {highest}")
        text = self._read(place.buffer + 2, lowest, highest)
        shifted = pc.subtract(
            pa.Array.from_buffers(integer, len(ends), [None, places]), pa.scalar(lowest, integer)
        )
        buffers = [self._validity(place), shifted.buffers()[1], text]
        return pa.Array.from_buffers(place.type, self.rows, buffers, offset=self.offset)

    def _struct(self, place: Place) -> pa.Array:
        children = [self.array(child) for child in place.children]
        fields = [pa.field(place.type.field(i).name, child.type) for i, child in enumerate(children)]
        validity = self._validity(place)
        if validity is None:
            return pa.StructArray.from_arrays(children, fields=fields)
        bits = pa.Array.from_buffers(pa.bool_(), self.rows, [None, validity], offset=self.offset)
        return pa.StructArray.from_arrays(children, fields=fields, mask=pc.invert(bits))

    def _validity(self, place: Place) -> pa.Buffer | None:
        if self.header.node(place.node)[1] == 0:
            return None
        return self._read(place.buffer, self.start // 8, (self.stop + 7) // 8)

    def _read(self, buffer: int, start: int, stop: int) -> pa.Buffer:
        """Return a piece of a buffer."""
        place, size = self.header.buffer(buffer)
        if stop > size:
            raise ValueError(f"a buffer of {size} bytes where {stop} are needed")
        self.opened.seek(place + start)
        piece = self.opened.read_buffer(stop - start)
        if piece.size < stop - start:
            raise ValueError("it ends early; it was cut off")
        return piece
