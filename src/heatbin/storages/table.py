"""A sparse table: integer amounts by key, kept sorted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells

__all__ = ["PENDING_BYTES", "PENDING_KEYS", "Run", "SparseTable", "contains", "first_places", "moved"]

# 8 MiB of keys: sorting so many takes 5 to 10 ns a key, and runs of this size need few merges.
PENDING_KEYS = 1 << 20
"""So many keys are sorted at once."""
PENDING_BYTES = 3 * 8 * PENDING_KEYS
"""What they take while they are sorted."""

COUNTED_IN_32_BITS = (1 << 32) - 1


class Run(NamedTuple):
    """Some keys of a table, each once, in order; and their amounts."""

    keys: npt.NDArray[np.int64]
    amounts: Array

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        return self.keys.nbytes + self.amounts.nbytes


class SparseTable:
    """Amounts by key, which add up.

    Keys are collected, sorted when there are many, and merged such that each run is at least twice as long as the
    next: a key is moved a few times, however many there are.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[npt.NDArray[np.int64], Array | None]] = []
        self._pending_keys = 0
        self._runs: list[Run] = []
        self._total = 0

    def __bool__(self) -> bool:
        return bool(self._pending or self._runs)

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        return 8 * self._pending_keys + sum(run.nbytes for run in self._runs)

    def count(self, keys: npt.NDArray[np.int64]) -> None:
        """Add 1 for each key, in any order; the array is the table's from now on."""
        self._total += keys.size
        self._collect(keys, None)

    def add(self, keys: npt.NDArray[np.int64], amounts: Array) -> None:
        """Add an amount for each key, in any order; the arrays are the table's from now on."""
        self._total += int(np.abs(amounts).sum(dtype=np.int64))
        self._collect(keys, amounts)

    def merge(self, run: Run) -> None:
        """Add keys that are in order, each once."""
        self._total += int(np.abs(run.amounts).sum(dtype=np.int64))
        if run.keys.size:
            self._push(run)

    def sorted(self) -> Run:
        """Return all keys in order and their amounts, which are uint32 as long as none can be larger."""
        self._flush()
        while len(self._runs) > 1:
            last = self._runs.pop()
            self._runs[-1] = self._merged(self._runs[-1], last)
        return self._runs[0] if self._runs else Run(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def _collect(self, keys: npt.NDArray[np.int64], amounts: Array | None) -> None:
        self._pending.append((keys, amounts))
        self._pending_keys += keys.size
        if self._pending_keys >= PENDING_KEYS:
            self._flush()

    def _flush(self) -> None:
        pending, self._pending, self._pending_keys = self._pending, [], 0
        counted = [keys for keys, amounts in pending if amounts is None]
        added = [(keys, amounts) for keys, amounts in pending if amounts is not None]
        if counted:
            self._push(self._run_of_counts(np.concatenate(counted)))
        if added:
            keys, amounts = (np.concatenate(parts) for parts in zip(*added, strict=True))
            self._push(_run_of_amounts(keys, amounts))

    def _run_of_counts(self, keys: npt.NDArray[np.int64]) -> Run:
        keys.sort()
        starts = first_places(keys)
        counts = np.diff(starts, append=keys.size)
        return Run(keys[starts], counts.astype(np.uint32 if self._total <= COUNTED_IN_32_BITS else np.int64))

    def _push(self, run: Run) -> None:
        while self._runs and self._runs[-1].keys.size < 2 * run.keys.size:
            run = self._merged(self._runs.pop(), run)
        self._runs.append(run)

    def _merged(self, a: Run, b: Run) -> Run:
        from heatbin.kernels.runs import merge_runs

        narrow = a.amounts.dtype == b.amounts.dtype == np.uint32 and self._total <= COUNTED_IN_32_BITS
        dtype = np.dtype(np.uint32 if narrow else np.int64)
        a, b = (Run(run.keys, run.amounts.astype(dtype, copy=False)) for run in (a, b))
        keys = np.empty(a.keys.size + b.keys.size, dtype=np.int64)
        amounts = np.empty(keys.size, dtype=dtype)
        size = merge_runs(*a, *b, keys, amounts)
        keys.resize(size, refcheck=False)
        amounts.resize(size, refcheck=False)
        return Run(keys, amounts)


def contains(keys: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which of the `wanted` keys are among sorted ones."""
    if not keys.size:
        return np.zeros(wanted.size, dtype=np.bool_)
    places = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    found: npt.NDArray[np.bool_] = keys[places] == wanted
    return found


def moved(keys: npt.NDArray[np.int64], into: Cells, bits: int) -> npt.NDArray[np.int64]:
    """Return keys ``cell << bits | rest``, each cell replaced by the one that `into` gives for it."""
    cells: npt.NDArray[np.int64] = into.astype(np.int64, copy=False)[keys >> bits]
    return (cells << bits) | (keys & ((1 << bits) - 1))


def _run_of_amounts(keys: npt.NDArray[np.int64], amounts: Array) -> Run:
    order = np.argsort(keys)
    keys = keys[order]
    starts = first_places(keys)
    return Run(keys[starts], np.add.reduceat(amounts[order].astype(np.int64, copy=False), starts))


def first_places(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return where each key of a sorted array stands first.

    Sorting and this take a twentieth of the time of `numpy.unique`.
    """
    return (
        np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if keys.size else np.empty(0, np.intp)
    )
