"""What a Parquet footer says of the values in a column chunk, as numbers of the column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from heatbin.sources.base import Bounds

__all__ = ["Read", "bounds_of", "reader_of"]

UNITS = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}

Read = Callable[[Any], Any]
"""Makes a value of a column out of a footer's raw one."""


def bounds_of(chunk: pq.ColumnChunkMetaData, read: Read | None) -> Bounds:
    """Return the bounds of a column chunk, as far as its footer tells them for sure.

    Parameters
    ----------
    chunk : pyarrow.parquet.ColumnChunkMetaData
        Of a file whose footer is not encrypted.
    read : callable or None
        From `reader_of`.
    """
    statistics = chunk.statistics
    if statistics is None:
        return Bounds()
    nulls = statistics.null_count if statistics.has_null_count else None
    if read is None or not statistics.has_min_max:
        return Bounds(nulls=nulls)
    return Bounds(read(statistics.min_raw), read(statistics.max_raw), nulls)


def reader_of(type_: pa.DataType, stored: pq.ColumnSchema) -> Read | None:
    """Return what makes a value of a column out of a footer's raw one; None where that is not sure.

    Parameters
    ----------
    type_ : pyarrow.DataType
        The type that the column is read in.
    stored : pyarrow.parquet.ColumnSchema
        How the file stores it.
    """
    type_, physical = type_.value_type if pt.is_dictionary(type_) else type_, stored.physical_type
    if pt.is_floating(type_):
        return float if physical in ("FLOAT", "DOUBLE") else None
    if physical in ("INT32", "INT64"):
        if pt.is_unsigned_integer(type_):
            return lambda raw: int(raw) % (1 << type_.bit_width)
        return int if pt.is_integer(type_) or _same_unit(type_, stored) else None
    if pt.is_boolean(type_):
        return int
    is_text = pt.is_string(type_) or pt.is_large_string(type_)
    return _text if is_text and physical == "BYTE_ARRAY" else None


def _same_unit(type_: pa.DataType, stored: pq.ColumnSchema) -> bool:
    """Tell whether a footer counts in the unit of the Arrow column."""
    logical = str(stored.logical_type)
    if pt.is_date32(type_):
        return logical.startswith("Date")
    if pt.is_timestamp(type_) or pt.is_time(type_):
        return f"timeUnit={UNITS.get(type_.unit)}" in logical
    return bool(pt.is_decimal(type_)) and f"scale={type_.scale}" in logical


def _text(raw: bytes | str) -> str | None:
    """Return text; None where it was cut in the middle of a letter."""
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
