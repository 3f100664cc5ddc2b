"""What a footer says a column's least and greatest values are, as exact numbers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from heatbin.expressions.exact import Exact, unit_of
from heatbin.expressions.kinds import TEMPORAL, kind_of, plain_type
from heatbin.expressions.temporal import SECOND

__all__ = ["UNKNOWN", "Measured", "measured", "space_of"]

Measured: TypeAlias = tuple[str, Exact]
"""What a value is counted in ("number", "text", "bytes", or nanoseconds as "date", "wall", "utc", "time" or
"duration"), and the value.
"""

UNKNOWN: Measured = ("unknown", 0)

_EPOCH = dt.datetime(1970, 1, 1)


def space_of(type: pa.DataType) -> str:
    """Return what the values of `type` are counted in, as `Measured` has it.

    "wall" and "utc" are timestamps without and with a zone.
    """
    kind = kind_of(type)
    if kind == "timestamp":
        return "utc" if type.tz else "wall"
    return kind if kind in TEMPORAL or kind in ("text", "bytes") else "number"


def measured(value: Any) -> Measured:
    """Return a value of Python, NumPy, pandas or pyarrow exactly; `UNKNOWN` where that cannot be.

    Examples
    --------
    >>> measured(1.5), measured(dt.date(1970, 1, 2)), measured(float("nan"))
    (('number', 1.5), ('date', 86400000000000), ('unknown', 0))
    """
    if isinstance(value, pa.Scalar):
        return _scalar(value)
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    for kind, reader in _READERS:
        if isinstance(value, kind):
            return reader(value)
    return UNKNOWN


def _scalar(scalar: pa.Scalar) -> Measured:
    if not scalar.is_valid:
        return UNKNOWN
    type = plain_type(scalar.type)
    if type == scalar.type and kind_of(type) in TEMPORAL:
        return space_of(type), scalar.value * unit_of(type)
    return measured(scalar.as_py())


def _number(value: float) -> Measured:
    return ("number", value) if math.isfinite(value) else UNKNOWN


def _decimal(value: Decimal) -> Measured:
    return ("number", Fraction(value)) if value.is_finite() else UNKNOWN


def _datetime(value: dt.datetime) -> Measured:
    offset = value.utcoffset()
    since = value.replace(tzinfo=None) - _EPOCH - (offset or dt.timedelta())
    # pandas' timestamps are datetimes with nanoseconds beside them.
    return "wall" if offset is None else "utc", _nanoseconds(since) + getattr(value, "nanosecond", 0)


def _date(value: dt.date) -> Measured:
    return "date", (value.toordinal() - _EPOCH.toordinal()) * 86400 * SECOND


def _time(value: dt.time) -> Measured:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return "time", seconds * SECOND + value.microsecond * 1000


def _nanoseconds(delta: dt.timedelta) -> int:
    return (delta.days * 86400 + delta.seconds) * SECOND + delta.microseconds * 1000


def _numpy_time(value: np.datetime64 | np.timedelta64) -> Measured:
    unit, count = np.datetime_data(value.dtype)
    if np.isnat(value) or unit not in _NUMPY_UNITS:
        return UNKNOWN
    space = "wall" if isinstance(value, np.datetime64) else "duration"
    return space, int(value.astype(np.int64)) * count * _NUMPY_UNITS[unit]


_NUMPY_UNITS = {
    "D": 86400 * SECOND,
    "h": 3600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}

# In this order: a datetime is a date too.
_READERS: tuple[tuple[Any, Callable[[Any], Measured]], ...] = (
    (int | float, _number),
    (Fraction, lambda value: ("number", value)),
    (Decimal, _decimal),
    (str, lambda value: ("text", value)),
    (bytes, lambda value: ("bytes", value)),
    (dt.datetime, _datetime),
    (dt.date, _date),
    (dt.time, _time),
    (dt.timedelta, lambda value: ("duration", _nanoseconds(value))),
    (np.datetime64 | np.timedelta64, _numpy_time),
)
