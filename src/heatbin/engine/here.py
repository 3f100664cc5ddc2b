"""Work on threads of this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from heatbin.engine.fold import Fold
from heatbin.engine.pool import Pool
from heatbin.engine.threads import Workers
from heatbin.engine.work import Outcome, Work
from heatbin.errors import BadInputError, ReadError
from heatbin.sources import LeftOut, Task

__all__ = ["run_here"]

F = TypeVar("F", bound=Fold)

Stopped = Callable[[], bool]


def run_here(work: Work[F], *, threads: int = 1, folds: int = 1) -> Outcome[F]:
    """Read tasks on threads of this process.

    Parameters
    ----------
    work : Work
        What is read into what.
    threads : int, optional
        How many workers.
    folds : int, optional
        How many folds they share.
    """
    pool = Pool(work.blank, folds)
    rows: list[int] = []
    left_out: list[LeftOut] = []

    def directly(task: Task, stopped: Stopped) -> None:
        rows.append(_fill(work, task, pool.borrow, stopped))

    def staged(task: Task, stopped: Stopped) -> None:
        stage = work.blank()
        try:
            filled = _fill(work, task, lambda: nullcontext(stage), stopped)
        except (BadInputError, ReadError) as error:
            left_out.append(LeftOut(task.part.path, str(error)))
            return
        with pool.borrow() as fold:
            fold.merge(stage)
        rows.append(filled)

    do = staged if work.skip else directly
    Workers(work.tasks, do, max(1, min(threads, len(work.tasks)))).run()
    return Outcome(pool.merged(), sum(rows), tuple(sorted(left_out)))


def _fill(
    work: Work[Any], task: Task, borrow: Callable[[], AbstractContextManager[Fold]], stopped: Stopped
) -> int:
    """Read a task into the folds that `borrow` lends; return how many rows it had."""
    rows = 0
    for points in work.reading.points(task):
        with borrow() as fold:
            fold.fill(points)
        rows += len(points)
        if work.advance is not None:
            work.advance(len(points))
        if stopped():
            break
    return rows
