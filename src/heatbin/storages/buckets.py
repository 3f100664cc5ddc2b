"""How the samples of each cell are distributed, for quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import expm1, log

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells
from heatbin.errors import MemoryBudgetError, StateError
from heatbin.kernels.forms import FLOATING, UNSIGNED
from heatbin.storages.base import Sample, State
from heatbin.storages.table import PENDING_BYTES, PENDING_KEYS, Run, SparseTable, moved
from heatbin.units import format_bytes

__all__ = ["Buckets", "LogarithmicAxis"]

OCTAVES = 2098
"""Powers of two between the smallest and the largest double."""

# The largest width in log2, in parts of the width on the axis, that a bucket of the cubic has: see the kernel.
WIDEST = 0.7
SAFE = 1 - 1e-9
NEWTON_STEPS = 6
# What the samples of a cell usually span: most cells have few.
USUAL_OCTAVES = 1
# Measured: what a key and its count take at the peak, when grids are merged.
BYTES_A_BUCKET = 28
# What is held is held twice while it is merged.
WHILE_MERGING = 2


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
        """The bucket of zero: those of negative values lie below it, the infinities at both ends."""
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
        ratio = _scale(low) / _scale(high) * np.exp2(np.floor(low) - np.floor(high))
        with np.errstate(over="ignore"):
            middles = np.ldexp(_scale(low) * 2.0 / (1.0 + ratio), np.floor(low).astype(np.int64))
        middles = np.minimum(middles, np.finfo(np.float64).max)
        middles[steps == self.zero - 1] = np.inf
        middles[steps < 0] = 0.0
        signed: npt.NDArray[np.float64] = np.where(buckets < self.zero, -middles, middles)
        return signed


def _scale(logs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 … 2: what a value with this logarithm is, its power of two taken off."""
    from heatbin.kernels.quantile import CUBIC

    first, second, third = CUBIC
    part = logs - np.floor(logs)
    s = part.copy()
    for _ in range(NEWTON_STEPS):
        s -= (((third * s + second) * s + first) * s - part) / ((3 * third * s + 2 * second) * s + first)
    return 1.0 + s


class Buckets:
    """How many samples of each cell fall into each bucket of a logarithmic axis, kept sparse.

    Parameters
    ----------
    cells : int
        The number of cells.
    accuracy : float
        The largest relative error of a quantile.

    Attributes
    ----------
    limit : int or None
        The most bytes that it may hold; beyond them filling raises a MemoryBudgetError.
    """

    def __init__(self, cells: int, accuracy: float) -> None:
        self._cells = cells
        self._axis = LogarithmicAxis(accuracy)
        self._table = SparseTable()
        self.limit: int | None = None

    @staticmethod
    def planned_bytes(cells: int, rows: int | None = None, accuracy: float = 0.01) -> int:
        """Return what it usually takes: as many buckets as rows fill that are spread over all that cells have."""
        most = cells * USUAL_OCTAVES * LogarithmicAxis(accuracy).per_octave
        filled = most if rows is None else most * -expm1(-rows / most)
        return PENDING_BYTES + int(BYTES_A_BUCKET * filled)

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self._table.nbytes

    def expect(self, _forms: Sequence[int], /) -> None:
        """Say what the samples will be: all become doubles here."""

    def fill(self, cells: Cells, samples: Sequence[Sample], /) -> None:
        """Take in a block of samples."""
        from heatbin.kernels.quantile import bucket_keys

        (sample,) = samples
        axis, keys = self._axis, np.empty(cells.size, dtype=np.int64)
        bucket_keys(cells, _as_doubles(sample), axis.per_octave, axis.zero, axis.bits, keys)
        self._table.count(keys)
        self._check_limit()

    def merge(
        self,
        other: Buckets,
        into: Cells | None = None,
        *,
        only: npt.NDArray[np.int64] | None = None,  # noqa: ARG002
    ) -> None:
        """Add what another one counted: see `Storage.merge`."""
        run = other._table.sorted()
        if into is None:
            self._table.merge(run)
        else:
            for start in range(0, run.keys.size, PENDING_KEYS):
                keys, amounts = (column[start : start + PENDING_KEYS] for column in run)
                self._table.add(moved(keys, into, self._axis.bits), amounts)
        self._check_limit()

    def quantiles(self, cells: npt.NDArray[np.int64], q: float) -> npt.NDArray[np.float64]:
        """Return a quantile of some cells; NaN where there are no samples.

        Parameters
        ----------
        cells : ndarray of int64, shape (rows,)
            Their numbers.
        q : float
            From 0 to 1.

        Notes
        -----
        As `numpy.quantile` has it: interpolated between the two samples next to ``q * (n - 1)``, for each of which the
        middle of its bucket stands.
        """
        keys, counts = self._buckets_of(cells)
        ends = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        first, last = np.searchsorted(keys, [cells << self._axis.bits, (cells + 1) << self._axis.bits])
        before, samples = ends[first], ends[last] - ends[first]
        result = np.full(cells.size, np.nan)
        some = samples > 0
        rank = q * (samples[some] - 1)
        low, high = (
            self._axis.middles(
                keys[np.searchsorted(ends, before[some] + each, side="right") - 1] & self._mask
            )
            for each in (np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64))
        )
        result[some] = _between(low, high, rank - np.floor(rank))
        return result

    def state(self) -> dict[str, Array]:
        """Return the buckets that hold samples: keys, cell before bucket, in order, and counts."""
        keys, counts = self._table.sorted()
        reported = np.searchsorted(keys, (self._cells - 1) << self._axis.bits)
        return {"keys": keys[:reported], "counts": counts[:reported].astype(np.int64)}

    def restore(self, state: State) -> None:
        """Take in a state, as a merge would."""
        keys, counts = (state[name].astype(np.int64) for name in ("keys", "counts"))
        known = keys.size == counts.size and not np.any(keys[1:] <= keys[:-1]) and not np.any(counts <= 0)
        inside = keys.size == 0 or (keys[0] >= 0 and keys[-1] >> self._axis.bits < self._cells)
        if not known or not inside or np.any((keys & self._mask) > 2 * self._axis.zero):
            raise StateError("is damaged: its buckets do not fit its cells")
        self._table.merge(Run(keys, counts))

    def _buckets_of(self, cells: npt.NDArray[np.int64]) -> Run:
        """Return the buckets from the lowest of some cells to the highest."""
        run = self._table.sorted()
        ends = (int(cells.min()), int(cells.max()) + 1) if cells.size else (0, 0)
        low, high = np.searchsorted(run.keys, [cell << self._axis.bits for cell in ends])
        return Run(run.keys[low:high], run.amounts[low:high])

    @property
    def _mask(self) -> int:
        return (1 << self._axis.bits) - 1

    def _check_limit(self) -> None:
        if self.limit is not None and WHILE_MERGING * self.nbytes > self.limit:
            raise MemoryBudgetError(
                f"quantiles of an accuracy of {self._axis.accuracy} fill more than the {format_bytes(self.limit)} "
                "of memory that are left for them; a coarser accuracy, fewer bins or more memory would fit"
            )


def _as_doubles(sample: Sample) -> npt.NDArray[np.int64]:
    if sample.form == FLOATING:
        return sample.bits
    whole = sample.bits.view(np.uint64) if sample.form == UNSIGNED else sample.bits
    return whole.astype(np.float64).view(np.int64)


def _between(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], part: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Interpolate, also between infinities and where the difference is beyond doubles."""
    with np.errstate(invalid="ignore"):
        return np.where((low == high) | (part == 0.0), low, low * (1.0 - part) + high * part)
