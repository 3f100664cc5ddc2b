"""Types of columns: found by name or nested path, made plain, and brought together where files differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from heatbin.errors import BadInputError

__all__ = [
    "column_at",
    "common_type",
    "fit",
    "holds_integers",
    "is_text",
    "plain_array",
    "plain_schema",
    "plain_type",
    "type_at",
]

UNITS = ("s", "ms", "us", "ns")
# Whole numbers up to 2**p are exact in a float of p bits of precision.
PRECISION = {pa.float16(): 11, pa.float32(): 24, pa.float64(): 53}
SIGNED = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
UNSIGNED = {8: pa.uint8(), 16: pa.uint16(), 32: pa.uint32(), 64: pa.uint64()}


def plain_type(type_: pa.DataType) -> pa.DataType:
    """Return a type without extension and run-end encoding around it."""
    if isinstance(type_, pa.BaseExtensionType):
        return plain_type(type_.storage_type)
    return plain_type(type_.value_type) if pt.is_run_end_encoded(type_) else type_


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema of plain types."""
    return pa.schema([pa.field(field.name, plain_type(field.type)) for field in schema])


def plain_array(array: pa.Array) -> pa.Array:
    """Return an array as one of its plain type."""
    if isinstance(array.type, pa.BaseExtensionType):
        return plain_array(array.storage)
    return plain_array(pc.run_end_decode(array)) if pt.is_run_end_encoded(array.type) else array


def type_at(schema: pa.Schema, column: str, path: str) -> pa.DataType | None:
    """Return the plain type of a column or, by its path with dots, of a nested field; None where there is none.

    Raises
    ------
    BadInputError
        When several columns have this name.
    """
    if schema.names.count(column) > 1:
        raise BadInputError(f"{path} has {schema.names.count(column)} columns named {column!r}", path=path)
    if column in schema.names:
        return plain_type(schema.field(column).type)
    first, *rest = column.split(".")
    if not rest or first not in schema.names:
        return None
    found: Any = plain_type(schema.field(schema.names.index(first)).type)
    for step in rest:
        index = found.get_field_index(step) if pt.is_struct(found) else -1
        if index < 0:
            return None
        found = plain_type(found.field(index).type)
    return found


def column_at(batch: pa.RecordBatch, column: str) -> pa.Array:
    """Return a column or nested field, which `type_at` has found, in its plain type; a null struct has null fields."""
    if column in batch.schema.names:
        return plain_array(batch.column(column))
    first, *rest = column.split(".")
    found = plain_array(batch.column(first))
    for step in rest:
        found = plain_array(pc.struct_field(found, step))
    return found


def fit(array: pa.Array, type_: pa.DataType, column: str, path: str) -> pa.Array:
    """Return an array in the type that all files are brought to.

    Raises
    ------
    BadInputError
        When a value would change.
    """
    if array.type == type_:
        return array
    try:
        return pc.cast(array, type_)
    except pa.ArrowInvalid as error:
        raise BadInputError(
            f"column {column!r} of {path} is {array.type}, and of other files {type_}, "
            f"in which a value of it would not stay what it is: {error}",
            path=path,
        ) from error


def common_type(types: Iterable[tuple[str, pa.DataType]]) -> tuple[pa.DataType, dict[str, str]]:
    """Return the type that a column of several files is brought to, and the files that cannot be.

    Parameters
    ----------
    types : iterable of (path, DataType)
        What each file holds it in.

    Returns
    -------
    DataType
        The narrowest one that holds all values of the types of most files.
    dict of str to str
        Of each file whose type does not go with that, a file that it disagrees with. None of this depends on
        the order of the files.
    """
    files: dict[pa.DataType, list[str]] = {}
    for path, type_ in types:
        files.setdefault(type_, []).append(path)

    def standing(type_: pa.DataType) -> tuple[int, int, str]:
        """Sort first what most files go with, then what most files hold."""
        going = sum(len(paths) for other, paths in files.items() if widened(type_, other) is not None)
        return -going, -len(files[type_]), min(files[type_])

    ranked = sorted(files, key=standing)
    common, misfits = ranked[0], {}
    for type_ in islice(ranked, 1, None):
        wider = widened(common, type_)
        if wider is None:
            misfits.update(dict.fromkeys(files[type_], min(files[ranked[0]])))
        else:
            common = wider
    return common, misfits


@lru_cache(maxsize=256)
def widened(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    """Return the narrowest type that holds what `a` and `b` hold; None where none does, but by converting.

    Whole numbers beyond 2**53 beside floats, and those beyond int64 beside signed ones, fail when they are met.

    Examples
    --------
    >>> widened(pa.int32(), pa.float32()), widened(pa.timestamp("s"), pa.timestamp("us"))
    (DataType(double), TimestampType(timestamp[us]))
    """
    if a == b or pt.is_null(b):
        return a
    if pt.is_null(a):
        return b
    if pt.is_dictionary(a) or pt.is_dictionary(b):
        return widened(*(t.value_type if pt.is_dictionary(t) else t for t in (a, b)))
    for holds, widen in WIDENINGS:
        if holds(a) and holds(b):
            return widen(a, b)
    return None


def _is_number(type_: pa.DataType) -> bool:
    return bool(pt.is_integer(type_) or pt.is_floating(type_))


def is_text(type_: pa.DataType) -> bool:
    """Tell whether values of a type are text."""
    return bool(pt.is_string(type_) or pt.is_large_string(type_) or pt.is_string_view(type_))


def _number(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    if pt.is_floating(a) or pt.is_floating(b):
        needed = max(_bits(a), _bits(b))
        return next((float_ for float_, bits in PRECISION.items() if bits >= needed), pa.float64())
    signed = pt.is_signed_integer(a) or pt.is_signed_integer(b)
    width = max(t.bit_width * (2 if signed and pt.is_unsigned_integer(t) else 1) for t in (a, b))
    return (SIGNED if signed else UNSIGNED)[min(width, 64)]


def _bits(type_: pa.DataType) -> int:
    return PRECISION.get(type_) or type_.bit_width


def _finer(a: pa.DataType, b: pa.DataType) -> str:
    return UNITS[max(UNITS.index(a.unit), UNITS.index(b.unit))]


def _timestamp(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    if (a.tz is None) != (b.tz is None):
        return None
    return pa.timestamp(_finer(a, b), a.tz if a.tz == b.tz else "UTC")


def _time(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    unit = _finer(a, b)
    return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)


def _decimal(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    scale = max(a.scale, b.scale)
    digits = scale + max(a.precision - a.scale, b.precision - b.scale)
    if digits > 76:
        return None
    return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)


WIDENINGS: Sequence[tuple[Any, Any]] = (
    (_is_number, _number),
    (pt.is_timestamp, _timestamp),
    (pt.is_time, _time),
    (pt.is_date, lambda _a, _b: pa.date64()),
    (pt.is_duration, lambda a, b: pa.duration(_finer(a, b))),
    (pt.is_decimal, _decimal),
    (is_text, lambda _a, _b: pa.large_string()),
)


def holds_integers(column: Any) -> bool:
    """Tell whether a column that hands itself to Arrow, by stream or as an array, is one of integers."""
    taken = pa.chunked_array if hasattr(column, "__arrow_c_stream__") else pa.array
    return bool(pt.is_integer(taken(column).type))
