"""Choosing pieces: one window on the line of numbers for all edges, or one for each of some crowds of them.

As with other slots, which one an edge has is computed as the kernels compute it for values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import frexp
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.slots import (
    FEWEST_PER_EDGE,
    Lookup,
    Numbers,
    count_crowded,
    fit_grid,
    most_slots,
)
from heatbin.columns import Array, Cells

__all__ = ["MANY_EDGES", "Pieces", "cut_pieces", "one_piece"]

Window: TypeAlias = tuple[Any, Any, Any]

MOST_PIECES = 8  # for each number of them a kernel is compiled; more cost more than finer slots
LOOKUPS_COST, PIECE_COST = 1.15, 0.07  # as those in `slots`
HOPELESS = (
    0.25  # share of edges in slots with others, be these as narrow as may be: wider ones are not tried then
)
MANY_EDGES = 10_000  # beyond them a search takes longer than what it gains
APART = 100  # slots
NEAR = 1e-9  # the width of slots beside a lone edge, as a share of its magnitude
FINEST = 1000  # exponent: the scale is finite
OFFSETS = np.arange(1, 8) / 8  # of slots from the multiples of their width
# A slot more on both sides: who is beyond all edges has not the slot of the outermost, which may be crowded.
OUTER = np.array([-1.0, 2.0])


class Pieces(NamedTuple):
    """How numbers become slots; see `float_slot` and `integer_slot` in `kernels.pieces`.

    Parameters
    ----------
    windows : tuple
        The first number of each piece, the last one, and by how much numbers are multiplied, or how far they are
        shifted.
    origin : float64, int64 or uint64
        Where the sum over the pieces starts.
    slots : int
        The number of slots.
    crowded : int
        How many edges have the slot of the edge before them.
    """

    windows: tuple[Window, ...]
    origin: Any
    slots: int
    crowded: int

    @property
    def cost(self) -> float:
        """About how many nanoseconds a value takes in slots that are not crowded."""
        return LOOKUPS_COST + PIECE_COST * len(self.windows)

    def slots_of(self, values: Array) -> Numbers:
        """Return the slot of each value."""
        return _sum_of(values, self.windows, self.origin).astype(np.intp)

    def bind(self, lookup: Lookup, first: Any) -> Index:
        """Return the index, as `Slots.bind`."""
        from heatbin.kernels.pieces import index_float_pieces, index_integer_pieces

        windows, origin = self.windows, self.origin

        def index_floats(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_float_pieces(columns[0], windows, origin, *lookup, stride, cells)

        def index_integers(columns: Sequence[Array], stride: int, cells: Cells) -> None:
            index_integer_pieces(columns[0], windows, origin, first, *lookup, stride, cells)

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
    The most crowded part is cut where its widest gap is; none is, where in one piece edges crowd at more places than
    there may be pieces.
    """
    fit = _fit_floats if edges.dtype.kind == "f" else _fit_integers
    parts = [fit(edges)]
    while True:
        pieces = _stacked(edges, [part.window for part in parts])
        if pieces:
            yield pieces
            if len(parts) == 1 and _crowds(pieces.slots_of(edges)) > MOST_PIECES:
                return
        worst = max(range(len(parts)), key=lambda part: parts[part].crowded)
        if len(parts) == MOST_PIECES or not parts[worst].crowded:
            return
        parts[worst : worst + 1] = [fit(half) for half in _halves(parts[worst].edges)]


