"""What a format of files must be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from heatbin.sources.base import Part, RowGroup
from heatbin.sources.stores import File

__all__ = ["Footer", "Format"]


@dataclass(frozen=True, slots=True)
class Footer:
    """What a file says of itself, before its rows are read.

    Parameters
    ----------
    schema : pyarrow.Schema
        All its columns.
    row_groups : tuple of RowGroup
        The pieces that it can be read in.
    counted : bool, optional
        Whether their numbers of rows are known; where not, they are estimates.
    """

    schema: pa.Schema
    row_groups: tuple[RowGroup, ...]
    counted: bool = True


class Format(Protocol):
    """How files of one kind are read. Picklable."""

    @property
    def kind(self) -> str:
        """What errors call such a file."""

    def look(self, file: File, columns: Sequence[str]) -> Footer:
        """Return what a file says of itself; of its row groups, what concerns `columns`."""

    def read(self, file: File, part: Part, *, parallel: bool) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the row groups of `part`, with at least its columns."""
