"""One axis: its values as steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.patches import StepPatch

from heatbin.render.grids import Cells, apart, clean, filled, is_empty, within_reach
from heatbin.render.layout import Request
from heatbin.render.painting import paint_on_axes, paint_on_page
from heatbin.render.style import Style
from heatbin.render.views import MOST, AxisView, Floats, Scale, drawable, limits, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_steps"]

_SCALES: dict[Any, Scale] = {"log": "log", "symlog": "symlog"}
_SIZE = (8.0, 4.0)
_LINE = 1.2

# The room above the highest step, of the length of the axis.
_HEADROOM = 0.05

# The room around steps that are all alike, of their height: doubles must tell it from none.
_LEAST_ROOM = 1e-9


def plot_steps(values: npt.ArrayLike, x: AxisView, *, ax: Axes | None = None, **style: Any) -> StepPatch:
    """Draw the values along one axis as steps, with gaps where bins are empty.

    Parameters
    ----------
    values : array_like of shape (x.size,)
        Counts or statistics.
    x : AxisView
        The axis.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default on a new figure, `artist.figure`, which pyplot does not know.
    **style
        What `Style` takes: of norms the axis of the values has log and symlog, and is linear otherwise.

    Returns
    -------
    matplotlib.patches.StepPatch
        The artist.

    Raises
    ------
    UsageError
        An argument cannot work.

    Examples
    --------
    >>> plot_steps([1, 0, 7], AxisView(np.arange(4), "x")).get_data().values
    array([1., 0., 7.])
    """
    look = replace(Style(**style), colorbar=False, aspect="auto")
    layer = _Steps.of(values, x, look)
    if ax is not None:
        return paint_on_axes(ax, layer, look)
    _, (artist,) = paint_on_page([layer], layer.request(look), look)
    return artist


@dataclass(frozen=True, slots=True)
class _Steps:
    """Steps, and the axis that they are measured on."""

    heights: Floats
    values: Cells
    x: AxisView
    y: AxisView

    @classmethod
    def of(cls, values: npt.ArrayLike, x: AxisView, style: Style) -> _Steps:
        cells = clean(np.asarray(values))
        x, bins = drawable(x)
        shown = cells[bins] if cells[bins].size else np.full(x.size, np.nan)
        scale = _SCALES.get(style.norm, "linear")
        # A count of 0 is a height like any other; on a logarithmic scale nothing has it.
        heights = np.where(is_empty(shown) & (scale == "log"), np.nan, shown.astype(np.float64))
        y = AxisView(_ends(heights, scale, style), style.label, scale)
        drawn = np.where(np.isfinite(heights), np.clip(heights, -MOST, MOST), heights)
        return cls(drawn, filled(shown), x, y)

    def request(self, style: Style) -> Request:
        """Return what a page must be: as wide as others, but not as high."""
        request = style.request(self.x, self.y)
        return replace(request, size=style.size or _SIZE, even=(self.x.even, False), ratio=None)

    def paint(self, ax: Axes, style: Style) -> StepPatch:
        """Draw the steps on prepared axes: filled where they add up, else as a line."""
        look: dict[str, Any] = {"color": style.colours(0.4), "baseline": None, "linewidth": _LINE}
        if style.reduce == "sum":
            base = limits(self.y)[0] if self.y.scale == "log" else 0.0
            look |= {"baseline": base, "fill": True, "linewidth": 0}
        steps = ax.stairs(self.heights, numbers(self.x), **look)
        # What is drawn may reach far beyond the limits, and is not to be asked for any.
        ax.autoscale(enable=False)
        ax.set_xlim(*limits(self.x))
        ax.set_ylim(*limits(self.y))
        return steps


def _ends(heights: Floats, scale: Scale, style: Style) -> Floats:
    """Return where the axis of the values begins and ends: of values that add up at 0, if the scale has it."""
    heights = within_reach(heights)
    heights = heights[(heights > 0) | (scale != "log")]
    low, high = (float(heights.min()), float(heights.max())) if heights.size else (0.1, 1.0)
    if scale == "log":
        low, high = low / 2, high * 2
    else:
        if style.reduce == "sum":
            low, high = min(low, 0.0), max(high, 0.0)
        room = _HEADROOM * (high - low) or max(1.0, _LEAST_ROOM * abs(high))
        low, high = low - room if low else low, high + room if high else high
    return np.array(apart(low, high, style.vmin, style.vmax, ratio=scale == "log"))
