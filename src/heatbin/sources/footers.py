"""Footers that were parsed already, so that planning a file and reading it in pieces parse it once."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from typing import Any

import pyarrow.parquet as pq

from heatbin.sources.formats import Footer
from heatbin.sources.stores import File

__all__ = ["Footers", "Looks"]

# A parsed footer takes ten times its size. The last one is kept however large it is: it is the one at work.
MOST_FILES = 16
MOST_BYTES = 1 << 20

MOST_ROW_GROUPS = 1 << 12
# Clocks of file systems tick slowly: a file that was written later than this might be written again and look the same.
SETTLED_SECONDS = 2.0


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


class Looks:
    """What the last footers told of some columns, so that asking for other parts of a file does not look again.

    Only what is told of a file on this machine is kept, whose last change is some seconds ago.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Footer, pq.FileMetaData | None]] = {}
        self._lock = threading.Lock()

    def of(self, file: File, asked: Hashable, footers: Footers) -> Footer | None:
        """Return what this version of a file told of what is asked, if it is kept; `footers` has its footer then."""
        with self._lock:
            told, footer = self._kept.get((file.path, file.version, asked), (None, None))
        if footer is not None:
            footers.keep(file, footer)
        return told

    def keep(self, file: File, asked: Hashable, told: Footer, footers: Footers) -> None:
        """Keep what a file told, and its footer, if that will stay true for as long as the file looks the same."""
        if not file.store.local or file.version is None or _changed_lately(file.version[1]):
            return
        footer = footers.of(file)
        with self._lock:
            self._kept[file.path, file.version, asked] = told, footer
            while len(self._kept) > 1 and self._too_many():
                del self._kept[next(iter(self._kept))]

    def _too_many(self) -> bool:
        groups = sum(len(told.row_groups) for told, _ in self._kept.values())
        return len(self._kept) > MOST_FILES or groups > MOST_ROW_GROUPS


def _changed_lately(modified_ns: int) -> bool:
    return abs(time.time_ns() - modified_ns) < SETTLED_SECONDS * 1e9
