"""What the engine runs, and what that ends in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from heatbin.engine.fold import Fold
from heatbin.engine.keeper import Keeper
from heatbin.sources import LeftOut, Reading, Task

__all__ = ["Outcome", "Work"]

F = TypeVar("F", bound=Fold)


@dataclass(frozen=True, slots=True)
class Work(Generic[F]):
    """Tasks to be read into folds.

    Parameters
    ----------
    reading : Reading
        What is read.
    tasks : sequence of Task
        The pieces, in any order; with `skip`, whole files.
    blank : callable
        Makes an empty fold.
    skip : bool, optional
        Leave out inputs that cannot be read: each task fills folds of its own, which count only once the task has
        ended well.
    advance : callable, optional
        Called with the number of rows of each batch.
    keeper : Keeper, optional
        Makes checkpoints of work that may leave out inputs.
    """

    reading: Reading
    tasks: Sequence[Task]
    blank: Callable[[], F]
    skip: bool = False
    advance: Callable[[int], object] | None = None
    keeper: Keeper[F] | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[F]):
    """What a run ended in.

    Parameters
    ----------
    fold : Fold
        All that was taken in.
    rows : int
        How many rows were read into it.
    left_out : tuple of LeftOut, optional
        The inputs that are not in it, sorted.
    unread : tuple of str, optional
        Those that nobody has tried to read yet, because the keeper was full.
    """

    fold: F
    rows: int
    left_out: tuple[LeftOut, ...] = ()
    unread: tuple[str, ...] = ()
