"""Several grids on one page, under one norm and one colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.colors import Colormap, Normalize

from heatbin.errors import UsageError
from heatbin.render.bars import add_bar, merged_label
from heatbin.render.colours import colour_map
from heatbin.render.grids import Grid, Reduction, filled
from heatbin.render.page import Page, compose, entitle, new_page
from heatbin.render.painting import Aspect, Style, merge_factors, paint, prepare, requested
from heatbin.render.views import AxisView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_facets"]

# A panel looks best a little wider than high; a page of them is as wide as this, in inches.
_PANEL_SHAPE = 1.15
_PAGE_WIDTH = 9.0
_PAGE_HEIGHTS = (3.0, 12.0)


def plot_facets(
    values: npt.ArrayLike,
    x: AxisView,
    y: AxisView,
    labels: Sequence[str],
    *,
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
    norm, vmin, vmax, cmap, colorbar, aspect, title, label, reduce, size, dpi
        As in `plot`; limits are those of all panels together.

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
    grids = _grids(np.asarray(values), x, y, labels)
    style = Style(colour_map(cmap), norm, vmin, vmax, colorbar, aspect, title, label, reduce)
    request = requested(grids[0].x, grids[0].y, aspect, size, dpi)
    request = replace(request, panels=_shape(len(grids)), size=size or _size(len(grids)))
    across, up = merge_factors(request, bar=colorbar)
    style = replace(style, label=merged_label(label, across, up, reduce))
    grids = [grid.coarser(across, up, reduce) for grid in grids]
    request = replace(request, cells=grids[0].shape)
    page = new_page(request, title=title, bar=colorbar, background=style.background, count=len(grids))
    _draw(page, grids, labels, style, request.panels[0])
    compose(page, request)
    return page.figure


def _grids(values: npt.NDArray[np.generic], x: AxisView, y: AxisView, labels: Sequence[str]) -> list[Grid]:
    if values.ndim != 3 or values.shape[2] != len(labels) or not labels:
        raise UsageError(
            f"values must have one layer for each of {len(labels)} labels, got shape {values.shape}"
        )
    return [Grid.of(values[:, :, layer], x, y) for layer in range(len(labels))]


def _shape(count: int) -> tuple[int, int]:
    """Return columns and rows of a page that is about 3 : 2 with few places left empty."""

    def fault(columns: int) -> float:
        rows = ceil(count / columns)
        return abs(log(columns / rows / 1.5)) + (columns * rows - count) / count

    columns = min(range(1, count + 1), key=fault)
    return columns, ceil(count / columns)


def _size(count: int) -> tuple[float, float]:
    columns, rows = _shape(count)
    height = (_PAGE_WIDTH - 2) / columns / _PANEL_SHAPE * rows + 0.4 * rows + 1
    return _PAGE_WIDTH, min(max(height, _PAGE_HEIGHTS[0]), _PAGE_HEIGHTS[1])


def _draw(page: Page, grids: list[Grid], labels: Sequence[str], style: Style, columns: int) -> None:
    values = np.concatenate([filled(grid.cells) for grid in grids])
    norm = style.fitted(values)
    for number, (panel, grid, name) in enumerate(zip(page.panels, grids, labels, strict=True)):
        prepare(panel, grid.x, grid.y, style.aspect)
        artist = paint(panel, grid, norm, style)
        entitle(panel, name, size=10)
        _keep_outer_labels(panel, first=number % columns == 0, lowest=number + columns >= len(grids))
    if style.colorbar:
        add_bar(artist, values, style.label, ax=page.panels[0], cax=page.bar)


def _keep_outer_labels(panel: Axes, *, first: bool, lowest: bool) -> None:
    panel.xaxis.set_tick_params(which="both", labelbottom=lowest)
    panel.yaxis.set_tick_params(which="both", labelleft=first)
    panel.xaxis.label.set_visible(lowest)
    panel.yaxis.label.set_visible(first)
