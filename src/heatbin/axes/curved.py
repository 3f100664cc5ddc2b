"""Axes whose bins are equally wide on a curved scale: logarithmic, and linear around zero but logarithmic beyond.

Edges are computed in decimal arithmetic and rounded once: the same doubles on every machine, and the powers of ten
among them exact. (``10**x`` and ``log10`` of NumPy differ in the last places from processor to processor.)
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from math import inf, nextafter
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index, Scale
from heatbin.axes.ends import (
    bin_count,
    check_closed,
    check_range,
    checked_linthresh,
    closed_ends,
    encoded,
    is_number,
    plain_end,
    unsettled,
)
from heatbin.axes.rationals import Number
from heatbin.axes.search import bind_edges
from heatbin.axes.variable import Variable
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Log", "Symlog"]

# A million steps, each off by half a unit in the fortieth place, stay 17 places away from a double's last.
DECIMAL = Context(prec=40)
MEASURED_FROM_ZERO = ("number", "decimal", "duration", "time")
LINEAR_SHARE = DECIMAL.divide(Decimal(10), Decimal(9))  # of a decade: matplotlib's 1 / (1 - 1 / base)


class _Curved(EdgeAxis):
    """What both have: `n` bins between `lo` and `hi`, edges that are doubles in the space of the column's numbers."""

    n: int
    lo: Any
    hi: Any
    logical: LogicalType
    closed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", bin_count(self.n))
        for end, beyond in (("lo", -inf), ("hi", inf)):
            object.__setattr__(self, end, _outwards(plain_end(getattr(self, end), end), beyond))
        check_closed(self.closed, is_open=self.hi is None)
        if self._is_settled:
            check_range(self.lo, self.hi, self.logical)

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return self.lo is None or self.hi is None

    @property
    def _is_settled(self) -> bool:
        return is_number(self.lo) and is_number(self.hi)

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None before there are any."""
        return (self.lo, self.hi) if self._is_settled else None

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.n

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (n + 1,)."""
        if self.logical == NUMBER:
            return self._bounds
        return self.logical.decode([Fraction(bound) for bound in self._bounds.tolist()])

    @cached_property
    def _bounds(self) -> npt.NDArray[np.float64]:
        """The edges in the space of the column's numbers."""
        if not self._is_settled:
            raise unsettled(is_open=self.open)
        bounds = np.array([self.lo, *self._inner_bounds(), self.hi])
        bounds.flags.writeable = False
        return bounds

    def _inner_bounds(self) -> list[float]:
        raise NotImplementedError

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        return bind_edges(self._bounds, dtypes[0], closed=self.closed)

    def _of(self, logical: LogicalType) -> Self:
        if logical.kind not in MEASURED_FROM_ZERO:
            name = type(self).__name__
            raise UsageError(f"a {name} axis cannot bin a column of {logical}, which has no zero; use Time")
        lo, hi = encoded(self.lo, logical, "lo"), encoded(self.hi, logical, "hi")
        return replace(self, lo=lo, hi=hi, logical=logical)  # type: ignore[type-var]

    def _picked(self, picked: slice) -> EdgeAxis:
        bounds, closed = self._bounds[picked], self._closes(picked)
        lo, hi = float(bounds[0]), float(bounds[-1])
        fewer = None
        with suppress(UsageError):  # as in `Regular`
            fewer = replace(self, n=bounds.size - 1, lo=lo, hi=hi, closed=closed)  # type: ignore[type-var]
        if fewer and np.array_equal(fewer._bounds, bounds):
            return fewer
        return Variable(bounds, self.logical, self.scale, closed, getattr(self, "linthresh", None))


@dataclass(frozen=True, repr=False)
class Log(_Curved):
    """Bins of equal ratio: each edge is the one before it times ``(hi / lo) ** (1 / n)``.

    Values that are not positive are under the axis.

    Parameters
    ----------
    n : int
        The number of bins, 1 or more.
    lo, hi : number, optional
        The ends, ``0 < lo < hi``; None where the data give them: the smallest positive value, and the largest.
    logical : LogicalType, optional
        What the column's numbers mean; where they are decimals or durations, the ends are their integers.
    closed : bool, optional
        Whether a value on the last edge is in the last bin; else it is over the axis.

    Raises
    ------
    TypeError
        When `n` is no whole number, or `closed` is neither True nor False.
    UsageError
        When there are no bins, or the range is not positive, reversed, empty or not finite; or
        `closed` is False and the data are to give the upper end.

    Examples
    --------
    >>> Log(4, 1, 10_000).edges
    array([1.e+00, 1.e+01, 1.e+02, 1.e+03, 1.e+04])
    """

    n: int
    lo: Any = None
    hi: Any = None
    logical: LogicalType = NUMBER
    closed: bool = True

    above: ClassVar[float | None] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, end in (("lo", self.lo), ("hi", self.hi)):
            if is_number(end) and not end > 0:
                raise UsageError(
                    f"a logarithmic axis needs a positive range, but {name} is {end}; use Symlog"
                )

    @property
    def scale(self) -> Scale:
        """How pictures place the edges."""
        return "log"

    def between(self, lo: Number | None, hi: Number | None) -> Self:
        """Return this axis with its open ends closed.

        Parameters
        ----------
        lo, hi : number or None
            The smallest positive value and the largest. None where there is none: a decade from 1, or beside the
            end that the axis has. Constant data get half a decade on both sides.
        """
        if not self.open:
            return self
        lo, hi = _decades(lo if self.lo is None else self.lo, hi if self.hi is None else self.hi)
        return replace(self, lo=lo, hi=hi)

    def _inner_bounds(self) -> list[float]:
        lo, hi = Decimal(self.lo), Decimal(self.hi)
        decades = DECIMAL.log10(DECIMAL.divide(hi, lo))
        ratio = DECIMAL.power(10, DECIMAL.divide(decades, self.n))
        return _geometric(DECIMAL.multiply(lo, ratio), ratio, self.n - 1)


