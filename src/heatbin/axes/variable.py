"""An axis with any edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, get_args

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index, Scale
from heatbin.axes.ends import check_closed, checked_linthresh, encoded, is_number, plain_end, shown
from heatbin.axes.rationals import Number, Rationals
from heatbin.axes.search import bind_edges
from heatbin.columns import Array
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Variable"]

SCALES = get_args(Scale)
LARGEST = int(np.finfo(np.float64).max)


@dataclass(frozen=True, eq=False, init=False, repr=False, slots=True)
class Variable(EdgeAxis):
    """Bins between any edges.

    Parameters
    ----------
    edges : array_like of numbers, shape (size + 1,)
        Non-decreasing; kept in their own type; the ends may be infinite. A value on an edge belongs to the bin on
        its right, among duplicates to the later bin. For columns of times or decimals: text, datetimes and the like.
    logical : LogicalType, optional
        What the column's numbers mean. Where they are times or decimals, `edges` are their integers, or fractions.
    scale : {"linear", "log", "symlog"}, optional
        How pictures place the edges.
    closed : bool, optional
        Whether a value on the last edge is in the last bin; else it is over the axis.
    linthresh : number, optional
        How far from zero a symlog scale is linear; as far as the edge nearest to it, if None.

    Raises
    ------
    TypeError
        When `closed` is neither True nor False.
    UsageError
        When there are fewer than two edges, or they are not numbers or times, or they decrease; when the scale is not
        known, or `linthresh` is not positive or not for it.

    Examples
    --------
    >>> Variable([0, 1, 10, 100]).widths
    array([ 1,  9, 90])
    """

    _edges: Array
    logical: LogicalType
    scale: Scale
    closed: bool
    linthresh: Any

    def __init__(
        self,
        edges: npt.ArrayLike | Sequence[Any],
        logical: LogicalType = NUMBER,
        scale: Scale = "linear",
        closed: bool = True,
        linthresh: Any = None,
    ) -> None:
        array = _as_edges(edges)
        check_closed(closed)
        if scale not in SCALES:
            raise UsageError(f"scale must be one of {', '.join(SCALES)}, not {scale!r}")
        if linthresh is not None and scale != "symlog":
            raise UsageError(f"linthresh is for a symlog scale, not for {scale!r}")
        if not _is_text(array) and not _increase(array):
            raise UsageError("edges must increase: each at least the one before it, and none NaN")
        array.flags.writeable = False
        object.__setattr__(self, "_edges", array)
        object.__setattr__(self, "logical", logical)
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "closed", closed)
        object.__setattr__(self, "linthresh", checked_linthresh(linthresh))

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,), in the type in which they were given."""
        if self._edges.dtype != object and self.logical == NUMBER:
            return self._edges
        return self.logical.decode([Fraction(edge) for edge in self._numbers()])

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self._edges.size - 1

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within: the outer edges."""
        first, last = self._numbers([0, -1])
        return first, last

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        is_plain = self._edges.dtype.kind in "iuf"
        edges = self._edges if is_plain else Rationals.of(self._numbers())
        return bind_edges(edges, dtypes[0], closed=self.closed)

    def _numbers(self, picked: slice | list[int] = slice(None)) -> list[Number]:
        if not _are_numbers(self._edges):
            raise UsageError("the edges become numbers when the type of the column is known")
        return [edge.item() if isinstance(edge, np.number) else edge for edge in self._edges[picked]]

    def _of(self, logical: LogicalType) -> Self:
        in_numbers = self.linthresh is None or is_number(self.linthresh)
        if logical == NUMBER and self._edges.dtype.kind != "O" and in_numbers:
            return self
        numbers = [encoded(edge, logical, "edges") for edge in self._edges]
        linthresh = encoded(self.linthresh, logical, "linthresh")
        return type(self)(numbers, logical, self.scale, self.closed, linthresh)

    def _picked(self, picked: slice) -> Variable:
        return Variable(self._edges[picked], self.logical, self.scale, self._closes(picked), self.linthresh)

    def __repr__(self) -> str:
        edges = self.edges if _are_numbers(self._edges) else self._edges
        told = {
            "scale": (self.scale, "linear"),
            "closed": (self.closed, True),
            "linthresh": (self.linthresh, None),
        }
        others = "".join(f", {name}={value!r}" for name, (value, default) in told.items() if value != default)
        return f"Variable({np.array2string(edges, threshold=6, separator=', ')}{others})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Variable):
            return NotImplemented
        # Numbers of different types are compared exactly.
        return self._kind == other._kind and [*map(_exact, self._edges)] == [*map(_exact, other._edges)]

    def __hash__(self) -> int:
        return hash((self._kind, *map(_exact, self._edges)))

    @property
    def _kind(self) -> tuple[Any, ...]:
        return self.size, self.logical, self.scale, self.closed, self.linthresh

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._edges, self.logical, self.scale, self.closed, self.linthresh)


def _exact(edge: Any) -> Any:
    """Return a number of NumPy's as one of Python's that equals it; what is no number, or infinite, as it is."""
    if not isinstance(edge, np.number):
        return edge
    return (
        Fraction(*edge.as_integer_ratio())
        if isinstance(edge, np.longdouble) and np.isfinite(edge)
        else edge.item()
    )


def _as_edges(edges: npt.ArrayLike | Sequence[Any]) -> Array:
    """Return a new array of numbers or datetimes in their own type, or of objects that are such."""
    array = np.array(edges)
    if array.ndim != 1 or array.size < 2:
        raise UsageError(f"edges must be a row of two numbers or more, not an array of shape {array.shape}")
    array = _lossless(array, edges)
    if array.dtype.kind in "iufmM":
        return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if array.dtype.kind not in "OU":
        raise UsageError(f"edges must be numbers or times, not {array.dtype}")
    objects = np.empty(array.size, object)
    objects[:] = [plain_end(edge, "each edge") for edge in array.tolist()]
    if None in objects:
        raise UsageError("edges must be numbers or times, none of them None")
    for edge in objects:
        if isinstance(edge, int | Fraction) and not -LARGEST <= edge <= LARGEST:
            raise UsageError(f"each edge must be within the range of doubles, not {shown(edge)}")
    return objects


def _lossless(array: Array, given: Any) -> Array:
    """Return the array made of the edges `given`; made anew where integers among these became other doubles in it."""
    if array.dtype.kind != "f" or isinstance(given, np.ndarray):
        return array
    whole = [int(edge) for edge in given if isinstance(edge, int | np.integer)]
    if all(int(float(edge)) == edge for edge in whole if abs(edge) <= np.finfo(np.float64).max):
        return array
    if len(whole) == array.size and min(whole) >= 0 and max(whole) < 1 << 64:
        return np.array(whole, np.uint64)
    if not np.isfinite(array).all():
        raise UsageError("edges that are infinite cannot stand beside integers that no double equals")
    objects = np.empty(array.size, object)
    objects[:] = [edge.item() if isinstance(edge, np.generic) else edge for edge in given]
    return objects


def _increase(array: Array) -> bool:
    try:
        return bool(np.all(array[:-1] <= array[1:]))
    except (TypeError, ArithmeticError) as error:
        raise UsageError(f"edges must be of one kind, numbers or times or decimals: {error}") from error


def _are_numbers(array: Array) -> bool:
    """Tell whether edges are numbers, not times and the like as they were written."""
    return array.dtype.kind in "iuf" or all(isinstance(edge, int | float | Fraction) for edge in array)


def _is_text(array: Array) -> bool:
    """Tell whether only the type of a column can say what order the edges have."""
    return array.dtype == object and any(isinstance(edge, str) for edge in array)
