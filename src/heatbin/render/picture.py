"""One grid, one picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy.typing as npt
from matplotlib.colors import Colormap, Normalize

from heatbin.render.bars import add_bar, merged_label
from heatbin.render.colours import colour_map
from heatbin.render.grids import Grid, Reduction, filled
from heatbin.render.image import CellImage
from heatbin.render.layout import Request
from heatbin.render.page import compose, entitle, new_page
from heatbin.render.painting import Aspect, Style, merge_factors, paint, prepare, requested
from heatbin.render.views import AxisView, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["factors", "plot"]


def plot(
    values: npt.ArrayLike,
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
    reduce: Reduction = "sum",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> CellImage:
    """Draw a grid of cells as a heatmap.

    No cell is lost. On a figure of its own every bin gets a whole pixel: the resolution rises to what
    that takes, up to about 2048 bins a side. Beyond, or where `dpi` does not suffice, cells are merged by
    whole factors, and the colour bar says so. Where an artist is drawn at fewer pixels than it has cells
    all the same (on a small `ax`, at another resolution), each pixel shows the greatest of its cells. Only
    a frame of the caller's own axes may lie over the outermost pixels.

    Empty cells are painted white or near-black, whichever is farther from the lowest colour.

    Parameters
    ----------
    values : array_like of shape (x.size, y.size)
        Counts (integers; 0 is empty) or statistics (floats; NaN is empty).
    x, y : AxisView
        The axes. What lies beyond the finite edges is not drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default on a new figure, `artist.figure`, which pyplot does not know.
    norm : str or Normalize, optional
        `linear`, `log`, `symlog`, `power:GAMMA`, `eq_hist`, or a norm of matplotlib's. `log` starts at the
        least value above 0.
    vmin, vmax : float, optional
        The values at the two ends of the colours; by default the least and the greatest.
    cmap : str or Colormap, optional
        The colours.
    colorbar : bool, optional
        Whether to say what the colours mean.
    aspect : {"auto", "equal"} or float, optional
        The length of a unit of y over that of a unit of x.
    title : str, optional
        Written above.
    label : str, optional
        What the values are, written beside the colour bar.
    reduce : {"sum", "max", "min", "mean"}, optional
        How cells that are not empty merge. "mean" weighs cells alike: where the exact mean matters, merge
        by `factors` before. With "min" a pixel that is drawn for several cells shows the least.
    size : tuple of float, optional
        Width and height of a new figure in inches, exactly. By default at most 8 by 6, less what the
        picture does not need.
    dpi : float, optional
        The resolution of a new figure; by default 100, or what gives every bin a pixel.

    Returns
    -------
    CellImage
        The artist.

    Raises
    ------
    UsageError
        An argument cannot work.

    Examples
    --------
    >>> import numpy as np
    >>> edges = np.linspace(0, 1, 65)
    >>> artist = plot(np.eye(64, dtype=int), AxisView(edges, "x"), AxisView(edges, "y"))
    >>> artist.get_clim()
    (0.0, 1.0)
    """
    grid = Grid.of(values, x, y)
    style = Style(colour_map(cmap), norm, vmin, vmax, colorbar, aspect, title, label, reduce)
    if ax is not None:
        return _on_axes(ax, grid, style)
    return _on_page(grid, style, requested(grid.x, grid.y, aspect, size, dpi))


def factors(
    x: AxisView,
    y: AxisView,
    *,
    colorbar: bool = True,
    aspect: Aspect = "auto",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> tuple[int, int]:
    """Return by which factors `plot` would merge cells along x and y on a figure of its own.

    The parameters are those of `plot`.

    Examples
    --------
    >>> import numpy as np
    >>> edges = np.arange(4097)
    >>> factors(AxisView(edges, "x"), AxisView(edges, "y"))
    (2, 2)
    """
    request = requested(drawable(x)[0], drawable(y)[0], aspect, size, dpi)
    return merge_factors(request, bar=colorbar)


def _on_axes(ax: Axes, grid: Grid, style: Style) -> CellImage:
    entitle(ax, style.title)
    return _draw(ax, grid, style, cax=None)


def _on_page(grid: Grid, style: Style, request: Request) -> CellImage:
    across, up = merge_factors(request, bar=style.colorbar)
    label = merged_label(style.label, across, up, style.reduce)
    grid = grid.coarser(across, up, style.reduce)
    request = replace(request, cells=grid.shape)
    page = new_page(request, title=style.title, bar=style.colorbar, background=style.background)
    artist = _draw(page.panels[0], grid, replace(style, label=label), cax=page.bar)
    compose(page, request)
    return artist


def _draw(ax: Axes, grid: Grid, style: Style, *, cax: Axes | None) -> CellImage:
    values = filled(grid.cells)
    prepare(ax, grid.x, grid.y, style.aspect)
    artist = paint(ax, grid, style.fitted(values), style)
    if style.colorbar:
        add_bar(artist, values, style.label, ax=ax, cax=cax)
    return artist
