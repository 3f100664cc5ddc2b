"""What `bins` and `range` may be, and the coordinates that they make: NumPy's rules, and axes beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import log10
from typing import Any

import numpy as np

from heatbin.axes import Category, Coordinate, HexLattice, Regular, Variable
from heatbin.axes.ends import check_fits
from heatbin.errors import UsageError
from heatbin.logical import LogicalType

__all__ = [
    "DEFAULT_BINS",
    "CoordinateRequest",
    "Ends",
    "Percentile",
    "coordinate_of",
    "coordinate_requests",
    "lacking",
]

DEFAULT_BINS = 1024
"""How many equal bins an axis has of which nothing is said."""

EXACT_IN_FLOAT = 1 << 52
NOT_GIVEN = (None, None)

Ends = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class CoordinateRequest:
    """What was asked of one coordinate.

    Parameters
    ----------
    arguments : tuple of str
        What errors call the columns that it takes: "x", "y", "by".
    bins : int or Coordinate
        How many equal bins, or the coordinate itself.
    ends : tuple of pairs
        Of each column the two ends as they were given; None for one that the data give.
    """

    arguments: tuple[str, ...]
    bins: int | Coordinate
    ends: tuple[Ends, ...] = (NOT_GIVEN,)


def coordinate_requests(bins: Any, range_: Any, arguments: Sequence[str]) -> tuple[CoordinateRequest, ...]:
    """Return what `bins` and `range` ask of each coordinate.

    Parameters
    ----------
    bins : int, Coordinate, array_like, or a sequence of these, one for each coordinate
        As `numpy.histogram2d` takes it: a number of bins or one row of edges serves x and y. Hexagons take both. What
        comes after x and y is a category, if nothing else is said.
    range_ : sequence of pairs, optional
        One pair for each column; None in the place of a pair or of an end that the data give. What comes after x and y
        may be left out.
    arguments : sequence of str
        The names of the columns: "x", "y", and what follows.

    Raises
    ------
    TypeError, UsageError
        When they are none of these, or the range gives an end that an axis has already.
    """
    each = _one_for_each(bins, arguments)
    ends = list(accumulate(_takes(one) for one in each))
    if ends[-1] != len(arguments):
        raise UsageError(f"bins must be for {', '.join(arguments)}, and are for {ends[-1]} columns")
    names = [tuple(arguments[end - _takes(one) : end]) for one, end in zip(each, ends, strict=True)]
    ranges = dict(zip(arguments, _ranges(range_, arguments), strict=True))
    return tuple(_request(one, taken, ranges) for one, taken in zip(each, names, strict=True))


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


def coordinate_of(
    request: CoordinateRequest, logicals: Sequence[LogicalType], *, floating: Sequence[bool]
) -> Coordinate:
    """Return the coordinate for columns of these kinds; open where the data are to give an end.

    Parameters
    ----------
    request : CoordinateRequest
        What was asked.
    logicals : sequence of LogicalType
        What the numbers of its columns mean.
    floating : sequence of bool
        Whether they are floats: their edges are doubles, however large.
    """
    try:
        if isinstance(request.bins, int):
            axis: Coordinate = _regular(request, logicals[0], floating=floating[0])
        elif request.bins.takes > 1:
            axis = _lattice(request, logicals)
        else:
            axis = _with_ends(request, floating=floating[0]).of(logicals[0])
    except UsageError as error:
        raise UsageError(f"{' and '.join(request.arguments)}: {error}") from None
    check_fits(axis, " and ".join(request.arguments))
    return axis


def _regular(request: CoordinateRequest, logical: LogicalType, *, floating: bool) -> Regular:
    """Return the axis that NumPy would make of a number of bins: an empty range gets half a unit on both sides."""
    numbers = (None if end is None else logical.encode(end, "range") for end in _given(request.ends[0]))
    lo, hi = (float(n) if floating and n is not None else n for n in numbers)
    if lo is not None and lo == hi:
        lo, hi = lo - _half_unit(lo), hi + _half_unit(hi)
    bins: Any = request.bins
    return Regular(bins, lo, hi, logical)


def _half_unit(end: Any) -> float | Fraction:
    return 0.5 if isinstance(end, float) or abs(end) < EXACT_IN_FLOAT else Fraction(1, 2)


def _with_ends(request: CoordinateRequest, *, floating: bool) -> Any:
    """Return the axis that was given, with the ends that it lacks from the range."""
    axis: Any = request.bins
    ends = zip(("lo", "hi"), _given(request.ends[0]), strict=True)
    found = {name: end for name, end in ends if end is not None}
    if floating and isinstance(axis, Regular):
        found = {name: float(end) if isinstance(end, int) else end for name, end in found.items()}
    return replace(axis, **found) if found else axis


def _lattice(request: CoordinateRequest, logicals: Sequence[LogicalType]) -> Coordinate:
    """Return the hexagons that were given, with the ranges that they lack: written as the columns' values are."""
    lattice: Any = request.bins
    found: dict[str, Any] = {}
    for letter, argument, ends in zip("xy", request.arguments, request.ends, strict=True):
        lo, hi = _given(ends)
        if lo is None and hi is None:
            continue
        if lo is None or hi is None:
            raise UsageError(f"hexagons need both ends of the range of {argument}, or none")
        found[f"{letter}range"] = (
            _exponents(lo, hi) if getattr(lattice, f"{letter}scale") == "log" else (lo, hi)
        )
    made: HexLattice = replace(lattice, **found) if found else lattice
    return made.of(*logicals)


