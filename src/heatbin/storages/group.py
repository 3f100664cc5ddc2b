"""The storages that take the same samples: rows are screened once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array, Cells, Column
from heatbin.storages.absent import Absent
from heatbin.storages.base import Recipe, Sample, Storage, wide_dtype
from heatbin.storages.extremes import BothExtremes, Extreme
from heatbin.storages.sums import Sums

__all__ = ["Group"]

ENDS = {Recipe(Extreme, (end,)) for end in ("min", "max")}


class Group:
    """Some sample columns, and the storages that take them.

    Parameters
    ----------
    cells : int
        The number of cells.
    positions : tuple of int
        Which of a batch's samples they are.
    recipes : sequence of Recipe
        Of the storages.
    forms : tuple of int, optional
        What the samples are, where that is known before any has come.
    """

    def __init__(
        self, cells: int, positions: tuple[int, ...], recipes: Sequence[Recipe], forms: tuple[int, ...] = ()
    ) -> None:
        self.positions = positions
        self.absent = Absent(cells, len(positions))
        self._both = BothExtremes(cells) if set(recipes) >= ENDS else None
        self.storages: dict[Recipe, Storage] = {recipe: self._blank(recipe, cells) for recipe in recipes}
        if forms:
            for storage in self.storages.values():
                storage.expect(forms)

    def fill(
        self, cells: Cells, samples: Sequence[Column], start: int, inside: Callable[[], npt.NDArray[np.uint8]]
    ) -> None:
        """Take in a block of rows.

        Parameters
        ----------
        cells : ndarray of uint32 or uint64, shape (rows,)
            The cell of each; left as it is.
        samples : sequence of Column
            All samples of the batch.
        start : int
            Where in the batch the block begins.
        inside : callable
            Returns 1 for each cell inside all axes.
        """
        columns = [samples[position] for position in self.positions]
        taken = [_widened(column.values[start : start + cells.size]) for column in columns]
        sums, others = self._fillers
        if any(column.validity is not None for column in columns):
            cells = self.absent.screen(cells, columns, taken, start, inside)
            for each in sums:
                each.fill(cells, taken)
        else:
            unsure = [each.fill_unscreened(cells, taken) for each in sums]
            if all(unsure):
                cells = self.absent.screen(cells, columns, taken, start, inside)
        for other in others:
            other.fill(cells, taken)

    def merge(
        self, other: Group, into: Cells | None = None, *, only: npt.NDArray[np.int64] | None = None
    ) -> None:
        """Take in what another one of the same recipes holds: see `Storage.merge`."""
        self.absent.merge(other.absent, into, only=only)
        for recipe, storage in self.storages.items():
            storage.merge(other.storages[recipe], into, only=only)

    def of(self, recipes: Sequence[Recipe]) -> Group:
        """Return a group of some of the storages, which both share."""
        some = Group(0, self.positions, ())
        some.absent, some.storages = self.absent, {recipe: self.storages[recipe] for recipe in recipes}
        return some

    def named(self) -> dict[str, Absent | Storage]:
        """Return all that it keeps, by names that say what it is and of which samples."""
        of = "+".join(map(str, self.positions))
        return {f"absent@{of}": self.absent, **{f"{r.name}@{of}": s for r, s in self.storages.items()}}

    @property
    def nbytes(self) -> int:
        """How much memory it holds now."""
        return self.absent.nbytes + sum(storage.nbytes for storage in self.storages.values())

    def _blank(self, recipe: Recipe, cells: int) -> Storage:
        if self._both is None or recipe not in ENDS:
            return recipe.blank(cells)
        (end,) = recipe.options
        return self._both.storages[end]

    @cached_property
    def _fillers(self) -> tuple[list[Sums], list[Storage | BothExtremes]]:
        """What takes in rows: sums, which find out by themselves whether samples are finite, and all else."""
        kept = self.storages.values()
        sums = [each for each in kept if isinstance(each, Sums)]
        if self._both is None:
            return sums, [each for each in kept if not isinstance(each, Sums)]
        return sums, [self._both, *(each for each in kept if not isinstance(each, (Sums, Extreme)))]


def _widened(values: Array) -> Sample:
    return Sample.of(np.ascontiguousarray(values, dtype=wide_dtype(values.dtype)))
