"""Hive partitions: columns that the names of folders hold, as in ``year=2024/month=05/part-0.parquet``.

A folder's value is the value of all rows below it. Where a file has a column of that name as well, the folder's
counts, as in DuckDB and Polars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

__all__ = ["Keys", "keys_of", "partition_types"]

Keys = dict[str, str | None]

NULL = "__HIVE_DEFAULT_PARTITION__"
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def keys_of(path: str) -> Keys:
    """Return what the folders of a path say, as text.

    Examples
    --------
    >>> keys_of("trips/year=2024/city=S%C3%A3o%20Paulo/part-0.parquet")
    {'year': '2024', 'city': 'São Paulo'}
    """
    pairs = (folder.partition("=") for folder in PurePath(path).parent.parts)
    return {
        unquote(name): None if value == NULL else unquote(value)
        for name, sign, value in pairs
        if name and sign
    }


def partition_types(paths: Iterable[str]) -> dict[str, pa.DataType]:
    """Return the type of each partition column: int64 where all its values are plain whole numbers, else text.

    A number with leading zeros is text: ``001`` and ``1`` are different folders.
    """
    values: dict[str, set[str | None]] = {}
    for path in paths:
        for name, value in keys_of(path).items():
            values.setdefault(name, set()).add(value)
    return {
        name: pa.int64() if all(map(_is_number, found)) else pa.string() for name, found in values.items()
    }


def typed(keys: Keys, types: dict[str, pa.DataType]) -> dict[str, Any]:
    """Return keys as the values that they stand for."""
    return {
        name: int(value) if value and types[name] == pa.int64() else value for name, value in keys.items()
    }


def _is_number(value: str | None) -> bool:
    return value is None or (WHOLE_NUMBER.fullmatch(value) is not None and -(1 << 63) <= int(value) < 1 << 63)
