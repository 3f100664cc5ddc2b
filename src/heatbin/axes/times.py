"""An axis of periods of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index
from heatbin.axes.ends import check_range, encoded, is_number, plain_end, unsettled
from heatbin.axes.periods import NS, Period
from heatbin.axes.rationals import Number, Rationals
from heatbin.axes.search import bind_edges
from heatbin.axes.variable import Variable
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, PER_SECOND, LogicalType, zone_named

__all__ = ["Time"]

DATED = ("timestamp", "date")
UNDATED = ("time", "duration")
TICK_UNITS = {1: "s", NS: "ns"}


@dataclass(frozen=True, repr=False)
class Time(EdgeAxis):
    """One bin a period: an hour, a day, a month of the calendar.

    Each bin holds its first moment, and not the first of the next. A period shorter than a day begins whenever the
    clock on the wall shows a multiple of it; days, weeks (from Monday), months, quarters and years begin with their
    first day, so they are of unequal lengths where clocks change.

    Parameters
    ----------
    every : str
        The period: a count, 1 if left out, and one of the units ns, us, ms, s, min, h, d, w, mo, q, y.
    lo, hi : str, datetime, date or numpy.datetime64, optional
        Moments that the axis is to cover with whole periods, `hi` excluded; None where the data give them. One
        without a zone is of the axis's. For columns of durations or of times of day: such.
    zone : str, optional
        Whose clocks and calendars count, such as "Europe/Berlin"; that of the column, or else UTC, if None. A column
        without a zone is taken to be in UTC. Dates have no zone.
    logical : LogicalType, optional
        What the column's numbers mean; `lo` and `hi` are such numbers where it is given.

    Raises
    ------
    UsageError
        When the period or the zone is not known; and, once the axis is bound to a column, when the range is reversed
        or empty, or there are too many periods.

    Examples
    --------
    >>> days = Time("1d", "2024-03-30", "2024-04-02", "Europe/Berlin").of(LogicalType("timestamp", "s"))
    >>> days.widths.astype("m8[h]")
    array([24, 23, 24], dtype='timedelta64[h]')
    """

    every: str
    lo: Any = None
    hi: Any = None
    zone: str | None = None
    logical: LogicalType = NUMBER

    def __post_init__(self) -> None:
        Period.parse(self.every)
        if self.zone is not None:
            zone_named(self.zone)
        for end in ("lo", "hi"):
            object.__setattr__(self, end, plain_end(getattr(self, end), end))
        if self._is_settled:
            check_range(self.lo, self.hi, self.logical)
            ends = Rationals(self._numbers.numerators[:: self.size], self._numbers.denominator).fractions()
            for name, exact in zip(("lo", "hi"), ends, strict=True):
                object.__setattr__(self, name, int(exact) if exact.denominator == 1 else exact)

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return self.lo is None or self.hi is None

    @property
    def _is_settled(self) -> bool:
        return self.logical != NUMBER and is_number(self.lo) and is_number(self.hi)

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None before there are any."""
        return (self.lo, self.hi) if self._is_settled else None

    def between(self, lo: Number | None, hi: Number | None) -> Self:
        """Return this axis with its open ends closed.

        Parameters
        ----------
        lo, hi : int or None
            The smallest and largest value there is, as the column's integers; None where there is none: the axis
            is one period then, at the end that it has, or in 1970.
        """
        if not self.open:
            return self
        if lo is None or hi is None:
            lo = hi = self.lo if self.lo is not None else self.hi - 1 if self.hi is not None else 0
        return replace(self, lo=lo if self.lo is None else self.lo, hi=hi + 1 if self.hi is None else self.hi)

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self._ticks.size - 1

    @cached_property
    def _ticks(self) -> npt.NDArray[np.int64]:
        """The edges in whole seconds, or in nanoseconds."""
        if not self._is_settled:
            raise unsettled(is_open=self.open)
        period, per_second = Period.parse(self.every), PER_SECOND[self.logical.unit]
        lo, hi = Fraction(self.lo) / per_second * period.ticks, Fraction(self.hi) / per_second * period.ticks
        return period.edges(floor(lo), ceil(hi), self._calendar)

    @property
    def _calendar(self) -> str | None:
        return (self.zone or self.logical.zone) if self.logical.kind == "timestamp" else None

    @property
    def _numbers(self) -> Rationals:
        """The edges in the space of the column's numbers."""
        scale = PER_SECOND[self.logical.unit] / Period.parse(self.every).ticks
        return Rationals([tick * scale.numerator for tick in self._ticks.tolist()], scale.denominator)

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,): datetime64, in UTC where there is a zone.

        Of times of day and of durations timedelta64. In the column's unit, or a finer one where it needs that.
        """
        family = "M8" if self.logical.kind in DATED else "m8"
        edges = self._ticks.view(f"{family}[{TICK_UNITS[Period.parse(self.every).ticks]}]")
        own = edges.astype(f"{family}[{self.logical.unit}]")
        return own if np.array_equal(own.astype(edges.dtype), edges) else edges

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        return bind_edges(self._numbers, dtypes[0], closed=False)

    def _of(self, logical: LogicalType) -> Self:
        if logical.kind not in (*DATED, *UNDATED):
            raise UsageError(f"a Time axis needs a column of times, not of {logical}s")
        if logical.kind in UNDATED and Period.parse(self.every).unit == "month":
            raise UsageError(f"a {logical.kind} has no calendar, so every={self.every!r} has no length there")
        zoned = replace(logical, zone=self.zone or logical.zone) if logical.kind == "timestamp" else logical
        lo, hi = encoded(self.lo, zoned, "lo"), encoded(self.hi, zoned, "hi")
        return replace(self, lo=lo, hi=hi, logical=logical)

    def _picked(self, picked: slice) -> Time | Variable:
        numbers = self._numbers
        fewer = Rationals(numbers.numerators[picked], numbers.denominator).fractions()
        if picked.step in (None, 1):
            return replace(self, lo=fewer[0], hi=fewer[-1])
        return Variable(fewer, self.logical, closed=False)
