"""What every source of points is: files in parts, parts in row groups, row groups read as tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

import pyarrow as pa

__all__ = ["BATCH_ROWS", "Bounds", "LeftOut", "Part", "RowGroup", "Source", "Survey", "Task"]

BATCH_ROWS = 1 << 17
"""Rows in one batch of a source: a few MiB of decoded columns, whatever the size of a row group."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a footer says of one column of a row group.

    Parameters
    ----------
    lo, hi : number, str or None
        The smallest and largest value, in the space of the column's numbers; None where the footer does not say.
    nulls : int or None
        How many values are null.
    """

    lo: Any = None
    hi: Any = None
    nulls: int | None = None

    @property
    def finite(self) -> bool:
        """Whether both ends are known, are finite numbers, and are in order."""
        numbers = isinstance(self.lo, int | float) and isinstance(self.hi, int | float)
        return numbers and isfinite(self.lo) and isfinite(self.hi) and self.lo <= self.hi


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A run of rows that is read or skipped as a whole.

    Parameters
    ----------
    number : int
        Its place in the file.
    rows : int
        How many rows its footer promises.
    bytes : int
        The compressed bytes of the columns that are needed.
    bounds : dict of str to Bounds
        By column.
    """

    number: int
    rows: int
    bytes: int = 0
    bounds: dict[str, Bounds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One file, or one thing like it.

    Parameters
    ----------
    path : str
        Where it is, as errors name it.
    fingerprint : tuple
        What changes when the file does: size, modification time, inode or ETag.
    row_groups : tuple of RowGroup
        In their order in the file.
    keys : dict of str to str, optional
        What the path says of its rows (hive partitions).
    """

    path: str
    fingerprint: tuple[Any, ...]
    row_groups: tuple[RowGroup, ...]
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows the footer promises."""
        return sum(group.rows for group in self.row_groups)


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """An input that could not be read, and is not in the result.

    Parameters
    ----------
    path : str
        Which one.
    reason : str
        Why.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What the footers of a source say.

    Parameters
    ----------
    parts : tuple of Part
        The files that can be read.
    left_out : tuple of LeftOut, optional
        The files that cannot.
    """

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Row groups of one part. Plain data; reading it twice gives the same rows.

    Parameters
    ----------
    part : Part
        The file, with the row groups to be read.
    parallel : bool, optional
        Whether its columns are decoded in parallel, because there are fewer tasks than threads.
    """

    part: Part
    parallel: bool = False

    @property
    def rows(self) -> int:
        """How many rows it promises."""
        return self.part.rows


class Source(Protocol):
    """Where points come from."""

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""

    @property
    def name(self) -> str:
        """What errors and summaries call it."""

    def survey(self, columns: Sequence[str], *, threads: int, skip: bool) -> Survey:
        """Return what the footers say of `columns`, reading no rows; with `skip`, bad files are left out."""

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a task, `BATCH_ROWS` or fewer at a time, with these columns."""
