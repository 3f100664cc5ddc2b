"""What the user holds: a grid with its axes, its names, and the account of every row."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from heatbin.accumulator import Accumulator
from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.exchange import Exchangeable
from heatbin.regroup import Cut, regrouped
from heatbin.slicing import Sliceable
from heatbin.tally import Tally, moved, tally_of

if TYPE_CHECKING:
    import os

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from heatbin.sources import LeftOut
    from heatbin.state import Input, Saved

__all__ = ["Histogram"]

ROLES = ("x", "y", "by")


@dataclass(frozen=True, repr=False)
class Histogram(Sliceable, Exchangeable):
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
    apart : Tally, optional
        What to add to the tally of the grid, because bins or axes of it were left out.
    roles : tuple of str, optional
        What each axis is there for; the first is "x", then "y".
    scale : float, optional
        What the counts of a sample are multiplied by, to estimate those of all rows.
    left_out : tuple of LeftOut, optional
        Inputs that could not be read and are not in it.
    origin : mapping, optional
        How it came about: files, row groups, bytes, seconds; goes into the summary as it is.
    warnings : tuple of str, optional
        What a user should know before trusting the picture.
    request : mapping, optional
        What was asked for: x, y, bins, range, where.
    inputs : tuple of Input, optional
        The ledger: what was read into it.
    """

    accumulator: Accumulator = field(repr=False)
    names: tuple[str, ...]
    skipped: int = 0
    apart: Tally = field(default_factory=Tally)
    roles: tuple[str, ...] = ROLES
    scale: float = 1.0
    left_out: tuple[LeftOut, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)
    inputs: tuple[Input, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        bins = ", ".join(
            f"{name}: {axis.size} bins" for name, axis in zip(self.names, self.axes, strict=True)
        )
        return f"Histogram({bins}; {self.tally.binned} of {self.tally.total} rows)"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes: x first."""
        return self.accumulator.binning.coordinates  # type: ignore[return-value]

    @cached_property
    def tally(self) -> Tally:
        """Where every row went."""
        return tally_of(self.accumulator, skipped=self.skipped) + self.apart

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

    def _regrouped(self, cuts: Sequence[Cut], order: Sequence[int]) -> Histogram:
        accumulator = regrouped(self.accumulator, cuts, order)
        roles, names = (tuple(each[place] for place in order) for each in self.titles)
        apart = moved(self.tally, tally_of(accumulator, skipped=self.skipped))
        return replace(self, accumulator=accumulator, names=names, roles=roles, apart=apart)

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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the histogram to a file that `heatbin.load` reads, with its axes, tally, request and ledger.

        Parameters
        ----------
        path : path-like
            Where to. The file is there whole or not at all.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from heatbin.state import write_file

        write_file(path, self.to_saved())

    def __add__(self, other: Histogram) -> Histogram:
        """Return what both hold: exact, and the same in any order.

        Raises
        ------
        StateError
            When their axes or filters differ, or an input is in both.
        """
        if not isinstance(other, Histogram):
            return NotImplemented
        from heatbin.state import merged

        return Histogram.from_saved(merged([self.to_saved(), other.to_saved()]))

    def to_saved(self) -> Saved:
        """Return what is kept of the histogram when it is saved or merged."""
        from heatbin.state import Saved

        left_out = tuple((out.path, out.reason) for out in self.left_out)
        kept = (self.request, self.roles, self.skipped, self.apart, self.scale, left_out)
        return Saved(self.accumulator, self.names, self.inputs, *kept)

    @classmethod
    def from_saved(cls, saved: Saved) -> Histogram:
        """Return the histogram of which this was kept."""
        from heatbin.sources import LeftOut

        return cls(
            saved.accumulator,
            saved.names,
            skipped=saved.skipped,
            apart=saved.apart,
            roles=saved.roles,
            scale=saved.scale,
            left_out=tuple(LeftOut(*out) for out in saved.left_out),
            origin={"files": len(saved.inputs)},
            request=saved.request,
            inputs=saved.inputs,
        )

    def summary(self) -> dict[str, Any]:
        """Return what a program wants to know of the run, as plain data."""
        from heatbin.platform import peak_rss_bytes

        described = {
            role: {"expression": column, "edges": _plain_ends(axis), "bins": axis.size}
            for role, column, axis in zip(*self.titles, self.axes, strict=True)
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
