"""What every rival is asked for: the same counts of the same points, drawn by the same code, on as many threads."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["Request", "answer", "answer_each"]


@dataclass(frozen=True)
class Request:
    """A heatmap that is asked for.

    Parameters
    ----------
    source : Path
        A Parquet or Arrow file with the columns lon and lat.
    output : Path
        A .png to draw, or a .npy for the counts themselves.
    bins : int
        How many on each axis.
    window : list of float
        The smallest and largest lon, then those of lat.
    threads : int
        How many may be used.
    """

    source: Path
    output: Path
    bins: int
    window: list[float]
    threads: int

    @classmethod
    def of_command_line(cls) -> Request:
        """Return what the arguments of this process ask for."""
        parser = argparse.ArgumentParser()
        parser.add_argument("source", type=Path)
        parser.add_argument("output", type=Path)
        parser.add_argument("--bins", type=int, required=True)
        parser.add_argument("--window", type=float, nargs=4, required=True)
        parser.add_argument("--threads", type=int, required=True)
        return cls(**vars(parser.parse_args()))

    def grid(self, cells: npt.ArrayLike, counts: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return a grid out of its cells that are not empty, numbered ``x * bins + y``."""
        grid = np.zeros(self.bins * self.bins, np.int64)
        grid[np.asarray(cells)] = np.asarray(counts)
        return grid.reshape(self.bins, self.bins)


Count = Callable[[Request], npt.NDArray[np.number]]


def answer(count: Count) -> None:
    """Count once, and write the picture or the counts."""
    request = Request.of_command_line()
    counts = count(request)
    if request.output.suffix == ".npy":
        np.save(request.output, counts)
    else:
        draw(counts, request)


def answer_each(count: Count) -> None:
    """Write the counts once, then count again for each line that is read, and print how many seconds that took."""
    request = Request.of_command_line()
    np.save(request.output, count(request))
    tell("ready")
    for _ in sys.stdin:
        start = time.perf_counter()
        count(request)
        tell(time.perf_counter() - start)


def tell(what: object) -> None:
    """Write a line to whoever started this process."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def draw(counts: npt.NDArray[np.number], request: Request) -> None:
    """Draw counts with a logarithmic norm and a colour bar, each bin in a dot or more."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=240)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="lon", ylabel="lat")
    seen = np.ma.masked_equal(counts.T, 0)
    left, right, bottom, top = request.window
    image = axes.imshow(seen, norm=LogNorm(), interpolation="nearest", origin="lower", aspect="auto")
    image.set_extent((left, right, bottom, top))
    figure.colorbar(image)
    figure.savefig(request.output)
