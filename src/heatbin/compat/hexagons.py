"""What is asked of hexbin, and what comes of it before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np

from heatbin.axes.hexagons import HexLattice
from heatbin.compat.reducing import Floats, Reduce

__all__ = ["Asked", "Extent", "Hexagons", "Scale", "Typed", "TypedLattice"]

Scale = Literal["linear", "log"]
Extent = tuple[float, float, float, float]
Range: TypeAlias = tuple[Any, Any]
Lattice = TypeVar("Lattice", bound="TypedLattice")


class Typed(NamedTuple):
    """What was given in types of numbers that make a difference: ranges of narrow floats, and the numbers of steps."""

    x: Range | None
    y: Range | None
    steps: tuple[Any, Any]


@dataclass(frozen=True)
class TypedLattice(HexLattice):
    """Hexagons whose steps are found in the types of numbers in which they were given, as matplotlib does.

    Parameters
    ----------
    typed : Typed, optional
        What was given, where a range is one of floats that are narrower than doubles.
    """

    typed: Typed | None = None

    def given(self, gridsize: Any, *ranges: Range) -> Self:
        """Return this lattice with what it was made of in its own types."""
        x, y = (
            range_ if any(isinstance(end, np.float16 | np.float32) for end in range_) else None
            for range_ in ranges
        )
        if x is None and y is None:
            return self
        steps = (*gridsize,) if np.iterable(gridsize) else (gridsize, self._grid[1])
        return replace(self, typed=Typed(x, y, steps))

    @property
    def _ranges(self) -> tuple[Range, Range]:
        x, y = super()._ranges
        return (self.typed.x or x, self.typed.y or y) if self.typed else (x, y)

    @property
    def _divisors(self) -> tuple[int, int]:
        return self.typed.steps if self.typed else super()._divisors


class Hexagons(NamedTuple):
    """Hexagons and their values, and those of the bars beside them.

    Parameters
    ----------
    lattice : HexLattice
        Where they are.
    shown : ndarray of float64, shape (hexagons,)
        Their values, NaN where none is drawn.
    bars : sequence of pairs of ndarray, optional
        Over x and over y: the edges of the bars, and their values.
    """

    lattice: HexLattice
    shown: Floats
    bars: Sequence[tuple[Floats, Floats]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, whatever the points are in; see `heatbin.hexbin`."""

    gridsize: Any
    scales: tuple[Scale, Scale]
    extent: Extent | None
    mincnt: int | None
    function: Reduce
    marginals: bool

    def lattice(self, kind: type[Lattice]) -> Lattice:
        """Return the lattice, of some kind, open where the points are to give its range."""
        if self.extent is None:
            return kind(self.gridsize, None, None, *self.scales)
        xmin, xmax, ymin, ymax = self.extent
        ranges = (xmin, xmax), (ymin, ymax)
        return kind(self.gridsize, *ranges, *self.scales).given(self.gridsize, *ranges)

    @property
    def looks(self) -> bool:
        """Whether more is made of the points than to put them in hexagons."""
        return self.extent is None or self.marginals or "log" in self.scales

    def least(self, *, counting: bool) -> int | None:
        """Return how many points a hexagon must have to be drawn, None for any number."""
        return 1 if self.mincnt is None and not counting else self.mincnt
