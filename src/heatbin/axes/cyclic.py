"""Axes that come round again: hours of the day, days of the week, angles; and parts of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import Any, Self

import numpy as np

from heatbin.axes.base import EdgeAxis, Index, Traits, bins_of_part
from heatbin.axes.ends import bin_count, encoded, is_number, plain_end
from heatbin.axes.regular import Regular
from heatbin.axes.rings import bind_float_ring, bind_integer_ring
from heatbin.axes.search import mapped
from heatbin.axes.zones import Offsets, offsets_between
from heatbin.checks import whole_number
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, PER_SECOND, LogicalType, zone_named

__all__ = ["Arc", "Cyclic"]

DATED = ("timestamp", "date")
MONDAY = -3 * 86400  # the last before 1970-01-01, in seconds since then
YEARS = (-2208988800, 4102444800)  # 1900 to 2100, whose clocks are looked up
NARROWEST, WIDEST = 1e-290, 1e290
INT64 = 1 << 63


@dataclass(frozen=True, repr=False)
class Cyclic(EdgeAxis):
    """Equal bins of a period that comes round again: a value belongs to the bin of what is left of it, exactly.

    Infinities are under or over the axis; nothing else is.

    Parameters
    ----------
    n : int
        The number of bins, 1 or more.
    period : number, str or timedelta
        How long until it comes round. For columns of times such as "1d" or "1w".
    origin : number, str or datetime, optional
        Where a period begins. If None, 0; for columns of times a Monday's midnight.
    zone : str, optional
        For columns of timestamps, whose clocks count, such as "Europe/Berlin"; that of the column, or else UTC, if
        None. Its rules of the years 1900 to 2100 are used.
    logical : LogicalType, optional
        What the column's numbers mean; `period` and `origin` are such numbers where it is given.

    Raises
    ------
    TypeError
        When `n` is no whole number.
    UsageError
        When there are no bins, the period is not positive, or too narrow for its bins.

    Notes
    -----
    Integers beyond 2⁵³ are binned exactly where the period is an integer below 2⁶³, and else as doubles.

    Examples
    --------
    >>> Cyclic(4, 360, origin=-45).edges
    array([-45.,  45., 135., 225., 315.])
    """

    n: int
    period: Any
    origin: Any = None
    zone: str | None = None
    logical: LogicalType = NUMBER
    exact: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", bin_count(self.n))
        for name in ("period", "origin"):
            object.__setattr__(self, name, plain_end(getattr(self, name), name))
        if self.zone is not None:
            zone_named(self.zone)
        if self.period is None:
            raise TypeError("period must be a number or a length of time, not None")
        if self._is_settled:
            self._check_period()
        object.__setattr__(self, "exact", self._is_settled and self._ring.exact)

    @property
    def _is_settled(self) -> bool:
        return is_number(self.period) and (self.origin is None or is_number(self.origin))

    def _check_period(self) -> None:
        if not NARROWEST <= self.period <= WIDEST:
            raise UsageError(f"period must be positive and finite, not {self.period}")
        if self._is_dated and Fraction(self.period).denominator != 1:
            raise UsageError(f"period must be a whole number of the column's units, {self.logical.unit}")
        if Fraction(float(self.period)) != self.period and Fraction(self.period).denominator != 1:
            raise UsageError(f"period must be a number that a double equals, not {self.period}")

    @property
    def _is_dated(self) -> bool:
        return self.logical.kind in DATED

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.n

    @property
    def traits(self) -> Traits:
        """What the Unified Histogram Interface asks of an axis: its last bin is followed by its first."""
        return Traits(circular=True)

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (n + 1,): numbers from the origin on, or timedelta64.

        For timestamps and dates since the origin; for times of day and durations from the origin on.
        """
        return self._ring.edges

    @property
    def lengths(self) -> LogicalType:
        """What the edges mean: of dates how long after the origin."""
        return _lengths(self.logical)

    def bound(self, number: int) -> Fraction:
        """Return the edge of a number exactly, as a number of `lengths`."""
        return Fraction(self._ring.edge(number))

    @cached_property
    def _ring(self) -> Regular:
        """One period as an axis; that of dates begins at 0."""
        if not self._is_settled:
            raise UsageError("the period becomes a number when the type of the column is known")
        start = 0 if self._is_dated else self.origin or 0
        return Regular(self.n, start, start + self.period, self.lengths)

    def _starts(self) -> list[Fraction]:
        """Return where the bins of one period begin, in the space of the column's numbers."""
        ring, start = self._ring, Fraction(self.origin or 0)
        if not ring.exact:
            return [Fraction(edge) for edge in ring.edges[:-1].tolist()]
        return [start + Fraction(self.period) * i / self.n for i in range(self.n)]

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        period, floating = Fraction(self.period), dtypes[0].kind == "f"
        in_doubles = floating or period.denominator != 1 or period >= INT64
        if in_doubles and Fraction(float(period)) != period:
            why = "the column is one of floats" if floating else "it is beyond 64 bits"
            raise UsageError(f"period must be a number that a double equals, not {self.period}: {why}")
        if in_doubles:
            index = bind_float_ring(float(period), self._starts())
        else:
            index = bind_integer_ring(int(period), self._starts(), self._offsets(), dtypes[0])
        return _without_ends(index, self.n + 1) if self.logical.kind == "decimal" else index

    def _offsets(self) -> Offsets:
        """Return what the wall clock is ahead of the column's numbers, and from which of them on."""
        if self.logical.kind != "timestamp":
            return Offsets(np.zeros(1, np.int64), np.zeros(1, np.int64))
        starts, offsets = offsets_between(self.zone or self.logical.zone, *YEARS)
        per_second = int(PER_SECOND[self.logical.unit])
        return Offsets(starts * per_second, offsets * per_second)

    def _of(self, logical: LogicalType) -> Self:
        if self.zone is not None and logical.kind != "timestamp":
            raise UsageError(f"zone={self.zone!r} is for columns of timestamps, not of {logical}")
        wall = LogicalType("timestamp", unit=logical.unit) if logical.kind in DATED else logical
        origin = encoded(self.origin, wall, "origin")
        if origin is None and logical.kind in DATED:
            origin = int(MONDAY * PER_SECOND[logical.unit])
        return replace(
            self, period=encoded(self.period, _lengths(logical), "period"), origin=origin, logical=logical
        )

    def edges_at(self, numbers: range) -> Array:
        """Return the edges of some numbers."""
        return self._ring.edges_at(numbers)

    def _wider(self, factor: int) -> Self | None:
        """Return this axis with each `factor` bins one; None where rounding gives it other edges."""
        wider = replace(self, n=self.n // factor)
        same = np.array_equal(wider.edges, self.edges_at(range(0, self.n + 1, factor)))
        return wider if same else None

    def _picked(self, picked: slice) -> Cyclic | Arc:
        edges = range(self.n + 1)[picked]
        if edges[-1] - edges[0] == self.n:
            wider = self._wider(edges.step)
            if wider is not None:
                return wider
        return _part(self, edges)


@dataclass(frozen=True, repr=False)
class Arc(EdgeAxis):
    """Neighbouring bins of a `Cyclic` axis, each or in groups; what its other bins hold is under or over.

    Parameters
    ----------
    circle : Cyclic
        The whole.
    first, last : int
        The bins that are left, from 0, `last` excluded.
    factor : int, optional
        How many of them are one here; it divides their number.

    Raises
    ------
    TypeError
        When something is not of its kind.
    UsageError
        When there are no such bins.

    Examples
    --------
    >>> Arc(Cyclic(24, 24), 6, 18, factor=4).edges
    array([ 6., 10., 14., 18.])
    """

    circle: Cyclic
    first: int
    last: int
    factor: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.circle, Cyclic):
            raise TypeError(f"circle must be a Cyclic axis, not {self.circle!r}")
        for name, least in (("first", 0), ("last", 1), ("factor", 1)):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), least=least))
        bins = self.last - self.first
        if bins < 1 or self.last > self.circle.size or bins % self.factor:
            raise UsageError(
                f"no bins {self.first} to {self.last} in groups of {self.factor} among {self.circle.size}"
            )

    @property
    def logical(self) -> LogicalType:  # type: ignore[override]  # the whole has it
        """What the column's numbers mean."""
        return self.circle.logical

    @property
    def lengths(self) -> LogicalType:
        """What the edges mean: of dates how long after the origin."""
        return self.circle.lengths

    def bound(self, number: int) -> Fraction:
        """Return the edge of a number exactly, as a number of `lengths`."""
        return self.circle.bound(self._numbers[number])

    @property
    def _numbers(self) -> range:
        """The numbers that the edges have on the whole."""
        return range(self.first, self.last + 1, self.factor)

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return (self.last - self.first) // self.factor

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,), as `Cyclic.edges`."""
        return self.circle.edges_at(self._numbers)

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        bins = bins_of_part(self.circle.size, self.first, self.last, self.factor)
        return mapped(self.circle.bind(dtypes), bins)

    def _of(self, logical: LogicalType) -> Self:
        return replace(self, circle=self.circle.of(logical))

    def _picked(self, picked: slice) -> Arc:
        return _part(self.circle, self._numbers[picked])


def _without_ends(index: Index, over: int) -> Index:
    """Return the index of decimals, of which those beyond 64 bits lie at the ends of these: they are outside."""

    def apart(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        before = cells.copy()
        index(columns, stride, cells)
        for end, flow_bin in ((-INT64, 0), (INT64 - 1, over)):
            beyond = columns[0] == end
            cells[beyond] = before[beyond] + flow_bin * stride

    return apart


def _part(circle: Cyclic, numbers: range) -> Arc:
    """Return the bins between some edges of a circle, of the one with the widest bins that has all of them."""
    factor = gcd(numbers[0], numbers.step, circle.n)
    wider = circle._wider(factor) if factor > 1 else None
    if wider is not None:
        circle, numbers = (
            wider,
            range(numbers[0] // factor, numbers[-1] // factor + 1, numbers.step // factor),
        )
    return Arc(circle, numbers[0], numbers[-1], numbers.step)


def _lengths(logical: LogicalType) -> LogicalType:
    timed = logical.kind not in ("number", "decimal")
    return LogicalType("duration", unit=logical.unit) if timed else logical
