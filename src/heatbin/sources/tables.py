"""Tables of a lake house: folders whose plain files hold rows that the table has not, deleted ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from heatbin.errors import BadInputError

__all__ = ["refuse_table", "refuse_tables_above", "table_in"]

READERS = {
    "Delta": "deltalake.DeltaTable(path).to_pyarrow_dataset()",
    "Iceberg": "pyiceberg's table.scan().to_arrow_batch_reader()",
    "Hudi": "hudi.HudiTable(path).read_snapshot()",
}


def table_in(folders: Iterable[str], metadata: Iterable[str]) -> str | None:
    """Return the format of the table that a folder is; None for a plain folder.

    Parameters
    ----------
    folders : iterable of str
        The names of the folders in it.
    metadata : iterable of str
        The names of the files in its folder ``metadata``.
    """
    folders = set(folders)
    if "_delta_log" in folders:
        return "Delta"
    if ".hoodie" in folders:
        return "Hudi"
    return "Iceberg" if any(name.endswith(".metadata.json") for name in metadata) else None


def refuse_table(folder: str, format_: str | None) -> None:
    """Raise if a folder is a table.

    Raises
    ------
    BadInputError
        Which says how it can be read.
    """
    if format_ is not None:
        raise BadInputError(
            f"{folder} is a {format_} table: its plain files hold rows that were deleted; "
            f"pass what its own reader gives, {READERS[format_]}, from Python",
            path=folder,
        )


def refuse_tables_above(files: Iterable[str]) -> None:
    """Raise if a folder on this machine that one of these files is in, at any depth, is a table."""
    holding = {os.path.dirname(file) for file in files}  # noqa: PTH120
    folders = {parent for folder in holding for parent in Path(folder, "file").absolute().parents}
    for folder in sorted(folders):
        found = [name for name in ("_delta_log", ".hoodie") if (folder / name).is_dir()]
        refuse_table(
            str(folder),
            table_in(found, (file.name for file in (folder / "metadata").glob("*.metadata.json"))),
        )
