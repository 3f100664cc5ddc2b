"""A batch of rows as flat buffers: what sources deliver and accumulators consume. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Bitmap", "Cells", "Column", "Points"]

Array: TypeAlias = npt.NDArray[Any]
Bitmap: TypeAlias = npt.NDArray[np.uint8]
Cells: TypeAlias = npt.NDArray[Any]
"""Flat cell numbers of a block of rows: uint32, or uint64 for grids of 2³² cells and more."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a batch, in its own type.

    Parameters
    ----------
    values : ndarray, shape (rows,)
        Native byte order, any integer or float dtype. Times and decimals come as their integers, bool as
        uint8. What stands under a null is anything.
    validity : ndarray of uint8, optional
        Bitmap, least significant bit first (Arrow's); None where there are no nulls.
    offset : int, optional
        The bit of ``values[0]`` in `validity`.
    """

    values: Array
    validity: Bitmap | None = None
    offset: int = 0

    def __len__(self) -> int:
        return int(self.values.size)

    @property
    def present(self) -> npt.NDArray[np.bool_] | None:
        """Which values are not null, shape (rows,); None where all are there."""
        if self.validity is None:
            return None
        first, stop = self.offset // 8, self.offset + len(self)
        bits = np.unpackbits(self.validity[first : (stop + 7) // 8], bitorder="little")
        return bits[self.offset - 8 * first :][: len(self)].astype(np.bool_)


@dataclass(frozen=True, slots=True)
class Points:
    """One batch of rows, ready to be binned.

    Parameters
    ----------
    coordinates : tuple of Column
        In the order in which the binning's coordinates take them: x, y, then what follows.
    samples : tuple of Column, optional
        In the order in which the storages take them.
    selected : Column, optional
        uint8 values 0 and 1: the rows that pass the filter. A null is not selected; None selects all.
    moment : Column, optional
        The times that tell in which period each row lies, where grids are kept apart.
    """

    coordinates: tuple[Column, ...]
    samples: tuple[Column, ...] = ()
    selected: Column | None = None
    moment: Column | None = None

    def __len__(self) -> int:
        return len(self.coordinates[0])
