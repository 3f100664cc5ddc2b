"""Which binary positions samples set: what a window must cover."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from heatbin.columns import Array
from heatbin.kernels.forms import FLOATING, UNSIGNED
from heatbin.storages.base import Sample

__all__ = ["Extent", "middle"]

FRACTION = (1 << 52) - 1

# Samples looked at together: what is worked out of them stays in the second cache.
CHUNK_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class Extent:
    """The bits of some samples; those that are 0, NaN or infinite have none.

    Parameters
    ----------
    low : int
        The lowest position of a set bit; 0 for integers.
    high : int
        What is above the highest one.
    samples : int
        How many have any.
    """

    low: int
    high: int
    samples: int

    @classmethod
    def of(cls, sample: Sample) -> Extent | None:
        """Look at samples; None if no bit is set."""
        chunks = (
            Sample(sample.bits[start : start + CHUNK_ROWS], sample.form)
            for start in range(0, sample.bits.size, CHUNK_ROWS)
        )
        parts = [cls._of_sizes(sizes) for sizes in map(_sizes, chunks) if sizes.size]
        if not parts:
            return None
        return cls(
            min(part.low for part in parts),
            max(part.high for part in parts),
            sum(part.samples for part in parts),
        )

    @classmethod
    def _of_sizes(cls, sizes: Array) -> Extent:
        if sizes.dtype != np.float64:
            return cls(0, int(sizes.max()).bit_length(), sizes.size)
        bits = sizes.view(np.int64)
        # A number without its lowest bit; that of a power of two is not written.
        rest = np.where(bits & FRACTION, bits & (bits - 1), 0).view(np.float64)
        return cls(math.frexp((sizes - rest).min())[1] - 1, math.frexp(sizes.max())[1], sizes.size)


def middle(sample: Sample) -> int:
    """Return the median of what is above the highest bit of doubles."""
    return int(np.median(np.frexp(_sizes(sample))[1]))


def _sizes(sample: Sample) -> Array:
    """Return the magnitudes of samples that are finite and not 0."""
    bits, form = sample
    if form == FLOATING:
        values = np.abs(bits.view(np.float64))
        some = (values > 0.0) & (values < np.inf)
        return values if some.all() else values[some]
    sizes = np.where((bits < 0) & (form != UNSIGNED), -bits, bits).view(np.uint64)
    return sizes[sizes > 0]
