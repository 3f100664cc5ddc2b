"""What a run will hold in memory, and whether that is granted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isqrt

from heatbin.axes import FLOW_BINS
from heatbin.errors import MemoryBudgetError
from heatbin.sources import FEW_COLUMNS
from heatbin.statistics import Bound, check_budget, planned_bytes
from heatbin.units import format_bytes

__all__ = ["Demand", "Memory"]

MIB = 1 << 20

# Measured: Python with numpy, numba, pyarrow and matplotlib loaded and kernels at work.
BASE_BYTES = 246 * MIB
# Measured: what a worker holds to decode batches of 8-byte columns with large dictionaries. Of more than a few, batches
# are longer.
WORKER_BYTES = 12 * MIB
COLUMN_BYTES = 11 * MIB
LONG_COLUMN_BYTES = 17 * MIB
# The values that are drawn; where there are samples, how many there are, too.
RESULT_BYTES = 8
# A cell: what rows were counted in, nearer than the counts, is given back when these are read.
FREED_BYTES = 1
# A picture takes this much, and colours for each cell that it shows: beyond 2048 a side they are summed first.
PICTURE_BYTES = 32 * MIB
COLOUR_BYTES = 24
MOST_COLOURED = 1 << 22
# Measured: hexagons take more, each of them for its place and its shape.
HEXAGONS_BYTES = 64 * MIB
HEXAGON_BYTES = 44


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
    stages : int, optional
        How many grids more the workers have to themselves.
    """

    limit: int
    base: int
    buffers: int
    grid: int
    grids: int
    result: int
    stages: int = 0

    @property
    def total(self) -> int:
        """The peak."""
        others = self.grids - 1 + self.stages
        return self.base + self.grid + max(self.buffers + self.grid * others, self.result)

    @property
    def most_a_grid(self) -> int:
        """What one grid may take at most: more than is usual, as far as what is granted has room for it."""
        return self.grid + max(0, self.limit - self.total) // (self.grids + self.stages)


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

    def grant(
        self, cells: int, statistics: Mapping[str, Bound], *, layers: int = 1, hexagons: bool = False
    ) -> tuple[Memory, int]:
        """Return what to hold in memory for grids of so many cells, and how many threads there is room for.

        Parameters
        ----------
        cells : int
            Of a grid, flow counted.
        statistics : mapping of str to Bound
            What is kept of each.
        layers : int, optional
            How many cells there are over each bin of x and y, which an error is to tell the number of.
        hexagons : bool, optional
            Whether bins of x and y are hexagons.

        Raises
        ------
        MemoryBudgetError
            When not even one thread with one grid fits.
        """
        result = _result_bytes(cells, statistics, hexagons=hexagons)

        def memory_of(workers: int, grids: int = 1) -> Memory:
            return self._memory(cells, statistics, workers, grids, result)

        workers = _most(self.threads, lambda workers: memory_of(workers).total <= self.limit)
        if workers:
            grids = 1 if self.staged else workers
            grids = _most(grids, lambda grids: memory_of(workers, grids).total <= self.limit)
            return memory_of(workers, grids), workers
        memory = memory_of(1)
        room = self.limit - BASE_BYTES - max(memory.buffers, result)
        check_budget(statistics, cells=cells, rows=self.rows, room=max(0, room // (1 + memory.stages)))
        side = self._fitting_side(cells, statistics, layers, hexagons=hexagons)
        raise MemoryBudgetError(_refusal(memory, side, hexagons=hexagons))

    def _memory(
        self, cells: int, statistics: Mapping[str, Bound], workers: int, grids: int, result: int
    ) -> Memory:
        """Return what so many workers hold who share the rows out among so many grids."""
        rows = None if self.rows is None else -(-self.rows // grids)
        grid = planned_bytes(statistics, cells=cells, rows=rows)
        column = COLUMN_BYTES if self.columns <= FEW_COLUMNS else LONG_COLUMN_BYTES
        buffers = workers * (WORKER_BYTES + self.columns * column)
        return Memory(
            self.limit, BASE_BYTES, buffers, grid, grids, result, stages=workers if self.staged else 0
        )

    def _fitting_side(
        self, cells: int, statistics: Mapping[str, Bound], layers: int, *, hexagons: bool
    ) -> int:
        """Return how many bins a side would fit, where so many cells do not; 0 where not even one does."""

        def beyond(side: int) -> bool:
            plane = (side + 1) ** 2 + side**2 + FLOW_BINS if hexagons else (side + FLOW_BINS) ** 2
            held = plane * layers + 1
            result = _result_bytes(held, statistics, hexagons=hexagons)
            return self._memory(held, statistics, 1, 1, result).total > self.limit

        return bisect_left(range(1, isqrt(cells // layers) + 1), True, key=beyond)


def _most(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `most` that fits, as smaller ones do; 0 if not even 1 does."""
    return bisect_left(range(1, most + 1), True, key=lambda number: not fits(number))


def _result_bytes(cells: int, statistics: Mapping[str, Bound], *, hexagons: bool) -> int:
    """Return what a grid takes from its result to its picture."""
    sampled = any(bound.positions for bound in statistics.values())
    values = cells * (RESULT_BYTES * (1 + sampled) - FREED_BYTES)
    if hexagons:
        return HEXAGONS_BYTES + values + cells * HEXAGON_BYTES
    return PICTURE_BYTES + values + min(cells, MOST_COLOURED) * COLOUR_BYTES


def _refusal(memory: Memory, side: int, *, hexagons: bool) -> str:
    base, total = format_bytes(memory.base), format_bytes(memory.total)
    need = f"this needs {total} of memory, of which {base} are Python's libraries"
    grid = f"a gridsize of ({side}, {side})" if hexagons else f"{side} x {side} bins"
    granted = f"memory={format_bytes(memory.limit)} is granted"
    return f"{need}; {granted}, in which {grid if side else 'no grid'} would fit"