def one_piece(edges: Array, slots: int) -> Iterator[Pieces]:
    """Yield the one piece for finite sorted edges that has about so many slots, if rounding allows it."""
    if edges.dtype.kind == "f":
        window = _floats_in(edges, 2.0 ** _exponent(edges, slots), 0.0).window
    else:
        span = int(edges[-1]) - int(edges[0])
        window = _integers_in(edges, (span // slots).bit_length())
    made = _stacked(edges, [window])
    if made:
        yield made


def _stacked(edges: Array, windows: Sequence[Window]) -> Pieces | None:
    """Return the slots of windows one above the other; None where rounding is in the way.

    Then a window is not finite, the first slot would not be 0, or the last edge would have the slot of NaN.
    """
    limits = np.finfo(edges.dtype) if edges.dtype.kind == "f" else np.iinfo(edges.dtype)
    ends = np.array([limits.min, limits.max], edges.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        origin = -_sum_of(ends, windows, np.zeros(1, edges.dtype))[:1]
        first, last = _sum_of(ends, windows, origin)
        if not np.isfinite([first, last]).all() or not np.isfinite(windows).all():
            return None
        slots = _sum_of(edges, windows, origin).astype(np.intp)
    if int(first) != 0 or (edges.dtype.kind == "f" and slots[-1] == int(last)):
        return None
    return Pieces(tuple(windows), origin[0], int(last) + 1, count_crowded(slots))


def _sum_of(values: Array, windows: Sequence[Window], origin: Array) -> Array:
    """Return the slots as the kernels compute them, floats with the same roundings, before they become integers."""
    slots = origin
    for first, last, step in windows:
        within = np.clip(values, first, last)
        slots = slots + (within * step if within.dtype.kind == "f" else within >> step)
    return slots


def _crowds(slots: Numbers) -> int:
    """Return at how many places, `APART` from each other, there are several edges in one of the sorted slots."""
    shared = slots[1:][np.diff(slots) == 0]
    return int(np.count_nonzero(np.diff(shared) > APART)) + 1


def _halves(edges: Array) -> list[Array]:
    """Return the edges before and after the widest gap."""
    with np.errstate(over="ignore"):
        gaps: Array = np.diff(edges)
    return np.split(edges, [int(np.argmax(gaps if gaps.dtype.kind == "f" else gaps.view(np.uint64))) + 1])


def _fit_floats(edges: npt.NDArray[np.float64]) -> Part:
    """Return the window around edges with the widest slots in which none is crowded, or else as few as there can be.

    It is the one with the narrowest slots, where many are crowded even there.
    """
    coarsest = _exponent(edges, FEWEST_PER_EDGE * edges.size)
    finest = max(coarsest, _exponent(edges, most_slots(edges.size)))
    narrowest = _floats_in(edges, 2.0**finest, 0.0)
    if narrowest.crowded > HOPELESS * edges.size:
        return narrowest
    wider = (_floats_in(edges, 2.0**exponent, 0.0) for exponent in range(coarsest, finest))
    part = next((part for part in wider if not part.crowded), narrowest)
    if not part.crowded or edges.size > MANY_EDGES:
        return part
    return min(
        [part, *(_floats_in(edges, 2.0**finest, offset) for offset in OFFSETS)], key=lambda part: part.crowded
    )


def _exponent(edges: npt.NDArray[np.float64], slots: int) -> int:
    """Return the exponent of the scale on which edges span so many slots, or half of them at least."""
    half = edges[-1] / 2 - edges[0] / 2  # of the span, which may be infinite
    return min(-frexp(half / slots * 2.0 or abs(edges[0]) * NEAR)[1], FINEST)


def _floats_in(edges: npt.NDArray[np.float64], scale: float, offset: float) -> Part:
    """Return the window around edges with `scale` slots to a unit, `offset` slots off the multiples of their width."""
    with np.errstate(over="ignore", invalid="ignore"):
        first, last = (np.floor(edges[[0, -1]] * scale - offset) + offset + OUTER) / scale
    window = first, last, scale
    pieces = _stacked(edges, [window])
    return Part(edges, window, pieces.crowded if pieces else edges.size - 1)


def _fit_integers(edges: Array) -> Part:
    """Return the window around edges, as `_fit_floats`."""
    grid = fit_grid(edges)
    return Part(edges, _integers_in(edges, grid.shift), grid.crowded)


def _integers_in(edges: Array, shift: int) -> Window:
    """Return the window around edges whose slots are 2 to the power of `shift` integers wide."""
    number, limits = edges.dtype.type, np.iinfo(edges.dtype)
    first = max(int(edges[0]) - (1 << shift), limits.min)
    last = min(int(edges[-1]) + (1 << shift), limits.max)
    return number(first), number(last), number(shift)