def _exponents(lo: Any, hi: Any) -> Ends:
    if not (isinstance(lo, int | float) and isinstance(hi, int | float) and lo > 0 and hi > 0):
        raise UsageError(f"a logarithmic scale needs a positive range, not {lo} to {hi}")
    return log10(lo), log10(hi)


def _given(ends: Ends) -> list[Any]:
    """Return the ends that are values; None for those that the data give."""
    return [None if end is None or Percentile.parse(end) else end for end in ends]


def _one_for_each(bins: Any, arguments: Sequence[str]) -> list[Any]:
    """Spread `bins` over the coordinates: a list of as many entries is one each, another is edges for x and y."""
    each = _for_places(bins, len(arguments))
    missing = len(arguments) - sum(_takes(one) for one in each)
    return [*each, *[Category()] * missing] if len(each) < 3 else each


def _for_places(bins: Any, count: int) -> list[Any]:
    if _is_coordinate(bins):
        return [bins] * (2 // bins.takes)
    if isinstance(bins, list | tuple | np.ndarray):
        if len(bins) in (2, count) or any(_is_coordinate(one) for one in bins):
            return list(bins)
        if len(bins) == 1:
            raise UsageError("bins must be one number, a row of edges, or one of these for each of x and y")
    return [bins] * 2


def _is_coordinate(bins: Any) -> bool:
    return hasattr(bins, "bind") and not isinstance(bins, type)


def _takes(bins: Any) -> int:
    return int(bins.takes) if _is_coordinate(bins) else 1


def _ranges(range_: Any, arguments: Sequence[str]) -> list[Any]:
    if not isinstance(range_, list | tuple | np.ndarray | None):
        raise TypeError(f"range must be a pair of pairs (lo, hi), or 'grow', not {range_!r}")
    ranges = [None] * len(arguments) if range_ is None else list(range_)
    if len(ranges) not in (2, len(arguments)):
        raise UsageError(f"range must hold one pair for each of {', '.join(arguments)}, not {len(ranges)}")
    return ranges + [None] * (len(arguments) - len(ranges))


def _request(bins: Any, arguments: tuple[str, ...], ranges: dict[str, Any]) -> CoordinateRequest:
    ends = tuple(_pair(ranges[name], bins, name) for name in arguments)
    if _is_coordinate(bins):
        for argument, own, given in zip(arguments, _own_ends(bins), ends, strict=True):
            _check_lacking(bins, argument, own, given)
    return CoordinateRequest(arguments, _bins(bins, arguments[0]), ends)


def lacking(coordinate: Any) -> list[tuple[bool, bool]]:
    """Tell of each column that a coordinate takes which of its two ends the coordinate lacks."""
    return [(lo is None, hi is None) for lo, hi in _own_ends(coordinate)]


def _own_ends(coordinate: Any) -> list[Ends]:
    """Return the ends that a coordinate has of each column: None where it lacks one, itself if it has no such end."""
    if coordinate.takes == 1:
        return [(getattr(coordinate, "lo", coordinate), getattr(coordinate, "hi", coordinate))]
    return [ends or NOT_GIVEN for ends in (coordinate.xrange, coordinate.yrange)]


def _check_lacking(coordinate: Coordinate, argument: str, own: Ends, given: Ends) -> None:
    """Check that a range gives only ends that a coordinate lacks, or has as well."""
    if any(None not in (end, has) and end != has for end, has in zip(given, own, strict=True)):
        raise UsageError(
            f"{argument}: range gives ({given[0]}, {given[1]}), but {coordinate!r:.80} says itself where its bins lie; "
            "leave one of them out"
        )


def _bins(bins: Any, argument: str) -> int | Coordinate:
    if isinstance(bins, bool | float | str | type | None):
        raise TypeError(f"bins of {argument} must be a whole number, a row of edges or an axis, not {bins!r}")
    if _is_coordinate(bins):
        coordinate: Coordinate = bins
        return coordinate
    if hasattr(bins, "__index__") and np.ndim(bins) == 0:
        return Regular(bins).n
    try:
        return Variable(bins)
    except UsageError as error:
        raise UsageError(f"bins of {argument}: {error}") from None


def _pair(range_: Any, bins: Any, argument: str) -> Ends:
    if range_ is None or (not _is_coordinate(bins) and np.ndim(bins) > 0):
        # NumPy, too, lets edges override a range.
        return NOT_GIVEN
    if isinstance(range_, str) or np.ndim(range_) != 1 or len(range_) != 2:
        raise UsageError(f"the range of {argument} must be a pair (lo, hi), not {range_!r}")
    low, high = (Percentile.parse(end) for end in range_)
    if low and high and low.percent >= high.percent:
        raise UsageError(
            f"{argument}: the range must go from a lower to a higher percentile, not {low} to {high}"
        )
    return range_[0], range_[1]
