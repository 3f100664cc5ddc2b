"""What a run leaves behind for the next one to go on from, should it be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.aggregate import histogram_of
from heatbin.arrivals import with_tails
from heatbin.engine import Groups, Piece, groups_of
from heatbin.plan import Plan
from heatbin.sources import Part
from heatbin.state import InFlight, Input, Saved, StateFolder

__all__ = ["Resuming"]

# Checkpoints take no more of a run than this, however often they are wanted.
MOST_COST = 0.025
# While a grid is written, its cells are there again: as they are, encoded, and sealed.
COPIES = 4


class Resuming:
    """Checkpoints of a run, in the folder of a state.

    Parameters
    ----------
    folder : StateFolder
        The state.
    planned : Plan
        What is read.
    request : mapping
        What was asked for.
    tails : mapping of str to Input
        What the files looked like before.
    every : float
        How many seconds there are between two checkpoints.

    Attributes
    ----------
    resumed : int
        How many rows need not be read, because a stopped run had read them.
    """

    def __init__(
        self,
        folder: StateFolder,
        planned: Plan,
        request: Mapping[str, Any],
        tails: Mapping[str, Input],
        *,
        every: float,
    ) -> None:
        self._folder, self._planned, self._request, self._tails = folder, planned, request, tails
        self._before = self._after = folder.manifest()
        self._every, self._next, self._spent = every, time.monotonic() + every, 0.0
        self._writing = threading.Lock()
        self.resumed = 0

    @classmethod
    def has_room(cls, planned: Plan) -> bool:
        """Tell whether memory has room for checkpoints."""
        return planned.memory.total + COPIES * planned.memory.grid <= planned.memory.limit

    def due(self) -> bool:
        """Tell whether it is time for a checkpoint."""
        return time.monotonic() >= self._next

    def begun(self, part: Part, blank: Accumulator) -> Groups:
        """Put what a stopped run had read of a file into `blank`, and return of which row groups it is."""
        groups: Groups = frozenset()
        for piece in self._left_behind(part.path):
            there = frozenset(piece.row_groups)
            fits = piece.fingerprint == part.fingerprint and there <= groups_of(part.row_groups) - groups
            kept = self._folder.in_flight(piece) if fits else None
            if kept is not None and _is_alike(kept.accumulator, blank):
                blank.merge(kept.accumulator)
                groups |= there
        self.resumed += sum(group.rows for group in part.row_groups if groups_of([group]) <= groups)
        return groups

    def keep(self, part: Part, groups: Groups, fold: Accumulator) -> InFlight:
        """Write what was read of a file so far."""
        with self._timed():
            name = self._folder.write(Saved(fold, self._planned.names))
        return InFlight(name, part.path, part.fingerprint, tuple(sorted(groups)))

    def commit(self, fold: Accumulator, parts: Sequence[Part], pieces: Sequence[Piece]) -> None:
        """Make whole files part of the state, and note pieces of others."""
        absent = {task.part.path for task in self._planned.tasks} - {part.path for part in parts}
        saved = histogram_of(self._planned, fold, absent=absent).to_saved()
        with self._timed():
            self._after = self._folder.checkpoint(
                replace(saved, inputs=with_tails(saved.inputs, self._tails)) if saved.inputs else None,
                before=self._before,
                after=self._after,
                request=self._request,
                in_flight=[*(piece.kept for piece in pieces), *self._still_waiting(absent, pieces)],
            )
        self._next = time.monotonic() + max(self._every, self._spent / MOST_COST / self._planned.threads)
        self._spent = 0.0

    def _left_behind(self, path: str) -> list[InFlight]:
        return [piece for piece in (self._before.in_flight if self._before else ()) if piece.path == path]

    def _still_waiting(self, absent: set[str], pieces: Sequence[Piece]) -> Iterator[InFlight]:
        """Yield what an earlier run left behind that is in nothing of this one."""
        for old in self._before.in_flight if self._before else ():
            new = [piece.groups for piece in pieces if piece.part.path == old.path]
            if old.path in absent and frozenset().union(*new).isdisjoint(old.row_groups):
                yield old

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Write one grid at a time, so that memory holds the copies of one, and note what it takes."""
        with self._writing:
            start = time.monotonic()
            yield
            self._spent += time.monotonic() - start


def _is_alike(kept: Accumulator, blank: Accumulator) -> bool:
    return kept.binning == blank.binning and kept.statistics == blank.statistics
