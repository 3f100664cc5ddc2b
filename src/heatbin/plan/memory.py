"""What a run will hold in memory, and whether that is granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heatbin.errors import MemoryBudgetError
from heatbin.statistics import Bound, check_budget, planned_bytes
from heatbin.units import format_bytes

__all__ = ["Demand", "Memory"]

MIB = 1 << 20

# Measured: Python with numpy, numba, pyarrow and matplotlib loaded and kernels at work.
BASE_BYTES = 246 * MIB
# Measured: what a worker holds to decode batches of 8-byte columns with large dictionaries.
WORKER_BYTES = 12 * MIB
COLUMN_BYTES = 11 * MIB
# The values that are drawn, and what they are made of.
RESULT_BYTES = 8
# A picture takes this much, and colours for each cell that it shows: beyond 2048 a side they are summed first.
PICTURE_BYTES = 32 * MIB
COLOUR_BYTES = 24
MOST_COLOURED = 1 << 22


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory that a run will hold at its peak, in bytes.

    Parameters
    ----------
    limit : int
        What is granted.
    base : int
        Python and its libraries.
    buffers : int
        What the workers decode into.
    grid : int
        One grid, with all that it keeps.
    grids : int
        How many grids the workers share.
    result : int
        What the finished grid takes to be drawn.
    """

    limit: int
    base: int
    buffers: int
    grid: int
    grids: int
    result: int

    @property
    def total(self) -> int:
        """The peak."""
        return self.base + self.grid + max(self.buffers + self.grid * (self.grids - 1), self.result)


@dataclass(frozen=True, slots=True)
class Demand:
    """What memory is needed for, but for the grid.

    Parameters
    ----------
    limit : int
        The bytes that are granted to the whole process.
    columns : int
        How many columns are decoded.
    threads : int
        How many workers there should be.
    staged : bool
        Whether each worker fills a grid of its own beside the shared ones.
    rows : int, optional
        How many rows will come, where that is known.
    """

    limit: int
    columns: int
    threads: int
    staged: bool
    rows: int | None = None

    def grant(self, cells: int, statistics: Mapping[str, Bound]) -> tuple[Memory, int]:
        """Return what to hold in memory for grids of so many cells, and how many threads there is room for.

        Raises
        ------
        MemoryBudgetError
            When not even one thread with one grid fits.
        """
        worker = WORKER_BYTES + self.columns * COLUMN_BYTES
        grid, result = planned_bytes(statistics, cells=cells, rows=self.rows), _result_bytes(cells)
        for workers in range(self.threads, 0, -1):
            stages = workers if self.staged else 0
            room = self.limit - BASE_BYTES - workers * worker - stages * grid
            grids = min(workers, room // grid)
            buffers = workers * worker + stages * grid
            memory = Memory(self.limit, BASE_BYTES, buffers, grid, max(1, grids), result)
            if memory.total <= self.limit:
                return memory, workers
        spare = self.limit - BASE_BYTES - max(worker, result)
        check_budget(statistics, cells=cells, rows=self.rows, room=max(0, spare // (1 + self.staged)))
        raise MemoryBudgetError(_refusal(memory, cells))


def _result_bytes(cells: int) -> int:
    """Return what a grid takes from its result to its picture."""
    return PICTURE_BYTES + cells * RESULT_BYTES + min(cells, MOST_COLOURED) * COLOUR_BYTES


def _refusal(memory: Memory, cells: int) -> str:
    room = memory.limit - memory.base - max(memory.buffers, PICTURE_BYTES)
    kept = memory.grid / cells + RESULT_BYTES
    fitting = max(room / (kept + COLOUR_BYTES), (room - MOST_COLOURED * COLOUR_BYTES) / kept)
    base, total = format_bytes(memory.base), format_bytes(memory.total)
    need = f"this needs {total} of memory, of which {base} are Python's libraries"
    side = int(max(fitting, 0) ** 0.5)
    fit = f"{side} x {side} bins would fit" if side else "no grid would fit"
    return f"{need}; memory={format_bytes(memory.limit)} is granted, in which {fit}"
