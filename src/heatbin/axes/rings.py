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
from heatbin.axes.search import always, floats_below, padded
from heatbin.axes.slots import fit_grid, fit_scale, float_keys, slot_table
from heatbin.axes.zones import Offsets
from heatbin.columns import Array, Cells

__all__ = ["bind_float_ring", "bind_integer_ring"]

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

    below, ring = _float_ring(Fraction(period), starts)
    scale, grid = fit_scale(np.nextafter(below, np.inf))
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
            ring,
            stride,
            cells,
        )

    return index


def bind_integer_ring(
    period: int, starts: Sequence[Fraction], offsets: Offsets, dtype: np.dtype[Any]
) -> Index:
    """Return the index of integers of `dtype` by what is left of them after whole periods.

    Parameters
    ----------
    period : int
        Positive, below 2⁶³.
    starts : sequence of Fraction, shape (size,)
        Where the bins of one period begin, sorted.
    offsets : Offsets
        What to add to the integers before, and from which of them on; a constant one if they are unsigned.
    dtype : numpy.dtype
        Of the column.
    """
    from heatbin.kernels.cycles import index_integer_cycle

    begin = floor(starts[0])
    limits = np.array([ceil(start - begin) - 1 for start in starts])
    # What has passed no edge belongs to a bin that began in the period before.
    before = sum(start - begin <= period for start in starts)
    if period == 1:
        return always(int(np.count_nonzero(limits < 0)) or before)
    places = (limits - limits[0]).astype(np.uint64)
    grid = fit_grid(places)
    table = slot_table(places, grid, passed=0, edges=limits.size)
    keys = padded(limits.astype(np.int64).view(np.uint64) ^ SIGN)
    base, ring = keys[0] + np.uint64(1), (0, len(starts), before, len(starts) + 1, 0)
    changes, stretches, shift = _stretches(offsets.starts[1:])
    beginnings = np.array(
        [(begin - ahead) % period for ahead in [*offsets.offsets.tolist(), offsets.offsets[-1]]]
    )

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        values = columns[0] if dtype != np.uint64 else (columns[0] % np.uint64(period)).astype(np.int64)
        index_integer_cycle(
            values,
            period,
            changes,
            beginnings,
            stretches,
            shift,
            keys,
            table,
            base,
            grid.shift,
            ring,
            stride,
            cells,
        )

    return index


def _stretches(changes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], int]:
    """Return from when on other offsets hold, the number of them before each slot, and the shift that makes slots."""
    if not changes.size:
        return np.array([np.iinfo(np.int64).max]), np.zeros(1, np.uint32), 0
    places = (changes - changes[0]).astype(np.uint64)
    grid = fit_grid(places)
    return changes, slot_table(places, grid, passed=0, edges=changes.size)[: grid.slots], grid.shift


def _float_ring(
    period: Fraction, starts: Sequence[Fraction]
) -> tuple[npt.NDArray[np.float64], tuple[int, ...]]:
    """Return the largest double below each edge around zero, and how bins follow from edges passed: `add_turned`.

    What is left after whole periods lies within one of them; beyond two lie only the infinities.
    """
    size = len(starts)
    numbered = enumerate(starts)
    # A start that was rounded up to the end of the period begins nothing.
    ring = sorted((start % period, number) for number, start in numbered if start - starts[0] < period)
    edges = [edge for edge, _ in ring]
    around = [-2 * period, *(edge - period for edge in edges), *edges, 2 * period]
    below = floats_below(Rationals.of(around), closed=False)
    return below, (ring[-1][1], len(ring), 0, below.size, size + 1)


def _leading(period: float) -> float:
    """Return the first 26 bits of a number."""
    mask = -1 << (53 - HIGH_BITS)
    return float((np.array(period).view(np.int64) & mask).view(np.float64))
