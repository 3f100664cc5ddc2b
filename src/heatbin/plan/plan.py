"""A plan: plain data that says what will be read, into what, and at which cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from heatbin.axes import Axis, Regular
from heatbin.binning import Binning
from heatbin.plan.explain import explain, summary
from heatbin.plan.memory import Memory
from heatbin.plan.pruning import NOTHING, Skipped
from heatbin.plan.ranges import Wanted, settled
from heatbin.sources import LeftOut, Part, Reading, Task

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be read and how. Picklable.

    Parameters
    ----------
    reading : Reading
        The source, and what is taken from its rows.
    columns : dict of str to str
        The columns that are needed, and their types as Arrow writes them.
    axes : tuple of Axis
        One for each coordinate; a `Regular` one may still be open.
    names : tuple of str
        What each axis shows.
    tasks : tuple of Task
        All row groups that will be read.
    threads : int
        How many workers.
    memory : Memory
        What they will hold.
    wanted : tuple of Wanted
        Of each axis, which ends the data give, whether its footers gave them already or not.
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
    """

    reading: Reading
    columns: dict[str, str]
    axes: tuple[Axis, ...]
    names: tuple[str, ...]
    tasks: tuple[Task, ...]
    threads: int
    memory: Memory
    wanted: tuple[Wanted, ...]
    grow: bool = False
    skipped: Skipped = NOTHING
    unread: int = 0
    skip: bool = False
    left_out: tuple[LeftOut, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def binning(self) -> Binning:
        """The grid."""
        return Binning(self.axes)

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
    def files(self) -> int:
        """How many files are read."""
        return len({task.part.path for task in self.tasks})

    @property
    def row_groups(self) -> int:
        """How many row groups are read."""
        return sum(len(task.part.row_groups) for task in self.tasks)

    @property
    def open(self) -> tuple[Wanted, ...]:
        """What must still be found in the data, by a pass of its own."""
        unsettled = zip(self.axes, self.wanted, strict=True)
        return tuple(wanted for axis, wanted in unsettled if isinstance(axis, Regular) and axis.open)

    def settle(self, ends: Sequence[tuple[Any, Any] | None]) -> Plan:
        """Return this plan with the ends that were found in the data."""
        return replace(
            self, axes=tuple(settled(a, e, n) for a, e, n in zip(self.axes, ends, self.names, strict=True))
        )

    def explain(self) -> str:
        """Return what will be read, skipped and held in memory, as a few lines of text."""
        return explain(self)

    def summary(self) -> dict[str, Any]:
        """Return what `explain` says, as plain data."""
        return summary(self)
