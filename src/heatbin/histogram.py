"""What the user holds: a grid with its axes, its names, and the account of every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.tally import Tally, tally_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from heatbin.sources import LeftOut

__all__ = ["Histogram"]


@dataclass(frozen=True)
class Histogram:
    """Counts of points on a grid.

    Made by `heatbin.aggregate`.

    Parameters
    ----------
    accumulator : Accumulator
        The grid.
    names : tuple of str
        What each axis shows.
    skipped : int, optional
        Rows that were never read, because they could not be binned.
    scale : float, optional
        What the counts of a sample are multiplied by, to estimate those of all rows.
    left_out : tuple of LeftOut, optional
        Inputs that could not be read and are not in it.
    origin : mapping, optional
        How it came about: files, row groups, bytes, seconds; goes into the summary as it is.
    warnings : tuple of str, optional
        What a user should know before trusting the picture.
    """

    accumulator: Accumulator = field(repr=False)
    names: tuple[str, ...]
    skipped: int = 0
    scale: float = 1.0
    left_out: tuple[LeftOut, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes: x first."""
        return self.accumulator.binning.coordinates  # type: ignore[return-value]

    @cached_property
    def tally(self) -> Tally:
        """Where every row went."""
        return tally_of(self.accumulator, skipped=self.skipped)

    def values(self, *, flow: bool = False) -> Array:
        """Return the counts.

        Parameters
        ----------
        flow : bool, optional
            Whether to include the bins under and over each axis, at its two ends.

        Returns
        -------
        ndarray of int64, or of float64 where they are estimates, shape (nx, ny), with flow (nx + 2, ny + 2)
            x first, as `numpy.histogram2d` gives it.

        Raises
        ------
        ValueError
            When flow is asked for, but rows were skipped: what they hold is not known.
        """
        if flow and self.skipped:
            raise ValueError(
                f"{self.skipped} rows were never read, so the flow bins lack them; use prune=False"
            )
        inside = self.accumulator.binning.inside(self.accumulator.count.counts, flow=flow)
        counts: npt.NDArray[np.int64] = inside.astype(np.int64, order="C")
        return counts if self.scale == 1 else counts * self.scale

    def plot(
        self,
        *,
        ax: Axes | None = None,
        norm: str = "linear",
        vmin: float | None = None,
        vmax: float | None = None,
        cmap: str = "viridis",
        colorbar: bool = True,
        aspect: Literal["auto", "equal"] | float = "auto",
        title: str | None = None,
        size: tuple[float, float] | None = None,
        dpi: float | None = None,
    ) -> Artist:
        """Draw the counts as a heatmap.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new Figure, which pyplot does not know, if None.
        norm : str, optional
            From counts to colours: "linear", "log", "symlog", "eq_hist" or "power:GAMMA".
        vmin, vmax : float, optional
            The counts at the two ends of the colours.
        cmap : str, optional
            A matplotlib colour map.
        colorbar : bool, optional
            Whether to draw a colour bar.
        aspect : {"auto", "equal"} or float, optional
            "auto", or "equal" for equal units on both axes.
        title : str, optional
            Of the picture.
        size : pair of float, optional
            Width and height of a new figure, in inches.
        dpi : float, optional
            Of a new figure; if None, as many as give each bin a pixel, within reason.

        Returns
        -------
        matplotlib.artist.Artist
            The image; ``artist.figure.savefig("map.png")`` writes it.
        """
        from heatbin.render import AxisView, plot

        x, y = (AxisView(axis.edges, name) for axis, name in zip(self.axes, self.names, strict=True))
        return plot(
            self.values(),
            x,
            y,
            ax=ax,
            norm=norm,
            vmin=vmin,
            vmax=vmax,
            cmap=cmap,
            colorbar=colorbar,
            aspect=aspect,
            title=title,
            size=size,
            dpi=dpi,
            label="count" if self.scale == 1 else f"count, estimated from {1 / self.scale:.2%} of the rows",
        )

    def summary(self) -> dict[str, Any]:
        """Return what a program wants to know of the run, as plain data."""
        from heatbin.platform import peak_rss_bytes

        described = {
            name: {"expression": column, "edges": _plain_ends(axis), "bins": axis.size}
            for name, column, axis in zip("xy", self.names, self.axes, strict=False)
        }
        return {
            "tally": asdict(self.tally),
            **self.origin,
            "peak_rss_bytes": peak_rss_bytes(),
            **described,
            "max": self.values().max().item(),
            "sample": None if self.scale == 1 else {"share": 1 / self.scale, "estimates": True},
            "warnings": list(self.warnings),
            "left_out": [asdict(out) for out in self.left_out],
        }


def _plain_ends(axis: Axis) -> list[Any]:
    ends = axis.edges[[0, -1]]
    return [str(end) for end in ends] if ends.dtype.kind in "mM" else [end.item() for end in ends]
