"""An axis of equal bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import isfinite
from operator import index as as_index
from typing import Any

import numpy as np

from heatbin.axes.base import EdgeAxis, Index
from heatbin.axes.search import Number, bind_edges, bind_starts
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Regular"]

EXACT_IN_FLOAT = 1 << 53
MOST_BINS = 1 << 31


@dataclass(frozen=True)
class Regular(EdgeAxis):
    """Bins of equal width: ``numpy.linspace(lo, hi, n + 1)``, the last bin closed.

    Parameters
    ----------
    n : int
        The number of bins, 1 or more.
    lo, hi : number, optional
        The ends, finite, ``lo < hi``; None where the data give them.
    logical : LogicalType, optional
        What the column's numbers mean. For times and decimals `lo` and `hi` are their integers, which may be
        fractions, and the edges are the exact rationals ``lo + i (hi - lo) / n``; so they are for numbers
        where an end is an integer beyond 2⁵³.

    Raises
    ------
    UsageError
        When there are no bins, or the range is reversed, empty, not finite, or too narrow or wide for doubles.

    Examples
    --------
    >>> Regular(4, 0, 1).edges
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """

    n: int
    lo: Number | None = None
    hi: Number | None = None
    logical: LogicalType = NUMBER

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not hasattr(self.n, "__index__"):
            raise TypeError(f"the number of bins must be an integer, not {self.n!r}")
        object.__setattr__(self, "n", as_index(self.n))
        if not 1 <= self.n < MOST_BINS:
            raise UsageError(f"the number of bins must be at least 1 and below 2³¹, not {self.n}")
        for end in ("lo", "hi"):
            object.__setattr__(self, end, _plain(getattr(self, end), end))
        if self.lo is not None and self.hi is not None:
            _check_ends(self.lo, self.hi)
            if not self.exact:
                _check_linspace(self.edges)

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return self.lo is None or self.hi is None

    @property
    def exact(self) -> bool:
        """Whether the edges are exact rationals, not doubles."""
        ends = [abs(end) for end in (self.lo, self.hi) if end is not None]
        whole = all(not isinstance(end, float) for end in ends)
        return self.logical is not NUMBER or (whole and any(end > EXACT_IN_FLOAT for end in ends))

    def between(self, lo: Number, hi: Number) -> Regular:
        """Return this axis with both ends."""
        return replace(self, lo=lo, hi=hi)

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.n

    @cached_property
    def edges(self) -> Array:  # type: ignore[override]
        """Where the bins begin and end, shape (n + 1,): float64, or the logical type's own."""
        if self.lo is None or self.hi is None:
            raise UsageError("the axis has no range yet: the data give it when they are read")
        edges = (
            self.logical.decode(self._rationals())
            if self.exact
            else np.linspace(float(self.lo), float(self.hi), self.n + 1)
        )
        edges.flags.writeable = False
        return edges

    def _rationals(self) -> list[Fraction]:
        lo, hi = Fraction(self.lo or 0), Fraction(self.hi or 0)
        return [lo + (hi - lo) * i / self.n for i in range(self.n + 1)]

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        if self.exact:
            edges = self._rationals()
            return bind_edges(edges) if dtypes[0].kind == "f" else bind_starts(edges, dtypes[0])
        # Doubles hold every integer up to 2⁵³, and a larger one cannot come to lie inside.
        return self._bind_evenly() if self._guess_is_near() else bind_edges(self.edges)

    def _bind_evenly(self) -> Index:
        from heatbin.kernels.index import index_evenly

        lo, hi, step, scale, size = *self._ends(), self._step(), self._scale(), float(self.n)

        def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_evenly(columns[0], lo, hi, step, scale, size, stride, cells)

        return index

    def _ends(self) -> tuple[float, float]:
        return float(self.edges[0]), float(self.edges[-1])

    def _step(self) -> float:
        lo, hi = self._ends()
        return (hi - lo) / self.n

    def _scale(self) -> float:
        lo, hi = self._ends()
        with np.errstate(over="ignore"):
            return float(np.float64(self.n) / np.float64(hi - lo))

    def _guess_is_near(self) -> bool:
        """Tell whether the guessed bin is never off by more than one, and the edges are ``i * step + lo``.

        The guess never falls as the value rises, so its worst are the first and the last double of each bin.
        """
        edges, lo, scale, steps = self.edges, self._ends()[0], self._scale(), np.arange(self.n)
        if not isfinite(scale) or not np.array_equal(steps * self._step() + lo, edges[:-1]):
            return False
        first = np.floor((edges[:-1] - lo) * scale)
        last = np.floor((np.nextafter(edges[1:], -np.inf) - lo) * scale)
        return bool(np.all(first >= steps - 1) and np.all(last <= steps + 1))


def _plain(end: Any, name: str) -> Number | None:
    """Return an end as a Python number."""
    if isinstance(end, np.generic):
        end = end.item()
    if end is None or isinstance(end, int | float | Fraction):
        return end
    raise TypeError(f"{name} must be a number, not {end!r}")


def _check_ends(lo: Number, hi: Number) -> None:
    if not (isfinite(lo) and isfinite(hi)):
        raise UsageError(f"the range must be finite, not {lo} to {hi}")
    if not lo < hi:
        raise UsageError(f"the range must go from a smaller to a larger number, not from {lo} to {hi}")
    if isinstance(lo, float) and isinstance(hi, float) and not isfinite(hi - lo):
        raise UsageError(f"the range {lo} to {hi} is too wide: its width is beyond the largest double")


def _check_linspace(edges: Array) -> None:
    if not np.all(edges[:-1] <= edges[1:]):
        raise UsageError(
            f"the range {edges[0]} to {edges[-1]} is too narrow for {edges.size - 1} bins: "
            "their edges are not in order in float64; use fewer bins"
        )
