"""Tasks on worker threads: they decode and bin without the GIL, and stop when one fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

__all__ = ["Workers"]

T = TypeVar("T")

# The main thread looks up this often, so that signals find it awake.
HEARTBEAT_SECONDS = 0.1


class Workers(Generic[T]):
    """A few threads that work through tasks.

    Parameters
    ----------
    tasks : iterable
        Taken one by one, by whichever thread is free.
    work : callable
        ``work(tasks, stopped)`` is called on each thread, with those of the tasks that it takes. It should return soon
        after ``stopped()`` turns true; there are no more tasks then.
    threads : int
        How many threads.
    """

    def __init__(
        self, tasks: Iterable[T], work: Callable[[Iterator[T], Callable[[], bool]], None], threads: int
    ) -> None:
        self._tasks: Iterator[T] = iter(tasks)
        self._work = work
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: BaseException | None = None
        # Daemons: a process that was told to stop does not wait for a page to be decoded.
        self._threads = [
            threading.Thread(target=self._run, daemon=True, name=f"heatbin-{i}") for i in range(threads)
        ]

    def run(self) -> None:
        """Do all tasks; raise the first error once the threads have stopped."""
        try:
            for thread in self._threads:
                thread.start()
            for thread in self._threads:
                while thread.is_alive():
                    thread.join(HEARTBEAT_SECONDS)
        finally:
            self._stop.set()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work(self._taken(), self._stop.is_set)
        except BaseException as error:
            with self._lock:
                self._error = self._error or error
            self._stop.set()

    def _taken(self) -> Iterator[T]:
        while not self._stop.is_set():
            with self._lock:
                taken = list(islice(self._tasks, 1))
            if not taken:
                return
            yield taken[0]
