"""Keeping a histogram up to date: what is new is added, each input exactly once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heatbin.checks import whole_number
from heatbin.errors import BadInputError, UsageError
from heatbin.progress import Progress
from heatbin.sources import LeftOut, Store, open_source, time_columns
from heatbin.state import EMPTY, Manifest, StateFolder
from heatbin.tally import Tally
from heatbin.units import parse_duration
from heatbin.updating.agreement import agreed
from heatbin.updating.arrivals import Offer, check_on_changed
from heatbin.updating.division import Division, only_time
from heatbin.updating.intake import Taken, Terms, take_in

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
        Leave files to a later run that were written to less than so many seconds ago, or "1min" and the like; with
        them those that are to be replaced, if any of the files that changed is so young.
    checkpoint_every : float or str, optional
        Make what was read so far part of the state every so many seconds, or "1min" and the like, and when the run is
        told to stop; never, if None. Not so often that they take more than 2.5 % of the run, nor where memory has no
        room for them, nor while inputs are replaced.
    dry_run : bool, optional
        Only say what would be done: ``added`` is what would be tried.

    Returns
    -------
    Update
        What was done.

    Raises
    ------
    TypeError
        When an argument is not of its kind.
    UsageError
        When an argument cannot work, or is not what the state was made with.
    NoInputError
        When there is no such file.
    MemoryBudgetError
        When the work does not fit in `memory`.
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
    age = _seconds("min_age", min_age)
    every = None if checkpoint_every is None else _seconds("checkpoint_every", checkpoint_every)
    if where is not None and not isinstance(where, str):
        raise TypeError(f"where must be text, which a state can keep, not {type(where).__name__}")
    given = {"x": x, "y": y, "bins": bins, "range": range, "agg": agg, "weight": weight, "by": by}
    given |= {"where": where, "format": format, "period": period, "time": time, "partition_by": partition_by}
    _check(range, keep)
    folder = StateFolder(Path(state))
    opened = open_source(source, format=format, options=options)
    offer = Offer(*_files_of(opened), on_changed, age)
    if period is not None and time is None and folder.manifest() is None:
        given["time"] = only_time(time_columns(opened.schema), (x or "", y or ""))
    if dry_run:
        return _Run(folder, given, offer).dry()
    _check_first(folder, given, keep)
    folder.create()
    reading = {"options": options, "threads": threads, "memory": memory}
    with folder.lock():
        return _Run(folder, given, offer).do(reading, every=every, keep=keep, progress=progress)


class _Run:
    """One run, with the state as it finds it."""

    def __init__(self, folder: StateFolder, given: Mapping[str, Any], offer: Offer) -> None:
        self._folder, self._before = folder, folder.manifest() or EMPTY
        self._request = agreed(self._before, given)
        self._division = Division.of(self._request)
        ledgers = {partial: folder.ledger(partial) for partial in self._before.counting}
        retired = self._before.retired
        self._arrivals = offer.sorted(ledgers, retired=folder.ledger(retired) if retired else ())

    def dry(self) -> Update:
        return self._report(self._before)

    def do(
        self, reading: Mapping[str, Any], *, every: float | None, keep: int | None, progress: Progress
    ) -> Update:
        arrivals = self._arrivals
        self._folder.clear(self._before)
        if not arrivals.to_read:
            return self._report(self._completed(keep))
        self._division.check(arrivals.to_read)
        terms = Terms(self._folder, self._request, self._division, arrivals, reading, every)
        taken = take_in(terms, self._before, progress=progress)
        absent = {out.path for out in taken.left_out}
        missed = absent & {*arrivals.replaced, *arrivals.again}
        if missed:
            raise BadInputError(
                f"{min(missed)} cannot be read, so nothing can be replaced now", path=min(missed)
            )
        added = tuple(path for path in arrivals.added if path not in absent)
        if not (added or arrivals.replaced):
            return replace(self._report(taken.before), added=(), left_out=taken.left_out)
        report = self._report(self._commit(taken, keep))
        return replace(report, added=added, left_out=taken.left_out, tally=taken.tally, resumed=taken.resumed)

    def _commit(self, taken: Taken, keep: int | None) -> Manifest:
        """Make what was read part of the state, with what a stopped run had added; this ends the run."""
        return self._folder.commit(
            taken.added,
            before=taken.before,
            after=taken.after,
            request=self._request,
            outdated=self._arrivals.outdated,
            keep=keep,
        )

    def _completed(self, keep: int | None) -> Manifest:
        """Return the state, once nothing of a stopped run is apart, and nothing is kept that is too old."""
        state = self._before
        too_many = keep is not None and len(state.periods) > keep
        return self._commit(Taken(state, state), keep) if state.begun or too_many else state

    def _report(self, manifest: Manifest) -> Update:
        arrivals = self._arrivals
        return Update(
            manifest.generation,
            added=arrivals.added,
            replaced=arrivals.replaced,
            known=arrivals.known,
            ignored=arrivals.ignored,
            waiting=arrivals.waiting,
        )


def _check(range: Any, keep: int | None) -> None:
    if isinstance(range, str) and range == "grow":
        raise UsageError("the range of a state is found before rows are counted; give it, or leave it out")
    if keep is not None:
        whole_number("keep", keep, least=1)


def _files_of(opened: Any) -> tuple[tuple[str, ...], Store]:
    """Return the files of a source, and where they are."""
    paths: tuple[str, ...] | None = getattr(opened, "paths", None)
    if paths is None:
        raise UsageError("a state is kept of files, which can be told apart; save and merge other sources")
    return paths, opened.store


def _check_first(folder: StateFolder, given: Mapping[str, Any], keep: int | None) -> None:
    """Say what is lacking before a folder is made."""
    division = Division.of(agreed(folder.manifest() or EMPTY, given))
    if keep is not None and division == Division():
        raise UsageError(
            "keep says how many periods stay, and the state is not kept in any; its first run is given "
            "period or partition_by"
        )


def _seconds(name: str, duration: float | str) -> float:
    if isinstance(duration, str):
        return parse_duration(duration, name=name)
    if isinstance(duration, bool) or not hasattr(duration, "__float__"):
        raise TypeError(f"{name} must be in seconds, or a duration such as '1min', not {duration!r}")
    seconds = float(duration)
    if not seconds >= 0:
        raise UsageError(f"{name} must be 0 seconds or more, not {duration!r}")
    return seconds
