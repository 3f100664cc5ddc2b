"""What every axis is, and what follows from edges alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from heatbin.columns import Array, Cells

__all__ = ["FLOW_BINS", "Axis", "Coordinate", "EdgeAxis", "Index"]

FLOW_BINS = 3
"""Under, over and missing: the bins that each axis has beside its own."""

Index: TypeAlias = Callable[[Sequence[Array], Any, Cells], None]
"""``index(columns, stride, cells)`` adds ``bin * stride`` to the cells of a block; the stride is of the cells' type."""


class Coordinate(Protocol):
    """One factor of a binning: takes a column or more, and gives each row a bin below `extent`.

    The bins are numbered under (0), 1 … size, over (size + 1), missing (size + 2).
    """

    @property
    def takes(self) -> int:
        """How many columns it takes."""

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""

    @property
    def extent(self) -> int:
        """The number of bins, flow counted."""

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> Index:
        """Return the function that bins columns of these dtypes."""


class Axis(Coordinate, Protocol):
    """A coordinate of one column, whose bins lie between edges."""

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,)."""

    @property
    def centers(self) -> Array:
        """The middle of each bin, shape (size,)."""

    @property
    def widths(self) -> Array:
        """The width of each bin, shape (size,)."""


class EdgeAxis:
    """What an axis has by its edges."""

    __slots__ = ()

    @property
    def takes(self) -> int:
        """How many columns it takes: one."""
        return 1

    @property
    def edges(self) -> Array:
        """Where the bins begin and end, shape (size + 1,)."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """The number of bins, flow not counted."""
        return self.edges.size - 1

    @property
    def extent(self) -> int:
        """The number of bins, with under, over and missing."""
        return self.size + FLOW_BINS

    @property
    def widths(self) -> Array:
        """The width of each bin, shape (size,), in the units of the edges."""
        widths: Array = np.diff(self.edges)
        return widths

    @property
    def centers(self) -> Array:
        """The middle of each bin, shape (size,)."""
        return self.edges[:-1] + self.widths / 2
