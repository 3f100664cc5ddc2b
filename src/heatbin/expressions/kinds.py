"""What the types of columns have in common: their kind, and the plain form that the kernels take."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NUMBERS", "TEMPORAL", "Datum", "apply", "cast", "kind_of", "plain", "plain_type"]

Datum: TypeAlias = Any
"""A `pyarrow.Array` or `pyarrow.Scalar`: pyarrow has no types of its own to annotate with."""

NUMBERS = frozenset({"bool", "integer", "float", "decimal", "null"})
TEMPORAL = frozenset({"timestamp", "date", "time", "duration"})

_KINDS = (
    (pa.types.is_boolean, "bool"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "float"),
    (pa.types.is_decimal, "decimal"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_date, "date"),
    (pa.types.is_time, "time"),
    (pa.types.is_duration, "duration"),
    (pa.types.is_null, "null"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_binary, "bytes"),
    (pa.types.is_large_binary, "bytes"),
)
_PLAINER = (
    (pa.types.is_float16, pa.float32()),
    (pa.types.is_string_view, pa.large_string()),
    (pa.types.is_binary_view, pa.large_binary()),
    (pa.types.is_fixed_size_binary, pa.large_binary()),
)


@lru_cache(maxsize=256)
def kind_of(type: pa.DataType) -> str:
    """Return one word for `type`, which is a plain one: see `plain_type`.

    Returns
    -------
    str
        "bool", "integer", "float", "decimal", "timestamp", "date", "time", "duration", "text", "bytes",
        "null" or "other".
    """
    return next((kind for holds, kind in _KINDS if holds(type)), "other")


@lru_cache(maxsize=256)
def plain_type(type: pa.DataType) -> pa.DataType:
    """Return the type in which kernels take the values of `type`; common types are their own.

    Dictionaries, runs and extensions become their values, float16 becomes float32, views become strings, and
    small decimals become decimal128. No value changes.
    """
    inner = _values_of(type)
    if inner is not type:
        return plain_type(inner)
    if pa.types.is_decimal32(type) or pa.types.is_decimal64(type):
        return pa.decimal128(type.precision, type.scale)
    return next((plainer for holds, plainer in _PLAINER if holds(type)), type)


def _values_of(type: pa.DataType) -> pa.DataType:
    if isinstance(type, pa.DictionaryType | pa.RunEndEncodedType):
        return type.value_type
    return type.storage_type if isinstance(type, pa.BaseExtensionType) else type


def plain(datum: Datum) -> Datum:
    """Return `datum` in its `plain_type`: itself where it is of that type."""
    target = plain_type(datum.type)
    if datum.type == target:
        return datum
    if isinstance(datum.type, pa.BaseExtensionType):
        return plain(datum.storage)
    if isinstance(datum.type, pa.RunEndEncodedType):
        return plain(pc.run_end_decode(datum))
    if isinstance(datum.type, pa.DictionaryType):
        return plain(datum.dictionary_decode())
    return datum.cast(target)


def cast(datum: Datum, type: pa.DataType, *, safe: bool = True) -> Datum:
    """Cast, at no cost where `datum` is of that type."""
    return datum if datum.type == type else pc.cast(datum, type, safe=safe)


def apply(kernel: str, *operands: Datum) -> Datum:
    """Call one of Arrow's kernels by its name."""
    return pc.call_function(kernel, list(operands))
