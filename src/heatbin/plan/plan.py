"""A plan: plain data that says what will be read, into what, and at which cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from heatbin.axes import FLOW_BINS, Coordinate
from heatbin.binning import Binning
from heatbin.logical import LogicalType
from heatbin.plan.explain import explain, summary
from heatbin.plan.memory import Demand, Memory
from heatbin.plan.pruning import NOTHING, Skipped
from heatbin.plan.ranges import Wanted, settled
from heatbin.sources import LeftOut, Part, Reading, StreamSource, Task
from heatbin.statistics import Bound

__all__ = ["Plan", "granted"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be read and how. Picklable.

    Parameters
    ----------
    reading : Reading
        The source, and what is taken from its rows.
    columns : dict of str to str
        The columns that are needed, and their types as Arrow writes them.
    coordinates : tuple of Coordinate
        The axes; some may still be open.
    names : tuple of str
        What each column of the coordinates shows.
    statistics : dict of str to Bound
        What is kept of each cell, by name.
    tasks : tuple of Task
        All row groups that will be read.
    threads : int
        How many workers.
    memory : Memory
        What they will hold.
    demand : Demand
        What else there is to hold than grids.
    wanted : tuple of Wanted
        Of each column, which ends the data give, whether its footers gave them already or not.
    grow : bool
        Whether the range is found while the rows are read.
    skipped : Skipped
        What is never read, because its footers prove that it cannot be binned.
    unread : int
        The rows of the row groups that a sample leaves out.
    skip : bool
        Whether inputs that cannot be read are left out.
    left_out : tuple of LeftOut
        Those that are, already.
    parts : tuple of Part
        All inputs that can be read, those of which nothing needs to be read among them.
    clock : LogicalType, optional
        What the times mean that rows come with.
    """

    reading: Reading
    columns: dict[str, str]
    coordinates: tuple[Coordinate, ...]
    names: tuple[str, ...]
    statistics: dict[str, Bound]
    tasks: tuple[Task, ...]
    threads: int
    memory: Memory
    demand: Demand
    wanted: tuple[Wanted, ...]
    grow: bool = False
    skipped: Skipped = NOTHING
    unread: int = 0
    skip: bool = False
    left_out: tuple[LeftOut, ...] = ()
    parts: tuple[Part, ...] = ()
    clock: LogicalType | None = None

    @property
    def binning(self) -> Binning:
        """The grid."""
        return Binning(self.coordinates)

    @property
    def rows(self) -> int:
        """How many rows the footers promise."""
        return sum(task.rows for task in self.tasks)

    @property
    def counted(self) -> bool:
        """Whether the number of rows is known; where it is not (text, streams), it is an estimate."""
        return all(task.part.counted for task in self.tasks)

    @property
    def scale(self) -> float:
        """By what the counts of a sample are multiplied; 1 where all is read."""
        return (self.rows + self.unread) / self.rows if self.unread else 1.0

    @property
    def bytes(self) -> int:
        """How many compressed bytes the needed columns take."""
        return sum(group.bytes for task in self.tasks for group in task.part.row_groups)

    @property
    def bytes_read(self) -> int:
        """How many bytes were read: the same, or what has come through a pipe."""
        source = self.reading.source
        return source.received() if isinstance(source, StreamSource) else self.bytes

    @property
    def files(self) -> int:
        """How many files are read."""
        return len({task.part.path for task in self.tasks})

    @property
    def row_groups(self) -> int:
        """How many row groups are read."""
        return sum(len(task.part.row_groups) for task in self.tasks)

    @property
    def skipped_rows(self) -> dict[str, int]:
        """How many rows of each input are never read, because they cannot be binned."""
        found = {part.path: part.rows for part in self.parts}
        for task in self.tasks:
            found[task.part.path] -= task.rows
        return found

    @property
    def open(self) -> bool:
        """Whether something must still be found in the data."""
        return any(self.sought)

    @property
    def sought(self) -> tuple[Wanted, ...]:
        """What must still be found in the data, by a pass of its own: of each column, nothing if it is not open."""
        is_open = [each.open for each in self.coordinates for _ in range(each.takes)]
        return tuple(w if opened else Wanted() for w, opened in zip(self.wanted, is_open, strict=True))

    def settle(self, found: Mapping[int, Any]) -> Plan:
        """Return this plan with what was found in the data, and memory for the grid that comes of it.

        Parameters
        ----------
        found : mapping of int
            By the place of a column a pair of ends, or the categories; None where there are no values. Coordinates of
            which a column is not there stay open.

        Raises
        ------
        MemoryBudgetError
            When the grid does not fit.
        """
        split = self.binning.split
        places = zip(self.coordinates, split(range(len(self.names))), split(self.names), strict=True)
        coordinates = tuple(
            settled(coordinate, [found[i] for i in taken], " and ".join(names))
            if all(i in found for i in taken)
            else coordinate
            for coordinate, taken, names in places
        )
        memory, threads = granted(self.demand, coordinates, self.statistics)
        reading = replace(self.reading, projection=self.reading.projection.settled(coordinates))
        return replace(self, coordinates=coordinates, memory=memory, threads=threads, reading=reading)

    def explain(self) -> str:
        """Return what will be read, skipped and held in memory, as a few lines of text."""
        return explain(self)

    def summary(self) -> dict[str, Any]:
        """Return what `explain` says, as plain data."""
        return summary(self)


def granted(
    demand: Demand, coordinates: Sequence[Coordinate], statistics: Mapping[str, Bound]
) -> tuple[Memory, int]:
    """Return the memory and the threads for a grid; what the data are to tell of it is taken to be one bin."""
    plane = 2 if coordinates[0].takes == 1 else 1
    bins, layers = (prod(map(_extent_planned, some)) for some in (coordinates[:plane], coordinates[plane:]))
    return demand.grant(bins * layers + 1, statistics, layers=layers, hexagons=plane == 1)


def _extent_planned(coordinate: Coordinate) -> int:
    unknown = coordinate.open and not hasattr(coordinate, "n") and coordinate.takes == 1
    return 1 + FLOW_BINS if unknown else coordinate.extent
