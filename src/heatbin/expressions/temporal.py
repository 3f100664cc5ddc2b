"""Dates, clock times and durations as people write them, to nanoseconds and without rounding."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from zoneinfo import ZoneInfo

from heatbin.expressions.tree import MisfitError

__all__ = ["SECOND", "clock", "duration", "instant"]

SECOND = 10**9
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_CLOCK = r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
_OFFSET = r"([+-])(\d{2}):?(\d{2})?"
_INSTANT = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}})(?:[T ]{_CLOCK}(Z|{_OFFSET})?)?", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_FIXED = re.compile(_OFFSET, re.ASCII)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(ns|us|ms|s|min|m|h|d|w)\s*", re.ASCII)
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "min": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86400 * SECOND,
    "w": 7 * 86400 * SECOND,
}


def instant(text: str, zone: str | None = None) -> tuple[int, bool]:
    """Return nanoseconds since 1970, and whether they are UTC (else: the wall clock of no zone).

    Parameters
    ----------
    text : str
        An ISO 8601 date, or date and time, with or without an offset.
    zone : str, optional
        The zone whose wall clock a text without an offset shows. An hour that the zone repeats is its first.

    Raises
    ------
    MisfitError
        If the text is no date.

    Examples
    --------
    >>> instant("1970-01-02"), instant("1970-01-01T00:00:00.000000001Z"), instant("1970-01-01", "Asia/Tokyo")
    ((86400000000000, False), (1, True), (-32400000000000, True))
    """
    match = _INSTANT.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        day = dt.date(int(match[1]), int(match[2]), int(match[3]))
        wall = (day.toordinal() - _EPOCH_DAY) * 86400 * SECOND + _clock(match.groups()[3:7])
        if match[8]:
            return wall - _offset(match.groups()[8:]), True
    except ValueError:
        message = f"{text!r} is no date; write one as '2024-01-31' or '2024-01-31T12:30:00'"
        raise MisfitError(message) from None
    return (wall - _zone_offset(zone, day, wall), True) if zone else (wall, False)


def clock(text: str) -> int:
    """Return nanoseconds since midnight.

    Examples
    --------
    >>> clock("00:00:01.5")
    1500000000
    """
    match = _TIME.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        return _clock(match.groups())
    except ValueError:
        raise MisfitError(f"{text!r} is no time of day; write one as '12:30' or '12:30:05.25'") from None


def duration(text: str) -> Fraction:
    """Return nanoseconds.

    Examples
    --------
    >>> duration("1h30m") == duration("1.5h") == 90 * 60 * SECOND
    True
    """
    unsigned = text.strip().removeprefix("-")
    parts = list(_LENGTH.finditer(unsigned))
    if not parts or "".join(part.group() for part in parts) != unsigned:
        raise MisfitError(f"{text!r} is no duration; write one as '90s', '15min', '1h30m' or '7d'")
    total = sum((Fraction(part[1]) * _UNITS[part[2]] for part in parts), Fraction(0))
    return -total if text.strip().startswith("-") else total


def _clock(groups: tuple[str | None, ...]) -> int:
    hour, minute, second, fraction = groups
    time = dt.time(int(hour or 0), int(minute or 0), int(second or 0))
    whole = time.hour * 3600 + time.minute * 60 + time.second
    return whole * SECOND + int((fraction or "").ljust(9, "0"))


def _offset(groups: tuple[str | None, ...]) -> int:
    sign, hours, minutes = groups
    seconds = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return (-seconds if sign == "-" else seconds) * SECOND


def _zone_offset(zone: str, day: dt.date, wall: int) -> int:
    """Return what the clocks of `zone` are ahead of UTC when they show `wall`."""
    fixed = _FIXED.fullmatch(zone)
    if fixed:
        return _offset(fixed.groups())
    seconds = wall // SECOND % 86400
    time = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, tzinfo=ZoneInfo(zone))
    offset = dt.datetime.combine(day, time).utcoffset() or dt.timedelta()
    return (offset.days * 86400 + offset.seconds) * SECOND
