"""Numbers beside axes and colour bars: short, grouped by thousands, without a markup language."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    LogFormatter,
    LogLocator,
    NullFormatter,
    NullLocator,
    ScalarFormatter,
)

from heatbin.logical import zone_named
from heatbin.render.clock import DurationFormatter, DurationLocator
from heatbin.render.norms import EqualizedNorm
from heatbin.render.views import AxisView, length, numbers, threshold

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.transforms import BboxBase

__all__ = [
    "FEW_DECADES",
    "NameFormatter",
    "TidyFormatter",
    "TidyLogFormatter",
    "TidyValueFormatter",
    "dress",
    "equalized_ticks",
    "symlog_ticks",
    "tidy",
]

FEW_DECADES = 3
"""Logarithmic scales that are shorter have ticks at 2 and 5 too."""

_MINUS, _TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_SUPERSCRIPTS = str.maketrans(f"-{_MINUS}0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(f"e([-{_MINUS}]?[0-9]+)")

# What names take of an axis, in points: a letter, a line, and the room beside either.
_LETTER, _LINE, _ROOM = 5.5, 9.0, 4.0


def tidy(value: float) -> str:
    """Return a number in the shortest form that reads well.

    Examples
    --------
    >>> [tidy(value) for value in (0, 0.25, 1000, 20_000, 1e6, 1e-5)]
    ['0', '0.25', '1000', '20,000', '10⁶', '10⁻⁵']
    """
    sign, size = (_MINUS if value < 0 else ""), abs(value)
    if size == 0 or 1e-4 <= size < 1e6:
        return sign + _grouped(f"{size:.10g}" if size == int(size) else f"{size:.4g}")
    exponent = math.floor(math.log10(size))
    mantissa = f"{size / 10.0**exponent:.3g}" if math.isfinite(size) and exponent > -300 else f"{size:.3g}"
    return sign + f"{mantissa}{_power_of_ten(str(exponent))}".removeprefix(f"1{_TIMES}")


class TidyFormatter(ScalarFormatter):
    """Evenly spaced ticks: a comma at thousands from 10,000 on, a common power of ten only beyond 10⁷."""

    def __init__(self) -> None:
        super().__init__(useMathText=False)
        self.set_powerlimits((-4, 7))

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of the tick at `x`."""
        return _grouped(super().__call__(x, pos))

    def get_offset(self) -> str:
        """Return what the labels are to be multiplied by and added to, written at the end of the axis."""
        return _POWER.sub(lambda found: _power_of_ten(found[1]), super().get_offset()).removeprefix("1")


class TidyValueFormatter(Formatter):
    """Ticks at any values: each in its own shortest form."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the label of the tick at `x`."""
        return tidy(x)


class NameFormatter(Formatter):
    """Ticks of categories: the name of the bin."""

    def __init__(self, view: AxisView) -> None:
        self._edges, self._names = numbers(view), view.categories or ()

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the name of the bin that `x` is in."""
        return self._names[int(np.clip(np.searchsorted(self._edges, x) - 1, 0, len(self._names) - 1))]


class TidyLogFormatter(LogFormatter):
    """Ticks of logarithmic scales: those that matplotlib would label, as tidy numbers."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of the tick at `x`, or nothing where labels would crowd."""
        return tidy(x) if math.isfinite(x) and super().__call__(x, pos) else ""


def dress(ax: Axes, side: Literal["x", "y"], view: AxisView) -> None:
    """Give an axis the scale, the ticks and the label of a view (a label that is there already stays)."""
    axis = ax.xaxis if side == "x" else ax.yaxis
    if not axis.get_label_text():
        axis.set_label_text(view.label, parse_math=False)
    if view.categories:
        _name_bins(axis, view, ax.bbox, across=side == "x")
    elif view.is_time:
        _show_dates(axis, view.zone)
    elif view.is_duration:
        axis.set_major_locator(DurationLocator())
        axis.set_major_formatter(DurationFormatter())
    elif view.scale == "linear":
        axis.set_major_formatter(TidyFormatter())
    else:
        set_scale = ax.set_xscale if side == "x" else ax.set_yscale
        _scale(axis, set_scale, view)


