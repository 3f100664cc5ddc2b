"""From values to bins that come round again: what is left after whole periods decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.slots import (
    CHUNK,
    SIGN,
    add_first,
    add_further,
    float_slots,
    integer_slots,
    look_up,
    request,
)

__all__ = ["index_cycle", "index_integer_cycle"]

NOWHERE = -1
ONE: Any = np.uint32(1)
FEW = 8  # stretches: comparing with each, which vectorises, is sooner done than looking them up
SHORT = 1 << 13  # of int64, quotients by more are below 2⁵⁰


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
    ring: tuple[int, ...],
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
        As for `index_edges`, of the edges around zero.
    ring : tuple of int
        See `add_turned`.
    stride, cells
        As for `index_edges`.
    """
    slots, entries = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    ranks = np.empty(CHUNK, np.uint32)
    keys, limits = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    left = np.empty(CHUNK, np.float64)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        if remainders(chunk, high, low, limit, left):
            far_remainders(chunk, high + low, limit, left)
        float_slots(left[: chunk.size], origin, soft, base, shift, table.size - 3, slots, keys)
        look_up(slots, below, table, entries, limits)
        ranks[:] = 0
        if add_first(keys, limits, entries, ONE, ranks):
            add_further(keys, below, table, slots, ONE, ranks)
        add_turned(ranks, ring, stride, out)


@kernel
def index_integer_cycle(
    values: Array,
    period: int,
    changes: Array,
    beginnings: Array,
    stretches: Array,
    stretch_shift: int,
    below: Array,
    table: Array,
    base: int,
    shift: int,
    ring: tuple[int, ...],
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers by what is left of them after whole periods, which may begin elsewhere from some values on.

    Parameters
    ----------
    values : ndarray of integers
        What to bin: any but uint64.
    period : int
        2 or more.
    changes : ndarray of int64, shape (changes,)
        From which value on each stretch but the first lasts, sorted; if there is one only, the largest int64.
    beginnings : ndarray of int64, shape (changes + 1,)
        Where periods begin in each stretch, from 0 to period - 1; that of the last one twice.
    stretches, stretch_shift
        How many changes lie in smaller slots, which hold one at most, and how far a value is shifted to get its slot.
    below, table, base, shift
        As for `index_integers`, of edges between 0 and the period, both included.
    ring : tuple of int
        See `add_turned`.
    stride, cells
        As for `index_edges`.
    """
    slots, entries = np.zeros(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    ranks = np.empty(CHUNK, np.uint32)
    keys, limits = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    left, firsts = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    inverse, varied = 1.0 / np.float64(period), np.any(beginnings != beginnings[0])
    current: Any = NOWHERE
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        if varied or start == 0:
            current = find_beginnings(chunk, changes, beginnings, stretches, stretch_shift, current, firsts)
        integer_remainders(chunk, period, inverse, firsts, left)
        integer_slots(left[: chunk.size], SIGN, base, shift, table.size - 3, slots, keys)
        look_up(slots, below, table, entries, limits)
        ranks[:] = 0
        if add_first(keys, limits, entries, ONE, ranks):
            add_further(keys, below, table, slots, ONE, ranks)
        add_turned(ranks, ring, stride, out)


@inner
def find_beginnings(
    values: Array,
    changes: Array,
    beginnings: Array,
    stretches: Array,
    shift: int,
    current: int,
    firsts: Array,
) -> Any:
    """Write where periods begin for each value of a chunk, and return its stretch; NOWHERE if it is in several.

    `current` is what was returned for the chunk before: where all of this one lie in the same stretch, what was
    written then still holds.
    """
    lowest = highest = np.int64(values[0])
    for k in range(values.size):
        v = np.int64(values[k])
        lowest, highest = min(lowest, v), max(highest, v)
    first, last = (
        stretch_of(lowest, changes, stretches, shift),
        stretch_of(highest, changes, stretches, shift),
    )
    if first == last == current:
        return current
    for k in range(firsts.size):
        firsts[k] = beginnings[first]
    if first == last:
        return first
    if last - first > FEW:
        for k in range(values.size):
            firsts[k] = beginnings[stretch_of(np.int64(values[k]), changes, stretches, shift)]
        return NOWHERE
    for stretch in range(first, last):
        change, beginning = changes[stretch], beginnings[stretch + 1]
        for k in range(values.size):
            firsts[k] = beginning if np.int64(values[k]) >= change else firsts[k]
    return NOWHERE


@inner
def stretch_of(value: Any, changes: Array, stretches: Array, shift: int) -> Any:
    """Return the number of changes that a value has passed."""
    slot = np.uint64(value - changes[0]) >> np.uint64(shift)
    slot = min(slot, np.uint64(stretches.size - 1)) if value > changes[0] else np.uint64(0)
    passed = stretches[slot]
    return np.int64(passed) + (1 if value >= changes[passed] else 0)


@inner
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


@inner
def far_remainders(values: Array, period: float, limit: float, left: Array) -> None:
    """Write what is left of large values; infinities stay what they are."""
    for k in range(values.size):
        v = np.float64(values[k])
        if abs(v) >= limit:
            rest = v if np.isinf(v) else np.fmod(v, period)
            if abs(rest) > period / 2.0 and not np.isinf(v):
                rest -= np.copysign(period, rest)
            left[k] = rest


@inner
def integer_remainders(values: Array, period: int, inverse: float, firsts: Array, left: Array) -> None:
    """Write ``(v - first) % period``, from 0 to period - 1, where each `first` is one of these, too.

    A quotient is off by one at most where it is below 2⁵⁰; the second is, whatever the value.
    """
    again = period < SHORT and values.itemsize > 4
    for k in range(values.size):
        v = np.int64(values[k])
        rest = v - np.int64(np.floor(np.float64(v) * inverse)) * period
        if again:
            rest = rest - np.int64(np.floor(np.float64(rest) * inverse)) * period
        rest = rest + period if rest < 0 else rest
        rest = rest - period if rest >= period else rest
        rest = rest - firsts[k]
        left[k] = rest + period if rest < 0 else rest


@inner
def add_turned(ranks: Array, ring: tuple[int, ...], stride: int, cells: Cells) -> None:
    """Add the bins of values by the number of edges around zero that they have passed.

    Parameters
    ----------
    ranks : ndarray of uint32
        The numbers of edges passed.
    ring : tuple of int
        The bin, counted from 0, of whoever has passed one edge; the number of bins, which come round twice at most;
        the bin of whoever has passed none; the number of all edges; and the bin of whoever has passed these.
    stride, cells
        As for `index_edges`.
    """
    turn, size, lowest = np.uint32(ring[0]), np.uint32(ring[1]), np.uint32(ring[2])
    all_edges, highest = np.uint32(ring[3]), np.uint32(ring[4])
    for k in range(cells.size):
        passed = ranks[k]
        flow_bin = np.uint32(passed + turn)
        flow_bin = np.uint32(flow_bin - size) if flow_bin > size else flow_bin
        flow_bin = np.uint32(flow_bin - size) if flow_bin > size else flow_bin
        flow_bin = lowest if passed == np.uint32(0) else flow_bin
        flow_bin = np.uint32(passed - all_edges + highest) if passed >= all_edges else flow_bin
        cells[k] += np.uint32(flow_bin) * stride
