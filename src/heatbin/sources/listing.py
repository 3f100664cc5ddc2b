"""From what a user names (paths, globs, folders) to the files to read, sorted."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatch
from glob import has_magic
from operator import attrgetter
from pathlib import Path

from heatbin.errors import NoInputError, ReadError, suggestion
from heatbin.platform import RealPaths
from heatbin.sources.guard import reading
from heatbin.sources.tables import refuse_table, refuse_tables_above, table_in

__all__ = ["is_passed_over", "list_files"]

IsData = Callable[[str], bool]

NO_NAMES = (errno.ENAMETOOLONG, errno.EINVAL)
"""What the system says of what cannot be the name of a file, as some patterns cannot."""


def list_files(paths: Iterable[str], is_data: IsData) -> list[str]:
    """Return the files that `paths` name: files, globs and folders, each file once, in the order of their names.

    Parameters
    ----------
    paths : iterable of str
        A folder is walked; a glob may hold ``**``.
    is_data : callable
        Tells of a file in a folder whether it is one to be read. Others are passed over; so are hidden ones, those
        that begin with ``_`` and empty files, which Spark and Hive leave beside their data.

    Raises
    ------
    NoInputError
        When a path does not exist or nothing is found.
    BadInputError
        When a folder, or one that it is in, is a table whose plain files hold deleted rows. A file that is named
        by itself is taken as it is.
    ReadError
        When a folder may not be read, or a link in it leads nowhere: what is there would be missing, and nobody would
        know.
    """
    named = {file for path in paths for file in _expand(os.fspath(path), is_data)}
    found: dict[str, str] = {}
    real = RealPaths()
    for file in sorted(named):
        found.setdefault(real(file), file)
    return list(found.values())


def is_passed_over(name: str) -> bool:
    """Tell whether a file or folder of this name is not data: hidden, or beginning with ``_`` but no partition."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _expand(path: str, is_data: IsData) -> list[str]:
    path = os.path.expanduser(path)  # noqa: PTH111
    there = _status(path)
    is_folder = there is not None and stat.S_ISDIR(there.st_mode)
    if there is not None and not is_folder:
        return [path]
    if there is None and not has_magic(path):
        raise _not_there(path)
    files = list(_walk(path, is_data)) if is_folder else _matches(path, is_data)
    if not files:
        raise NoInputError(f"no data files in the folder {path}" if is_folder else f"no file matches {path}")
    refuse_tables_above(files)
    return files


def _not_there(path: str) -> NoInputError:
    folder = Path(path).parent
    if os.path.islink(path):  # noqa: PTH114
        return NoInputError(f"no such file: {path} is {_lost(path)}")
    if not folder.is_dir():
        return NoInputError(f"no such file: {path}; there is no folder {folder}")
    names = _names(folder)
    told = "" if names is None else suggestion(Path(path).name, names, kind="files there")
    return NoInputError(f"no such file: {path}{told}")


def _lost(path: str) -> str:
    return f"a link to {os.readlink(path)}, which is not there"  # noqa: PTH115


def _status(path: str) -> os.stat_result | None:
    """Return what the system tells of a file or folder; None where there is none."""
    with reading(path, "file"):
        try:
            return os.stat(path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError as error:
            if error.errno in NO_NAMES:
                return None
            raise


def _linked(path: str) -> os.stat_result | None:
    """Return the `_status` of what a pattern or a folder has; a link must lead somewhere."""
    there = _status(path)
    if there is None and os.path.islink(path):  # noqa: PTH114
        raise ReadError(f"{path} cannot be read: it is {_lost(path)}")
    return there


def _steps(path: str) -> list[str]:
    # pathlib takes ten times as long, and there may be very many paths
    return path.replace(os.altsep or os.sep, os.sep).split(os.sep)  # noqa: PTH206


def _names(folder: Path) -> list[str] | None:
    """Return the names in a folder; None where it may be entered, but not read."""
    try:
        entries = _entries(str(folder))
    except ReadError:
        return None
    return sorted(entry.name for entry in entries if not is_passed_over(entry.name))


def _matches(pattern: str, is_data: IsData) -> list[str]:
    matches = {
        match: there
        for match in _expanded("", _steps(pattern), set())
        if (there := _linked(match)) is not None
    }
    files = [match for match, there in matches.items() if stat.S_ISREG(there.st_mode) and there.st_size > 0]
    files = [file for file in files if is_data(file)] or files
    folders = (match for match, there in matches.items() if stat.S_ISDIR(there.st_mode))
    return files or [file for folder in folders for file in _walk(folder, is_data)]


def _expanded(above: str, steps: Sequence[str], walked: set[tuple[str, int]]) -> Iterator[str]:
    """Yield what the steps of a pattern match from the folder `above` on, without what is passed over.

    As `glob.glob` does; but that takes folders that may not be read for empty ones, and goes round in circles where
    links lead back to a folder above. Here ``**`` walks a folder once, whichever way leads there.
    """
    step, *rest = steps
    if not has_magic(step):
        if rest:
            yield from _expanded(f"{above}{step}{os.sep}", rest, walked)
        elif _linked(above + step):
            yield above + step
        return
    folder, deep = str(Path(above)), step == "**"
    if not _is_folder(folder):
        return
    if deep:
        here = os.path.realpath(folder), len(rest)
        if here in walked:
            return
        walked.add(here)
        if rest:
            yield from _expanded(above, rest, walked)
    for entry in sorted(_entries(folder), key=attrgetter("name")):
        path = above + entry.name
        if is_passed_over(entry.name) or not (deep or fnmatch(entry.name, step)):
            continue
        if (deep or rest) and (_is_folder(path) if entry.is_symlink() else entry.is_dir()):
            yield from _expanded(path + os.sep, steps if deep else rest, walked)
        elif not rest:
            yield path


def _is_folder(path: str) -> bool:
    there = _linked(path)
    return there is not None and stat.S_ISDIR(there.st_mode)


def _walk(folder: str, is_data: IsData) -> Iterator[str]:
    walked: set[str] = set()
    waiting = [str(Path(folder))]
    while waiting:
        root = waiting.pop()
        if (real := os.path.realpath(root)) in walked:
            # A link back to a folder above it.
            continue
        walked.add(real)
        with reading(root, "folder"):
            folders, files = _contents(root)
        waiting.extend(folders)
        yield from filter(is_data, files)


def _contents(folder: str) -> tuple[list[str], list[str]]:
    """Return the folders in a folder, and the files that hold something; neither those that are passed over."""
    entries = _entries(folder)
    for entry in entries:
        if entry.is_symlink() and not is_passed_over(entry.name):
            _linked(entry.path)
    folders = {entry.name: entry.path for entry in entries if entry.is_dir()}
    metadata = _entries(folders["metadata"]) if "metadata" in folders else []
    refuse_table(folder, table_in(folders, (entry.name for entry in metadata)))
    shown = [entry for entry in entries if not is_passed_over(entry.name)]
    return (
        [entry.path for entry in shown if entry.name in folders],
        [entry.path for entry in shown if entry.is_file() and entry.stat().st_size > 0],
    )


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; entries know what they are without another look."""
    with reading(folder, "folder"), os.scandir(folder) as entries:
        return list(entries)
