"""Colour bars: what a colour says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.colors import LogNorm, Normalize, PowerNorm, SymLogNorm
from matplotlib.ticker import FixedLocator, Formatter, Locator, LogLocator, MaxNLocator

from heatbin.render.grids import Cells
from heatbin.render.norms import EqualizedNorm
from heatbin.render.page import style_bar
from heatbin.render.symlog import symlog_ticks
from heatbin.render.ticks import (
    FEW_DECADES,
    TIMES,
    TidyFormatter,
    TidyLogFormatter,
    TidyValueFormatter,
    equalized_ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar

__all__ = ["add_bar", "merged_label"]


def add_bar(artist: Any, values: Cells, label: str, *, ax: Axes, cax: Axes | None) -> Colorbar:
    """Add the colour bar of an artist.

    Parameters
    ----------
    artist : ScalarMappable
        What was drawn.
    values : ndarray
        The values that were drawn: the ends of the bar are pointed where some lie beyond its limits.
    label : str
        What the values are.
    cax : Axes or None
        Where the bar goes; None takes its room from `ax`.
    ax : Axes
        Where the artist is.
    """
    norm: Any = artist.norm
    locator, formatter = _ticks(norm, whole=values.dtype.kind in "iu")
    place: dict[str, Any] = {"ax": ax} if cax is None else {"cax": cax}
    bar = ax.figure.colorbar(
        artist, ticks=locator, format=formatter, extend=_extend(norm, values), extendfrac=0.03, **place
    )
    if isinstance(norm, LogNorm):
        bar.minorformatter = TidyLogFormatter()
    bar.set_label(label)
    style_bar(bar)
    return bar


def merged_label(label: str, across: int, up: int, reduce: str | None) -> str:
    """Return what a colour says where cells were merged, by a reduction or, if that is None, worked out anew."""
    if across == up == 1:
        return label
    bins = f"{across} {TIMES} {up} bins"
    if reduce is None:
        return f"{label} of {bins}"
    return f"{label} per {bins}" if reduce == "sum" else f"{label} ({reduce} of {bins})"


def _ticks(norm: Normalize, *, whole: bool) -> tuple[Locator | None, Formatter]:
    if isinstance(norm, EqualizedNorm):
        ticks = equalized_ticks(norm)
        return FixedLocator(ticks), TidyValueFormatter(ticks)
    if isinstance(norm, LogNorm) and _is_short(norm):
        return LogLocator(subs=(1, 2, 5)), TidyValueFormatter()
    if isinstance(norm, SymLogNorm):
        return FixedLocator(symlog_ticks(norm)), TidyValueFormatter()
    if isinstance(norm, LogNorm):
        return None, TidyLogFormatter()
    if type(norm) not in (Normalize, PowerNorm):
        return None, TidyFormatter()
    steps = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    return MaxNLocator(nbins=8, steps=steps, integer=whole), TidyFormatter()


def _is_short(norm: LogNorm) -> bool:
    return norm.vmin is not None and norm.vmax is not None and norm.vmax < norm.vmin * 10**FEW_DECADES


def _extend(norm: Normalize, values: Cells) -> str:
    if not values.size or norm.vmin is None or norm.vmax is None:
        return "neither"
    below, above = bool(values.min() < norm.vmin), bool(values.max() > norm.vmax)
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get((below, above), "neither")
