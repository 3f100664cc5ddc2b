"""An axis with any edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index
from heatbin.axes.search import bind_edges, bind_starts
from heatbin.columns import Array
from heatbin.errors import UsageError

__all__ = ["Variable"]


@dataclass(frozen=True, eq=False, init=False, slots=True)
class Variable(EdgeAxis):
    """Bins between any edges.

    Parameters
    ----------
    edges : array_like of numbers, shape (size + 1,)
        Non-decreasing; kept in their own type; the ends may be infinite. A value on an edge belongs to the bin on
        its right, on the last edge to the last bin; among duplicates to the later bin.

    Raises
    ------
    UsageError
        When there are fewer than two edges, or they are not numbers, or they decrease.

    Examples
    --------
    >>> Variable([0, 1, 10, 100]).widths
    array([ 1,  9, 90])
    """

    _edges: Array

    def __init__(self, edges: npt.ArrayLike) -> None:
        array = np.array(edges)
        if array.ndim != 1 or array.size < 2:
            raise UsageError(f"edges must be a row of two numbers or more, not an array of shape {array.shape}")
        if array.dtype.kind not in "iuf":
            raise UsageError(f"edges must be numbers, not {array.dtype}")
        if not np.all(array[:-1] <= array[1:]):
            raise UsageError("edges must increase: each at least the one before it, and none NaN")
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        array.flags.writeable = False
        object.__setattr__(self, "_edges", array)

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,), in the type in which they were given."""
        return self._edges

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        edges = self._edges.tolist()
        return bind_edges(edges) if dtypes[0].kind == "f" else bind_starts(edges, dtypes[0])

    def __repr__(self) -> str:
        return f"Variable({np.array2string(self._edges, threshold=6, separator=', ')})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Variable) and np.array_equal(self._edges, other._edges)

    def __hash__(self) -> int:
        return hash((self._edges.dtype.str, self._edges.tobytes()))
