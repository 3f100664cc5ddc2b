"""Where compiled kernels are kept between runs, such that no broken cache can break a run.

numba's own file cache aborts the first call when its folder is read-only, full or holds a truncated file,
mixes up signatures when several processes fill it at once, and does not notice that a helper in another file
changed. Here every kernel and signature has a file of its own, written beside its place and renamed into it,
headed by a checksum, in a folder named by a digest of all kernels; whatever goes wrong means compiling again.

The files are pickles, so only folders that belong to this user and that no other can write to are used.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult

__all__ = ["KernelCache"]

logger = logging.getLogger("heatbin")

CACHE_VARIABLE = "HEATBIN_CACHE_DIR"
DIGEST_BYTES = hashlib.sha256().digest_size


class KernelCache(NullCache):  # type: ignore[misc]
    """The cache of one kernel: a file for each signature that it was compiled for.

    Parameters
    ----------
    function : callable
        The kernel as Python.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"

    @property
    def cache_path(self) -> str | None:
        """The folder of the compiled kernels; None where no folder can be used."""
        folder = cache_folder()
        return None if folder is None else str(folder)

    def load_overload(self, sig: object, target_context: Any) -> Any:
        """Return the compiled kernel for `sig`, or None when it must be compiled."""
        target_context.refresh()
        path = self._path(sig, target_context.codegen())
        try:
            content = path.read_bytes() if path else b""
            digest, payload = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
            if payload and digest == hashlib.sha256(payload).digest():
                return CompileResult._rebuild(target_context, *pickle.loads(payload))  # noqa: SLF001, S301
        except Exception as error:  # a cache may fail in any way, and must never fail a run
            logger.debug("compiled kernel %s cannot be loaded: %s", path, error)
        announce_compiling()
        return None

    def save_overload(self, sig: object, data: Any) -> None:
        """Keep the compiled kernel, where that is possible."""
        path = self._path(sig, data.codegen)
        if path is None:
            return
        try:
            payload = numba.core.serialize.dumps(data._reduce())  # noqa: SLF001
            _write_whole(path, hashlib.sha256(payload).digest() + payload)
        except Exception as error:
            _warn_once(f"compiled kernels cannot be kept in {path.parent} ({error}); each run compiles again")

    def _path(self, sig: object, codegen: Any) -> Path | None:
        folder = cache_folder()
        key = hashlib.sha256(repr((sig, codegen.magic_tuple())).encode()).hexdigest()[:24]
        return folder / f"{self._name}-{key}.kernel" if folder else None


@functools.cache
def cache_folder() -> Path | None:
    """Return the first usable folder: configured, the user's cache, a private one; None when there is none."""
    version = f"py{sys.version_info[0]}{sys.version_info[1]}-numba{numba.__version__}-{_kernels_digest()}"
    for base in _candidates():
        folder = base / version
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_private(folder):
                with tempfile.TemporaryFile(dir=folder):
                    return folder
        except OSError as error:
            logger.debug("kernel cache folder %s cannot be used: %s", folder, error)
    _warn_once(f"no folder to keep compiled kernels in; set {CACHE_VARIABLE} to one that you can write to")
    return None


def _candidates() -> Iterator[Path]:
    configured = os.environ.get(CACHE_VARIABLE)
    if configured:
        yield Path(configured)
    yield platformdirs.user_cache_path("heatbin", appauthor=False) / "kernels"
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    yield Path(tempfile.gettempdir()) / f"heatbin-{user}"


def _is_private(folder: Path) -> bool:
    """Tell whether `folder` belongs to this user and nobody else can write to it."""
    if not hasattr(os, "getuid"):
        return True  # Windows: the user's profile is guarded by its access lists
    status = folder.lstat()
    owned = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return owned and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _kernels_digest() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _write_whole(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@functools.cache
def announce_compiling() -> None:
    """Say, once a process, why the first run takes longer."""
    logger.info("compiling kernels for this machine; later runs start at once")


@functools.cache
def _warn_once(message: str) -> None:
    logger.warning(message)
