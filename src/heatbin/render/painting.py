"""From cells to an artist on axes: what every kind of picture has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.colors import Colormap, Normalize

from heatbin.errors import UsageError
from heatbin.render.colours import background_of
from heatbin.render.grids import Cells, Grid, Reduction, whole_factor
from heatbin.render.image import CellImage
from heatbin.render.layout import Request, check_size, most_pixels
from heatbin.render.norms import parse_norm
from heatbin.render.page import rough_margins
from heatbin.render.ticks import dress
from heatbin.render.views import AxisView, Floats, limits, threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Aspect", "Style", "check_aspect", "length", "merge_factors", "paint", "prepare", "requested"]

Aspect = Literal["auto", "equal"] | float

_SIZE = (8.0, 6.0)


@dataclass(frozen=True, slots=True)
class Style:
    """How cells are to look, whatever their shape: the keywords of `plot`, with the colour map looked up."""

    cmap: Colormap
    norm: str | Normalize = "linear"
    vmin: float | None = None
    vmax: float | None = None
    colorbar: bool = True
    aspect: Aspect = "auto"
    title: str | None = None
    label: str = "count"
    reduce: Reduction = "sum"

    @property
    def background(self) -> str:
        """The colour of what holds no cell."""
        return background_of(self.cmap)

    def fitted(self, values: Cells) -> Normalize:
        """Return the norm with limits for these values, none of which is empty."""
        if isinstance(self.norm, str):
            return parse_norm(self.norm).fit(values, self.vmin, self.vmax)
        if not (self.vmin is None and self.vmax is None):
            raise UsageError("vmin and vmax go with a norm by name; set those of a Normalize on itself")
        if not self.norm.scaled():
            self.norm.autoscale_None(values if values.size else np.array([0.0, 1.0]))
        return self.norm


def check_aspect(aspect: Aspect) -> None:
    """Raise a UsageError for what is no aspect."""
    if aspect in ("auto", "equal"):
        return
    if not isinstance(aspect, int | float) or not 0 < aspect < np.inf:
        raise UsageError(f"aspect must be 'auto', 'equal' or a number above 0, got {aspect!r}")


def requested(
    x: AxisView,
    y: AxisView,
    aspect: Aspect,
    size: tuple[float, float] | None,
    dpi: float | None,
) -> Request:
    """Return what a page for these axes must be: of a given size, or of the usual one at most."""
    check_size(size, dpi)
    check_aspect(aspect)
    return Request(
        size=size or _SIZE,
        dpi=dpi,
        trimmed=size is None,
        cells=(x.size, y.size),
        even=(x.uniform, y.uniform),
        ratio=_proportion(x, y, aspect),
    )


def merge_factors(request: Request, *, bar: bool) -> tuple[int, int]:
    """Return how many cells along x and along y must merge so that each gets a pixel of the page."""
    pixels = most_pixels(request, rough_margins(bar=bar, panels=request.panels))
    across, up = (whole_factor(*pair) for pair in zip(request.cells, pixels, strict=True))
    return across, up


def prepare(ax: Axes, x: AxisView, y: AxisView, aspect: Aspect) -> None:
    """Give axes the scales, ticks, labels and proportions of a picture."""
    if not ax.transData.is_separable:
        raise UsageError(f"ax must have straight axes, got {type(ax).__name__}")
    dress(ax, "x", x)
    dress(ax, "y", y)
    if aspect != "auto":
        ax.set_aspect(aspect)


def paint(ax: Axes, grid: Grid, norm: Normalize, style: Style) -> CellImage:
    """Draw a grid on prepared axes."""
    combine = np.fmin if style.reduce == "min" else np.fmax
    artist = CellImage(ax, grid, combine=combine, norm=norm, cmap=style.cmap)
    artist.set_extent((*limits(grid.x), *limits(grid.y)))
    artist.set_clip_path(ax.patch)
    ax.add_image(artist)
    return artist


def length(view: AxisView) -> float:
    """Return how long an axis is on its scale: in decades, where that is logarithmic."""
    first, last = _scaled(view, np.array(limits(view)))
    return float(last - first)


def _proportion(x: AxisView, y: AxisView, aspect: Aspect) -> float | None:
    """Return width over height of a panel whose units have the lengths that `aspect` asks for."""
    if aspect == "auto":
        return None
    units = 1.0 if aspect == "equal" else float(aspect)
    return length(x) / (length(y) * units)


def _scaled(view: AxisView, places: Floats) -> Floats:
    if view.scale == "log":
        return np.log10(places)
    if view.scale == "symlog":
        from matplotlib.scale import SymmetricalLogTransform

        return np.asarray(SymmetricalLogTransform(10, threshold(view), 1).transform(places), np.float64)
    return places
