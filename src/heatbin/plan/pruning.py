"""Leaving out row groups of which no row can come to lie in a bin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from heatbin.axes import Axis, Regular, Variable
from heatbin.sources import Bounds, Part, RowGroup

__all__ = ["NOTHING", "Excludes", "Skipped", "beside", "prune"]

Excludes = Callable[[RowGroup], bool]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is never read.

    Parameters
    ----------
    rows, row_groups, files, bytes : int, optional
        How much; the bytes are those of the needed columns, compressed.
    """

    rows: int = 0
    row_groups: int = 0
    files: int = 0
    bytes: int = 0


NOTHING = Skipped()


def prune(parts: Sequence[Part], excludes: Sequence[Excludes]) -> tuple[tuple[Part, ...], Skipped]:
    """Return the parts without the row groups that one of `excludes` excludes, and what that saves."""
    kept: list[Part] = []
    gone: list[RowGroup] = []
    for part in parts:
        stay: list[RowGroup] = []
        for group in part.row_groups:
            (gone if any(test(group) for test in excludes) else stay).append(group)
        if stay:
            kept.append(replace(part, row_groups=tuple(stay)))
    rows, size = sum(group.rows for group in gone), sum(group.bytes for group in gone)
    return tuple(kept), Skipped(rows, row_groups=len(gone), files=len(parts) - len(kept), bytes=size)


def beside(axis: Axis, column: str) -> Excludes | None:
    """Return what excludes the row groups whose `column` lies wholly below or above `axis`; None if nothing can.

    A NaN or null in such a group would have been missing or filtered, and an infinity outside: no cell changes.
    """
    if isinstance(axis, Regular) and not axis.open:
        lowest, highest = axis.lo, axis.hi
    elif isinstance(axis, Variable):
        lowest, highest = axis.edges[[0, -1]].tolist()
    else:
        return None

    def excludes(group: RowGroup) -> bool:
        bounds = group.bounds.get(column, Bounds())
        return bounds.finite and (bounds.hi < lowest or bounds.lo > highest)

    return excludes
