"""Making a plan: from what a user asks to what will be done, by the footers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heatbin.axes import Category, Coordinate
from heatbin.binning import Binning
from heatbin.errors import UsageError
from heatbin.plan.bins import CoordinateRequest, coordinate_of, coordinate_requests
from heatbin.plan.memory import Demand
from heatbin.plan.plan import Plan, granted
from heatbin.plan.pruning import Excludes, beside
from heatbin.plan.pruning import prune as pruned
from heatbin.plan.ranges import Wanted, above_of, footer_ends, settled, wanted_of
from heatbin.plan.tasks import cut_tasks, sample_tasks
from heatbin.platform import available_cpus, available_memory
from heatbin.sources import (
    Part,
    Projection,
    Reading,
    key_rejection,
    open_source,
    plain_column,
    rejection,
)
from heatbin.statistics import Bound, Statistic, bind, statistics_of, weighted
from heatbin.units import parse_bytes

__all__ = ["plan_points"]


def plan_points(
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
    prune: bool = True,
    sample: float | None = None,
    on_error: str = "raise",
    moment: str | None = None,
) -> Plan:
    """Return the plan of `heatbin.aggregate` with the same arguments; reads footers only.

    With `moment`, a column or an expression, rows come with their time, by which they can be told apart.

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
    columns = {"x": x, "y": y} if by is None else {"x": x, "y": y, "by": by}
    grow = isinstance(range, str) and range == "grow"
    requests = coordinate_requests(bins, None if grow else range, list(columns))
    asked = weighted(statistics_of(agg), weight)
    skip = _choice("on_error", on_error, ("raise", "skip")) == "skip"
    threads = _thread_count(threads)
    limit = available_memory() if memory is None else parse_bytes(memory)
    share = None if sample is None else _share(sample)

    opened = open_source(source, format=format, options=options)
    samples, _ = bind(asked)
    projection = Projection.parse(
        list(columns.items()), samples, where=where, schema=opened.schema, moment=moment
    )
    by_keys = key_rejection(projection.where, opened.schema) if prune else None
    survey = opened.survey(projection.columns, threads=threads, skip=skip, excludes=by_keys)
    coordinates = _coordinates(requests, projection, survey.schema, opened.name)
    projection = projection.coded(coordinates, survey.schema)
    wanted = tuple(w for each in zip(coordinates, requests, strict=True) for w in wanted_of(*each))
    parts, skipped = pruned(
        survey.parts, _exclusions(coordinates, projection, survey.schema) if prune else []
    )
    tasks = cut_tasks(parts, threads, whole=skip)
    drawn = tasks if share is None else sample_tasks(tasks, share)
    grow = (grow or not opened.replayable) and any(wanted)
    if grow:
        _check_growable(requests, coordinates, wanted)
    else:
        coordinates = _settled_by_footers(coordinates, wanted, projection, survey.parts)
    statistics = _bound(asked, projection, survey.schema, opened.name)
    rows = sum(task.rows for task in drawn) if all(task.part.counted for task in drawn) else None
    demand = Demand(limit, len(projection.columns), threads, skip, rows)
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
        wanted=wanted,
        grow=grow,
        skipped=skipped,
        unread=sum(task.rows for task in tasks) - sum(task.rows for task in drawn),
        skip=skip,
        left_out=survey.left_out,
        parts=survey.parts,
        clock=projection.clock(survey.schema, opened.name),
    )


def _coordinates(
    requests: Sequence[CoordinateRequest], projection: Projection, schema: Any, name: str
) -> tuple[Coordinate, ...]:
    """Return the coordinates for columns of these types; what cannot be evaluated or binned is found here."""
    categorical = [isinstance(request.bins, Category) for request in requests for _ in request.arguments]
    logicals = iter(projection.logical_types(schema, name, categorical=categorical))
    floating = iter(projection.floating(schema))
    return tuple(
        coordinate_of(
            request,
            [next(logicals) for _ in request.arguments],
            floating=[next(floating) for _ in request.arguments],
        )
        for request in requests
    )


def _bound(
    asked: Mapping[str, Statistic], projection: Projection, schema: Any, name: str
) -> dict[str, Bound]:
    """Return the statistics with the places and the types of their samples."""
    samples, _ = bind(asked)
    told_apart = [
        all(each.tells_apart for each in asked.values() if sample in each.samples) for sample in samples
    ]
    dtypes = projection.sample_dtypes(schema, name, told_apart=told_apart)
    return bind(asked, dict(zip(samples, dtypes, strict=True)))[1]


def _check_growable(
    requests: Sequence[CoordinateRequest], coordinates: Sequence[Coordinate], wanted: Sequence[Wanted]
) -> None:
    """Check that what the data are to give can be found while they are read."""
    binning = Binning(tuple(coordinates))
    for request, coordinate, wants in zip(requests, coordinates, binning.split(wanted), strict=True):
        if not any(wants):
            continue
        name = request.arguments[0]
        if not isinstance(request.bins, int) and not hasattr(coordinate, "exact"):
            raise UsageError(
                f"{name}: the range of a {type(coordinate).__name__} axis cannot grow, nor be found in rows that are "
                f"read only once; give its {'values' if hasattr(coordinate, 'found') else 'ends'}"
            )
        if wants != (Wanted("data", "data"),):
            raise UsageError(
                f"{name}: one end of a range, or a percentile, cannot be found in rows that are read only "
                "once; give both ends or none"
            )
        if coordinate.size == 1:
            raise UsageError(f"{name}: a range that grows needs two bins or more")


def _exclusions(coordinates: Sequence[Coordinate], projection: Projection, schema: Any) -> list[Excludes]:
    """Return the tests that a row group must not meet to be read."""
    columns = [plain_column(expression) for expression in projection.coordinates]
    places = zip(coordinates, Binning(tuple(coordinates)).split(columns), strict=True)
    tests = [test for coordinate, taken in places for test in beside(coordinate, taken)]
    return tests if projection.where is None else [rejection(projection.where, schema), *tests]


def _settled_by_footers(
    coordinates: Sequence[Coordinate], wanted: Sequence[Wanted], projection: Projection, parts: Sequence[Part]
) -> tuple[Coordinate, ...]:
    """Close the axes whose range the footers give: of plain columns, when no filter leaves rows out."""
    if projection.where is not None:
        return tuple(coordinates)
    done = []
    split = Binning(tuple(coordinates)).split
    for coordinate, wants, taken in zip(
        coordinates, split(wanted), split(projection.coordinates), strict=True
    ):
        told = len(taken) == 1 and wants[0].extremes and not wants[0].percentiles
        column = plain_column(taken[0]) if told else None
        ends = footer_ends(parts, column, *above_of(coordinate)) if column else None
        done.append(settled(coordinate, [ends], str(taken[0])) if ends else coordinate)
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
