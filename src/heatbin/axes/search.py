"""How an axis of any sorted edges finds a bin: exactly, in a few operations a value."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.rationals import Rationals
from heatbin.axes.slots import fit_grid, fit_scale, float_keys, slot_table
from heatbin.columns import Array, Cells

__all__ = ["Edges", "always", "bind_edges", "floats_below", "padded"]

Edges: TypeAlias = Array | Rationals
"""Sorted edges: an array of integers or floats, which may end in infinities, or exact rationals."""

EXACT_IN_FLOAT = 1 << 53
LOOKUP_SPAN = 1 << 16


def bind_edges(
    edges: Edges, dtype: np.dtype[Any], *, closed: bool = True, bins: Sequence[int] | None = None
) -> Index:
    """Return the index of columns of `dtype` between sorted `edges`, compared exactly.

    Parameters
    ----------
    edges : ndarray or Rationals, shape (size + 1,)
        Non-decreasing. A value on an edge belongs to the bin on its right, among duplicates to the last.
    dtype : numpy.dtype
        Floats or integers.
    closed : bool, optional
        Whether a value on the last edge belongs to the last bin, and is not over.
    bins : sequence of int, shape (size + 2,), optional
        The bin by the number of edges passed, if it is not that number; for columns of integers.
    """
    if dtype.kind == "f":
        return _bind_floats(floats_below(edges, closed=closed), _passed_by_all(edges, closed=closed))
    below = _integers_below(edges, closed=closed)
    numbers = np.arange(len(below) + 1, dtype=np.uint32) if bins is None else np.array(bins, dtype=np.uint32)
    lowest, highest = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    passed = sum(limit < lowest for limit in below)
    reached = [limit for limit in below[passed:] if limit < highest]
    if not reached:
        return always(int(numbers[passed]))
    if reached[-1] - reached[0] < LOOKUP_SPAN:
        limits = np.array([limit - reached[0] for limit in reached])
        ranks = np.searchsorted(limits, np.arange(limits[-1] + 2)) + passed
        return _bind_lookup(reached[0], numbers[ranks], dtype)
    index = _bind_reached(reached, passed, len(below), dtype)
    return index if bins is None else _mapped(index, numbers)


def always(flow_bin: int) -> Index:
    """Return the index of an axis of which a dtype can reach one bin only."""

    def index(_columns: Sequence[Array], stride: int, cells: Cells) -> None:
        cells += flow_bin * stride

    return index


def _bind_lookup(first: int, table: npt.NDArray[np.uint32], dtype: np.dtype[Any]) -> Index:
    """Return the index of integers that a table gives the bins of, from `first` on; its ends reach beyond it."""
    from heatbin.kernels.index import index_lookup

    wide = np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
    lowest: Any = wide.type(first)
    highest: Any = wide.type(first + table.size - 1)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_lookup(columns[0], lowest, highest, table, stride, cells)

    return index


def _mapped(inner: Index, bins: npt.NDArray[np.uint32]) -> Index:
    """Return an index whose bins a table gives by those of another."""
    from heatbin.kernels.index import add_mapped

    one = np.uint32(1)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        ranks = np.zeros(cells.size, np.uint32)
        inner(columns, one, ranks)
        add_mapped(ranks, bins, stride, cells)

    return index


def _bind_reached(reached: Sequence[int], passed: int, edges: int, dtype: np.dtype[Any]) -> Index:
    """Return the index of integers by the largest integer below each edge that is within reach."""
    if not -EXACT_IN_FLOAT < reached[0] <= reached[-1] < EXACT_IN_FLOAT - 1:
        return _bind_integers(reached, passed, edges, dtype)
    # A larger integer may round, but not to one within the edges.
    below = np.full(edges, np.inf)
    below[:passed] = -np.inf
    below[passed : passed + len(reached)] = reached
    return _bind_floats(below, passed)


def _bind_floats(below: npt.NDArray[np.float64], passed: int) -> Index:
    """Return the index of numbers, as doubles, by the largest double below each edge; any has passed the first ones."""
    distinct, first = np.unique(below[passed:], return_index=True)
    if passed + distinct.size == below.size:
        return _bind_distinct_floats(below, passed)
    # Who passes one of several equal edges passes all of them.
    ends = np.append(first[1:], below.size - passed)
    bins = np.concatenate([np.arange(passed + 1), passed + ends, [below.size + 1]])
    return _mapped(_bind_distinct_floats(np.append(below[:passed], distinct), passed), bins.astype(np.uint32))


def _bind_distinct_floats(below: npt.NDArray[np.float64], passed: int) -> Index:
    from heatbin.kernels.slots import index_edges

    with np.errstate(over="ignore"):
        starts = np.nextafter(below[passed:][below[passed:] < np.inf], np.inf)
    finite = starts[np.isfinite(starts)]
    scale, grid = fit_scale(finite if finite.size else np.zeros(1))
    table = slot_table(scale.places(starts), grid, passed=passed, edges=below.size)
    keys = padded(float_keys(below))

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_edges(columns[0], keys, table, *scale, grid.base, grid.shift, stride, cells)

    return index


def _bind_integers(reached: Sequence[int], passed: int, edges: int, dtype: np.dtype[Any]) -> Index:
    """Return the index of 64-bit integers by the largest integer below each edge, where it is within reach."""
    from heatbin.kernels.slots import index_integers

    lowest, highest = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    limits = [lowest] * passed + [*reached] + [highest] * (edges - passed - len(reached))
    keys = padded(np.array([limit - lowest for limit in limits], np.uint64))
    base: Any = keys[passed] + np.uint64(1)
    flip: Any = np.uint64(-lowest)
    places = keys[passed : passed + len(reached)] + np.uint64(1) - base
    grid = fit_grid(places)
    table = slot_table(places, grid, passed=passed, edges=edges)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_integers(columns[0], flip, keys, table, base, grid.shift, stride, cells)

    return index


def padded(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return keys of edges with two more that nothing passes: for whoever has passed all, and for NaN."""
    return np.append(keys, np.full(2, np.iinfo(np.uint64).max, np.uint64))


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


def _integer_below(edge: float) -> int:
    return ceil(edge) - 1 if isfinite(edge) else _floor(edge)


def _floor(edge: float) -> int:
    """Return the largest integer at or below an edge; for infinite ones an integer beyond all columns."""
    return floor(edge) if isfinite(edge) else 1 << 65 if edge > 0 else -(1 << 65)
