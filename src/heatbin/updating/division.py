"""How a state is divided into periods: by the time of each row, or by the path of each file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from heatbin.axes import Time
from heatbin.engine import Calendar
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

__all__ = ["WORDS", "Division", "only_time"]

WORDS = ("period", "time", "partition_by")
"""What a request says of it."""

PLACES = {"year": r"\d{4}", "month": r"\d{2}", "day": r"\d{2}", "hour": r"\d{2}"}
GROUP = "period"


@dataclass(frozen=True)
class Division:
    """What the rows of a state are told apart by.

    Parameters
    ----------
    period : str, optional
        How long each period is, such as "1d".
    time : str, optional
        The column or expression that says when each row was.
    partition_by : str, optional
        What of a path names the period of a whole file: a pattern such as "{year}-{month}-{day}", or a regular
        expression with a group called "period".

    Raises
    ------
    UsageError
        When these do not go together, or mean nothing.

    Examples
    --------
    >>> Division(partition_by="year={year}/month={month}").home("trips/year=2026/month=11/a.parquet")
    '2026-11'
    """

    period: str | None = None
    time: str | None = None
    partition_by: str | None = None

    def __post_init__(self) -> None:
        if self.period is not None and self.partition_by is not None:
            raise UsageError("period and partition_by are two ways to divide a state; give one of them")
        if self.time is not None and self.period is None:
            raise UsageError("time says when rows were; period must say how long each period is")
        if self.period is not None:
            Time(self.period)
        if self.partition_by is not None and self._pattern.groupindex.keys().isdisjoint([GROUP, *PLACES]):
            raise UsageError(
                f"partition_by={self.partition_by!r} has neither {{year}} in it nor a group (?P<period>…)"
            )

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Division:
        """Return what a request says."""
        return cls(**{word: request.get(word) for word in WORDS})

    def __bool__(self) -> bool:
        """Tell whether there are periods at all."""
        return self.period is not None or self.by_file

    @property
    def by_file(self) -> bool:
        """Whether all rows of a file are in one period."""
        return self.partition_by is not None

    def calendar(self, clock: LogicalType | None) -> Calendar | None:
        """Return what tells the rows of a file apart; None where all are of one period."""
        return None if self.period is None or clock is None else Calendar(self.period, clock)

    def home(self, path: str) -> str | None:
        """Return the period of a file: None where that depends on its rows, or is in no period."""
        match = self._pattern.search(path) if self.by_file else None
        if match is None:
            return None
        found = match.groupdict()
        named = [found[place] for place in ("year", "month", "day") if place in found]
        hour = f"T{found['hour']}" if "hour" in found else ""
        return found.get(GROUP) or "-".join(named) + hour

    def check(self, paths: Iterable[str]) -> None:
        """Raise a UsageError for a file whose path names no period."""
        for path in paths if self.by_file else ():
            if not self.home(path):
                raise UsageError(f"{path} has no period in its path, as {self.partition_by!r} looks for it")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.partition_by or ""
        if any(f"{{{place}}}" in text for place in PLACES):
            text = re.escape(text)
            for place, digits in PLACES.items():
                text = text.replace(re.escape(f"{{{place}}}"), f"(?P<{place}>{digits})", 1)
        try:
            return re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise UsageError(f"partition_by={self.partition_by!r} is no pattern: {error}") from None


def only_time(columns: Collection[str], asked: Collection[str]) -> str:
    """Return the column of times that is meant where none is named: the only one asked for, or that there is.

    Parameters
    ----------
    columns : collection of str
        The columns that hold dates or timestamps.
    asked : collection of str
        What x and y show.

    Raises
    ------
    UsageError
        When there is none, or more than one.
    """
    for among in ([each for each in columns if each in asked], list(columns)):
        if len(among) == 1:
            return among[0]
    known = f"there are {', '.join(columns)}" if columns else "there is none"
    raise UsageError(f"time must name the column that says when rows were; of dates and timestamps {known}")
