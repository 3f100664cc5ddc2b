"""How a picture is to look: every keyword that the kinds of pictures share, checked once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from matplotlib.colors import Colormap, Normalize

from heatbin.errors import UsageError
from heatbin.render.colours import background_of, colour_map
from heatbin.render.grids import Cells, Reduction
from heatbin.render.layout import USUAL_SIZE, Request, check_size
from heatbin.render.norms import parse_norm
from heatbin.render.views import AxisView, length

__all__ = ["Aspect", "Style"]

Aspect = Literal["auto", "equal"] | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How cells are to look, whatever their shape.

    Parameters
    ----------
    norm : str or Normalize, optional
        `linear`, `log`, `symlog`, `power:GAMMA`, `eq_hist`, or a norm of matplotlib's. `log` starts at the
        least value above 0.
    vmin, vmax : float, optional
        The values at the two ends of the colours; by default the least and the greatest.
    cmap : str or Colormap, optional
        The colours.
    colorbar : bool, optional
        Whether to say what the colours mean.
    aspect : {"auto", "equal"} or float, optional
        The length of a unit of y over that of a unit of x.
    title : str, optional
        Written above.
    label : str, optional
        What the values are, written beside the colour bar.
    reduce : {"sum", "max", "min", "mean", "extreme"}, optional
        How cells that are not empty merge where a page has fewer pixels than cells; "extreme" takes the value farthest
        from 0. "mean" weighs cells alike: where the exact mean matters, merge by `factors` before. A pixel that is
        drawn for several cells shows the least with "min", with "extreme" what that is, else the greatest.
    size : tuple of float, optional
        Width and height of a new figure in inches, exactly. By default at most 8 by 6, less what the
        picture does not need.
    dpi : float, optional
        The resolution of a new figure; by default 100, or what gives every bin a pixel.

    Raises
    ------
    UsageError
        An argument cannot work.

    Examples
    --------
    >>> Style(cmap="virdis")
    Traceback (most recent call last):
    heatbin.errors.UsageError: no colour map 'virdis'; did you mean 'viridis'? colour maps: ...
    """

    norm: str | Normalize = "linear"
    vmin: float | None = None
    vmax: float | None = None
    cmap: str | Colormap = "viridis"
    colorbar: bool = True
    aspect: Aspect = "auto"
    title: str | None = None
    label: str = "count"
    reduce: Reduction = "sum"
    size: tuple[float, float] | None = None
    dpi: float | None = None

    def __post_init__(self) -> None:
        colour_map(self.cmap)
        if isinstance(self.norm, str):
            parse_norm(self.norm).check(self.vmin, self.vmax)
        elif not (self.vmin is None and self.vmax is None):
            raise UsageError("vmin and vmax go with a norm by name; set those of a Normalize on itself")
        _check_aspect(self.aspect)
        check_size(self.size, self.dpi)

    @property
    def colours(self) -> Colormap:
        """The colour map, with a background for empty cells."""
        return colour_map(self.cmap)

    @property
    def background(self) -> str:
        """The colour of what holds no cell."""
        return background_of(self.colours)

    def fitted(self, values: Cells) -> Style:
        """Return this style with a norm that has limits for these values, none of which is empty."""
        if isinstance(self.norm, str):
            norm = parse_norm(self.norm).fit(values, self.vmin, self.vmax)
            return replace(self, norm=norm, vmin=None, vmax=None)
        if not self.norm.scaled():
            self.norm.autoscale_None(values if values.size else np.array([0.0, 1.0]))
        return self

    def request(self, x: AxisView, y: AxisView) -> Request:
        """Return what a page for these axes must be: of a given size, or of the usual one at most."""
        return Request(
            size=self.size or USUAL_SIZE,
            dpi=self.dpi,
            trimmed=self.size is None,
            cells=(x.size, y.size),
            even=(x.even, y.even),
            ratio=self._proportion(x, y),
        )

    def _proportion(self, x: AxisView, y: AxisView) -> float | None:
        """Return width over height of a panel whose units have the lengths that `aspect` asks for."""
        if isinstance(self.aspect, str):
            return length(x) / length(y) if self.aspect == "equal" else None
        return length(x) / (length(y) * float(self.aspect))


def _check_aspect(aspect: Aspect) -> None:
    if aspect in ("auto", "equal"):
        return
    if not isinstance(aspect, int | float) or not 0 < aspect < np.inf:
        raise UsageError(f"aspect must be 'auto', 'equal' or a number above 0, got {aspect!r}")
