"""Percentiles of a column, from a sketch that does not depend on the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Points
from heatbin.engine.extremes import Together, usable

__all__ = ["Percentiles", "Sketch"]

MOST_BUCKETS = 1 << 14
SIGN = np.uint64(1) << np.uint64(63)


class Sketch:
    """Counts of values in buckets: the values whose bits, put in order, agree in all but the last few.

    Notes
    -----
    How many bits are dropped is the least for which `MOST_BUCKETS` suffice, which depends on the set of values
    alone. So filling and merging in any order ends in the same buckets, and a few far-off values take nothing from
    the resolution of the others.
    """

    def __init__(self) -> None:
        self._kind = ""
        self._dropped = 0
        self._buckets: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._counts: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, values: Array) -> None:
        """Take in finite values, all of one kind of number."""
        if values.size:
            self._kind = values.dtype.kind
            keys, counts = np.unique(_ordered(values) >> np.uint64(self._dropped), return_counts=True)
            self._take_in(keys, counts)

    def merge(self, other: Sketch) -> None:
        """Take in what another sketch holds."""
        self._kind = self._kind or other._kind
        dropped = max(self._dropped, other._dropped)
        self._coarsen(dropped - self._dropped)
        self._take_in(other._buckets >> np.uint64(dropped - other._dropped), other._counts)

    def between(self, low: float, high: float) -> tuple[float, float] | None:
        """Return ends that leave out about these percentages of the values below and above; None without values."""
        if not self._counts.size:
            return None
        running = np.cumsum(self._counts)
        first, last = (np.searchsorted(running, running[-1] * share / 100) for share in (low, high))
        start = self._buckets[min(first, running.size - 1)] << np.uint64(self._dropped)
        stop = self._buckets[min(last, running.size - 1)] << np.uint64(self._dropped)
        stop |= (np.uint64(1) << np.uint64(self._dropped)) - np.uint64(1)
        lo, hi = _restored(np.array([start, stop]), self._kind).tolist()
        return lo, hi

    def _take_in(self, keys: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64]) -> None:
        keys, inverse = np.unique(np.concatenate([self._buckets, keys]), return_inverse=True)
        total = np.zeros(keys.size, np.int64)
        np.add.at(total, inverse, np.concatenate([self._counts, counts]))
        self._buckets, self._counts = keys, total
        while self._buckets.size > MOST_BUCKETS:
            self._coarsen(1)

    def _coarsen(self, bits: int) -> None:
        if bits and self._buckets.size:
            keys = self._buckets >> np.uint64(bits)
            starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
            self._buckets, self._counts = keys[starts], np.add.reduceat(self._counts, starts)
        self._dropped += bits


class Percentiles:
    """The fold behind ranges that are given as percentiles: a sketch for each column.

    Parameters
    ----------
    coordinates : sequence of Together
        The columns, by the coordinate that takes them.
    """

    def __init__(self, coordinates: Sequence[Together]) -> None:
        self._coordinates = coordinates
        self.sketches = [Sketch() for each in coordinates for _ in each.above]

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        for sketch, values in zip(self.sketches, usable(points, self._coordinates), strict=True):
            sketch.add(values)

    def merge(self, other: Percentiles) -> None:
        """Take in what another one saw."""
        for mine, theirs in zip(self.sketches, other.sketches, strict=True):
            mine.merge(theirs)


def _ordered(values: Array) -> npt.NDArray[np.uint64]:
    """Return unsigned integers in the order of the values: the two halves of the doubles laid end to end."""
    if values.dtype.kind == "u":
        return values.astype(np.uint64)
    if values.dtype.kind == "i":
        return values.astype(np.int64).view(np.uint64) ^ SIGN
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def _restored(keys: npt.NDArray[np.uint64], kind: str) -> Array:
    if kind == "u":
        return keys
    if kind == "i":
        return (keys ^ SIGN).view(np.int64)
    return np.where(keys & SIGN, keys ^ SIGN, ~keys).view(np.float64)
