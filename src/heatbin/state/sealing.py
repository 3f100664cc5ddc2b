"""A seal at the end of a file: a digest of all before it, looked at before anything else is."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable
from pathlib import Path

from heatbin.errors import StateError

__all__ = ["MAGIC", "bytes_in", "name_of", "seal_of", "unsealed"]

MAGIC = b"heatbin1"
"""The last eight bytes of a saved histogram; the 32 before them are the SHA-256 of all that precede."""

SEAL_BYTES = 32 + len(MAGIC)


def seal_of(pieces: Iterable[bytes | memoryview]) -> bytes:
    """Return the bytes that seal a file of these pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest() + MAGIC


def bytes_in(path: Path) -> bytes:
    """Return what is in a file, which no device or pipe can be: it might never end.

    Raises
    ------
    StateError
        When it is no file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise StateError(f"{path} is no file")
    return path.read_bytes()


def name_of(content: bytes | memoryview) -> str:
    """Return what a sealed file is called that is named by what it holds."""
    return f"{bytes(content[-SEAL_BYTES : -SEAL_BYTES + 16]).hex()}.heatbin"


def unsealed(path: Path, *, named: bool = False) -> memoryview:
    """Return what is in a file before its seal, once the seal is found whole.

    Parameters
    ----------
    path : Path
        The file.
    named : bool, optional
        Whether it must be called after what it holds.

    Raises
    ------
    StateError
        When the file is no saved histogram, or not what was written: cut short, or changed in any bit.
    """
    content = memoryview(bytes_in(path))
    if len(content) < SEAL_BYTES or content[-len(MAGIC) :] != MAGIC:
        raise StateError(f"{path} is no saved histogram, or it is cut short")
    body = content[:-SEAL_BYTES]
    if seal_of([body]) != content[-SEAL_BYTES:]:
        raise StateError(f"{path} is damaged: its content does not match its checksum")
    if named and path.name != name_of(content):
        raise StateError(f"{path} is damaged: it holds what belongs under another name")
    return body
