"""What every rival is asked for: the same counts of the same points, drawn by the same code, on two threads."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["Request", "answer"]


@dataclass(frozen=True)
class Request:
    """A heatmap that is asked for.

    Parameters
    ----------
    source : Path
        A Parquet or Arrow file with the columns lon and lat.
    bins : int
        How many on each axis.
    window : tuple of float
        The smallest and largest lon, then those of lat.
    threads : int
        How many may be used.
    """

    source: Path
    bins: int
    window: tuple[float, float, float, float]
    threads: int

    def grid(self, cells: npt.ArrayLike, counts: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return a grid out of its cells that are not empty, numbered ``x * bins + y``."""
        grid = np.zeros(self.bins * self.bins, np.int64)
        grid[np.asarray(cells)] = np.asarray(counts)
        return grid.reshape(self.bins, self.bins)


def answer(count: Callable[[Request], npt.NDArray[np.number]]) -> None:
    """Answer the request on the command line: count, and write a picture or the counts themselves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path, help="a .png to draw, or a .npy for the counts")
    parser.add_argument("--bins", type=int, required=True)
    parser.add_argument("--window", type=float, nargs=4, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    request = Request(options.source, options.bins, tuple(options.window), options.threads)
    counts = count(request)
    if options.output.suffix == ".npy":
        np.save(options.output, counts)
    else:
        draw(counts, request, options.output)


def draw(counts: npt.NDArray[np.number], request: Request, path: Path) -> None:
    """Draw counts with a logarithmic norm and a colour bar, in a dot a bin or more."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=210)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="lon", ylabel="lat")
    masked = np.ma.masked_equal(counts.T, 0)
    image = axes.imshow(
        masked, norm=LogNorm(), origin="lower", extent=request.window, aspect="auto", interpolation="nearest"
    )
    figure.colorbar(image)
    figure.savefig(path)
