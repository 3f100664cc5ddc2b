"""Coordinates on which the rows of a source lie where matplotlib places them: times in days, decimals as doubles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, Self

import numpy as np
from matplotlib.dates import date2num

from heatbin.axes import Variable
from heatbin.axes.base import Index
from heatbin.columns import Array, Cells
from heatbin.compat.hexagons import Typed, TypedLattice
from heatbin.compat.reducing import Floats
from heatbin.logical import LogicalType

__all__ = ["Bars", "PlacedLattice", "is_dated"]

LARGEST = float(np.finfo(np.float64).max) / 2
"""Half of the largest double, so that the width of a bin from its negative to it is finite."""


def is_dated(logical: LogicalType) -> bool:
    """Tell whether a column holds points in time, which matplotlib places in days since 1970."""
    return logical.kind in ("timestamp", "date")


class PlacedLattice(TypedLattice):
    """Hexagons over times as matplotlib has them, whose ranges, steps and offsets are in days.

    In the integers of a column other rows would lie on the borders between hexagons than in days.
    """

    def of(self, xlogical: LogicalType, ylogical: LogicalType) -> Self:
        """Return this lattice for columns whose numbers have these meanings; ranges of dates may be numbers of days."""
        x, y = (
            range_ if is_dated(logical) and range_ and all(isinstance(end, Real) for end in range_) else None
            for logical, range_ in ((xlogical, self.xrange), (ylogical, self.yrange))
        )
        if x or y:
            written = replace(self, xrange=None if x else self.xrange, yrange=None if y else self.yrange)
            made = written.of(xlogical, ylogical)
            return replace(made, xrange=x or made.xrange, yrange=y or made.yrange)
        made = super().of(xlogical, ylogical)
        xrange, yrange = (
            given and (given[0] / unit, given[1] / unit)
            for given, unit in zip((made.xrange, made.yrange), made._units, strict=True)
        )
        dated, typed = [is_dated(logical) for logical in made._logicals], made.typed
        if typed:
            typed = Typed(None if dated[0] else typed.x, None if dated[1] else typed.y, typed.steps)
        return replace(made, xrange=xrange, yrange=yrange, typed=typed)

    def between(self, x: tuple[Any, Any] | None, y: tuple[Any, Any] | None) -> Self:
        """Return this lattice with the ranges that it lacks, from the smallest and largest numbers of the columns."""
        xends, yends = (
            ends and tuple(_placing(logical)(np.array(ends)).tolist()) if is_dated(logical) else ends
            for ends, logical in zip((x, y), self._logicals, strict=True)
        )
        return super().between(xends, yends)

    @property
    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Bounds of x and of y, as the columns' numbers, that every point in a hexagon lies within."""
        (left, right), (bottom, top) = super().reach
        across, upwards = self._units
        return (left * across, right * across), (bottom * upwards, top * upwards)

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins two columns of these dtypes."""
        index = super().bind(dtypes)
        places = [_placing(logical) if is_dated(logical) else _itself for logical in self._logicals]

        def index_placed(points: Sequence[Array], stride: int, cells: Cells) -> None:
            index([place(column) for place, column in zip(places, points, strict=True)], stride, cells)

        return index_placed if any(map(is_dated, self._logicals)) else index

    @property
    def _logicals(self) -> tuple[LogicalType, LogicalType]:
        return self.xlogical, self.ylogical

    @property
    def _units(self) -> tuple[float, float]:
        """What 1 on the lattice is of the columns' numbers: of times a day."""
        across, upwards = (
            np.timedelta64(1, "D") / np.array(1, f"m8[{logical.unit}]") if is_dated(logical) else 1.0
            for logical in self._logicals
        )
        return float(across), float(upwards)


class Bars(Variable):
    """Bars over a column, with a bin beside them on either side for all other finite numbers.

    The upper edge belongs to a bar, not the lower one.

    Parameters
    ----------
    edges : ndarray of float64, shape (bars + 1,)
        Where matplotlib places them.
    logical : LogicalType
        What the column's numbers mean.
    """

    __slots__ = ()

    @classmethod
    def over(cls, edges: Floats, logical: LogicalType, *, closed: bool) -> Self:
        """Return bars between edges, of which the lowest is of the first bar only if that is to be `closed`."""
        edges = edges.astype(np.float64)
        above = np.nextafter(edges, np.inf)
        return cls([-LARGEST, edges[0] if closed else above[0], *above[1:], LARGEST], logical)

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, which is not in the numbers of the column."""
        return self._edges

    @property
    def reach(self) -> None:
        """Bounds of what is in a bar or beside one: none."""

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins a column of this dtype."""
        place = _placing(self.logical)
        if place is _itself:
            return super().bind(dtypes)
        index = super().bind([np.dtype(np.float64)])
        return lambda columns, stride, cells: index([place(columns[0])], stride, cells)


def _placing(logical: LogicalType) -> Callable[[Array], Array]:
    """Return the function from a column's numbers to where matplotlib places them."""
    if is_dated(logical):
        return lambda values: date2num(values.astype(np.int64, copy=False).view(f"M8[{logical.unit}]"))  # type: ignore[no-untyped-call]
    return (lambda values: values / 10.0**logical.scale) if logical.scale else _itself


def _itself(values: Array) -> Array:
    return values
