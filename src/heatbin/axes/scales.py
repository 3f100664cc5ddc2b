"""Choosing a scale for edges: logarithmic or symmetric ones, on which a grid of equal slots serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.slots import Grid, Lookup, Numbers, fit_grid, grid_of, grid_slots
from heatbin.columns import Array, Cells

__all__ = ["coarse_scales", "fit_scales"]

COST = 1.25  # nanoseconds a value, as those in `slots`
RANKS, FEW_RANKS = np.linspace(0.0, 1.0, 9), np.linspace(0.0, 1.0, 3)
HOPELESS = 0.9  # share of edges in slots with others
REACH = 1 << 63  # distances from here on are no int64
WIDEST = 50  # exponent of the width of slots: the place of NaN is 2⁵¹ beyond that of infinity, so two slots or more
LARGEST = int(np.float64(np.finfo(np.float64).max).view(np.int64))


def fit_scales(edges: Array) -> Iterator[Scaled]:
    """Yield scales for finite sorted `edges`, float64, int64 or uint64, on which they may lie evenly.

    Logarithmic and symmetric ones around zero, both ends and the middle edge. Where nearly all edges crowd both on the
    logarithmic one and on that which is linear the farthest, those between are not tried.
    """
    for origin in _origins(edges):
        scales = list(_scales(edges, [origin], RANKS))
        outer = [_fitted(scale, edges) for scale in scales[:: max(1, len(scales) - 1)]]
        yield from outer
        if min(fit.crowded for fit in outer) <= HOPELESS * edges.size:
            yield from (_fitted(scale, edges) for scale in scales[1:-1])


def coarse_scales(edges: Array, slots: int) -> Iterator[Scaled]:
    """Yield scales around zero, or the first edge where that is too far away, with about so many slots."""
    origins = _origins(edges)
    for scale in _scales(edges, [origin for origin in origins if origin == 0] or origins[:1], FEW_RANKS):
        places = scale.places(edges)
        span = int(places[-1]) - int(places[0])
        yield _scaled(scale, grid_of(places, min((span // slots).bit_length(), WIDEST)), edges)


class Scaled(NamedTuple):
    """How numbers become slots: a grid on a scale; see `float_slots` and `integer_slots` in `kernels.scales`.

    Parameters
    ----------
    scale : Curve
        The places of numbers.
    grid : Grid
        The slots of places.
    first, last : float64, int64 or uint64
        The outermost edges.
    """

    scale: Curve
    grid: Grid
    first: Any
    last: Any

    @property
    def slots(self) -> int:
        """The number of slots."""
        return self.grid.slots

    @property
    def crowded(self) -> int:
        """How many edges have the slot of the edge before them."""
        return self.grid.crowded

    @property
    def cost(self) -> float:
        """About how many nanoseconds a value takes in slots that are not crowded."""
        return COST

    @property
    def ends(self) -> tuple[Any, Any]:
        """Integers in the first and the last slot, or the outermost edges where there are none."""
        base, slots = self.grid.base, self.grid.slots
        return self._within(base, self.first), self._within(base + slots - 1, self.last)

    def slots_of(self, values: Array) -> Numbers:
        """Return the slot of each of the sorted values, of which some may lie beyond the grid."""
        within = values if values.dtype.kind == "f" else np.clip(values, *self.ends)
        return grid_slots(self.scale.places(within), self.grid)

    def bind(self, lookup: Lookup, first: Any) -> Index:
        """Return the index, as `Slots.bind`."""
        from heatbin.kernels.scales import index_float_scale, index_integer_scale

        scale, (shift, base, slots, _) = self.scale, self.grid

        def index_floats(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_float_scale(columns[0], *lookup, *scale, base, slots - 1, shift, stride, cells)

        if first.dtype.kind == "f":
            return index_floats
        lowest, highest = self.ends

        def index_integers(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_integer_scale(
                columns[0], first, lowest, highest, *lookup, *scale, base, shift, stride, cells
            )

        return index_integers

    def _within(self, step: int, edge: Any) -> Any:
        """Return an integer in the slot of this step; the edge beside it, where there is none or it is hard to find."""
        near = self.scale.integer_at((step << self.grid.shift) + (1 << self.grid.shift >> 1))
        found = self.scale.places(np.array([near])) >> self.grid.shift
        return near if found[0] == step else edge


class Curve(NamedTuple):
    """How numbers become places: the bits of ``|v - origin| + soft``, mirrored below the origin.

    Parameters
    ----------
    origin : float64, int64 or uint64
        The value with place 0; 64 bits hold the distances of integer edges from it.
    soft : float
        How far from it places are linear in the value, before they become linear in its logarithm.
    """

    origin: Any
    soft: float

    def integer_at(self, place: int) -> Any:
        """Return about the integer that has a place, or the one nearest to it whose distance 64 bits hold."""
        bits = min(abs(place) + int(np.float64(self.soft).view(np.int64)), LARGEST)
        away = int(np.int64(bits).view(np.float64) - self.soft)
        limits, origin = np.iinfo(self.origin.dtype), int(self.origin)
        lowest, highest = max(limits.min, origin - REACH), min(limits.max, origin + REACH - 1)
        near = origin + (-away if place < 0 else away)
        return self.origin.dtype.type(min(max(near, lowest), highest))

    def places(self, values: Array) -> npt.NDArray[np.int64]:
        """Return the place of each value, as the kernels `float_slots` and `integer_slots` compute it."""
        away = _away(values, self.origin)
        with np.errstate(over="ignore"):
            bits = (np.abs(away) + self.soft).view(np.int64) - np.float64(self.soft).view(np.int64)
        return np.where(away < 0, -bits, bits)


def _fitted(scale: Curve, edges: Array) -> Scaled:
    return _scaled(scale, fit_grid(scale.places(edges), WIDEST), edges)


def _scaled(scale: Curve, grid: Grid, edges: Array) -> Scaled:
    """Return a grid on a scale, with a slot more on both sides.

    So who is beyond all edges has not the slot of the outermost, which may be crowded.
    """
    return Scaled(scale, grid._replace(base=grid.base - 1, slots=grid.slots + 2), edges[0], edges[-1])


def _scales(edges: Array, origins: Iterable[Any], ranks: npt.NDArray[np.float64]) -> Iterator[Curve]:
    """Yield scales around `origins`, linear up to none of the edges, and up to those of the `ranks` from 0 to 1."""
    for origin in origins:
        distances = np.sort(np.abs(_away(edges, origin)))
        softs = distances[(ranks * (edges.size - 1)).astype(np.intp)]
        for soft in np.unique(np.append(softs[np.isfinite(softs)], 0.0)).tolist():
            yield Curve(origin, soft)


def _origins(edges: Array) -> list[Any]:
    """Return values around which edges may lie."""
    number = edges.dtype.type
    tried = [edges[0], number(0), edges[-1], edges[edges.size // 2]]
    if edges.dtype.kind == "f":
        return tried
    middle = number(REACH if edges.dtype == np.uint64 else 0)
    ends = int(edges[0]), int(edges[-1])
    near = [origin for origin in tried if all(-REACH <= end - int(origin) < REACH for end in ends)]
    return near or [middle]


def _away(values: Array, origin: Any) -> npt.NDArray[np.float64]:
    """Return how far each value is from the origin; of integers exactly, then rounded once."""
    with np.errstate(over="ignore"):
        away: Array = values - origin
    return away if values.dtype.kind == "f" else away.view(np.int64).astype(np.float64)
