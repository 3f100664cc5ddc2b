"""A grid whose range grows while it is filled: for streams that can be read only once.

Bins are cells of an absolute lattice: 2ᵉ wide, with edges at multiples of their width, and e the least with which the
bins that were asked for cover what was seen. Wider cells are made of whole narrower ones, so growing and merging are
exact, and the result depends on the values alone, not on their order. Constant data, which a single cell of any width
holds, end in the one that is 1 wide, or in as little more as doubles can tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial, reduce
from math import floor, frexp
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Coordinate, Regular
from heatbin.axes.ends import check_fits
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.engine.extremes import Together, usable
from heatbin.statistics import Bound

__all__ = ["Growing"]

NARROWEST = -1074


@dataclass(frozen=True, slots=True)
class Stretch:
    """The cells of a lattice from `first` to `last`, 2ᵉ wide each; those that values were seen in are among them.

    Parameters
    ----------
    exponent : int
        The e of their width.
    first, last : int
        Which multiples of the width the first and the last cell begin at.
    """

    exponent: int
    first: int
    last: int

    @classmethod
    def around(cls, lo: Any, hi: Any, size: int) -> Stretch:
        """Return the narrowest cells of which `size` or fewer cover the values from `lo` to `hi`."""
        exponent = _finest(lo, hi)
        while (stretch := cls(exponent, _cell(lo, exponent), _cell(hi, exponent))).size > size:
            exponent += 1
        return stretch

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.last - self.first + 1

    def widened(self, before: Stretch | None, size: int) -> Stretch:
        """Return this stretch with `size` cells, the spare ones at the end at which values came since `before`."""
        spare = size - self.size
        if before is None or before.exponent != self.exponent or self.first >= before.first:
            return Stretch(self.exponent, self.first, self.last + spare)
        return Stretch(self.exponent, self.first - spare, self.last)

    def legible(self) -> Stretch:
        """Return this stretch; of a single cell, the one that is 1 wide or wider and holds it."""
        if self.size > 1 or self.exponent >= 0:
            return self
        cell = self.first >> -self.exponent
        return Stretch(0, cell, cell)

    def holds(self, other: Stretch) -> bool:
        """Whether the cells of `other` are among these."""
        return self.exponent == other.exponent and self.first <= other.first and other.last <= self.last

    def axis(self, like: Regular) -> Regular:
        """Return the axis of these cells."""
        width = Fraction(2) ** self.exponent
        lo, hi = (_plain(edge * width, whole=self.exponent >= 0) for edge in (self.first, self.last + 1))
        return Regular(self.size, lo, hi, like.logical)

    def bins_in(self, new: Stretch) -> npt.NDArray[np.int64]:
        """Return the bin of each cell, flow counted, among the cells of `new`; those are as wide, or wider."""
        shift = new.exponent - self.exponent
        cells = [(cell >> shift) - new.first + 1 for cell in range(self.first, self.last + 1)]
        inside = [min(max(cell, 0), new.size + 1) for cell in cells]
        return np.array([0, *inside, new.size + 1, new.size + 2], np.int64)


class Growing:
    """The fold that counts without knowing the range.

    Parameters
    ----------
    axes : tuple of Coordinate
        The open ones, which are `Regular`, grow; they need two bins or more.
    statistics : mapping of str to Bound, optional
        What is kept of samples, as `Accumulator` takes it.
    limit : int, optional
        As `Accumulator` takes it.
    """

    def __init__(
        self,
        axes: tuple[Coordinate, ...],
        statistics: Mapping[str, Bound] | None = None,
        *,
        limit: int | None = None,
    ) -> None:
        self.axes = axes
        self._blank = partial(Accumulator, statistics=statistics, limit=limit)
        self._seen: list[tuple[Any, Any] | None] = [None] * len(axes)
        self._stretches: list[Stretch | None] = [None] * len(axes)
        self._grid: Accumulator | None = None

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        columns = Binning(self.axes).split(points.coordinates)
        ends = [
            _ends(taken, points) if axis.open else None
            for axis, taken in zip(self.axes, columns, strict=True)
        ]
        self._cover(ends).fill(points)

    def merge(self, other: Growing) -> None:
        """Take in what another one counted."""
        grid = self._cover(other._seen)
        if other._grid is not None:
            grid.merge(_moved(other._grid, other._stretches, self._stretches, grid.binning))

    def finished(self) -> Accumulator:
        """Return the grid, cut to the cells from the first to the last in which values were seen."""
        needed = [self._around(i) for i in range(len(self.axes))]
        seen = [stretch and stretch.legible() for stretch in needed]
        binning = Binning(tuple(self._axis(i, stretch) for i, stretch in enumerate(seen)))
        return _moved(self._grid, self._stretches, seen, binning) if self._grid else self._blank(binning)

    def _cover(self, ends: Sequence[tuple[Any, Any] | None]) -> Accumulator:
        """Return the grid, grown to where it holds values between `ends`."""
        self._seen = [_union(*pair) for pair in zip(self._seen, ends, strict=True)]
        stretches = [self._enough(i) for i in range(len(self.axes))]
        if self._grid is None or stretches != self._stretches:
            binning = Binning(tuple(self._axis(i, stretch) for i, stretch in enumerate(stretches)))
            grid = self._grid
            self._grid = _moved(grid, self._stretches, stretches, binning) if grid else self._blank(binning)
            self._stretches = stretches
        return self._grid

    def _around(self, i: int) -> Stretch | None:
        ends = self._seen[i]
        return None if ends is None else Stretch.around(*ends, self.axes[i].size)

    def _enough(self, i: int) -> Stretch | None:
        now, needed = self._stretches[i], self._around(i)
        if needed is None or (now is not None and now.holds(needed)):
            return now
        return needed.widened(now, self.axes[i].size)

    def _axis(self, i: int, stretch: Stretch | None) -> Coordinate:
        axis = self.axes[i]
        if not isinstance(axis, Regular) or not axis.open:
            return axis
        if stretch is None:
            return axis.between(0, 1)
        grown = stretch.axis(axis)
        check_fits(grown, "a range that grows")
        return grown


def _ends(columns: Sequence[Column], points: Points) -> tuple[Any, Any] | None:
    """Return the smallest and largest finite value of the one column of an axis, in the rows that pass the filter."""
    (values,) = usable(replace(points, coordinates=tuple(columns)), [Together()])
    return (values.min().item(), values.max().item()) if values.size else None


def _moved(
    grid: Accumulator, old: Sequence[Stretch | None], new: Sequence[Stretch | None], binning: Binning
) -> Accumulator:
    """Return what `grid` holds in the cells of other stretches."""
    steps = []
    for before, after, coordinate, stride in zip(
        old, new, grid.binning.coordinates, binning.strides, strict=True
    ):
        if before is None or after is None:
            size = coordinate.size
            bins = (
                np.arange(size + 3)
                if after is None
                else np.array([0, *[1] * size, after.size + 1, after.size + 2])
            )
        else:
            bins = before.bins_in(after)
        steps.append(bins * stride)
    groups = reduce(lambda cells, step: cells[..., None] + step, steps, np.zeros((), np.int64))
    return grid.regrouped(binning, np.append(groups, binning.filtered))


def _union(a: tuple[Any, Any] | None, b: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    if a is None or b is None:
        return a or b
    return min(a[0], b[0]), max(a[1], b[1])


def _finest(lo: Any, hi: Any) -> int:
    """Return the least exponent whose multiples doubles hold exactly over the range; integers come one by one."""
    if isinstance(lo, int):
        return 0
    return max(NARROWEST, frexp(max(abs(lo), abs(hi)))[1] - 53) if lo or hi else NARROWEST


def _cell(value: Any, exponent: int) -> int:
    return floor(Fraction(value) / Fraction(2) ** exponent)


def _plain(edge: Fraction, *, whole: bool) -> int | float:
    return int(edge) if whole else float(edge)
