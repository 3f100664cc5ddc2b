"""Cutting slots once more, each in a window of its own: for edges that crowd at many places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.pieces import MANY_EDGES, one_piece
from heatbin.axes.scales import coarse_scales
from heatbin.axes.slots import NO_OUTER, Lookup, Numbers, Outer, Slots, count_crowded, most_slots
from heatbin.columns import Array

__all__ = ["Finer", "fit_finer"]

COST = 0.6  # nanoseconds a value beside those of the coarse slots, as those in `slots`
FEWEST_COARSE, MOST_COARSE, FEWEST_FINE = 4, 12, 2  # bits; 64 KiB of windows
BITS_BETWEEN_WAYS = 2
# Bits more than those of `most_slots`: most slots are empty, and only those that values hit take room in the caches.
# With one more bit crowds share a slot less often, but values that lie anywhere take a fifth longer.
SPARE, SPARE_OF_MANY = 3, 2
ROOM = 2  # times as many slots as asked for may there be
MARGIN = 3  # slots that are free in a window, or may be passed by rounding
WIDEST_WINDOW = 62  # exponent, of integers
# Finite, and not zero: infinities times these are no NaN.
COARSEST_SCALE, FINEST_SCALE = 2.0**-1000, 2.0**1000


class Finer(NamedTuple):
    """How numbers become finer slots; see `windows` in `kernels.slots`.

    Parameters
    ----------
    coarse : Slots
        The slots that are cut.
    windows : ndarray of float64, int64 or uint64, shape (coarse.slots, 2)
        The first number in the window of each, and the finer slots to a unit, or how far numbers are shifted.
    fine : int
        The power of two that is the number of finer slots in a slot.
    outer : Outer
        The last finer slots of those that are cut: integers before the window in it have them, and those behind it.
    crowded : int
        How many edges have the finer slot of the edge before them.
    """

    coarse: Slots
    windows: Array
    fine: int
    outer: Outer = NO_OUTER
    crowded: int = 0

    @property
    def slots(self) -> int:
        """The number of finer slots."""
        return self.coarse.slots << self.fine

    @property
    def cost(self) -> float:
        """About how many nanoseconds a value takes in slots that are not crowded."""
        return self.coarse.cost + COST

    def slots_of(self, values: Array) -> Numbers:
        """Return the finer slot of each of the sorted values, as the kernels compute it."""
        slots = self.coarse.slots_of(values)
        first, step = self.windows[slots].T
        top = (1 << self.fine) - 1
        with np.errstate(over="ignore", invalid="ignore"):
            if values.dtype.kind == "f":
                within = np.nan_to_num((values - first) * step, nan=top)
            else:
                within = (values - first).view(np.uint64) >> step.astype(np.uint64)
        finer: Numbers = (slots << self.fine) + np.clip(within, 0, top).astype(np.intp)
        return finer

    def bind(self, lookup: Lookup, first: Any) -> Index:
        """Return the index, as `Slots.bind`."""
        return self.coarse.bind(
            lookup._replace(windows=self.windows.ravel(), fine=np.uint32(self.fine)), first
        )


def fit_finer(edges: Array) -> Iterator[Finer]:
    """Yield ways to cut the line of finite sorted `edges`, float64, int64 or uint64, twice.

    First into equally wide slots and then, where edges are not very many, on a scale: into many of them, or into fewer
    that hold more finer ones each.
    """
    few = edges.size <= MANY_EDGES
    budget = most_slots(edges.size).bit_length() - 1 + (SPARE if few else SPARE_OF_MANY)
    for way in (one_piece, coarse_scales) if few else (one_piece,):
        for bits in range(min(MOST_COARSE, budget - FEWEST_FINE), FEWEST_COARSE - 1, -BITS_BETWEEN_WAYS):
            for slots in way(edges, 1 << bits):
                # Slots can be no wider than rounding allows, and then there are more.
                if slots.slots <= ROOM << bits:
                    yield from _cut(edges, slots, budget - bits)


def _cut(edges: Array, coarse: Slots, fine: int) -> Iterator[Finer]:
    """Yield slots with a window in each around its edges, unless distances from one wrap around."""
    slots = coarse.slots_of(edges)
    firsts = np.flatnonzero(np.diff(slots, prepend=-1))
    afters = np.append(firsts[1:], edges.size)
    cut, outer = slots[firsts], NO_OUTER
    windows = np.zeros((coarse.slots, 2), edges.dtype)
    with np.errstate(over="ignore"):
        if edges.dtype.kind == "f":
            windows[cut] = np.column_stack(_floats_around(edges[firsts], edges[afters - 1], fine))
        else:
            first, shifts = _integers_around(edges[firsts], edges[afters - 1], fine)
            if _wraps(coarse, cut, first, shifts + np.uint64(fine)):
                return
            windows[cut] = np.column_stack([first, shifts.astype(edges.dtype)])
            outer = Outer((cut << fine) + (1 << fine) - 1, firsts, afters)
    made = Finer(coarse, windows, fine, outer)
    yield made._replace(crowded=count_crowded(made.slots_of(edges)))


# A slot stays free on both sides: who is beyond the edges of a window has not the slot of the outermost, which may be
# crowded. A lone edge needs no finer slots.


def _floats_around(first: Array, last: Array, fine: int) -> tuple[Array, Array]:
    """Return the first number of windows, and their slots to a unit."""
    spans = last - first
    with np.errstate(divide="ignore"):
        scales = np.clip(((1 << fine) - MARGIN) / spans, COARSEST_SCALE, FINEST_SCALE)
    return np.where(spans > 0, first - 1 / scales, first), np.where(spans > 0, scales, COARSEST_SCALE)


def _integers_around(first: Array, last: Array, fine: int) -> tuple[Array, npt.NDArray[np.uint64]]:
    """Return the first number of windows, and how far numbers are shifted."""
    spans = (last - first).view(np.uint64)
    shifts = np.maximum(np.frexp(spans.astype(np.float64))[1] - fine, 0).astype(np.uint64)
    shifts += (spans >> shifts) > (1 << fine) - MARGIN
    room = _above_lowest(first)
    return first - np.minimum(np.uint64(1) << shifts, room).view(first.dtype), shifts


def _wraps(coarse: Slots, cut: Numbers, first: Array, widths: npt.NDArray[np.uint64]) -> bool:
    """Tell whether a number far before a window, in the same coarse slot, may seem to be in it.

    Distances are unsigned, modulo 2⁶⁴. `widths` are the exponents of those of windows.
    """
    if widths.max() > WIDEST_WINDOW:
        return True
    width = np.uint64(1) << widths
    seeming = _above_lowest(first) > ~width
    farthest = (first.view(np.uint64) + width).view(first.dtype)
    return bool(np.any(coarse.slots_of(farthest[seeming]) == cut[seeming]))


def _above_lowest(numbers: Array) -> npt.NDArray[np.uint64]:
    """Return how far integers lie above the lowest of their type."""
    return (numbers - np.iinfo(numbers.dtype).min).view(np.uint64)
