"""The one door to all sources."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from heatbin.sources.base import Source
from heatbin.sources.listing import list_files
from heatbin.sources.parquet import SUFFIXES, ParquetSource

__all__ = ["open_source"]


def open_source(source: Any) -> Source:
    """Return the source behind what a user names.

    Parameters
    ----------
    source : str, path-like or list of them
        Files, globs or folders.

    Raises
    ------
    NoInputError
        When there is nothing to read.
    TypeError
        When it is no kind of source.
    """
    paths = _as_paths(source)
    files = list_files(paths, SUFFIXES)
    return ParquetSource(tuple(files), paths[0] if len(paths) == 1 else f"{len(files)} files")


def _as_paths(source: Any) -> list[str]:
    named = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(named, Iterable):
        raise TypeError(f"source must be a path, a glob, a folder or a list of them, not {type(source).__name__}")
    paths = [os.fspath(path) for path in named]
    if not paths:
        raise TypeError("source must name at least one file")
    return paths
