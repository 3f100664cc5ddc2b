"""The kinds of values that options take: text in, the value that heatbin's functions want out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import click

from heatbin.errors import UsageError
from heatbin.units import parse_bytes, parse_duration

if TYPE_CHECKING:
    from heatbin.axes import Time, Variable

__all__ = [
    "BINS",
    "DURATION",
    "EDGES",
    "END",
    "EVERY",
    "FROM_ONE",
    "MEMORY",
    "PATH",
    "SCALE",
    "SETTING",
    "SHARE",
    "SIGMA",
    "SIZE",
    "End",
    "Parsed",
    "is_end",
]

End: TypeAlias = int | float | str | None
"""One end of a range: a number, a date or a percentile as text, None for what the data have."""

_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100(\.0+)?)")
_SCALE = re.compile(r"linear|log|symlog(?::((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))?")

T = TypeVar("T")


class Parsed(click.ParamType[T]):
    """A kind of value with a parser; what the parser raises is about the option.

    Parameters
    ----------
    name : str
        What help calls the value.
    parse : callable
        Makes the value out of its text, or raises UsageError.
    """

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Parse `value`, once."""
        try:
            return self._parse(value) if isinstance(value, str) else value  # type: ignore[return-value]
        except UsageError as error:
            self.fail(str(error), param, ctx)


def parse_bins(text: str) -> int | tuple[int, int]:
    """Return the bins of both axes, or of each.

    Examples
    --------
    >>> parse_bins("1024"), parse_bins("1024x512")
    (1024, (1024, 512))
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
    if match is None:
        raise UsageError(f"{text!r} is no number of bins; 1024 or 1024x512 would be")
    from heatbin.axes import Regular

    counts = [Regular(int(count)).n for count in match.groups() if count]
    return (counts[0], counts[1]) if match[2] else counts[0]


def parse_share(text: str) -> float:
    """Return a share of the whole.

    Examples
    --------
    >>> parse_share("1%"), parse_share("0.25")
    (0.01, 0.25)
    """
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)(%?)", text)
    share = float(match[1]) / (100 if match[2] else 1) if match else 0.0
    if not 0 < share <= 1:
        raise UsageError(f"{text!r} is no share; 1% or 0.01 would be")
    return share


def parse_setting(text: str) -> tuple[str, str | bool | int]:
    """Return the name and the value of an option of a source.

    Examples
    --------
    >>> parse_setting("region=eu-west-1"), parse_setting("anonymous=true"), parse_setting("retries=5")
    (('region', 'eu-west-1'), ('anonymous', True), ('retries', 5))
    """
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise UsageError(f"{text!r} is no NAME=VALUE; region=eu-west-1 would be")
    if value in ("true", "false"):
        return name, value == "true"
    return name, int(value) if value.isdecimal() else value


def parse_edges(text: str) -> Variable:
    """Return the axis with these edges.

    Examples
    --------
    >>> parse_edges("0,1,2.5").edges
    array([0. , 1. , 2.5])
    """
    edges = [parse_end(part) for part in map(str.strip, text.split(",")) if is_end(part)]
    told = [edge for edge in edges if edge is not None and not _PERCENTILE.fullmatch(str(edge))]
    if len(told) < 2 or len(told) <= text.count(","):
        raise UsageError(
            f"{text!r} are no edges; 0,1,10,100 would be, and so would dates, times of day and durations"
        )
    from heatbin.axes import Variable

    return Variable(told)


def parse_every(text: str) -> Time:
    """Return the axis with a bin a period.

    Examples
    --------
    >>> parse_every("1h").every
    '1h'
    """
    from heatbin.axes import Time

    return Time(text)


def parse_scale(text: str) -> tuple[str, float | None]:
    """Return a scale, and where it turns linear.

    Examples
    --------
    >>> parse_scale("log"), parse_scale("symlog:0.5")
    (('log', None), ('symlog', 0.5))
    """
    match = _SCALE.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no scale; linear, log, symlog or symlog:0.5 would be")
    if match[1] is None:
        return text, None
    from heatbin.axes import Symlog

    return "symlog", Symlog(1, linthresh=float(match[1])).linthresh


def parse_size(text: str) -> tuple[float, float]:
    """Return a width and a height in inches.

    Examples
    --------
    >>> parse_size("8x6.5")
    (8.0, 6.5)
    """
    match = re.fullmatch(r"(\d+\.?\d*)x(\d+\.?\d*)", text)
    size = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    if min(size) <= 0:
        raise UsageError(f"{text!r} is no size in inches; 8x6 would be")
    return size


def parse_sigma(text: str) -> float:
    """Return a number of standard deviations.

    Examples
    --------
    >>> parse_sigma("5.5")
    5.5
    """
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", text):
        raise UsageError(f"{text!r} is no number of standard deviations; 6 would be")
    return float(text)


def parse_end(text: str) -> End:
    """Return one end of a range.

    Examples
    --------
    >>> [parse_end(text) for text in ("-74.05", "10", "2024-01-31", "p99.9", "auto")]
    [-74.05, 10, '2024-01-31', 'p99.9', None]
    >>> [parse_end(text) for text in ("90min", "06:30")]
    ['90min', '06:30']
    """
    if text == "auto":
        return None
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    if _PERCENTILE.fullmatch(text) or _is_moment(text) or _is_duration(text):
        return text
    raise UsageError(
        f"{text!r} is no number, date (2024-01-31), percentile (p99), time of day (06:30), duration (90min) or 'auto'"
    )


def is_end(text: str) -> bool:
    """Tell whether `text` can be an end of a range."""
    try:
        parse_end(text)
    except UsageError:
        return False
    return True


def _is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except UsageError:
        return False
    return True


def _is_moment(text: str) -> bool:
    """Tell whether text is a date, a time, or both."""
    for kind in (datetime, time):
        try:
            kind.fromisoformat(text)
        except ValueError:
            continue
        return True
    return False


PATH = click.Path(path_type=Path)
FROM_ONE = click.IntRange(min=1)
BINS = Parsed("N|NXxNY", parse_bins)
EDGES = Parsed("list", parse_edges)
EVERY = Parsed("period", parse_every)
SCALE = Parsed("scale", parse_scale)
END = Parsed("end", parse_end)
MEMORY = Parsed("size", parse_bytes)
DURATION = Parsed("duration", parse_duration)
SIZE = Parsed("WxH", parse_size)
SHARE = Parsed("share", parse_share)
SIGMA = Parsed("sigma", parse_sigma)
SETTING = Parsed("name=value", parse_setting)
