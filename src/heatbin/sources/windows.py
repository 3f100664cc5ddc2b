"""Windows on the record batches of a mapped file: a few rows at a time, never more of it resident.

Columns of numbers and times are looked at where they lie, without a copy, and the pages behind are given back.
Others are read into memory of our own, where their values can be checked and stay as they were checked.

Whoever truncates a mapped file ends the process that looks at what was cut off (SIGBUS). So the size of the file is
asked for before each window; what is left is the moment in which a window is binned.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from heatbin.sources.arrow_types import plain_array
from heatbin.sources.base import BATCH_ROWS

__all__ = ["Mapping", "slices"]


def slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield a batch `BATCH_ROWS` rows at a time, without a copy."""
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _is_flat(type_: pa.DataType) -> bool:
    """Tell whether any bytes are values of this type, so that there is nothing to check but how many there are."""
    tests = (pt.is_integer, pt.is_floating, pt.is_temporal, pt.is_decimal)
    return any(test(type_) for test in tests)


class Mapping:
    """A file that is mapped, and open for reading as well.

    Parameters
    ----------
    path : str
        A file on this machine.
    opened : pyarrow.NativeFile
        The same file.
    """

    def __init__(self, path: str, opened: pa.NativeFile) -> None:
        self.opened = opened
        # Not pyarrow's own mapping: that asks the system to read all of the file at once.
        with Path(path).open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.buffer = pa.py_buffer(self._map)
        self._dictionaries: dict[tuple[int, int], pa.Array] = {}

    def windows(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a batch that lies in the mapping, copied.

        Raises
        ------
        pyarrow.ArrowInvalid
            When its values contradict each other, such as offsets that point outside.
        """
        in_place = all(_is_flat(column.type) for column in batch.columns)
        for window in slices(batch):
            self._check_size()
            if in_place:
                yield window
                self._give_back(window)
                continue
            arrays = [self._copy(plain_array(column)) for column in window.columns]
            copy = pa.RecordBatch.from_arrays(arrays, names=window.schema.names)
            copy.validate(full=True)
            yield copy

    def _check_size(self) -> None:
        if self._map.size() < self.buffer.size:
            raise pa.ArrowInvalid(f"the file was cut to {self._map.size()} of {self.buffer.size} bytes")

    def _give_back(self, window: pa.RecordBatch) -> None:
        """Let go of the pages that a window of flat columns lies in, but for the one that the next begins in."""
        if not hasattr(mmap, "MADV_DONTNEED"):
            return
        for column in window.columns:
            data, width = column.buffers()[1], column.type.bit_width // 8
            start = data.address - self.buffer.address + column.offset * width
            stop = start + len(column) * width
            first, last = start - start % mmap.PAGESIZE, stop - stop % mmap.PAGESIZE
            if last > first:
                self._map.madvise(mmap.MADV_DONTNEED, first, last - first)

    def _copy(self, array: pa.Array) -> pa.Array:
        type_ = array.type
        if pt.is_dictionary(type_):
            indices, values = self._copy(array.indices), self._dictionary(array.dictionary)
            return pa.DictionaryArray.from_arrays(indices, values, ordered=type_.ordered, safe=False)
        if pt.is_struct(type_):
            return self._struct(array)
        if pt.is_string(type_) or pt.is_binary(type_):
            return self._text(array, 4)
        if pt.is_large_string(type_) or pt.is_large_binary(type_):
            return self._text(array, 8)
        if pt.is_primitive(type_) or pt.is_decimal(type_) or pt.is_fixed_size_binary(type_):
            return self._flat(array)
        return array

    def _flat(self, array: pa.Array) -> pa.Array:
        validity, data = array.buffers()
        offset = array.offset % 8
        first, stop = array.offset - offset, array.offset + len(array)
        width = array.type.bit_width
        copied = self._read(data, first * width // 8, (stop * width + 7) // 8)
        return pa.Array.from_buffers(
            array.type, len(array), [self._bits(array, validity), copied], offset=offset
        )

    def _text(self, array: pa.Array, width: int) -> pa.Array:
        validity, ends, data = array.buffers()
        offset = array.offset % 8
        first, stop = array.offset - offset, array.offset + len(array)
        places = self._read(ends, first * width, (stop + 1) * width)
        if places is None:
            return array
        ends_at = memoryview(places).cast("i" if width == 4 else "q")
        lowest, highest = ends_at[0], ends_at[-1]
        if not 0 <= lowest <= highest <= (data.size if data else 0):
            raise pa.ArrowInvalid(f"text from {lowest} to {highest}, of {data.size if data else 0} bytes")
        text = pa.py_buffer(b"") if data is None else self._read(data, lowest, highest)
        integer = pa.int32() if width == 4 else pa.int64()
        shifted = pa.Array.from_buffers(integer, len(ends_at), [None, places])
        shifted = pc.subtract(shifted, pa.scalar(lowest, integer))
        buffers = [self._bits(array, validity), shifted.buffers()[1], text]
        return pa.Array.from_buffers(array.type, len(array), buffers, offset=offset)

    def _struct(self, array: pa.Array) -> pa.Array:
        # `field` gives a child as long as the struct with its offset in it.
        children = [self._copy(plain_array(array.field(i))) for i in range(array.type.num_fields)]
        fields = [pa.field(array.type.field(i).name, child.type) for i, child in enumerate(children)]
        validity = array.buffers()[0]
        if validity is None:
            return pa.StructArray.from_arrays(children, fields=fields)
        bits = pa.Array.from_buffers(
            pa.bool_(), len(array), [None, self._bits(array, validity)], offset=array.offset % 8
        )
        return pa.StructArray.from_arrays(children, fields=fields, mask=pc.invert(bits))

    def _dictionary(self, values: pa.Array) -> pa.Array:
        last = values.buffers()[-1]
        key = (0 if last is None else last.address, len(values))
        if key not in self._dictionaries:
            self._dictionaries = {**self._dictionaries, key: self._copy(plain_array(values))}
        return self._dictionaries[key]

    def _bits(self, array: pa.Array, validity: pa.Buffer | None) -> pa.Buffer | None:
        first, stop = array.offset // 8, (array.offset + len(array) + 7) // 8
        return self._read(validity, first, stop)

    def _read(self, buffer: pa.Buffer | None, start: int, stop: int) -> pa.Buffer | None:
        """Return a piece of a buffer, read from the file if it lies in the mapping."""
        if buffer is None or stop > buffer.size:
            if buffer is None:
                return None
            raise pa.ArrowInvalid(f"a buffer of {buffer.size} bytes where {stop} are needed")
        place = buffer.address - self.buffer.address
        if not 0 <= place <= self.buffer.size:
            return buffer.slice(start, stop - start)
        self.opened.seek(place + start)
        piece = self.opened.read_buffer(stop - start)
        if piece.size < stop - start:
            raise pa.ArrowInvalid("it ends early; it was cut off")
        return piece
