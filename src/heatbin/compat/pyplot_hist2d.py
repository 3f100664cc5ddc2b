"""matplotlib's hist2d, which takes sources of any size as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.compat.drawing import drawn_on, made_current
from heatbin.compat.numpy_histogram2d import histogram2d

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

__all__ = ["hist2d"]


def hist2d(  # noqa: PLR0917
    x: npt.ArrayLike | str,
    y: npt.ArrayLike | str,
    bins: Any = 10,
    range: Any = None,
    density: bool = False,
    weights: npt.ArrayLike | str | None = None,
    cmin: float | None = None,
    cmax: float | None = None,
    *,
    data: Any = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> tuple[npt.NDArray[np.float64], Array, Array, QuadMesh]:
    """Count points on a grid and draw it: matplotlib's own call, on arrays or on data larger than memory.

    Parameters
    ----------
    x, y : array_like or str
        The coordinates of the points; columns or expressions where there is `data`. Durations are drawn in seconds.
    bins, range, density, weights
        As `histogram2d` takes them.
    cmin, cmax : float, optional
        Bins with less, or with more, become NaN and are not drawn.
    data : source, mapping, data frame or table, optional
        Anything that `heatbin.aggregate` reads is streamed, whatever its size.
    ax : matplotlib.axes.Axes, optional
        Where to draw; if None, on pyplot's current axes, where the artist becomes the current one.
    **kwargs
        What `matplotlib.axes.Axes.pcolormesh` takes.

    Returns
    -------
    h : ndarray of float64, shape (nx, ny)
        x along the first dimension.
    xedges, yedges : ndarray
    image : matplotlib.collections.QuadMesh

    Raises
    ------
    ValueError, TypeError
        As `histogram2d` does; also where rows of a source have no range because they are null, NaN or infinite.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> hist2d([0.1, 0.9, 0.9], [0.2, 0.7, 1.0], bins=2, range=[[0, 1], [0, 1]], cmin=1, ax=ax)[0]
    array([[ 1., nan],
           [nan,  2.]])
    """
    h, xedges, yedges = histogram2d(x, y, bins, range, density, weights, data=data)
    if cmin is not None:
        h[h < cmin] = np.nan
    if cmax is not None:
        h[h > cmax] = np.nan
    image = drawn_on(ax).pcolormesh(_placed(xedges), _placed(yedges), h.T, **kwargs)
    made_current(ax, image)
    return h, xedges, yedges, image


def _placed(edges: Array) -> Array:
    """Return edges as matplotlib can draw them: it has no place for durations."""
    return edges / np.timedelta64(1, "s") if edges.dtype.kind == "m" else edges
