"""The functions and operators of the language, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc

from heatbin.expressions import arithmetic
from heatbin.expressions.kinds import Datum, apply, cast, kind_of
from heatbin.expressions.operands import Operand, common, datum, describe, number, real
from heatbin.expressions.tree import MisfitError

__all__ = ["FUNCTIONS", "OPERATORS", "Function"]

# Metres, the sphere of Web Mercator: EPSG Guidance Note 7-2, "Popular Visualisation Pseudo-Mercator" (1024).
_EARTH_RADIUS = 6378137.0


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes, and what computes it."""

    arity: int
    compute: Callable[..., Datum]


def _real(kernel: str, operand: Operand) -> Datum:
    """Apply a kernel that works on float64; outside its domain it gives NaN or an infinity."""
    return apply(kernel, real(operand))


def _calendar(kernel: str, operand: Operand) -> Datum:
    """Take a part out of a date or time: in the column's own zone, where it has one."""
    value = datum(operand)
    if kind_of(value.type) not in ("timestamp", "date", "time", "null"):
        raise MisfitError(f"needs a date or a time, not {describe(value.type)}")
    if kind_of(value.type) == "null":
        return cast(value, pa.int64())
    try:
        return apply(kernel, value)
    except pa.ArrowNotImplementedError:
        raise MisfitError(f"{describe(value.type)} has none") from None


def _whole(kernel: str, operand: Operand) -> Datum:
    value = number(operand)
    return value if kind_of(value.type) == "integer" else apply(kernel, value)


def _absolute(operand: Operand) -> Datum:
    value = datum(operand)
    return pc.abs_checked(value if kind_of(value.type) == "duration" else number(value))


def _sign(operand: Operand) -> Datum:
    value = number(operand)
    return cast(pc.sign(value), pa.float64() if kind_of(value.type) == "float" else pa.int64())


def _extreme(kernel: str, left: Operand, right: Operand) -> Datum:
    """Return the lesser or the greater; null where either is null, NaN where either is NaN."""
    left, right = common(left, right)
    takes_left = apply(kernel, left, right)
    if kind_of(left.type) == "float":
        takes_left = pc.or_(takes_left, pc.is_nan(left))
    return pc.if_else(takes_left, left, right)


def _coalesce(operand: Operand, default: Operand) -> Datum:
    return pc.coalesce(*common(operand, default))


def _if_else(condition: Operand, yes: Operand, no: Operand) -> Datum:
    return pc.if_else(_truth(condition), *common(yes, no))


def _is_null(operand: Operand) -> Datum:
    return pc.is_null(datum(operand))


def _float_test(kernel: str, operand: Operand) -> Datum:
    return apply(kernel, number(operand))


def _int(operand: Operand) -> Datum:
    """Cut towards zero; what int64 does not hold is an error."""
    value = number(operand)
    return cast(value if kind_of(value.type) == "integer" else pc.trunc(value), pa.int64())


def _radians(operand: Operand) -> Datum:
    return pc.multiply(real(operand), math.pi / 180)


def _degrees(operand: Operand) -> Datum:
    return pc.multiply(real(operand), 180 / math.pi)


def _mercator_x(longitude: Operand) -> Datum:
    return pc.multiply(_radians(longitude), _EARTH_RADIUS)


def _mercator_y(latitude: Operand) -> Datum:
    # asinh(tan φ) is ln(tan(π/4 + φ/2)), without its cancellation near the equator.
    degrees = real(latitude)
    northing = pc.multiply(apply("asinh", pc.tan(_radians(degrees))), _EARTH_RADIUS)
    return pc.if_else(pc.less_equal(pc.abs(degrees), 90.0), northing, math.nan)


def _truth(operand: Operand) -> Datum:
    value = datum(operand)
    if kind_of(value.type) not in ("bool", "null"):
        raise MisfitError(f"needs true or false, not {describe(value.type)}; compare it with something")
    return cast(value, pa.bool_())


def _connective(kernel: str, *operands: Operand) -> Datum:
    return reduce(partial(apply, kernel), (_truth(operand) for operand in operands))


def _not(operand: Operand) -> Datum:
    return pc.invert(_truth(operand))


_REAL_KERNELS = {
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "ln",
    "log10": "log10",
    "log2": "log2",
    "log1p": "log1p",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
}
_CALENDAR_KERNELS = {
    "year": "year",
    "month": "month",
    "day": "day",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "weekday": "day_of_week",
    "day_of_year": "day_of_year",
    "week": "iso_week",
}
_least = Function(2, partial(_extreme, "less"))
_greatest = Function(2, partial(_extreme, "greater"))

FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, _absolute),
    **{name: Function(1, partial(_real, kernel)) for name, kernel in _REAL_KERNELS.items()},
    "atan2": Function(2, lambda y, x: pc.atan2(real(y), real(x))),
    **{name: Function(1, partial(_whole, name)) for name in ("floor", "ceil", "round")},
    "sign": Function(1, _sign),
    "min": _least,
    "least": _least,
    "max": _greatest,
    "greatest": _greatest,
    "radians": Function(1, _radians),
    "degrees": Function(1, _degrees),
    **{name: Function(1, partial(_calendar, kernel)) for name, kernel in _CALENDAR_KERNELS.items()},
    "is_null": Function(1, _is_null),
    "is_nan": Function(1, partial(_float_test, "is_nan")),
    "is_finite": Function(1, partial(_float_test, "is_finite")),
    "coalesce": Function(2, _coalesce),
    "if_else": Function(3, _if_else),
    "float": Function(1, real),
    "int": Function(1, _int),
    "mercator_x": Function(1, _mercator_x),
    "mercator_y": Function(1, _mercator_y),
}
"""What a user can call."""

OPERATORS: dict[str, Callable[..., Datum]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "//": arithmetic.floor_divide,
    "%": arithmetic.modulo,
    "**": arithmetic.power,
    "negative": arithmetic.negative,
    "and": partial(_connective, "and_kleene"),
    "or": partial(_connective, "or_kleene"),
    "not": _not,
}
"""What a user writes as a sign or a word between operands."""
