"""From the values in each hexagon to the one that it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Reduce", "Statistic"]

Reduce: TypeAlias = Callable[[Any], Any]
Floats: TypeAlias = npt.NDArray[np.float64]
Cells: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Statistic:
    """What a hexagon, or a bar, shows of the points in it.

    Parameters
    ----------
    values : ndarray, optional
        One for each point; if None, points are counted.
    function : callable
        From a row of values to a number.
    mincnt : int, optional
        How many points a cell must have to be drawn. If None, any number where points are counted, else 1.
    """

    values: npt.NDArray[Any] | None
    function: Reduce
    mincnt: int | None

    def of(self, cells: Cells, size: int) -> Floats:
        """Return the value of each cell, NaN where there are too few points.

        Parameters
        ----------
        cells : ndarray of integers
            The cell of each point; `size` for those in none.
        size : int
            How many cells there are.
        """
        counts = np.bincount(cells, minlength=size + 1)
        if self.values is None:
            return self.shown(counts[:size])
        return self._reduced(self.values[np.argsort(cells, kind="stable")], counts)

    def shown(self, counts: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return the counts of points as they are drawn."""
        shown = counts.astype(np.float64)
        if self.mincnt is not None:
            shown[shown < self.mincnt] = np.nan
        return shown

    def _reduced(self, ordered: npt.NDArray[Any], counts: npt.NDArray[np.intp]) -> Floats:
        """Call the function with the values of each cell, in the order in which they came."""
        ends = np.cumsum(counts)
        shown = np.full(counts.size - 1, np.nan)
        for cell in np.flatnonzero(counts[:-1] >= (1 if self.mincnt is None else self.mincnt)):
            shown[cell] = self.function(ordered[ends[cell] - counts[cell] : ends[cell]])
        return shown
