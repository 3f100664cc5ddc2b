"""From Arrow arrays to columns: the buffers themselves, without a copy wherever Arrow's layout is ours."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from heatbin.columns import Array, Column
from heatbin.errors import BadInputError
from heatbin.logical import NUMBER, LogicalType
from heatbin.sources.arrow_types import plain_array, plain_type

__all__ = ["as_column", "is_number", "logical_type"]

Dtype: TypeAlias = np.dtype[np.generic]

INT32: Dtype = np.dtype(np.int32)
INT64: Dtype = np.dtype(np.int64)
DTYPES: dict[int, Dtype] = {
    pa.int8().id: np.dtype(np.int8),
    pa.int16().id: np.dtype(np.int16),
    pa.int32().id: np.dtype(np.int32),
    pa.int64().id: np.dtype(np.int64),
    pa.uint8().id: np.dtype(np.uint8),
    pa.uint16().id: np.dtype(np.uint16),
    pa.uint32().id: np.dtype(np.uint32),
    pa.uint64().id: np.dtype(np.uint64),
    pa.float32().id: np.dtype(np.float32),
    pa.float64().id: np.dtype(np.float64),
}
"""By the number of an Arrow type: a type itself is slow to look up."""


def logical_type(type_: pa.DataType, column: str, path: str, *, hint: str = "") -> LogicalType:
    """Return what the numbers of a column of this Arrow type mean.

    Parameters
    ----------
    type_ : pyarrow.DataType
        Of the column.
    column, path : str
        What errors call the column, and where it is.
    hint : str, optional
        What an error says at its end.

    Raises
    ------
    BadInputError
        When it cannot be binned: text, lists and the like.
    """
    type_ = plain_type(type_)
    if pt.is_dictionary(type_):
        return logical_type(type_.value_type, column, path, hint=hint)
    if pt.is_integer(type_) or pt.is_floating(type_) or pt.is_boolean(type_) or pt.is_null(type_):
        return NUMBER
    if pt.is_decimal(type_):
        return LogicalType("decimal", scale=type_.scale)
    if pt.is_temporal(type_) and not pt.is_interval(type_):
        return _temporal(type_)
    raise BadInputError(
        f"column {column!r} of {path} holds {type_}, which cannot be binned; numbers, decimals, booleans and times "
        f"can{hint}",
        path=path,
    )


def _temporal(type_: pa.DataType) -> LogicalType:
    if pt.is_date(type_):
        return LogicalType("date", unit="D" if pt.is_date32(type_) else "ms")
    if pt.is_timestamp(type_):
        return LogicalType("timestamp", unit=type_.unit, zone=type_.tz)
    return LogicalType("time" if pt.is_time(type_) else "duration", unit=type_.unit)


def as_column(array: pa.Array) -> Column:
    """Return the buffers of an Arrow array that `logical_type` accepts.

    Notes
    -----
    Copies are made of booleans (a bit becomes a byte), dictionaries and runs (decoded), float16 (as float32) and
    decimals (as int64, those beyond it at its ends).
    """
    dtype = DTYPES.get(array.type.id)
    if dtype is not None:
        return _column(array, _flat(array, dtype))
    array = plain_array(array)
    if pt.is_dictionary(array.type):
        array = plain_array(array.dictionary_decode())
    if pt.is_null(array.type):
        return Column(np.zeros(len(array), np.int8), np.zeros((len(array) + 7) // 8, np.uint8))
    if pt.is_boolean(array.type):
        array = pc.cast(array, pa.uint8())
    if pt.is_decimal(array.type):
        return _column(array, _decimal_integers(array))
    if pt.is_float16(array.type):
        return _column(array, _flat(array, np.dtype(np.float16)).astype(np.float32))
    if pt.is_temporal(array.type):
        return _column(array, _flat(array, INT32 if array.type.bit_width == 32 else INT64))
    return _column(array, _flat(array, DTYPES[array.type.id]))


def is_number(type_: pa.DataType) -> bool:
    """Tell whether arrays of a type are numbers as numpy has them, of 8 to 64 bits."""
    return type_.id in DTYPES


def _column(array: pa.Array, values: Array) -> Column:
    bitmap = array.buffers()[0] if array.null_count else None
    if bitmap is None:
        return Column(values)
    return Column(values, np.frombuffer(bitmap, np.uint8), array.offset)


def _flat(array: pa.Array, dtype: Dtype) -> Array:
    data = array.buffers()[1]
    if data is None or len(array) == 0:
        return np.zeros(len(array), dtype)
    return np.frombuffer(data, dtype, len(array), array.offset * dtype.itemsize)


def _decimal_integers(array: pa.Array) -> npt.NDArray[np.int64]:
    """Return the scaled integers of decimals; what int64 cannot hold lies at its ends, outside any range."""
    words = array.type.bit_width // 64
    if words == 0:
        return _flat(array, np.dtype(np.int32)).astype(np.int64)
    if len(array) == 0:
        return np.zeros(0, np.int64)
    table = np.frombuffer(array.buffers()[1], np.int64, len(array) * words, array.offset * words * 8)
    table = table.reshape(-1, words)
    low, top = table[:, 0].copy(), table[:, -1]
    fits = np.all(table[:, 1:] == (low >> 63)[:, None], axis=1)
    if not fits.all():
        ends = np.iinfo(np.int64)
        low[~fits] = np.where(top[~fits] < 0, ends.min, ends.max)
    return low
