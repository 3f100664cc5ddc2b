"""What the types of columns have in common: their kind, and the plain form that the kernels take."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NUMBERS", "TEMPORAL", "Datum", "apply", "cast", "kind_of", "plain"]

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
    (pa.types.is_string_view, "text"),
    (pa.types.is_binary, "bytes"),
    (pa.types.is_large_binary, "bytes"),
    (pa.types.is_binary_view, "bytes"),
    (pa.types.is_fixed_size_binary, "bytes"),
)


@lru_cache(maxsize=256)
def kind_of(type: pa.DataType) -> str:
    """Return "bool", "integer", "float", "decimal", "timestamp", "date", "time", "duration", "text", "bytes",
    "null" or "other"; of a dictionary or an extension, the kind of its values.
    """
    if isinstance(type, pa.DictionaryType | pa.RunEndEncodedType):
        return kind_of(type.value_type)
    if isinstance(type, pa.BaseExtensionType):
        return kind_of(type.storage_type)
    return next((kind for holds, kind in _KINDS if holds(type)), "other")


def plain(datum: Datum) -> Datum:
    """Return `datum` in a type for which the kernels exist: no value changes.

    Dictionaries, runs and extensions become their values, float16 becomes float32, views become strings, and
    small decimals become decimal128. The common types are returned as they are.
    """
    target = _plain_type(datum.type)
    if target is datum.type:
        return datum
    if target is not None:
        return datum.cast(target)
    if isinstance(datum.type, pa.BaseExtensionType):
        return plain(datum.storage)
    decoded = datum.dictionary_decode() if isinstance(datum.type, pa.DictionaryType) else pc.run_end_decode(datum)
    return plain(decoded)


@lru_cache(maxsize=256)
def _plain_type(type: pa.DataType) -> pa.DataType | None:
    """Return what to cast `type` to: itself where it is plain, None where it must be taken apart first."""
    if isinstance(type, pa.DictionaryType | pa.RunEndEncodedType | pa.BaseExtensionType):
        return None
    if pa.types.is_float16(type):
        return pa.float32()
    if pa.types.is_decimal32(type) or pa.types.is_decimal64(type):
        return pa.decimal128(type.precision, type.scale)
    if pa.types.is_string_view(type):
        return pa.large_string()
    if kind_of(type) == "bytes" and not pa.types.is_large_binary(type):
        return pa.binary() if not pa.types.is_binary_view(type) else pa.large_binary()
    return type


def cast(datum: Datum, type: pa.DataType, *, safe: bool = True) -> Datum:
    """Cast, at no cost where `datum` is of that type."""
    return datum if datum.type == type else pc.cast(datum, type, safe=safe)


def apply(kernel: str, *operands: Datum) -> Datum:
    """Call one of Arrow's kernels by its name."""
    return pc.call_function(kernel, list(operands))
