"""The passes over the rows that a plan asks for: to find what is open in it, and to fill its grid."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.engine import (
    Apart,
    Categories,
    Extremes,
    Growing,
    Keeper,
    Outcome,
    Percentiles,
    Together,
    Work,
    run_here,
    run_on,
)
from heatbin.plan import Plan, above_of, sample_tasks
from heatbin.progress import Progress, reporter
from heatbin.sources import release_buffers

__all__ = ["blank_of", "carried_out", "gather", "settled"]

# What one run decoded into is kept for the next one, unless it is more: few workers with few columns stay below.
MOST_KEPT_BYTES = 1 << 27

# Percentiles of this many rows are off by less than a tenth of a percent.
SAMPLE_ROWS = 1 << 22


def settled(planned: Plan, executor: Executor | None = None) -> Plan:
    """Return a plan in which nothing is open any more, unless it grows: first categories are found, then ranges."""
    if planned.grow:
        return planned
    if any(wanted.values for wanted in planned.sought):
        projection = planned.reading.projection
        places = enumerate(projection.categories)
        axes = {place: axis for place, axis in places if axis is not None and axis.open}
        called = {place: projection.called(place) for place in axes}
        values = _run(planned, partial(Categories, axes, called), executor, False).fold.values
        planned = planned.settle(values)
    if planned.open:
        planned = planned.settle(dict(enumerate(_ends_from_data(planned, executor))))
    return planned


def carried_out(
    planned: Plan, executor: Executor | None = None, *, progress: Progress = None
) -> Outcome[Accumulator]:
    """Read what is planned into one grid, and return what was read.

    Parameters
    ----------
    planned : Plan
        What to read, with nothing open any more, unless it grows.
    executor : concurrent.futures.Executor, optional
        Where to, instead of threads of this process.
    progress : bool or callable, optional
        As `aggregate` takes it.
    """
    outcome = _grown(planned, executor, progress) if planned.grow else _counted(planned, executor, progress)
    if planned.memory.buffers > MOST_KEPT_BYTES:
        release_buffers()
    return outcome


def gather(
    planned: Plan, blank: Callable[[], Apart], keeper: Keeper[Apart], *, progress: Progress = None
) -> Outcome[Apart]:
    """Read what is planned into grids that are kept apart, and return what was read.

    Parameters
    ----------
    planned : Plan
        What to read, with nothing open any more; it leaves out what cannot be read.
    blank : callable
        Makes an empty fold.
    keeper : Keeper
        Is told what is read, and makes checkpoints.
    progress : bool or callable, optional
        As `aggregate` takes it.
    """
    outcome = _run(planned, blank, None, progress, keeper)
    release_buffers()
    return outcome


def blank_of(planned: Plan) -> Callable[[], Accumulator]:
    """Return what makes the grids of a plan."""
    return partial(Accumulator, planned.binning, planned.statistics, limit=planned.memory.most_a_grid)


def _counted(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    return _run(planned, blank_of(planned), executor, progress, fold_bytes=planned.memory.grid)


def _grown(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    blank = partial(Growing, planned.coordinates, planned.statistics, limit=planned.memory.most_a_grid)
    grown = _run(planned, blank, executor, progress, fold_bytes=planned.memory.grid)
    return Outcome(grown.fold.finished(), grown.rows, grown.left_out)


def _ends_from_data(planned: Plan, executor: Executor | None) -> list[tuple[Any, Any] | None]:
    """Return the ends for all columns: the extremes of all rows, percentiles of a sample of row groups."""
    together = tuple(Together(above_of(coordinate)) for coordinate in planned.coordinates)
    extremes: list[Any] = [None] * len(planned.names)
    percentiles: list[Any] = [None] * len(planned.names)
    if any(wanted.extremes for wanted in planned.sought):
        extremes = _run(planned, partial(Extremes, together), executor, False).fold.ends
    if any(wanted.percentiles for wanted in planned.sought):
        sampled = replace(planned, tasks=sample_tasks(planned.tasks, SAMPLE_ROWS / max(planned.rows, 1)))
        sketches = _run(sampled, partial(Percentiles, together), executor, False).fold.sketches
        percentiles = [s.between(*w.percents()) for s, w in zip(sketches, planned.wanted, strict=True)]
    return [w.combine(*found) for w, *found in zip(planned.wanted, extremes, percentiles, strict=True)]


def _run(
    planned: Plan,
    blank: Any,
    executor: Executor | None,
    progress: Progress,
    keeper: Any = None,
    *,
    fold_bytes: int = 0,
) -> Outcome[Any]:
    with reporter(progress, planned.rows if planned.counted else None) as report:
        what = Work(planned.reading, planned.tasks, blank, planned.skip, report.advance, keeper)
        if executor is not None:
            return run_on(executor, what, workers=planned.threads)
        return run_here(what, threads=planned.threads, folds=planned.memory.grids, fold_bytes=fold_bytes)
