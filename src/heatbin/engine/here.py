"""Work on threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any, Protocol, TypeVar

from heatbin.columns import Points
from heatbin.engine.fold import Fold
from heatbin.engine.pool import Pool
from heatbin.engine.staging import Staging
from heatbin.engine.threads import Workers
from heatbin.engine.work import Outcome, Work
from heatbin.sources import Task

__all__ = ["run_here"]

F = TypeVar("F", bound=Fold)

Stopped = Callable[[], bool]

# The command is ended soon after it was told to stop; a last checkpoint must be made by then.
LAST_CHECKPOINT_SECONDS = 0.6

# Batches that workers hold together while others have all folds: they decode the next ones rather than wait, so that
# one which the system stops for a while stops no other. Each may hold one of them at least; and no more where there
# cannot be a fold for each, for then all would always hold what they may.
MOST_HELD = 8


class Borrow(Protocol):
    """Lends a fold; none, where it is not to wait and all are lent."""

    def __call__(self, *, wait: bool) -> AbstractContextManager[Fold | None]:
        """Lend one."""


def run_here(work: Work[F], *, threads: int = 1, folds: int = 1, fold_bytes: int = 0) -> Outcome[F]:
    """Read tasks on threads of this process.

    Parameters
    ----------
    work : Work
        What is read into what.
    threads : int, optional
        How many workers.
    folds : int, optional
        How many folds they share, where they do not leave out inputs.
    fold_bytes : int, optional
        About how much memory a fold takes.
    """
    return _staged(work, threads) if work.skip else _directly(work, threads, folds, fold_bytes)


def _directly(work: Work[F], threads: int, folds: int, fold_bytes: int) -> Outcome[F]:
    pool = Pool(work.blank, folds, fold_bytes)
    workers = max(1, min(threads, len(work.tasks)))
    most_held = max(1, MOST_HELD // workers) if folds >= workers else 1
    rows: list[int] = []

    def do(tasks: Iterable[Task], stopped: Stopped) -> None:
        rows.append(_fill(work, tasks, pool.borrow, stopped, most_held))

    Workers(work.tasks, do, workers).run()
    return Outcome(pool.merged(), sum(rows))


def _staged(work: Work[F], threads: int) -> Outcome[F]:
    def fill(task: Task, stage: F) -> int:
        return _fill(work, [task], lambda wait: nullcontext(stage), staging.stopped)  # noqa: ARG005

    def do(workers: Iterable[int], _: Stopped) -> None:
        for worker in workers:
            staging.work(worker)

    staging = Staging(work.tasks, work.blank, fill, workers=threads, keeper=work.keeper)
    try:
        Workers(range(threads), do, threads).run()
    except Exception:
        raise
    except BaseException:
        staging.close(wait=LAST_CHECKPOINT_SECONDS)
        raise
    finally:
        staging.close()
    return Outcome(staging.finished(), staging.rows, tuple(sorted(staging.left_out)), staging.unread)


def _fill(
    work: Work[Any], tasks: Iterable[Task], borrow: Borrow, stopped: Stopped, most_held: int = 0
) -> int:
    """Read tasks into the folds that `borrow` lends; return how many rows they had.

    It waits for one where more than `most_held` batches were not taken yet.
    """
    rows = 0
    held: list[Points] = []
    for points in chain.from_iterable(map(work.reading.points, tasks)):
        held.append(points)
        with borrow(wait=len(held) > most_held) as fold:
            _empty(held, fold)
        rows += len(points)
        if work.advance is not None:
            work.advance(len(points))
        if stopped():
            break
    if held:
        with borrow(wait=True) as fold:
            _empty(held, fold)
    return rows


def _empty(held: list[Points], fold: Fold | None) -> None:
    """Fill what is held into a fold, if there is one."""
    if fold is not None:
        for points in held:
            fold.fill(points)
        held.clear()
