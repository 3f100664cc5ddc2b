"""Counting rows in cells."""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import kernel

__all__ = ["add_count"]


@kernel
def add_count(cells: Cells, counts: Array) -> None:
    """Add one to the count of each row's cell."""
    for k in range(cells.size):
        counts[cells[k]] += np.uint32(1)