def equalized_ticks(norm: EqualizedNorm, count: int = 8) -> list[float]:
    """Return values, evenly spread over the colours and rounded as far as that moves none of them visibly."""
    positions = np.linspace(0, 1, count)
    places = np.searchsorted(norm.levels, norm.inverse(positions[1:-1]))
    inner = [_rounded(value, norm) for value in norm.levels[np.clip(places, 0, len(norm.levels) - 1)]]
    ticks = [float(norm.vmin or 0)]
    for value in (*inner, float(norm.vmax or 0)):
        if norm(value) - norm(ticks[-1]) > 0.6 / count:
            ticks.append(value)
    return ticks


def symlog_ticks(norm: SymLogNorm, count: int = 12) -> list[float]:
    """Return 0 and powers of ten on both sides of it, as many as have room."""
    ends = float(norm.vmin or 0), float(norm.vmax or 0)
    low, high = (math.floor(math.log10(size)) for size in (norm.linthresh, max(map(abs, ends))))
    powers = [10.0**exponent for exponent in range(low, high + 1)]
    ticks: list[float] = []
    for value in [0.0, *(sign * power for power in powers for sign in (1, -1))]:
        apart = all(abs(norm(value) - norm(tick)) > 0.6 / count for tick in ticks)
        if ends[0] <= value <= ends[1] and apart:
            ticks.append(value)
    return sorted(ticks)


def _rounded(value: float, norm: EqualizedNorm) -> float:
    candidates = (float(f"{value:.{digits}e}") for digits in range(6))
    return next((near for near in candidates if abs(norm(near) - norm(value)) < 0.01), float(value))


def _grouped(number: str) -> str:
    whole, point, rest = number.partition(".")
    sign, digits = (whole[0], whole[1:]) if whole[:1] in ("-", _MINUS) else ("", whole)
    if len(digits) < 5 or not digits.isdigit():
        return number
    return f"{sign}{int(digits):,}{point}{rest}"


def _power_of_ten(exponent: str) -> str:
    return f"{_TIMES}10{exponent.translate(_SUPERSCRIPTS)}"


def _name_bins(axis: Axis, view: AxisView, panel: BboxBase, *, across: bool) -> None:
    """Write names at the middles of bins: upright, and then not all of them, where there is too little room."""
    longest, edges = max(map(len, view.categories or ("",))), numbers(view)
    room = (panel.width if across else panel.height) * 72 / axis.figure.dpi
    upright = across and longest > 2 and (longest * _LETTER + _ROOM) * view.size > room
    if upright:
        axis.set_tick_params(rotation=90)
    each = longest * _LETTER + _ROOM if across and not upright else _LINE + _ROOM
    most = max(int(room / each), 1)
    axis.set_major_locator(FixedLocator(list((edges[:-1] + edges[1:]) / 2), nbins=most))
    axis.set_major_formatter(NameFormatter(view))
    axis.set_minor_locator(NullLocator())


def _show_dates(axis: Axis, zone: str | None) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    clock = zone_named(zone or "UTC")
    axis.axis_date(clock)
    locator = AutoDateLocator(tz=clock)  # type: ignore[no-untyped-call]
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator, tz=clock))  # type: ignore[no-untyped-call]


def _scale(axis: Axis, set_scale: Callable[..., None], view: AxisView) -> None:
    options: dict[str, Any] = {"linthresh": threshold(view)} if view.scale == "symlog" else {}
    set_scale(view.scale, **options)
    if view.scale == "log" and length(view) < FEW_DECADES:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(TidyValueFormatter())
        axis.set_minor_formatter(NullFormatter())
        return
    axis.set_major_formatter(TidyLogFormatter(**options))
    axis.set_minor_formatter(TidyLogFormatter(**options))
