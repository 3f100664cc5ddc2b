"""Ranges from the data: what is wanted of them, what the footers give, and the axes that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nextafter
from typing import Any

from heatbin.axes import Axis, Regular
from heatbin.errors import UsageError
from heatbin.plan.bins import Percentile, half_unit
from heatbin.sources import Bounds, Part

__all__ = ["Wanted", "footer_ends", "settled"]

Ends = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the data are to give of an axis.

    Parameters
    ----------
    lo, hi : None, "data" or Percentile
        None for an end that was given.
    """

    lo: Percentile | str | None = None
    hi: Percentile | str | None = None

    def __bool__(self) -> bool:
        return self.lo is not None or self.hi is not None

    @property
    def percentiles(self) -> bool:
        """Whether a percentile is wanted."""
        return isinstance(self.lo, Percentile) or isinstance(self.hi, Percentile)

    @property
    def extremes(self) -> bool:
        """Whether the smallest or largest value is wanted."""
        return "data" in (self.lo, self.hi)

    def percents(self) -> tuple[float, float]:
        """Return between which percentages the axis lies, as far as they are wanted."""
        lo = self.lo.percent if isinstance(self.lo, Percentile) else 0.0
        return lo, self.hi.percent if isinstance(self.hi, Percentile) else 100.0

    def combine(self, extremes: Ends | None, percentiles: Ends | None) -> Ends | None:
        """Return both ends, each from where it is wanted; None when there are no values."""
        found = extremes or percentiles
        if found is None:
            return None
        lo, hi = found
        if percentiles is not None:
            lo = percentiles[0] if isinstance(self.lo, Percentile) else lo
            hi = percentiles[1] if isinstance(self.hi, Percentile) else hi
        return lo, hi


def footer_ends(parts: Sequence[Part], column: str) -> Ends | None:
    """Return the smallest and largest value of a column by its footers; None where they do not say.

    Every row group that holds a value must have finite bounds, in order.
    """
    told = [
        bounds
        for part in parts
        for group in part.row_groups
        if group.rows and (bounds := group.bounds.get(column, Bounds())).nulls != group.rows
    ]
    if not told or not all(bounds.finite for bounds in told):
        return None
    return min(bounds.lo for bounds in told), max(bounds.hi for bounds in told)


def settled(axis: Axis, ends: Ends | None, name: str) -> Axis:
    """Return `axis` with its open ends taken from the data; as it is where it has none.

    Parameters
    ----------
    axis : Axis
        One that may be open.
    ends : pair of numbers, optional
        What the data give; None where there are no values: the range is (0, 1) then.
    name : str
        What an error calls it.
    """
    if not isinstance(axis, Regular) or not axis.open:
        return axis
    found = ends or _without_data(axis)
    lo = found[0] if axis.lo is None else axis.lo
    hi = found[1] if axis.hi is None else axis.hi
    if lo == hi:
        lo, hi = lo - _half(lo, axis.n), hi + _half(hi, axis.n)
    try:
        return axis.between(lo, hi)
    except UsageError as error:
        raise UsageError(f"{name}: {error}; the data gave this range, give one yourself") from None


def _without_data(axis: Regular) -> Ends:
    """Return a range for no data: (0, 1), or one unit beside the end that was given."""
    if axis.lo is not None:
        return axis.lo, axis.lo + 1
    return (0, 1) if axis.hi is None else (axis.hi - 1, axis.hi)


def _half(end: Any, bins: int) -> Any:
    """Return what widens a range of one value: half a unit, or where doubles are sparser, enough for all bins."""
    if not isinstance(end, float):
        return half_unit(end)
    return max(0.5, 2 * bins * (nextafter(abs(end), float("inf")) - abs(end)))
