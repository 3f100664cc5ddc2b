"""Grids that are kept apart: one a period."""

from __future__ import annotations

import threading
from collections.abc import Callable

from heatbin.accumulator import Accumulator
from heatbin.columns import Points
from heatbin.engine.calendar import Calendar
from heatbin.errors import MemoryBudgetError

__all__ = ["Apart", "Room"]


class Room:
    """How many grids there may be at once, shared by all folds of a run.

    Parameters
    ----------
    grids : int
        How many.
    """

    def __init__(self, grids: int) -> None:
        self._grids, self._taken, self._lock = grids, 0, threading.Lock()

    @property
    def short(self) -> bool:
        """Whether more than half of it is taken."""
        return self._taken > self._grids // 2

    def take(self) -> None:
        """Make room for one more.

        Raises
        ------
        MemoryBudgetError
            When there is none.
        """
        with self._lock:
            self._taken += 1
            if self._taken > self._grids:
                raise MemoryBudgetError(
                    f"the rows lie in more periods than memory has room for grids, which is {self._grids}: give more "
                    "memory, fewer bins, longer periods, or fewer files at once"
                )

    def give(self) -> None:
        """Give up the room of one."""
        with self._lock:
            self._taken -= 1


class Apart:
    """A fold of accumulators.

    Parameters
    ----------
    blank : callable
        Makes an empty accumulator.
    calendar : Calendar, optional
        Tells rows apart; all go into one grid without it.
    room : Room, optional
        How many accumulators there may be.

    Attributes
    ----------
    grids : dict of str to Accumulator
        By the names of the periods; under None what is in none.
    """

    def __init__(
        self, blank: Callable[[], Accumulator], calendar: Calendar | None = None, room: Room | None = None
    ) -> None:
        self._blank, self._calendar, self._room = blank, calendar, room
        self.grids: dict[str | None, Accumulator] = {}

    @property
    def rows(self) -> int:
        """How many rows were taken in."""
        return sum(grid.count.rows for grid in self.grids.values())

    def fill(self, points: Points) -> None:
        """Take in a batch of rows."""
        if self._calendar is None:
            self.grid(None).fill(points)
            return
        for period, rows in self._calendar.split(points):
            self.grid(period).fill(rows)

    def merge(self, other: Apart) -> None:
        """Take in what another one holds, which is of no use any more."""
        for period, grid in other.grids.items():
            if self.grids.setdefault(period, grid) is not grid:
                self.grids[period].merge(grid)
                self._let_go()
        other.grids = {}

    def grid(self, period: str | None) -> Accumulator:
        """Return the grid of a period; an empty one if it is new."""
        if period not in self.grids:
            if self._room is not None:
                self._room.take()
            self.grids[period] = self._blank()
        return self.grids[period]

    def drop(self, period: str | None) -> None:
        """Forget a period."""
        if self.grids.pop(period, None) is not None:
            self._let_go()

    def _let_go(self) -> None:
        if self._room is not None:
            self._room.give()
