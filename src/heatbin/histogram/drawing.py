"""From a histogram to a picture: which kind it is, what its axes show, and how its cells merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from heatbin.axes import Category, Coordinate, HexLattice
from heatbin.columns import Array
from heatbin.errors import UsageError, suggestion
from heatbin.histogram.naming import bin_names, view_of, view_of_side
from heatbin.histogram.selection import rebin
from heatbin.sources import release_buffers
from heatbin.statistics import Statistic, count, weight
from heatbin.statistics import any as any_true
from heatbin.statistics import max as largest
from heatbin.statistics import min as smallest
from heatbin.statistics import sum as total

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from heatbin.histogram.face import Histogram
    from heatbin.render import AxisView

__all__ = ["draw", "panel_names"]

REDUCTIONS: dict[type[Statistic], str] = {
    count: "sum",
    weight: "sum",
    total: "sum",
    any_true: "max",
    largest: "max",
    smallest: "min",
}
"""How the values of cells become that of a larger one. What is not here is not told by values alone."""

MOST_PANELS = 64

Measure: TypeAlias = Callable[[Any], Array]
"""What there is to draw of the part of a histogram that a key selects."""


def draw(
    histogram: Histogram,
    *,
    differences: Measure | None = None,
    ax: Axes | None = None,
    only: str | int | None = None,
    **style: Any,
) -> Artist | Figure:
    """Draw what a histogram shows: a heatmap or hexagons, with a third axis a panel for each of its bins; or steps.

    Parameters
    ----------
    histogram : Histogram
        Of two axes, or of a lattice of hexagons, and of one more axis if there are to be panels; or of a single axis.
    differences : callable, optional
        What to draw in place of the values: given a key, it returns those of ``histogram[key]``, with NaN where there
        are none. Zero gets the middle of the colours.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new Figure, which pyplot does not know, if None.
    only : str or int, optional
        The one panel to draw, by its name (see `panel_names`): a picture of its own, in the colours that it has beside
        the others.
    **style
        What `heatbin.render.Style` takes.

    Returns
    -------
    Artist, or Figure where there is a third axis

    Raises
    ------
    UsageError
        When the histogram has other axes, or an argument cannot work.
    """
    # A picture takes as much memory as they did: it shall not come on top.
    release_buffers()
    only = None if only is None else str(only)
    names = panel_names(histogram)
    where = _panels(names, ax, only) if names or only is not None else {"ax": ax}
    reduction = "extreme" if differences else _reduction(histogram)
    style = {"label": _label(histogram), "reduce": reduction or "max", **style}
    measure = differences or partial(_values, histogram)
    if isinstance(_coordinates(histogram)[0], HexLattice):
        shown = {"values": measure(...), **_lattice(histogram)}
    else:
        bins = _bins_drawn(histogram)
        shown = {"values": measure((*bins, ...)), **_sides(histogram, bins)}
        if ax is None and "y" in shown and (differences or reduction is None):
            shown, style = _merged(measure, shown, style, panels=len(names), alone=only is not None)
    if names:
        shown["values"] = shown["values"][..., : len(names)]
    if differences:
        end = float(np.nanmax(np.abs(shown["values"]), initial=0.0)) or 1.0
        style |= {"vmin": -end, "vmax": end}
    return _painter(histogram, panels=bool(names))(**shown, **where, **style)


def panel_names(histogram: Histogram) -> tuple[str, ...]:
    """Return what the panels of a histogram's picture are called, none where it has a single one.

    They are the bins of the axis beside those of the plane. "other" is not among them if it is empty.

    Raises
    ------
    UsageError
        When there are more axes than a picture can show, or none.
    """
    if not histogram.axes:
        raise UsageError("no axis is left to draw; h.values() is the number")
    last = _coordinates(histogram)[-1]
    axes = histogram.accumulator.binning.takes
    if axes > 3:
        raise UsageError(
            f"a picture shows two axes, and one more as panels, not {axes}: {', '.join(histogram.names)}; "
            "h.project('x', 'y') adds up over the others"
        )
    if axes < 3:
        return ()
    names = bin_names(last)
    if isinstance(last, Category) and last.other and len(names) > 1:
        counts = histogram.accumulator.rows()
        names = names if counts[..., -1].any() else names[:-1]
    return names


def _panels(names: Sequence[str], ax: Axes | None, only: str | None) -> dict[str, Any]:
    """Return the arguments that say which panels to draw."""
    if only is not None and only not in names:
        raise UsageError(f"no panel {only!r}{suggestion(only, list(names), kind='panels')}")
    if names and ax is not None:
        raise UsageError(f"ax holds a single picture, not one for each of {', '.join(names)}; select one")
    if only is None and len(names) > MOST_PANELS:
        raise UsageError(
            f"{len(names)} panels are more than {MOST_PANELS}, which a page can show; select one, or draw each by "
            "itself: only= in Python, {by} in the name of the output on the command line"
        )
    return {"labels": names, "only": None if only is None else names.index(only)}


def _coordinates(histogram: Histogram) -> tuple[Coordinate, ...]:
    return histogram.accumulator.binning.coordinates


def _label(histogram: Histogram) -> str:
    """Return what the values are."""
    statistic = histogram.statistic
    label = f"count, weighted by {statistic.sample}" if isinstance(statistic, weight) else str(statistic)
    if histogram.scale == 1:
        return label
    return f"{label}, estimated from {1 / histogram.scale:.2%} of the rows"


def _reduction(histogram: Histogram) -> str | None:
    return REDUCTIONS.get(type(histogram.statistic))


def _values(histogram: Histogram, key: Any) -> Array:
    """Return the values of the cells of a part as pictures take them: where no sample is, NaN, or the count 0."""
    part = histogram[key]
    values: Array = part.values()
    if isinstance(part.statistic, count):
        return values
    present = part.counts()
    if np.ma.isMaskedArray(values) or values.dtype.kind not in "iu" or np.any((values == 0) & (present > 0)):
        values = np.ma.getdata(values).astype(np.float64, copy=False)
        values[present == 0] = np.nan
    return values


def _bins_drawn(histogram: Histogram) -> tuple[slice, ...]:
    """Return the bins that are drawn along the axes of the plane: all but "other", where it is empty."""
    counts = histogram.accumulator.rows()
    bins = []
    for place, axis in enumerate(_coordinates(histogram)[:2]):
        empty = isinstance(axis, Category) and axis.other and not counts.take(-1, axis=place).any()
        bins.append(slice(0, max(axis.size - empty, 1)))
    return tuple(bins)


def _sides(histogram: Histogram, bins: Sequence[slice]) -> dict[str, AxisView]:
    """Return the axes of the plane, as far as their bins are drawn."""
    trios = zip("xy", histogram.axes, histogram.names, strict=False)
    return {
        side: view_of(axis, name, here.stop) for (side, axis, name), here in zip(trios, bins, strict=False)
    }


def _painter(histogram: Histogram, *, panels: bool) -> Callable[..., Artist | Figure]:
    """Return what draws such a histogram."""
    from heatbin import render

    if isinstance(_coordinates(histogram)[0], HexLattice):
        return render.plot_hexagon_facets if panels else render.plot_hexagons
    if len(histogram.axes) == 1:
        return render.plot_steps
    return render.plot_facets if panels else render.plot


def _lattice(histogram: Histogram) -> dict[str, Any]:
    """Return the hexagons and their axes."""
    lattice: Any = _coordinates(histogram)[0]
    return {
        "offsets": lattice.offsets,
        "hexagon": lattice.steps,
        "x": view_of_side(lattice.limits[:2], histogram.names[0], lattice.xscale, lattice.xlogical),
        "y": view_of_side(lattice.limits[2:], histogram.names[1], lattice.yscale, lattice.ylogical),
    }


def _merged(
    measure: Measure, grid: dict[str, Any], style: dict[str, Any], *, panels: int, alone: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return values and axes as a page has pixels for them, and the style, in which the label may say so.

    What values alone cannot tell of larger cells, such as a mean, is worked out anew from what the cells keep.
    """
    from heatbin.render import drawable, factors, merged_label

    across, up = factors(grid["x"], grid["y"], panels=1 if alone else max(panels, 1), **style)
    if across == up == 1:
        return grid, style
    (x, columns), (y, rows) = drawable(grid["x"]), drawable(grid["y"])
    parts = [[measure((run, other, ...)) for other in _runs(rows, up)] for run in _runs(columns, across)]
    values = np.concatenate([np.concatenate(part, axis=1) for part in parts])
    label = merged_label(style["label"], across, up, None)
    return {"values": values, "x": x.coarser(across), "y": y.coarser(up)}, {**style, "label": label}


def _runs(bins: slice, factor: int) -> Iterator[slice]:
    """Return bins in groups of a factor, and apart from them the last ones, where they are fewer."""
    rest = (bins.stop - bins.start) % factor
    if bins.stop - rest > bins.start:
        yield slice(bins.start, bins.stop - rest, rebin(factor))
    if rest:
        yield slice(bins.stop - rest, bins.stop, rebin(rest))
