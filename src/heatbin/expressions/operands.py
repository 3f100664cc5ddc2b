"""Operands on their way into a kernel: constants become scalars, numbers take their working type.

Numbers are computed in int64 or uint64, float64, or decimals.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from heatbin.expressions.exact import place
from heatbin.expressions.kinds import NUMBERS, TEMPORAL, Datum, cast, kind_of, plain, plain_type
from heatbin.expressions.temporal import duration, instant
from heatbin.expressions.tree import Literal, MisfitError

__all__ = ["Operand", "common", "datum", "describe", "number", "real"]

Operand: TypeAlias = "Datum | Literal"


def datum(operand: Operand, beside: pa.DataType | None = None) -> Datum:
    """Return an array or a scalar that kernels take; a constant gets a type that suits its neighbour's."""
    if not isinstance(operand, Literal):
        return plain(operand)
    value = operand.value
    beside_time = beside is not None and kind_of(beside) in TEMPORAL
    if operand.form != "plain" or (beside_time and isinstance(value, str)):
        return _time(operand, beside if beside_time else None)
    if isinstance(value, int) and not isinstance(value, bool):
        return _integer(value, beside)
    return pa.scalar(value)


def _integer(value: int, beside: pa.DataType | None) -> Datum:
    if -(2**63) <= value < 2**64:
        unsigned = value >= 2**63 or (value >= 0 and beside == pa.uint64())
        return pa.scalar(value, pa.uint64() if unsigned else pa.int64())
    if beside is not None and kind_of(beside) == "float":
        return pa.scalar(float(value))
    raise MisfitError("an integer beyond 64 bits; write it as a float, such as 1e30")


def _time(literal: Literal, beside: pa.DataType | None) -> Datum:
    """Return a constant in the type of the column beside it, or in its own where that cannot hold it."""
    if beside is not None and _suits(literal, beside):
        scalar, side = place(literal, beside)
        if side == 0:
            return scalar
        if literal.form == "plain":
            raise MisfitError(f"{literal.value!r} is not a value that {beside} can hold")
    scalar, side = place(literal, _own_type(literal, getattr(beside, "tz", None)))
    if side:
        raise MisfitError(f"{literal.value!r} is out of range")
    return scalar


def _suits(literal: Literal, beside: pa.DataType) -> bool:
    home = {"date": "timestamp", "timestamp": "timestamp", "duration": "duration"}
    return literal.form == "plain" or home[literal.form] == kind_of(beside)


def _own_type(literal: Literal, zone: str | None) -> pa.DataType:
    """Return the type of date("…"), timestamp("…") or duration("…") by itself; nanoseconds where needed."""
    text = str(literal.value)
    if literal.form == "date":
        return pa.date32()
    if literal.form == "duration":
        return pa.duration("ns" if duration(text) % 1000 else "us")
    nanoseconds, is_utc = instant(text)
    return pa.timestamp("ns" if nanoseconds % 1000 else "us", zone or ("UTC" if is_utc else None))


def common(left: Operand, right: Operand) -> tuple[Datum, Datum]:
    """Return both as kernels take them, numbers in their common working type."""
    left, right = datum(left, _type_of(right)), datum(right, _type_of(left))
    kinds = {kind_of(left.type), kind_of(right.type)}
    if kinds <= NUMBERS:
        return _numbers(left, right, kinds)
    if "null" in kinds:
        type = right.type if kind_of(left.type) == "null" else left.type
        return cast(left, type), cast(right, type)
    return left, right


def _type_of(operand: Operand) -> pa.DataType | None:
    return None if isinstance(operand, Literal) else plain_type(operand.type)


def _numbers(left: Datum, right: Datum, kinds: set[str]) -> tuple[Datum, Datum]:
    if "float" in kinds or kinds == {"null"}:
        return real(left), real(right)
    if "decimal" in kinds:
        return _beside_decimal(left), _beside_decimal(right)
    unsigned = pa.uint64() in (left.type, right.type) and all(
        pa.types.is_unsigned_integer(side.type) for side in (left, right)
    )
    type = pa.uint64() if unsigned else pa.int64()
    return cast(left, type), cast(right, type)


def _beside_decimal(value: Datum) -> Datum:
    """Return integers as decimals; constants as short ones, since results grow with their operands."""
    if kind_of(value.type) == "decimal":
        return value
    value = cast(value, pa.uint64() if value.type == pa.uint64() else pa.int64())
    digits = len(str(abs(value.as_py() or 0))) if isinstance(value, pa.Scalar) else 20
    return cast(cast(value, pa.decimal128(20)), pa.decimal128(digits))


def number(operand: Operand) -> Datum:
    """Return a number in its working type: bools and small integers as int64, floats and nulls as float64.

    Raises
    ------
    MisfitError
        If it is no number.
    """
    value = datum(operand)
    kind = kind_of(value.type)
    if kind not in NUMBERS:
        raise MisfitError(f"needs a number, not {describe(value.type)}")
    if kind in ("float", "null"):
        return cast(value, pa.float64())
    return value if kind == "decimal" or value.type == pa.uint64() else cast(value, pa.int64())


def real(operand: Operand) -> Datum:
    """Return a number as float64, rounded to nearest."""
    return cast(number(operand), pa.float64(), safe=False)


def describe(type: pa.DataType) -> str:
    """Return `type` as errors name it."""
    return f"text ({type})" if kind_of(type) == "text" else str(type)
