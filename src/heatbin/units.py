"""Sizes, durations and counts, as people write and read them."""

from __future__ import annotations

import operator
import re
from typing import SupportsIndex

from heatbin.errors import UsageError

__all__ = ["format_bytes", "format_count", "format_duration", "parse_bytes", "parse_duration"]

_PREFIXES = "kmgtp"
_BYTES = {
    "": 1,
    "b": 1,
    **{f"{prefix}b": 1000**power for power, prefix in enumerate(_PREFIXES, start=1)},
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate(_PREFIXES, start=1)},
}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", re.ASCII | re.IGNORECASE)


def parse_bytes(size: str | SupportsIndex, *, name: str = "memory") -> int:
    """Return `size` in bytes.

    Parameters
    ----------
    size : str or int
        A number of bytes, or a number and a unit: kB, MB, GB … (1000ⁿ) or KiB, MiB, GiB … (1024ⁿ).
    name : str, optional
        What the size is called in an error.

    Returns
    -------
    int
        The number of bytes, 1 or more.

    Raises
    ------
    UsageError
        When `size` is no size, or less than a byte.
    TypeError
        When `size` is neither text nor an integer.

    Examples
    --------
    >>> parse_bytes("1GB"), parse_bytes("1GiB"), parse_bytes("1.5 kB"), parse_bytes(4096)
    (1000000000, 1073741824, 1500, 4096)
    >>> parse_bytes("lots")
    Traceback (most recent call last):
    heatbin.errors.UsageError: memory must be a size such as '300MB', '1GB' or '2GiB', not 'lots'
    """
    if isinstance(size, str):
        amount, unit = _quantity(size)
        parsed = int(amount * _BYTES[unit]) if unit in _BYTES else 0
    else:
        parsed = _integer(size, name)
    if parsed < 1:
        raise UsageError(f"{name} must be a size such as '300MB', '1GB' or '2GiB', not {size!r}")
    return parsed


def parse_duration(duration: str, *, name: str = "duration") -> float:
    """Return `duration` in seconds.

    Parameters
    ----------
    duration : str
        A number and one of the units ms, s, m or min, h, d, w.
    name : str, optional
        What the duration is called in an error.

    Raises
    ------
    UsageError
        When `duration` is no duration.

    Examples
    --------
    >>> parse_duration("60s"), parse_duration("1.5h"), parse_duration("250ms")
    (60.0, 5400.0, 0.25)
    >>> parse_duration("soon", name="min_age")
    Traceback (most recent call last):
    heatbin.errors.UsageError: min_age must be a duration such as '90s', '15min', '1h' or '7d', not 'soon'
    """
    amount, unit = _quantity(duration)
    if unit not in _SECONDS:
        raise UsageError(f"{name} must be a duration such as '90s', '15min', '1h' or '7d', not {duration!r}")
    return amount * _SECONDS[unit]


def format_bytes(size: float) -> str:
    """Return a number of bytes in three figures, by powers of 1000.

    Examples
    --------
    >>> format_bytes(512), format_bytes(13_493_022), format_bytes(999_999_999)
    ('512 B', '13.5 MB', '1.00 GB')
    """
    number, prefix = _scaled(size, ["", "k", "M", "G", "T", "P"])
    return f"{number} {prefix}B"


def format_count(count: float) -> str:
    """Return a count or a rate in three figures.

    Examples
    --------
    >>> format_count(999), format_count(64_000), format_count(300_000_000)
    ('999', '64.0k', '300M')
    """
    return "".join(_scaled(count, ["", "k", "M", "G", "T"]))


def format_duration(seconds: float) -> str:
    """Return a time span in at most two units.

    Examples
    --------
    >>> [format_duration(seconds) for seconds in (0.814, 9.96, 75, 3725, 180_000)]
    ['0.81 s', '10.0 s', '1 min 15 s', '1 h 02 min', '2 d 02 h']
    """
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.95 else f"{seconds:.1f} s"
    if seconds < 3599.5:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} d {hours % 24:02d} h"


def _quantity(text: str) -> tuple[float, str]:
    """Split '1.5 GB' into 1.5 and 'gb'; what is no quantity has a unit that nobody knows."""
    match = _QUANTITY.fullmatch(text)
    return (float(match[1]), match[2].lower()) if match else (0.0, "?")


def _integer(size: SupportsIndex, name: str) -> int:
    try:
        return operator.index(size)
    except TypeError:
        raise TypeError(f"{name} must be a size such as '1GB' or an integer, not {size!r}") from None


def _scaled(number: float, prefixes: list[str]) -> tuple[str, str]:
    """Write `number` with three figures and the prefix that they need."""
    power = 0
    # 999.5 would be written as 1000
    while number >= 999.5 and power + 1 < len(prefixes):
        number, power = number / 1000, power + 1
    decimals = 0 if power == 0 else 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{decimals}f}", prefixes[power]
