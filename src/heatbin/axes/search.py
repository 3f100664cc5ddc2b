"""How an axis of any sorted edges finds a bin: exactly, in a few operations a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, islice
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.finer import Finer, fit_finer
from heatbin.axes.pieces import cut_pieces
from heatbin.axes.rationals import Rationals
from heatbin.axes.scales import fit_scales
from heatbin.axes.slots import NO_OUTER, Slots, cheapest, float_keys, make_lookup
from heatbin.columns import Array, Cells

__all__ = ["Edges", "always", "bind_edges", "bind_floats", "bind_table", "floats_below", "mapped", "widest"]

Edges: TypeAlias = Array | Rationals
"""Sorted edges: an array of integers or floats, which may end in infinities, or exact rationals."""

LOOKUP_SPAN = 1 << 16


def bind_edges(edges: Edges, dtype: np.dtype[Any], *, closed: bool = True) -> Index:
    """Return the index of columns of `dtype` between sorted `edges`, compared exactly.

    Parameters
    ----------
    edges : ndarray or Rationals, shape (size + 1,)
        Non-decreasing. A value on an edge belongs to the bin on its right, among duplicates to the last.
    dtype : numpy.dtype
        Floats or integers.
    closed : bool, optional
        Whether a value on the last edge belongs to the last bin, and is not over.
    """
    if dtype.kind == "f":
        return bind_floats(floats_below(edges, closed=closed), _passed_by_all(edges, closed=closed))
    below = _integers_below(edges, closed=closed)
    lowest, highest = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    passed = sum(limit < lowest for limit in below)
    reached = [limit for limit in below[passed:] if limit < highest]
    if not reached:
        return always(passed)
    if reached[-1] - reached[0] < LOOKUP_SPAN:
        limits = np.array([limit - reached[0] for limit in reached])
        ranks = np.searchsorted(limits, np.arange(limits[-1] + 2)) + passed
        return bind_table(reached[0], ranks.astype(np.uint32), dtype)
    within = [lowest] * passed + reached + [highest] * (len(below) - passed - len(reached))
    return _bind_integers(np.array(within, widest(dtype)), passed)


def always(flow_bin: int) -> Index:
    """Return the index of an axis of which a dtype can reach one bin only."""

    def index(_columns: Sequence[Array], stride: int, cells: Cells) -> None:
        cells += flow_bin * stride

    return index


def widest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of 64 bits that holds all integers of a dtype."""
    return np.dtype(np.uint64 if dtype == np.uint64 else np.int64)


def bind_table(first: int, table: npt.NDArray[np.uint32], dtype: np.dtype[Any]) -> Index:
    """Return the index of integers that a table gives the bins of, from `first` on; its ends reach beyond it."""
    from heatbin.kernels.index import index_lookup

    wide = widest(dtype)
    lowest: Any = wide.type(first)
    highest: Any = wide.type(first + table.size - 1)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_lookup(columns[0], lowest, highest, table, stride, cells)

    return index


def bind_floats(below: npt.NDArray[np.float64], passed: int) -> Index:
    """Return the index of columns of floats, taken as doubles.

    Parameters
    ----------
    below : ndarray of float64, shape (edges,)
        The largest double that has not passed each edge, sorted.
    passed : int
        How many edges, the first ones, every number has passed.
    """
    bins = _distinct(below, passed, int(np.searchsorted(below, np.inf)))
    with np.errstate(over="ignore"):
        starts = np.nextafter(below[bins[:-1]], np.inf)
    finite = starts[np.isfinite(starts)]
    edges = finite if finite.size else np.zeros(1)
    fit = _fit_slots(edges)
    lookup = make_lookup(below, bins, starts, fit, float_keys(starts))
    if not lookup:
        return _mapped_distinct(bind_floats, below, passed, bins)
    index = fit.bind(lookup, edges[0])
    return index if finite.size == starts.size else _nan_apart(index, below.size + 1)


