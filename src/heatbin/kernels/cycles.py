"""From values to bins that come round again: what is left after whole periods decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel
from heatbin.kernels.slots import CHUNK, SIGN, float_slots, integer_slots, request

__all__ = ["add_mapped", "index_cycle", "index_integer_cycle"]


@kernel
def index_cycle(
    values: Array,
    high: float,
    low: float,
    limit: float,
    below: Array,
    table: Array,
    origin: float,
    soft: float,
    base: int,
    shift: int,
    bins: Array,
    stride: int,
    cells: Cells,
) -> None:
    """Bin numbers, as doubles, by what is left of them after whole periods, exactly.

    Parameters
    ----------
    values : ndarray of floats or integers
        What to bin.
    high, low : float
        The period, in two parts of at most 26 and 27 bits.
    limit : float
        How large a value may be for `remainders`.
    below, table, origin, soft, base, shift
        As for `index_edges`, of the edges around zero; no slot is crowded.
    bins : ndarray of uint32
        The bin of a remainder by the edges that it has passed; the outermost are for the infinities, NaN is last.
    stride, cells
        As for `index_edges`.
    """
    slots, keys = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    left = np.empty(CHUNK, np.float64)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        if remainders(chunk, high, low, limit, left):
            far_remainders(chunk, high + low, limit, left)
        float_slots(left[: chunk.size], origin, soft, base, shift, table.size - 3, slots, keys)
        add_by_rank(keys, below, table, slots, bins, stride, out)


@kernel
def index_integer_cycle(
    values: Array,
    period: int,
    first: int,
    below: Array,
    table: Array,
    base: int,
    shift: int,
    bins: Array,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers by what is left of them after whole periods.

    Parameters
    ----------
    values : ndarray of integers
        What to bin: any but uint64.
    period : int
        2 or more.
    first : int
        Where the first period begins, from 0 to period - 1.
    below, table, base, shift
        As for `index_integers`, of edges between 0 and the period, both included; no slot is crowded.
    bins : ndarray of uint32
        The bin of a remainder by the edges that it has passed.
    stride, cells
        As for `index_edges`.
    """
    slots, keys = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    left = np.empty(CHUNK, np.int64)
    inverse = 1.0 / np.float64(period)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        integer_remainders(chunk, period, inverse, first, left)
        integer_slots(left[: chunk.size], SIGN, base, shift, table.size - 3, slots, keys)
        add_by_rank(keys, below, table, slots, bins, stride, out)


@kernel
def remainders(values: Array, high: float, low: float, limit: float, left: Array) -> bool:
    """Write what is left after the nearest whole number of periods, and return whether some values are too large.

    The number of periods is at most 2²⁶ (2²⁰ where the period has more than 26 bits), so its products with the
    parts of the period are exact; and the differences are, for they are no longer than the doubles they come from.
    """
    inverse = 1.0 / (high + low)
    far: Any = 0
    for k in range(values.size):
        v = np.float64(values[k])
        periods = np.rint(v * inverse)
        left[k] = (v - periods * high) - periods * low
        far = far | (abs(v) >= limit)
    return bool(far != 0)


@kernel
def far_remainders(values: Array, period: float, limit: float, left: Array) -> None:
    """Write what is left of large values; infinities stay what they are."""
    for k in range(values.size):
        v = np.float64(values[k])
        if abs(v) >= limit:
            rest = v if np.isinf(v) else np.fmod(v, period)
            if abs(rest) > period / 2.0 and not np.isinf(v):
                rest -= np.copysign(period, rest)
            left[k] = rest


@kernel
def integer_remainders(values: Array, period: int, inverse: float, first: int, left: Array) -> None:
    """Write ``(v - first) % period``, from 0 to period - 1.

    The first quotient may be off by a few where values are beyond 2⁵³, the second by one.
    """
    for k in range(values.size):
        v = np.int64(values[k])
        rest = v - np.int64(np.floor(np.float64(v) * inverse)) * period
        rest = rest - np.int64(np.floor(np.float64(rest) * inverse)) * period
        rest = rest + period if rest < 0 else rest
        rest = rest - period if rest >= period else rest
        rest = rest - first
        left[k] = rest + period if rest < 0 else rest


@kernel
def add_by_rank(
    keys: Array, below: Array, table: Array, slots: Array, bins: Array, stride: int, cells: Cells
) -> None:
    """Add the bins that a table gives for the number of edges that values have passed."""
    for k in range(cells.size):
        passed = table[slots[k]]
        passed = passed + np.uint32(1) if keys[k] > below[passed] else passed
        cells[k] += np.uint32(bins[passed]) * stride


@kernel
def add_mapped(ranks: Cells, bins: Array, stride: int, cells: Cells) -> None:
    """Add the bins that a table gives for ranks."""
    for k in range(ranks.size):
        cells[k] += np.uint32(bins[ranks[k]]) * stride
