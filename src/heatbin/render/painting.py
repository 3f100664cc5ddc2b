"""From cells to artists: on the caller's axes, or on the panels of a page. The same for every kind of cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from heatbin.errors import UsageError
from heatbin.render.bars import add_bar
from heatbin.render.grids import Cells
from heatbin.render.layout import Request
from heatbin.render.page import Page, compose, entitle, new_page
from heatbin.render.style import Aspect, Style
from heatbin.render.ticks import dress
from heatbin.render.views import AxisView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Layer", "paint_on_axes", "paint_on_page"]


Drawn = TypeVar("Drawn")
Drawn_co = TypeVar("Drawn_co", covariant=True)


class Layer(Protocol[Drawn_co]):
    """What one panel shows: cells of any shape between the ends of two axes."""

    @property
    def x(self) -> AxisView:
        """The axis across."""

    @property
    def y(self) -> AxisView:
        """The axis upwards."""

    @property
    def values(self) -> Cells:
        """The values of the cells that are not empty, in one dimension."""

    def paint(self, ax: Axes, style: Style) -> Drawn_co:
        """Draw the cells on prepared axes, in the colours of a style that is fitted."""


def paint_on_axes(ax: Axes, layer: Layer[Drawn], style: Style) -> Drawn:
    """Draw a layer on the caller's axes, its colour bar beside them, and return the artist."""
    values = layer.values
    style = style.fitted(values)
    entitle(ax, style.title)
    artist = _painted(ax, layer, style)
    if style.colorbar:
        add_bar(artist, values, style.label, ax=ax, cax=None)
    return artist


def paint_on_page(
    layers: Sequence[Layer[Drawn]],
    request: Request,
    style: Style,
    names: Sequence[str] = (),
    *,
    only: int | None = None,
) -> tuple[Figure, list[Drawn]]:
    """Draw each layer on a panel of a page of their own, under one norm and one colour bar.

    Parameters
    ----------
    layers : sequence of Layer
        All between the same axes.
    request : Request
        What the page must be.
    style : Style
        How they look.
    names : sequence of str, optional
        What to write above each panel, where there are several.
    only : int, optional
        The one layer to draw after all, on the only panel of its page; the norm is that of all of them.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The page.
    artists : list
        One for each layer.
    """
    values = layers[0].values if len(layers) == 1 else np.concatenate([layer.values for layer in layers])
    style = style.fitted(values)
    if only is not None:
        layers, style = [layers[only]], replace(style, title=style.title or names[only])
    elif len(layers) == 1 and names:
        # The one panel there is has room for one title.
        style = replace(style, title=f"{style.title}: {names[0]}" if style.title else names[0])
    bar, background = style.colorbar, style.background
    page = new_page(request, title=style.title, bar=bar, background=background, count=len(layers))
    artists = [_painted(panel, layer, style) for panel, layer in zip(page.panels, layers, strict=True)]
    if len(layers) > 1:
        _name_panels(page, names, request.panels[0])
    if page.bar is not None:
        add_bar(artists[0], values, style.label, ax=page.panels[0], cax=page.bar)
    compose(page, request)
    return page.figure, artists


def _painted(ax: Axes, layer: Layer[Drawn], style: Style) -> Drawn:
    _prepare(ax, layer.x, layer.y, style.aspect)
    return layer.paint(ax, style)


def _prepare(ax: Axes, x: AxisView, y: AxisView, aspect: Aspect) -> None:
    """Give axes the scales, ticks, labels and proportions of a picture."""
    if not ax.transData.is_separable:
        raise UsageError(f"ax must have straight axes, got {type(ax).__name__}")
    dress(ax, "x", x)
    dress(ax, "y", y)
    if aspect != "auto":
        ax.set_aspect(aspect)


def _name_panels(page: Page, names: Sequence[str], columns: int) -> None:
    """Write names above panels, and keep only the labels along the borders of the page."""
    for number, (panel, name) in enumerate(zip(page.panels, names, strict=False)):
        entitle(panel, name, size=10)
        first, lowest = number % columns == 0, number + columns >= len(page.panels)
        panel.xaxis.set_tick_params(which="both", labelbottom=lowest)
        panel.yaxis.set_tick_params(which="both", labelleft=first)
        panel.xaxis.label.set_visible(lowest)
        panel.yaxis.label.set_visible(first)
