"""Means as one writes them who does not mind rounding: what exact ones are compared with."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from datasets import WINDOW

__all__ = ["check_means", "plain_means"]

Floats = npt.NDArray[np.float64]


@numba.njit(nogil=True)
def add_up(x, y, values, left, bottom, across, up, bins, cells):
    """Add each value, and a one, to the cell of its point: both lie side by side."""
    for k in range(x.size):
        i, j = (x[k] - left) * across, (y[k] - bottom) * up
        if 0.0 <= i < bins and 0.0 <= j < bins:
            cell = np.uint32(i) * np.uint32(bins) + np.uint32(j)
            cells[cell, 0] += values[k]
            cells[cell, 1] += 1.0


def plain_means(x: Floats, y: Floats, values: Floats, bins: int) -> Floats:
    """Return the mean of the values in each bin of the window; points on edges fall where rounding puts them."""
    (left, right), (bottom, top) = WINDOW
    cells = np.zeros((bins * bins, 2))
    add_up(x, y, values, left, bottom, bins / (right - left), bins / (top - bottom), bins, cells)
    with np.errstate(invalid="ignore"):
        return (cells[:, 0] / cells[:, 1]).reshape(bins, bins)


def check_means(means: Floats, x: Floats, y: Floats, values: Floats) -> None:
    """Hold that means are those of the points between the edges: all of them nearly, many to the bit."""
    bins = means.shape[0]
    i, j = (_bin_of(*each, bins) for each in zip((x, y), WINDOW, strict=True))
    inside = np.flatnonzero((i >= 0) & (i < bins) & (j >= 0) & (j < bins))
    cells = i[inside] * bins + j[inside]
    order = np.argsort(cells, kind="stable")
    numbers, starts = np.unique(cells[order], return_index=True)
    values = values[inside][order]
    found = means.ravel()[numbers]
    assert np.count_nonzero(np.isfinite(means)) == numbers.size
    lengths = np.diff(np.append(starts, values.size))
    np.testing.assert_allclose(found, np.add.reduceat(values, starts) / lengths, rtol=1e-12)
    for each in np.random.default_rng(0).integers(0, numbers.size, 1000):
        of_cell = values[starts[each] : starts[each] + lengths[each]]
        assert math.isclose(found[each], math.fsum(of_cell) / of_cell.size, rel_tol=2**-52)


def _bin_of(values: Floats, ends: tuple[float, float], bins: int) -> npt.NDArray[np.int64]:
    edges = np.linspace(*ends, bins + 1)
    found = np.searchsorted(edges, values, side="right") - 1
    return np.where(values == edges[-1], bins - 1, found)
