"""One grid, one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from heatbin.render.facets import facet_request
from heatbin.render.heatmap import Heatmap, heatmaps_on_page, merge_factors
from heatbin.render.image import CellImage
from heatbin.render.painting import paint_on_axes
from heatbin.render.style import Style
from heatbin.render.views import AxisView, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["factors", "plot"]


def plot(
    values: npt.ArrayLike, x: AxisView, y: AxisView, *, ax: Axes | None = None, **style: Any
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
    **style
        What `Style` takes.

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
    grid, look = Heatmap.of(values, x, y), Style(**style)
    if ax is not None:
        return paint_on_axes(ax, grid, look)
    _, (artist,) = heatmaps_on_page([grid], look.request(grid.x, grid.y), look)
    return artist


def factors(x: AxisView, y: AxisView, *, panels: int = 1, **style: Any) -> tuple[int, int]:
    """Return by which factors `plot` would merge cells along x and y on a figure of its own.

    Parameters
    ----------
    x, y : AxisView
        The axes.
    panels : int, optional
        How many panels a page of `plot_facets` has.
    **style
        What `Style` takes.

    Examples
    --------
    >>> import numpy as np
    >>> edges = np.arange(4097)
    >>> factors(AxisView(edges, "x"), AxisView(edges, "y"))
    (2, 2)
    """
    look = Style(**style)
    request = look.request(drawable(x)[0], drawable(y)[0])
    return merge_factors(facet_request(request, panels), bar=look.colorbar)
