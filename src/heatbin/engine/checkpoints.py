"""When checkpoints are made, and by whom: workers hand in what they have as they come by, and wait for nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from heatbin.engine.fold import Fold
from heatbin.engine.keeper import Keeper, Piece

__all__ = ["Checkpoints"]

F = TypeVar("F", bound=Fold)


class Checkpoints(Generic[F]):
    """Rounds in which each worker hands in its piece, between two row groups; the last to do so makes the checkpoint.

    Parameters
    ----------
    keeper : Keeper
        Says when one is due.
    commit : callable
        Called with the pieces of a round; by one worker at a time.
    workers : int
        How many there are: they are called 0, 1, ….
    """

    def __init__(self, keeper: Keeper[F], commit: Callable[[Sequence[Piece]], object], workers: int) -> None:
        self._keeper, self._commit = keeper, commit
        self._state = threading.Condition()
        self._working = set(range(workers))
        self._awaited: set[int] = set()
        self._pieces: list[Piece] = []
        self._wanted = self._committing = self._closed = False
        self._made = 0

    def pass_by(self, worker: int, hand_in: Callable[[], Piece | None]) -> None:
        """Hand in what a worker has, if a checkpoint is being made or is due."""
        if self._joins(worker):
            self._handed(worker, hand_in())

    def leave(self, worker: int) -> None:
        """Wait no more for a worker."""
        with self._state:
            self._working.discard(worker)
        self._handed(worker, None)

    def last(self, seconds: float) -> None:
        """Have one more checkpoint made, or that one which is being made, and wait for it so long at most."""
        with self._state:
            made, self._wanted = self._made, True
            self._state.wait_for(lambda: self._made > made or not self._working, seconds)

    def close(self) -> None:
        """Let no more be made; one that is being written is waited for."""
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: not self._committing)

    def _joins(self, worker: int) -> bool:
        with self._state:
            idle = not (self._awaited or self._committing or self._closed)
            if idle and (self._wanted or self._keeper.due()):
                self._awaited, self._pieces, self._wanted = set(self._working), [], False
            return worker in self._awaited

    def _handed(self, worker: int, piece: Piece | None) -> None:
        with self._state:
            if worker not in self._awaited:
                return
            self._awaited.discard(worker)
            self._pieces += [piece] if piece else []
            if self._awaited or self._closed:
                return
            self._committing = True
        try:
            self._commit(self._pieces)
        finally:
            with self._state:
                self._committing = False
                self._made += 1
                self._state.notify_all()
