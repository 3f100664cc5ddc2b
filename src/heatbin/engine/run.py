"""Running a reading over its tasks: on threads here, or in bundles on any executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from heatbin.engine.fold import Fold
from heatbin.engine.pool import Pool
from heatbin.engine.threads import HEARTBEAT_SECONDS, Workers
from heatbin.errors import BadInputError, ReadError
from heatbin.sources import LeftOut, Reading, Task

__all__ = ["Outcome", "run_here", "run_on"]

F = TypeVar("F", bound=Fold)

Advance = Callable[[int], object]

# Enough that no worker waits long for the last bundle, few enough that partials cost little to send.
BUNDLES_PER_WORKER = 4


@dataclass(frozen=True, slots=True)
class Outcome(Generic[F]):
    """What a run ended in.

    Parameters
    ----------
    fold : Fold
        All that was taken in.
    left_out : tuple of LeftOut, optional
        The inputs that are not in it, sorted.
    """

    fold: F
    left_out: tuple[LeftOut, ...] = ()


def run_here(
    reading: Reading,
    tasks: Sequence[Task],
    blank: Callable[[], F],
    *,
    threads: int = 1,
    folds: int = 1,
    skip: bool = False,
    advance: Advance | None = None,
) -> Outcome[F]:
    """Read tasks on threads of this process.

    Parameters
    ----------
    reading : Reading
        What is read.
    tasks : sequence of Task
        The pieces, in any order; with `skip`, whole files.
    blank : callable
        Makes an empty fold.
    threads : int, optional
        How many workers.
    folds : int, optional
        How many folds they share.
    skip : bool, optional
        Leave out inputs that cannot be read: each task fills a fold of its own, which counts only once the task
        has ended well.
    advance : callable, optional
        Called with the number of rows of each batch.
    """
    pool = Pool(blank, folds)
    left_out: list[LeftOut] = []

    def directly(task: Task, stopped: Callable[[], bool]) -> None:
        _fill(reading, task, pool.borrow, advance, stopped)

    def staged(task: Task, stopped: Callable[[], bool]) -> None:
        stage = blank()
        try:
            _fill(reading, task, partial(nullcontext, stage), advance, stopped)
        except (BadInputError, ReadError) as error:
            left_out.append(LeftOut(task.part.path, str(error)))
            return
        with pool.borrow() as fold:
            fold.merge(stage)

    Workers(tasks, staged if skip else directly, max(1, min(threads, len(tasks)))).run()
    return Outcome(pool.merged(), tuple(sorted(left_out)))


def run_on(
    executor: Executor,
    reading: Reading,
    tasks: Sequence[Task],
    blank: Callable[[], F],
    *,
    workers: int,
    skip: bool = False,
    advance: Advance | None = None,
) -> Outcome[F]:
    """Read tasks in bundles on an executor, and merge the partials in a tree as they come back.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Of threads, processes, or a cluster; for processes all of `reading`, `tasks` and `blank` are pickled.
    workers : int
        About how many bundles it runs at once.
    reading, tasks, blank, skip, advance
        As for `run_here`.
    """
    bundles = _bundles(tasks, workers * BUNDLES_PER_WORKER)
    tree: list[tuple[int, F]] = []
    left_out: list[LeftOut] = []
    for bundle, outcome in _results(executor, partial(_run_bundle, reading, blank, skip), bundles, 2 * workers):
        _plant(tree, outcome.fold)
        left_out += outcome.left_out
        if advance is not None:
            advance(sum(task.rows for task in bundle))
    while len(tree) > 1:
        tree[-2][1].merge(tree.pop()[1])
    return Outcome(tree[0][1] if tree else blank(), tuple(sorted(left_out)))


def _fill(
    reading: Reading,
    task: Task,
    borrow: Callable[[], AbstractContextManager[Fold]],
    advance: Advance | None,
    stopped: Callable[[], bool],
) -> None:
    for points in reading.points(task):
        with borrow() as fold:
            fold.fill(points)
        if advance is not None:
            advance(len(points))
        if stopped():
            return


def _run_bundle(reading: Reading, blank: Callable[[], F], skip: bool, bundle: Sequence[Task]) -> Outcome[F]:
    return run_here(reading, bundle, blank, skip=skip)


def _bundles(tasks: Sequence[Task], count: int) -> list[Sequence[Task]]:
    """Deal tasks out, each bundle a run of neighbours."""
    size = -(-len(tasks) // max(1, min(count, len(tasks))))
    return [tasks[i : i + size] for i in range(0, len(tasks), size)]


def _results(
    executor: Executor,
    work: Callable[[Sequence[Task]], Outcome[F]],
    bundles: Sequence[Sequence[Task]],
    at_once: int,
) -> Iterator[tuple[Sequence[Task], Outcome[F]]]:
    """Yield the outcomes as they come, never with more than a few bundles under way: each is a grid."""
    waiting = iter(bundles)
    running: dict[Future[Outcome[F]], Sequence[Task]] = {}
    try:
        while True:
            for bundle in islice(waiting, at_once - len(running)):
                running[executor.submit(work, bundle)] = bundle
            if not running:
                return
            done, _ = wait(running, timeout=HEARTBEAT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()


def _plant(tree: list[tuple[int, F]], partial_: F) -> None:
    """Add a leaf: two neighbours of equal height become one, so at most log2(bundles) grids are alive."""
    height = 0
    while tree and tree[-1][0] == height:
        older = tree.pop()[1]
        older.merge(partial_)
        height, partial_ = height + 1, older
    tree.append((height, partial_))
