"""What the numbers of a column mean: plain numbers, decimals, or times in some unit and zone.

Sources deliver times and decimals as their integers. A `LogicalType` turns what a user writes ("2024-01-01",
``Decimal("1.5")``) into that space, exactly, and edges back into what a user reads.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from heatbin.columns import Array
from heatbin.errors import UsageError

__all__ = ["NUMBER", "LogicalType", "zone_named"]

Kind = Literal["number", "decimal", "timestamp", "date", "time", "duration"]
PER_SECOND = {
    "D": Fraction(1, 86400),
    "s": Fraction(1),
    "ms": Fraction(10**3),
    "us": Fraction(10**6),
    "ns": Fraction(10**9),
}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FIXED_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
FIRST_DAYS = {4: "-01-01", 7: "-01"}
MONTH = re.compile(r"\d{4}(-\d\d)?", re.ASCII)
SECONDS = re.compile(r"((?:[\dW-]{7,10}\D)?T?\d\d:?\d\d:?\d\d)[.,](\d+)(.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogicalType:
    """The meaning of a column's numbers.

    Parameters
    ----------
    kind : str, optional
        "number", "decimal", "timestamp", "date", "time" (since midnight) or "duration".
    unit : str, optional
        Of times: "D", "s", "ms", "us" or "ns", NumPy's codes.
    scale : int, optional
        Of decimals: the digits behind the point.
    zone : str, optional
        Of timestamps: the IANA zone, or a fixed offset such as "+02:00"; the integers are UTC then.
    """

    kind: Kind = "number"
    unit: str = ""
    scale: int = 0
    zone: str | None = None

    def __str__(self) -> str:
        detail = [self.unit] * bool(self.unit) + [self.zone or ""] * bool(self.zone)
        return f"{self.kind}[{', '.join(detail)}]" if detail else self.kind

    def encode(self, value: Any, argument: str) -> int | float | Fraction:
        """Return `value` in the space of the column's numbers, exactly.

        Parameters
        ----------
        value : number, str, Decimal, datetime, date, time, timedelta, numpy.datetime64 or numpy.timedelta64
            What a user writes; text is ISO 8601, with any number of digits behind the seconds. A month or a year
            stands for its first moment.
        argument : str
            What the error is to name.

        Raises
        ------
        UsageError
            When the value does not fit the kind of column.
        """
        plain = isinstance(value, np.number) and not isinstance(value, np.timedelta64)
        value = value.item() if plain else value
        encoders = self._encoders(zone_named(self.zone) if self.zone else dt.UTC)
        try:
            number: int | float | Fraction = encoders[self.kind](value)
        except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise UsageError(f"{argument}: {value!r} is no {self.kind}, which the column holds") from error
        return number

    def _encoders(self, zone: dt.tzinfo) -> dict[str, Any]:
        return {
            "number": _number,
            "decimal": lambda value: Fraction(str(value)) * 10**self.scale,
            "timestamp": lambda value: _since_epoch(value, zone) * PER_SECOND[self.unit],
            "date": lambda value: _since_epoch(value, dt.UTC) * PER_SECOND[self.unit],
            "time": lambda value: _since_midnight(value) * PER_SECOND[self.unit],
            "duration": lambda value: _length(value) * PER_SECOND[self.unit],
        }

    def decode(self, numbers: Sequence[int | Fraction]) -> Array:
        """Return edges as users read them.

        Parameters
        ----------
        numbers : sequence of int or Fraction, shape (edges,)
            In the space of the column's numbers.

        Returns
        -------
        ndarray, shape (edges,)
            float64 for numbers and decimals; datetime64 (in UTC, where there is a zone) for timestamps and dates,
            timedelta64 for times and durations: in the coarsest unit, the column's own or finer, that holds
            all of them exactly, else rounded down to the finest one in which all fit 64 bits, which may be coarser.
        """
        if self.kind in ("number", "decimal"):
            return np.array([float(Fraction(number) / 10**self.scale) for number in numbers])
        seconds = [Fraction(number) / PER_SECOND[self.unit] for number in numbers]
        unit = self._finest_needed(seconds)
        ticks = np.array([_floor(second * PER_SECOND[unit]) for second in seconds], dtype=np.int64)
        family = "M8" if self.kind in ("timestamp", "date") else "m8"
        return ticks.view(f"{family}[{unit}]")

    def _finest_needed(self, seconds: Sequence[Fraction]) -> str:
        units, farthest = list(PER_SECOND), max(map(abs, seconds))
        finer = units[units.index(self.unit) :]
        roomy = [unit for unit in units if farthest * PER_SECOND[unit] < 1 << 63] or units[:1]
        fitting = [unit for unit in finer if unit in roomy] or roomy[-1:]
        exact = (unit for unit in fitting if all((s * PER_SECOND[unit]).denominator == 1 for s in seconds))
        return next(exact, fitting[-1])


NUMBER = LogicalType()


def zone_named(name: str) -> dt.tzinfo:
    """Return a time zone by its IANA name, or by its offset such as "+02:00".

    Raises
    ------
    UsageError
        When there is no such zone.
    """
    if match := FIXED_OFFSET.fullmatch(name):
        sign = -1 if match[1] == "-" else 1
        return dt.timezone(sign * dt.timedelta(hours=int(match[2]), minutes=int(match[3])))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"no time zone {name!r}; zones have names such as 'Europe/Berlin' or 'UTC'"
        ) from None


def _number(value: Any) -> int | float | Fraction:
    if isinstance(value, str):
        return int(value) if value.lstrip("+-").isdigit() else float(value)
    if isinstance(value, Decimal):
        return Fraction(value)
    if isinstance(value, int | float | Fraction):
        return value
    raise TypeError


def _since_epoch(value: Any, zone: dt.tzinfo) -> Fraction:
    """Return seconds since 1970 of a point in time; one without a zone is taken as of `zone`."""
    if isinstance(value, np.datetime64):
        unit, count = np.datetime_data(value.dtype)
        if unit not in PER_SECOND:
            value, unit, count = value.astype("M8[s]"), "s", 1
        return Fraction(int(value.astype(np.int64)) * count) / PER_SECOND[unit]
    fraction = Fraction(getattr(value, "nanosecond", 0), 10**9)
    if isinstance(value, str):
        value, fraction = _split_seconds(value + FIRST_DAYS[len(value)] if MONTH.fullmatch(value) else value)
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    moment = value if value.tzinfo else value.replace(tzinfo=zone)
    return _seconds(moment.astimezone(dt.UTC) - EPOCH) + fraction


def _split_seconds(text: str) -> tuple[str, Fraction]:
    """Return ISO text without what stands behind its seconds, and that; Python would drop all but six digits."""
    match = SECONDS.fullmatch(text)
    return (
        (match[1] + match[3], Fraction(int(match[2]), 10 ** len(match[2]))) if match else (text, Fraction(0))
    )


def _since_midnight(value: Any) -> Fraction:
    text, fraction = _split_seconds(value) if isinstance(value, str) else ("", Fraction(0))
    time = dt.time.fromisoformat(text) if text else value
    if isinstance(time, dt.time):
        whole = Fraction(time.hour * 3600 + time.minute * 60 + time.second) + Fraction(
            time.microsecond, 10**6
        )
        return whole + fraction
    return _length(time)


def _length(value: Any) -> Fraction:
    if isinstance(value, np.timedelta64):
        return Fraction(int(value.astype("m8[ns]").astype(np.int64)), 10**9)
    if isinstance(value, str):
        from heatbin.units import parse_duration

        return Fraction(parse_duration(value))
    return _seconds(value)


def _seconds(delta: dt.timedelta) -> Fraction:
    return Fraction(delta.days * 86400 + delta.seconds) + Fraction(delta.microseconds, 10**6)


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator
