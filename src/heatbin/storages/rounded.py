"""What exact sums become for a reader: each number is rounded once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from heatbin.errors import BadInputError
from heatbin.storages.digits import DIGIT_BITS, aligned
from heatbin.storages.sums import BATCH_CELLS, WIDE_BATCH_CELLS, Sums, batches

__all__ = ["means", "quotients", "totals", "variances", "whole_totals"]

Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Integers = tuple[npt.NDArray[np.uint64], int]
"""Two's complement integers, shape (rows, lanes), and the exponent of their unit."""


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
    result = np.empty(cells.size)
    for places, sparse in _parts(cells, sums):
        part = quotients(*sums.integers(cells[places], sparse=sparse), counts[places])
        if sparse:
            infinities = sums.infinities(cells[places])
            part = np.where(infinities == 0, part, infinities)
        result[places] = part
    return result


def quotients(words: npt.NDArray[np.uint64], exponent: int, divisors: Numbers) -> Doubles:
    """Return ``words[i] * 2**exponent / divisors[i]``, rounded once; NaN where a divisor is 0.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, lanes)
        Two's complement integers.
    exponent : int
        Of their unit.
    divisors : ndarray of int64, shape (rows,)
        0 or more, below 2⁴⁸.
    """
    from heatbin.kernels.doubles import FARTHEST_SURE
    from heatbin.kernels.quotients import guess_quotients

    doubles, unsure = np.empty(divisors.size), divisors.size
    if words.shape[1] <= 2 and abs(exponent) < FARTHEST_SURE:
        unsure = guess_quotients(_in_words(words, 2), 2.0**exponent, divisors, doubles)
    else:
        doubles.fill(np.nan)
    if unsure:
        # Only then, for it takes a second to compile.
        from heatbin.kernels.rounding import round_quotients

        round_quotients(words, exponent, divisors, doubles)
    return doubles


def _in_words(words: npt.NDArray[np.uint64], lanes: int) -> npt.NDArray[np.uint64]:
    """Return integers of so many words, shape (lanes, rows)."""
    wide = np.empty((lanes, words.shape[0]), dtype=np.uint64)
    for lane, word in enumerate(wide):
        word[:] = words[:, lane] if lane < words.shape[1] else words[:, -1].view(np.int64) >> 63
    return wide


def variances(
    sums: Sums, squares: Sums, cells: Numbers, counts: Numbers, *, ddof: int = 0, root: bool = False
) -> Doubles:
    """Return the variances of some cells, or, with `root`, the standard deviations.

    NaN where there are no more than `ddof` samples, or an infinite one.
    """
    result = np.empty(cells.size)
    for places, sparse in _parts(cells, sums, squares):
        once, twice = (each.integers(cells[places], sparse=sparse) for each in (sums, squares))
        part = _deviations(once, twice, counts[places], ddof, root=root)
        part[squares.infinities(cells[places]) != 0] = np.nan
        result[places] = part
    return result


def _deviations(once: Integers, twice: Integers, counts: Numbers, ddof: int, *, root: bool) -> Doubles:
    """Return the variances, or their roots, of what has these sums and sums of squares."""
    from heatbin.kernels.deviations import guess_variances
    from heatbin.kernels.doubles import FARTHEST_SURE

    (sums, exponent), (squares, exponent_of_squares) = once, twice
    exponents, doubles, unsure = (2 * exponent, exponent_of_squares), np.empty(counts.size), counts.size
    far = max(*map(abs, exponents), abs(exponents[0] - exponents[1])) >= FARTHEST_SURE
    if sums.shape[1] <= 2 and squares.shape[1] <= 3 and not far:
        words = _in_words(sums, 2), _in_words(squares, 3)
        unsure = guess_variances(*words, exponents, counts, ddof, root, doubles)
    else:
        doubles.fill(np.nan)
    if unsure:
        rows = np.flatnonzero(np.isnan(doubles) & (counts > ddof))
        once, twice = ((words.take(rows, axis=0), exponent) for words, exponent in (once, twice))
        doubles[rows] = _deviations_by_digits(once, twice, counts[rows], ddof, root=root)
    return doubles


def _deviations_by_digits(
    once: Integers, twice: Integers, counts: Numbers, ddof: int, *, root: bool
) -> Doubles:
    """Return the same where there are more samples than `ddof`."""
    # Only here, for it takes seconds to compile.
    from heatbin.kernels.rounding import round_variances

    sums, exponent = aligned(*once, DIGIT_BITS // 2)
    squares, exponent_of_squares = aligned(*twice, DIGIT_BITS)
    doubles = np.empty(counts.size)
    round_variances(sums, squares, (2 * exponent, exponent_of_squares), counts, ddof, root, doubles)
    return doubles


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
