"""Grids as layers of a picture, merged to what a page has pixels for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from heatbin.render.bars import merged_label
from heatbin.render.grids import Grid, whole_factor
from heatbin.render.image import CellImage
from heatbin.render.layout import Request, most_pixels
from heatbin.render.page import rough_margins
from heatbin.render.painting import paint_on_page
from heatbin.render.pixels import Combine, Farthest
from heatbin.render.style import Style
from heatbin.render.views import limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Heatmap", "heatmaps_on_page", "merge_factors"]


_COMBINED: dict[str, Combine] = {"min": np.fmin, "extreme": Farthest()}


@dataclass(frozen=True, slots=True)
class Heatmap(Grid):
    """A grid that draws itself."""

    def paint(self, ax: Axes, style: Style) -> CellImage:
        """Draw the cells on prepared axes, in the colours of a style that is fitted."""
        artist = CellImage(
            ax, self, combine=_COMBINED.get(style.reduce, np.fmax), norm=style.norm, cmap=style.colours
        )
        artist.set_extent((*limits(self.x), *limits(self.y)))
        artist.set_clip_path(ax.patch)
        ax.add_image(artist)
        return artist


def heatmaps_on_page(
    layers: Sequence[Heatmap],
    request: Request,
    style: Style,
    names: Sequence[str] = (),
    *,
    only: int | None = None,
) -> tuple[Figure, list[CellImage]]:
    """Draw heatmaps on a page of their own, as `paint_on_page` does, their cells merged where it is too small."""
    across, up = merge_factors(request, bar=style.colorbar)
    layers = [layer.coarser(across, up, style.reduce) for layer in layers]
    style = replace(style, label=merged_label(style.label, across, up, style.reduce))
    return paint_on_page(layers, replace(request, cells=layers[0].shape), style, names, only=only)


def merge_factors(request: Request, *, bar: bool) -> tuple[int, int]:
    """Return how many cells along x and along y must merge so that each gets a pixel of the page."""
    pixels = most_pixels(request, rough_margins(bar=bar, panels=request.panels))
    across, up = (whole_factor(*pair) for pair in zip(request.cells, pixels, strict=True))
    return across, up