def _nan_apart(index: Index, missing: int) -> Index:
    """Return the index of an axis with an edge that infinity alone has passed, with whose slot NaN shares its own."""

    def apart(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        is_nan = np.isnan(columns[0])
        before = cells[is_nan]
        index(columns, stride, cells)
        cells[is_nan] = before + missing * stride

    return apart


def _bind_integers(below: Array, passed: int) -> Index:
    """Return the index of columns of integers, as `bind_floats`; `below` holds integers of 64 bits."""
    bins = _distinct(below, passed, int(np.searchsorted(below, np.iinfo(below.dtype).max)))
    starts = below[bins[:-1]] + below.dtype.type(1)
    fit = _fit_slots(starts)
    keys = (starts - starts[0]).view(np.uint64)
    outer = fit.outer if isinstance(fit, Finer) else NO_OUTER
    lookup = make_lookup(below, bins, starts, fit, keys, outer=outer)
    return fit.bind(lookup, starts[0]) if lookup else _mapped_distinct(_bind_integers, below, passed, bins)


def _fit_slots(edges: Array) -> Slots:
    """Return the slots for finite sorted edges: one piece, if it serves; else scales, several pieces, finer slots."""
    pieces = cut_pieces(edges)
    return cheapest(chain(islice(pieces, 1), fit_scales(edges), pieces, fit_finer(edges)), edges.size)


def _distinct(below: Array, passed: int, last: int) -> npt.NDArray[np.intp]:
    """Return where the first of equal numbers are, of those from `passed` to `last`, and `last`."""
    return np.append(np.unique(below[passed:last], return_index=True)[1] + passed, last)


def _mapped_distinct(
    bind: Callable[[Array, int], Index], below: Array, passed: int, bins: npt.NDArray[np.intp]
) -> Index:
    """Return the index that takes equal edges for one, and then looks up the bins."""
    numbers = np.concatenate([np.arange(passed), bins, [below.size + 1]])
    return mapped(bind(below[numbers[:-2]], passed), numbers)


def mapped(ranks_of: Index, bins: npt.NDArray[Any]) -> Index:
    """Return the index whose bins are those at the places that another gives."""
    from heatbin.kernels.index import add_mapped

    one, table = np.uint32(1), bins.astype(np.uint32)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        ranks = np.zeros(cells.size, np.uint32)
        ranks_of(columns, one, ranks)
        add_mapped(ranks, table, stride, cells)

    return index


def _passed_by_all(edges: Edges, *, closed: bool) -> int:
    """Return how many edges even -inf has passed: those at -inf, but not the last one if it belongs to its bin."""
    if isinstance(edges, Rationals):
        return 0
    return int(np.count_nonzero((edges[:-1] if closed else edges) == -np.inf))


def floats_below(edges: Edges, *, closed: bool) -> npt.NDArray[np.float64]:
    """Return the largest double below each edge; that at or below the last one, if it belongs to its bin."""
    if isinstance(edges, Rationals) or edges.dtype.kind != "f":
        return _floats_below_rationals(_rationals(edges), closed=closed)
    nearest = edges.astype(np.float64)
    with np.errstate(over="ignore"):
        below = np.where(nearest >= edges, np.nextafter(nearest, -np.inf), nearest)
    if closed and nearest[-1] <= edges[-1]:
        below[-1] = nearest[-1]
    return below


def _floats_below_rationals(edges: Rationals, *, closed: bool) -> npt.NDArray[np.float64]:
    denominator = edges.denominator
    nearest = [numerator / denominator for numerator in edges.numerators]
    ratios = [number.as_integer_ratio() for number in nearest]
    # Above 0: the double is greater than the edge; at 0 they are equal.
    excess = [p * denominator - n * q for (p, q), n in zip(ratios, edges.numerators, strict=True)]
    lower = np.array([difference >= 0 for difference in excess])
    lower[-1] = excess[-1] > 0 if closed else lower[-1]
    return np.where(lower, np.nextafter(nearest, -np.inf), nearest)


def _integers_below(edges: Edges, *, closed: bool) -> list[int]:
    """Return the largest integer below each edge; that at or below the last one, if it belongs to its bin."""
    if not isinstance(edges, Rationals) and edges.dtype.kind == "f":
        below = [_integer_below(edge) for edge in edges.tolist()]
        return [*below[:-1], _floor(edges[-1].item())] if closed else below
    numerators, denominator = _rationals(edges)
    below = [(numerator - 1) // denominator for numerator in numerators]
    return [*below[:-1], numerators[-1] // denominator] if closed else below


def _rationals(edges: Edges) -> Rationals:
    return edges if isinstance(edges, Rationals) else Rationals(edges.tolist())


def _integer_below(edge: Any) -> int:
    """Return the largest integer below an edge, as `_floor`."""
    return -_floor(-edge) - 1 if isfinite(edge) else _floor(edge)


def _floor(edge: Any) -> int:
    """Return the largest integer at or below a float of any width; for infinite ones an integer beyond all columns."""
    if not isfinite(edge):
        return 1 << 65 if edge > 0 else -(1 << 65)
    # Python's floor takes a long double for the nearest double.
    numerator, denominator = edge.as_integer_ratio()
    return int(numerator // denominator)
