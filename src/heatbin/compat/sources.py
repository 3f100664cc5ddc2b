"""Sources as the drop-ins read them: by expressions, and more than once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import tee
from typing import Any

from heatbin.errors import UsageError
from heatbin.sources import open_source
from heatbin.sources.streams import StreamSource

__all__ = ["check_expressions", "check_replayable", "opened"]


def check_expressions(**named: Any) -> None:
    """Hold that arguments are columns or expressions of a source."""
    for argument, value in named.items():
        if not isinstance(value, str):
            raise TypeError(
                f"{argument} must be a column of data or an expression, not {type(value).__name__}: "
                "data is a source that is streamed"
            )


def opened(data: Any) -> Any:
    """Return a source that can be planned with more than once: rows that are delivered only once are opened here.

    An iterator would lose a batch each time that somebody asks it for its columns.
    """
    paths: Iterator[Any] = iter(())
    if isinstance(data, Iterator) and not hasattr(data, "__arrow_c_stream__"):
        data, paths = tee(data)
    source = open_source(data)
    return source if isinstance(source, StreamSource) else (list(paths) or data)


def check_replayable(source: Any, advice: str) -> None:
    """Hold that the rows of a source can be read more than once.

    Parameters
    ----------
    source : source
        One that is `opened`.
    advice : str
        What to do where they cannot.

    Raises
    ------
    UsageError
        When they can be read only once.
    """
    if isinstance(source, StreamSource) and not source.replayable:
        raise UsageError(f"data can be read only once: {advice}")
