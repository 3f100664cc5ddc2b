"""The passes over the rows that a plan asks for: to find what is open in it, and to fill its grid."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

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

__all__ = ["Gathering", "blank_of", "carried_out", "gather"]

# Percentiles of this many rows are off by less than a tenth of a percent.
SAMPLE_ROWS = 1 << 22


class Gathering(NamedTuple):
    """What a plan is read into.

    Parameters
    ----------
    blank : callable
        Makes an empty fold.
    keeper : Keeper
        Is told what is read, and makes checkpoints.
    """

    blank: Callable[[], Apart]
    keeper: Keeper[Apart]


def carried_out(
    planned: Plan, executor: Executor | None = None, *, progress: Progress = None
) -> tuple[Plan, Outcome[Accumulator]]:
    """Read what is planned into one grid.

    Parameters
    ----------
    planned : Plan
        What to read.
    executor : concurrent.futures.Executor, optional
        Where to, instead of threads of this process.
    progress : bool or callable, optional
        As `aggregate` takes it.

    Returns
    -------
    plan : Plan
        The plan, with all that was open found, unless it grew.
    outcome : Outcome
        What was read.
    """
    settled = _settled(planned, executor)
    outcome = _grown(settled, executor, progress) if settled.grow else _counted(settled, executor, progress)
    release_buffers()
    return settled, outcome


def gather(
    planned: Plan, gathering: Callable[[Plan], Gathering], *, progress: Progress = None
) -> tuple[Plan, Outcome[Apart]]:
    """Read what is planned into grids that are kept apart.

    Parameters
    ----------
    planned : Plan
        What to read; it leaves out what cannot be read.
    gathering : callable
        Given the plan once nothing is open any more, returns what to read it into.
    progress : bool or callable, optional
        As `aggregate` takes it.

    Returns
    -------
    plan : Plan
        The plan, with all that was open found.
    outcome : Outcome
        What was read.
    """
    settled = _settled(planned, None)
    into = gathering(settled)
    outcome = _run(settled, into.blank, None, progress, into.keeper)
    release_buffers()
    return settled, outcome


def blank_of(planned: Plan) -> Callable[[], Accumulator]:
    """Return what makes the grids of a plan."""
    return partial(Accumulator, planned.binning, planned.statistics, limit=planned.memory.most_a_grid)


def _counted(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    return _run(planned, blank_of(planned), executor, progress)


def _grown(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    blank = partial(Growing, planned.coordinates, planned.statistics, limit=planned.memory.most_a_grid)
    grown = _run(planned, blank, executor, progress)
    return Outcome(grown.fold.finished(), grown.rows, grown.left_out)


def _settled(planned: Plan, executor: Executor | None) -> Plan:
    """Return a plan in which nothing is open any more: first categories are found, then ranges."""
    if planned.grow:
        return planned
    if any(wanted.values for wanted in planned.sought):
        places = enumerate(planned.reading.projection.categories)
        axes = {place: axis for place, axis in places if axis is not None and axis.open}
        values = _run(planned, partial(Categories, axes), executor, False).fold.values
        planned = planned.settle(values)
    if planned.open:
        planned = planned.settle(dict(enumerate(_ends_from_data(planned, executor))))
    return planned


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
    planned: Plan, blank: Any, executor: Executor | None, progress: Progress, keeper: Any = None
) -> Outcome[Any]:
    with reporter(progress, planned.rows if planned.counted else None) as report:
        what = Work(planned.reading, planned.tasks, blank, planned.skip, report.advance, keeper)
        if executor is not None:
            return run_on(executor, what, workers=planned.threads)
        return run_here(what, threads=planned.threads, folds=planned.memory.grids)
