"""Two histograms over the same axes, held against each other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from heatbin.errors import StateError, UsageError, suggestion
from heatbin.histogram.face import Histogram
from heatbin.histogram.keeping import load
from heatbin.state import check_same_grid

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Comparison", "compare"]

LABELS = {
    "difference": "difference of counts",
    "ratio": "log2 of the ratio of counts",
    "significance": "significance of the difference (sigma)",
}


@dataclass(frozen=True)
class Comparison:
    """How the counts of a second histogram differ from those of a first one.

    Made by `heatbin.compare`.

    Parameters
    ----------
    first, second : Histogram
        Over the same axes.
    """

    first: Histogram
    second: Histogram

    @cached_property
    def before(self) -> npt.NDArray[np.int64]:
        """The rows in each cell of the first, shape (nx, ny)."""
        return _rows(self.first)

    @cached_property
    def after(self) -> npt.NDArray[np.int64]:
        """The rows in each cell of the second, shape (nx, ny)."""
        return _rows(self.second)

    @cached_property
    def difference(self) -> npt.NDArray[np.int64]:
        """How many more rows the second has, shape (nx, ny)."""
        return self.after - self.before

    @cached_property
    def ratio(self) -> npt.NDArray[np.float64]:
        """The second over the first, shape (nx, ny): inf where only the first is 0, NaN where both are."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.after / self.before

    @cached_property
    def significance(self) -> npt.NDArray[np.float64]:
        """By how many sigma the counts differ, if both are Poisson's, shape (nx, ny); positive where there are more.

        Notes
        -----
        The signed root of the likelihood ratio for equal rates: Li and Ma, Astrophysical Journal 272 (1983) 317,
        equation 17, with equal exposures.
        """
        before, after = (counts.astype(np.float64) for counts in (self.before, self.after))
        total = np.maximum(before + after, 1)
        log_ratio = _times_log(before, 2 * before / total) + _times_log(after, 2 * after / total)
        sigma: npt.NDArray[np.float64] = np.sign(after - before) * np.sqrt(2 * np.maximum(log_ratio, 0))
        return sigma

    @property
    def most_significant(self) -> float:
        """The largest significance, whatever its sign."""
        return float(np.abs(self.significance).max())

    def summary(self) -> dict[str, int | float]:
        """Return what a program wants to know of it, as plain data."""
        return {
            "before": int(self.before.sum()),
            "after": int(self.after.sum()),
            "cells_that_differ": int(np.count_nonzero(self.difference)),
            "most_significant": self.most_significant,
        }

    def plot(
        self,
        kind: str = "significance",
        *,
        ax: Axes | None = None,
        cmap: str = "RdBu_r",
        title: str | None = None,
        size: tuple[float, float] | None = None,
        dpi: float | None = None,
    ) -> Artist | Figure:
        """Draw a map of the differences, white where there are none.

        Parameters
        ----------
        kind : {"significance", "difference", "ratio"}, optional
            What to draw. Ratios are drawn as powers of two, where both histograms have rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new Figure if None.
        cmap : str, optional
            A colour map with two ends.
        title : str, optional
            Of the picture.
        size : pair of float, optional
            Width and height of a new figure, in inches.
        dpi : float, optional
            Of a new figure.

        Returns
        -------
        matplotlib.artist.Artist, or matplotlib.figure.Figure where there are panels
        """
        from heatbin.histogram.drawing import draw

        if kind not in LABELS:
            raise UsageError(f"no comparison {kind!r}{suggestion(kind, list(LABELS), kind='comparisons')}")
        return draw(
            self.first,
            differences=lambda key: Comparison(self.first[key], self.second[key])._drawn(kind),
            ax=ax,
            cmap=cmap,
            title=title,
            label=LABELS[kind],
            size=size,
            dpi=dpi,
        )

    def _drawn(self, kind: str) -> npt.NDArray[np.float64]:
        """Return the map of a kind, NaN where there is nothing to compare."""
        maps = {"difference": self.difference, "ratio": self.ratio, "significance": self.significance}
        values = maps[kind].astype(np.float64)
        values[(self.before == 0) & (self.after == 0)] = np.nan
        if kind == "ratio":
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log2(values)
            values[~np.isfinite(values)] = np.nan
        return values


def compare(
    first: Histogram | str | os.PathLike[str], second: Histogram | str | os.PathLike[str]
) -> Comparison:
    """Hold a second histogram against a first one.

    Parameters
    ----------
    first, second : Histogram or path-like
        Over the same axes.

    Raises
    ------
    StateError
        When their axes differ, or one is an estimate from a sample.
    """
    before, after = (each if isinstance(each, Histogram) else load(each) for each in (first, second))
    if before.scale != 1 or after.scale != 1:
        raise StateError("samples are estimates: their differences cannot be told from chance")
    check_same_grid(before.to_saved(), after.to_saved())
    return Comparison(before, after)


def _rows(histogram: Histogram) -> npt.NDArray[np.int64]:
    """Return how many rows each cell holds, whatever statistics there are."""
    return histogram.accumulator.rows().astype(np.int64)


def _times_log(factor: npt.NDArray[np.float64], of: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return ``factor * log(of)``, 0 where the factor is."""
    return factor * np.log(np.where(factor > 0, of, 1))
