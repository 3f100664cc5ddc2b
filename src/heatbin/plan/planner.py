"""Making a plan: from what a user asks to what will be done, by the footers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heatbin.axes import Axis, Regular
from heatbin.binning import Binning
from heatbin.errors import UsageError
from heatbin.plan.bins import AxisRequest, axis_of, axis_requests, percentiles
from heatbin.plan.memory import plan_memory
from heatbin.plan.plan import Plan
from heatbin.plan.pruning import Excludes, beside
from heatbin.plan.pruning import prune as pruned
from heatbin.plan.ranges import Wanted, footer_ends, settled
from heatbin.plan.tasks import cut_tasks, sample_tasks
from heatbin.platform import available_cpus, available_memory
from heatbin.sources import Part, Projection, Reading, open_source, plain_column, rejection
from heatbin.units import parse_bytes

__all__ = ["plan_points"]


def plan_points(
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
    prune: bool = True,
    sample: float | None = None,
    on_error: str = "raise",
) -> Plan:
    """Return the plan of `heatbin.aggregate` with the same arguments; reads footers only.

    Raises
    ------
    UsageError
        When an argument cannot work.
    NoInputError
        When there is nothing to read.
    BadInputError
        When a footer is damaged, or a column cannot be binned.
    MemoryBudgetError
        When the work does not fit in `memory`.
    """
    grow = isinstance(range, str) and range == "grow"
    requests = axis_requests(bins, None if grow else range, ("x", "y"))
    skip = _choice("on_error", on_error, ("raise", "skip")) == "skip"
    threads = _thread_count(threads)
    limit = available_memory() if memory is None else parse_bytes(memory)
    share = None if sample is None else _share(sample)

    opened = open_source(source, format=format, options=options)
    projection = Projection.parse((("x", x), ("y", y)), where=where, schema=opened.schema)
    survey = opened.survey(projection.columns, threads=threads, skip=skip)
    axes = _axes(requests, projection, survey.schema, opened.name)
    wanted = tuple(_wanted(axis, request) for axis, request in zip(axes, requests, strict=True))
    room, threads = plan_memory(
        limit, cells=Binning(axes).cells, columns=len(projection.columns), threads=threads, staged=skip
    )
    parts, skipped = pruned(survey.parts, _exclusions(axes, projection, survey.schema) if prune else [])
    tasks = cut_tasks(parts, threads, whole=skip)
    drawn = tasks if share is None else sample_tasks(tasks, share)
    grow = grow or not opened.replayable
    return Plan(
        reading=Reading(opened, projection),
        columns=projection.types(survey.schema),
        axes=axes if grow else _settled_by_footers(axes, wanted, projection, survey.parts),
        names=(x, y),
        tasks=drawn,
        threads=threads,
        memory=room,
        wanted=_growable(wanted, requests) if grow else wanted,
        grow=grow and any(wanted),
        skipped=skipped,
        unread=sum(task.rows for task in tasks) - sum(task.rows for task in drawn),
        skip=skip,
        left_out=survey.left_out,
        parts=survey.parts,
    )


def _axes(
    requests: Sequence[AxisRequest], projection: Projection, schema: Any, name: str
) -> tuple[Axis, ...]:
    """Return the axes for columns of these types; what cannot be evaluated or binned is found here."""
    kinds = zip(requests, projection.logical_types(schema, name), projection.floating(schema), strict=True)
    return tuple(axis_of(request, logical, floating=floats) for request, logical, floats in kinds)


def _growable(wanted: tuple[Wanted, ...], requests: Sequence[AxisRequest]) -> tuple[Wanted, ...]:
    """Check that what the data are to give can be found while they are read."""
    for want, request in zip(wanted, requests, strict=True):
        if want and want != Wanted("data", "data"):
            raise UsageError(
                f"{request.argument}: one end of a range, or a percentile, cannot be found in rows that are read only "
                "once; give both ends or none"
            )
        if want and request.bins == 1:
            raise UsageError(f"{request.argument}: a range that grows needs two bins or more")
    return wanted


def _exclusions(axes: Sequence[Axis], projection: Projection, schema: Any) -> list[Excludes]:
    """Return the tests that a row group must not meet to be read."""
    columns = [plain_column(expression) for expression in projection.coordinates]
    tests = [beside(axis, column) for axis, column in zip(axes, columns, strict=True) if column]
    filters = [] if projection.where is None else [rejection(projection.where, schema)]
    return [test for test in (*filters, *tests) if test is not None]


def _wanted(axis: Axis, request: AxisRequest) -> Wanted:
    """Return which ends of an axis the data are to give."""
    if not isinstance(axis, Regular):
        return Wanted()
    low, high = percentiles(request)
    return Wanted(*(p or ("data" if end is None else None) for p, end in ((low, axis.lo), (high, axis.hi))))


def _settled_by_footers(
    axes: Sequence[Axis], wanted: Sequence[Wanted], projection: Projection, parts: Sequence[Part]
) -> tuple[Axis, ...]:
    """Close the axes whose range the footers give: of plain columns, when no filter leaves rows out."""
    done = []
    for axis, want, expression in zip(axes, wanted, projection.coordinates, strict=True):
        column = plain_column(expression) if projection.where is None else None
        ends = footer_ends(parts, column) if column and want and not want.percentiles else None
        done.append(settled(axis, ends, str(expression)) if ends else axis)
    return tuple(done)


def _thread_count(threads: int | None) -> int:
    if threads is None:
        return available_cpus()
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"threads must be a whole number, not {threads!r}")
    if threads < 1:
        raise UsageError(f"threads must be 1 or more, not {threads}")
    return threads


def _share(sample: float) -> float:
    if isinstance(sample, bool) or not isinstance(sample, int | float):
        raise TypeError(f"sample must be a share such as 0.01, not {sample!r}")
    if not 0 < sample <= 1:
        raise UsageError(f"sample must be a share above 0 and at most 1, not {sample}")
    return sample


def _choice(argument: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise UsageError(f"{argument} must be {' or '.join(repr(c) for c in choices)}, not {value!r}")
    return value
