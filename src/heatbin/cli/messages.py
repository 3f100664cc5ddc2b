"""What the command says: results on standard output, everything else, a line at a time, on standard error."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

__all__ = ["emit", "emit_json", "listening", "say"]

ERASE_LINE = "\r\x1b[K"
"""Back to the start of the line, and clear it: a progress bar may stand there."""


def say(message: str) -> None:
    """Write a message to standard error, where somebody may still read it."""
    stream = sys.stderr
    with suppress(OSError, ValueError, AttributeError):
        start = ERASE_LINE if stream.isatty() else ""
        stream.write(f"{start}heatbin: {message}\n")
        stream.flush()


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
    emit(json.dumps(summary, allow_nan=False))


class _Messages(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        say(level + record.getMessage())


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
