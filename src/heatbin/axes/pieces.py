"""Choosing pieces: one window on the line of numbers for all edges, or one for each of some crowds of them.

As with other slots, which one an edge has is computed as the kernels compute it for values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.slots import FEWEST_PER_EDGE, Lookup, Numbers, count_crowded, fit_grid, most_slots
from heatbin.columns import Array, Cells

__all__ = ["Pieces", "cut_pieces"]

Window: TypeAlias = tuple[Any, Any, Any]

MOST_PIECES = 8  # with more of them nodes are as soon asked
LOOKUPS_COST, PIECE_COST = 1.05, 0.15  # as those in `slots`
FINER = 1.25  # than the slots tried before
NARROWEST = 1e-290  # a piece: its scale is finite
MARGIN = 1.5  # slots on both sides: who is beyond all edges has not the slot of the outermost, which may be crowded


class Pieces(NamedTuple):
    """How numbers become slots; see `float_slot` and `integer_slot` in `kernels.pieces`.

    Parameters
    ----------
    windows : tuple
        The first number of each piece, the last one, and by how much distances from the first are multiplied, or
        how far they are shifted.
    slots : int
        The number of slots.
    crowded : int
        How many edges have the slot of the edge before them.
    """

    windows: tuple[Window, ...]
    slots: int
    crowded: int

    @property
    def cost(self) -> float:
        """About how many nanoseconds a value takes in slots that are not crowded."""
        return LOOKUPS_COST + PIECE_COST * len(self.windows)

    def slots_of(self, values: Array) -> Numbers:
        """Return the slot of each value."""
        return _slots_of(values, self.windows)

    def bind(self, lookup: Lookup, first: Any) -> Index:
        """Return the index of floats or integers, as the first value that has passed an edge is."""
        from heatbin.kernels.pieces import index_float_pieces, index_integer_pieces

        windows, missing = self.windows, self.slots

        def index_floats(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_float_pieces(columns[0], windows, missing, *lookup, stride, cells)

        def index_integers(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_integer_pieces(columns[0], windows, first, *lookup, stride, cells)

        return index_floats if first.dtype.kind == "f" else index_integers


class Part(NamedTuple):
    """Neighbouring edges, their window, and how many of them have the slot of the edge before them."""

    edges: Array
    window: Window
    crowded: int


def cut_pieces(edges: Array) -> Iterator[Pieces]:
    """Yield ways to cut the line of sorted `edges`, in one piece to `MOST_PIECES`.

    Parameters
    ----------
    edges : ndarray of float64, int64 or uint64
        Finite, sorted.

    Notes
    -----
    The most crowded part is cut where its widest gap is.
    """
    fit = _fit_floats if edges.dtype.kind == "f" else _fit_integers
    parts = [fit(edges)]
    while True:
        windows = tuple(part.window for part in parts)
        if np.isfinite(windows).all():
            last = _slots_of(np.array([windows[-1][1]]), windows)
            yield Pieces(windows, int(last[0]) + 1, count_crowded(_slots_of(edges, windows)))
        worst = max(range(len(parts)), key=lambda part: parts[part].crowded)
        if len(parts) == MOST_PIECES or not parts[worst].crowded:
            return
        parts[worst : worst + 1] = [fit(half) for half in _halves(parts[worst].edges)]


def _halves(edges: Array) -> list[Array]:
    """Return the edges before and after the widest gap."""
    with np.errstate(over="ignore"):
        gaps: Array = np.diff(edges)
    return np.split(edges, [int(np.argmax(gaps if gaps.dtype.kind == "f" else gaps.view(np.uint64))) + 1])


def _fit_floats(edges: npt.NDArray[np.float64]) -> Part:
    """Return the window around edges with the least slots in which none is crowded, or else as few as there can be."""
    best, slots = None, FEWEST_PER_EDGE * edges.size
    while best is None or (best.crowded and slots < most_slots(edges.size)):
        part = _floats_in(edges, slots)
        best = part if best is None or part.crowded < best.crowded else best
        slots = ceil(slots * FINER)
    return best


def _floats_in(edges: npt.NDArray[np.float64], slots: int) -> Part:
    """Return the window in which edges lie within so many slots; not finite where doubles cannot say how wide it is."""
    with np.errstate(over="ignore", invalid="ignore"):
        margin = max((edges[-1] - edges[0]) / slots * MARGIN, NARROWEST)
        first = min(edges[0] - margin, np.nextafter(edges[0], -np.inf))
        last = max(edges[-1] + margin, np.nextafter(edges[-1], np.inf))
        window = first, last, np.float64(slots + 2 * MARGIN) / (last - first)
    crowded = count_crowded(_slots_of(edges, [window])) if np.isfinite(window).all() else edges.size - 1
    return Part(edges, window, crowded)


def _fit_integers(edges: Array) -> Part:
    """Return the window around edges, as `_fit_floats`."""
    number, limits = edges.dtype.type, np.iinfo(edges.dtype)
    grid = fit_grid((edges - edges[0]).view(np.uint64))
    first = max(int(edges[0]) - (1 << grid.shift), limits.min)
    last = min(int(edges[-1]) + (1 << grid.shift), limits.max)
    return Part(edges, (number(first), number(last), np.uint64(grid.shift)), grid.crowded)


def _slots_of(values: Array, windows: Sequence[Window]) -> Numbers:
    """Return the slots as the kernels compute them, with the same roundings."""
    slots: Any = 0
    for first, last, step in windows:
        with np.errstate(over="ignore", invalid="ignore"):
            within = np.clip(values, first, last) - first
            slots = slots + (within * step if within.dtype.kind == "f" else within.view(np.uint64) >> step)
    return np.asarray(slots).astype(np.intp)
