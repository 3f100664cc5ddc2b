"""Files on their way in: each in folds of its own, which count only once it was read to its end and closed well."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from heatbin.engine.checkpoints import Checkpoints
from heatbin.engine.fold import Fold
from heatbin.engine.keeper import Groups, Keeper, Piece, groups_of
from heatbin.errors import BadInputError, ReadError
from heatbin.plan import cut_tasks
from heatbin.sources import LeftOut, Part, Task

__all__ = ["Staging"]

F = TypeVar("F", bound=Fold)


@dataclass(slots=True)
class _Stage(Generic[F]):
    """Some row groups of a file, in a fold of their own."""

    fold: F
    groups: Groups
    rows: int

    def merge(self, other: _Stage[F]) -> None:
        self.fold.merge(other.fold)
        self.groups |= other.groups
        self.rows += other.rows


@dataclass(slots=True)
class _File(Generic[F]):
    """A file that is to be read, by one worker or several; `lock` is for all that changes."""

    part: Part
    runs: deque[Task] = field(default_factory=deque)
    opened: bool = False
    failed: bool = False
    readers: int = 0
    resting: _Stage[F] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, fold: Callable[[], F], begin: Callable[[Part, F], Groups]) -> _Stage[F] | None:
        """Return a stage for one more reader, the first of which begins it; None if there is nothing left to read."""
        with self.lock:
            if self.opened and not self.runs:
                return None
            blank = fold()
            groups = frozenset() if self.opened else begin(self.part, blank)
            self._pass_over(groups)
            self.opened = True
            self.readers += 1
            rows = sum(g.rows for g in self.part.row_groups if (g.number, g.start) in groups)
            return _Stage(blank, groups, rows)

    def next_run(self) -> Task | None:
        with self.lock:
            return self.runs.popleft() if self.runs else None

    def fail(self) -> bool:
        """Give the file up; tell whether nobody had before."""
        with self.lock:
            first, self.failed = not self.failed, True
            self.runs.clear()
            return first

    def leave(self, stage: _Stage[F]) -> _Stage[F] | None:
        """Take over what a reader has; return all that was read, if that is the whole file or the file has failed."""
        with self.lock:
            self.readers -= 1
            if self.resting is not None:
                stage.merge(self.resting)
            over = self.failed or not (self.readers or self.runs)
            self.resting = None if over else stage
            return stage if over else None

    def _pass_over(self, groups: Groups) -> None:
        rests = [tuple(g for g in run.part.row_groups if not groups_of([g]) <= groups) for run in self.runs]
        self.runs = deque(
            replace(run, part=replace(run.part, row_groups=rest))
            for run, rest in zip(self.runs, rests, strict=True)
            if rest
        )


class Staging(Generic[F]):
    """What workers share who read whole files into one fold.

    A worker reads a file to its end, then the next. When all were begun it helps once with one more, so no worker ever
    needs more than one fold beside that of all.

    Parameters
    ----------
    tasks : sequence of Task
        Whole files.
    blank : callable
        Makes an empty fold.
    fill : callable
        ``fill(task, fold)`` reads a task into a fold and returns how many rows it had; cut short once `stopped`.
    workers : int
        How many there are.
    keeper : Keeper, optional
        Who makes checkpoints.

    Attributes
    ----------
    left_out : list of LeftOut
        The files that could not be read.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        blank: Callable[[], F],
        fill: Callable[[Task, F], int],
        *,
        workers: int,
        keeper: Keeper[F] | None = None,
    ) -> None:
        self._files: dict[str, _File[F]] = {task.part.path: _File(task.part) for task in tasks}
        for run in cut_tasks([task.part for task in tasks], workers):
            self._files[run.part.path].runs.append(run)
        self._waiting = iter(list(self._files.values()))
        self._blank, self._fill, self._keeper = blank, fill, keeper
        self._checkpoints = Checkpoints(keeper, self._commit, workers) if keeper and keeper.active else None
        self._lock, self._taking = threading.Lock(), threading.Lock()
        self._closed = threading.Event()
        self._total: F | None = None
        self._taken: list[tuple[Part, int]] = []
        self.left_out: list[LeftOut] = []

    @property
    def unread(self) -> tuple[str, ...]:
        """The files that were not begun, because the keeper was full."""
        return tuple(path for path, file in self._files.items() if not file.opened)

    @property
    def rows(self) -> int:
        """How many rows the files have that were read to their ends."""
        return sum(rows for _, rows in self._taken)

    def finished(self) -> F:
        """Return all files that were read to their ends; nothing is held any more."""
        total, self._total = self._whole(), None
        return total

    def stopped(self) -> bool:
        """Tell whether workers should stop."""
        return self._closed.is_set()

    def work(self, worker: int) -> None:
        """Read files until there are none."""
        try:
            for file in self._openings():
                self._read(file, worker)
                self._pass_checkpoint(worker)
            if self._checkpoints is not None:
                self._checkpoints.leave(worker)
        except BaseException:
            self._closed.set()
            raise

    def close(self, *, wait: float = 0.0) -> None:
        """Stop the workers; with `wait`, after a last checkpoint, if it takes no more than so many seconds."""
        if self._checkpoints is not None:
            if wait and not self.stopped():
                self._checkpoints.last(wait)
            self._checkpoints.close()
        self._closed.set()

    def _whole(self) -> F:
        if self._total is None:
            self._total = self._blank()
        return self._total

    def _openings(self) -> Iterator[_File[F]]:
        """Yield the files that one worker is to read: the next ones, and at the end that which has most to come."""
        while not self.stopped():
            with self._lock:
                file = None if self._keeper and self._keeper.full() else next(self._waiting, None)
            if file is None:
                opened = [file for file in self._files.values() if file.opened]
                yield from sorted(opened, key=lambda file: len(file.runs))[-1:]
                return
            yield file

    def _read(self, file: _File[F], worker: int) -> None:
        stage = file.enter(self._blank, self._begin)
        if stage is None:
            return
        try:
            while (run := file.next_run()) is not None:
                stage.rows += self._fill(run, stage.fold)
                if self.stopped():
                    return
                stage.groups |= groups_of(run.part.row_groups)
                if file.runs:
                    self._pass_checkpoint(worker, file, stage)
        except (BadInputError, ReadError) as error:
            if file.fail():
                self.left_out.append(LeftOut(file.part.path, str(error)))
        over = file.leave(stage)
        if over is not None and not file.failed:
            self._take(file.part, over)
        elif over is not None and self._keeper is not None:
            self._keeper.dropping(over.fold)

    def _begin(self, part: Part, blank: F) -> Groups:
        return self._keeper.begun(part, blank) if self._keeper else frozenset()

    def _take(self, part: Part, stage: _Stage[F]) -> None:
        if self._keeper is not None:
            self._keeper.closing(part, stage.fold)
        with self._taking:
            if self._total is None:
                self._total = stage.fold
            else:
                self._total.merge(stage.fold)
            self._taken.append((part, stage.rows))

    def _pass_checkpoint(
        self, worker: int, file: _File[F] | None = None, stage: _Stage[F] | None = None
    ) -> None:
        if self._checkpoints is not None:
            self._checkpoints.pass_by(worker, lambda: self._piece(file, stage))

    def _piece(self, file: _File[F] | None, stage: _Stage[F] | None) -> Piece | None:
        if file is None or stage is None or self._keeper is None:
            return None
        return Piece(file.part, stage.groups, self._keeper.keep(file.part, stage.groups, stage.fold))

    def _commit(self, pieces: Sequence[Piece]) -> None:
        """Have a checkpoint made of all that was read, or handed in when last looked at."""
        if self._keeper is None:
            return
        newest = [*self._resting(), *reversed(pieces)]
        with self._taking:
            taken = [part for part, _ in self._taken]
            gone = {part.path for part in taken} | {f.part.path for f in self._files.values() if f.failed}
            self._keeper.commit(self._whole(), taken, _apart([p for p in newest if p.part.path not in gone]))

    def _resting(self) -> Iterator[Piece]:
        for file in self._files.values():
            with file.lock:
                piece = self._piece(file, file.resting)
            if piece is not None:
                yield piece


def _apart(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces that have no row group in common with one before."""
    apart: list[Piece] = []
    for piece in pieces:
        others = [other.groups for other in apart if other.part.path == piece.part.path]
        if piece.groups.isdisjoint(frozenset().union(*others)):
            apart.append(piece)
    return apart
