"""The two ways in which the command speaks on standard error: lines for people, and JSON lines for programs."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from heatbin.progress import FIRST_LINE, LONGEST_GAP, Progress, describe

__all__ = ["FORMATS", "JsonLines", "Text", "Voice", "begin", "current", "speak"]

ERASE_LINE = "\r\x1b[K"
"""Back to the start of the line, and clear it: a progress bar may stand there."""

PREFIXES = {"info": "", "critical": "internal error: "}


class Voice(Protocol):
    """A way to speak. Any thread may say something."""

    @property
    def identity(self) -> Mapping[str, object]:
        """What a summary holds so that it can be found beside what was said."""

    def say(self, message: str, level: str, event: str, figures: Mapping[str, object]) -> None:
        """Say one thing."""

    def conclude(self, lines: Sequence[str], summary: Mapping[str, object], *, as_json: bool) -> None:
        """Say what a run has done, at its end; `as_json` tells that its summary is printed."""

    def progress(self) -> Progress:
        """Return what reports how far a run has come."""


class Text:
    """Lines for people; on a terminal, a bar as well."""

    @property
    def identity(self) -> Mapping[str, object]:
        """Nothing: people know what they started."""
        return {}

    def say(self, message: str, level: str, event: str, figures: Mapping[str, object]) -> None:  # noqa: ARG002
        """Write a line, and before it the traceback, where there is one."""
        _write(str(figures.get("traceback", "")))
        start = ERASE_LINE if sys.stderr is not None and sys.stderr.isatty() else ""
        _write(f"{start}heatbin: {PREFIXES.get(level, f'{level}: ')}{message}\n")

    def conclude(self, lines: Sequence[str], summary: Mapping[str, object], *, as_json: bool) -> None:
        """Write the lines, unless the summary says as much."""
        for line in [] if as_json else lines:
            self.say(line, "info", "done", summary)

    def progress(self) -> Progress:
        """Return what means a bar, or lines where there is no terminal."""
        return True


class JsonLines:
    """One JSON object a line: time, level, event, run, message, and the figures of the event."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(8)
        self._start = time.monotonic()

    @property
    def identity(self) -> Mapping[str, object]:
        """The id of the run."""
        return {"run": self._run}

    def say(self, message: str, level: str, event: str, figures: Mapping[str, object]) -> None:
        """Write a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": now, "level": level, "event": event, **self.identity, "message": message, **figures}
        _write(json.dumps(line) + "\n")

    def conclude(self, lines: Sequence[str], summary: Mapping[str, object], *, as_json: bool) -> None:  # noqa: ARG002
        """Write a line with all that can be counted, the time that the run took and its peak of memory."""
        from heatbin.platform import peak_rss_bytes

        figures = _figures(summary)
        seconds = time.monotonic() - self._start
        tally = figures.get("tally", {})
        rate = {"rows_per_second": tally["read"] / seconds} if "read" in tally else {}
        run = {"seconds": seconds, "peak_rss_bytes": peak_rss_bytes(), **rate}
        self.say("; ".join(lines), "info", "done", {**run, **figures})

    def progress(self) -> Callable[[int, int | None], None]:
        """Return what writes lines at growing gaps."""
        return _Steps(self)


class _Steps:
    def __init__(self, voice: JsonLines) -> None:
        self._voice = voice
        self._start = time.monotonic()
        self._gap = self._due = FIRST_LINE

    def __call__(self, done: int, total: int | None) -> None:
        seconds = time.monotonic() - self._start
        if seconds >= self._due:
            self._gap = min(2 * self._gap, LONGEST_GAP)
            self._due = seconds + self._gap
            rate = done / seconds
            figures = {"rows": done, "rows_of": total, "rows_per_second": rate}
            self._voice.say(describe(done, total, rate), "info", "progress", figures)


FORMATS: dict[str, Callable[[], Voice]] = {"text": Text, "json": JsonLines}
"""The ways to speak, by their names."""


class _Speaker:
    """Holds the way in which this process speaks, as it has one standard error."""

    voice: Voice = Text()


def current() -> Voice:
    """Return the way in which this run speaks."""
    return _Speaker.voice


def begin(format: str) -> None:
    """Begin a run that speaks in this format."""
    _Speaker.voice = FORMATS[format]()


def speak(format: str) -> None:
    """Speak in this format for the rest of the run."""
    if type(current()) is not FORMATS[format]:
        begin(format)


def _figures(summary: Mapping[str, object]) -> dict[str, Any]:
    """Return what is counted: numbers as they are, lists by their length.

    Examples
    --------
    >>> _figures({"tally": {"read": 5}, "x": {"expression": "lon", "bins": 7}, "outputs": ["a.png"]})
    {'tally': {'read': 5}, 'x': {'bins': 7}, 'outputs': 1}
    """
    figures: dict[str, Any] = {}
    for name, value in summary.items():
        if isinstance(value, Mapping):
            inner = {word: number for word, number in value.items() if isinstance(number, int | float)}
            figures.update({name: inner} if inner else {})
        elif isinstance(value, list | tuple):
            figures[name] = len(value)
        elif isinstance(value, int | float):
            figures[name] = value
    return figures


def _write(line: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(line)
        sys.stderr.flush()
