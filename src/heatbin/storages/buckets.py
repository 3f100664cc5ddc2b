"""How the samples of each cell are distributed, for quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import StateError
from heatbin.kernels.forms import FLOATING, UNSIGNED
from heatbin.storages.base import Sample, State
from heatbin.storages.table import BYTES_A_KEY, SparseTable, moved

__all__ = ["Buckets", "LogarithmicAxis", "Ranks"]

OCTAVES = 2098
"""Powers of two between the smallest and the largest double."""

# The largest width in log2, in parts of the width on the axis, that a bucket of the cubic has: see the kernel.
WIDEST = 0.7
SAFE = 1 - 1e-9
NEWTON_STEPS = 6


@dataclass(frozen=True)
class LogarithmicAxis:
    """Buckets for all doubles, of both signs and zero, each so narrow that its middle is near to all its values.

    Parameters
    ----------
    accuracy : float
        The largest relative error of a bucket's middle.
    """

    accuracy: float

    @cached_property
    def per_octave(self) -> float:
        """How many buckets there are for each power of two."""
        return WIDEST / (log((1 + self.accuracy) / (1 - self.accuracy)) * SAFE)

    @cached_property
    def zero(self) -> int:
        """The bucket of zero; infinity has the same number of buckets between as minus infinity, and both are last."""
        return int(OCTAVES * self.per_octave) + 2

    @cached_property
    def bits(self) -> int:
        """How many bits the number of a bucket has."""
        return (2 * self.zero).bit_length()

    def middles(self, buckets: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the value that stands for each bucket: its relative distance to both ends is the same."""
        from heatbin.kernels.quantile import LOWEST

        steps = np.abs(buckets - self.zero) - 1
        low, high = (LOWEST + (steps + end) / self.per_octave for end in (0, 1))
        ratio = 2.0 / (1.0 + _scale(low) / _scale(high) * np.exp2(np.floor(low) - np.floor(high)))
        middles = np.ldexp(_scale(low) * ratio, np.floor(low).astype(np.int64))
        middles[steps + 1 == self.zero] = np.inf
        middles[steps < 0] = 0.0
        return np.where(buckets < self.zero, -middles, middles)


def _scale(logs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 … 2: what a value with this logarithm is, its power of two taken off."""
    from heatbin.kernels.quantile import CUBIC

    first, second, third = CUBIC
    part = logs - np.floor(logs)
    s = part.copy()
    for _ in range(NEWTON_STEPS):
        s -= (((third * s + second) * s + first) * s - part) / ((3 * third * s + 2 * second) * s + first)
    return 1.0 + s
