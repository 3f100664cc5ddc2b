"""The front door: plan it, run it, return the histogram."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.engine import Outcome
from heatbin.errors import HeatbinError
from heatbin.histogram import Histogram
from heatbin.histogram.remarks import on_growth, remarks
from heatbin.passes import carried_out, settled
from heatbin.plan import DEFAULT_BINS, Plan, plan_points
from heatbin.progress import Progress
from heatbin.state import inputs_read

__all__ = ["aggregate", "plan"]

plan = plan_points


def aggregate(
    source: Any,
    x: str,
    y: str,
    *,
    bins: Any = DEFAULT_BINS,
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
        ``heatbin.HexLattice(100)`` for both; 1024 for each, if nothing is said.
    range : pair of pairs or "grow", optional
        ``((xlo, xhi), (ylo, yhi))``: numbers, dates, or percentiles such as "p1"; None in the place of a pair or an end
        that the data give, or an axis has. "grow" finds it while the rows are read, in bins that are a power of two
        wide (1 at least, where all values are one); that is what happens to rows that can be read only once.
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
        The most workers there may be; as many as the system grants this process, if None. There are fewer where memory
        is short.
    memory : str or int, optional
        What the whole process may hold, such as "1GB"; what the system grants, if None. With an `executor` each of its
        workers has grids of its own, and this one a few that are being merged.
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
    TypeError
        When an argument is not of its kind.
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
    _check_executor(executor)
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
    planned = settled(planned, executor)
    outcome = carried_out(planned, executor, progress=progress)
    request = {"x": x, "y": y, "bins": bins, "range": range, "where": where if where is None else str(where)}
    request |= {"agg": agg, "weight": weight, "by": by}
    return replace(_histogram(planned, outcome, time.perf_counter() - start), request=request)


def _check_executor(executor: Any) -> None:
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, such as a ProcessPoolExecutor, not {executor!r:.60}"
        )


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
    return replace(histogram, warnings=_warnings(planned, histogram))


def _warnings(planned: Plan, histogram: Histogram) -> tuple[str, ...]:
    """Return what to know of the ranges that the data gave, and of the rows that are in no bin."""
    axes, names = histogram.axes, histogram.titles.names
    wanted = planned.binning.split(planned.wanted)
    found = [any(each) and not any(w.percentiles for w in each) for each in wanted]
    grew = on_growth(axes, names, [planned.grow and any(each) for each in wanted])
    return (*grew, *remarks(histogram.accumulator.rows(), axes, names, histogram.tally, found=found))


def _origin(planned: Plan, rows: int, seconds: float) -> dict[str, Any]:
    return {
        "bytes_read": planned.bytes_read,
        "files": planned.files,
        "row_groups": {"read": planned.row_groups, "skipped": planned.skipped.row_groups},
        "bytes_skipped": planned.skipped.bytes,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
    }
