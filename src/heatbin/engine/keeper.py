"""Who keeps what a run has read so far, so that one that is stopped need not read it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from heatbin.engine.fold import Fold
from heatbin.sources import Part, RowGroup

__all__ = ["Groups", "Keeper", "Piece", "groups_of"]

F_contra = TypeVar("F_contra", bound=Fold, contravariant=True)

Groups: TypeAlias = frozenset[tuple[int, int]]
"""Row groups of one file, each by its number and its first row."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read of a file that is not read to its end.

    Parameters
    ----------
    part : Part
        The file.
    groups : Groups
        Which of its row groups.
    kept : object
        Where the keeper put them.
    """

    part: Part
    groups: Groups
    kept: Any


class Keeper(Protocol[F_contra]):
    """Keeps checkpoints. But for `commit`, of which only one runs at a time, workers call it all at once."""

    @property
    def active(self) -> bool:
        """Whether there shall be checkpoints at all."""

    def due(self) -> bool:
        """Tell whether it is time for a checkpoint."""

    def full(self) -> bool:
        """Tell whether no more files shall be begun."""

    def begun(self, part: Part, blank: F_contra) -> Groups:
        """Put what an earlier run kept of a file into `blank`, and return of which row groups it is."""

    def closing(self, part: Part, fold: F_contra) -> None:
        """Look at what was read of a file, all of it, before it goes in with the others."""

    def dropping(self, fold: F_contra) -> None:
        """Forget what was read of a file that cannot be read to its end."""

    def keep(self, part: Part, groups: Groups, fold: F_contra) -> Any:
        """Put away what was read of a file so far; it counts once it is committed."""

    def commit(self, fold: F_contra, parts: Sequence[Part], pieces: Sequence[Piece]) -> None:
        """Make a checkpoint, in one step, of whole files and of pieces of others; it replaces the last one."""


def groups_of(row_groups: Sequence[RowGroup]) -> Groups:
    """Return what tells row groups of a file apart."""
    return frozenset((group.number, group.start) for group in row_groups)
