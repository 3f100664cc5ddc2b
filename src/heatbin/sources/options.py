"""The options of a source: of the store that its files are in, and of their format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from heatbin.errors import UsageError, suggestion
from heatbin.sources.delimited import CsvFormat
from heatbin.sources.kinds import Kinds
from heatbin.sources.parquet import CHUNK_BYTES, ParquetFormat
from heatbin.units import parse_bytes

__all__ = ["kinds_with", "split_options"]

OF_FORMATS = ("chunk_bytes", "decimal", "delimiter", "encoding", "names", "types")


def split_options(
    options: Mapping[str, Any], of_store: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of formats, and those of the store.

    Parameters
    ----------
    options : mapping of str to object
        What a user gave.
    of_store : tuple of str
        The options that the store has.

    Raises
    ------
    UsageError
        When there is no such option.
    """
    for name in options:
        if name not in (*OF_FORMATS, *of_store):
            raise UsageError(
                f"options: no option {name!r}{suggestion(name, [*OF_FORMATS, *of_store], kind='options')}"
            )
    formats = {name: value for name, value in options.items() if name in OF_FORMATS}
    return formats, {name: value for name, value in options.items() if name not in formats}


def kinds_with(format_: str | None, options: Mapping[str, Any]) -> Kinds:
    """Return the formats with these options.

    Raises
    ------
    UsageError
        When an option has a value that it cannot have.
    """
    delimiter = options.get("delimiter")
    if delimiter is not None and (
        not isinstance(delimiter, str) or len(delimiter) != 1 or ord(delimiter) > 127
    ):
        raise UsageError(f"options: delimiter must be one ASCII character, not {delimiter!r}")
    text = CsvFormat(
        delimiter=delimiter,
        decimal=options.get("decimal", "."),
        encoding=options.get("encoding", "utf8"),
        names=tuple(_pieces(options.get("names", ()))),
        types=_types(options.get("types", {})),
    )
    chunk_bytes = parse_bytes(options.get("chunk_bytes", CHUNK_BYTES), name="chunk_bytes")
    return Kinds(format_, parquet=ParquetFormat(chunk_bytes), csv=text)


def _pieces(value: Any) -> list[str]:
    """Return a list that may have been written with commas."""
    return [piece.strip() for piece in value.split(",")] if isinstance(value, str) else list(value)


def _types(value: Any) -> dict[str, pa.DataType]:
    """Return the types of columns, which may have been written as ``id:int64,day:date32``."""
    pairs = (
        value.items()
        if isinstance(value, Mapping)
        else (piece.rpartition(":")[::2] for piece in _pieces(value))
    )
    return {name: _type(type_, name) for name, type_ in pairs}


def _type(type_: Any, column: str) -> pa.DataType:
    if isinstance(type_, pa.DataType):
        return type_
    try:
        return pa.type_for_alias(str(type_))
    except ValueError:
        raise UsageError(
            f"options: types has no type {type_!r} for {column!r}; there are int64, float64, string, date32 …"
        ) from None
