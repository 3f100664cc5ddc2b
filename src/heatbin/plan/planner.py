"""Making a plan: from what a user asks to what will be done, by the footers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatbin.checks import whole_number
from heatbin.errors import UsageError
from heatbin.plan.bins import DEFAULT_BINS, coordinate_requests
from heatbin.plan.memory import Demand
from heatbin.plan.plan import Plan, granted
from heatbin.plan.pruning import prune as pruned
from heatbin.plan.resolved import Resolved
from heatbin.plan.tasks import cut_tasks, sample_tasks
from heatbin.platform import available_cpus, available_memory
from heatbin.sources import Projection, Reading, key_rejection, open_source
from heatbin.statistics import bind, statistics_of, weighted
from heatbin.units import parse_bytes

__all__ = ["plan_points"]

# More are of no use to any machine, and each takes a stack.
MOST_THREADS = 1024


def plan_points(
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
    prune: bool = True,
    sample: float | None = None,
    on_error: str = "raise",
    executor: Any = None,  # noqa: ARG001
    progress: Any = None,  # noqa: ARG001
    moment: str | None = None,
) -> Plan:
    """Return what `heatbin.aggregate` would do with the same arguments, without reading the rows.

    Only footers are read, and of text and streams the beginning.

    Parameters
    ----------
    source : path, glob, folder, URL, a list of them, or rows
        Where the rows are. As all that follows but `moment`, what `heatbin.aggregate` takes, which says more of it.
    x, y : str
        A column, or an expression of columns.
    bins : int, pair of int, edges, or axes, optional
        How to bin; 1024 bins for each of x and y, if nothing is said.
    range : pair of pairs or "grow", optional
        ``((xlo, xhi), (ylo, yhi))``: numbers, dates, or percentiles such as "p1"; None in the place of a pair or an end
        that the data give. Ends that footers do not tell stay open in the plan.
    agg : statistic, text, or a sequence or mapping of these, optional
        What to tell of the rows of each bin.
    weight : str, optional
        A column or an expression: what each row counts, in place of 1.
    by : str, optional
        A column or an expression that becomes a third axis.
    where : str or pyarrow.compute.Expression, optional
        Which rows to count.
    format : {"parquet", "arrow", "csv"}, optional
        What files are, whatever their names say.
    options : mapping, optional
        Of the source: for example ``{"delimiter": ";"}`` for CSV.
    threads : int, optional
        The most workers there may be; as many as the system grants this process, if None. A plan may have fewer, where
        memory is short.
    memory : str or int, optional
        What the whole process may hold, such as "1GB"; what the system grants, if None.
    prune : bool, optional
        Whether to pass over row groups whose statistics prove that none of their rows can be binned.
    sample : float, optional
        Plan to read only about this share of the row groups, above 0 and at most 1.
    on_error : {"raise", "skip"}, optional
        Whether a file of which the footer cannot be read is an error, or is left out and named in ``left_out``.
    executor, progress : optional
        Where `aggregate` does its work, and how it tells of it: a plan is the same.
    moment : str, optional
        A column or an expression that says when each row was: rows come with it, so that `heatbin.update` can tell
        periods apart.

    Returns
    -------
    Plan
        What will be read, skipped and held in memory: ``explain()`` says it in words, ``summary()`` as plain data.

    Raises
    ------
    UsageError
        When an argument cannot work.
    TypeError
        When an argument is of a type that cannot work.
    NoInputError
        When there is nothing to read.
    BadInputError
        When a footer is damaged, or a column cannot be binned.
    MemoryBudgetError
        When the work does not fit in `memory`.

    Examples
    --------
    >>> import heatbin as hb
    >>> planned = hb.plan({"x": [1.0, 2.0], "y": [3, 4]}, "x", "y", bins=10, range=((0, 5), (0, 5)))
    >>> planned.rows, planned.row_groups, planned.open
    (2, 1, False)
    """
    columns = {"x": x, "y": y} if by is None else {"x": x, "y": y, "by": by}
    grow = isinstance(range, str) and range == "grow"
    requests = coordinate_requests(bins, None if grow else range, list(columns))
    asked = weighted(statistics_of(agg), weight)
    skip = _choice("on_error", on_error, ("raise", "skip")) == "skip"
    _check_flag("prune", prune)
    threads = available_cpus() if threads is None else whole_number("threads", threads, least=1)
    threads = min(threads, MOST_THREADS)
    limit = available_memory() if memory is None else parse_bytes(memory)
    share = None if sample is None else _share(sample)

    opened = open_source(source, format=format, options=options)
    argument = "agg" if weight is None else "weight"
    samples = [(argument, sample) for sample in bind(asked)[0]]
    projection = Projection.parse(
        list(columns.items()), samples, where=where, schema=opened.schema, moment=moment
    )
    by_keys = key_rejection(projection.where, opened.schema) if prune else None
    survey = opened.survey(projection.columns, threads=threads, skip=skip, excludes=by_keys)
    resolved = Resolved.of(requests, projection, survey, opened.name)
    projection = resolved.projection
    parts, skipped = pruned(survey.parts, tuple(resolved.exclusions()) if prune else ())
    tasks = cut_tasks(parts, threads, whole=skip)
    drawn = tasks if share is None else sample_tasks(tasks, share)
    grow = (grow or not opened.replayable) and any(resolved.wanted)
    if grow:
        resolved.check_growable()
    coordinates = resolved.coordinates if grow else resolved.settled_by_footers()
    statistics = resolved.bound(asked)
    rows, counted = sum(task.rows for task in drawn), all(task.part.counted for task in drawn)
    demand = Demand(limit, len(projection.columns), threads, skip, rows if counted else None)
    room, threads = granted(demand, coordinates, statistics)
    return Plan(
        reading=Reading(opened, projection),
        columns=projection.types(survey.schema),
        coordinates=coordinates,
        names=tuple(columns.values()),
        statistics=statistics,
        tasks=drawn,
        threads=threads,
        memory=room,
        demand=demand,
        wanted=resolved.wanted,
        grow=grow,
        skipped=skipped,
        unread=sum(task.rows for task in tasks) - rows,
        skip=skip,
        left_out=survey.left_out,
        parts=survey.parts,
        clock=projection.clock(survey.schema, opened.name),
    )


def _share(sample: float) -> float:
    if isinstance(sample, bool) or not isinstance(sample, int | float):
        raise TypeError(f"sample must be a share such as 0.01, not {sample!r}")
    if not 0 < sample <= 1:
        raise UsageError(f"sample must be a share above 0 and at most 1, not {sample}")
    return sample


def _check_flag(argument: str, value: bool) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False, not {value!r}")


def _choice(argument: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise UsageError(f"{argument} must be {' or '.join(repr(c) for c in choices)}, not {value!r}")
    return value