@dataclass(frozen=True, repr=False)
class Symlog(_Curved):
    """Bins that are equally wide on matplotlib's "symlog" scale: linear up to `linthresh`, logarithmic beyond.

    Parameters
    ----------
    n : int
        The number of bins, 1 or more.
    lo, hi : number, optional
        The ends, ``lo < hi``; None where the data give them.
    linthresh : number, optional
        How far from zero the scale is linear; the linear part, either side of zero, is as long as 10/9 of a decade.
    logical : LogicalType, optional
        What the column's numbers mean; where they are decimals or durations, `lo`, `hi` and `linthresh` are their
        integers.
    closed : bool, optional
        Whether a value on the last edge is in the last bin; else it is over the axis.

    Raises
    ------
    TypeError
        When `n` is no whole number, or `closed` is neither True nor False.
    UsageError
        When there are no bins, the range is reversed, empty or not finite, `linthresh` is not positive, or
        `closed` is False and the data are to give the upper end.

    Examples
    --------
    >>> Symlog(4, -1000, 1000, linthresh=10).edges.round(2)
    array([-1000.  ,   -27.83,     0.  ,    27.83,  1000.  ])
    """

    n: int
    lo: Any = None
    hi: Any = None
    linthresh: Any = 1.0
    logical: LogicalType = NUMBER
    closed: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "linthresh", _outwards(checked_linthresh(self.linthresh), inf))

    @property
    def scale(self) -> Scale:
        """How pictures place the edges."""
        return "symlog"

    def between(self, lo: Number | None, hi: Number | None) -> Self:
        """Return this axis with its open ends closed, by the rules of `Regular`.

        Parameters
        ----------
        lo, hi : number or None
            The smallest and largest value there is; None where there is none.
        """
        if not self.open:
            return self
        lo, hi = closed_ends(lo if self.lo is None else self.lo, hi if self.hi is None else self.hi, self.n)
        return replace(self, lo=lo, hi=hi)

    def _of(self, logical: LogicalType) -> Self:
        measured = super()._of(logical)
        return replace(measured, linthresh=encoded(self.linthresh, logical, "linthresh"))

    def _inner_bounds(self) -> list[float]:
        first, last = self._place(self.lo), self._place(self.hi)
        step = DECIMAL.divide(DECIMAL.subtract(last, first), self.n)
        places = [_snapped(DECIMAL.fma(step, i, first), step) for i in range(1, self.n)]
        unit = DECIMAL.divide(Decimal(self.linthresh), LINEAR_SHARE)
        linear = [float(DECIMAL.multiply(place, unit)) for place in places if abs(place) <= LINEAR_SHARE]
        below = self._beyond([-place for place in places if place < -LINEAR_SHARE][::-1], step)
        above = self._beyond([place for place in places if place > LINEAR_SHARE], step)
        return [*(-bound for bound in below[::-1]), *linear, *above]

    def _place(self, end: float) -> Decimal:
        """Return where an end lies on the scale, whose unit is a decade."""
        ratio = DECIMAL.divide(Decimal(end), Decimal(self.linthresh))
        if abs(ratio) <= 1:
            return DECIMAL.multiply(ratio, LINEAR_SHARE)
        return DECIMAL.add(LINEAR_SHARE, DECIMAL.log10(abs(ratio))).copy_sign(ratio)

    def _beyond(self, places: Sequence[Decimal], step: Decimal) -> list[float]:
        """Return the distances from zero of places in the logarithmic part, the nearest first."""
        if not places:
            return []
        decades = DECIMAL.subtract(places[0], LINEAR_SHARE)
        start = DECIMAL.multiply(Decimal(self.linthresh), DECIMAL.power(10, decades))
        return _geometric(start, DECIMAL.power(10, step), len(places))


def _snapped(place: Decimal, step: Decimal) -> Decimal:
    """Return a place, zero where only rounding keeps it from being zero."""
    return Decimal(0) if abs(place) < step.scaleb(-30) else place


def _decades(lo: Number | None, hi: Number | None) -> tuple[Number, Number]:
    """Return the ends of a logarithmic axis for data that lie between `lo` and `hi`."""
    if lo is None:
        return (1, 10) if hi is None else (hi / 10, hi)
    if hi is None:
        return lo, lo * 10
    if lo != hi:
        return lo, hi
    root = 10**0.5
    return max(lo / root, nextafter(0, 1)), min(hi * root, nextafter(inf, 0))


def _geometric(start: Decimal, ratio: Decimal, count: int) -> list[float]:
    """Return `count` numbers, each the one before it times `ratio`, each rounded once."""
    numbers, number = [], start
    for _ in repeat(None, count):
        numbers.append(float(number))
        number = DECIMAL.multiply(number, ratio)
    return numbers


def _outwards(end: Any, beyond: float) -> Any:
    """Return an end as the double that equals it, or as the next one towards `beyond`; what is no number stays."""
    if not is_number(end) or isinstance(end, float):
        return end
    try:
        nearest = float(end)
    except OverflowError:
        return inf if end > 0 else -inf
    return nextafter(nearest, beyond) if nearest != end and (nearest < end) == (beyond > 0) else nearest
