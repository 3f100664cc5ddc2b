"""What `bins` and `range` may be, and the axes that they make: NumPy's rules, and axes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heatbin.axes import Axis, Regular, Variable
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

__all__ = ["AxisRequest", "axis_requests", "regular_axis"]


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


def regular_axis(request: AxisRequest, logical: LogicalType, *, floating: bool) -> Axis:
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
    try:
        ends = [_end(value, logical, request.argument, floating=floating) for value in request.ends]
        return Regular(request.bins, *ends, logical=logical)
    except UsageError as error:
        raise UsageError(f"{request.argument}: {error}") from None


def _one_for_each(bins: Any, count: int) -> list[Any]:
    """Spread `bins` over the axes: a list of as many entries is one each, any other list is edges for all."""
    if isinstance(bins, list | tuple | np.ndarray):
        if len(bins) == count:
            return list(bins)
        if len(bins) == 1:
            raise UsageError(f"bins must be one number, a row of edges, or one of these for each of {count} axes")
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
    if value is None:
        return None
    number = logical.encode(value, argument)
    return float(number) if floating else number
