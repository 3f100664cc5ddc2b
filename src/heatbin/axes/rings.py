"""How an axis that comes round again finds a bin: what is left after whole periods, among the edges of one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from heatbin.axes.base import Index
from heatbin.axes.rationals import Rationals
from heatbin.axes.search import always, bind_floats, floats_below, mapped, widest
from heatbin.axes.zones import Offsets
from heatbin.columns import Array, Cells

__all__ = ["bind_float_ring", "bind_integer_ring"]

HIGH_BITS = 26
MOST_PERIODS = 1 << 26  # whose product with 26 bits is a double
MOST_LONG_PERIODS = 1 << 20  # where the period has more bits, so that what they add stays small
FARTHEST = 1e300
LONGEST = (
    1 << 60
)  # period for `index_integer_cycle`, in which distances of four periods from 2⁶² fit into 64 bits
NEVER = np.iinfo(np.int64).max

Guess: TypeAlias = tuple[float, float]
"""What is taken from a value, and what it is then multiplied by: see the kernel `guess_passed`."""


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

    below, bins = _float_ring(Fraction(period), starts)
    guess = _fit_guess(below, np.nextafter(below, np.inf), below[1], period / (below.size // 2 - 1), first=1)
    if guess is None:
        return _remaining(period, mapped(bind_floats(below, 0), bins))
    ring = (int(bins[1]) - 1, below.size // 2 - 1, below.size, len(starts) + 1)
    limits, high = np.append(below, [np.inf, np.inf]), _leading(period)
    limit = min(period * (MOST_PERIODS if high == period else MOST_LONG_PERIODS), FARTHEST)

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_cycle(columns[0], high, period - high, limit, limits, guess, ring, stride, cells)

    return index


def _remaining(period: float, ring: Index) -> Index:
    """Return the index of numbers by the bin of what is left of them, where bins are no wider than rounding."""

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        values = columns[0].astype(np.float64)
        finite = np.isfinite(values)
        np.fmod(values, period, out=values, where=finite)
        ring([values], stride, cells)

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
    below = np.array([ceil(start - begin) - 1 for start in starts])
    # What has passed no edge belongs to a bin that began in the period before.
    before = sum(start - begin <= period for start in starts)
    if period == 1:
        return always(int(np.count_nonzero(below < 0)) or before)
    changes, stretches, shift = _stretches(offsets.starts[1:])
    ahead = offsets.offsets.tolist()
    beginnings = np.array([(begin - offset) % period for offset in [*ahead, ahead[-1]]])
    gap = -(1 << 64) % period if dtype == np.uint64 else 0
    counting = _count_edges([start - begin for start in starts], below, period)
    if counting is None or period > LONGEST:
        return _searched(period, changes, beginnings, below, before)
    guess, limits, passed = counting
    lowest: Any = before if passed is None else 0

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        index_integer_cycle(
            columns[0],
            period,
            gap,
            changes,
            beginnings,
            stretches,
            shift,
            limits,
            guess,
            lowest,
            stride,
            cells,
        )

    return index if passed is None else mapped(index, np.append(before, passed))


class Counting(NamedTuple):
    """How the kernel `index_integer_cycle` counts the edges that an integer has passed.

    Parameters
    ----------
    guess : tuple of float
        What `guess_passed` takes.
    limits : ndarray of int64
        What the integer must exceed to have passed one more than guessed.
    passed : ndarray of int64 or None
        Where equal edges are counted as one: how many all of them are, by those counted.
    """

    guess: Guess
    limits: npt.NDArray[np.int64]
    passed: npt.NDArray[np.int64] | None


def _count_edges(edges: Sequence[Fraction], below: npt.NDArray[np.int64], period: int) -> Counting | None:
    """Return how edges are counted; None where rounding is in the way."""
    step = period / len(edges)
    limits, counts = np.unique(below, return_counts=True)
    padded = np.append(limits, [NEVER, NEVER])
    if limits.size == below.size:
        guess = _fit_guess(limits, limits + 1, float(edges[0]), step, first=0)
        return guess and Counting(guess, padded, None)
    passed = np.cumsum(counts)
    integers, ranks = np.append(limits, limits + 1), np.append(passed - counts, passed)
    right = _fit_right_guess(integers, ranks, step)
    if right is not None:
        return Counting(right, np.full(below.size + 3, NEVER), None)
    guess = _fit_guess(limits, limits + 1, float(limits[0] + 1), 1.0, first=0)
    return guess and Counting(guess, padded, passed)


def _searched(
    period: int,
    changes: npt.NDArray[np.int64],
    beginnings: npt.NDArray[np.int64],
    below: npt.NDArray[np.int64],
    before: int,
) -> Index:
    """Return the index of integers by searching the edges: where no double is near enough to guess; of long periods."""

    def index(columns: Sequence[Array], stride: int, cells: Cells) -> None:
        values = columns[0].astype(widest(columns[0].dtype))
        firsts = beginnings[np.searchsorted(changes, values, side="right")]
        left = (values % values.dtype.type(period)).astype(np.int64) - firsts
        passed = np.searchsorted(below, left % period)
        cells += np.where(passed, passed, before).astype(cells.dtype) * stride

    return index


def _fit_guess(below: Array, starts: Array, origin: float, step: float, *, first: int) -> Guess | None:
    """Return how the number of edges passed is guessed, right or one too few; None where rounding is in the way.

    Parameters
    ----------
    below, starts : ndarray, shape (edges,)
        The largest value that has not passed each edge, and the smallest one that has.
    origin, step : float
        Where the edge `first` lies, and how far apart edges are.
    first : int
        As said.

    Notes
    -----
    Guesses never fall as values rise, so those at the edges tell all. They aim at half a step below each.
    """
    guess = origin - (first + 0.5) * step, 1.0 / step
    lowest, highest = (_guessed(values, guess, below.size - 1) for values in (starts, below))
    edges = np.arange(below.size)
    return guess if np.all(lowest >= edges) and np.all(highest <= edges) else None


def _fit_right_guess(
    integers: npt.NDArray[np.int64], ranks: npt.NDArray[np.int64], step: float
) -> Guess | None:
    """Return a guess of edges `step` apart that is right for integers, each of which has passed as many as its rank.

    Each integer bounds from both sides where the guess may begin; one that has passed no edge, or all, from one only,
    since guesses are cut there.
    """
    top = ranks.max()
    least = np.max((integers - (ranks + 1) * step)[ranks < top])
    most = np.min((integers - ranks * step)[ranks > 0])
    guess = (least + most) / 2, 1.0 / step
    return guess if np.array_equal(_guessed(integers, guess, top), ranks) else None


def _guessed(values: Array, guess: Guess, top: int) -> Array:
    """Return the numbers of edges, as the kernel `guess_passed` computes it."""
    with np.errstate(over="ignore"):
        return np.floor(np.clip((values.astype(np.float64) - guess[0]) * guess[1], 0.0, top))


def _stretches(changes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], int]:
    """Return from when on other offsets hold, how many do before each slot, and the shift that makes slots.

    Slots are no wider than the shortest time between two changes, so that none holds both.
    """
    if not changes.size:
        return np.array([NEVER]), np.zeros(1, np.uint32), 0
    shift = int(np.diff(changes).min(initial=NEVER)).bit_length() - 1
    slots = (changes - changes[0]) >> shift
    return changes, np.searchsorted(slots, np.arange(slots[-1] + 1)).astype(np.uint32), shift


def _float_ring(
    period: Fraction, starts: Sequence[Fraction]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the largest double below each edge around zero, and the bin by the number of edges passed.

    What is left after whole periods lies within one of them; beyond two lie only the infinities.
    """
    size = len(starts)
    numbered = enumerate(starts, start=1)
    # A start that was rounded up to the end of the period begins nothing.
    ring = sorted((start % period, number) for number, start in numbered if start - starts[0] < period)
    edges, numbers = zip(*ring, strict=True)
    around = [-2 * period, *(edge - period for edge in edges), *edges, 2 * period]
    below = floats_below(Rationals.of(around), closed=False)
    return below, np.array([0, numbers[-1], *numbers, *numbers, size + 1, size + 2])


def _leading(period: float) -> float:
    """Return the first 26 bits of a number."""
    mask = -1 << (53 - HIGH_BITS)
    return float((np.array(period).view(np.int64) & mask).view(np.float64))
