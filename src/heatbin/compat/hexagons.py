"""What is asked of hexbin, and what comes of it before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from heatbin.axes.hexagons import HexLattice
from heatbin.compat.reducing import Floats, Reduce

__all__ = ["Asked", "Extent", "Hexagons", "Scale", "TypedLattice"]

Scale = Literal["linear", "log"]
Extent = tuple[float, float, float, float]
Range: TypeAlias = tuple[Any, Any]
Lattice = TypeVar("Lattice", bound="TypedLattice")


class Typed(NamedTuple):
    """Ranges of x and of y, and the steps along them, as they were given."""

    ranges: tuple[Range, Range]
    steps: tuple[Any, Any]

    @classmethod
    def of(cls, extent: Extent, gridsize: Any) -> Typed | None:
        """Return what was given, if matplotlib would compute with floats narrower than doubles; None if not."""
        is_narrow = [isinstance(end, np.float16 | np.float32) for end in extent]
        if not any(is_narrow):
            return None
        ranges = extent[:2], extent[2:]
        x, y = (
            given if is_narrow[first] or is_narrow[first + 1] else (float(given[0]), float(given[1]))
            for first, given in zip((0, 2), ranges, strict=True)
        )
        steps = tuple(gridsize) if np.iterable(gridsize) else (gridsize, int(gridsize / sqrt(3)))
        return cls((x, y), (steps[0], steps[-1]))


@dataclass(frozen=True)
class TypedLattice(HexLattice):
    """Hexagons whose steps are found in the types of numbers in which they were given, as matplotlib does.

    Parameters
    ----------
    typed : Typed, optional
        What was given, where that makes a difference.
    """

    typed: Typed | None = None

    @property
    def _ranges(self) -> tuple[Range, Range]:
        return self.typed.ranges if self.typed else super()._ranges

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
        typed = Typed.of(self.extent, self.gridsize)
        return kind(self.gridsize, (xmin, xmax), (ymin, ymax), *self.scales, typed=typed)

    @property
    def looks(self) -> bool:
        """Whether more is made of the points than to put them in hexagons."""
        return self.extent is None or self.marginals or "log" in self.scales

    def least(self, *, counting: bool) -> int | None:
        """Return how many points a hexagon must have to be drawn, None for any number."""
        return 1 if self.mincnt is None and not counting else self.mincnt
