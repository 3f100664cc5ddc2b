"""Sums of weights in the cells of a grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from heatbin.binning import Binning
from heatbin.columns import Array, Cells
from heatbin.storages import Sample, Sums, totals

__all__ = ["weighed"]


def weighed(blocks: Iterable[Sequence[Array]], binning: Binning) -> npt.NDArray[np.float64]:
    """Return the exact sum of the weights in each bin, rounded once; NaN where one of them is NaN.

    Parameters
    ----------
    blocks : iterable of rows of ndarray
        The coordinates and, last, the weights of some points at a time, as kernels take them.
    binning : Binning
        Of one column each.
    """
    sums = Sums(binning.cells)
    poisoned = np.zeros(binning.cells, dtype=np.bool_)
    for *columns, given in blocks:
        weights = given.astype(np.float64, copy=False)
        cells = _cells(columns, binning)
        poisoned[cells[np.isnan(weights)]] = True
        sums.fill(cells, [Sample.of(weights)])
    inside = binning.inside(np.arange(binning.cells))
    result = totals(sums, inside.ravel()).reshape(inside.shape)
    result[binning.inside(poisoned)] = np.nan
    return result


def _cells(columns: Sequence[Array], binning: Binning) -> Cells:
    cells = np.zeros(columns[0].size, dtype=binning.cell_dtype)
    for column, coordinate, stride in zip(columns, binning.coordinates, binning.strides, strict=True):
        coordinate.bind([column.dtype])([column], cells.dtype.type(stride), cells)
    return cells
