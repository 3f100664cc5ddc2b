"""What values can pass a `where`, column by column: for leaving out files and row groups unread.

Only what every passing row must fulfil is used: ``< <= > >= == in`` between a plain column and constants,
joined by ``and``, or by ``or`` on the same column. A NaN and a null fulfil none of these, so they need no
attention: a row group whose finite bounds are excluded holds no row that passes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import pyarrow as pa

from heatbin.expressions.columns import type_of
from heatbin.expressions.exact import Exact, exact
from heatbin.expressions.kinds import plain_type
from heatbin.expressions.measure import measured, space_of
from heatbin.expressions.tree import Among, Call, Column, Compare, Expression, Literal, MisfitError, Node

__all__ = ["Bounds", "Interval", "Passing", "bounds", "excludes"]

End: TypeAlias = tuple[int, Any, int]
"""An end of an interval, made to be compared: (-1, 0, 0) and (1, 0, 0) are the infinities; else 0, the value,
and -1, 0 or 1 for just before it, on it, just after it.
"""

Interval: TypeAlias = tuple[End, End]
"""The lowest and the highest value, both included."""

_LOWEST: End = (-1, 0, 0)
_HIGHEST: End = (1, 0, 0)


@dataclass(frozen=True, slots=True)
class Passing:
    """The values of one column that can pass.

    Parameters
    ----------
    space : str
        What the ends are: "number", "text", "bytes", or of times "date", "wall" (a timestamp without a zone),
        "utc", "time", "duration", all in nanoseconds.
    intervals : tuple of Interval
        Disjoint, in ascending order.
    """

    space: str
    intervals: tuple[Interval, ...]


Bounds: TypeAlias = dict[str, Passing]
"""The columns that `where` restricts, by name. Plain data: it pickles."""


def bounds(expression: Expression, schema: pa.Schema) -> Bounds:
    """Return what every row that passes `expression` has in common.

    Parameters
    ----------
    expression : Expression
        A `where`.
    schema : pyarrow.Schema
        Gives the columns their types: what "2024-01-01" means depends on them.

    Returns
    -------
    dict of str to Passing
        Columns that are not in it can hold anything.

    Examples
    --------
    >>> from heatbin.expressions import parse
    >>> schema = pa.schema({"fare": pa.float64(), "id": pa.int64()})
    >>> found = bounds(parse("0 < fare <= 10 and id != 3", argument="where"), schema)
    >>> list(found), excludes(found, "fare", -5.0, 0.0), excludes(found, "fare", -5.0, 0.5)
    (['fare'], True, False)
    """
    return _Restrictions(expression.argument, schema).of(expression.root)


def excludes(bounds: Bounds, column: str, lo: Any, hi: Any) -> bool:
    """Return whether no value from `lo` to `hi` can pass, as far as `column` decides it.

    Parameters
    ----------
    bounds : Bounds
        What `bounds` returned.
    column : str
        The column that `lo` and `hi` are of.
    lo, hi : object
        The least and the greatest value, as a footer has them: numbers, Decimal, text, dates and times of
        `datetime`, `numpy` or pandas, or `pyarrow.Scalar`. Nulls, NaN, infinities, types that do not compare
        with the column's, and bounds that contradict each other exclude nothing.
    """
    passing = bounds.get(column)
    (low_space, low), (high_space, high) = measured(lo), measured(hi)
    if passing is None or {low_space, high_space} - _READABLE.get(passing.space, {passing.space}):
        return False
    first: End = (0, low, 0)
    last: End = (0, high, 0)
    # The only interval that matters is the first that does not end before `lo`.
    position = bisect_left(passing.intervals, first, key=lambda interval: interval[1])
    return first <= last and (position == len(passing.intervals) or passing.intervals[position][0] > last)


class _Restrictions:
    """Derives what must hold of each column from a tree."""

    def __init__(self, argument: str, schema: pa.Schema) -> None:
        self.argument = argument
        self.schema = schema

    def of(self, node: Node) -> Bounds:
        match node:
            case Call(function="and", arguments=parts):
                return reduce(_both, map(self.of, parts))
            case Call(function="or", arguments=parts):
                return reduce(_either, map(self.of, parts))
            case Compare(operators=operators, operands=operands):
                links = zip(operators, operands, operands[1:], strict=False)
                return reduce(_both, [self._link(*link) for link in links])
            case Among(operand=Column(name=name), values=values, form=form):
                return self._restricted(name, "==", [Literal(value, form) for value in values])
        return {}

    def _link(self, operator: str, left: Node, right: Node) -> Bounds:
        match left, right:
            case Column(name=name), Literal():
                return self._restricted(name, operator, (right,))
            case Literal(), Column(name=name):
                return self._restricted(name, _FLIPPED.get(operator, operator), (left,))
        return {}

    def _restricted(self, name: str, operator: str, values: Iterable[Literal]) -> Bounds:
        type = plain_type(type_of(self.schema, name, self.argument))
        if operator not in _INTERVALS:
            return {}
        try:
            ends = [exact(value, type) for value in values]
        except MisfitError:
            return {}
        if any(isinstance(end, float) and not math.isfinite(end) for end in ends):
            return {}
        return {name: Passing(space_of(type), _union(_INTERVALS[operator](end) for end in ends))}


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INTERVALS: dict[str, Callable[[Exact], Interval]] = {
    "==": lambda value: ((0, value, 0), (0, value, 0)),
    "<": lambda value: (_LOWEST, (0, value, -1)),
    "<=": lambda value: (_LOWEST, (0, value, 0)),
    ">": lambda value: ((0, value, 1), _HIGHEST),
    ">=": lambda value: ((0, value, 0), _HIGHEST),
}
# A date is the midnight that begins it, and compares with wall clocks.
_READABLE = {"date": {"date", "wall"}, "wall": {"date", "wall"}}


def _both(left: Bounds, right: Bounds) -> Bounds:
    return left | {
        name: Passing(passing.space, _intersection(left[name].intervals, passing.intervals))
        if name in left
        else passing
        for name, passing in right.items()
    }


def _either(left: Bounds, right: Bounds) -> Bounds:
    return {
        name: Passing(passing.space, _union([*passing.intervals, *right[name].intervals]))
        for name, passing in left.items()
        if name in right
    }


def _union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _intersection(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> tuple[Interval, ...]:
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)
