"""Cutting parts into tasks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from heatbin.sources import Part, RowGroup, Task

__all__ = ["cut_tasks", "sample_tasks"]

# A task opens its file anew: enough rows to forget that, few enough that no thread waits long for the last.
SMALLEST_TASK_ROWS = 1 << 18
LARGEST_TASK_ROWS = 1 << 22
TASKS_PER_THREAD = 16


def cut_tasks(parts: Sequence[Part], threads: int, *, whole: bool = False) -> tuple[Task, ...]:
    """Return tasks that cover all row groups of `parts`, in their order.

    Parameters
    ----------
    parts : sequence of Part
        With the row groups to be read.
    threads : int
        How many workers share them.
    whole : bool, optional
        Whether a task is a whole file.
    """
    rows = sum(part.rows for part in parts)
    most = min(max(rows // (threads * TASKS_PER_THREAD), SMALLEST_TASK_ROWS), LARGEST_TASK_ROWS)
    runs = [
        (part, run)
        for part in parts
        for run in ([part.row_groups] if whole else _runs(part.row_groups, most))
    ]
    parallel = len(runs) < threads
    return tuple(Task(replace(part, row_groups=tuple(run)), parallel) for part, run in runs)


def sample_tasks(tasks: Sequence[Task], share: float, *, seed: int = 0) -> tuple[Task, ...]:
    """Return about a `share` of the row groups of `tasks`, as tasks of one row group each.

    The row groups, in the order of their paths, are cut into as many strata as row groups are wanted, and one is
    drawn from each: the draw depends on the seed and on the row groups alone.
    """
    single = [
        replace(task, part=replace(task.part, row_groups=(g,)))
        for task in tasks
        for g in task.part.row_groups
    ]
    count = min(len(single), max(1, round(share * len(single))))
    draw = random.Random(seed)
    ends = [i * len(single) // count for i in range(count + 1)] if count else []
    return tuple(single[draw.randrange(first, last)] for first, last in pairwise(ends))


def _runs(groups: Sequence[RowGroup], most: int) -> Iterator[Sequence[RowGroup]]:
    """Yield runs of neighbouring row groups, of `most` rows where they allow it."""
    run: list[RowGroup] = []
    for group in groups:
        if run and sum(g.rows for g in run) + group.rows > most:
            yield run
            run = []
        run.append(group)
    if run:
        yield run
