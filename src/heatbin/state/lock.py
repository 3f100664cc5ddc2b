"""One writer at a time: a lock on a file, which the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heatbin.errors import BusyError
from heatbin.platform import try_lock

__all__ = ["LOCK", "locked"]

LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises
    ------
    BusyError
        When another process holds it; it says which.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not try_lock(descriptor):
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
            raise BusyError(f"{folder} is being updated by {holder}; try again later")
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield
    finally:
        os.close(descriptor)
