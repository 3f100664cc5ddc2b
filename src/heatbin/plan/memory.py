"""What a run will hold in memory, and whether that is granted."""

from __future__ import annotations

from dataclasses import dataclass

from heatbin.errors import MemoryBudgetError
from heatbin.units import format_bytes

__all__ = ["Memory", "plan_memory"]

MIB = 1 << 20

# Measured: Python with numpy, numba, pyarrow and matplotlib loaded and kernels at work.
BASE_BYTES = 246 * MIB
# Measured: what a worker holds to decode batches of 8-byte columns with large dictionaries.
WORKER_BYTES = 12 * MIB
COLUMN_BYTES = 11 * MIB
# A grid is counted in 32 bits; its result is 64 bits wide.
COUNT_BYTES = 4
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
        One grid.
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


def plan_memory(limit: int, *, cells: int, columns: int, threads: int, staged: bool) -> tuple[Memory, int]:
    """Return what to hold in memory, and how many threads there is room for.

    Parameters
    ----------
    limit : int
        The bytes that are granted to the whole process.
    cells : int
        Of one grid, flow counted.
    columns : int
        How many columns are decoded.
    threads : int
        How many workers there should be.
    staged : bool
        Whether each worker fills a grid of its own beside the shared ones.

    Raises
    ------
    MemoryBudgetError
        When not even one thread with one grid fits.
    """
    worker = WORKER_BYTES + columns * COLUMN_BYTES
    grid, result = cells * COUNT_BYTES, _result_bytes(cells)
    for workers in range(threads, 0, -1):
        stages = workers if staged else 0
        room = limit - BASE_BYTES - workers * worker - stages * grid
        grids = min(workers, room // grid)
        memory = Memory(limit, BASE_BYTES, workers * worker + stages * grid, grid, max(1, grids), result)
        if memory.total <= limit:
            return memory, workers
    raise MemoryBudgetError(_refusal(memory))


def _result_bytes(cells: int) -> int:
    """Return what a grid takes from its result to its picture."""
    return PICTURE_BYTES + cells * RESULT_BYTES + min(cells, MOST_COLOURED) * COLOUR_BYTES


def _refusal(memory: Memory) -> str:
    room = memory.limit - memory.base - max(memory.buffers, PICTURE_BYTES)
    kept = COUNT_BYTES + RESULT_BYTES
    cells = max(room // (kept + COLOUR_BYTES), (room - MOST_COLOURED * COLOUR_BYTES) // kept)
    base, total = format_bytes(memory.base), format_bytes(memory.total)
    need = f"this needs {total} of memory, of which {base} are Python's libraries"
    fit = f"{int(cells**0.5)} x {int(cells**0.5)} bins would fit" if cells > 1 else "no grid would fit"
    return f"{need}; memory={format_bytes(memory.limit)} is granted, in which {fit}"
