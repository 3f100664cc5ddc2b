"""The front door: plan it, run it, return the histogram."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.engine import Extremes, Growing, Outcome, Percentiles, Work, run_here, run_on
from heatbin.errors import HeatbinError
from heatbin.histogram import Histogram
from heatbin.plan import Plan, plan_points, sample_tasks
from heatbin.progress import Progress, reporter
from heatbin.remarks import on_growth, remarks
from heatbin.sources import release_buffers
from heatbin.state import inputs_read

__all__ = ["aggregate", "plan"]

plan = plan_points

# Percentiles of this many rows are off by less than a tenth of a percent.
SAMPLE_ROWS = 1 << 22


def aggregate(
    source: Any,
    x: str,
    y: str,
    *,
    bins: Any = 1024,
    range: Any = None,
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
    """Count the points of a source on a grid, however many there are.

    Parameters
    ----------
    source : path, glob, folder, URL, a list of them, or rows
        Where the rows are: Parquet, Arrow IPC or CSV files; ``-`` for standard input; or rows that Python has: tables
        and frames of pyarrow, pandas, polars and DuckDB, readers, datasets, a dict of arrays, an iterator of batches.
    x, y : str
        A column, or an expression of columns.
    bins : int, pair of int, edges, or axes, optional
        As `numpy.histogram2d` takes it, or one axis such as ``heatbin.Regular(100, 0, 1)`` for each coordinate.
    range : pair of pairs or "grow", optional
        ``((xlo, xhi), (ylo, yhi))``: numbers, dates, or percentiles such as "p1"; None in the place of a pair or an end
        that the data give. "grow" finds it while the rows are read, in bins that are a power of two wide; that is
        what happens to rows that can be read only once.
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
        The counts, int64, with the account of every row.

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
        where=where,
        format=format,
        options=options,
        threads=threads,
        memory=memory,
        prune=prune,
        sample=sample,
        on_error=on_error,
    )
    if planned.open and not planned.grow:
        planned = planned.settle(_ends_from_data(planned, executor))
    outcome = _grown(planned, executor, progress) if planned.grow else _counted(planned, executor, progress)
    release_buffers()
    request = {"x": x, "y": y, "bins": bins, "range": range, "where": where if where is None else str(where)}
    return replace(_histogram(planned, outcome, time.perf_counter() - start), request=request)


def _counted(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    return _run(planned, partial(Accumulator, planned.binning), executor, progress)


def _grown(planned: Plan, executor: Executor | None, progress: Progress) -> Outcome[Accumulator]:
    grown = _run(planned, partial(Growing, planned.axes), executor, progress)
    return Outcome(grown.fold.finished(), grown.rows, grown.left_out)


def _ends_from_data(planned: Plan, executor: Executor | None) -> list[tuple[Any, Any] | None]:
    """Return the ends of all axes: the extremes of all rows, percentiles of a sample of row groups."""
    count = len(planned.axes)
    extremes: list[Any] = [None] * count
    percentiles: list[Any] = [None] * count
    if any(wanted.extremes for wanted in planned.open):
        extremes = _run(planned, partial(Extremes, count), executor, False).fold.ends
    if any(wanted.percentiles for wanted in planned.open):
        sampled = replace(planned, tasks=sample_tasks(planned.tasks, SAMPLE_ROWS / max(planned.rows, 1)))
        sketches = _run(sampled, partial(Percentiles, count), executor, False).fold.sketches
        percentiles = [s.between(*w.percents()) for s, w in zip(sketches, planned.wanted, strict=True)]
    return [w.combine(*found) for w, *found in zip(planned.wanted, extremes, percentiles, strict=True)]


def _run(planned: Plan, blank: Any, executor: Executor | None, progress: Progress) -> Outcome[Any]:
    with reporter(progress, planned.rows if planned.counted else None) as report:
        what = Work(planned.reading, planned.tasks, blank, skip=planned.skip, advance=report.advance)
        if executor is not None:
            return run_on(executor, what, workers=planned.threads)
        return run_here(what, threads=planned.threads, folds=planned.memory.grids)


def _histogram(planned: Plan, outcome: Outcome[Accumulator], seconds: float) -> Histogram:
    left_out = {*planned.left_out, *outcome.left_out}
    absent = {out.path for out in left_out}
    histogram = Histogram(
        outcome.fold,
        planned.names,
        skipped=planned.skipped.rows,
        scale=planned.scale,
        left_out=tuple(sorted(left_out)),
        origin=_origin(planned, outcome.rows, seconds),
        inputs=inputs_read((p.path, p.fingerprint, p.rows) for p in planned.parts if p.path not in absent),
    )
    if histogram.tally.read != outcome.rows:
        raise HeatbinError(
            f"{outcome.rows} rows were read, but {histogram.tally.read} are in the grid: please report this"
        )
    told = remarks(
        histogram.values(),
        histogram.axes,
        histogram.names,
        histogram.tally,
        found=[bool(w) and not w.percentiles for w in planned.wanted],
    )
    grew = on_growth(histogram.axes, histogram.names, [planned.grow and bool(w) for w in planned.wanted])
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
