"""Colour maps, and the background that empty cells are painted in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib import colormaps
from matplotlib.colors import Colormap

from heatbin.errors import UsageError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["background_of", "colour_map"]

_WHITE = "#ffffff"
_NEAR_BLACK = "#101010"


def colour_map(cmap: str | Colormap) -> Colormap:
    """Return a colour map by name, with a background for empty cells.

    Parameters
    ----------
    cmap : str or Colormap
        The name of one of matplotlib's colour maps, or a map. One with a colour for bad values keeps it.

    Raises
    ------
    UsageError
        There is no colour map of this name.
    """
    found = cmap if isinstance(cmap, Colormap) else _named(cmap)
    if found.get_bad()[3] > 0:
        return found
    return found.with_extremes(bad=background_of(found))


def background_of(cmap: Colormap) -> str:
    """Return white or near-black, whichever is lighter or darker by more than the lowest colour.

    Examples
    --------
    >>> background_of(colormaps["viridis"]), background_of(colormaps["Greys"])
    ('#ffffff', '#101010')
    """
    lowest = _lightness(cmap(0.0))
    return _WHITE if 100.0 - lowest > lowest - _lightness((0.063, 0.063, 0.063)) else _NEAR_BLACK


def _named(name: str) -> Colormap:
    if name not in colormaps:
        raise UsageError(f"no colour map {name!r}{suggestion(name, list(colormaps), kind='colour maps')}")
    return colormaps[name]


def _lightness(colour: Sequence[float]) -> float:
    """Return L* of an sRGB colour, 0 to 100 (CIE 1976; IEC 61966-2-1 for the curve)."""
    red, green, blue = ((c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in colour[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance
