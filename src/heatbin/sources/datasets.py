"""Datasets and scanners of pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from heatbin.sources.base import BATCH_ROWS
from heatbin.sources.files import FileSource
from heatbin.sources.kinds import Kinds
from heatbin.sources.partitions import keys_of
from heatbin.sources.streams import StreamSource, of_reader

__all__ = ["of_dataset", "of_scanner"]

NAME = "a pyarrow dataset"
FORMATS = {"parquet": "parquet", "ipc": "arrow", "feather": "arrow"}


def of_scanner(scanner: Any) -> StreamSource:
    """Return what a scanner will deliver, once, as a source."""
    return of_reader(scanner.to_reader(), "a pyarrow scanner")


def of_dataset(dataset: Any) -> FileSource | StreamSource:
    """Return a dataset as a source.

    Notes
    -----
    A scan holds whole row groups. So the files of a dataset of Parquet or Arrow on this machine are read as files;
    a dataset with a filter, of other files or elsewhere, is scanned.
    """
    format_ = FORMATS.get(getattr(getattr(dataset, "format", None), "default_extname", ""))
    if format_ is not None and _is_of_plain_files(dataset):
        return FileSource(tuple(sorted(dataset.files)), NAME, Kinds(forced=format_))
    return StreamSource(NAME, dataset.schema, lambda columns: _scan(dataset, columns), replayable=True)


def _is_of_plain_files(dataset: Any) -> bool:
    """Tell whether the files of a dataset, with what their paths say, hold all rows that it has."""
    from pyarrow.dataset import get_partition_keys
    from pyarrow.fs import LocalFileSystem

    if not isinstance(dataset.filesystem, LocalFileSystem):
        return False
    try:
        fragments = list(dataset.get_fragments())
    except ValueError:
        # It has a filter.
        return False
    keys = [(set(get_partition_keys(f.partition_expression)), set(keys_of(f.path))) for f in fragments]
    return bool(keys) and all(of_dataset <= of_path for of_dataset, of_path in keys)


def _scan(dataset: Any, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    scanner = dataset.scanner(
        columns=list(columns), batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1
    )
    yield from scanner.to_batches()
