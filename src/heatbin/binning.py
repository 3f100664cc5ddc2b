"""Axes and lattices put together: one row becomes one cell number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import prod
from operator import mul
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from heatbin.axes import Coordinate, Index
from heatbin.columns import Array

__all__ = ["Binning", "Factor"]


class Factor(NamedTuple):
    """A coordinate that is ready to bin columns of certain types.

    Parameters
    ----------
    add_bins : Index
        Adds its bins to cells.
    stride : uint32 or uint64
        How many cells apart two neighbouring bins are.
    missing : uint32 or uint64
        What is added to the cell of a row without a value.
    """

    add_bins: Index
    stride: Any
    missing: Any


@dataclass(frozen=True)
class Binning:
    """A product of coordinates, each of which takes one column or more.

    Parameters
    ----------
    coordinates : tuple of Coordinate
        The first varies slowest, as in a C-ordered array.
    """

    coordinates: tuple[Coordinate, ...]
    _bound: dict[tuple[np.dtype[Any], ...], tuple[Factor, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _binding: Any = field(init=False, repr=False, compare=False, default_factory=Lock)

    def __reduce__(self) -> tuple[type[Binning], tuple[Any]]:
        # Neither what was bound nor the lock can be pickled.
        return Binning, (self.coordinates,)

    @cached_property
    def extents(self) -> tuple[int, ...]:
        """The bins of each coordinate, flow counted."""
        return tuple(coordinate.extent for coordinate in self.coordinates)

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """How many cells apart two neighbouring bins of each coordinate are."""
        return tuple(accumulate(self.extents[:0:-1], mul, initial=1))[::-1]

    @cached_property
    def cells(self) -> int:
        """The number of cells: the product of all extents, and a last one for the rows that are filtered."""
        return prod(self.extents) + 1

    @property
    def filtered(self) -> int:
        """The cell of the rows that do not pass the filter."""
        return self.cells - 1

    @cached_property
    def cell_dtype(self) -> np.dtype[Any]:
        """The narrowest type that numbers the cells."""
        return np.dtype(np.uint32 if self.cells < 1 << 32 else np.uint64)

    @property
    def takes(self) -> int:
        """How many columns it takes."""
        return sum(coordinate.takes for coordinate in self.coordinates)

    def bind(self, dtypes: Sequence[np.dtype[Any]]) -> tuple[Factor, ...]:
        """Return the coordinates, ready to bin columns of these types.

        The tables of an axis of any edges take some milliseconds to make: of workers that need the same, one does.
        """
        key = tuple(dtypes)
        if key not in self._bound:
            with self._binding:
                if key not in self._bound:
                    self._bound[key] = tuple(self._factors(key))
        return self._bound[key]

    def _factors(self, dtypes: Sequence[np.dtype[Any]]) -> Iterator[Factor]:
        number = self.cell_dtype.type
        for each, taken, stride in zip(self.coordinates, self.split(dtypes), self.strides, strict=True):
            yield Factor(each.bind(taken), number(stride), number((each.extent - 1) * stride))

    def inside(self, flat: Array, *, flow: bool = False) -> Array:
        """Return a view of what a row of all cells holds inside the axes.

        Parameters
        ----------
        flat : ndarray, shape (cells,)
            One number for each cell.
        flow : bool, optional
            Whether to include the bins under and over each axis.

        Returns
        -------
        ndarray, shape (size of each coordinate), with flow 2 more each
        """
        first, last = (0, 1) if flow else (1, 2)
        return flat[:-1].reshape(self.extents)[tuple(slice(first, extent - last) for extent in self.extents)]

    def cells_inside(self, most: int, *, flow: bool = False) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the numbers of the cells inside the axes, in order, about `most` at a time.

        Parameters
        ----------
        most : int
            A number of cells; all that share a bin of the first coordinate come together.
        flow : bool, optional
            Whether to include the bins under and over each axis.
        """
        if not self.coordinates:
            yield np.zeros(1, dtype=np.int64)
            return
        first, last = (0, 1) if flow else (1, 2)
        inner = np.arange(self.strides[0]).reshape(self.extents[1:])
        inner = inner[tuple(slice(first, extent - last) for extent in self.extents[1:])].ravel()
        stop, step = self.extents[0] - last, max(1, most // max(1, inner.size))
        for bin in range(first, stop, step):
            outer = np.arange(bin, min(bin + step, stop)) * self.strides[0]
            yield (outer[:, None] + inner).ravel()

    def split(self, columns: Sequence[Any]) -> list[Sequence[Any]]:
        """Return what of `columns` each coordinate takes."""
        return [columns[places] for places in self._places]

    @cached_property
    def _places(self) -> tuple[slice, ...]:
        ends = accumulate(coordinate.takes for coordinate in self.coordinates)
        return tuple(
            slice(end - coordinate.takes, end) for coordinate, end in zip(self.coordinates, ends, strict=True)
        )
