"""Files on web servers, by fsspec: reads of ranges, each with a time-out and tried a bounded number of times."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import pyarrow as pa
from pyarrow.fs import FSSpecHandler

from heatbin.errors import NoInputError, ReadError, UsageError

__all__ = ["connect"]

T = TypeVar("T")

WAIT_SECONDS = 0.3


def connect(settings: dict[str, Any]) -> WebFiles:
    """Return what reads files from web servers.

    Parameters
    ----------
    settings : dict of str to object
        ``connect_timeout`` and ``request_timeout`` in seconds, and ``retries``.

    Raises
    ------
    UsageError
        When fsspec is not installed.
    """
    try:
        aiohttp, fsspec = import_module("aiohttp"), import_module("fsspec")
    except ImportError as error:
        raise UsageError(
            "http:// and https:// need fsspec and aiohttp: pip install 'heatbin[http]'"
        ) from error
    timeout = aiohttp.ClientTimeout(
        sock_connect=settings["connect_timeout"], sock_read=settings["request_timeout"]
    )
    # Arrow asks for the ranges that it needs: what a cache reads beyond them is never used.
    files = fsspec.filesystem(
        "http",
        cache_type="none",
        client_kwargs={"timeout": timeout},
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    return WebFiles(files, max(1, settings["retries"]))


class WebFiles(FSSpecHandler):  # type: ignore[misc]
    """What pyarrow asks for the files of web servers.

    Parameters
    ----------
    files : fsspec.AbstractFileSystem
        What makes the requests.
    retries : int
        How often each is tried.
    """

    def __init__(self, files: Any, retries: int) -> None:
        super().__init__(files)
        self._retries = retries

    def fingerprint(self, path: str) -> tuple[Any, ...]:
        """Return the size of a file and its ETag."""
        told = self._patiently(lambda: self.fs.info(path), path)
        return told.get("size"), told.get("ETag") or told.get("Last-Modified")

    def open_input_file(self, path: str) -> pa.NativeFile:
        """Open a file for reads at any place."""
        opened = self._patiently(lambda: self.fs.open(path, mode="rb"), path)
        return pa.PythonFile(_Patient(opened, lambda call: self._patiently(call, path)), mode="r")

    def open_input_stream(self, path: str) -> pa.NativeFile:
        """Open a file for reading it from its beginning, for servers too that serve no ranges."""
        opened = self._patiently(lambda: self.fs.open(path, mode="rb", block_size=0), path)
        return pa.PythonFile(opened, mode="r")

    def _patiently(self, call: Callable[[], T], path: str) -> T:
        """Return what a request gives; ask again when it fails in a way that may pass."""
        for left in range(self._retries - 1, -1, -1):
            try:
                return call()
            except FileNotFoundError:
                raise NoInputError(f"no such file: {path}") from None
            except Exception as error:
                status = getattr(error, "status", 500)
                if left == 0 or status < 500 or isinstance(error, ValueError):
                    raise ReadError(f"{path} cannot be read: {str(error) or type(error).__name__}") from error
                time.sleep(WAIT_SECONDS * (self._retries - left))
        raise AssertionError


class _Patient(io.RawIOBase):
    """An open file whose reads are tried again."""

    def __init__(self, file: Any, patiently: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__()
        self._file = file
        self._patiently = patiently

    def read(self, size: int = -1) -> bytes:
        place = self._file.tell()

        def piece() -> bytes:
            self._file.seek(place)
            return bytes(self._file.read(size))

        return bytes(self._patiently(piece))

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def size(self) -> int:
        return int(self._file.size)

    def close(self) -> None:
        self._file.close()
        super().close()
