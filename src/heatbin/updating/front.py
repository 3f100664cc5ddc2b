"""Keeping a histogram up to date: what is new is added, each input exactly once."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from heatbin.errors import BadInputError, HeatbinError, ReadError, UsageError
from heatbin.passes import Gathering, gather
from heatbin.plan import Plan, plan_points
from heatbin.progress import Progress
from heatbin.sources import LeftOut, Store, open_source, time_columns
from heatbin.state import Added, Manifest, Partial, StateFolder
from heatbin.tally import Tally, tally_of
from heatbin.units import parse_duration
from heatbin.updating.agreement import agreed
from heatbin.updating.arrivals import Arrivals, check_on_changed, sort_arrivals
from heatbin.updating.division import WORDS, Division, only_time
from heatbin.updating.intake import Intake, Terms

__all__ = ["Update", "update"]


@dataclass(frozen=True, slots=True)
class Update:
    """What a run of `heatbin.update` did.

    Parameters
    ----------
    generation : int
        How many commits the state has seen.
    added, replaced : tuple of str
        The inputs that were counted in, and those of them that had been counted before they changed.
    known : int
        How many of those that were named were in the state before.
    ignored : tuple of str
        Inputs that changed since they were counted, and count as they were.
    waiting : tuple of str
        Inputs that are too young, and are left to a later run.
    left_out : tuple of LeftOut
        Inputs that could not be read; the next run tries again.
    tally : Tally
        Where the rows went that were read now.
    resumed : int
        How many of these a run had read that was stopped.
    """

    generation: int
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    known: int = 0
    ignored: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tally: Tally = Tally()  # noqa: RUF009
    resumed: int = 0


def update(
    state: str | os.PathLike[str],
    source: Any,
    *,
    x: str | None = None,
    y: str | None = None,
    bins: Any = None,
    range: Any = None,
    agg: Any = None,
    weight: str | None = None,
    by: str | None = None,
    where: str | None = None,
    period: str | None = None,
    time: str | None = None,
    partition_by: str | None = None,
    keep: int | None = None,
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    threads: int | None = None,
    memory: str | int | None = None,
    on_changed: str = "raise",
    min_age: float | str = 0,
    checkpoint_every: float | str | None = "1min",
    dry_run: bool = False,
    progress: Progress = None,
) -> Update:
    """Add the inputs to a state that it has not seen yet.

    Whatever happens, the state holds whole files, each once. A run that is stopped leaves behind what it had read by
    its last checkpoint; the next one goes on from there, and ends as one that was never stopped.

    Parameters
    ----------
    state : path-like
        The folder that keeps it; made by the first run.
    source : path, glob, folder or list of them
        Files, those that were counted already among them.
    x, y, bins, range, agg, weight, by, where, format : optional
        As `heatbin.aggregate` takes them, by the first run, which fixes the axes. Later they may be repeated.
    period : str, optional
        Keep the rows of each such period apart, such as "1d", so that some can be looked at, and old ones given up.
    time : str, optional
        The column or expression that says when each row was; needed where more than one column holds dates or
        timestamps. Rows without a time, or in years beyond 1 to 9999, are kept, too, in no period.
    partition_by : str, optional
        Keep files apart by the period that their paths name, in place of `period`: a pattern such as
        "{year}-{month}-{day}", or a regular expression with a group called "period".
    keep : int, optional
        How many periods stay, the newest; those that are older are given up. They are not counted again.
    options, threads, memory, progress : optional
        As `heatbin.aggregate` takes them.
    on_changed : {"raise", "replace", "ignore"}, optional
        What to do about an input that changed since it was counted. To replace one exactly, those that were counted
        in the same runs are read again; where there are periods, those with rows in the same.
    min_age : float or str, optional
        Leave files to a later run that were written to less than so many seconds ago, or "1min" and the like.
    checkpoint_every : float or str, optional
        Make what was read so far part of the state every so many seconds, or "1min" and the like, and when the run is
        told to stop; never, if None. Not more often than takes 3 % of the run, nor where memory has no room for it, nor
        while inputs are replaced.
    dry_run : bool, optional
        Only say what would be done: ``added`` is what would be tried.

    Returns
    -------
    Update
        What was done.

    Raises
    ------
    UsageError
        When an argument cannot work, or is not what the state was made with.
    BusyError
        When another process updates the state.
    StateError
        When the state is damaged.
    BadInputError
        When an input changed since it was counted.
    OutputError
        When the state cannot be written; what was there is untouched.
    """
    check_on_changed(on_changed)
    age, every = _seconds(min_age), None if checkpoint_every is None else _seconds(checkpoint_every)
    if where is not None and not isinstance(where, str):
        raise TypeError(f"where must be text, which a state can keep, not {type(where).__name__}")
    given = {"x": x, "y": y, "bins": bins, "range": range, "agg": agg, "weight": weight, "by": by}
    given |= {"where": where, "format": format, "period": period, "time": time, "partition_by": partition_by}
    _check(range, keep)
    reading = {"options": options, "threads": threads, "memory": memory, "progress": progress}
    folder = StateFolder(Path(state))
    opened = open_source(source, format=format, options=options)
    names, store = _files_of(opened)
    if period is not None and time is None and folder.manifest() is None:
        given["time"] = only_time(time_columns(opened.schema), (x or "", y or ""))
    if dry_run:
        return _Run(folder, given, reading, store=store).dry(names, on_changed=on_changed, min_age=age)
    _check_first(folder, given)
    folder.create()
    with folder.lock():
        run = _Run(folder, given, reading, store=store, every=every, keep=keep)
        return run.do(names, on_changed=on_changed, min_age=age)


class _Run:
    """One run, with the state as it finds it."""

    def __init__(
        self,
        folder: StateFolder,
        given: Mapping[str, Any],
        reading: Mapping[str, Any],
        *,
        store: Store,
        every: float | None = None,
        keep: int | None = None,
    ) -> None:
        self._folder, self._reading, self._every, self._keep = folder, reading, every, keep
        self._store = store
        self._before: Manifest | None = folder.manifest()
        self._after = self._before
        self._request = agreed(self._before, given)
        self._division = Division.of(self._request)
        counting = self._before.counting if self._before else ()
        self._ledgers = {partial: folder.ledger(partial) for partial in counting}

    def dry(self, names: Sequence[str], *, on_changed: str, min_age: float) -> Update:
        return self._report(self._sort(names, on_changed, min_age))

    def do(self, names: Sequence[str], *, on_changed: str, min_age: float) -> Update:
        arrivals = self._sort(names, on_changed, min_age)
        self._folder.clear(self._before)
        if not arrivals.to_read:
            return self._report(arrivals, manifest=self._completed())
        taken = self._take_in(arrivals)
        missed = {out.path for out in taken.left_out} & {*arrivals.replaced, *arrivals.again}
        if missed:
            raise BadInputError(
                f"{min(missed)} cannot be read, so nothing can be replaced now", path=min(missed)
            )
        absent = {out.path for out in taken.left_out}
        added = tuple(path for path in arrivals.added if path not in absent)
        if not (added or arrivals.replaced):
            return replace(self._report(arrivals), added=(), left_out=taken.left_out)
        report = self._report(arrivals, manifest=self._commit(taken.added, outdated=arrivals.outdated))
        return replace(report, added=added, left_out=taken.left_out, tally=taken.tally, resumed=taken.resumed)

    def _sort(self, names: Sequence[str], on_changed: str, min_age: float) -> Arrivals:
        retired = self._before.retired if self._before else None
        return sort_arrivals(
            names,
            self._ledgers,
            store=self._store,
            retired=self._folder.ledger(retired) if retired else (),
            on_changed=on_changed,
            min_age=min_age,
        )

    def _take_in(self, arrivals: Arrivals) -> _Taken:
        """Read what arrived, in as many goes as memory needs; all but the last are part of the state then."""
        self._division.check(arrivals.to_read)
        waiting, taken = arrivals.to_read, _Taken()
        terms = Terms(self._folder, self._request, self._division, arrivals, self._every)
        while waiting:
            go = self._go(list(waiting), terms)
            taken = go.after(taken)
            waiting = go.unread
        return taken

    def _go(self, paths: list[str], terms: Terms) -> _Taken:
        """Read files until memory is full."""
        intakes: list[Intake] = []

        def gathering(settled: Plan) -> Gathering:
            intakes.append(Intake(terms, settled, before=self._before, after=self._after))
            return intakes[0].gathering()

        try:
            planned, outcome = gather(self._planned(paths), gathering, progress=self._reading["progress"])
        except (BadInputError, ReadError) as error:
            return _Taken(left_out=tuple(LeftOut(path, str(error)) for path in paths))
        (intake,) = intakes
        left_out = tuple(sorted({*planned.left_out, *outcome.left_out}))
        absent = {out.path for out in left_out} | set(outcome.unread)
        if outcome.fold.rows != outcome.rows and not terms.arrivals.again:
            raise HeatbinError(
                f"{outcome.rows} rows were read, but {outcome.fold.rows} are in the grids: please report this"
            )
        added = intake.added(outcome.fold, absent=absent)
        tally = _tally(added)
        if outcome.unread:
            intake.put(added, absent=absent)
            self._before, added = intake.after, {}
        self._after = intake.after
        return _Taken(added, left_out, outcome.unread, tally, intake.resumed)

    def _planned(self, paths: list[str]) -> Plan:
        asked = {word: value for word, value in self._request.items() if word not in WORDS}
        axes = self._axes()
        if axes is not None:
            asked.update(bins=axes, range=None)
        reading = {word: value for word, value in self._reading.items() if word != "progress"}
        return plan_points(paths, **asked, **reading, on_error="skip", moment=self._division.time)

    def _axes(self) -> tuple[Any, ...] | None:
        """Return the axes of the state, which a first run that was stopped may have found, too."""
        state = self._before
        if state is None:
            return None
        for partial in (*state.counting, *([state.retired] if state.retired else [])):
            return self._folder.axes(partial)
        pieces = (
            piece for each in state.in_flight for piece in (self._folder.in_flight(each) or {}).values()
        )
        return next((piece.accumulator.binning.coordinates for piece in pieces), None)

    def _commit(self, added: Added, *, outdated: Collection[Partial] = ()) -> Manifest:
        """Make what was read part of the state, with what a stopped run had added; this ends the run."""
        return self._folder.commit(
            added,
            before=self._before,
            after=self._after,
            request=self._request,
            outdated=outdated,
            keep=self._keep,
        )

    def _completed(self) -> Manifest | None:
        """Return the state, once nothing of a stopped run is apart, and nothing is kept that is too old."""
        state = self._before
        if state is None:
            return None
        named = {each.period for each in state.partials if each.period is not None}
        too_many = self._keep is not None and len(named) > self._keep
        return self._commit({}) if state.begun or too_many else state

    def _report(self, arrivals: Arrivals, *, manifest: Manifest | None = None) -> Update:
        manifest = manifest or self._before
        return Update(
            manifest.generation if manifest else 0,
            added=arrivals.added,
            replaced=arrivals.replaced,
            known=arrivals.known,
            ignored=arrivals.ignored,
            waiting=arrivals.waiting,
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was read in one go: by period what it adds, and what became of the inputs and the rows."""

    added: Added = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    unread: tuple[str, ...] = ()
    tally: Tally = Tally()  # noqa: RUF009
    resumed: int = 0

    def after(self, before: _Taken) -> _Taken:
        """Return this go with the account of those before it."""
        return replace(
            self,
            left_out=tuple(sorted({*before.left_out, *self.left_out})),
            tally=before.tally + self.tally,
            resumed=before.resumed + self.resumed,
        )


def _check(range: Any, keep: int | None) -> None:
    if isinstance(range, str) and range == "grow":
        raise UsageError("the range of a state is found before rows are counted; give it, or leave it out")
    if keep is not None and (isinstance(keep, bool) or not isinstance(keep, int) or keep < 1):
        raise UsageError(f"keep must be a number of periods, 1 or more, not {keep!r}")


def _files_of(opened: Any) -> tuple[tuple[str, ...], Store]:
    """Return the files of a source, and where they are."""
    paths: tuple[str, ...] | None = getattr(opened, "paths", None)
    if paths is None:
        raise UsageError("a state is kept of files, which can be told apart; save and merge other sources")
    return paths, opened.store


def _check_first(folder: StateFolder, given: Mapping[str, Any]) -> None:
    """Say what is lacking before a folder is made."""
    Division.of(agreed(folder.manifest(), given))


def _seconds(duration: float | str) -> float:
    return parse_duration(duration) if isinstance(duration, str) else float(duration)


def _tally(added: Added) -> Tally:
    tally = Tally()
    for saved in added.values():
        tally += tally_of(saved.accumulator, skipped=saved.skipped)
    return tally
