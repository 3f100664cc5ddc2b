"""The artist that draws a grid: like matplotlib's own images, but no cell is ever lost between pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import allow_rasterization
from matplotlib.image import AxesImage

from heatbin.render.grids import Cells, Grid, clean, is_empty
from heatbin.render.pixels import Combine, shown, strip_of
from heatbin.render.views import Floats, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import MouseEvent, RendererBase

__all__ = ["CellImage"]

# Rows of pixels that are coloured at a time: bounds the floats that colouring needs beside the picture.
_ROWS_AT_ONCE = 256


class CellImage(AxesImage):
    """A grid of cells between any edges, on any scale of the axes.

    Every pixel shows the cell at its centre. Where cells are so small that some lie at no pixel's centre, a pixel
    shows the greatest of the cells in it (or the least, or the one farthest from 0): a lone point stays visible at
    any size, zoom and resolution, in its own colour. This holds for vector formats too, which embed the pixels that
    the resolution asks for: viewers smooth what they enlarge, and cells should stay sharp.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where the image will be drawn.
    grid : Grid
        The cells and their edges.
    combine : Combine, optional
        What a pixel shows of several cells: `numpy.fmax`, `numpy.fmin` or `Farthest()`.
    **style
        The `cmap`, `norm` and other properties of `matplotlib.image.AxesImage`.
    """

    def __init__(self, ax: Axes, grid: Grid, *, combine: Combine = np.fmax, **style: Any) -> None:
        super().__init__(ax, origin="lower", interpolation="nearest", **style)
        self._edges = numbers(grid.x), numbers(grid.y)
        self._combine = combine
        self.set_data(grid.cells.T)

    def set_data(self, A: Any) -> None:  # noqa: N803
        """Set the cells, y first: integers (0 is empty) or floats (NaN is empty), or masked ones."""
        values = np.ma.filled(A.astype(np.float64), np.nan) if np.ma.is_masked(A) else np.asarray(A)
        cells = np.ascontiguousarray(clean(values))
        # The base class would mask infinite values, which are no empty cells.
        self._A = np.ma.array(cells, mask=is_empty(cells), copy=False)
        self.stale = True

    def can_composite(self) -> bool:
        """Return False: merged with its neighbours, the image would lose its own way of being drawn."""
        return False

    @allow_rasterization  # type: ignore[untyped-decorator]
    def draw(self, renderer: RendererBase) -> None:
        """Draw the image."""
        super().draw(renderer)
        if not renderer.option_scale_image():
            return
        # A viewer of vector files grows images to whole pixels of its own, over the frame below them.
        for spine in self.axes.spines.values():
            if spine.get_zorder() < self.get_zorder():
                spine.draw(renderer)

    def make_image(
        self,
        renderer: RendererBase,  # noqa: ARG002
        magnification: float = 1.0,
        unsampled: bool = False,  # noqa: ARG002
    ) -> Any:
        """Return an array of RGBA (None if nothing is in view), where to draw it, and how to scale it."""
        box = self.axes.bbox if self.get_clip_on() else self.axes.figure.bbox
        across, up = (edges * magnification for edges in self._edges_on_canvas())
        columns = strip_of(across, (box.x0 * magnification, box.x1 * magnification))
        rows = strip_of(up, (box.y0 * magnification, box.y1 * magnification))
        if columns is None or rows is None:
            return None, 0.0, 0.0, None
        pixels = shown(self._cells(), rows, columns, self._combine)
        colours = self._colours(pixels, self._opacity())
        return colours, columns.first / magnification, rows.first / magnification, None

    def get_cursor_data(self, event: MouseEvent) -> Any:
        """Return the value of the cell under the mouse, or None outside the grid."""
        place = self.get_transform().inverted().transform((event.x, event.y))
        bins = [_bin_of(value, edges) for value, edges in zip(place, self._edges, strict=True)]
        return None if None in bins else self._A[bins[1], bins[0]]

    def _check_unsampled_image(self) -> bool:
        """Return False: cells are never left to a viewer to be scaled."""
        return False

    def _cells(self) -> Cells:
        cells: Cells = np.ma.getdata(self._A)
        return cells

    def _edges_on_canvas(self) -> tuple[Floats, Floats]:
        x, y = self._edges
        to_canvas = self.get_transform().transform
        along_x = to_canvas(np.column_stack([x, np.full_like(x, y[0])]))
        along_y = to_canvas(np.column_stack([np.full_like(y, x[0]), y]))
        return along_x[:, 0], along_y[:, 1]

    def _opacity(self) -> float | None:
        alpha = self.get_alpha()
        return float(alpha) if isinstance(alpha, int | float) else None

    def _colours(self, cells: Cells, opacity: float | None = None) -> npt.NDArray[np.uint8]:
        colours = np.empty((*cells.shape, 4), np.uint8)
        for start in range(0, len(cells), _ROWS_AT_ONCE):
            part = cells[start : start + _ROWS_AT_ONCE]
            masked = np.ma.array(part, mask=is_empty(part), copy=False)
            colours[start : start + _ROWS_AT_ONCE] = self.to_rgba(masked, alpha=opacity, bytes=True)
        return colours


def _bin_of(value: float, edges: Floats) -> int | None:
    if not edges[0] <= value <= edges[-1]:
        return None
    return min(int(np.searchsorted(edges, value, side="right")) - 1, len(edges) - 2)
