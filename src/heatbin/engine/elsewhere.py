"""Work in bundles on any executor: processes, or a cluster."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from heatbin.engine.fold import Fold
from heatbin.engine.here import run_here
from heatbin.engine.threads import HEARTBEAT_SECONDS
from heatbin.engine.work import Outcome, Work
from heatbin.errors import UsageError
from heatbin.sources import LeftOut, Reading, Task

__all__ = ["run_on"]

F = TypeVar("F", bound=Fold)

# Enough that no worker waits long for the last bundle, few enough that partials cost little to send.
BUNDLES_PER_WORKER = 4


def run_on(executor: Executor, work: Work[F], *, workers: int) -> Outcome[F]:
    """Read tasks in bundles on an executor, and merge the partials in a tree as they come back.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Where bundles run; for processes what `work` holds is pickled, but for its ``advance``.
    work : Work
        What is read into what.
    workers : int
        About how many bundles run at once.

    Raises
    ------
    UsageError
        When what is read cannot be sent to other processes.
    """
    if not isinstance(executor, ThreadPoolExecutor):
        _check_sendable(work.reading)
    tree: list[tuple[int, F]] = []
    rows = 0
    left_out: list[LeftOut] = []
    for bundle, outcome in _outcomes(executor, work, workers):
        _plant(tree, outcome.fold)
        rows += outcome.rows
        left_out += outcome.left_out
        if work.advance is not None:
            work.advance(sum(task.rows for task in bundle))
    while len(tree) > 1:
        tree[-2][1].merge(tree.pop()[1])
    return Outcome(tree[0][1] if tree else work.blank(), rows, tuple(sorted(left_out)))


def _check_sendable(reading: Reading) -> None:
    try:
        # What a table holds is passed by, not copied, just to know that it could be.
        pickle.dumps(reading, protocol=5, buffer_callback=lambda _buffer: None)
    except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
        raise UsageError(
            f"executor: {reading.source.name} cannot be sent to other processes; leave out executor, pass a "
            "ThreadPoolExecutor, or write the rows to a Parquet or Arrow file first"
        ) from error


def _outcomes(executor: Executor, work: Work[F], workers: int) -> Iterator[tuple[Sequence[Task], Outcome[F]]]:
    """Yield the outcome of each bundle, never with more than a few under way: each is a grid."""
    bare = replace(work, tasks=(), advance=None)
    waiting = iter(_bundles(work.tasks, workers * BUNDLES_PER_WORKER))
    running: dict[Future[Outcome[F]], Sequence[Task]] = {}
    try:
        while True:
            for bundle in islice(waiting, 2 * workers - len(running)):
                running[executor.submit(run_here, replace(bare, tasks=bundle))] = bundle
            if not running:
                return
            done, _ = wait(running, timeout=HEARTBEAT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()


def _bundles(tasks: Sequence[Task], count: int) -> list[Sequence[Task]]:
    """Deal tasks out, each bundle a run of neighbours."""
    size = max(1, -(-len(tasks) // count))
    return [tasks[i : i + size] for i in range(0, len(tasks), size)]


def _plant(tree: list[tuple[int, F]], leaf: F) -> None:
    """Add a leaf: two neighbours of equal height become one, so at most log2(bundles) grids are alive."""
    height = 0
    while tree and tree[-1][0] == height:
        older = tree.pop()[1]
        older.merge(leaf)
        height, leaf = height + 1, older
    tree.append((height, leaf))
