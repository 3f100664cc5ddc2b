"""The one door to all sources."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa

from heatbin.errors import NoInputError, UsageError
from heatbin.sources.arrays import of_arrays, of_structured
from heatbin.sources.base import Source
from heatbin.sources.datasets import of_dataset, of_scanner
from heatbin.sources.files import FileSource
from heatbin.sources.guard import converting
from heatbin.sources.kinds import Kinds
from heatbin.sources.listing import list_files
from heatbin.sources.memory import of_table
from heatbin.sources.options import kinds_with, split_options
from heatbin.sources.pipes import is_pipe, of_pipe
from heatbin.sources.queries import of_duckdb, of_lazy_frame
from heatbin.sources.stores import File, LocalStore, is_url
from heatbin.sources.streams import StreamSource, of_batches, of_reader, tables_of

__all__ = ["local_files", "open_source"]


def open_source(
    source: Any, *, format: str | None = None, options: Mapping[str, Any] | None = None
) -> Source:
    """Return the source behind what a user names.

    Parameters
    ----------
    source : object
        Files, folders, patterns or URLs, one or a list of them; ``-`` for standard input. Or rows: anything with
        ``__arrow_c_stream__`` (tables, frames, readers, DuckDB relations), a pyarrow dataset or scanner, a lazy frame
        of polars, a dict of arrays, a structured array, an iterator or list of record batches.
    format : {"parquet", "arrow", "csv"}, optional
        What files are, whatever their names say.
    options : mapping of str to object, optional
        Of CSV: ``delimiter``, ``decimal``, ``encoding``, ``names``, ``types``. Of Parquet: ``chunk_bytes``, what one
        column of one row group may decode to. Of S3 and Google Cloud: ``anonymous``, ``endpoint_override``,
        ``region``, ``access_key``, ``secret_key``, ``session_token``, ``role_arn``, ``project_id``. Of all that is
        behind a network: ``connect_timeout`` and ``request_timeout`` in seconds, ``retries``.

    Raises
    ------
    NoInputError
        When there is nothing to read.
    BadInputError
        When it cannot be told what a file is, or it is a table whose plain files hold deleted rows; or rows that
        Python has make no table.
    ReadError
        When a folder may not be read.
    UsageError
        When an option cannot work.
    TypeError
        When it is no kind of source.
    """
    if isinstance(source, Iterator) and not hasattr(source, "__arrow_c_stream__"):
        source = _of_iterator(source)
    rows = source if isinstance(source, StreamSource) else _of_rows(source)
    if rows is not None:
        if format or options:
            raise UsageError(f"format and options are for files; {rows.name} is rows already")
        return rows
    paths = _as_paths(source)
    return (
        _of_urls(paths, format, options or {})
        if _are_urls(paths)
        else _of_paths(paths, format, options or {})
    )


def local_files(
    source: Any, *, format: str | None = None, options: Mapping[str, Any] | None = None
) -> list[str]:
    """Return the files of this machine that paths, patterns and folders stand for; none for pipes and URLs.

    Raises
    ------
    NoInputError, ReadError, BadInputError, UsageError
        As `open_source`.
    """
    paths = _as_paths(source)
    if any(map(is_pipe, paths)) or _are_urls(paths):
        return []
    kinds = kinds_with(format, split_options(options or {}, ())[0])
    return _listed(paths, kinds, LocalStore())


def _of_rows(source: Any) -> Source | None:
    """Return a source of rows that Python has; None for paths."""
    if isinstance(source, str | os.PathLike):
        return None
    for class_ in type(source).__mro__:
        maker = KNOWN.get((class_.__module__.partition(".")[0], class_.__name__))
        if maker is not None:
            return maker(source)
    if hasattr(source, "__arrow_c_stream__"):
        return of_reader(_reader(source), _named(source))
    if isinstance(source, Mapping):
        return of_arrays(source)
    return _of_items(source) if isinstance(source, list | tuple) else None


def _of_items(source: Any) -> Source | None:
    """Return a source of batches in a list or from an iterator; None for paths."""
    first = next(iter(source), None)
    if first is None or isinstance(first, str | os.PathLike):
        return None
    name = f"{len(source)} tables"
    tables = [pa.table(table) for item in source for table in tables_of(item, name)]
    with converting(name):
        table = pa.concat_tables(tables)
    return of_table(table, name)


def _reader(source: Any) -> pa.RecordBatchReader:
    with converting(_named(source)):
        return pa.RecordBatchReader.from_stream(source)


def _of_iterator(source: Iterator[Any]) -> StreamSource | list[Any]:
    """Return a source of the batches that an iterator delivers; a list of what else it delivers."""
    first = next(source, None)
    if first is None or isinstance(first, str | os.PathLike):
        return [] if first is None else [first, *source]
    return of_batches(chain([first], source), _named(source))


def _of_polars(source: Any) -> Source:
    # The chunks of a frame as they are: asked for a stream, polars first joins them, and so copies the frame.
    return of_table(source.to_arrow(), _named(source))


def _of_frame(source: Any) -> Source:
    name = _named(source)
    with converting(name):
        table = source if isinstance(source, pa.Table) else pa.table(source)
    return of_table(table, name)


def _of_numpy(source: Any) -> Source:
    if not source.dtype.names:
        raise TypeError(
            "source is an array without named fields; pass a dict of columns, such as {'x': a, 'y': b}"
        )
    return of_structured(source)


def _named(source: Any) -> str:
    root, name = type(source).__module__.partition(".")[0], type(source).__name__
    return f"a {name}" if root == "builtins" else f"a {root} {name}"


KNOWN: dict[tuple[str, str], Callable[[Any], Source]] = {
    ("pyarrow", "Table"): _of_frame,
    ("pyarrow", "RecordBatch"): _of_frame,
    ("pyarrow", "Dataset"): of_dataset,
    ("pyarrow", "Scanner"): of_scanner,
    ("polars", "DataFrame"): _of_polars,
    ("polars", "LazyFrame"): of_lazy_frame,
    ("pandas", "DataFrame"): _of_frame,
    ("duckdb", "DuckDBPyRelation"): of_duckdb,
    ("_duckdb", "DuckDBPyRelation"): of_duckdb,
    ("numpy", "ndarray"): _of_numpy,
}
"""Classes that are better known than by what they have in common, by their package and name."""


def _of_paths(paths: list[str], format_: str | None, options: Mapping[str, Any]) -> Source:
    kinds = kinds_with(format_, split_options(options, ())[0])
    if any(map(is_pipe, paths)):
        if len(paths) > 1:
            raise UsageError(f"source: {next(filter(is_pipe, paths))} must be the only one")
        return of_pipe(paths[0], kinds)
    store = LocalStore()
    files = _listed(paths, kinds, store)
    _check_one_kind(paths, files, kinds)
    return FileSource(tuple(files), _name_of(paths, files), kinds, store)


def _listed(paths: list[str], kinds: Kinds, store: LocalStore) -> list[str]:
    return list_files(paths, lambda path: kinds.is_data(File(path, store)))


def _of_urls(urls: list[str], format_: str | None, options: Mapping[str, Any]) -> Source:
    from heatbin.sources.remote import OPTIONS, RemoteStore
    from heatbin.sources.remote_listing import list_urls

    schemes = {url.partition("://")[0].lower() for url in urls}
    if len(schemes) > 1:
        raise UsageError(f"source: URLs of one scheme at a time, not {', '.join(sorted(schemes))}")
    of_formats, of_store = split_options(options, OPTIONS)
    kinds = kinds_with(format_, of_formats)
    store = RemoteStore(schemes.pop(), of_store)
    files = list_urls(urls, store, lambda url: kinds.is_data(File(url, store)))
    _check_one_kind(urls, files, kinds)
    return FileSource(tuple(files), _name_of(urls, files), kinds, store)


def _check_one_kind(named: list[str], files: list[str], kinds: Kinds) -> None:
    """Raise if a folder or pattern led to files of several formats: most likely only one of them is the data."""
    found = {kind: file for file in files if (kind := kinds.by_name(file)) is not None}
    if kinds.forced is None and len(found) > 1 and not set(files) <= set(named):
        told = " and ".join(f"{kind} ({file})" for kind, file in sorted(found.items()))
        raise UsageError(
            f"{', '.join(named)}: there are files of several formats, {told}; say which with format"
        )


def _name_of(named: list[str], files: list[str]) -> str:
    return named[0] if len(named) == 1 else f"{len(files)} files"


def _as_paths(source: Any) -> list[str]:
    named = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(named, Iterable):
        raise TypeError(
            f"source must be a path, a pattern, a folder, a URL, a list of them, or rows, not {type(source).__name__}"
        )
    paths = [_without_scheme(os.fspath(path)) for path in named]
    if not paths:
        raise NoInputError("source names no file: it is empty")
    return paths


def _without_scheme(path: str) -> str:
    """Return the path of a file:// URL, other paths as they are."""
    return url2pathname(urlsplit(path).path) if path.lower().startswith("file://") else path


def _are_urls(paths: list[str]) -> bool:
    urls = [path for path in paths if is_url(path)]
    if urls and len(urls) < len(paths):
        raise UsageError(f"source: either URLs or paths, not both ({urls[0]})")
    return bool(urls)
