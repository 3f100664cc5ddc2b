"""An axis of equal bins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import isfinite, nextafter, ulp
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import EdgeAxis, Index
from heatbin.axes.ends import (
    bin_count,
    check_closed,
    check_range,
    closed_ends,
    encoded,
    is_number,
    plain_end,
    unsettled,
)
from heatbin.axes.rationals import Number, Rationals
from heatbin.axes.search import bind_edges
from heatbin.axes.variable import Variable
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError
from heatbin.logical import NUMBER, LogicalType

__all__ = ["Regular"]

EXACT_IN_FLOAT = 1 << 53
# Where a bin is at least as wide as this many units in the last place of the ends, and as all that rounding its width
# adds up to, edges and guesses together move by less than half a bin.
SAFE_ULPS = 16
CHECKED_AT_ONCE = 1 << 20


@dataclass(frozen=True, repr=False)
class Regular(EdgeAxis):
    """Bins of equal width: ``numpy.linspace(lo, hi, n + 1)``.

    Parameters
    ----------
    n : int
        The number of bins, 1 or more.
    lo, hi : number, optional
        The ends, finite, ``lo < hi``; None where the data give them. For columns of times or decimals: text,
        datetimes and the like.
    logical : LogicalType, optional
        What the column's numbers mean. For times and decimals `lo` and `hi` are their integers, which may be
        fractions, and the edges are the exact rationals ``lo + i (hi - lo) / n``; so they are for numbers
        where an end is an integer beyond 2⁵³, or a fraction that no double equals.
    closed : bool, optional
        Whether a value on the last edge is in the last bin; else it is over the axis.

    Raises
    ------
    TypeError
        When `n` is no whole number, or `closed` is neither True nor False.
    UsageError
        When there are no bins, or the range is reversed, empty, not finite, or too narrow or wide for doubles; or
        `closed` is False and the data are to give the upper end.

    Examples
    --------
    >>> Regular(4, 0, 1).edges
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """

    n: int
    lo: Any = None
    hi: Any = None
    logical: LogicalType = NUMBER
    closed: bool = True
    exact: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", bin_count(self.n))
        for end in ("lo", "hi"):
            object.__setattr__(self, end, plain_end(getattr(self, end), end))
        check_closed(self.closed, is_open=self.hi is None)
        if self._is_settled:
            check_range(self.lo, self.hi, self.logical)
        ends = [end for end in (self.lo, self.hi) if end is not None]
        object.__setattr__(self, "exact", self.logical != NUMBER or _needs_rationals(ends))
        if self._is_settled and not self.exact:
            _check_order(self)

    @property
    def open(self) -> bool:
        """Whether an end is still to be found in the data."""
        return self.lo is None or self.hi is None

    @property
    def _is_settled(self) -> bool:
        return is_number(self.lo) and is_number(self.hi)

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """Bounds that every number of the column that is in a bin lies within; None before there are any."""
        return (self.lo, self.hi) if self._is_settled else None

    def between(self, lo: Number | None, hi: Number | None) -> Self:
        """Return this axis with its open ends closed.

        Parameters
        ----------
        lo, hi : number or None
            The smallest and largest value there is. None where there is none: the range is (0, 1) then, or a
            unit beside the end that the axis has. Constant data get half a unit on both sides, or as little
            more as doubles can tell apart.
        """
        if not self.open:
            return self
        lo, hi = closed_ends(lo if self.lo is None else self.lo, hi if self.hi is None else self.hi, self.n)
        return replace(self, lo=lo, hi=hi)

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.n

    @cached_property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (n + 1,): float64, or the logical type's own."""
        edges = self.edges_at(range(self.n + 1))
        edges.flags.writeable = False
        return edges

    def edges_at(self, numbers: range) -> Array:
        """Return the edges of some numbers, of 0 … n."""
        self._check_settled()
        if self.exact:
            return self.logical.decode(Rationals.evenly(self.lo, self.hi, self.n, numbers).fractions())
        return self._even(np.array(numbers, dtype=np.float64))

    def edge(self, number: int) -> Number:
        """Return the edge of a number, of 0 … n, exactly, as a number of the column."""
        if self.exact:
            return Fraction(self.lo) + Fraction(self.hi - self.lo) * number / self.n
        return float(self._even(np.array([number], dtype=np.float64))[0])

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        self._check_settled()
        if self.exact:
            return bind_edges(self._rationals(), dtypes[0], closed=self.closed)
        # Doubles hold every integer up to 2⁵³, and none beyond it comes to lie inside, but where that is an end.
        far = dtypes[0].kind != "f" and max(abs(self.lo), abs(self.hi)) >= EXACT_IN_FLOAT
        if self._guess_is_near() and not far:
            return self._bind_evenly()
        return bind_edges(self.edges, dtypes[0], closed=self.closed)

    def _bind_evenly(self) -> Index:
        from heatbin.kernels.index import index_evenly

        lo, hi, step, scale, size = float(self.lo), float(self.hi), self._step, self._scale, float(self.n)
        last = hi if self.closed else nextafter(hi, lo)

        def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_evenly(columns[0], lo, last, step, scale, size, stride, cells)

        return index

    def _check_settled(self) -> None:
        if not self._is_settled:
            raise unsettled(is_open=self.open)

    def _rationals(self) -> Rationals:
        return Rationals.evenly(self.lo, self.hi, self.n)

    @property
    def _step(self) -> float:
        return (float(self.hi) - float(self.lo)) / self.n

    @property
    def _scale(self) -> float:
        with np.errstate(over="ignore"):
            return float(np.float64(self.n) / np.float64(float(self.hi) - float(self.lo)))

    def _even(self, steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the edges with these numbers, as `numpy.linspace` computes them."""
        lo, hi = float(self.lo), float(self.hi)
        with np.errstate(over="ignore"):  # of the last one, which is `hi`
            offsets = steps * self._step if self._step else steps / self.n * (hi - lo)
        return np.where(steps == self.n, hi, offsets + lo)

    @property
    def _is_coarse(self) -> bool:
        lo, hi, step = float(self.lo), float(self.hi), self._step
        return step >= SAFE_ULPS * max(ulp(max(abs(lo), abs(hi))), self.n * ulp(step))

    def _guess_is_near(self) -> bool:
        """Tell whether the guess of `index_evenly` is right or one too few, and the edges are ``i * step + lo``.

        The guess never falls as the value rises, so its worst are the first and the last double of each bin.
        """
        lower = float(self.lo) - 0.5 * self._step
        if self._step == 0 or not isfinite(self._scale) or not isfinite(lower):
            return False
        if self._is_coarse:
            return True
        edges, passed = self.edges, np.arange(self.n + 1)
        least = np.floor((edges - lower) * self._scale)
        most = np.floor((np.nextafter(edges, -np.inf) - lower) * self._scale)
        return bool(np.all(least[:-1] >= passed[:-1]) and np.all(most <= passed))

    def _of(self, logical: LogicalType) -> Self:
        return replace(
            self, lo=encoded(self.lo, logical, "lo"), hi=encoded(self.hi, logical, "hi"), logical=logical
        )

    def _picked(self, picked: slice) -> Regular | Variable:
        numbers = range(*picked.indices(self.n + 1))
        lo, hi, closed = self.edge(numbers[0]), self.edge(numbers[-1]), self._closes(picked)
        fewer = None
        with suppress(UsageError):  # of bins between neighbouring doubles, which no axis of equal ones has
            fewer = Regular(len(numbers) - 1, lo, hi, self.logical, closed)
        if fewer and fewer.exact == self.exact and np.array_equal(fewer.edges, self.edges[picked]):
            return fewer
        edges = [self.edge(number) for number in numbers] if self.exact else self.edges[picked]
        return Variable(edges, self.logical, closed=closed)


def _needs_rationals(ends: Sequence[Any]) -> bool:
    """Tell whether an end is no double, or whether all are integers and one is beyond those that doubles equal."""
    whole: list[int | Fraction] = [end for end in ends if isinstance(end, int | Fraction)]
    far = len(whole) == len(ends) and any(max(end, -end) > EXACT_IN_FLOAT for end in whole)
    return far or any(Fraction(float(end)) != end for end in whole)


def _check_order(axis: Regular) -> None:
    """Hold that the edges of an axis do not decrease, which they may where bins are narrower than doubles."""
    if axis._is_coarse:
        return
    for start in range(0, axis.n, CHECKED_AT_ONCE):
        steps = np.arange(start, min(start + CHECKED_AT_ONCE, axis.n) + 1, dtype=np.float64)
        edges = axis._even(steps)
        if not np.all(edges[:-1] <= edges[1:]):
            raise UsageError(
                f"the range {axis.lo} to {axis.hi} is too narrow for {axis.n} bins: "
                "their edges are not in order in float64; use fewer bins"
            )
