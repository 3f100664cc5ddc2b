"""Grids of hexagons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.collections import PolyCollection
from matplotlib.transforms import AffineDeltaTransform, Bbox

from heatbin.errors import UsageError
from heatbin.render.facets import check_layers, facet_request
from heatbin.render.grids import Cells, clean, is_empty
from heatbin.render.layout import Request
from heatbin.render.painting import paint_on_axes, paint_on_page
from heatbin.render.style import Style
from heatbin.render.views import AxisView, Floats, length, limits, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["hexagon_collection", "plot_hexagon_facets", "plot_hexagons"]

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
    **style: Any,
) -> PolyCollection:
    """Draw hexagons, as matplotlib's `hexbin` does, those that are empty left out.

    Parameters
    ----------
    offsets : array_like of shape (n, 2)
        The centres: their decimal logarithms along an axis with a log scale, and along one of time the
        integers of its datetime64 or timedelta64.
    values : array_like of shape (n,)
        Counts (integers; 0 is empty) or statistics (floats; NaN is empty).
    hexagon : tuple of float
        The step of the lattice along x, and between every second row along y, in the units of `offsets`.
    x, y : AxisView
        The axes, of which the first and the last edge are the limits of the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default on a new figure, `artist.figure`, which pyplot does not know.
    **style
        What `Style` takes.

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
    layer, look = _Hexagons.of(offsets, np.asarray(values), hexagon, x, y), Style(**style)
    if ax is not None:
        return paint_on_axes(ax, layer, look)
    _, (artist,) = paint_on_page([layer], layer.request(look), look)
    return artist


def plot_hexagon_facets(
    offsets: npt.ArrayLike,
    values: npt.ArrayLike,
    hexagon: tuple[float, float],
    x: AxisView,
    y: AxisView,
    *,
    labels: Sequence[str],
    only: int | None = None,
    **style: Any,
) -> Figure:
    """Draw a panel of hexagons for each category, all with the same axes and colours.

    Parameters
    ----------
    offsets, hexagon, x, y
        As in `plot_hexagons`.
    values : array_like of shape (n, categories)
        Counts or statistics.
    labels, only, **style
        As in `plot_facets`.

    Returns
    -------
    matplotlib.figure.Figure
        The figure. `figure.axes` are the panels, row by row, then the colour bar.
    """
    cells, look = np.asarray(values), Style(**style)
    check_layers(cells, 2, labels)
    layers = [_Hexagons.of(offsets, layer, hexagon, x, y) for layer in cells.T]
    reach = Bbox.union([layer.reach for layer in layers])
    layers = [replace(layer, reach=reach) for layer in layers]
    request = facet_request(layers[0].request(look), len(layers) if only is None else 1)
    return paint_on_page(layers, request, look, labels, only=only)[0]


def hexagon_collection(
    ax: Axes, offsets: Floats, step: tuple[float, float], scales: tuple[str, str], **style: Any
) -> PolyCollection:
    """Return one hexagon, repeated at `offsets`.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where the collection will be added.
    offsets : ndarray of shape (n, 2)
        The centres; their decimal logarithms along an axis with a log scale.
    step : tuple of float
        The steps of the lattice, in the units of `offsets`.
    scales : tuple of str
        The scales of the lattice, each "linear" or "log".
    **style
        The properties of the collection.
    """
    corners = _CORNERS * (step[0], step[1] / 3)
    for dimension, scale in enumerate(scales):
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
    x: AxisView
    y: AxisView
    reach: Bbox

    @classmethod
    def of(
        cls, offsets: npt.ArrayLike, values: Cells, step: tuple[float, float], x: AxisView, y: AxisView
    ) -> _Hexagons:
        centres = np.asarray(offsets, np.float64)
        if centres.shape != (len(values), 2):
            shape = (len(values), 2)
            raise UsageError(f"offsets must have shape {shape} for {len(values)} values, got {centres.shape}")
        if "symlog" in (x.scale, y.scale):
            raise UsageError("hexagons lie on linear and log scales, not on symlog")
        units = unit_of(x.edges.dtype), unit_of(y.edges.dtype)
        values = clean(values)
        kept = ~is_empty(values)
        placed = [start + centres[kept, side] * unit for side, (start, unit) in enumerate(units)]
        sides = step[0] * units[0][1], step[1] * units[1][1]
        # A hexagon is as wide as a step, and 2/3 of one high.
        ends = _reach(placed[0], sides[0], x), _reach(placed[1], sides[1] * 2 / 3, y)
        return cls(np.column_stack(placed), values[kept], sides, x, y, Bbox(np.transpose(ends)))

    def request(self, style: Style) -> Request:
        """Return what a page must be."""
        columns, rows = 2 * length(self.x) / self.step[0], 2 * length(self.y) / self.step[1]
        pixels = [max(round(steps), 1) * _PIXELS_A_STEP for steps in (columns, rows)]
        return replace(style.request(self.x, self.y), cells=(pixels[0], pixels[1]), even=(False, False))

    def paint(self, ax: Axes, style: Style) -> PolyCollection:
        """Draw the hexagons on prepared axes, in the colours of a style that is fitted."""
        artist = hexagon_collection(
            ax,
            self.centres,
            self.step,
            (self.x.scale, self.y.scale),
            cmap=style.colours,
            norm=style.norm,
            # A hair over the border, or the page would shine through between neighbours.
            linewidths=_BORDER,
            edgecolors="face",
            rasterized=len(self.values) > _MOST_SHAPES,
        )
        artist.set_array(self.values)
        artist.sticky_edges.x[:], artist.sticky_edges.y[:] = self.reach.intervalx, self.reach.intervaly
        ax.add_collection(artist, autolim=False)
        ax.update_datalim(self.reach.get_points())
        ax.autoscale_view()
        return artist


def _reach(centres: Floats, step: float, view: AxisView) -> tuple[float, float]:
    """Return the ends of an axis, moved out to where the hexagons on the border end."""
    first, last = limits(view)
    if not centres.size:
        return first, last
    outer = np.array([centres.min() - step / 2, centres.max() + step / 2])
    low, high = 10.0**outer if view.scale == "log" else outer
    return min(first, float(low)), max(last, float(high))
