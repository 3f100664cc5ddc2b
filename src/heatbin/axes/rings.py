"""How an axis that comes round again finds a bin: what is left after whole periods, among the edges of one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.rationals import Rationals
from heatbin.axes.search import always, bind_edges, floats_below, padded
from heatbin.axes.slots import fit_grid, fit_scale, float_keys, slot_table
from heatbin.axes.zones import Offsets
from heatbin.columns import Array, Cells
from heatbin.errors import UsageError

__all__ = ["bind_float_ring", "bind_integer_ring", "bind_shifted"]

HIGH_BITS = 26
SIGN = np.uint64(1 << 63)
MOST_PERIODS = 1 << 26  # whose product with 26 bits is a double
MOST_LONG_PERIODS = 1 << 20  # where the period has more bits, so that what they add stays small
FARTHEST = 1e300


def bind_float_ring(period: float, starts: Sequence[Fraction]) -> Index:
    """Return the index of numbers, as doubles, by what is left of them after whole periods.

    Parameters
    ----------
    period : float
        Positive.
    starts : sequence of Fraction, shape (size,)
        Where the bins of one period begin, sorted.
    """
    from heatbin.kernels.cycles import index_cycle

    below, bins = _distinct(*_float_ring(Fraction(period), starts))
    scale, grid = fit_scale(np.nextafter(below, np.inf))
    _check_clear(grid.crowded, period, len(starts))
    table = slot_table(scale.places(np.nextafter(below, np.inf)), grid, passed=0, edges=below.size)
    keys, high = padded(float_keys(below)), _leading(period)
    limit = min(period * (MOST_PERIODS if high == period else MOST_LONG_PERIODS), FARTHEST)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_cycle(
            columns[0],
            high,
            period - high,
            limit,
            keys,
            table,
            *scale,
            grid.base,
            grid.shift,
            bins,
            stride,
            cells,
        )

    return index


def bind_integer_ring(period: int, starts: Sequence[Fraction], dtype: np.dtype[Any]) -> Index:
    """Return the index of integers of `dtype` by what is left of them after whole periods.

    Parameters
    ----------
    period : int
        Positive, below 2⁶³.
    starts : sequence of Fraction, shape (size,)
        Where the bins of one period begin, sorted.
    dtype : numpy.dtype
        Of the column.
    """
    from heatbin.kernels.cycles import index_integer_cycle

    begin = floor(starts[0])
    limits = np.array([ceil(start - begin) - 1 for start in starts])
    # What has passed no edge belongs to a bin that began in the period before.
    before = sum(start - begin <= period for start in starts)
    below, bins = _distinct(limits, np.array([before, *range(1, len(starts) + 3)]))
    if period == 1:
        return always(int(bins[np.count_nonzero(below < 0)]))
    places = (below - below[0]).astype(np.uint64)
    grid = fit_grid(places)
    _check_clear(grid.crowded, period, len(starts))
    table = slot_table(places, grid, passed=0, edges=below.size)
    keys = padded(below.astype(np.int64).view(np.uint64) ^ SIGN)
    base = keys[0] + np.uint64(1)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        values = columns[0] if dtype != np.uint64 else (columns[0] % np.uint64(period)).astype(np.int64)
        index_integer_cycle(
            values, period, begin % period, keys, table, base, grid.shift, bins, stride, cells
        )

    return index


def bind_shifted(offsets: Offsets, index: Index, dtype: np.dtype[Any]) -> Index:
    """Return the index of values after an offset was added to each, which depends on where it lies.

    Parameters
    ----------
    offsets : Offsets
        What to add, and from which value on.
    index : callable
        Of the sums, which are int64.
    dtype : numpy.dtype
        Of the column.
    """
    stretch, one = bind_edges(offsets.starts, dtype, closed=False), np.uint32(1)
    ahead = np.append(offsets.offsets[0], offsets.offsets)

    def shifted(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        ranks = np.zeros(cells.size, np.uint32)
        stretch(columns, one, ranks)
        index([columns[0] + ahead[ranks]], stride, cells)

    return shifted


def _float_ring(
    period: Fraction, starts: Sequence[Fraction]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the largest double below each edge around zero, and the bins by edges passed.

    What is left after whole periods lies within one of them; beyond two lie only the infinities.
    """
    size = len(starts)
    numbered = enumerate(starts, start=1)
    # A start that was rounded up to the end of the period begins nothing.
    ring = sorted((start % period, bin_) for bin_, start in numbered if start - starts[0] < period)
    edges, numbers = [edge for edge, _ in ring], [bin_ for _, bin_ in ring]
    around = [-2 * period, *(edge - period for edge in edges), *edges, 2 * period]
    bins = [0, numbers[-1], *numbers, *numbers, size + 1, size + 2]
    return floats_below(Rationals.of(around), closed=False), np.array(bins)


def _distinct(limits: Array, bins: Array) -> tuple[Array, npt.NDArray[np.uint32]]:
    """Return limits without duplicates: whoever passes one passes its equals too."""
    last = np.append(limits[1:] != limits[:-1], True)
    ranks = np.concatenate([[0], np.flatnonzero(last) + 1, [limits.size + 1]])
    return limits[last], bins[ranks].astype(np.uint32)


def _leading(period: float) -> float:
    """Return the first 26 bits of a number."""
    mask = -1 << (53 - HIGH_BITS)
    return float((np.array(period).view(np.int64) & mask).view(np.float64))


def _check_clear(crowded: int, period: float, size: int) -> None:
    if crowded:
        raise UsageError(f"a period of {period} is too short for {size} bins in float64; use fewer bins")
