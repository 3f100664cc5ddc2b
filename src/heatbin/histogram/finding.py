"""What a value means on an axis: the bin that holds it, the bins between two of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction
from math import floor, inf, isfinite, nextafter
from typing import Any

import numpy as np

from heatbin.axes import Arc, Axis, Cyclic
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

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
        return _last_not_above(axis, _number(axis.lengths, value, argument))
    return _binned(axis, _number(axis.logical, value, argument))


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
    lo, hi = (None if end is None else _on_edge(axis, _number(axis.logical, end, argument)) for end in ends)
    first = 0 if lo is None else _binned(axis, lo)
    last = axis.size if hi is None else max(_binned(axis, below) for below in _below(hi)) + 1
    return max(first, 0), min(last, axis.size)


def _between_turns(axis: Cyclic | Arc, ends: tuple[Any, Any], argument: str) -> tuple[int, int]:
    """Return the bins between two values of one period."""
    begin, over = axis.bound(0), axis.bound(axis.size)
    lo, hi = (None if end is None else _on_edge(axis, _number(axis.lengths, end, argument)) for end in ends)
    lo, hi = begin if lo is None else lo, over if hi is None else hi
    if not begin <= lo <= hi <= over:
        asked = [edge if end is None else end for edge, end in zip(axis.edges[[0, -1]], ends, strict=True)]
        raise UsageError(
            f"{argument}: {asked[0]} to {asked[1]} does not go up within {axis.edges[0]} to {axis.edges[-1]}, "
            "and a selection does not wrap; select each part by itself"
        )
    return _last_not_above(axis, lo), bisect_left(range(axis.size + 1), hi, key=axis.bound)


def _last_not_above(axis: Cyclic | Arc, number: Any) -> int:
    """Return the number of the last edge that is not above a number; -1 where all are."""
    return bisect_right(range(axis.size + 1), number, key=axis.bound) - 1


def _number(logical: LogicalType, value: Any, argument: str) -> int | float:
    """Return a value as a number that a column may hold: of exact ones the last that is not above it."""
    number = logical.encode(value, argument)
    if isinstance(number, int | float):
        return number
    if logical == NUMBER:
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
    return f"which go from {axis.edges[0]} to {'' if axis.closed else 'below '}{axis.edges[-1]}"


def _on_edge(axis: Axis, value: Any) -> Any:
    """Return the edge that a value is but for rounding, else the value."""
    edges = axis.edges
    if edges.dtype.kind != "f" or not isinstance(value, float) or not isfinite(value):
        return value
    finite = edges[np.isfinite(edges)]
    near = finite[np.argmin(np.abs(finite - value))] if finite.size > 1 else value
    return near if abs(near - value) <= ROUNDING * np.diff(finite).min(initial=np.inf) else value


def _double(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf
