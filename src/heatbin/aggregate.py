"""The front door: plan it, run it, return the histogram."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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
from heatbin.errors import HeatbinError
from heatbin.histogram import Histogram
from heatbin.histogram.remarks import on_growth, remarks
from heatbin.plan import Plan, above_of, plan_points, sample_tasks
from heatbin.progress import Progress, reporter
from heatbin.sources import release_buffers
from heatbin.state import inputs_read

__all__ = ["Gathering", "aggregate", "blank_of", "gather", "plan"]

plan = plan_points

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


def aggregate(
    source: Any,
    x: str,
    y: str,
    *,
    bins: Any = 1024,
    range: Any = None,
    agg: Any = "count",
    weight: str | None = None,
    by: str | None = None,
    where: Any = None,
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    threads: int | None = None,
    memory: str | int | None = None,
    executor: Executor | None = None,
    prune: bool = True,
    sample: float | None = None,
    on_error: str = "raise",
    progress: Progress = None,
) -> Histogram:
    """Bin the points of a source on a grid, however many there are.

    Parameters
    ----------
    source : path, glob, folder, URL, a list of them, or rows
        Where the rows are: Parquet, Arrow IPC or CSV files; ``-`` for standard input; or rows that Python has: tables
        and frames of pyarrow, pandas, polars and DuckDB, readers, datasets, a dict of arrays, an iterator of batches.
    x, y : str
        A column, or an expression of columns.
    bins : int, pair of int, edges, or axes, optional
        As `numpy.histogram2d` takes it, or one axis such as ``heatbin.Log(100, 1, 1e4)`` for each coordinate; or a
        ``heatbin.HexLattice(100)`` for both.
    range : pair of pairs or "grow", optional
        ``((xlo, xhi), (ylo, yhi))``: numbers, dates, or percentiles such as "p1"; None in the place of a pair or an end
        that the data give. "grow" finds it while the rows are read, in bins that are a power of two wide; that is
        what happens to rows that can be read only once.
    agg : statistic, text, or a sequence or mapping of these, optional
        What to tell of the rows of each bin: ``heatbin.mean("fare")`` or "mean:fare"; in a mapping the keys are the
        names, such as ``{"n": heatbin.count(), "p95": "p95:delay"}``. All are found in one pass.
    weight : str, optional
        A column or an expression: what each row counts, in place of 1.
    by : str, optional
        A column or an expression that becomes a third axis: one bin a value, unless `bins` says otherwise.
    where : str or pyarrow.compute.Expression, optional
        Which rows to count.
    format : {"parquet", "arrow", "csv"}, optional
        What files are, whatever their names say; needed for standard input, unless it is Arrow.
    options : mapping, optional
        Of the source: for example ``{"delimiter": ";"}`` for CSV, ``{"anonymous": True}`` for S3.
    threads : int, optional
        How many workers; as many as the system grants this process, if None.
    memory : str or int, optional
        What the whole process may hold, such as "1GB"; what the system grants, if None.
    executor : concurrent.futures.Executor, optional
        Where to run bundles of tasks instead of on threads here. The result is the same, to the byte.
    prune : bool, optional
        Whether to pass over row groups whose statistics prove that none of their rows can be binned; these rows
        count as skipped. No cell depends on it.
    sample : float, optional
        Read only about this share of the row groups, above 0 and at most 1: a first look at much data. The counts
        are scaled up, and the picture and the summary call them estimates.
    on_error : {"raise", "skip"}, optional
        Whether a file that cannot be read ends the run, or is left out whole and named in ``left_out``.
    progress : bool or callable, optional
        None for a bar on a terminal; a callable gets the rows done and the rows there are.

    Returns
    -------
    Histogram
        What was found in each bin, with the account of every row.

    Raises
    ------
    UsageError
        When an argument cannot work.
    NoInputError
        When there is nothing to read.
    BadInputError
        When an input is damaged, changes while it is read, or has a column that cannot be binned.
    MemoryBudgetError
        When the work does not fit in `memory`; found before reading starts.
    """
    start = time.perf_counter()
    planned = plan_points(
        source,
        x,
        y,
        bins=bins,
        range=range,
        agg=agg,
        weight=weight,
        by=by,
        where=where,
        format=format,
        options=options,
        threads=threads,
        memory=memory,
        prune=prune,
        sample=sample,
        on_error=on_error,
    )
    planned = _settled(planned, executor)
    outcome = _grown(planned, executor, progress) if planned.grow else _counted(planned, executor, progress)
    release_buffers()
    request = {"x": x, "y": y, "bins": bins, "range": range, "where": where if where is None else str(where)}
    request |= {"agg": agg, "weight": weight, "by": by}
    return replace(_histogram(planned, outcome, time.perf_counter() - start), request=request)


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


def _histogram(planned: Plan, outcome: Outcome[Accumulator], seconds: float) -> Histogram:
    left_out = {*planned.left_out, *outcome.left_out}
    absent = {out.path for out in left_out}
    in_absent = 0 if planned.unread else sum(planned.skipped_rows.get(path, 0) for path in absent)
    histogram = Histogram(
        outcome.fold,
        planned.names,
        skipped=planned.skipped.rows - in_absent,
        unseen=planned.skipped.uncounted,
        scale=planned.scale,
        left_out=tuple(sorted(left_out)),
        origin=_origin(planned, outcome.rows, seconds),
        inputs=inputs_read((p.path, p.fingerprint, p.rows) for p in planned.parts if p.path not in absent),
    )
    if histogram.tally.read != outcome.rows:
        raise HeatbinError(
            f"{outcome.rows} rows were read, but {histogram.tally.read} are in the grid: please report this"
        )
    axes, names = histogram.axes, histogram.titles.names
    wanted = planned.binning.split(planned.wanted)
    found = [any(each) and not any(w.percentiles for w in each) for each in wanted]
    told = remarks(outcome.fold.rows(), axes, names, histogram.tally, found=found)
    grew = on_growth(axes, names, [planned.grow and any(each) for each in wanted])
    return replace(histogram, warnings=(*grew, *told))


def _origin(planned: Plan, rows: int, seconds: float) -> dict[str, Any]:
    return {
        "bytes_read": planned.bytes,
        "files": planned.files,
        "row_groups": {"read": planned.row_groups, "skipped": planned.skipped.row_groups},
        "bytes_skipped": planned.skipped.bytes,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
    }
