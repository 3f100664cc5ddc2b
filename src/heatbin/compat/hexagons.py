"""What is asked of hexbin, and what comes of it before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from heatbin.axes.hexagons import HexLattice
from heatbin.compat.reducing import Floats, Reduce

__all__ = ["Asked", "Extent", "Hexagons", "Scale", "TypedLattice"]

Scale = Literal["linear", "log"]
Extent = tuple[float, float, float, float]
Lattice = TypeVar("Lattice", bound="TypedLattice")


@dataclass(frozen=True)
class TypedLattice(HexLattice):
    """Hexagons whose steps are found in the type of floats in which their range was given, as matplotlib does.

    Parameters
    ----------
    typed : pair of pairs of numbers, optional
        The ranges in their own types, where these are narrower than doubles.
    """

    typed: tuple[tuple[Any, Any], tuple[Any, Any]] | None = None

    @property
    def _ranges(self) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        return self.typed or super()._ranges


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
        is_narrow = any(isinstance(end, np.float16 | np.float32) for end in self.extent)
        return kind(self.gridsize, *ranges, *self.scales, typed=ranges if is_narrow else None)

    @property
    def looks(self) -> bool:
        """Whether more is made of the points than to put them in hexagons."""
        return self.extent is None or self.marginals or "log" in self.scales

    def least(self, *, counting: bool) -> int | None:
        """Return how many points a hexagon must have to be drawn, None for any number."""
        return 1 if self.mincnt is None and not counting else self.mincnt
