"""Leaving out row groups of which no row can come to lie in a bin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heatbin.axes import Number
from heatbin.sources import Part, RowGroup

__all__ = ["NOTHING", "Excludes", "Skipped", "beside", "prune"]

Excludes = Callable[[RowGroup], bool]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is never read.

    Parameters
    ----------
    rows, row_groups, files, bytes : int, optional
        How much; the bytes are those of the needed columns, compressed.
    uncounted : int, optional
        How many of the files are in none of the other numbers, since nobody counted what they hold.
    """

    rows: int = 0
    row_groups: int = 0
    files: int = 0
    bytes: int = 0
    uncounted: int = 0


NOTHING = Skipped()


def prune(parts: Sequence[Part], excludes: Sequence[Excludes]) -> tuple[tuple[Part, ...], Skipped]:
    """Return the parts without the row groups that one of `excludes` excludes, and what that saves."""
    kept: list[Part] = []
    gone: list[RowGroup] = []
    uncounted = 0
    for part in parts:
        stay: list[RowGroup] = []
        out: list[RowGroup] = []
        for group in part.row_groups:
            (out if any(test(group) for test in excludes) else stay).append(group)
        if stay:
            kept.append(replace(part, row_groups=tuple(stay)))
        if part.counted:
            gone += out
        elif not stay:
            uncounted += 1
    rows, size = sum(group.rows for group in gone), sum(group.bytes for group in gone)
    return tuple(kept), Skipped(rows, len(gone), len(parts) - len(kept), size, uncounted)


def beside(coordinate: Any, columns: Sequence[str | None]) -> Iterator[Excludes]:
    """Yield what excludes the row groups of which a column lies wholly beside the bins of a coordinate.

    A NaN or null in such a group would have been missing or filtered, and an infinity outside: no cell changes.

    Parameters
    ----------
    coordinate : Coordinate
        An open one excludes nothing.
    columns : sequence of str or None
        The plain columns that it takes; None in the place of an expression.
    """
    reach = None if coordinate.open else coordinate.reach
    if reach is not None:
        reaches = [reach] if coordinate.takes == 1 else reach
        yield from (_outside(column, *ends) for column, ends in zip(columns, reaches, strict=True) if column)


def _outside(column: str, lowest: Number, highest: Number) -> Excludes:
    def excludes(group: RowGroup) -> bool:
        bounds = group.bounds.get(column)
        return bounds is not None and bounds.finite and (bounds.hi < lowest or bounds.lo > highest)

    return excludes
