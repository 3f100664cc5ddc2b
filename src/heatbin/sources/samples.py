"""From Arrow arrays to what statistics take: numbers, lengths of time in seconds, texts that can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from heatbin.columns import Column
from heatbin.errors import BadInputError
from heatbin.logical import PER_SECOND
from heatbin.sources.arrow_types import is_text, plain_array, plain_type
from heatbin.sources.buffers import as_column, is_number, logical_type

__all__ = ["as_sample", "check_sample_type", "coded_column", "distinct_values"]

Codes: TypeAlias = Callable[[Sequence[str]], npt.NDArray[Any]]

LENGTHS = ("duration", "time")
NUMBERS = (
    pt.is_integer,
    pt.is_floating,
    pt.is_boolean,
    pt.is_null,
    pt.is_decimal,
    pt.is_duration,
    pt.is_time,
)
ONLY_APART = (is_text, pt.is_timestamp, pt.is_date)
# Up to these, both the integer and the power of ten are doubles, so that their ratio is rounded once.
EXACT_IN_FLOAT, EXACT_DIGITS = 1 << 53, 22


def check_sample_type(
    type_: pa.DataType, sample: str, path: str, *, told_apart: bool
) -> np.dtype[np.generic]:
    """Return what `as_sample` makes of a column of this type.

    Parameters
    ----------
    type_ : pyarrow.DataType
        The type.
    sample, path : str
        What an error calls the column, and where it is.
    told_apart : bool
        Whether values are only told apart, so that text and dates will do.

    Raises
    ------
    BadInputError
        When no statistic can be taken of it.
    """
    plain = _without_dictionary(type_)
    only_apart = any(holds(plain) for holds in ONLY_APART)
    if any(holds(plain) for holds in NUMBERS) or (told_apart and only_apart):
        return as_sample(pa.array([], plain)).values.dtype
    hint = "" if is_text(plain) else "; year(t) or hour(t) is a number"
    others = f"no such statistic, only how many there are and how many are distinct{hint}"
    raise BadInputError(
        f"{sample!r} of {path} is {plain}, of which heatbin takes {others if only_apart else 'no statistic'}",
        path=path,
    )


def as_sample(array: pa.Array) -> Column:
    """Return the values of an array as samples, in their own type wherever that is a number's.

    Notes
    -----
    Decimals become the nearest doubles, durations and times of day seconds, text 64 bits of a digest (BLAKE2b).
    """
    if is_number(array.type):
        return as_column(array)
    type_ = _without_dictionary(array.type)
    if is_text(type_):
        return _taken(array, lambda entries: np.array([_digest(entry) for entry in entries], np.int64))
    column = as_column(array)
    meaning = logical_type(type_, "", "")
    if meaning.kind == "decimal":
        return Column(_doubles(array, column, meaning.scale), column.validity, column.offset)
    if meaning.kind in LENGTHS:
        return Column(column.values / float(PER_SECOND[meaning.unit]), column.validity, column.offset)
    return column


def coded_column(array: pa.Array, codes_of: Codes) -> Column:
    """Return text as the codes of its categories.

    Parameters
    ----------
    array : pyarrow.Array
        Text, or a dictionary of it.
    codes_of : callable
        From the entries of a dictionary to their codes.
    """
    return _taken(array, codes_of)


def distinct_values(array: pa.Array, mask: pa.Array | None = None) -> npt.NDArray[np.object_]:
    """Return the values of an array, or of the rows where a mask is true, each once, without nulls."""
    decoded = _decoded(plain_array(array))
    values = pc.unique(decoded if mask is None else decoded.filter(mask)).drop_null().to_pylist()
    distinct = np.empty(len(values), dtype=object)
    distinct[:] = values
    return distinct


def _taken(array: pa.Array, numbers_of: Codes) -> Column:
    """Return the number of each value, looked up once for each entry of the dictionary."""
    array = plain_array(array)
    if not pt.is_dictionary(array.type) or array.dictionary.null_count:
        array = pc.dictionary_encode(_decoded(array))
    indices = as_column(array.indices)
    numbers = numbers_of(array.dictionary.to_pylist())
    if not numbers.size:
        return Column(np.zeros(len(array), numbers.dtype), indices.validity, indices.offset)
    # Under a null an index is anything.
    return Column(numbers.take(indices.values, mode="clip"), indices.validity, indices.offset)


def _doubles(array: pa.Array, integers: Column, scale: int) -> npt.NDArray[np.float64]:
    """Return the double nearest to each decimal, whose integers up to 64 bits are known."""
    doubles: npt.NDArray[np.float64] = integers.values / 10.0**scale
    inexact = (
        (integers.values < -EXACT_IN_FLOAT) | (integers.values > EXACT_IN_FLOAT) | (scale > EXACT_DIGITS)
    )
    if inexact.any():
        decimals = _decoded(plain_array(array)).filter(pa.array(inexact)).to_pylist()
        doubles[inexact] = [np.nan if decimal is None else float(decimal) for decimal in decimals]
    return doubles


def _digest(entry: str) -> int:
    return int.from_bytes(blake2b(entry.encode(), digest_size=8).digest(), "little", signed=True)


def _decoded(array: pa.Array) -> pa.Array:
    """Return an array without a dictionary, and views as strings: of these pyarrow 26 has nulls and "" for one."""
    if pt.is_dictionary(array.type):
        entries = _decoded(plain_array(array.dictionary))
        return plain_array(pa.DictionaryArray.from_arrays(array.indices, entries).dictionary_decode())
    return array.cast(pa.large_string()) if pt.is_string_view(array.type) else array


def _without_dictionary(type_: pa.DataType) -> pa.DataType:
    plain = plain_type(type_)
    return plain_type(plain.value_type) if pt.is_dictionary(plain) else plain
