"""Footers that were parsed already, so that planning a file and reading it in pieces parse it once."""

from __future__ import annotations

import threading
from typing import Any

import pyarrow.parquet as pq

from heatbin.sources.stores import File

__all__ = ["Footers"]

# A parsed footer takes ten times its size. The last one is kept however large it is: it is the one at work.
MOST_FILES = 16
MOST_BYTES = 1 << 20


class Footers:
    """The footers of the files that were opened last. Pickled empty; safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, tuple[Any, ...]], pq.FileMetaData] = {}
        self._lock = threading.Lock()

    def of(self, file: File) -> pq.FileMetaData | None:
        """Return the footer of this version of a file, if it is kept."""
        with self._lock:
            return None if file.version is None else self._kept.get((file.path, file.version))

    def keep(self, file: File, footer: pq.FileMetaData) -> None:
        """Keep a footer, unless it is not known of which version of the file it is."""
        if file.version is None:
            return
        with self._lock:
            self._kept[file.path, file.version] = footer
            while len(self._kept) > 1 and self._too_many():
                del self._kept[next(iter(self._kept))]

    def _too_many(self) -> bool:
        size = sum(footer.serialized_size for footer in self._kept.values())
        return len(self._kept) > MOST_FILES or size > MOST_BYTES

    def __reduce__(self) -> tuple[type[Footers], tuple[()]]:
        return Footers, ()
