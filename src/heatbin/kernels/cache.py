"""Where compiled kernels are kept between runs, such that no broken cache can break a run.

numba's own file cache aborts the first call when its folder is read-only, full or holds a truncated file,
mixes up signatures when several processes fill it at once, and does not notice that a helper in another file
changed. Here every kernel and signature has a file of its own, written beside its place and renamed into it,
headed by a checksum, in a folder named by a digest of all kernels; whatever goes wrong means compiling again.

The files are pickles, so only folders and files that belong to this user and that no other can write to are used.
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
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

__all__ = ["KernelCache"]

logger = logging.getLogger("heatbin")

CACHE_VARIABLE = "HEATBIN_CACHE_DIR"
DIGEST_BYTES = hashlib.sha256().digest_size


class KernelCache(NullCache):
    """The cache of one kernel: a file for each signature that it was compiled for.

    numba calls it under its compiler lock: one thread at a time, whatever kernel it is about.

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
        path = self._path(sig, target_context.codegen())
        try:
            if path is not None:
                return _rebuilt(_read_whole(path), target_context)
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
            _write_whole(path, dumps(data._reduce()))  # type: ignore[no-untyped-call]
        except Exception as error:
            reason = getattr(error, "strerror", None) or error
            warn_once(
                f"compiled kernels cannot be kept in {path.parent}: {reason}; each run compiles them again"
            )

    def _path(self, sig: object, codegen: Any) -> Path | None:
        folder = cache_folder()
        key = hashlib.sha256(repr((sig, codegen.magic_tuple())).encode()).hexdigest()[:24]
        return folder / f"{self._name}-{key}.kernel" if folder else None


@functools.cache
def cache_folder() -> Path | None:
    """Return the first usable folder: configured, the user's cache, a private one; None when there is none."""
    python = f"py{sys.version_info[0]}{sys.version_info[1]}{getattr(sys, 'abiflags', '')}"
    version = f"{python}-numba{numba.__version__}-{_kernels_digest()}"
    for base in _candidates():
        try:
            return _usable(base, version)
        except OSError as error:
            chosen = base == Path(os.environ.get(CACHE_VARIABLE, ""))
            level = logging.WARNING if chosen else logging.DEBUG
            logger.log(level, "compiled kernels cannot be kept in %s: %s", base, error.strerror or error)
    warn_once(
        f"no folder to keep compiled kernels in; set {CACHE_VARIABLE} to one that only you can write to"
    )
    return None


def _candidates() -> Iterator[Path]:
    configured = os.environ.get(CACHE_VARIABLE)
    if configured:
        yield Path(configured)
    users = platformdirs.user_cache_path("heatbin", appauthor=False)
    if users.is_absolute():  # a user without a home has "~"
        yield users / "kernels"
    user = os.geteuid() if hasattr(os, "geteuid") else os.environ.get("USERNAME", "user")
    with suppress(FileNotFoundError):  # where no temporary folder can be written to
        yield Path(tempfile.gettempdir()) / f"heatbin-{user}"


def _usable(base: Path, version: str) -> Path:
    """Return the folder of this version in `base`, made where it is not there yet.

    Raises
    ------
    OSError
        When nothing can be written to it, or others than this user can.
    """
    folder = base / version
    for place in (base, folder):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(place.stat())
    with tempfile.TemporaryFile(dir=folder):
        return folder


def _check_private(status: os.stat_result) -> None:
    """Raise a PermissionError unless this belongs to this user, and nobody else can write to it."""
    if not hasattr(os, "geteuid"):
        return  # Windows: the user's profile is guarded by its access lists
    if status.st_uid != os.geteuid():
        raise PermissionError("it belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("other users can write to it")


def _kernels_digest() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _rebuilt(payload: bytes, target_context: Any) -> Any:
    """Return the compiled kernel that `payload` was made of.

    numba's own caches call ``target_context.refresh()`` before, which imports all that can be compiled and the
    extensions of other packages, 0.12 s and more. The runtime is all of it that machine code calls.
    """
    rtsys.initialize(target_context)
    return CompileResult._rebuild(target_context, *pickle.loads(payload))  # type: ignore[no-untyped-call]


def _read_whole(path: Path) -> bytes:
    """Return what `_write_whole` wrote.

    Raises
    ------
    OSError
        When there is no such file, or others than this user can write to it.
    ValueError
        When it holds anything else.
    """
    with path.open("rb") as file:
        _check_private(os.fstat(file.fileno()))
        digest, payload = file.read(DIGEST_BYTES), file.read()
    if digest != hashlib.sha256(payload).digest():
        raise ValueError("its checksum is wrong")
    return payload


def _write_whole(path: Path, payload: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(payload).digest() + payload)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@functools.cache
def announce_compiling() -> None:
    """Say, once a process, why the first run takes longer."""
    later = "; later runs start at once" if cache_folder() else ""
    logger.info("compiling kernels for this machine%s", later)


@functools.cache
def warn_once(message: str) -> None:
    """Say what makes every run slow, once a process."""
    logger.warning(message)
