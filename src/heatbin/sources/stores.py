"""Where files are: what tells their versions apart, and how they are opened. `remote` has those behind URLs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from heatbin.errors import BadInputError, NoInputError

__all__ = ["URL", "File", "LocalStore", "Store", "is_url"]

URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


class Store(Protocol):
    """A place that holds files. Picklable."""

    @property
    def local(self) -> bool:
        """Whether a small read costs microseconds, not a round trip through a network."""

    def fingerprint(self, path: str) -> tuple[Any, ...]:
        """Return what changes when a file is written to or replaced; its size comes first."""

    def open(self, path: str) -> pa.NativeFile:
        """Open a file for reads at any place."""

    def stream(self, path: str) -> pa.NativeFile:
        """Open a file for reading it from its beginning to its end."""


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The file system of this machine."""

    @property
    def local(self) -> bool:
        """True."""
        return True

    def fingerprint(self, path: str) -> tuple[int, int, int]:
        """Return size, modification time in ns, and inode."""
        status = os.stat(path)  # noqa: PTH116
        return status.st_size, status.st_mtime_ns, status.st_ino

    def open(self, path: str) -> pa.NativeFile:
        """Open a file for reads at any place."""
        return pa.OSFile(path, "rb")

    stream = open


@dataclass(frozen=True, slots=True)
class File:
    """A file in its store.

    Parameters
    ----------
    path : str
        As errors name it.
    store : Store
        What opens it.
    version : tuple, optional
        Its fingerprint, if it was taken: what was learned of this version holds.
    """

    path: str
    store: Store
    version: tuple[Any, ...] | None = None

    def fingerprint(self) -> tuple[Any, ...]:
        """Return what changes when the file does.

        Raises
        ------
        NoInputError
            When it does not exist.
        BadInputError
            When it is empty.
        """
        try:
            found = self.store.fingerprint(self.path)
        except FileNotFoundError:
            raise NoInputError(f"no such file: {self.path}") from None
        if found[0] == 0:
            raise BadInputError(f"{self.path} is empty (0 bytes)", path=self.path)
        return found

    def open(self) -> pa.NativeFile:
        """Open it for reads at any place."""
        return self.store.open(self.path)

    def stream(self) -> pa.NativeFile:
        """Open it for reading from its beginning to its end."""
        return self.store.stream(self.path)

    def head(self, size: int) -> bytes:
        """Return its first bytes."""
        with self.stream() as stream:
            return bytes(stream.read(size))

    @property
    def name(self) -> str:
        """Its last part, in small letters."""
        return Path(self.path).name.lower()


def is_url(path: str) -> bool:
    """Tell whether a path is a URL."""
    return URL.match(path) is not None
