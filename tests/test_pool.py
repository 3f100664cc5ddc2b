"""A few grids, lent to many workers: none is lent twice, none is lost, no more are made than are of use."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from heatbin.engine.here import run_here
from heatbin.engine.pool import Pool
from heatbin.engine.work import Work


class Sum:
    """A fold of numbers."""

    def __init__(self) -> None:
        self.total = 0

    def fill(self, points: int) -> None:
        before = self.total
        time.sleep(0)
        self.total = before + points

    def merge(self, other: Sum) -> None:
        self.total += other.total


class Made(list[Sum]):
    """Counts what is made."""

    def __call__(self) -> Sum:
        self.append(Sum())
        return self[-1]


MEGABYTE = 1 << 20


@pytest.mark.parametrize("fold_bytes", [0, MEGABYTE, 1 << 40])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_nothing_is_lost_however_many_workers_share_the_folds(size, fold_bytes) -> None:
    pool = Pool(made := Made(), size, fold_bytes)

    def work() -> None:
        for _ in range(500):
            with pool.borrow() as fold:
                fold.fill(1)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert pool.merged().total == 2000
    assert 1 <= len(made) <= size


def test_workers_that_never_meet_share_one_fold() -> None:
    pool = Pool(made := Made(), 4)
    for _ in range(10):
        with pool.borrow() as fold:
            fold.fill(1)
    assert len(made) == 1


@pytest.mark.parametrize("fold_bytes", [0, MEGABYTE])
def test_a_worker_that_waits_for_long_gets_a_fold_of_its_own(fold_bytes) -> None:
    pool = Pool(made := Made(), 3, fold_bytes)
    with ExitStack() as lent:
        folds = [lent.enter_context(pool.borrow()) for _ in range(3)]
    assert len({id(fold) for fold in folds}) == len(made) == 3


def test_a_worker_that_does_not_wait_goes_away_with_nothing_and_comes_back() -> None:
    pool = Pool(made := Made(), 2, MEGABYTE)
    with pool.borrow() as fold, pool.borrow(wait=False) as nothing:
        assert (fold is made[0], nothing) == (True, None)
    with pool.borrow(wait=False) as again:
        assert again is made[0]
    assert len(made) == 1


def test_a_pool_that_lent_nothing_is_empty() -> None:
    assert Pool(Made(), 2).merged().total == 0


def test_a_fold_that_cannot_be_made_keeps_nobody_waiting() -> None:
    made = iter([MemoryError, Sum])

    def blank() -> Sum:
        made_of = next(made)
        time.sleep(0.05)
        if made_of is MemoryError:
            raise MemoryError
        return Sum()

    pool = Pool(blank, 1)
    failures = []

    def work() -> None:
        try:
            with pool.borrow() as fold:
                fold.fill(1)
        except MemoryError:
            failures.append(1)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert not any(worker.is_alive() for worker in workers)
    assert (len(failures), pool.merged().total) == (1, 1)


@pytest.mark.parametrize(("workers", "folds", "in_hand"), [(2, 2, 5), (2, 1, 2), (9, 9, 2)])
def test_while_another_has_the_fold_a_worker_reads_on_until_it_has_its_hands_full(
    workers, folds, in_hand
) -> None:
    begun, full, read, at_first_fill = threading.Event(), threading.Event(), [], []

    class Reading:
        def points(self, task):
            if task == "one that takes long":
                yield [task]
                return
            begun.wait(10)
            for number in range(9 if task == "many that do not" else 0):
                read.append(number)
                if len(read) == in_hand:
                    full.set()
                yield [task]

    class Slow(Sum):
        def fill(self, points):
            if points == ["one that takes long"]:
                begun.set()
                full.wait(10)
                time.sleep(0.02)
            elif not at_first_fill:
                at_first_fill.append(len(read))
            self.total += len(points)

    tasks = ["one that takes long", "many that do not", *["none"] * (workers - 2)]
    outcome = run_here(Work(Reading(), tasks, Slow), threads=9, folds=folds, fold_bytes=1 << 40)
    assert at_first_fill == [in_hand]
    assert outcome.fold.total == outcome.rows == 10
