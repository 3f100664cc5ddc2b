"""What a plan says of itself, to people and to programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from heatbin.axes import Axis, Regular
from heatbin.plan.ranges import Wanted
from heatbin.units import format_bytes, format_count, format_duration

if TYPE_CHECKING:
    from heatbin.plan.plan import Plan

__all__ = ["explain", "summary"]

# Measured on one core of 2024: values decoded from compressed pages and binned, and the start of a process.
VALUES_PER_SECOND = 40e6
FILE_SECONDS = 0.0003
START_SECONDS = 0.4
GROWING = "a range that grows while the rows are read: bins 2ᵉ wide, at multiples of their width"


def summary(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data; sizes in bytes, times in seconds."""
    where = plan.reading.projection.where
    skipped = asdict(plan.skipped)
    return {
        "source": plan.reading.source.name,
        "columns": plan.columns,
        "where": None if where is None else str(where),
        "read": {"files": plan.files, "row_groups": plan.row_groups, "rows": plan.rows, "bytes": plan.bytes},
        "skipped": skipped,
        "axes": [_axis(plan, *each) for each in zip(plan.names, plan.axes, plan.wanted, strict=True)],
        "passes": 1 + bool(plan.open and not plan.grow),
        "threads": plan.threads,
        "memory": {**asdict(plan.memory), "total": plan.memory.total},
        "seconds_estimated": _seconds(plan),
        "left_out": [asdict(out) for out in plan.left_out],
    }


def explain(plan: Plan) -> str:
    """Return a plan as a few lines of text."""
    told = summary(plan)
    read, skipped, memory = told["read"], told["skipped"], told["memory"]
    lines = [
        ("source", told["source"]),
        ("read", _amount(read)),
        ("skip", _amount(skipped) if skipped["rows"] or skipped["files"] else "nothing"),
        ("columns", ", ".join(f"{name} ({type_})" for name, type_ in told["columns"].items())),
        *([("where", told["where"])] if told["where"] else []),
        *((axis["name"], f"{axis['bins']} bins, {axis['range']}") for axis in told["axes"]),
        ("threads", f"{plan.threads}, sharing {memory['grids']} grid{'s' * (memory['grids'] > 1)}"),
        ("memory", f"{format_bytes(memory['total'])} of {format_bytes(memory['limit'])}"),
        ("time", f"about {format_duration(told['seconds_estimated'])}"),
        *(("left out", f"{out.path}: {out.reason}") for out in plan.left_out),
    ]
    width = max(len(word) for word, _ in lines) + 2
    return "\n".join(f"{word:<{width}}{text}" for word, text in lines)


def _axis(plan: Plan, name: str, axis: Axis, wanted: Wanted) -> dict[str, Any]:
    grows = plan.grow and bool(wanted)
    return {"name": name, "bins": axis.size, "range": GROWING if grows else _range(axis, wanted)}


def _range(axis: Axis, wanted: Wanted) -> str:
    """Say from where to where an axis goes, and who says so."""
    if isinstance(axis, Regular) and axis.open:
        ends = [str(w or e) for w, e in ((wanted.lo, axis.lo), (wanted.hi, axis.hi))]
        passes = (
            "a sample of row groups" if wanted.percentiles and not wanted.extremes else "a pass over the data"
        )
        return f"from {ends[0]} to {ends[1]}, found in {passes}"
    first, last = axis.edges[0], axis.edges[-1]
    return f"from {first} to {last}, {'found in the footers' if wanted else 'given'}"


def _amount(of: dict[str, int]) -> str:
    files, groups = (f"{of[what]:,} {what.replace('_', ' ')}" for what in ("files", "row_groups"))
    return f"{format_count(of['rows'])} rows in {groups} of {files}, {format_bytes(of['bytes'])}"


def _seconds(plan: Plan) -> float:
    columns = len(plan.reading.projection.columns)
    passes = 1 + (not plan.grow and any(wanted.extremes for wanted in plan.open))
    return (
        START_SECONDS
        + plan.files * FILE_SECONDS
        + passes * plan.rows * columns / (VALUES_PER_SECOND * plan.threads)
    )
