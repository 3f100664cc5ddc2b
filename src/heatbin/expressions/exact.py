"""Constants beside columns: placed among the values that a type can hold, without rounding either.

Integers, decimals and times are multiples of a unit (1, 10⁻ˢ, a nanosecond …); floats are sparse reals. A
constant is either one of a type's values, or lies between two of them, or beyond all. So a comparison with it
is always a comparison with a value of the column's own type, and no column is cast.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from heatbin.expressions.kinds import TEMPORAL, kind_of
from heatbin.expressions.temporal import SECOND, clock, duration, instant
from heatbin.expressions.tree import Literal, MisfitError, Value

__all__ = ["Exact", "Place", "exact", "members", "place", "unit_of"]

Exact: TypeAlias = int | float | Fraction | str | bytes
"""A number (infinite only as a float), nanoseconds, or text."""

Place: TypeAlias = tuple[pa.Scalar, int]
"""A value of the column's type, and where the constant is: on it (0), between it and the next greater
value (1), or below it, it being the least value of all (-1).
"""

_PER_SECOND = {"s": SECOND, "ms": 10**6, "us": 10**3, "ns": 1}


def exact(literal: Literal, type: pa.DataType) -> Exact:
    """Return what `literal` means beside a column of `type`.

    Raises
    ------
    MisfitError
        If it means nothing there: text beside numbers, a date that is none.
    """
    return _exact(literal.value, literal.form, type)


def place(literal: Literal, type: pa.DataType) -> Place:
    """Return where `literal` lies among the values of `type`."""
    return _place(literal.value, literal.form, type)


def members(values: tuple[Value, ...], form: str, type: pa.DataType) -> pa.Array:
    """Return those of `values` that a column of `type` can hold, as an array of that type."""
    return _members(values, tuple(map(builtins.type, values)), form, type)


def unit_of(type: pa.DataType) -> Fraction | int:
    """Return what a 1 in storage stands for: in nanoseconds for times, as a number for the rest."""
    if kind_of(type) == "decimal":
        return Fraction(1, 10**type.scale) if type.scale >= 0 else 10**-type.scale
    if pa.types.is_date(type):
        return 86400 * SECOND if pa.types.is_date32(type) else 10**6
    return _PER_SECOND[type.unit] if kind_of(type) in TEMPORAL else 1


# The caches tell types: 1, 1.0 and True are equal, and would be found for each other otherwise.
@lru_cache(maxsize=1024, typed=True)
def _exact(value: Value, form: str, type: pa.DataType) -> Exact:
    if value is None:
        raise MisfitError("nothing equals None; write is_null(x)")
    kind = kind_of(type)
    reader = _READERS.get(kind)
    if reader is None:
        raise MisfitError(f"a column of type {type} cannot be compared")
    return reader(value, form, type)


@lru_cache(maxsize=1024, typed=True)
def _place(value: Value, form: str, type: pa.DataType) -> Place:
    wanted = _exact(value, form, type)
    if isinstance(wanted, str | bytes):
        return pa.scalar(wanted, type), 0
    if kind_of(type) == "float":
        return _place_among_floats(wanted, type)
    return _place_on_grid(wanted, type)


@lru_cache(maxsize=64)
def _members(values: tuple[Value, ...], _types: tuple[object, ...], form: str, type: pa.DataType) -> pa.Array:
    places = [_place(value, form, type) for value in values]
    found = [scalar for scalar, side in places if side == 0]
    if kind_of(type) == "float" and any(scalar.as_py() == 0 for scalar in found):
        # A hash set tells -0.0 from 0.0.
        found += [pa.scalar(0.0, type), pa.scalar(-0.0, type)]
    return pa.array(found, type)


def _number(value: Value, form: str, type: pa.DataType) -> Exact:
    if isinstance(value, str):
        what = f"the {form} {value!r}" if form != "plain" else f"the text {value!r}"
        raise MisfitError(f"numbers ({type}) cannot be compared with {what}")
    return value or 0


def _decimal(value: Value, form: str, type: pa.DataType) -> Exact:
    number = _number(value, form, type)
    # repr is the shortest text of a double: 0.1 is what was written, not 0.1000000000000000055…
    return Fraction(repr(number)) if isinstance(number, float) and math.isfinite(number) else number


def _text(value: Value, form: str, type: pa.DataType) -> str:
    if isinstance(value, str) and form == "plain":
        return value
    what = f"the {form} {value!r}" if form != "plain" else repr(value)
    raise MisfitError(
        f"text ({type}) cannot be compared with {what}; constants that are text stand in quotes"
    )


def _timestamp(value: Value, form: str, type: pa.DataType) -> int:
    zone = type.tz if kind_of(type) == "timestamp" else None
    nanoseconds, is_utc = instant(_written(value, form, type, ("plain", "date", "timestamp")), zone)
    if is_utc and not zone:
        raise MisfitError(
            f"{value!r} has an offset, but the column ({type}) has no time zone; leave the offset out"
        )
    return nanoseconds


def _written(value: Value, form: str, type: pa.DataType, forms: tuple[str, ...]) -> str:
    if isinstance(value, str) and form in forms:
        return value
    example = {"time": "'12:30'", "duration": "'1h30m'"}.get(kind_of(type), "'2024-01-31'")
    what = f"the {form} {value!r}" if form != "plain" else repr(value)
    raise MisfitError(
        f"a column of type {type} cannot be compared with {what}; write a text such as {example}"
    )


_READERS: dict[str, Callable[[Value, str, pa.DataType], Exact]] = {
    "bool": _number,
    "integer": _number,
    "float": _number,
    "decimal": _decimal,
    "text": _text,
    "bytes": lambda value, form, type: _text(value, form, type).encode(),
    "timestamp": _timestamp,
    "date": _timestamp,
    "time": lambda value, form, type: clock(_written(value, form, type, ("plain",))),
    "duration": lambda value, form, type: duration(_written(value, form, type, ("plain", "duration"))),
}


def _place_among_floats(wanted: int | float | Fraction, type: pa.DataType) -> Place:
    width = np.float32 if type.bit_width == 32 else np.float64
    with np.errstate(over="ignore", under="ignore"):
        nearest = width(wanted)
    # float(): Python compares a float with an integer exactly, NumPy rounds the integer first.
    if math.isnan(nearest) or float(nearest) == wanted:
        return pa.scalar(float(nearest), type), 0
    below = nearest if float(nearest) < wanted else np.nextafter(nearest, width(-np.inf))
    return pa.scalar(float(below), type), 1


def _place_on_grid(wanted: int | float | Fraction, type: pa.DataType) -> Place:
    least, most = _limits(type)
    if isinstance(wanted, float) and not math.isfinite(wanted):
        return (_grid_scalar(least, type), -1) if wanted < 0 else (_grid_scalar(most, type), 1)
    steps = Fraction(wanted) / unit_of(type)
    floor = steps.numerator // steps.denominator
    if floor < least:
        return _grid_scalar(least, type), -1
    if floor > most:
        return _grid_scalar(most, type), 1
    return _grid_scalar(floor, type), int(steps != floor)


def _limits(type: pa.DataType) -> tuple[int, int]:
    if kind_of(type) == "decimal":
        return 1 - 10**type.precision, 10**type.precision - 1
    if kind_of(type) == "bool":
        return 0, 1
    bits = type.bit_width
    return (
        (0, 2**bits - 1) if pa.types.is_unsigned_integer(type) else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


def _grid_scalar(steps: int, type: pa.DataType) -> pa.Scalar:
    if kind_of(type) == "bool":
        return pa.scalar(bool(steps), type)
    if kind_of(type) == "decimal":
        digits = tuple(map(int, str(abs(steps))))
        return pa.scalar(Decimal((int(steps < 0), digits, -type.scale)), type)
    if kind_of(type) == "integer":
        return pa.scalar(steps, type)
    whole = pa.int32() if type.bit_width == 32 else pa.int64()
    return pa.array([steps], whole).view(type)[0]
