"""From values to bins that come round again: what is left after whole periods decides.

A multiplication guesses how many edges what is left has passed: right, or one too few. One comparison then decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.doubles import as_double
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import CHUNK, request

__all__ = ["index_cycle", "index_integer_cycle"]

NOWHERE = -1
FEW = 8  # stretches: comparing with each, which vectorises, is sooner done than looking them up
SHORT = 1 << 14  # quotients of int64 by so much or more are below 2⁵⁰
# So far about are negative numbers taken ahead: less than a period more or less, for which 2⁶³ has room.
AHEAD: Any = np.int64(1 << 62)
# Below it doubles hold halves, and quotients miss less than half of what they step by.
HALVES: Any = np.int64(1 << 51)
# Whole numbers below 2⁵¹ are the last bits of their sums with it: additions vectorise where conversions do not.
SHIFTER: Any = np.float64(1 << 52 | 1 << 51)
SHIFTER_BITS: Any = SHIFTER.view(np.int64)


@kernel
def index_cycle(
    values: Array,
    high: float,
    low: float,
    limit: float,
    below: Array,
    guess: tuple[float, ...],
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
    below : ndarray of float64, shape (edges + 2,)
        The largest double below each edge around zero, then infinities.
    guess : tuple of float
        See `guess_passed`.
    ring : tuple of int
        See `add_turned`.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    guesses, top = np.zeros(CHUNK, np.uint32), np.float64(below.size - 3)
    left, limits = np.zeros(CHUNK, np.float64), np.empty(CHUNK, np.float64)
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        if remainders(chunk, high, low, limit, left):
            far_remainders(chunk, high + low, limit, left)
        guess_passed(left, guess, top, guesses)
        take(below, guesses, limits)
        add_turned(left, limits, guesses, ring, stride, out)


@kernel
def index_integer_cycle(
    values: Array,
    period: int,
    gap: int,
    changes: Array,
    beginnings: Array,
    stretches: Array,
    stretch_shift: int,
    below: Array,
    guess: tuple[float, ...],
    lowest: int,
    stride: int,
    cells: Cells,
) -> None:
    """Bin integers by what is left of them after whole periods, which may begin elsewhere from some values on.

    Parameters
    ----------
    values : ndarray of integers
        What to bin.
    period : int
        From 2 to 2⁶⁰.
    gap : int
        What 2⁶⁴ lacks of whole periods, for uint64; 0 for others.
    changes : ndarray of int64, shape (changes,)
        From which value on each stretch but the first lasts, sorted; if there is one only, the largest int64.
    beginnings : ndarray of int64, shape (changes + 1,)
        Where periods begin in each stretch, from 0 to period - 1; that of the last one twice.
    stretches, stretch_shift
        How many changes lie before each slot, which holds one at most, and how far the distance from the first change
        is shifted to get a slot.
    below : ndarray of int64, shape (edges + 2,)
        The largest integer below each edge, from -1 on, then the largest ones there are.
    guess : tuple of float
        See `guess_passed`.
    lowest : int
        The bin of whoever has passed no edge.
    stride, cells
        As for `index_cycle`.
    """
    guesses, top = np.zeros(CHUNK, np.uint32), np.float64(below.size - 3)
    left, firsts, limits = np.zeros(CHUNK, np.int64), np.zeros(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    doubles = np.zeros(CHUNK, np.float64)
    inverse, varied = 1.0 / np.float64(period), np.any(beginnings != beginnings[0])
    reach = np.uint64(max(HALVES - 2 * period, 0))
    current: Any = NOWHERE
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        least, most = least_and_most(chunk)
        if varied or start == 0:
            current = find_beginnings(
                chunk, least, most, changes, beginnings, stretches, stretch_shift, current, firsts
            )
        if np.uint64(most - least) < reach and (least >= 0 or not gap):
            near_remainders(chunk, np.float64(period), inverse, least - least % period, firsts, left, doubles)
        else:
            integer_remainders(chunk, period, inverse, gap, firsts, left, doubles)
        guess_passed(doubles, guess, top, guesses)
        take(below, guesses, limits)
        for k in range(out.size):
            passed = guesses[k] + np.uint32(1) if left[k] > limits[k] else guesses[k]
            out[k] += np.uint32(passed if passed else lowest) * stride


@inner
def least_and_most(values: Array) -> tuple[Any, Any]:
    """Return the least and the greatest value of a chunk, read as int64."""
    least = most = np.int64(values[0])
    for k in range(values.size):
        v = np.int64(values[k])
        least, most = min(least, v), max(most, v)
    return least, most


@inner
def find_beginnings(
    values: Array,
    least: int,
    most: int,
    changes: Array,
    beginnings: Array,
    stretches: Array,
    shift: int,
    current: int,
    firsts: Array,
) -> Any:
    """Write where periods begin for each value of a chunk, and return its stretch; NOWHERE if it is in several.

    The values lie from `least` to `most`. `current` is what was returned for the chunk before: where all of this
    one lie in the same stretch, what was written then still holds.
    """
    first, last = (
        stretch_of(least, changes, stretches, shift),
        stretch_of(most, changes, stretches, shift),
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
def near_remainders(
    values: Array, period: float, inverse: float, base: int, firsts: Array, left: Array, doubles: Array
) -> None:
    """Write ``(v - first) % period``, as an integer and as a double, for values near each other.

    ``v - base + period`` is below 2⁵¹ for all of them, and `base` is some whole periods. Half a unit keeps all
    quotients half a step, ``1 / period``, away from whole numbers, and rounding moves these by less, so that none is
    off.
    """
    for k in range(values.size):
        v = np.int64(values[k])
        away = np.int64(v - base - firsts[k] + SHIFTER_BITS).view(np.float64) - SHIFTER
        rest = away - np.floor((away + 0.5) * inverse) * period
        doubles[k] = rest
        left[k] = np.float64(rest + SHIFTER).view(np.int64) - SHIFTER_BITS


@inner
def integer_remainders(
    values: Array, period: int, inverse: float, gap: int, firsts: Array, left: Array, doubles: Array
) -> None:
    """Write ``(v - first) % period``, as an integer and as a double, where each `first` is below the period.

    Quotients are below 2⁵⁰, for short periods those by so many of them at first, and so off by one at most. A uint64
    from 2⁶³ on is read as an int64 that is 2⁶⁴ less, which a gap makes up for. Negative numbers are taken some periods
    ahead, so that no distance overflows; a product may, and comes back.
    """
    ahead = AHEAD // period * period - gap
    again = period < SHORT
    step = period * SHORT if again else period
    inverse_step = 1.0 / np.float64(step)
    for k in range(values.size):
        v = np.int64(values[k])
        away = (v + ahead if v < 0 else v) - firsts[k]
        rest = away - whole(as_double(away) * inverse_step) * step
        if again:
            rest = rest - whole(as_double(rest) * inverse) * period
        rest = rest + period if rest < 0 else rest
        rest = rest - period if rest >= period else rest
        left[k], doubles[k] = rest, as_double(rest)


@inner
def whole(quotient: float) -> Any:
    """Return a quotient below 2⁵¹ as an integer, rounded down."""
    return np.float64(np.floor(quotient) + SHIFTER).view(np.int64) - SHIFTER_BITS


@inner
def guess_passed(left: Array, guess: tuple[float, ...], top: float, guesses: Array) -> None:
    """Write ``(v - guess[0]) * guess[1]``, rounded down and cut to 0 … `top`; of NaN ``top + 2``."""
    first, scale = guess
    for k in range(left.size):
        v = left[k]
        passed = (v - first) * scale
        passed = passed if passed > 0.0 else 0.0
        passed = passed if passed < top else top
        passed = passed if v == v else top + 2.0
        guesses[k] = np.uint32(np.int32(passed))


@inner
def take(below: Array, guesses: Array, limits: Array) -> None:
    """Write what a value must exceed to have passed one edge more than guessed."""
    for k in range(guesses.size):
        limits[k] = below[guesses[k]]


@inner
def add_turned(
    left: Array, limits: Array, guesses: Array, ring: tuple[int, ...], stride: int, cells: Cells
) -> None:
    """Add the bins of values by the number of edges around zero that they have passed.

    Parameters
    ----------
    left, limits : ndarray of float64
        What is left of the values, and what it must exceed to have passed one edge more than guessed.
    guesses : ndarray of uint32
        The guessed numbers of edges.
    ring : tuple of int
        The bin, counted from 0, of whoever has passed one edge; the number of bins, which come round twice at most;
        the number of all edges; and the bin of whoever has passed these.
    stride, cells
        As for `index_cycle`.
    """
    turn, size = np.uint32(ring[0] - 1), np.uint32(ring[1])
    all_edges, highest = np.uint32(ring[2]), np.uint32(ring[3])
    for k in range(cells.size):
        passed = guesses[k] + np.uint32(1) if left[k] > limits[k] else guesses[k]
        # Where it is below the size, the difference is far above.
        turned = np.uint32(passed + turn)
        turned = min(turned, np.uint32(turned - size))
        turned = min(turned, np.uint32(turned - size))
        flow_bin = np.uint32(turned + np.uint32(1)) if passed else np.uint32(0)
        flow_bin = np.uint32(passed - all_edges + highest) if passed >= all_edges else flow_bin
        cells[k] += np.uint32(flow_bin) * stride
