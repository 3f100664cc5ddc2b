"""What the user holds: a grid with its axes, its names, and the account of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from heatbin.accumulator import Accumulator
from heatbin.axes import Axis
from heatbin.columns import Array
from heatbin.errors import UsageError, suggestion
from heatbin.histogram.exchange import Exchangeable
from heatbin.histogram.regroup import Cut, regrouped, whole
from heatbin.histogram.slicing import Sliceable
from heatbin.histogram.titles import Titles
from heatbin.statistics import Statistic
from heatbin.tally import Tally, moved, tally_of

if TYPE_CHECKING:
    import os

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from heatbin.sources import LeftOut
    from heatbin.state import Input, Saved

__all__ = ["Histogram"]

ROLES = ("x", "y", "by")


@dataclass(frozen=True, eq=False, repr=False)
class Histogram(Sliceable, Exchangeable):
    """What is known of points on a grid: their counts, and other statistics.

    Made by `heatbin.aggregate`.

    Parameters
    ----------
    accumulator : Accumulator
        The grid.
    names : tuple of str
        What each column that the axes take shows.
    skipped : int, optional
        Rows that were never read, because they could not be binned.
    unseen : int, optional
        Files that were never read for the same reason, of which nobody knows how many rows they have.
    apart : Tally, optional
        What to add to the tally of the grid, because bins or axes of it were left out.
    roles : tuple of str, optional
        What each column is there for: "x", "y", "by".
    scale : float, optional
        What the counts of a sample are multiplied by, to estimate those of all rows.
    left_out : tuple of LeftOut, optional
        Inputs that could not be read and are not in it.
    origin : mapping, optional
        How it came about: files, row groups, bytes, seconds; goes into the summary as it is.
    warnings : tuple of str, optional
        What a user should know before trusting the picture.
    request : mapping, optional
        What was asked for: x, y, bins, range, agg, weight, by, where.
    inputs : tuple of Input, optional
        The ledger: what was read into it.
    """

    accumulator: Accumulator = field(repr=False)
    names: tuple[str, ...]
    skipped: int = 0
    unseen: int = 0
    apart: Tally = field(default_factory=Tally)
    roles: tuple[str, ...] = ROLES
    scale: float = 1.0
    left_out: tuple[LeftOut, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)
    inputs: tuple[Input, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        bins = [f"{name}: {axis.size} bins" for name, axis in zip(self.titles.names, self.axes, strict=True)]
        shown = ", ".join([*bins, *(str(each) for each in self.statistics.values() if each.samples)])
        share = f", a sample of {1 / self.scale:.3g}" if self.scale != 1 else ""
        return f"Histogram({shown}; {self.tally.binned} of {self.tally.total} rows{share})"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes: x first."""
        return self.accumulator.binning.coordinates  # type: ignore[return-value]

    @cached_property
    def tally(self) -> Tally:
        """Where every row went."""
        return tally_of(self.accumulator, skipped=self.skipped) + self.apart

    def values(self, *, flow: bool = False) -> Array:
        """Return the first statistic, which is the count if nothing else was asked for.

        Parameters
        ----------
        flow : bool, optional
            Whether to include the bins under and over each axis, at its two ends.

        Returns
        -------
        ndarray, shape (nx, ny), with flow (nx + 2, ny + 2)
            x first, as `numpy.histogram2d` gives it. int64 for counts (float64 where they are estimates), estimates of
            distinct values, and sums of integers; bool for `any`; otherwise float64, NaN in cells without a sample.
            Extremes among integers beyond 2⁵³, which doubles do not hold, are a masked array of integers.

        Raises
        ------
        ValueError
            When flow is asked for, but rows were skipped: what they hold is not known.
        """
        self._check_flow(flow=flow)
        values = self.accumulator.values(self.shown, flow=flow)
        return values * self.scale if self.scale != 1 and self.statistic.additive else values

    def counts(self, *, flow: bool = False) -> Array:
        """Return how many rows each cell holds; of a statistic that takes a sample, how many samples.

        Parameters
        ----------
        flow : bool, optional
            Whether to include the bins under and over each axis, at its two ends.

        Returns
        -------
        ndarray of int64, or of float64 where they are estimates, shaped as `values`
        """
        self._check_flow(flow=flow)
        counts = self.accumulator.present(self.shown, flow=flow)
        return counts if self.scale == 1 else counts * self.scale

    def variances(self, *, flow: bool = False) -> Array | None:
        """Return the variance of each cell: of counts the counts, of weighted counts the sums of squared weights.

        Parameters
        ----------
        flow : bool, optional
            Whether to include the bins under and over each axis, as in `values`.

        Returns
        -------
        ndarray of float64 or int64, shaped as `values`, or None
            None of other statistics, and of weighted counts whose squares were not asked for.

        Raises
        ------
        ValueError
            As in `values`.
        """
        self._check_flow(flow=flow)
        variances = self.accumulator.variances(self.shown, flow=flow)
        return None if variances is None else variances * self.scale**2

    def _check_flow(self, *, flow: bool) -> None:
        if flow and (self.skipped or self.unseen):
            lacking = f"{self.skipped} rows" + f" and those of {self.unseen} files" * bool(self.unseen)
            raise ValueError(f"{lacking} were never read, so the flow bins lack them; use prune=False")

    @property
    def shown(self) -> str:
        """The name of the statistic that `values` gives: the first."""
        return next(iter(self.accumulator.statistics))

    @property
    def statistic(self) -> Statistic:
        """The statistic that `values` gives."""
        return self.accumulator.statistics[self.shown].statistic

    @property
    def statistics(self) -> dict[str, Statistic]:
        """All statistics that were asked for, by name: ``h["fare"]`` shows another one."""
        return {name: bound.statistic for name, bound in self.accumulator.statistics.items()}

    def _showing(self, name: str) -> Histogram:
        if name not in self.accumulator.statistics:
            known = list(self.accumulator.statistics)
            raise UsageError(f"no statistic {name!r}{suggestion(name, known, kind='statistics')}")
        return replace(self, accumulator=self.accumulator.only(name))

    @property
    def titles(self) -> Titles:
        """What the axes may be called; hexagons have one name for both columns."""
        columns = [list(zip(*each, strict=True)) for each in self._columns]
        return Titles(
            tuple("".join(roles) for roles, _ in columns), tuple(", ".join(names) for _, names in columns)
        )

    @property
    def _columns(self) -> list[Sequence[tuple[str, str]]]:
        """Of each axis the roles and names of the columns that it takes."""
        return self.accumulator.binning.split(list(zip(self.roles, self.names, strict=False)))

    def _regrouped(self, cuts: Sequence[Cut], order: Sequence[int]) -> Histogram:
        if [*cuts] == [whole(axis) for axis in self.axes] and [*order] == [*range(len(cuts))]:
            return self
        accumulator = regrouped(self.accumulator, cuts, order)
        left = [column for place in order for column in self._columns[place]]
        roles, names = tuple(role for role, _ in left), tuple(name for _, name in left)
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
        only: str | int | None = None,
    ) -> Artist | Figure:
        """Draw the first statistic: a heatmap or hexagons; of three axes a panel for each bin of the third.

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
        only : str or int, optional
            The one panel to draw, by the name of its bin, in the colours that it has beside the others.

        Returns
        -------
        matplotlib.artist.Artist, or matplotlib.figure.Figure where there are panels
            ``artist.figure.savefig("map.png")`` writes it, and so does ``figure.savefig``.
        """
        from heatbin.histogram.drawing import draw

        return draw(
            self,
            ax=ax,
            only=only,
            norm=norm,
            vmin=vmin,
            vmax=vmax,
            cmap=cmap,
            colorbar=colorbar,
            aspect=aspect,
            title=title,
            size=size,
            dpi=dpi,
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
        from heatbin.sources import release_buffers
        from heatbin.state import write_file

        release_buffers()
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

        return Saved(
            self.accumulator,
            self.names,
            inputs=self.inputs,
            request=self.request,
            roles=self.roles,
            skipped=self.skipped,
            unseen=self.unseen,
            apart=self.apart,
            scale=self.scale,
            left_out=tuple((out.path, out.reason) for out in self.left_out),
        )

    @classmethod
    def from_saved(cls, saved: Saved) -> Histogram:
        """Return the histogram of which this was kept."""
        from heatbin.sources import LeftOut

        return cls(
            saved.accumulator,
            saved.names,
            skipped=saved.skipped,
            unseen=saved.unseen,
            apart=saved.apart,
            roles=saved.roles,
            scale=saved.scale,
            left_out=tuple(LeftOut(*out) for out in saved.left_out),
            origin={"files": len(saved.inputs)},
            request=saved.request,
            inputs=saved.inputs,
        )
