"""Choosing slots for edges: fine enough that most hold one edge at most, few enough to stay in the cache.

Which slot an edge has is computed as the kernels compute it for values, so the tables are right by construction:
a slot never falls as the value rises, hence whoever is in a later slot than an edge has passed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FloatScale", "Grid", "fit_grid", "fit_scale", "float_keys", "slot_table"]

Places = npt.NDArray[np.int64] | npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

FEWEST_PER_EDGE = 2
MOST_PER_EDGE = 64
# 256 KiB of table: a thousand random edges are met by one comparison in all but a thousandth of the range.
WELCOME_SLOTS = 1 << 16
LEAST_PER_EDGE = 8  # of many edges, for which that is more
MOST_SLOTS = 1 << 24

CROWDED_SHARE = 0.05  # of many edges in slots with others: below it another scale is not worth the search
MANY_EDGES = 10_000
RANKS = np.linspace(0.0, 1.0, 9)


class Grid(NamedTuple):
    """How places become slots: ``(place >> shift) - base``, cut to 0 … slots - 1.

    Parameters
    ----------
    shift, base : int
        As said.
    slots : int
        The number of slots.
    crowded : int
        How many edges have the slot of the edge before them.
    """

    shift: int
    base: int
    slots: int
    crowded: int


class FloatScale(NamedTuple):
    """How doubles become places: the bits of ``|v - origin| + soft``, mirrored below the origin.

    Parameters
    ----------
    origin : float
        The value with place 0.
    soft : float
        How far from it places are linear in the value, before they become linear in its logarithm.
    """

    origin: float
    soft: float

    def places(self, values: Floats) -> npt.NDArray[np.int64]:
        """Return the place of each value, as the kernel `float_slots` computes it."""
        with np.errstate(over="ignore"):
            away = values - self.origin
            bits = (np.abs(away) + self.soft).view(np.int64) - np.float64(self.soft).view(np.int64)
        return np.where(away < 0, -bits, bits)


def fit_scale(edges: Floats) -> tuple[FloatScale, Grid]:
    """Return the scale on which finite sorted `edges` lie most evenly.

    A linear one, unless it leaves slots crowded; else the best among the logarithmic and symmetric ones around
    zero, both ends and the middle edge.
    """
    tolerated = CROWDED_SHARE * edges.size if edges.size > MANY_EDGES else 0
    best: tuple[FloatScale, Grid] | None = None
    for scale in _scales(edges):
        grid = fit_grid(scale.places(edges))
        if best is None or grid.crowded < best[1].crowded:
            best = scale, grid
        if best[1].crowded <= tolerated:
            break
    assert best is not None
    return best


def _scales(edges: Floats) -> Iterator[FloatScale]:
    first, last = float(edges[0]), float(edges[-1])
    # Half the largest double leaves room for the distance that is added to it.
    yield FloatScale(first, min(last / 2 - first / 2, 4e307) * 2 or 1.0)
    for origin in (0.0, first, last, float(edges[edges.size // 2])):
        with np.errstate(over="ignore"):
            distances = np.sort(np.abs(edges - origin))
        softs = distances[(RANKS * (edges.size - 1)).astype(np.intp)]
        for soft in (0.0, *np.unique(softs[np.isfinite(softs)])):
            yield FloatScale(origin, float(soft))


def fit_grid(places: Places) -> Grid:
    """Return the coarsest grid on which each of the sorted `places` has a slot of its own, or the finest there is."""
    span = int(places[-1]) - int(places[0])
    most = max(min(MOST_PER_EDGE * places.size, WELCOME_SLOTS), min(LEAST_PER_EDGE * places.size, MOST_SLOTS))
    shift = (span // (FEWEST_PER_EDGE * places.size)).bit_length()
    while True:
        slots = places >> places.dtype.type(shift)
        crowded = int(np.count_nonzero(slots[1:] == slots[:-1]))
        if not crowded or shift == 0 or (span >> (shift - 1)) >= most:
            base = int(slots[0])
            return Grid(shift, base, int(slots[-1]) - base + 1, crowded)
        shift -= 1


def slot_table(places: Places, grid: Grid, *, passed: int, edges: int) -> npt.NDArray[np.uint32]:
    """Return how many edges whoever is in a slot has passed, then all of them, then the bin of NaN.

    Parameters
    ----------
    places : ndarray, shape (open edges,)
        Of the edges that a value may or may not have passed, sorted.
    grid : Grid
        Of the places, but for some larger ones, whose slot is the last.
    passed : int
        How many edges before them any value has passed.
    edges : int
        How many edges there are in all.

    Returns
    -------
    ndarray of uint32, shape (slots + 2,)
        Crowded slots have the top bit set.
    """
    from heatbin.kernels.slots import CROWDED

    steps = (places >> places.dtype.type(grid.shift)).astype(np.int64)
    slots = np.minimum(steps, grid.base + grid.slots - 1) - grid.base
    filled = np.bincount(slots, minlength=grid.slots)
    before = np.cumsum(filled) - filled
    table = np.append(passed + before, [edges, edges + 1]).astype(np.uint32)
    table[:-2][filled > 1] |= CROWDED
    return table


def float_keys(values: Floats) -> npt.NDArray[np.uint64]:
    """Return the keys of doubles, as the kernel `float_slots` computes them: their bits, put in order."""
    bits = (values + 0.0).view(np.int64)
    return (bits ^ ((bits >> 63) | np.iinfo(np.int64).min)).view(np.uint64)
