"""Periods of time, and where they begin: hours by the clock, days and months by the calendar of a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.zones import DAY, Offsets, offsets_between
from heatbin.errors import UsageError

__all__ = ["MOST_PERIODS", "NS", "Period"]

Ticks: TypeAlias = npt.NDArray[np.int64]

NS = 10**9
MOST_PERIODS = 1 << 20
FARTHEST = 9_200_000_000 * NS  # from 1970, in nanoseconds: an int64 holds a little more
MONDAY = 4  # the first after 1970-01-01, in days
UNITS = {
    "ns": ("ns", 1),
    "us": ("ns", 1000),
    "ms": ("ns", 10**6),
    "s": ("ns", NS),
    "min": ("ns", 60 * NS),
    "h": ("ns", 3600 * NS),
    "d": ("day", 1),
    "w": ("day", 7),
    "mo": ("month", 1),
    "q": ("month", 3),
    "y": ("month", 12),
}
PERIOD = re.compile(r"\s*(\d*)\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)
SECONDS = {"day": DAY, "month": 2629746}  # a month of the Gregorian calendar, on average


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time, counted as clocks and calendars count.

    Parameters
    ----------
    count : int
        How many units.
    unit : {"ns", "day", "month"}
        Nanoseconds, calendar days or calendar months.
    """

    count: int
    unit: Literal["ns", "day", "month"]

    @classmethod
    def parse(cls, every: str) -> Period:
        """Return a period from text such as "15min", "1h", "1d", "1w", "1mo", "1q" or "1y".

        Raises
        ------
        UsageError
            When the text is no period.

        Examples
        --------
        >>> Period.parse("1q")
        Period(count=3, unit='month')
        """
        match = PERIOD.fullmatch(every) if isinstance(every, str) else None
        unit, factor = UNITS.get(match[2].lower(), ("", 0)) if match else ("", 0)
        count = int(match[1] or 1) * factor if match else 0
        if not count:
            raise UsageError(
                f"every must be a period such as '15min', '1h', '1d', '1w' or '1mo', not {every!r}"
            )
        return cls(count, unit)  # type: ignore[arg-type]

    @property
    def ticks(self) -> int:
        """How many ticks a second has, in which the beginnings of such periods are whole numbers."""
        return NS if self.unit == "ns" and self.count % NS else 1

    @property
    def seconds(self) -> float:
        """How long it is, on average."""
        return self.count / NS if self.unit == "ns" else self.count * SECONDS[self.unit]

    def edges(self, lo: int, hi: int, zone: str | None) -> Ticks:
        """Return where periods begin and end that cover a range.

        Parameters
        ----------
        lo, hi : int
            In ticks since 1970 UTC; what begins at `hi` is not part of it.
        zone : str, optional
            Whose clocks and calendars count; UTC if None.

        Returns
        -------
        ndarray of int64, shape (periods + 1,)
            In ticks since 1970 UTC.

        Notes
        -----
        A period shorter than a day begins whenever the clock on the wall shows a multiple of it since midnight
        (of 1970, where that does not divide a day), or skips one: where clocks are set back an hour, one that
        begins on the hour begins twice. Days and longer periods begin when the date on the wall first changes.

        Raises
        ------
        UsageError
            When there are more than `MOST_PERIODS`, the zone is not known, or the range goes beyond its years.
        """
        self._check(lo, hi)
        reach = max(2 * DAY, int(self.seconds * 2) + 1)
        offsets = offsets_between(zone, lo // self.ticks - reach, -(-hi // self.ticks) + reach)
        begin = self._clock_edges(offsets, lo, hi) if self.unit == "ns" else self._date_edges(offsets, lo, hi)
        first = np.searchsorted(begin, lo, side="right") - 1
        last = np.searchsorted(begin, hi, side="left")
        return begin[first : last + 1]

    def _check(self, lo: int, hi: int) -> None:
        if self.ticks == NS and not -FARTHEST < lo <= hi < FARTHEST:
            raise UsageError(
                "parts of seconds are known for the years 1678 to 2261 only; choose a longer period"
            )
        number = (hi - lo) / self.ticks / self.seconds
        if number > MOST_PERIODS:
            raise UsageError(
                f"there are about {number:,.0f} periods in the range, more than {MOST_PERIODS:,}; "
                "choose a longer period or a shorter range"
            )

    def _clock_edges(self, offsets: Offsets, lo: int, hi: int) -> Ticks:
        """Return when the clock shows a multiple of the period, in each stretch of a constant offset."""
        length, reach = self.count * self.ticks // NS, 2 * self.count * self.ticks // NS + 1
        starts = np.array([at * self.ticks for at in offsets.starts.tolist()])
        starts[0] = max(starts[0], lo - reach)
        stops = np.append(starts[1:], hi + reach)
        found: list[Ticks] = []
        shown = 0
        for start, stop, offset in zip(
            starts.tolist(), stops.tolist(), offsets.offsets.tolist(), strict=True
        ):
            wall = offset * self.ticks
            first, last = -(-(start + wall) // length), -(-(stop + wall) // length)
            if found and first > shown and first * length - wall > start:
                found.append(np.array([start]))
            found.append(np.arange(first, last) * length - wall)
            shown = last
        return np.concatenate(found)

    def _date_edges(self, offsets: Offsets, lo: int, hi: int) -> Ticks:
        """Return when dates at which a period begins are first shown."""
        reach = int(self.seconds * 2) + 2 * DAY
        days = np.array([lo - reach, hi + reach], "M8[s]").astype("M8[D]")
        midnights = self._dates(days).astype("M8[s]").astype(np.int64)
        ends = np.append(offsets.starts[1:] + offsets.offsets[:-1], np.iinfo(np.int64).max)
        stretch = np.searchsorted(ends, midnights, side="right")
        return np.unique(np.maximum(midnights - offsets.offsets[stretch], offsets.starts[stretch]))

    def _dates(self, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
        """Return the dates around two days at which a period begins."""
        unit = "D" if self.unit == "day" else "M"
        first, last = days.astype(f"M8[{unit}]").astype(np.int64).tolist()
        shift = MONDAY if self.unit == "day" and self.count % 7 == 0 else 0
        numbers = np.arange((first - shift) // self.count, (last - shift) // self.count + 2)
        return (numbers * self.count + shift).astype(f"M8[{unit}]").astype("M8[D]")
