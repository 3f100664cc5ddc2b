"""Arithmetic: integers checked, ``/`` as float64, decimals that grow, times with durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heatbin.expressions.kinds import NUMBERS, TEMPORAL, Datum, apply, cast, kind_of
from heatbin.expressions.operands import Operand, common, datum, describe, number, real
from heatbin.expressions.tree import Literal, MisfitError

__all__ = ["add", "divide", "floor_divide", "modulo", "multiply", "negative", "power", "subtract"]

_INT64_MIN = -(2**63)
_UNITS = ("s", "ms", "us", "ns")


def _arithmetic(symbol: str, kernel: str) -> Callable[[Operand, Operand], Datum]:
    def compute(left: Operand, right: Operand) -> Datum:
        left, right = common(left, right)
        kinds = {kind_of(left.type), kind_of(right.type)}
        with_times = bool(kinds & TEMPORAL) and kinds <= TEMPORAL | {"integer"}
        if not (kinds <= NUMBERS or with_times):
            raise _refused(symbol, left, right)
        if left.type == right.type == pa.float64():
            # Floats have no overflow to check; checking integers takes 1.0 ns a row, not 0.2.
            return apply(kernel, left, right)
        try:
            return (_decimals if "decimal" in kinds else apply)(f"{kernel}_checked", left, right)
        except (pa.ArrowNotImplementedError, pa.ArrowTypeError):
            raise _refused(symbol, left, right, '; durations are written duration("1h")') from None

    return compute


def _refused(symbol: str, left: Datum, right: Datum, hint: str = "") -> MisfitError:
    return MisfitError(f"{symbol} does not take {describe(left.type)} and {describe(right.type)}{hint}")


def _decimals(kernel: str, left: Datum, right: Datum) -> Datum:
    try:
        return apply(kernel, left, right)
    except pa.ArrowInvalid:  # the result has more than 38 digits, whatever the values
        return apply(
            kernel,
            *(cast(side, pa.decimal256(side.type.precision, side.type.scale)) for side in (left, right)),
        )


add = _arithmetic("+", "add")
subtract = _arithmetic("-", "subtract")
multiply = _arithmetic("*", "multiply")


def divide(left: Operand, right: Operand) -> Datum:
    """Divide as float64; durations by durations too."""
    left, right = common(left, right)
    if kind_of(left.type) == kind_of(right.type) == "duration":
        finer = pa.duration(max(left.type.unit, right.type.unit, key=_UNITS.index))
        left, right = (cast(cast(side, finer), pa.int64()) for side in (left, right))
    if not NUMBERS.issuperset((kind_of(left.type), kind_of(right.type))):
        raise _refused("/", left, right, '; a duration is divided by a duration: x / duration("1s")')
    return pc.divide(real(left), real(right))


def power(left: Operand, right: Operand) -> Datum:
    """Raise integers to integers, checked; all else, and constant negative powers, as float64."""
    inverse = isinstance(right, Literal) and isinstance(right.value, int) and right.value < 0
    left, right = common(left, right)
    if not inverse and kind_of(left.type) == kind_of(right.type) == "integer":
        return pc.power_checked(left, right)
    return pc.power(real(left), real(right))


def negative(operand: Operand) -> Datum:
    """Return -x; of unsigned integers as int64."""
    value = datum(operand)
    if kind_of(value.type) == "duration":
        return pc.negate_checked(value)
    value = number(value)
    return pc.negate_checked(cast(value, pa.int64()) if value.type == pa.uint64() else value)


def floor_divide(left: Operand, right: Operand) -> Datum:
    """Return the floor of the quotient, as Python's ``//``."""
    left, right = _divisible("//", left, right)
    if right.type == pa.int64() and _any(pc.and_(pc.equal(right, -1), pc.equal(left, pa.scalar(_INT64_MIN)))):
        raise pa.ArrowInvalid("overflow")
    return _elementwise(np.floor_divide, left, right)


def modulo(left: Operand, right: Operand) -> Datum:
    """Return what ``//`` leaves: it has the sign of the divisor, as Python's ``%``."""
    return _elementwise(np.remainder, *_divisible("%", left, right))


def _divisible(symbol: str, left: Operand, right: Operand) -> tuple[Datum, Datum]:
    """Check what NumPy does not: that the operands are numbers, and no integer is divided by zero."""
    left, right = common(left, right)
    kinds = {kind_of(left.type), kind_of(right.type)}
    if not kinds <= NUMBERS - {"decimal"}:
        raise _refused(
            symbol, left, right, "; float(…) makes a decimal a float" if "decimal" in kinds else ""
        )
    if left.type != pa.float64():
        zero = pc.equal(right, pa.scalar(0, right.type))
        if _any(zero) and _any(pc.and_(zero, pc.is_valid(left))):
            raise pa.ArrowInvalid("divide by zero")
    return left, right


def _any(mask: Datum) -> bool:
    return bool((mask if isinstance(mask, pa.Scalar) else pc.any(mask)).as_py())


def _elementwise(ufunc: np.ufunc, left: Datum, right: Datum) -> Datum:
    with np.errstate(all="ignore"):
        values = ufunc(_flat(left), _flat(right))
    result = pa.array(values) if values.ndim else pa.scalar(values.item(), left.type)
    if not _has_nulls(left) and not _has_nulls(right):
        return result
    return pc.if_else(pc.and_(pc.is_valid(left), pc.is_valid(right)), result, pa.scalar(None, left.type))


def _flat(value: Datum) -> Any:
    """Return the values as NumPy takes them, without a copy; anything stands under a null."""
    dtype = np.dtype(str(value.type).replace("double", "float64"))
    if isinstance(value, pa.Scalar):
        return np.asarray(value.as_py() or 0, dtype)
    return (
        np.frombuffer(value.buffers()[1], dtype)[value.offset :][: len(value)]
        if len(value)
        else np.empty(0, dtype)
    )


def _has_nulls(value: Datum) -> bool:
    return value.null_count > 0 if isinstance(value, pa.Array) else not value.is_valid
