"""What the command says: results on standard output, everything else, a line at a time, on standard error."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from heatbin.cli.voices import current
from heatbin.progress import Progress

__all__ = ["conclude", "emit", "emit_json", "listening", "progress", "say"]


def say(message: str, level: str = "info", *, event: str = "message", **figures: object) -> None:
    """Write a message to standard error, where somebody may still read it.

    Parameters
    ----------
    message : str
        For people.
    level : {"info", "warning", "error", "critical"}, optional
        How much it matters; critical is a mistake of heatbin's own.
    event, figures : optional
        For programs: what happened, and numbers that belong to it.
    """
    current().say(message, level, event, figures)


def conclude(summary: Mapping[str, object], lines: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Say what a run has done: as JSON to programs, in a few lines to people."""
    if as_json:
        emit_json(summary)
    if not quiet:
        current().conclude(lines, summary, as_json=as_json)


def emit(text: str) -> None:
    """Write a result to standard output.

    Raises
    ------
    OSError
        When it cannot be written, for a closed pipe too.
    """
    stream = sys.stdout
    if stream is None:
        raise OSError("standard output is closed")
    # a file name may hold bytes that no encoding knows
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


def emit_json(summary: Mapping[str, object]) -> None:
    """Write a summary to standard output as one JSON object on one line."""
    emit(json.dumps({**summary, **current().identity}, allow_nan=False))


def progress(*, quiet: bool) -> Progress:
    """Return what heatbin's functions take as `progress`, to report as the command does."""
    return False if quiet else current().progress()


class _Messages(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = "info" if record.levelno < logging.WARNING else record.levelname.lower()
        say(record.getMessage(), level)


@contextmanager
def listening(*, quiet: bool) -> Iterator[None]:
    """Show what heatbin's modules log, and what libraries warn of, as messages; errors only when `quiet`."""
    root, heatbin = logging.getLogger(), logging.getLogger("heatbin")
    handler = _Messages(logging.ERROR if quiet else logging.INFO)
    level = heatbin.level
    root.addHandler(handler)
    heatbin.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: logging.getLogger("py.warnings").warning("%s", message)
            yield
    finally:
        root.removeHandler(handler)
        heatbin.setLevel(level)
