"""Everything that differs between Linux, macOS and Windows, and what a container grants."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["RealPaths", "available_cpus", "available_memory", "peak_rss_bytes", "sync_folder", "try_lock"]

_PROCESS = Path("/proc/self")
_CONTROL_GROUPS = Path("/sys/fs/cgroup")


def peak_rss_bytes() -> int:
    """Return the most memory that this process has held at once, in bytes."""
    return _high_water_mark() or _largest_resident_set()


def available_cpus() -> int:
    """Return how many processors this process may keep busy: those it may run on, within its quota.

    A quota of two and a half processors counts as three: the third thread uses the half.
    """
    quotas = (math.ceil(quota) for group in _groups("cpu") if (quota := _cpu_quota(group)))
    return max(1, min([_usable_cpus(), *quotas]))


def available_memory() -> int:
    """Return how many bytes this process may use at most: the machine's memory, or its container's share."""
    limits = (limit for group in _groups("memory") for limit in _memory_limits(group))
    return min([_physical_memory(), *limits])


class RealPaths:
    """Paths behind all links, as `os.path.realpath` gives them, which takes 20 µs; each folder is looked up once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        """Return the path behind all links; a URL as it is."""
        folder, name = os.path.split(path)
        if "://" in path:
            return path
        if name in ("", ".", "..") or os.path.islink(path):  # noqa: PTH114
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)  # noqa: PTH118


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(controller: str) -> Iterator[Path]:
    """Yield the folders of the control groups that may limit this process, from its own one outwards.

    Both hierarchies are followed: version 1 has a tree for each controller, version 2 has one for all. Inside
    a container the path may be the host's: then only the last folder exists, and holds the limit.
    """
    for line in _lines(_PROCESS / "cgroup"):
        _, controllers, group = line.split(":", 2)
        if not controllers or controller in controllers.split(","):
            tree = _CONTROL_GROUPS / controller if controllers else _CONTROL_GROUPS
            parts = [] if ".." in group else [part for part in group.split("/") if part]
            yield from (tree.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1))


def _cpu_quota(group: Path) -> float | None:
    """Return the processors that `group` may use at a time, None where there is no quota."""
    # version 2: "250000 100000" or "max 100000" in one file; version 1: a file each, -1 for no quota
    words = [word for line in _lines(group / "cpu.max") for word in line.split()]
    words = words or [*_lines(group / "cpu.cfs_quota_us"), *_lines(group / "cpu.cfs_period_us")]
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        return None
    quota, period = map(int, words)
    return quota / period if period else None


def _memory_limits(group: Path) -> Iterator[int]:
    for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
        yield from (int(line) for line in _lines(group / name) if line.isdecimal())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split("\n")[:-1]
    except OSError:
        return []


def _high_water_mark() -> int:
    """Return Linux's own peak, 0 elsewhere: ``getrusage`` would inherit that of the program before."""
    for line in _lines(_PROCESS / "status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _MemoryCounters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = [
            ("cb", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 7),
        ]

    class _MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX of sysinfoapi.h."""

        _fields_ = [
            ("length", wintypes.DWORD),
            ("load", wintypes.DWORD),
            ("total_physical", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 6),
        ]

    # The byte that is locked lies beyond what the file holds, which stays readable.
    _LOCKED_BYTE = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock a file until it is closed or the process ends; tell whether that could be done at once."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def sync_folder(folder: Path) -> None:
        """Do nothing: the system keeps its own account of names."""

    def _largest_resident_set() -> int:
        counters = _MemoryCounters(cb=ctypes.sizeof(_MemoryCounters))
        query = ctypes.WinDLL("psapi").GetProcessMemoryInfo
        query.argtypes = [wintypes.HANDLE, ctypes.POINTER(_MemoryCounters), wintypes.DWORD]
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        query(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb)
        return int(counters.peak_working_set)

    def _physical_memory() -> int:
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        ctypes.WinDLL("kernel32").GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total_physical)

else:
    import fcntl
    import resource

    def try_lock(descriptor: int) -> bool:
        """Lock a file until it is closed or the process ends; tell whether that could be done at once."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def sync_folder(folder: Path) -> None:
        """Wait until the names in a folder are on the disk."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _largest_resident_set() -> int:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    def _physical_memory() -> int:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
