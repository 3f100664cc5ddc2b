"""Ranges from the data: from footers where they suffice."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, nextafter
from typing import Any

from heatbin.axes import Axis, Regular
from heatbin.errors import UsageError
from heatbin.sources import Bounds, Part

__all__ = ["footer_ends", "settled"]


def footer_ends(parts: Sequence[Part], column: str) -> tuple[Any, Any] | None:
    """Return the smallest and largest value of a column by its footers; None where they do not say.

    Every row group that holds a value must have finite bounds, in order.
    """
    bounds = [group.bounds.get(column, Bounds()) for part in parts for group in part.row_groups if group.rows]
    groups = [group for part in parts for group in part.row_groups if group.rows]
    told = [b for b, group in zip(bounds, groups, strict=True) if b.nulls != group.rows]
    if not told or not all(_is_finite(b) for b in told):
        return None
    return min(b.lo for b in told), max(b.hi for b in told)


def settled(axis: Axis, ends: tuple[Any, Any] | None, name: str) -> Axis:
    """Return `axis` with its open ends taken from the data; as it is where it has none.

    Parameters
    ----------
    axis : Axis
        One that may be open.
    ends : pair of numbers, optional
        The smallest and largest finite value; None where there is none: the range is (0, 1) then.
    name : str
        What an error calls it.
    """
    if not isinstance(axis, Regular) or not axis.open:
        return axis
    found = ends or _around(axis)
    lo = found[0] if axis.lo is None else axis.lo
    hi = found[1] if axis.hi is None else axis.hi
    if lo == hi:
        lo, hi = _widened(lo, hi, axis)
    try:
        return axis.between(lo, hi)
    except UsageError as error:
        raise UsageError(f"{name}: {error}; give the range") from None


def _is_finite(bounds: Bounds) -> bool:
    numbers = isinstance(bounds.lo, int | float) and isinstance(bounds.hi, int | float)
    return numbers and isfinite(bounds.lo) and isfinite(bounds.hi) and bounds.lo <= bounds.hi


def _around(axis: Regular) -> tuple[Any, Any]:
    """Return a range for no data: (0, 1), or one unit beside the end that was given."""
    if axis.lo is not None:
        return axis.lo, axis.lo + 1
    return (0, 1) if axis.hi is None else (axis.hi - 1, axis.hi)


def _widened(lo: Any, hi: Any, axis: Regular) -> tuple[Any, Any]:
    """Return a range around constant data: half a unit to both sides, or as little more as doubles can tell apart."""
    if not isinstance(lo, float):
        half = Fraction(1, 2)
        return (lo - half, hi + half) if axis.exact or abs(lo) > 1 << 52 else (lo - 0.5, hi + 0.5)
    reach = max(0.5, 2 * axis.n * (nextafter(abs(lo), float("inf")) - abs(lo)))
    return lo - reach, hi + reach
