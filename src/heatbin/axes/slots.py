"""Choosing slots for edges: fine enough that most hold one edge at most, few enough to stay in the cache.

Which slot an edge has is computed as the kernels compute it for values, so the tables are right by construction:
a slot never falls as the value rises, hence whoever is in a later slot than an edge has passed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.columns import Array

__all__ = [
    "NO_OUTER",
    "Grid",
    "Lookup",
    "Numbers",
    "Outer",
    "Slots",
    "cheapest",
    "count_crowded",
    "fit_grid",
    "float_keys",
    "grid_of",
    "grid_slots",
    "make_lookup",
    "most_slots",
]

Places = npt.NDArray[np.int64] | npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.intp]

FEWEST_PER_EDGE = 2
MOST_PER_EDGE = 64
# 64 KiB of entries of 16 bits: larger tables lie farther away, with smaller ones more values go through nodes.
WELCOME_SLOTS = 1 << 15
LEAST_PER_EDGE = 8  # of many edges, for which that is more
MOST_SLOTS = 1 << 24
SLOTS_IN_NODES = 16  # for each edge

# Nanoseconds a value, as measured; what counts is their proportion.
SOME_CROWDED, ALL_CROWDED = 0.1, 6.0
LITTLE = 0.2  # what may be gained is not worth more search


class Slots(Protocol):
    """A way to make slots out of numbers."""

    @property
    def slots(self) -> int:
        """The number of slots. NaN has the last one, so no finite edge of floats does."""

    @property
    def crowded(self) -> int:
        """How many edges have the slot of the edge before them."""

    @property
    def cost(self) -> float:
        """About how many nanoseconds a value takes in slots that are not crowded."""

    def slots_of(self, values: Array) -> Numbers:
        """Return the slot of each of the sorted values."""

    def bind(self, lookup: Lookup, first: Any) -> Index:
        """Return the index.

        Parameters
        ----------
        lookup : Lookup
            The tables for these slots.
        first : float64, int64 or uint64
            The smallest value that has passed an edge. Its type says what columns are of; keys of integers are
            distances from it.
        """


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


class Outer(NamedTuple):
    """Slots of values on both sides of some edges.

    Parameters
    ----------
    slots, firsts, afters : ndarray of intp
        The slots; the first of the edges that values in each lie around, and the one after them.
    """

    slots: Numbers
    firsts: Numbers
    afters: Numbers


NO_OUTER = Outer(*(np.empty(0, np.intp),) * 3)


class Runs(NamedTuple):
    """What neighbouring slots have in common.

    Parameters
    ----------
    edges, lengths : ndarray of intp
        The number of an edge, and how many slots on end have it.
    """

    edges: Numbers
    lengths: Numbers


class Lookup(NamedTuple):
    """What kernels find a bin by; see `heatbin.kernels.slots`."""

    below: Array
    table: npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
    nodes: Keys
    bits: Any
    windows: Array | None = None
    fine: Any = np.uint32(0)


def cheapest(fits: Iterable[Slots], edges: int) -> Slots:
    """Return the cheapest of the fits up to the first after which little may be gained.

    The fits come about in the order of what they cost where no slot is crowded, so most need not be made.
    """
    fits = iter(fits)
    best = next(fits)
    while best.crowded:
        fit = next(fits, None)
        if fit is None or _cost(best, edges) <= fit.cost + LITTLE:
            break
        best = min(best, fit, key=lambda each: _cost(each, edges))
    return best


def _cost(fit: Slots, edges: int) -> float:
    """Return about how many nanoseconds a value takes, if values lie as edges do."""
    return fit.cost + (SOME_CROWDED + ALL_CROWDED * fit.crowded / edges if fit.crowded else 0.0)


def fit_grid(places: Places, widest: int = 64) -> Grid:
    """Return the coarsest grid on which each of the sorted `places` has a slot of its own, or the finest there is.

    Its slots are 2 to the power of `widest` places wide at most.
    """
    span = int(places[-1]) - int(places[0])
    coarsest = min((span // (FEWEST_PER_EDGE * places.size)).bit_length(), widest)
    finest = (span // most_slots(places.size)).bit_length()
    # Two places have slots of their own where the highest bit in which they differ is not shifted out.
    differing = (places[1:] ^ places[:-1]).view(np.uint64)
    apart = int(differing.min()).bit_length() - 1 if differing.size else coarsest
    return grid_of(places, min(coarsest, max(apart, finest)))


def grid_of(places: Places, shift: int) -> Grid:
    """Return the grid of slots that are 2 to the power of `shift` places wide, around the sorted places."""
    slots = places >> places.dtype.type(shift)
    base = int(slots[0])
    return Grid(shift, base, int(slots[-1]) - base + 1, count_crowded(slots))


def most_slots(edges: int) -> int:
    """Return how many slots there may be for so many edges."""
    return max(min(MOST_PER_EDGE * edges, WELCOME_SLOTS), min(LEAST_PER_EDGE * edges, MOST_SLOTS))


def count_crowded(slots: Places | Numbers) -> int:
    """Return how many of the sorted slots are that of the edge before."""
    return int(np.count_nonzero(slots[1:] == slots[:-1]))


def grid_slots(places: Places, grid: Grid) -> Numbers:
    """Return the slot of each of the sorted places, of which some may lie beyond the grid."""
    steps = (places >> places.dtype.type(grid.shift)).astype(np.int64)
    return (np.clip(steps, grid.base, grid.base + grid.slots - 1) - grid.base).astype(np.intp)


def make_lookup(
    below: Array, bins: Numbers, starts: Array, fit: Slots, keys: Keys, *, outer: Outer = NO_OUTER
) -> Lookup | None:
    """Return the tables by which kernels find bins; None where more edges are equal than an entry can say.

    Parameters
    ----------
    below : ndarray of float64, int64 or uint64, shape (edges,)
        The largest value that has not passed each edge, sorted.
    bins : ndarray of intp, shape (distinct + 1,)
        Where in `below` the first of equal edges are, of those that some values have passed and others have not; then
        where the next is, or how many there are.
    starts : ndarray of the same type, shape (distinct,)
        The smallest values that have passed these.
    fit : Slots
        The slots of values; those of finite starts are below the last one, which NaN has.
    keys : ndarray of uint64, shape (distinct,)
        The keys of the starts.
    outer : Outer, optional
        The slots of values that may lie on both sides of some edges.
    """
    runs, crowded, nodes = _make_table(fit.slots_of(starts), fit.slots, keys)
    first_node = missing = below.size + 1  # no entry holds the bin of NaN itself
    equal = np.append(np.diff(bins), missing - bins[-1])
    bits = (below.size + len(nodes)).bit_length()
    entries = bins | (equal << bits)
    beside = bins[outer.firsts] | ((bins[outer.afters] - bins[outer.firsts]) << bits)
    dtype = np.min_scalar_type(max(below.size + len(nodes), entries.max(), beside.max(initial=0)))
    if dtype.itemsize > 4:
        return None
    # Not of 8 bits: kernels are compiled for as few types as serve.
    table = np.repeat(entries.astype(np.promote_types(dtype, np.uint16))[runs.edges], runs.lengths)
    table[crowded] = np.arange(first_node, first_node + len(nodes))
    table[outer.slots] = beside
    largest = np.inf if below.dtype.kind == "f" else np.iinfo(below.dtype).max
    limits = np.append(below, np.full(1 + len(nodes), largest, below.dtype))
    return Lookup(limits, table, nodes.ravel(), np.uint32(bits))


def _make_table(slots: Numbers, count: int, keys: Keys) -> tuple[Runs, Numbers, Keys]:
    """Return what is in each slot and in the nodes' slots, which of them are crowded, and the nodes; level by level.

    A slot has the number of the first edge that lies not before it, from 0 to the number of edges; a crowded one has a
    node of its own.
    """
    edges = np.arange(keys.size)
    runs, (places, of_edge, within) = [_runs(slots, count, edges, after=keys.size)], _crowds(slots, edges)
    crowded, nodes, size = [places], [np.empty((0, 4), np.uint64)], count
    while places.size:
        # All nodes of a level at once: the edges of each follow those of the one before.
        firsts = np.flatnonzero(np.diff(of_edge, prepend=-1))
        ends = np.append(firsts[1:], within.size)
        first, span = keys[within[firsts]], keys[within[ends - 1]] - keys[within[firsts]]
        shifts = np.frexp(span // ((ends - firsts) * SLOTS_IN_NODES).astype(np.uint64))[1].astype(np.uint64)
        last = span >> shifts
        begins = np.cumsum(last + np.uint64(1)) - (last + np.uint64(1))
        nodes.append(np.column_stack([first, shifts, last, begins + np.uint64(size)]))
        slots = (((keys[within] - first[of_edge]) >> shifts[of_edge]) + begins[of_edge]).astype(np.intp)
        count = int(begins[-1] + last[-1]) + 1
        runs.append(_runs(slots, count, within, after=keys.size))
        places, of_edge, within = _crowds(slots, within)
        crowded.append(places + size)
        size += count
    return Runs(*map(np.concatenate, zip(*runs, strict=True))), np.concatenate(crowded), np.concatenate(nodes)


def _runs(slots: Numbers, count: int, edges: Numbers, after: int) -> Runs:
    """Return which of some edges is the first not before each of so many slots; `after` of those after all."""
    lengths = np.diff(slots, prepend=-1, append=count)
    lengths[-1] -= 1
    return Runs(np.append(edges, after), lengths)


def _crowds(slots: Numbers, edges: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the slots that several edges have; for each of these edges which of the slots it is, and the edge."""
    same = np.diff(slots, prepend=-1, append=-1) == 0
    within = same[:-1] | same[1:]
    crowded, of_edge = np.unique(slots[within], return_inverse=True)
    return crowded, of_edge, edges[within]


def float_keys(values: npt.NDArray[np.float64]) -> Keys:
    """Return the keys of doubles, as the kernel `float_keys` computes them: their bits, put in order."""
    bits = (values + 0.0).view(np.int64)
    return (bits ^ ((bits >> 63) | np.iinfo(np.int64).min)).view(np.uint64)
