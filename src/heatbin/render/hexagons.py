"""Grids of hexagons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.transforms import AffineDeltaTransform

from heatbin.errors import UsageError
from heatbin.render.bars import add_bar
from heatbin.render.colours import colour_map
from heatbin.render.grids import Cells, clean, is_empty
from heatbin.render.page import compose, entitle, new_page
from heatbin.render.painting import Aspect, Style, length, prepare, requested
from heatbin.render.views import AxisView, Floats, limits, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["hexagon_collection", "plot_hexagons"]

# A hexagon around 0, in units of the lattice: a step of 1 along x, of 1 between every second row along y.
_CORNERS = np.array([[0.5, -0.5], [0.5, 0.5], [0.0, 1.0], [-0.5, 0.5], [-0.5, -0.5], [0.0, -1.0]])

# Vector files hold more hexagons than this as an image, which is what they look like by then.
_MOST_SHAPES = 20_000

# The columns, and the rows, of a lattice get at least this many pixels each, where the resolution is free.
_PIXELS_A_STEP = 2

# In points.
_BORDER = 0.2


def plot_hexagons(
    offsets: npt.ArrayLike,
    values: npt.ArrayLike,
    hexagon: tuple[float, float],
    x: AxisView,
    y: AxisView,
    *,
    ax: Axes | None = None,
    norm: str | Normalize = "linear",
    vmin: float | None = None,
    vmax: float | None = None,
    cmap: str | Colormap = "viridis",
    colorbar: bool = True,
    aspect: Aspect = "auto",
    title: str | None = None,
    label: str = "count",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> PolyCollection:
    """Draw hexagons, as matplotlib's `hexbin` does, those that are empty left out.

    Parameters
    ----------
    offsets : array_like of shape (n, 2)
        The centres: their decimal logarithms along an axis with a log scale, and along one of time the
        integers of its datetime64.
    values : array_like of shape (n,)
        Counts (integers; 0 is empty) or statistics (floats; NaN is empty).
    hexagon : tuple of float
        The step of the lattice along x, and between every second row along y, in the units of `offsets`.
    x, y : AxisView
        The axes, of which the first and the last edge are the limits of the picture.
    ax, norm, vmin, vmax, cmap, colorbar, aspect, title, label, size, dpi
        As in `plot`.

    Returns
    -------
    matplotlib.collections.PolyCollection
        The artist.

    Raises
    ------
    UsageError
        An argument cannot work.

    Examples
    --------
    >>> view = AxisView(np.array([0.0, 2.0]), "x")
    >>> artist = plot_hexagons([[0, 0], [1, 0], [0.5, 0.5]], [1, 0, 7], (1.0, 1.0), view, view)
    >>> artist.get_array().tolist()
    [1, 7]
    """
    hexagons = _hexagons(np.asarray(offsets, np.float64), np.asarray(values), hexagon, x, y)
    style = Style(colour_map(cmap), norm, vmin, vmax, colorbar, aspect, title, label)
    if ax is not None:
        entitle(ax, title)
        return _draw(ax, hexagons, x, y, style, cax=None)
    columns, rows = hexagons.lattice(x, y)
    pixels = columns * _PIXELS_A_STEP, rows * _PIXELS_A_STEP
    request = replace(requested(x, y, aspect, size, dpi), cells=pixels, even=(False, False))
    page = new_page(request, title=title, bar=colorbar, background=style.background)
    artist = _draw(page.panels[0], hexagons, x, y, style, cax=page.bar)
    compose(page, request)
    return artist


def hexagon_collection(ax: Axes, offsets: Floats, step: tuple[float, float], **style: Any) -> PolyCollection:
    """Return one hexagon, repeated at `offsets`, for axes whose scales are set.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where the collection will be added: each of its scales linear or log.
    offsets : ndarray of shape (n, 2)
        The centres; their decimal logarithms along an axis with a log scale.
    step : tuple of float
        The steps of the lattice, in the units of `offsets`.
    **style
        The properties of the collection.
    """
    corners = _CORNERS * (step[0], step[1] / 3)
    for dimension, scale in enumerate((ax.get_xscale(), ax.get_yscale())):
        if scale == "log":
            corners[:, dimension] = 10.0 ** corners[:, dimension]
    # Offsets skip the scale: what is a logarithm stays one, and adds up with the scaled hexagon.
    to_canvas = AffineDeltaTransform(ax.transData)  # type: ignore[arg-type]
    return PolyCollection([corners], offsets=offsets, offset_transform=to_canvas, **style)


@dataclass(frozen=True, slots=True)
class _Hexagons:
    """Hexagons that are not empty, in the units that the canvas is scaled from."""

    centres: Floats
    values: Cells
    step: tuple[float, float]

    def lattice(self, x: AxisView, y: AxisView) -> tuple[int, int]:
        """Return how many columns and rows of hexagons fit between the limits."""
        return max(round(2 * length(x) / self.step[0]), 1), max(round(2 * length(y) / self.step[1]), 1)


def _hexagons(
    centres: Floats, values: Cells, step: tuple[float, float], x: AxisView, y: AxisView
) -> _Hexagons:
    if centres.shape != (len(values), 2):
        shape = (len(values), 2)
        raise UsageError(f"offsets must have shape {shape} for {len(values)} values, got {centres.shape}")
    if "symlog" in (x.scale, y.scale):
        raise UsageError("hexagons lie on linear and log scales, not on symlog")
    units = unit_of(x), unit_of(y)
    values = clean(values)
    kept = ~is_empty(values)
    placed = [start + centres[kept, side] * unit for side, (start, unit) in enumerate(units)]
    return _Hexagons(np.column_stack(placed), values[kept], (step[0] * units[0][1], step[1] * units[1][1]))


def _draw(
    ax: Axes, hexagons: _Hexagons, x: AxisView, y: AxisView, style: Style, *, cax: Axes | None
) -> PolyCollection:
    prepare(ax, x, y, style.aspect)
    artist = hexagon_collection(
        ax,
        hexagons.centres,
        hexagons.step,
        cmap=style.cmap,
        norm=style.fitted(hexagons.values),
        # A hair over the border, or the page would shine through between neighbours.
        linewidths=_BORDER,
        edgecolors="face",
        rasterized=len(hexagons.values) > _MOST_SHAPES,
    )
    artist.set_array(hexagons.values)
    artist.sticky_edges.x[:], artist.sticky_edges.y[:] = limits(x), limits(y)
    ax.add_collection(artist, autolim=False)
    ax.update_datalim(list(zip(limits(x), limits(y), strict=True)))
    ax.autoscale_view()
    if style.colorbar:
        add_bar(artist, hexagons.values, style.label, ax=ax, cax=cax)
    return artist
