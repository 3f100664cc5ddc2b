"""An axis of integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nextafter
from typing import Any, Self

import numpy as np

from heatbin.axes.base import EdgeAxis, Index
from heatbin.axes.ends import MOST_BINS, shown, unsettled
from heatbin.axes.rationals import Number, Rationals
from heatbin.axes.search import bind_edges
from heatbin.axes.variable import Variable
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Integer"]

EXACT_IN_FLOAT = 1 << 53
INT64 = 1 << 63


@dataclass(frozen=True, repr=False)
class Integer(EdgeAxis):
    """One bin an integer, from `lo` to ``hi - 1``, as `hist.axis.Integer` has them.

    A number that is no integer belongs to the bin of the next one below.

    Parameters
    ----------
    lo, hi : int, optional
        The first integer, and the one after the last; None where the data give them.
    logical : LogicalType, optional
        What the column's numbers mean: numbers or decimals, of which the bins are the whole ones.

    Raises
    ------
    TypeError
        When an end is no integer.
    UsageError
        When the range is reversed or empty, or has more integers than can be numbered.

    Examples
    --------
    >>> Integer(1, 4).edges
    array([1, 2, 3, 4])
    """

    lo: int | None = None
    hi: int | None = None
    logical: LogicalType = NUMBER

    def __post_init__(self) -> None:
        for name in ("lo", "hi"):
            object.__setattr__(self, name, _integer(getattr(self, name), name))
        if self.lo is not None and self.hi is not None:
            _check_integers(self.lo, self.hi)

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return self.lo is None or self.hi is None

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None before there are any."""
        return None if self.open else (self._ends[0] * self._unit, self._ends[1] * self._unit)

    def between(self, lo: Number | None, hi: Number | None) -> Self:
        """Return this axis with its open ends closed.

        Parameters
        ----------
        lo, hi : number or None
            The smallest and largest value there is, as the column's numbers; None where there is none: the axis
            is the integer at the end that it has, or 0.
        """
        if not self.open:
            return self
        if lo is None or hi is None:
            only = self.lo if self.lo is not None else self.hi - 1 if self.hi is not None else 0
            return replace(self, lo=only, hi=only + 1)
        first, last = int(lo // self._unit), int(hi // self._unit)
        return replace(
            self, lo=first if self.lo is None else self.lo, hi=last + 1 if self.hi is None else self.hi
        )

    @property
    def _ends(self) -> tuple[int, int]:
        if self.lo is None or self.hi is None:
            raise unsettled(is_open=True)
        return self.lo, self.hi

    @property
    def _unit(self) -> int:
        return int(10**self.logical.scale)

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        lo, hi = self._ends
        return hi - lo

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,), int64."""
        lo, hi = self._ends
        return np.arange(hi - lo + 1) + lo

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        lo, hi = self._ends
        if self._unit == 1 and max(-lo, hi) < EXACT_IN_FLOAT:
            return self._bind_evenly()
        return bind_edges(
            Rationals(range(lo * self._unit, hi * self._unit + 1, self._unit)), dtypes[0], closed=False
        )

    def _bind_evenly(self) -> Index:
        from heatbin.kernels.index import index_evenly

        # Half a unit below the first edge may be no double: then it is rounded by half a unit, and all numbers near it
        # are whole ones or halves, so that guesses stay right or one too few.
        first, over = (float(end) for end in self._ends)
        last, size = nextafter(over, first), over - first

        def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_evenly(columns[0], first, last, 1.0, 1.0, size, stride, cells)

        return index

    def _of(self, logical: LogicalType) -> Self:
        if logical.kind not in ("number", "decimal"):
            raise UsageError(f"an Integer axis cannot bin a column of {logical}")
        return replace(self, logical=logical)

    def _picked(self, picked: slice) -> Integer | Variable:
        edges = self.edges[picked]
        if picked.step in (None, 1):
            return replace(self, lo=int(edges[0]), hi=int(edges[-1]))
        return Variable([edge * self._unit for edge in edges.tolist()], self.logical, closed=False)


def _integer(end: Any, name: str) -> int | None:
    if end is None:
        return None
    if isinstance(end, bool) or not hasattr(end, "__index__"):
        raise TypeError(f"{name} must be an integer, not {end!r}")
    return int(end)


def _check_integers(lo: int, hi: int) -> None:
    first, last = shown(lo), shown(hi)
    if not lo < hi:
        raise UsageError(f"the range must go from a smaller to a larger integer, not from {first} to {last}")
    if hi - lo >= MOST_BINS:
        raise UsageError(f"{shown(hi - lo)} integers from {first} to {last} are too many bins; use Regular")
    if not -INT64 <= lo <= hi < INT64:
        raise UsageError(f"the integers from {first} to {last} go beyond 64 bits")
