"""What a run takes in: what it adds to a state, and what it leaves behind for the next one, should it be stopped."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.engine import Apart, Groups, Piece, Room, groups_of
from heatbin.errors import BadInputError, HeatbinError, ReadError
from heatbin.histogram import Histogram
from heatbin.passes import blank_of, gather, settled
from heatbin.plan import Plan, plan_points
from heatbin.progress import Progress
from heatbin.sources import LeftOut, Part
from heatbin.state import Added, InFlight, Input, Manifest, Saved, StateFolder, inputs_read
from heatbin.tally import Tally, tally_of
from heatbin.updating.arrivals import Arrivals, with_tails
from heatbin.updating.division import WORDS, Division

__all__ = ["Taken", "Terms", "take_in"]

# Checkpoints take no more of a run than this, however often they are wanted.
MOST_COST = 0.025
# While a grid is written, its cells are there again: as they are, encoded, and sealed.
COPIES = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all that a run takes in.

    Parameters
    ----------
    folder : StateFolder
        The state.
    request : mapping
        What was asked for.
    division : Division
        How the state is divided.
    arrivals : Arrivals
        What there is to take in.
    reading : mapping
        The options, threads and memory to read with, as `plan_points` takes them.
    every : float or None
        How many seconds there are between two checkpoints; None if there are to be none.
    """

    folder: StateFolder
    request: Mapping[str, Any]
    division: Division
    arrivals: Arrivals
    reading: Mapping[str, Any]
    every: float | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run has taken in so far.

    Parameters
    ----------
    before : Manifest
        The state that is gone on from.
    after : Manifest
        The state now: the last checkpoint.
    added : mapping of period to Saved, optional
        What is to become part of the state `before`.
    left_out : tuple of LeftOut, optional
        Inputs that could not be read.
    tally : Tally, optional
        Where the rows went.
    resumed : int, optional
        How many of these a run had read that was stopped.
    """

    before: Manifest
    after: Manifest
    added: Added = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    tally: Tally = Tally()  # noqa: RUF009
    resumed: int = 0

    def without(self, left_out: Iterable[LeftOut]) -> Taken:
        """Return the same, with more inputs left out."""
        return replace(self, left_out=tuple(sorted({*self.left_out, *left_out})))


def take_in(terms: Terms, before: Manifest, *, progress: Progress) -> Taken:
    """Read what arrived, in as many goes as memory needs; all but the last are part of the state then."""
    taken, waiting = Taken(before, before), terms.arrivals.to_read
    while waiting:
        taken, waiting = _go(waiting, terms, taken, progress)
    return taken


def _go(
    paths: Sequence[str], terms: Terms, taken: Taken, progress: Progress
) -> tuple[Taken, tuple[str, ...]]:
    """Read files until memory is full; return what is taken in then, and the files that are not."""
    try:
        planned = settled(_planned(paths, terms, taken.before))
        intake = Intake(terms, planned, before=taken.before, after=taken.after)
        outcome = gather(planned, intake.blank, intake, progress=progress)
    except (BadInputError, ReadError) as error:
        return taken.without(LeftOut(path, str(error)) for path in paths), ()
    if outcome.fold.rows != outcome.rows and not terms.arrivals.again:
        raise HeatbinError(
            f"{outcome.rows} rows were read, but {outcome.fold.rows} are in the grids: please report this"
        )
    left_out = {*planned.left_out, *outcome.left_out}
    absent = {out.path for out in left_out} | set(outcome.unread)
    added = intake.added(outcome.fold, absent=absent)
    taken = replace(
        taken.without(left_out),
        tally=taken.tally + _tally(added),
        resumed=taken.resumed + intake.resumed,
    )
    if outcome.unread:
        intake.put(added, absent=absent)
        return replace(taken, before=intake.after, after=intake.after), outcome.unread
    return replace(taken, after=intake.after, added=added), ()


def _planned(paths: Sequence[str], terms: Terms, state: Manifest) -> Plan:
    """Return the plan to read files into grids with the axes of a state, if it has some."""
    asked = {word: value for word, value in terms.request.items() if word not in WORDS}
    axes = terms.folder.axes(state)
    if axes is not None:
        asked.update(bins=axes, range=None)
    return plan_points(list(paths), **asked, **terms.reading, on_error="skip", moment=terms.division.time)


def _tally(added: Added) -> Tally:
    tally = Tally()
    for saved in added.values():
        tally += tally_of(saved.accumulator, skipped=saved.skipped)
    return tally


class Intake:
    """Takes in what is planned: a `heatbin.engine.Keeper`.

    Parameters
    ----------
    terms : Terms
        What holds.
    planned : Plan
        What is read, with nothing open any more.
    before : Manifest
        The state before.
    after : Manifest
        The state now.

    Attributes
    ----------
    after : Manifest
        The state after the last checkpoint.
    resumed : int
        How many rows need not be read, because a stopped run had read them.
    """

    def __init__(self, terms: Terms, planned: Plan, *, before: Manifest, after: Manifest) -> None:
        self._terms, self._planned, self._before, self.after = terms, planned, before, after
        memory = planned.memory
        spare = max(0, memory.limit - memory.total - COPIES * memory.grid)
        self._has_room = memory.total + COPIES * memory.grid <= memory.limit
        self._room = Room(1 + planned.threads + spare // memory.grid) if terms.division else None
        self._next, self._spent = time.monotonic() + (terms.every or 0), 0.0
        self._writing = threading.Lock()
        self._touched: dict[str, frozenset[str | None]] = {}
        self.resumed = 0

    def blank(self) -> Apart:
        """Return an empty fold that the plan is read into."""
        return Apart(blank_of(self._planned), self._terms.division.calendar(self._planned.clock), self._room)

    @property
    def active(self) -> bool:
        """Whether there shall be checkpoints: not while inputs are replaced, all of which must be done in one step."""
        return self._terms.every is not None and self._has_room and not self._terms.arrivals.outdated

    def due(self) -> bool:
        """Tell whether it is time for a checkpoint."""
        return time.monotonic() >= self._next

    def full(self) -> bool:
        """Tell whether what was read should be written before more is."""
        return self._room is not None and self._room.short and not self._terms.arrivals.outdated

    def begun(self, part: Part, blank: Apart) -> Groups:
        """Put what a stopped run had read of a file into `blank`, and return of which row groups it is."""
        groups: Groups = frozenset()
        for piece in self._left_behind(part.path):
            there = frozenset(piece.row_groups)
            fits = piece.fingerprint == part.fingerprint and there <= groups_of(part.row_groups) - groups
            kept = self._terms.folder.in_flight(piece) if fits else None
            if kept is not None and all(self._is_alike(saved.accumulator) for saved in kept.values()):
                for period, saved in kept.items():
                    blank.grid(period).merge(saved.accumulator)
                groups |= there
        self.resumed += sum(group.rows for group in part.row_groups if groups_of([group]) <= groups)
        return groups

    def closing(self, part: Part, fold: Apart) -> None:
        """Note in which periods the rows of a file are; forget those that are known, and read again for others only."""
        home = self._terms.division.home(part.path)
        if home is not None and None in fold.grids:
            fold.grids[home] = fold.grids.pop(None)
        for period in set(fold.grids) - self._wanted(part.path, fold.grids):
            fold.drop(period)
        self._touched[part.path] = frozenset(fold.grids)

    def dropping(self, fold: Apart) -> None:
        """Give up the room of what was read of a file that cannot be read to its end."""
        for period in set(fold.grids):
            fold.drop(period)

    def keep(self, part: Part, groups: Groups, fold: Apart) -> InFlight:
        """Write what was read of a file so far."""
        with self._timed():
            files = tuple(
                (period, self._terms.folder.write(Saved(grid, self._planned.names)))
                for period, grid in fold.grids.items()
            )
        return InFlight(files, part.path, part.fingerprint, tuple(sorted(groups)))

    def commit(self, fold: Apart, parts: Sequence[Part], pieces: Sequence[Piece]) -> None:
        """Make whole files part of the state, and note pieces of others."""
        absent = {task.part.path for task in self._planned.tasks} - {part.path for part in parts}
        with self._timed():
            self.put(
                self.added(fold, absent=absent), absent=absent, in_flight=[piece.kept for piece in pieces]
            )
        pause = self._spent / MOST_COST / self._planned.threads
        self._next, self._spent = time.monotonic() + max(self._terms.every or 0, pause), 0.0

    def put(self, added: Added, *, absent: Collection[str], in_flight: Sequence[InFlight] = ()) -> None:
        """Make what was read part of the state, in which some files are absent then."""
        self.after = self._terms.folder.checkpoint(
            added,
            before=self._before,
            after=self.after,
            request=self._terms.request,
            in_flight=[*in_flight, *self._still_waiting(absent, in_flight)],
        )

    def added(self, fold: Apart, *, absent: Collection[str]) -> dict[str | None, Saved]:
        """Return what was read, by period, with its ledger; nothing of the files that are absent."""
        skipped, ledgers = self._planned.skipped_rows, defaultdict[str | None, list[Input]](list)
        unread: dict[str | None, int] = defaultdict(int)
        unseen: dict[str | None, int] = defaultdict(int)
        present = [part for part in self._planned.parts if part.path not in absent]
        inputs = inputs_read((part.path, part.fingerprint, part.rows) for part in present)
        for part, known in zip(present, with_tails(inputs, self._terms.arrivals.tails), strict=True):
            home = self._terms.division.home(part.path)
            rowless = not self._touched.get(part.path) or skipped[part.path]
            periods = self._touched.get(part.path, frozenset()) | ({home} if rowless else set())
            for period in self._wanted(part.path, periods):
                ledgers[period].append(known)
                if period == home:
                    unread[period] += skipped[part.path]
                    unseen[period] += not part.counted and not self._touched.get(part.path)
        return {
            period: self._saved(fold.grids.get(period), ledger, unread[period], unseen[period])
            for period, ledger in ledgers.items()
        }

    def _saved(self, grid: Accumulator | None, ledger: Sequence[Input], skipped: int, unseen: int) -> Saved:
        grid = blank_of(self._planned)() if grid is None else grid
        names, inputs = self._planned.names, tuple(sorted(ledger))
        return Histogram(grid, names, skipped=skipped, unseen=unseen, inputs=inputs).to_saved()

    def _wanted(self, path: str, periods: Collection[str | None]) -> set[str | None]:
        """Return the periods that a file may add to: all, or if it is read again those that are made anew."""
        again = self._terms.arrivals.again
        return set(periods) & again[path] if path in again else set(periods)

    def _is_alike(self, kept: Accumulator) -> bool:
        planned = self._planned
        return kept.binning == planned.binning and kept.statistics == planned.statistics

    def _left_behind(self, path: str) -> list[InFlight]:
        return [piece for piece in self._before.in_flight if piece.path == path]

    def _still_waiting(self, absent: Collection[str], new: Sequence[InFlight]) -> Iterator[InFlight]:
        """Yield what an earlier run left behind that is in nothing of this one."""
        for old in self._before.in_flight:
            read = {group for piece in new if piece.path == old.path for group in piece.row_groups}
            if old.path in absent and read.isdisjoint(old.row_groups):
                yield old

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Write one grid at a time, so that memory holds the copies of one, and note what it takes."""
        with self._writing:
            start = time.monotonic()
            yield
            self._spent += time.monotonic() - start
