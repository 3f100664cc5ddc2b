"""Counting rows in cells."""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel
from heatbin.kernels.prefetch import AHEAD, prefetch

__all__ = ["add_count"]

# 256 KiB stay near beside all else. Of more, counting without requests is a tenth faster where nothing else uses the
# caches, and takes twice as long at 1024² where sums and decoding do.
NEAR_CELLS = 1 << 16


@kernel
def add_count(cells: Cells, counts: Array) -> None:
    """Add one to the count of each row's cell."""
    if counts.size <= NEAR_CELLS:
        for k in range(cells.size):
            counts[cells[k]] += np.uint32(1)
        return
    last, far = np.uint64(cells.size - 1), np.uint64(AHEAD)
    for k in range(np.uint64(cells.size)):
        prefetch(counts, np.uint64(cells[min(k + far, last)]))
        counts[cells[k]] += np.uint32(1)
