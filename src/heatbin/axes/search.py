"""How an axis of any sorted edges finds a bin: a table from slots to edges, then a few halvings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, isinf
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.columns import Array, Cells

__all__ = ["Number", "bind_edges", "bind_starts"]

Number = int | float | Fraction

SLOTS_PER_EDGE = 4  # most slots then hold no edge or one: measured, one halving instead of ten
MOST_SLOTS = 1 << 20


def bind_edges(edges: Sequence[Number] | Array) -> Index:
    """Return the index of float columns between sorted `edges`, compared exactly."""
    from heatbin.kernels.index import index_edges

    bounds = _as_floats(edges)
    finite = bounds[np.isfinite(bounds)]
    lo = float(finite[0]) if finite.size else 0.0
    slots = _slot_count(bounds.size)
    with np.errstate(all="ignore"):
        scale = float(slots / (finite[-1] - lo)) if finite.size else 0.0
        scale = scale if np.isfinite(scale) else 0.0
        guess = (bounds - lo) * scale
    guess = np.where(guess > 0.0, guess, 0.0)
    table, depth = _slot_table(np.minimum(guess, slots - 1).astype(np.int64), slots)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_edges(columns[0], bounds, table, lo, scale, depth, stride, cells)

    return index


def bind_starts(edges: Sequence[Number] | Array, dtype: np.dtype[Any]) -> Index:
    """Return the index of integer columns of `dtype` between sorted `edges`, compared as integers."""
    from heatbin.kernels.index import index_integers

    wide = np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
    lowest, highest = int(np.iinfo(wide).min), int(np.iinfo(wide).max)
    if _ceil(edges[0], lowest) > highest:
        return always(0)
    if _floor(edges[-1], highest) < lowest:
        return always(len(edges))
    reached = [max(start, lowest) for edge in edges[:-1] if (start := _ceil(edge, lowest)) <= highest]
    starts = np.array(reached, dtype=wide)
    last = wide.type(min(_floor(edges[-1], highest), highest))
    slots = _slot_count(starts.size)
    span = (starts - starts[0]).astype(np.uint64).astype(np.float64)
    scale = float(slots / span[-1]) if span[-1] > 0 else 0.0
    table, depth = _slot_table(np.minimum(span * scale, slots - 1).astype(np.int64), slots)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_integers(columns[0], starts, last, table, scale, depth, stride, cells)

    return index


def always(flow_bin: int) -> Index:
    """Return the index of an axis of which a dtype can reach one flow bin only."""

    def index(_columns: Sequence[Array], stride: int, cells: Cells) -> None:
        cells += flow_bin * stride

    return index


def _as_floats(edges: Sequence[Number] | Array) -> npt.NDArray[np.float64]:
    """Return doubles that divide the doubles as `edges` do: the next above each, the next below the last."""
    bounds = np.array([float(edge) for edge in edges])
    for i, edge in enumerate(edges):
        if isinf(bounds[i]):
            continue
        exact = Fraction(edge if isinstance(edge, int | float | Fraction) else edge.item())
        is_last = i == len(bounds) - 1
        if not is_last and bounds[i] < exact:
            bounds[i] = np.nextafter(bounds[i], np.inf)
        if is_last and bounds[i] > exact:
            bounds[i] = np.nextafter(bounds[i], -np.inf)
    return bounds


def _slot_count(edges: int) -> int:
    return min(SLOTS_PER_EDGE * edges, MOST_SLOTS)


def _slot_table(slots: npt.NDArray[np.int64], count: int) -> tuple[npt.NDArray[np.uint32], int]:
    """Return how many edges lie in smaller slots, and how many halvings the fullest slot takes.

    Parameters
    ----------
    slots : ndarray of int64, shape (edges,)
        The slot of each edge, non-decreasing.
    count : int
        How many slots there are.
    """
    table = np.searchsorted(slots, np.arange(count + 1), side="left").astype(np.uint32)
    return table, int(np.diff(table.astype(np.int64)).max()).bit_length()


def _ceil(edge: Any, lowest: int) -> int:
    return lowest if edge == -np.inf else ceil(edge) if edge != np.inf else 1 << 65


def _floor(edge: Any, highest: int) -> int:
    return highest if edge == np.inf else floor(edge) if edge != -np.inf else -(1 << 65)
