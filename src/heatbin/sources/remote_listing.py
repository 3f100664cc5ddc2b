"""From URLs to the files behind them: files, folders and patterns, by the rules of `listing`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from glob import has_magic
from pathlib import PurePosixPath

from pyarrow.fs import FileInfo, FileSelector, FileType

from heatbin.errors import NoInputError, suggestion
from heatbin.sources.guard import reading
from heatbin.sources.listing import is_passed_over
from heatbin.sources.remote import WEB, RemoteStore
from heatbin.sources.stores import URL
from heatbin.sources.tables import refuse_table, table_in

__all__ = ["list_urls"]

IsData = Callable[[str], bool]


def list_urls(urls: Iterable[str], store: RemoteStore, is_data: IsData) -> list[str]:
    """Return the URLs of the files that `urls` name, sorted.

    Parameters
    ----------
    urls : iterable of str
        Of files, folders, or with the signs of a pattern; web servers have files only.
    store : RemoteStore
        Where they lead to.
    is_data : callable
        Tells of a file in a folder whether it is one to be read.

    Raises
    ------
    NoInputError
        When nothing is there.
    BadInputError
        When it is a table whose plain files hold deleted rows.
    """
    found: set[str] = set()
    for url in urls:
        if store.scheme in WEB:
            found.add(url)
            continue
        with reading(url, "folder"):
            found.update(_expand(url, store, is_data))
    return sorted(found)


def _expand(url: str, store: RemoteStore, is_data: IsData) -> list[str]:
    prefix, path = URL.match(url)[0], store.inner(url).rstrip("/")  # type: ignore[index]
    is_pattern = has_magic(path)
    info = None if is_pattern else store.filesystem.get_file_info(path)
    if info is not None and info.type == FileType.File:
        return [url]
    base = _fixed(path) if is_pattern else path
    listed = [] if info is not None and info.type == FileType.NotFound else _list(store, base)
    tables = _tables(base, listed, store)
    fits = re.compile(_regex(path) if is_pattern else f"{re.escape(path)}/.*").fullmatch
    files = [i.path for i in listed if i.type == FileType.File and i.size != 0 and fits(i.path)]
    for folder in sorted(tables):
        if not is_pattern or any(file.startswith(f"{folder}/") for file in files):
            refuse_table(prefix + folder, tables[folder])
    shown = [file for file in files if not any(map(is_passed_over, PurePosixPath(file[len(base) :]).parts))]
    chosen = [prefix + file for file in shown if is_data(prefix + file)]
    if not chosen:
        raise NoInputError(f"no data files match {url}" if is_pattern else _missing(url, path, store))
    return chosen


def _list(store: RemoteStore, base: str) -> list[FileInfo]:
    selector = FileSelector(base, recursive=True, allow_not_found=True)
    return list(store.filesystem.get_file_info(selector))


def _missing(url: str, path: str, store: RemoteStore) -> str:
    parent = PurePosixPath(path).parent
    beside = FileSelector(str(parent), allow_not_found=True)
    names = sorted(info.base_name for info in store.filesystem.get_file_info(beside)) if parent.name else []
    return f"no such file: {url}" + suggestion(PurePosixPath(path).name, names, kind="files there")


def _tables(base: str, listed: list[FileInfo], store: RemoteStore) -> dict[str, str]:
    """Return the tables among the folders that were listed and those that they are in, with their formats."""
    above = [str(parent) for parent in PurePosixPath(base).parents if str(parent) != "."]
    infos = [*listed, *(info for folder in above for info in _signs(folder, store))]
    contents = _contents(info.path for info in infos)
    found = {folder: table_in(folders, metadata) for folder, (folders, metadata) in contents.items()}
    return {folder: format_ for folder, format_ in found.items() if format_ is not None}


def _signs(folder: str, store: RemoteStore) -> Iterator[FileInfo]:
    """Yield what lies in those folders of a folder that would make it a table."""
    for name in ("_delta_log", ".hoodie", "metadata"):
        yield from store.filesystem.get_file_info(FileSelector(f"{folder}/{name}", allow_not_found=True))


def _contents(paths: Iterable[str]) -> dict[str, tuple[set[str], set[str]]]:
    """Return, by folder, the folders in it and the files of its folder ``metadata``."""
    contents: dict[str, tuple[set[str], set[str]]] = {}
    for path in paths:
        *above, name = path.split("/")
        for depth in range(1, len(above)):
            contents.setdefault("/".join(above[:depth]), (set(), set()))[0].add(above[depth])
        if above and above[-1] == "metadata":
            contents.setdefault("/".join(above[:-1]), (set(), set()))[1].add(name)
    return contents


def _fixed(pattern: str) -> str:
    """Return the folders of a pattern that have no signs in them."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if has_magic(part))
    return "/".join(parts[:first])


def _regex(pattern: str) -> str:
    """Return a pattern with ``*``, ``**``, ``?`` and ``[…]`` as a regular expression."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        known.get(piece) or (piece.replace("[!", "[^", 1) if piece.startswith("[") else re.escape(piece))
        for piece in pieces
    )
