"""Histograms that tests make, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heatbin.accumulator import Accumulator
from heatbin.axes import Regular
from heatbin.binning import Binning
from heatbin.columns import Column, Points
from heatbin.histogram import Histogram

ROWS = 5000


def filled(
    axes: Sequence[Any], columns: Sequence[Any], names: Sequence[str] = ("lon", "lat", "age")
) -> Histogram:
    """Return a histogram of columns."""
    grid = Accumulator(Binning(tuple(axes)))
    grid.fill(Points(tuple(Column(np.asarray(column)) for column in columns)))
    return Histogram(grid, tuple(names[: len(axes)]))


def scattered(*axes: Any, rows: int = ROWS, seed: int = 0) -> Histogram:
    """Return a histogram of points of which some are outside, some missing."""
    rng = np.random.default_rng(seed)
    columns = [rng.normal(0.5, 0.5, rows) for _ in axes]
    for place, column in enumerate(columns):
        column[place :: 50 + place] = np.nan
    return filled(axes, columns)


def usual() -> Histogram:
    """Return a histogram of 60 x 34 bins."""
    return scattered(Regular(60, -1.0, 2.0), Regular(34, -0.9, 0.8))
