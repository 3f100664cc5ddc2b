"""How far a run has come: a bar on a terminal, lines elsewhere, or the caller's own function."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO, TypeAlias

from heatbin.units import format_count, format_duration

__all__ = ["Progress", "Reporter", "reporter"]

Progress: TypeAlias = bool | Callable[[int, int | None], object] | None
"""None: a bar, on a terminal only. True: lines where there is no terminal. False: nothing.
A callable gets the rows done and the rows there are, which is None where nobody knows."""

BAR_GAP = 0.1
FIRST_BAR = 0.3
FIRST_LINE = 10.0
LONGEST_GAP = 600.0


class Display(Protocol):
    """Where progress is shown. `show` and `close` are called by one thread at a time."""

    def show(self, done: int, total: int | None, rate: float) -> float:
        """Show the rows done, at so many a second; return in how many seconds to be called again."""

    def close(self, done: int, total: int | None) -> None:
        """Clear away what should not stay."""


class Reporter:
    """Counts the rows that worker threads have done and hands them to a display, not too often.

    Parameters
    ----------
    display : Display
        What shows them.
    total : int or None
        The rows there are, None where nobody knows.
    first : float
        How many seconds after the first batch they are shown first.
    """

    def __init__(self, display: Display, total: int | None, *, first: float) -> None:
        self._display = display
        self._total = total
        self._due = first
        self._done = 0
        self._lock = threading.Lock()
        self._start = self._first_batch = 0.0

    def advance(self, rows: int) -> None:
        """Count `rows` more as done. Any thread may call this."""
        with self._lock:
            now = time.monotonic()
            if not self._done:
                self._start, self._first_batch = now, rows
            self._done += rows
            seconds = now - self._start
            if seconds >= self._due:
                # the first batch waited for files to open and kernels to load: it says nothing of the others
                rate = (self._done - self._first_batch) / (seconds or 1.0)
                self._due = seconds + self._display.show(self._done, self._total, rate)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._due = float("inf")
            self._display.close(self._done, self._total)


def reporter(progress: Progress, total: int | None = None) -> Reporter:
    """Return a context manager whose ``advance(rows)`` reports progress in the way that `progress` asks for.

    Parameters
    ----------
    progress : None, bool or callable
        None for a bar where standard error is a terminal, True for that, or else lines at growing gaps,
        False for nothing, or a function of the rows done and the rows there are.
    total : int, optional
        The rows there are, where that is known.

    Raises
    ------
    TypeError
        When `progress` is none of these.

    Examples
    --------
    >>> seen = []
    >>> with reporter(lambda done, total: seen.append((done, total)), total=3) as report:
    ...     report.advance(3)
    >>> seen[-1]
    (3, 3)
    """
    if callable(progress):
        return Reporter(_Callback(progress), total, first=0.0)
    if not isinstance(progress, bool | None):
        raise TypeError(f"progress must be None, True, False or a function, not {progress!r}")
    stream = sys.stderr
    if progress is False or stream is None:
        return Reporter(_Nothing(), total, first=float("inf"))
    if stream.isatty():
        return Reporter(_Bar(stream), total, first=FIRST_BAR)
    return Reporter(_Lines(stream), total, first=FIRST_LINE if progress else float("inf"))


class _Nothing:
    def show(self, done: int, total: int | None, rate: float) -> float:  # noqa: ARG002
        return float("inf")

    def close(self, done: int, total: int | None) -> None:
        pass


class _Callback:
    def __init__(self, call: Callable[[int, int | None], object]) -> None:
        self._call = call
        self._told = -1

    def show(self, done: int, total: int | None, rate: float) -> float:  # noqa: ARG002
        self._told = done
        self._call(done, total)
        return BAR_GAP

    def close(self, done: int, total: int | None) -> None:
        if done != self._told:
            self._call(done, total)


class _Bar:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = 0

    def show(self, done: int, total: int | None, rate: float) -> float:
        # no tqdm object: it would add a monitor thread and a lock of multiprocessing, for one line of text
        from tqdm import tqdm

        known = "{percentage:3.0f}% {bar} {n_fmt} of {total_fmt} rows, {rate_fmt}, {remaining} left"
        line = tqdm.format_meter(
            done,
            total,
            elapsed=0,
            rate=rate,
            ncols=shutil.get_terminal_size().columns - 1,
            ascii=not (self._stream.encoding or "").lower().startswith("utf"),
            unit=" rows",
            unit_scale=True,
            bar_format=known if total and done <= total else "{n_fmt} rows, {rate_fmt}",
        )
        _write(self._stream, "\r" + line.ljust(self._drawn))
        self._drawn = len(line)
        return BAR_GAP

    def close(self, done: int, total: int | None) -> None:  # noqa: ARG002
        if self._drawn:
            _write(self._stream, "\r" + " " * self._drawn + "\r")


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gap = FIRST_LINE

    def show(self, done: int, total: int | None, rate: float) -> float:
        _write(self._stream, f"heatbin: {describe(done, total, rate)}\n")
        self._gap = min(2 * self._gap, LONGEST_GAP)
        return self._gap

    def close(self, done: int, total: int | None) -> None:
        pass


def describe(done: int, total: int | None, rate: float) -> str:
    """Say in words how far a run has come.

    Examples
    --------
    >>> describe(30_000_000, 120_000_000, 30e6)
    '30.0M of 120M rows (25%), 30.0M rows/s, 3.00 s left'
    >>> describe(30_000_000, None, 15e6)
    '30.0M rows, 15.0M rows/s'
    """
    pace = f"{format_count(rate)} rows/s"
    if not total or done > total:
        return f"{format_count(done)} rows, {pace}"
    left = f"{format_duration((total - done) / rate)} left" if rate else "time left unknown"
    return f"{format_count(done)} of {format_count(total)} rows ({done / total:.0%}), {pace}, {left}"


def _write(stream: TextIO, text: str) -> None:
    """Write what may get lost: nobody stops a run because its reader has gone."""
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        pass
