"""The front door: plan it, run it, return the histogram."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.engine import Extremes, Outcome, run_here, run_on
from heatbin.histogram import Histogram
from heatbin.plan import Plan, plan_points
from heatbin.progress import Progress, reporter
from heatbin.remarks import remarks

__all__ = ["aggregate", "plan"]

plan = plan_points


def aggregate(
    source: Any,
    x: str,
    y: str,
    *,
    bins: Any = 1024,
    range: Any = None,  # noqa: A002
    where: Any = None,
    threads: int | None = None,
    memory: str | int | None = None,
    executor: Executor | None = None,
    on_error: str = "raise",
    progress: Progress = None,
) -> Histogram:
    """Count the points of a source on a grid, however many there are.

    Parameters
    ----------
    source : path, glob, folder or list of them
        Where the rows are.
    x, y : str
        A column, or an expression of columns.
    bins : int, pair of int, edges, or axes, optional
        As `numpy.histogram2d` takes it, or one axis such as ``heatbin.Regular(100, 0, 1)`` for each coordinate.
    range : pair of pairs, optional
        ``((xlo, xhi), (ylo, yhi))``; None in the place of a pair or an end that the data give.
    where : str or pyarrow.compute.Expression, optional
        Which rows to count.
    threads : int, optional
        How many workers; as many as the system grants this process, if None.
    memory : str or int, optional
        What the whole process may hold, such as "1GB"; what the system grants, if None.
    executor : concurrent.futures.Executor, optional
        Where to run bundles of tasks instead of on threads here. The result is the same, to the byte.
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
        source, x, y, bins=bins, range=range, where=where, threads=threads, memory=memory, on_error=on_error
    )
    if planned.open:
        extremes = _run(planned, partial(Extremes, len(planned.axes)), executor, False)
        planned = planned.settle(extremes.fold.ends)
    outcome = _run(planned, partial(Accumulator, planned.binning), executor, progress)
    return _histogram(planned, outcome, time.perf_counter() - start)


def _run(planned: Plan, blank: Any, executor: Executor | None, progress: Progress) -> Outcome[Any]:
    with reporter(progress, planned.rows) as report:
        common = {"skip": planned.skip, "advance": report.advance}
        if executor is not None:
            return run_on(executor, planned.reading, planned.tasks, blank, workers=planned.threads, **common)
        grids = planned.memory.grids
        return run_here(planned.reading, planned.tasks, blank, threads=planned.threads, folds=grids, **common)


def _histogram(planned: Plan, outcome: Outcome[Accumulator], seconds: float) -> Histogram:
    histogram = Histogram(
        outcome.fold,
        planned.names,
        left_out=(*planned.left_out, *outcome.left_out),
        origin=_origin(planned, outcome.fold.count.rows, seconds),
    )
    told = remarks(histogram.values(), histogram.axes, histogram.names, histogram.tally, found=planned.found)
    return replace(histogram, warnings=told)


def _origin(planned: Plan, rows: int, seconds: float) -> dict[str, Any]:
    return {
        "bytes_read": planned.bytes,
        "files": planned.files,
        "row_groups": {"read": planned.row_groups, "skipped": 0},
        "seconds": seconds,
        "rows_per_second": rows / seconds,
    }
