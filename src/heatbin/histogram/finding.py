"""What a value means on an axis: the bin that holds it, the bins between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor, inf, isfinite, nextafter
from typing import Any

import numpy as np

from heatbin.axes import Arc, Axis, Cyclic
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, PER_SECOND, LogicalType

__all__ = ["bin_of", "bins_between", "reach"]

# Shares of a bin: an end this near to an edge is meant to be that edge.
ROUNDING = 1e-9


def bin_of(axis: Axis, value: Any, argument: str) -> int:
    """Return the bin that holds a value, from 0: -1 for one below, the size for one above.

    Parameters
    ----------
    axis : Axis
        Where.
    value : number, str, datetime or what else the axis shows
        In units of the axis; for dates that come round again a length of time since the period begins.
    argument : str
        What an error is to name.
    """
    labels = getattr(axis, "labels", None)
    if labels is not None:
        return labels.index(str(value)) if str(value) in labels else -1
    if isinstance(axis, Cyclic | Arc):
        return _last_not_above(axis.edges, _comparable(axis, value, argument))
    return _binned(axis, _number(axis, value, argument))


def bins_between(axis: Axis, ends: tuple[Any, Any], argument: str) -> tuple[int, int]:
    """Return the first of the bins that reach between two values, and the one after the last of them.

    Parameters
    ----------
    axis, argument
        As for `bin_of`.
    ends : pair
        The values; None for the end of the axis. What is but for rounding an edge means that edge.
    """
    if isinstance(axis, Cyclic | Arc):
        return _between_turns(axis, ends, argument)
    lo, hi = (None if end is None else _on_edge(axis, _number(axis, end, argument)) for end in ends)
    first = 0 if lo is None else _binned(axis, lo)
    last = axis.size if hi is None else max(_binned(axis, below) for below in _below(hi)) + 1
    return max(first, 0), min(last, axis.size)


def _between_turns(axis: Cyclic | Arc, ends: tuple[Any, Any], argument: str) -> tuple[int, int]:
    """Return the bins between two values of one period."""
    lo, hi = (None if end is None else _on_edge(axis, _comparable(axis, end, argument)) for end in ends)
    _check_within(axis, lo, hi, argument)
    first = 0 if lo is None else _last_not_above(axis.edges, lo)
    return first, axis.size if hi is None else int(np.searchsorted(axis.edges, hi, side="left"))


def _number(axis: Axis, value: Any, argument: str) -> int | float:
    """Return a value as a number that a column of the axis may hold: of exact ones the last that is not above it."""
    number = axis.logical.encode(value, argument)
    if isinstance(number, int | float):
        return number
    if axis.logical == NUMBER:
        return _double(number)
    nearest = round(number)
    return nearest if isinstance(value, float) and abs(number - nearest) < ROUNDING else floor(number)


def _binned(axis: Axis, number: int | float) -> int:
    """Return the bin of a number of the column, found as that of a row: -1 for one below, the size for one above."""
    column = np.array([_within_64_bits(axis, number)])
    cells = np.zeros(1, np.uint32)
    axis.bind([column.dtype])([column], np.uint32(1), cells)
    return min(int(cells[0]) - 1, axis.size)


def _below(number: int | float) -> Iterator[int | float]:
    """Yield the largest double below a number, and of integers the one before: no edge lies above both of them."""
    double = number
    if isinstance(number, int):
        yield number - 1
        double = _double(Fraction(number))
    yield double if double < number else nextafter(double, -inf)


def _within_64_bits(axis: Axis, number: int | float) -> int | float:
    """Return a number, or if 64 bits do not hold it one that is nearly as far away."""
    if isinstance(number, float) or -(1 << 63) <= number < 1 << 64:
        return number
    if axis.logical == NUMBER:
        return _double(Fraction(number))
    return -(1 << 63) if number < 0 else (1 << 63) - 1


def reach(axis: Axis) -> str:
    """Return what values an axis has bins for, as the end of a sentence about them."""
    labels = getattr(axis, "labels", None)
    if labels is not None:
        return f"which are {', '.join(labels[:20])}{', …' * (len(labels) > 20)}"
    return f"which go from {axis.edges[0]} to {axis.edges[-1]}"


def _last_not_above(edges: Array, value: Any) -> int:
    """Return the number of the last edge that is not above a value; -1 where all are."""
    return int(np.searchsorted(edges, value, side="right")) - 1


def _on_edge(axis: Axis, value: Any) -> Any:
    """Return the edge that a value is but for rounding, else the value."""
    edges = axis.edges
    if edges.dtype.kind != "f" or not isinstance(value, float) or not isfinite(value):
        return value
    finite = edges[np.isfinite(edges)]
    near = finite[np.argmin(np.abs(finite - value))] if finite.size > 1 else value
    return near if abs(near - value) <= ROUNDING * np.diff(finite).min(initial=np.inf) else value


def _check_within(axis: Cyclic | Arc, lo: Any, hi: Any, argument: str) -> None:
    begin, end = axis.edges[0], axis.edges[-1]
    lo, hi = begin if lo is None else lo, end if hi is None else hi
    if not begin <= lo <= hi <= end:
        raise UsageError(
            f"{argument}: {lo} to {hi} does not go up within {begin} to {end}, and a selection does not wrap; "
            "select each part by itself"
        )


def _comparable(axis: Cyclic | Arc, value: Any, argument: str) -> Any:
    """Return a value in the units of the edges; one that these cannot hold becomes one outside on the same side."""
    logical, edges = axis.lengths, axis.edges
    number = logical.encode(value, argument)
    if edges.dtype.kind in "mM":
        lo, hi = _numbers(edges[[0, -1]], logical)
        return logical.decode([min(max(Fraction(number), lo - 1), hi + 1)])[0]
    if isinstance(number, float) or (isinstance(number, int) and edges.dtype.kind != "f"):
        return number
    return _double(Fraction(number) / 10**logical.scale)


def _numbers(times: Array, logical: LogicalType) -> list[Fraction]:
    """Return times in the space of the column's numbers."""
    unit = PER_SECOND[logical.unit] / PER_SECOND[np.datetime_data(times.dtype)[0]]
    return [tick * unit for tick in times.view(np.int64).tolist()]


def _double(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf
