"""Putting saved histograms together: the same axes, the same request, and no input twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from heatbin.accumulator import Accumulator
from heatbin.errors import StateError, UsageError
from heatbin.state.bindings import check_same_statistics
from heatbin.state.ledger import clashes
from heatbin.state.saved import Saved
from heatbin.tally import Tally

__all__ = ["check_same_grid", "merged"]

MOST_NAMED = 3
# What statistics and other axes show is told by themselves.
SAYS_WHAT_IS_COUNTED = ("x", "y", "where")


def merged(parts: Iterable[Saved]) -> Saved:
    """Return one histogram that holds all of `parts`, which stay as they are; one at a time is looked at.

    Raises
    ------
    StateError
        When there is none; when axes, names, statistics or filters differ, or an input is in two of them.
    """
    total: Saved | None = None
    for part in parts:
        total = _blank(part) if total is None else total
        total = _with(total, part)
    if total is None:
        raise StateError("there is nothing to merge")
    return total


def check_same_grid(first: Saved, second: Saved) -> None:
    """Raise a StateError that names what differs, where two histograms do not count the same in the same bins."""
    if first.names != second.names:
        raise StateError(
            f"they show different things: {', '.join(first.names)}; and {', '.join(second.names)}"
        )
    mine, theirs = first.accumulator.binning, second.accumulator.binning
    for names, axis, other in zip(
        mine.split(first.names), mine.coordinates, theirs.coordinates, strict=False
    ):
        if axis != other:
            raise StateError(
                f"their axes of {' and '.join(names)} differ: {axis} and {other}; "
                "give both runs the same bins and range"
            )


def _blank(like: Saved) -> Saved:
    return replace(
        like,
        accumulator=Accumulator(like.accumulator.binning, like.accumulator.statistics),
        inputs=(),
        skipped=0,
        unseen=0,
        apart=Tally(),
        left_out=(),
    )


def _with(total: Saved, part: Saved) -> Saved:
    """Return `total` with `part` in it: its accumulator is filled further, all else is new."""
    check_same_grid(total, part)
    check_same_statistics(total.accumulator.statistics, part.accumulator.statistics)
    _check_same_rows(total.request, part.request)
    if total.scale != 1 or part.scale != 1:
        raise StateError("samples are estimates and cannot be merged")
    twice = clashes(total.inputs, part.inputs)
    if twice:
        more = f" and {len(twice) - MOST_NAMED} more" if len(twice) > MOST_NAMED else ""
        raise StateError(f"both hold {', '.join(twice[:MOST_NAMED])}{more}: these rows would count twice")
    try:
        total.accumulator.merge(part.accumulator)
    except UsageError as error:
        raise StateError(str(error)) from error
    return replace(
        total,
        inputs=tuple(sorted((*total.inputs, *part.inputs))),
        request=_common(total.request, part.request),
        skipped=total.skipped + part.skipped,
        unseen=total.unseen + part.unseen,
        apart=total.apart + part.apart,
        left_out=tuple(sorted({*total.left_out, *part.left_out})),
    )


def _check_same_rows(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    for word in SAYS_WHAT_IS_COUNTED:
        mine, theirs = first.get(word), second.get(word)
        if first and second and mine != theirs:
            raise StateError(f"they were made with different {word}: {mine!s:.80} and {theirs!s:.80}")


def _common(first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    return {word: value for word, value in first.items() if word in second and second[word] == value}
