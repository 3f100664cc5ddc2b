"""What every source of points is: files in parts, parts in row groups, row groups read as tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

__all__ = [
    "BATCH_ROWS",
    "FEW_COLUMNS",
    "LONG_BATCH_ROWS",
    "Bounds",
    "Excludes",
    "LeftOut",
    "Part",
    "RowGroup",
    "Source",
    "Survey",
    "Task",
    "release_buffers",
]

NO_COLUMNS = pa.schema([])

BATCH_ROWS = 240_000
"""The rows in one batch of a source: a few MB of decoded columns, whatever the size of a row group.

Somewhat less than a power of two: columns that begin as far apart as the caches repeat themselves drive each other out,
and the reader asks for memory in powers of two.
"""

LONG_BATCH_ROWS = 2 * BATCH_ROWS
"""The most rows in one batch: of what is in memory already, and of more than a few columns with large dictionaries."""

FEW_COLUMNS = 2
"""Up to so many, batches stay short: a grid of counts is promised to take little memory."""


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
    start : int, optional
        The first of its rows, where it is a slice of something larger: of a record batch, or of a table in memory.
    dictionary_bytes : int, optional
        The compressed bytes of the largest dictionary among the columns that are needed.
    """

    number: int
    rows: int
    bytes: int = 0
    bounds: dict[str, Bounds] = field(default_factory=dict)
    start: int = 0
    dictionary_bytes: int = 0


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
    keys : dict of str to int, str or None, optional
        What the path says of all its rows (hive partitions). They are among the bounds of each row group, too.
    schema : pyarrow.Schema, optional
        The needed columns, in the types that the file holds them in.
    casts : dict of str to pyarrow.DataType, optional
        The columns that other files hold in a wider type, which all are brought to.
    counted : bool, optional
        Whether the numbers of rows are known; where they are not (text, streams) they are estimates.
    """

    path: str
    fingerprint: tuple[Any, ...]
    row_groups: tuple[RowGroup, ...]
    keys: dict[str, Any] = field(default_factory=dict)
    schema: pa.Schema = NO_COLUMNS
    casts: dict[str, pa.DataType] = field(default_factory=dict)
    counted: bool = True

    @property
    def columns(self) -> list[str]:
        """The needed columns that are in the file itself."""
        return list(self.schema.names)

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
    schema : pyarrow.Schema, optional
        The columns that were asked for, nested ones under their whole path, in the types that batches have them in.
    """

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
    schema: pa.Schema = NO_COLUMNS


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


def release_buffers() -> None:
    """Give the memory of decoded batches back to the system.

    Arrow's allocator keeps it for the next ones. To give it up and ask for it anew takes a twentieth of a run over 30
    million rows, and a quarter of a short one.
    """
    pa.default_memory_pool().release_unused()


Excludes: TypeAlias = Callable[[RowGroup], bool]
"""Tells of a row group that no row of it is wanted."""


class Source(Protocol):
    """Where points come from."""

    @property
    def schema(self) -> pa.Schema:
        """The columns there are. Where files differ, those of one of them: types are certain in a survey only."""

    @property
    def name(self) -> str:
        """What errors and summaries call it."""

    @property
    def replayable(self) -> bool:
        """Whether its tasks can be read more than once. A stream that cannot has one task, in order."""

    def survey(
        self, columns: Sequence[str], *, threads: int, skip: bool, excludes: Excludes | None = None
    ) -> Survey:
        """Return what the footers say of `columns`, reading no rows.

        With `skip`, bad files are left out. Files whose partition keys, as the bounds of a row group of no rows,
        `excludes` excludes are not looked at: they come as parts without row groups that are not counted.
        """

    def batches(self, task: Task, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a task, with exactly these columns: `LONG_BATCH_ROWS` or fewer at a time."""
