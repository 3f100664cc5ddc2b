"""What exact sums become for a reader: each number is rounded once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from heatbin.errors import BadInputError
from heatbin.storages.sums import BATCH_CELLS, WIDE_BATCH_CELLS, Sums, batches

__all__ = ["means", "totals", "variances", "whole_totals"]

Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


def totals(sums: Sums, cells: Numbers) -> Doubles:
    """Return the sums of some cells: what `math.fsum` gives; 0 where there are no samples.

    Parameters
    ----------
    sums : Sums
        Of any power.
    cells : ndarray of int64, shape (rows,)
        The numbers of the cells.
    """
    return means(sums, cells, np.ones(cells.size, dtype=np.int64))


def means(sums: Sums, cells: Numbers, counts: Numbers) -> Doubles:
    """Return the sums of some cells over their `counts`; NaN where a count is 0."""
    from heatbin.kernels.rounding import round_quotients

    result = np.empty(cells.size)
    for places, sparse in _parts(cells, sums):
        words, exponent = sums.integers(cells[places], sparse=sparse)
        part = np.empty(words.shape[0])
        round_quotients(words, exponent, counts[places], part)
        if sparse:
            infinities = sums.infinities(cells[places])
            part = np.where(infinities == 0, part, infinities)
        result[places] = part
    return result


def variances(
    sums: Sums, squares: Sums, cells: Numbers, counts: Numbers, *, ddof: int = 0, root: bool = False
) -> Doubles:
    """Return the variances of some cells, or, with `root`, the standard deviations.

    NaN where there are no more than `ddof` samples, or an infinite one.
    """
    from heatbin.kernels.rounding import round_variances

    result = np.empty(cells.size)
    for places, sparse in _parts(cells, sums, squares):
        once, exponent = sums.integers(cells[places], sparse=sparse)
        twice, exponent_of_squares = squares.integers(cells[places], sparse=sparse)
        part = np.empty(once.shape[0])
        exponents = (2 * exponent, exponent_of_squares)
        round_variances(once, twice, exponents, counts[places], ddof, root, part)
        part[squares.infinities(cells[places]) != 0] = np.nan
        result[places] = part
    return result


def whole_totals(
    sums: Sums,
    cells: Numbers,
    *,
    called: str = "a sum of integers",
    instead: str = "take the mean, or the sum of 1.0 * the sample",
) -> Numbers:
    """Return the sums of some cells of integer samples.

    Parameters
    ----------
    sums : Sums
        Of integers.
    cells : ndarray of int64, shape (rows,)
        The numbers of the cells.
    called : str, optional
        What an error calls them.
    instead : str, optional
        What an error tells to do.

    Raises
    ------
    BadInputError
        When one does not fit 64 bits.
    """
    result = np.empty(cells.size, dtype=np.int64)
    for places in batches(np.arange(cells.size), BATCH_CELLS):
        words, _ = sums.integers(cells[places], sparse=False)
        part = words[:, 0].view(np.int64)
        if np.any(words[:, 1:] != (part >> 63).view(np.uint64)[:, None]):
            largest = np.abs(totals(sums, cells[places])).max()
            raise BadInputError(f"{called} is {largest:.6g}, which 64 bits do not hold; {instead}")
        result[places] = part
    return result


def _parts(cells: Numbers, *sums: Sums) -> Iterator[tuple[Numbers | slice, bool]]:
    """Yield the places of cells in batches, and whether a sparse table has something for them."""
    sparse = np.logical_or.reduce([each.is_sparse(cells) for each in sums])
    if not sparse.any():
        yield from ((slice(start, start + BATCH_CELLS), False) for start in range(0, cells.size, BATCH_CELLS))
        return
    for chosen, size in ((False, BATCH_CELLS), (True, WIDE_BATCH_CELLS)):
        for places in batches(np.flatnonzero(sparse == chosen), size):
            yield places, chosen
