"""Saved histograms, read and put together: `heatbin.load` and `heatbin.merge`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from heatbin.errors import StateError, UsageError
from heatbin.histogram.face import Histogram
from heatbin.state import Saved, StateFolder, merged, read_file

__all__ = ["load", "merge"]


def load(
    path: str | os.PathLike[str], *, last: str | int | None = None, period: str | None = None
) -> Histogram:
    """Return a saved histogram.

    Parameters
    ----------
    path : path-like
        A file that `Histogram.save` wrote, or a folder that `heatbin.update` keeps.
    last : str or int, optional
        Of a folder that is kept in periods, the newest ones: so many, or those that begin in a length of time before
        the end of the newest, such as "7d".
    period : str, optional
        Those whose names begin so: "2026-11-01", or "2026-11" for all days of a month; "2026-11-01..2026-11-07" for all
        from one to another; "none" for the rows that are in no period.

    Raises
    ------
    TypeError
        When `path` is none.
    NoInputError
        When there is none.
    StateError
        When it is damaged, or of a newer schema.
    UsageError
        When periods are asked for, and there are none.
    """
    return Histogram.from_saved(_read(path, last=last, period=period))


def merge(histograms: Iterable[Histogram | str | os.PathLike[str]]) -> Histogram:
    """Return one histogram that holds all of them: exact, and the same in any order.

    Parameters
    ----------
    histograms : iterable of Histogram or path-like
        Those given by path are read one at a time.

    Raises
    ------
    StateError
        When axes or filters differ, or an input is in two of them; it names which.
    """
    if isinstance(histograms, str | os.PathLike | Histogram):
        raise TypeError(f"merge takes a list of histograms or paths, not {type(histograms).__name__}")
    return Histogram.from_saved(merged(_each(histograms)))


def _each(histograms: Iterable[Histogram | str | os.PathLike[str]]) -> Iterator[Saved]:
    places: set[Path] = set()
    for each in histograms:
        if isinstance(each, Histogram):
            yield each.to_saved()
            continue
        place = Path(each).resolve()
        if place in places:
            raise StateError(f"{os.fspath(each)} is given twice: its rows would count twice")
        places.add(place)
        yield _read(each)


def _read(path: str | os.PathLike[str], *, last: str | int | None = None, period: str | None = None) -> Saved:
    place = Path(path)
    if place.is_dir():
        return StateFolder(place).read(last=last, period=period)
    if last is not None or period is not None:
        raise UsageError(
            f"{place} is one saved histogram; periods can be chosen of a folder that update keeps"
        )
    return read_file(place)
