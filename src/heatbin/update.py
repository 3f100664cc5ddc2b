"""Keeping a histogram up to date: what is new is added, each input exactly once."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from heatbin.aggregate import run_plan
from heatbin.arrivals import Arrivals, check_on_changed, sort_arrivals, with_tails
from heatbin.errors import BadInputError, ReadError, UsageError
from heatbin.plan import Plan, plan_points
from heatbin.progress import Progress
from heatbin.resuming import Resuming
from heatbin.sources import LeftOut, open_source
from heatbin.state import Input, Manifest, Partial, Saved, StateFolder, to_plain
from heatbin.tally import Tally
from heatbin.units import parse_duration

__all__ = ["Update", "update"]

DEFAULTS = {"bins": 1024, "agg": "count"}


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
    options, threads, memory, progress : optional
        As `heatbin.aggregate` takes them.
    on_changed : {"raise", "replace", "ignore"}, optional
        What to do about an input that changed since it was counted. To replace one exactly, those that were counted
        in the same runs are read again.
    min_age : float or str, optional
        Leave files to a later run that were written to less than so many seconds ago, or "1min" and the like.
    checkpoint_every : float or str, optional
        Make what was read so far part of the state every so many seconds, or "1min" and the like, and when the run is
        told to stop; never, if None. Not more often than takes 3 % of the run, nor where memory has no room for it, nor
        while inputs are replaced, or the range still grows.
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
    given |= {"where": where, "format": format}
    reading = {"options": options, "threads": threads, "memory": memory, "progress": progress}
    folder = StateFolder(Path(state))
    names = _files_of(source, format, options)
    if dry_run:
        return _Run(folder, given, reading).dry(names, on_changed=on_changed, min_age=age)
    _check_first(folder, given)
    folder.create()
    with folder.lock():
        return _Run(folder, given, reading, every=every).do(names, on_changed=on_changed, min_age=age)


class _Run:
    """One run, with the state as it finds it."""

    def __init__(
        self,
        folder: StateFolder,
        given: Mapping[str, Any],
        reading: Mapping[str, Any],
        *,
        every: float | None = None,
    ) -> None:
        self._folder, self._reading, self._every = folder, reading, every
        self._before: Manifest | None = folder.manifest()
        self._request = _agreed(self._before, given)
        self._ledgers: dict[Partial, tuple[Input, ...]] = {}
        self._axes = self._axes_in_flight()
        self._resuming: Resuming | None = None
        for each in self._before.counting if self._before else ():
            saved = folder.partial(each)
            self._ledgers[each] = saved.inputs
            self._axes = saved.accumulator.binning.coordinates

    def dry(self, names: Sequence[str], *, on_changed: str, min_age: float) -> Update:
        return self._report(self._sort(names, on_changed, min_age), self._before)

    def do(self, names: Sequence[str], *, on_changed: str, min_age: float) -> Update:
        arrivals = self._sort(names, on_changed, min_age)
        self._folder.clear(self._before)
        if not arrivals.to_read:
            return self._report(arrivals, self._completed())
        saved, left_out = self._read(arrivals)
        missed = {out.path for out in left_out} & {*arrivals.replaced, *arrivals.again}
        if missed:
            raise BadInputError(
                f"{min(missed)} cannot be read, so nothing can be replaced now", path=min(missed)
            )
        if saved is None or not saved.inputs:
            return replace(self._report(arrivals, self._before), added=(), left_out=left_out)
        manifest = self._commit(saved, outdated=arrivals.outdated)
        absent = {out.path for out in left_out}
        report = replace(self._report(arrivals, manifest), left_out=left_out, tally=_tally(saved))
        report = replace(report, resumed=self._resuming.resumed if self._resuming else 0)
        return replace(report, added=tuple(path for path in arrivals.added if path not in absent))

    def _sort(self, names: Sequence[str], on_changed: str, min_age: float) -> Arrivals:
        return sort_arrivals(names, self._ledgers, on_changed=on_changed, min_age=min_age)

    def _read(self, arrivals: Arrivals) -> tuple[Saved | None, tuple[LeftOut, ...]]:
        asked = dict(self._request)
        if self._axes is not None:
            asked.update(bins=self._axes, range=None)
        paths, start = list(arrivals.to_read), time.perf_counter()
        reading = {word: value for word, value in self._reading.items() if word != "progress"}
        try:
            planned = plan_points(paths, **asked, **reading, on_error="skip")
            histogram = run_plan(
                planned,
                start=start,
                progress=self._reading["progress"],
                keeping=None if arrivals.outdated else partial(self._keeper, arrivals),
            )
        except (BadInputError, ReadError) as error:
            return None, tuple(LeftOut(path, str(error)) for path in paths)
        saved = histogram.to_saved()
        return replace(saved, inputs=with_tails(saved.inputs, arrivals.tails)), histogram.left_out

    def _keeper(self, arrivals: Arrivals, planned: Plan) -> Resuming | None:
        if self._every is not None and Resuming.has_room(planned):
            tails = arrivals.tails
            self._resuming = Resuming(self._folder, planned, self._request, tails, every=self._every)
        return self._resuming

    def _commit(self, saved: Saved | None, *, outdated: Collection[Partial] = ()) -> Manifest:
        """Make what was read part of the state, with what a stopped run had added; this ends the run."""
        before = self._before
        partials, begun = (before.partials, before.begun) if before else ((), ())
        return self._folder.commit(
            saved,
            before=self._folder.manifest(),
            kept=[each for each in partials if each not in outdated],
            begun=[each for each in begun if each not in outdated],
            request=self._request,
        )

    def _completed(self) -> Manifest | None:
        """Return the state as it is, once what a stopped run had added is no longer apart."""
        return self._commit(None) if self._before and self._before.begun else self._before

    def _axes_in_flight(self) -> tuple[Any, ...] | None:
        """Return the axes that a first run had found before it was stopped."""
        pieces = map(self._folder.in_flight, self._before.in_flight if self._before else ())
        return next((saved.accumulator.binning.coordinates for saved in pieces if saved), None)

    def _report(self, arrivals: Arrivals, manifest: Manifest | None) -> Update:
        return Update(
            manifest.generation if manifest else 0,
            added=arrivals.added,
            replaced=arrivals.replaced,
            known=arrivals.known,
            ignored=arrivals.ignored,
            waiting=arrivals.waiting,
        )


def _files_of(source: Any, format: str | None, options: Mapping[str, Any] | None) -> tuple[str, ...]:
    opened = open_source(source, format=format, options=options)
    paths: tuple[str, ...] | None = getattr(opened, "paths", None)
    if paths is None:
        raise UsageError("a state is kept of files, which can be told apart; save and merge other sources")
    return paths


def _check_first(folder: StateFolder, given: Mapping[str, Any]) -> None:
    """Say what is lacking before a folder is made."""
    _agreed(folder.manifest(), given)


def _agreed(manifest: Manifest | None, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request of a state: what it was made with, or what is given now."""
    if manifest is None:
        lacking = [word for word in ("x", "y") if given[word] is None]
        if lacking:
            raise UsageError(f"{' and '.join(lacking)} must be given, since there is no state yet")
        return {**given, **{word: value for word, value in DEFAULTS.items() if given[word] is None}}
    kept = manifest.request
    for word, value in given.items():
        if not _agrees(to_plain(value), to_plain(kept.get(word))):
            raise UsageError(
                f"{word} is {value!s:.80} here, and the state was made with {kept.get(word)!s:.80}; leave it out"
            )
    return kept


def _agrees(given: Any, kept: Any) -> bool:
    """Tell whether what is given is what is kept, as far as anything is given: of ranges, for an axis alone."""
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return all(each is None or each == other for each, other in zip(given, kept, strict=True))
    return given is None or given == kept


def _seconds(duration: float | str) -> float:
    return parse_duration(duration) if isinstance(duration, str) else float(duration)


def _tally(saved: Saved) -> Tally:
    from heatbin.tally import tally_of

    return tally_of(saved.accumulator, skipped=saved.skipped)
