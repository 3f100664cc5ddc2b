"""What a run will hold in memory, and whether that is granted."""

from __future__ import annotations

from dataclasses import dataclass

from heatbin.errors import MemoryBudgetError
from heatbin.units import format_bytes

__all__ = ["Memory", "plan_memory"]

MIB = 1 << 20

# Measured: python with numpy, numba, pyarrow and matplotlib loaded, and a small picture drawn.
BASE_BYTES = 235 * MIB
# Measured: what a worker that decodes one column of batches holds, and each further column.
WORKER_BYTES = 6 * MIB
COLUMN_BYTES = 3 * MIB
# A grid is counted in 32 bits; its result is 64 bits, and is cut out of its flow bins once.
COUNT_BYTES = 4
RESULT_BYTES = 16


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
        What the finished grid becomes.
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
        return self.base + self.buffers + max(self.grid * self.grids, self.grid + self.result)


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
    grid, result = cells * COUNT_BYTES, cells * RESULT_BYTES
    for workers in range(threads, 0, -1):
        stages = workers if staged else 0
        room = limit - BASE_BYTES - workers * worker - stages * grid
        grids = min(workers, room // grid)
        memory = Memory(limit, BASE_BYTES, workers * worker + stages * grid, grid, max(1, grids), result)
        if memory.total <= limit:
            return memory, workers
    raise MemoryBudgetError(_refusal(memory))


def _refusal(memory: Memory) -> str:
    room = memory.limit - memory.base - memory.buffers
    cells = room // (COUNT_BYTES + RESULT_BYTES)
    need = f"this needs {format_bytes(memory.total)} of memory, of which {format_bytes(memory.base)} are Python's libraries"
    fit = f"{int(cells**0.5)} x {int(cells**0.5)} bins would fit" if cells > 1 else "no grid would fit"
    return f"{need}; memory={format_bytes(memory.limit)} is granted, in which {fit}"
