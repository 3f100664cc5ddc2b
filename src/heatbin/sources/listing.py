"""From what a user names (paths, globs, folders) to the files to read, sorted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path

from heatbin.errors import BadInputError, NoInputError, suggestion

__all__ = ["list_files"]

TABLE_FORMATS = {
    "_delta_log": ("Delta", "deltalake.DeltaTable(path).to_pyarrow_dataset()"),
    "metadata": ("Iceberg", "pyiceberg's table.scan().to_arrow_batch_reader()"),
}


def list_files(paths: Iterable[str], suffixes: tuple[str, ...]) -> list[str]:
    """Return the files that `paths` name: files, globs and folders, each file once, in the order of their names.

    Parameters
    ----------
    paths : iterable of str
        A folder is walked; a glob may hold ``**``.
    suffixes : tuple of str
        What names of data files end with. Below folders other names are passed over; so are hidden ones, those
        that begin with ``_`` and empty files, which Spark and Hive leave beside their data.

    Raises
    ------
    NoInputError
        When a path does not exist or nothing is found.
    BadInputError
        When a folder is a Delta or Iceberg table, whose plain files hold deleted rows.
    """
    found: dict[str, str] = {}
    for path in paths:
        named = list(_expand(os.fspath(path), suffixes))
        for file in named:
            found.setdefault(os.path.realpath(file), file)
    return sorted(found.values())


def _expand(path: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    path = os.path.expanduser(path)  # noqa: PTH111
    if Path(path).is_dir():
        files = list(_walk(path, suffixes))
        if not files:
            raise NoInputError(f"no data files in the folder {path} (looked for {', '.join(suffixes)})")
        yield from files
    elif Path(path).exists() or not has_magic(path):
        yield _existing(path)
    else:
        yield from _matches(path, suffixes)


def _existing(path: str) -> str:
    if not Path(path).exists():
        folder = Path(path).parent
        if not folder.is_dir():
            raise NoInputError(f"no such file: {path}; there is no folder {folder}")
        raise NoInputError(f"no such file: {path}" + suggestion(Path(path).name, _names(folder), kind="files there"))
    return path


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if not _is_passed_over(entry.name))


def _matches(pattern: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    named = set(Path(pattern).parts)
    matches = [m for m in glob(pattern, recursive=True) if not any(map(_is_passed_over, {*Path(m).parts} - named))]
    files = [match for match in matches if Path(match).is_file() and Path(match).stat().st_size > 0]
    folders = [match for match in matches if Path(match).is_dir()]
    if not files:
        files = [file for folder in folders for file in _walk(folder, suffixes)]
    if not files:
        raise NoInputError(f"no file matches {pattern}")
    yield from files


def _walk(folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    for root, folders, names in os.walk(folder, followlinks=True):
        _refuse_tables(root, folders)
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        for name in names:
            file = Path(root, name)
            if not _is_passed_over(name) and name.lower().endswith(suffixes) and file.stat().st_size > 0:
                yield str(file)


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _refuse_tables(root: str, folders: list[str]) -> None:
    for folder, (format_, reader) in TABLE_FORMATS.items():
        is_table = folder in folders and (folder == "_delta_log" or any(Path(root, folder).glob("*.metadata.json")))
        if is_table:
            raise BadInputError(
                f"{root} is a {format_} table: its plain files hold rows that were deleted; "
                f"pass what its own reader gives, {reader}, from Python",
                path=root,
            )
