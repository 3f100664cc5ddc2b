"""matplotlib's hexbin, which takes sources of any size as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from heatbin.compat.drawing import columns_of, drawn_on, extent_on, made_current, placed_on
from heatbin.compat.hexagon_arrays import hexagons_of_arrays
from heatbin.compat.hexagon_streams import hexagons_of_source
from heatbin.compat.hexagons import Asked, Extent, Hexagons, Scale
from heatbin.compat.marginals import add_marginals
from heatbin.compat.painting import paint
from heatbin.compat.reducing import Reduce
from heatbin.compat.wording import in_words_of_hexbin
from heatbin.errors import KindError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection

__all__ = ["hexbin"]


def hexbin(
    x: npt.ArrayLike | str,
    y: npt.ArrayLike | str,
    C: npt.ArrayLike | str | None = None,  # noqa: N803
    *,
    gridsize: int | tuple[int, int] = 100,
    bins: Literal["log"] | int | Sequence[float] | None = None,
    xscale: Scale = "linear",
    yscale: Scale = "linear",
    extent: Extent | None = None,
    mincnt: int | None = None,
    reduce_C_function: Reduce = np.mean,  # noqa: N803
    marginals: bool = False,
    data: Any = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> PolyCollection:
    """Bin points in hexagons and draw them: matplotlib's own call, on arrays or on data larger than memory.

    Parameters
    ----------
    x, y : array_like or str
        The coordinates of the points, numbers or dates; columns or expressions where there is `data`. Rows in which
        any of x, y and C is masked or not finite are left out. Arrays are broadcast against each other, with C only y
        against x; y may be a single number where there is an extent.
    C : array_like or str, optional
        What `reduce_C_function` makes the value of a hexagon of; if None, the points are counted.
    gridsize : int or pair of int, optional
        How many hexagons there are across, and upwards.
    bins : "log", int or sequence, optional
        A logarithmic norm; or how many steps the values are cut into, or where.
    xscale, yscale : {"linear", "log"}, optional
        The scale on which the hexagons are regular; whatever is not "log" is linear, as in matplotlib.
    extent : 4 numbers, optional
        ``(xmin, xmax, ymin, ymax)``, decimal logarithms where the scale is "log"; of the data, if None. Rows that can
        be read only once need one. Better doubles: with narrower floats points on the border get lost, as in
        matplotlib.
    mincnt : int, optional
        Hexagons with fewer points are not drawn; 1 by default where there is C.
    reduce_C_function : callable, optional
        From the values of C in a hexagon, a list, to the one that it shows. Means, sums, variances and standard
        deviations are exact, rounded once; a hexagon without values has no smallest, largest or mean one, whatever
        `mincnt`. Of a source the mean, sum, min, max, std, var, median, `len`, and
        ``functools.partial(np.percentile, q=95)`` are found, medians and percentiles within 1 % (of the larger of two
        values that one lies between); of arrays exactly, and whatever else there is, too.
    marginals : bool, optional
        Whether to draw the same over x and over y, along the borders; the function is called with arrays there.
    data : source, mapping, data frame or table, optional
        Where the columns are. Anything that `heatbin.aggregate` reads is streamed, whatever its size.
    ax : matplotlib.axes.Axes, optional
        Where to draw; if None, on pyplot's current axes, where the artist becomes the current one.
    **kwargs
        ``cmap``, ``norm``, ``vmin``, ``vmax``, ``alpha``, ``colorizer``, and ``linewidths``, ``edgecolors`` (of the
        hexagons alone) and the other properties of `matplotlib.collections.PolyCollection`; its label is the name of
        y, where there is `data`.

    Returns
    -------
    matplotlib.collections.PolyCollection
        Its offsets are the centres, its array the values of the hexagons that are drawn; with `marginals` it has
        their collections as ``hbar`` and ``vbar``.

    Raises
    ------
    UsageError, TypeError
        When an argument cannot work.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> drawn = hexbin([0, 0, 1], [0, 0, 1], gridsize=2, mincnt=1, ax=Figure().add_subplot())
    >>> drawn.get_array().tolist()
    [2.0, 1.0]
    """
    asked = Asked(
        gridsize=gridsize,
        scales=(_scale(xscale), _scale(yscale)),
        extent=None if extent is None else _four(extent),
        mincnt=mincnt,
        function=reduce_C_function,
        marginals=marginals,
    )
    if C is not None and not callable(reduce_C_function):
        raise TypeError(
            f"reduce_C_function must be a function, such as numpy.mean, not {reduce_C_function!r}"
        )
    columns, target = columns_of(data, x=x, y=y, C=C), drawn_on(ax)
    with in_words_of_hexbin(C, extent):
        hexagons = (
            hexagons_of_source(asked, data, x, y, C)
            if columns is None
            else _of_columns(asked, columns, target)
        )
    style = kwargs if data is None else {"label": _name_of(y, columns), **kwargs}
    artist = paint(target, hexagons, bins=bins, style=style)
    if marginals:
        add_marginals(target, artist, hexagons.bars, style, counting=C is None)
    made_current(ax, artist)
    return artist


def _name_of(y: Any, columns: Mapping[str, Any] | None) -> str | None:
    """Return the label of what is drawn: the name that the column of y has, or by which it was asked for."""
    asked_for = y if isinstance(y, str) else None
    return asked_for if columns is None else getattr(columns["y"], "name", asked_for)


def _of_columns(asked: Asked, columns: Mapping[str, Any], ax: Axes) -> Hexagons:
    """Return the hexagons of columns, placed as axes place them."""
    across, upwards = placed_on(ax, columns["x"], columns["y"])
    placed = replace(asked, extent=extent_on(ax, asked.extent))
    return hexagons_of_arrays(placed, across, upwards, columns["C"])


def _scale(asked: Any) -> Scale:
    return "log" if asked == "log" else "linear"


def _four(extent: Any) -> Extent:
    expected = f"extent must be (xmin, xmax, ymin, ymax), not {extent!r}"
    if not np.iterable(extent):
        raise KindError(expected)
    ends: tuple[Any, ...] = tuple(end[()] if isinstance(end, np.ndarray) else end for end in extent)
    if len(ends) != 4 or any(end is None for end in ends):
        raise KindError(expected)
    return ends[0], ends[1], ends[2], ends[3]
