"""Ranges from the data: what is wanted of them, what the footers give, and the coordinates that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heatbin.axes import Coordinate
from heatbin.axes.ends import check_fits
from heatbin.errors import UsageError
from heatbin.plan.bins import CoordinateRequest, Ends, Percentile, lacking
from heatbin.sources import Bounds, Part

__all__ = ["Wanted", "above_of", "footer_ends", "settled", "wanted_of"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the data are to give of a column.

    Parameters
    ----------
    lo, hi : None, "data" or Percentile
        None for an end that was given.
    values : bool, optional
        Whether all its values are wanted: they are categories.
    """

    lo: Percentile | str | None = None
    hi: Percentile | str | None = None
    values: bool = False

    def __bool__(self) -> bool:
        return self.values or self.lo is not None or self.hi is not None

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


def wanted_of(coordinate: Coordinate, request: CoordinateRequest) -> tuple[Wanted, ...]:
    """Return what the data are to give of each column that a coordinate takes."""
    if not coordinate.open:
        return (Wanted(),) * coordinate.takes
    if hasattr(coordinate, "found"):
        return (Wanted(values=True),)
    each = zip(lacking(coordinate), request.ends, strict=True)
    return tuple(Wanted(_sought(lacks[0], ends[0]), _sought(lacks[1], ends[1])) for lacks, ends in each)


def _sought(lacks: bool, end: Any) -> Percentile | str | None:
    return Percentile.parse(end) or "data" if lacks else None


def above_of(coordinate: Any) -> tuple[float | None, ...]:
    """Return, for each column, what values must exceed to give an end of a coordinate; None where all do."""
    above = getattr(coordinate, "above", None)
    return above if isinstance(above, tuple) else (above,)


def footer_ends(parts: Sequence[Part], column: str, above: float | None = None) -> Ends | None:
    """Return the smallest and largest value of a column by its footers; None where they do not say.

    Every row group that holds a value must have finite bounds, in order, that lie above a limit, if there is one.
    """
    told = [
        bounds
        for part in parts
        for group in part.row_groups
        if group.rows and (bounds := group.bounds.get(column, Bounds())).nulls != group.rows
    ]
    if not told or not all(bounds.finite for bounds in told):
        return None
    lo, hi = min(bounds.lo for bounds in told), max(bounds.hi for bounds in told)
    return (lo, hi) if above is None or lo > above else None


def settled(coordinate: Any, found: Sequence[Any], name: str) -> Coordinate:
    """Return a coordinate with what it lacks taken from the data; as it is where it lacks nothing.

    Parameters
    ----------
    coordinate : Coordinate
        One that may be open.
    found : sequence
        What the data give of each of its columns: a pair of ends, or categories; None where there are no values.
    name : str
        What an error calls it.
    """
    if not coordinate.open:
        closed: Coordinate = coordinate
        return closed
    try:
        if hasattr(coordinate, "found"):
            closed = coordinate.found(found[0] or ())
        elif coordinate.takes == 1:
            closed = coordinate.between(*(found[0] or (None, None)))
        else:
            closed = coordinate.between(*found)
    except UsageError as error:
        hint = "" if hasattr(coordinate, "found") else "; the data gave this range, give one yourself"
        raise UsageError(f"{name}: {error}{hint}") from None
    check_fits(closed, name)
    return closed
