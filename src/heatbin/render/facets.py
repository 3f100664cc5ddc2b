"""Several grids on one page, under one norm and one colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, log
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from heatbin.errors import UsageError
from heatbin.render.heatmap import Heatmap, heatmaps_on_page
from heatbin.render.layout import Request
from heatbin.render.style import Style
from heatbin.render.views import AxisView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_layers", "facet_request", "plot_facets"]

# A panel looks best a little wider than high; a page of them is as wide as this, in inches.
_PANEL_SHAPE = 1.15
_PAGE_WIDTH = 9.0
_PAGE_SHAPE = 1.5  # in panels: columns over rows
_TAKEN = (2.0, 1.0)  # by what is around the panels
_PAGE_HEIGHTS = (3.0, 12.0)


def plot_facets(
    values: npt.ArrayLike,
    x: AxisView,
    y: AxisView,
    labels: Sequence[str],
    *,
    only: int | None = None,
    **style: Any,
) -> Figure:
    """Draw a panel for each category, all with the same axes and colours.

    Parameters
    ----------
    values : array_like of shape (x.size, y.size, categories)
        Counts or statistics, as in `plot`.
    x, y : AxisView
        The axes of every panel.
    labels : sequence of str
        What each panel shows, written above it.
    only : int, optional
        The number of the one category to draw on a page of its own, in the colours that all would have.
    **style
        What `Style` takes; limits are those of all panels together.

    Returns
    -------
    matplotlib.figure.Figure
        The figure. `figure.axes` are the panels, row by row, then the colour bar.

    Raises
    ------
    UsageError
        An argument cannot work.

    Examples
    --------
    >>> edges = AxisView(np.arange(5), "x")
    >>> figure = plot_facets(np.ones((4, 4, 3)), edges, edges, ["a", "b", "c"])
    >>> [panel.get_title() for panel in figure.axes]
    ['a', 'b', 'c', '']
    """
    cells, look = np.asarray(values), Style(**style)
    check_layers(cells, 3, labels)
    layers = [Heatmap.of(cells[:, :, layer], x, y) for layer in range(len(labels))]
    request = facet_request(look.request(layers[0].x, layers[0].y), len(layers) if only is None else 1)
    return heatmaps_on_page(layers, request, look, labels, only=only)[0]


def check_layers(values: npt.NDArray[np.generic], dimensions: int, labels: Sequence[str]) -> None:
    """Raise a UsageError unless values have, along the last of their dimensions, as many layers as labels."""
    if values.ndim != dimensions or values.shape[-1] != len(labels) or not labels:
        raise UsageError(
            f"values must have one layer for each of {len(labels)} labels, got shape {values.shape}"
        )


def facet_request(request: Request, count: int) -> Request:
    """Return what a page must be that is to hold `count` panels of what was asked for."""
    if count == 1:
        return request
    if request.trimmed:
        shape = _shape(count, _PAGE_SHAPE)
        return replace(request, panels=shape, size=_size(*shape))
    width, height = (max(side - taken, 1) for side, taken in zip(request.size, _TAKEN, strict=True))
    return replace(request, panels=_shape(count, width / height / _PANEL_SHAPE))


def _shape(count: int, proportion: float) -> tuple[int, int]:
    """Return columns and rows in about a proportion, with few places left empty."""

    def fault(columns: int) -> float:
        rows = ceil(count / columns)
        return abs(log(columns / rows / proportion)) + (columns * rows - count) / count

    columns = min(range(1, count + 1), key=fault)
    return columns, ceil(count / columns)


def _size(columns: int, rows: int) -> tuple[float, float]:
    height = (_PAGE_WIDTH - _TAKEN[0]) / columns / _PANEL_SHAPE * rows + 0.4 * rows + _TAKEN[1]
    return _PAGE_WIDTH, min(max(height, _PAGE_HEIGHTS[0]), _PAGE_HEIGHTS[1])
