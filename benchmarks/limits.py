"""What nothing that reads can undercut: decoding alone, reading alone, footers alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from heatbin.sources import open_source, parquet

__all__ = ["decode", "read_footers", "sum_columns"]

T = TypeVar("T")


def decode(path: Path, columns: list[str], *, threads: int) -> int:
    """Decode columns of a Parquet file with heatbin's reader options, and return the number of rows."""
    metadata, at_once = pq.read_metadata(path), _batch_rows(path, *columns)
    rows = [0]

    def decode_group(number: int) -> None:
        options = {
            "pre_buffer": False,
            "buffer_size": parquet.BUFFER_BYTES,
            "page_checksum_verification": True,
        }
        with pq.ParquetFile(path, metadata=metadata, **options) as file:
            batches = file.iter_batches(at_once, row_groups=[number], columns=columns, use_threads=False)
            rows.append(sum(batch.num_rows for batch in batches))

    _share(range(metadata.num_row_groups), decode_group, threads)
    return sum(rows)


@cache
def _batch_rows(path: Path, *columns: str) -> int:
    """Return how many rows of these columns heatbin reads at a time."""
    (part,) = open_source(path).survey(columns, threads=1, skip=False).parts
    return parquet.batch_rows(part)


def sum_columns(path: Path, *, threads: int) -> float:
    """Add up all columns of a memory-mapped Arrow file, and return their sum."""
    with pa.memory_map(str(path)) as mapped:
        file = pa.ipc.open_file(mapped)
        sums: list[float] = []

        def sum_batch(number: int) -> None:
            columns = file.get_batch(number).columns
            sums.append(sum(float(np.frombuffer(column.buffers()[1]).sum()) for column in columns))

        _share(range(file.num_record_batches), sum_batch, threads)
    return sum(sums)


def read_footers(folder: Path, *, threads: int) -> int:
    """Read the footers of all Parquet files in a folder, and return the number of rows that they promise."""
    rows = [0]
    _share(folder.iterdir(), lambda path: rows.append(pq.read_metadata(path).num_rows), threads)
    return sum(rows)


def _share(pieces: Iterable[T], work: Callable[[T], None], threads: int) -> None:
    """Work through `pieces` on threads, each taking the next when it is free."""
    waiting: Iterator[T] = iter(pieces)
    lock = threading.Lock()

    def take() -> None:
        while True:
            with lock:
                piece = next(waiting, None)
            if piece is None:
                return
            work(piece)

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(take) for _ in range(threads)]:
            done.result()
