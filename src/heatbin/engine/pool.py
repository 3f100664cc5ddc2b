"""As many grids as memory holds, lent to workers a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import LifoQueue
from typing import Generic, TypeVar

from heatbin.engine.fold import Fold

__all__ = ["Pool"]

F = TypeVar("F", bound=Fold)


class Pool(Generic[F]):
    """A few folds, shared by any number of workers.

    Parameters
    ----------
    blank : callable
        Makes an empty fold.
    size : int
        How many may exist; they are made when first needed.
    """

    def __init__(self, blank: Callable[[], F], size: int) -> None:
        self._blank = blank
        self._free: LifoQueue[F | None] = LifoQueue()
        self._size = size
        for _ in range(size):
            self._free.put(None)

    @contextmanager
    def borrow(self) -> Iterator[F]:
        """Lend a fold; wait for one when all are lent."""
        fold = self._free.get()
        fold = self._blank() if fold is None else fold
        try:
            yield fold
        finally:
            self._free.put(fold)

    @contextmanager
    def whole(self) -> Iterator[F]:
        """Lend all that was taken in so far as one fold; nobody gets any other meanwhile."""
        total = self.merged()
        try:
            yield total
        finally:
            self._free.put(total)
            for _ in range(self._size - 1):
                self._free.put(None)

    def merged(self) -> F:
        """Return all that was taken in; the pool is empty then."""
        made = [fold for _ in range(self._size) if (fold := self._free.get()) is not None]
        total = made.pop() if made else self._blank()
        while made:
            total.merge(made.pop())
        return total
