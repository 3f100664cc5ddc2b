"""Whether counts agree with NumPy's, and where they do not, whether points on edges are the reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from datasets import WINDOW

__all__ = ["Reference", "reference"]


@dataclass(frozen=True)
class Reference:
    """What `numpy.histogram2d` counts in the window.

    Parameters
    ----------
    counts : ndarray of int64, shape (nx, ny)
        The answer.
    on_edges : int
        How many points lie on an edge, or nearer to it than their six digits tell.
    """

    counts: npt.NDArray[np.int64]
    on_edges: int

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, bins: int) -> Self:
        """Return what NumPy counts of these points."""
        return cls(np.histogram2d(x, y, bins, WINDOW)[0].astype(np.int64), _on_edges(x, y, bins))

    def __add__(self, other: Reference) -> Reference:
        return Reference(self.counts + other.counts, self.on_edges + other.on_edges)

    def cells_that_differ(self, counts: npt.NDArray[np.number]) -> int:
        """Return how many cells of a rival are not NumPy's.

        Only points on an edge may be the reason: each takes one from its cell, and may add one to another.
        """
        difference = np.abs(counts.astype(np.int64) - self.counts)
        assert difference.sum() <= 2 * self.on_edges
        return int(np.count_nonzero(difference))


@cache
def reference(path: Path, bins: int) -> Reference:
    """Return what NumPy counts of the points in a Parquet file."""
    total = Reference(np.zeros((bins, bins), np.int64), 0)
    for batch in pq.ParquetFile(path).iter_batches(1 << 20, columns=["lon", "lat"]):
        x, y = (np.asarray(column) for column in batch.columns)
        total += Reference.of(x, y, bins)
    return total


def _on_edges(x: np.ndarray, y: np.ndarray, bins: int) -> int:
    near = np.zeros(x.size, bool)
    for values, (lo, hi) in zip((x, y), WINDOW, strict=True):
        place = (values - lo) * (bins / (hi - lo))
        near |= np.abs(place - np.rint(place)) < 1e-6
    return int(np.count_nonzero(near))
