"""What `bins` and `range` may be, and the axes that they make: NumPy's rules, and axes beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from heatbin.axes import Axis, Regular, Variable
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

__all__ = ["AxisRequest", "Percentile", "axis_of", "axis_requests", "half_unit", "percentiles"]

EXACT_IN_FLOAT = 1 << 52


@dataclass(frozen=True, slots=True)
class AxisRequest:
    """What was asked of one axis.

    Parameters
    ----------
    argument : str
        What errors call it: "x" or "y".
    bins : int or Axis
        How many equal bins, or the axis itself.
    ends : tuple
        The two ends as they were given; None for one that the data give.
    """

    argument: str
    bins: int | Axis
    ends: tuple[Any, Any] = (None, None)


def axis_requests(bins: Any, range_: Any, arguments: Sequence[str]) -> tuple[AxisRequest, ...]:
    """Return what `bins` and `range` ask of each axis.

    Parameters
    ----------
    bins : int, Axis, array_like, or a sequence of these, one for each axis
        As `numpy.histogram2d` takes it: a number of bins or one row of edges serves all axes.
    range_ : sequence of pairs, optional
        One pair for each axis; None in the place of a pair or of an end that the data give.
    arguments : sequence of str
        The names of the axes.
    """
    each = _one_for_each(bins, len(arguments))
    ranges = [None] * len(arguments) if range_ is None else list(range_)
    if len(ranges) != len(arguments):
        raise UsageError(f"range must hold one pair for each of {', '.join(arguments)}, not {len(ranges)}")
    rows = zip(arguments, each, ranges, strict=True)
    return tuple(AxisRequest(name, _bins(b, name), _pair(r, b, name)) for name, b, r in rows)


@dataclass(frozen=True, slots=True)
class Percentile:
    """An end of a range that leaves a share of the values outside.

    Parameters
    ----------
    percent : float
        How many percent of the values lie below it.
    """

    percent: float

    @classmethod
    def parse(cls, value: Any) -> Percentile | None:
        """Return the percentile that "p1" or "p99.5" stands for; None for anything else."""
        match = re.fullmatch(r"p(\d+(?:\.\d+)?)", value) if isinstance(value, str) else None
        if match is None:
            return None
        percent = float(match[1])
        if percent > 100:
            raise UsageError(f"{value!r} is no percentile: they go from p0 to p100")
        return cls(percent)

    def __str__(self) -> str:
        return f"p{self.percent:g}"


def percentiles(request: AxisRequest) -> tuple[Percentile | None, Percentile | None]:
    """Return the percentiles that the ends of a range are given as."""
    low, high = (Percentile.parse(end) for end in request.ends)
    if low and high and low.percent >= high.percent:
        raise UsageError(
            f"{request.argument}: the range must go from a lower to a higher percentile, not {low} to {high}"
        )
    return low, high


def axis_of(request: AxisRequest, logical: LogicalType, *, floating: bool) -> Axis:
    """Return the axis for a column of this kind; open where the data are to give an end.

    Parameters
    ----------
    request : AxisRequest
        What was asked.
    logical : LogicalType
        What the column's numbers mean.
    floating : bool
        Whether they are floats: their edges are doubles, however large.
    """
    if not isinstance(request.bins, int):
        return request.bins
    lo, hi = (_end(value, logical, request.argument, floating=floating) for value in request.ends)
    if lo is not None and lo == hi:
        lo, hi = lo - half_unit(lo), hi + half_unit(hi)
    try:
        return Regular(request.bins, lo, hi, logical)
    except UsageError as error:
        raise UsageError(f"{request.argument}: {error}") from None


def half_unit(end: Any) -> float | Fraction:
    """Return half a unit in the kind of number that an end is, to widen a range of one value by."""
    return 0.5 if isinstance(end, float) or abs(end) < EXACT_IN_FLOAT else Fraction(1, 2)


def _one_for_each(bins: Any, count: int) -> list[Any]:
    """Spread `bins` over the axes: a list of as many entries is one each, any other list is edges for all."""
    if isinstance(bins, list | tuple | np.ndarray):
        if len(bins) == count:
            return list(bins)
        if len(bins) == 1:
            raise UsageError(
                f"bins must be one number, a row of edges, or one of these for each of {count} axes"
            )
    return [bins] * count


def _bins(bins: Any, argument: str) -> int | Axis:
    if isinstance(bins, bool | float | str | None):
        raise TypeError(f"bins of {argument} must be a whole number, a row of edges or an axis, not {bins!r}")
    if hasattr(bins, "bind"):
        axis: Axis = bins
        return axis
    if hasattr(bins, "__index__") and np.ndim(bins) == 0:
        return Regular(bins).n
    try:
        return Variable(bins)
    except UsageError as error:
        raise UsageError(f"bins of {argument}: {error}") from None


def _pair(range_: Any, bins: Any, argument: str) -> tuple[Any, Any]:
    if range_ is None:
        return None, None
    if hasattr(bins, "bind") or np.ndim(bins) > 0:
        # NumPy, too, lets edges override a range.
        return None, None
    if isinstance(range_, str) or np.ndim(range_) != 1 or len(range_) != 2:
        raise UsageError(f"the range of {argument} must be a pair (lo, hi), not {range_!r}")
    return range_[0], range_[1]


def _end(value: Any, logical: LogicalType, argument: str, *, floating: bool) -> Any:
    if value is None or Percentile.parse(value):
        return None
    number = logical.encode(value, argument)
    return float(number) if floating else number
