"""Numbers beside axes and colour bars: short, grouped by thousands, without a markup language."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    LogFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
    ScalarFormatter,
)

from heatbin.logical import zone_named
from heatbin.render.clock import DurationFormatter, DurationLocator
from heatbin.render.norms import EqualizedNorm
from heatbin.render.symlog import SymlogLocator, small_ticks
from heatbin.render.views import AxisView, length, limits, numbers, threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.transforms import BboxBase

__all__ = [
    "FEW_DECADES",
    "TIMES",
    "NameFormatter",
    "TidyFormatter",
    "TidyLogFormatter",
    "TidyValueFormatter",
    "dress",
    "equalized_ticks",
    "tidy",
]

FEW_DECADES = 3
"""Logarithmic scales that are shorter have ticks at 2 and 5 too."""

TIMES = "\N{MULTIPLICATION SIGN}"
"""Between factors."""

_MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans(f"-{_MINUS}0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(f"e([-{_MINUS}]?[0-9]+)")

# What labels take of an axis, in points: a letter, one of a short name in capitals, a line, and the room beside them.
_LETTER, _CAPITAL, _LINE, _ROOM = 5.5, 6.8, 9.0, 4.0

# Names of bins may reach so far into the page from the side, and have so many letters at least.
_MOST_OF_PAGE, _FEWEST_LETTERS = 0.35, 8

_MOST_LABELS, _FEW_LABELS = 9, 4
_CLOCK, _DAY = len("Mar-15"), len("2001-Mar-15")
_A_DAY = 1.0  # of matplotlib's numbers
_PARTS = 10  # into which an axis is cut that has room for its outer ticks alone

_SUBS = (1, 2, 5)  # of powers of ten, on short logarithmic scales
# What evenly spaced ticks may be multiples of; powers of ten beyond which all ticks have a common one, and those
# where there is little room.
_STEPS = (1, 2, 2.5, 5, 10)
_PLAIN, _SHORT = (-4, 7), (-2, 4)


def tidy(value: float, digits: int = 4) -> str:
    """Return a number in the shortest form that reads well, of so many digits at most where it is not whole.

    Examples
    --------
    >>> [tidy(value) for value in (0, 0.25, 1000, 12_345.678, 1e6, 9.9999e-6, 1e-305, math.inf)]
    ['0', '0.25', '1000', '12,346', '10⁶', '10⁻⁵', '10⁻³⁰⁵', '∞']
    """
    sign, size = (_MINUS if value < 0 else ""), abs(value)
    if not math.isfinite(size):
        return sign + "∞" if size == math.inf else ""
    if size == 0 or 1e-4 <= size < 1e6:
        is_long = size != int(size) and size < 10.0 ** (digits - 1)
        return sign + _grouped(f"{size:.{digits}g}" if is_long else str(round(size)))
    mantissa, exponent = f"{size:.{digits - 2}e}".split("e")
    factor = f"{float(mantissa):.{digits - 1}g}"
    return sign + f"{factor}{_power_of_ten(str(int(exponent)))}".removeprefix(f"1{TIMES}")


class TidyFormatter(ScalarFormatter):
    """Evenly spaced ticks: a comma at thousands from 10,000 on, a common power of ten only beyond 10⁷.

    Parameters
    ----------
    plain : tuple of int, optional
        The powers of ten beyond which there is a common one, where these limits are too wide.
    """

    def __init__(self, plain: tuple[int, int] = _PLAIN) -> None:
        super().__init__(useMathText=False)
        self.set_powerlimits(plain)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of the tick at `x`."""
        return _grouped(super().__call__(x, pos))

    def get_offset(self) -> str:
        """Return what the labels are to be multiplied by and added to, written at the end of the axis."""
        return _POWER.sub(lambda found: _power_of_ten(found[1]), super().get_offset()).removeprefix("1")


class TidyValueFormatter(Formatter):
    """Ticks at any values: each in its own shortest form.

    Parameters
    ----------
    apart : sequence of float, optional
        The values that labels must tell apart.
    """

    def __init__(self, apart: Sequence[float] = ()) -> None:
        told = (digits for digits in range(4, 17) if len({tidy(x, digits) for x in apart}) == len(set(apart)))
        self._digits = next(told, 17)

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the label of the tick at `x`."""
        return tidy(x, self._digits)


class _EndsLocator(MaxNLocator):
    """The first and the last of evenly spaced ticks, where others have no room."""

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return where ticks between two ends are."""
        low, high = sorted((vmin, vmax))
        ticks = [tick for tick in super().tick_values(vmin, vmax) if low <= tick <= high]
        return ticks[:: max(len(ticks) - 1, 1)]


class NameFormatter(Formatter):
    """Ticks of categories: the name of the bin, in so many letters at most."""

    def __init__(self, view: AxisView, letters: int) -> None:
        # A dollar sign is one, not the beginning of a formula.
        self._names = [name.replace("$", r"\$") for name in _shortened(view.categories or (), letters)]
        self._edges = numbers(view)

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the name of the bin that `x` is in."""
        return self._names[int(np.clip(np.searchsorted(self._edges, x) - 1, 0, len(self._names) - 1))]


def _shortened(names: Sequence[str], letters: int) -> list[str]:
    """Leave out the ends of names that are too long; where that makes two alike, the middle."""
    begun = [name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…" for name in names]
    if len(set(begun)) == len(set(names)):
        return begun
    last = letters // 2
    return [
        name if len(name) <= letters else f"{name[: letters - 1 - last].rstrip()}…{name[-last:].lstrip()}"
        for name in names
    ]


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
    room = _Room.of(axis, ax.bbox, across=side == "x")
    if view.categories:
        _name_bins(axis, view, room)
    elif view.is_time:
        _show_dates(axis, view, room)
        if room.across and len(view.label) + 2 * _DAY > room.points / _LETTER:
            # The day or year that ticks have in common stands at the right end, where the label would reach.
            axis.label.set(x=0.0, horizontalalignment="left")
    elif view.is_duration:
        axis.set_major_locator(DurationLocator(room.labels(_CLOCK)))
        axis.set_major_formatter(DurationFormatter())
    elif view.scale == "linear":
        _number(axis, view, room)
    else:
        set_scale = ax.set_xscale if side == "x" else ax.set_yscale
        _scale(axis, set_scale, view, room)


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
    return f"{TIMES}10{exponent.translate(_SUPERSCRIPTS)}"


@dataclass(frozen=True, slots=True)
class _Room:
    """How long an axis is, in points, and whether labels lie side by side along it."""

    points: float
    across: bool

    @classmethod
    def of(cls, axis: Axis, panel: BboxBase, *, across: bool) -> _Room:
        """Return the room along a panel, about as large as it will be."""
        return cls((panel.width if across else panel.height) * 72 / axis.figure.dpi, across)

    def labels(self, letters: int, most: int = _MOST_LABELS) -> int:
        """Return how many labels of so many letters have room, 2 or more."""
        return min(max(int(self.points / self.each(letters)), 2), most)

    def holds_two(self, letters: int) -> bool:
        """Tell whether two labels of so many letters have room wherever they are."""
        return self.points >= 2 * self.each(letters)

    def each(self, letters: int) -> float:
        """Return what a label takes along the axis, in points."""
        return letters * _LETTER + 2 * _ROOM if self.across else 2 * _LINE


def _number(axis: Axis, view: AxisView, room: _Room) -> None:
    """Write numbers, with a common power of ten where they have too little room."""
    letters, plain = _longest(*limits(view), _PLAIN), _PLAIN
    if room.labels(letters) < _FEW_LABELS:
        letters, plain = _longest(*limits(view), _SHORT), _SHORT
    most = room.labels(letters)  # for two of which there may be three ticks, which do not fit
    locator = MaxNLocator(most, steps=_STEPS) if most > 2 else _EndsLocator(_PARTS, steps=_STEPS)
    axis.set_major_locator(locator)
    axis.set_major_formatter(TidyFormatter(plain))


def _longest(low: float, high: float, plain: tuple[int, int]) -> int:
    """Return how many letters the longest label between two ends of a linear axis has."""
    step = (high - low) / _MOST_LABELS
    if max(abs(low), abs(high)) >= 10.0 ** plain[1] or step < 10.0 ** plain[0]:
        return len("0.00")
    digits = max(math.ceil(-math.log10(step)), 0)
    return max(len(f"{end:,.{digits}f}") for end in (low, high))


def _name_bins(axis: Axis, view: AxisView, room: _Room) -> None:
    """Write names at the middles of bins: upright, and then not all of them, where there is too little room."""
    page = axis.figure.bbox.height if room.across else axis.figure.bbox.width
    letters = max(int(_MOST_OF_PAGE * page * 72 / axis.figure.dpi / _LETTER), _FEWEST_LETTERS)
    longest, edges = min(max(map(len, view.categories or ("",))), letters), numbers(view)
    upright = room.across and longest > 2 and (longest * _LETTER + _ROOM) * view.size > room.points
    if upright:
        axis.set_tick_params(rotation=90)
    each = _ROOM + (longest * _CAPITAL if room.across and not upright else _LINE)
    most = max(int(room.points / each), 1)
    axis.set_major_locator(FixedLocator(list((edges[:-1] + edges[1:]) / 2), nbins=most))
    axis.set_major_formatter(NameFormatter(view, letters))
    axis.set_minor_locator(NullLocator())


def _show_dates(axis: Axis, view: AxisView, room: _Room) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date

    clock, most = zone_named(view.zone or "UTC"), max(room.labels(_CLOCK, most=11), 3)
    axis.axis_date(clock)
    low, high = limits(view)
    ends = num2date((low, high), clock)  # type: ignore[no-untyped-call]
    steps = clock
    if high - low < _A_DAY and ends[0].utcoffset() != ends[1].utcoffset():
        # The locator counts by the clock, which is put forward or back here: it would miss an hour that comes twice.
        steps, ends = UTC, num2date((low, high))  # type: ignore[no-untyped-call]
    for count in (most, 5, 7):
        # With fewer ticks at least, no interval of the locator's would be long enough for some ranges.
        locator = AutoDateLocator(tz=steps, minticks=(count - 1) // 2, maxticks=count)  # type: ignore[no-untyped-call]
        ticks = [tick for tick in locator.tick_values(*ends) if low <= tick <= high]  # type: ignore[no-untyped-call]
        if len(ticks) > 1:
            break
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator, tz=clock))  # type: ignore[no-untyped-call]


def _scale(axis: Axis, set_scale: Callable[..., None], view: AxisView, room: _Room) -> None:
    set_scale(view.scale, **({"linthresh": threshold(view)} if view.scale == "symlog" else {}))
    letters = max(len(tidy(power)) for power in _powers(view))
    most = room.labels(letters)
    axis.set_major_formatter(TidyValueFormatter())
    axis.set_minor_formatter(NullFormatter())
    if view.scale == "symlog":
        axis.set_major_locator(SymlogLocator(threshold(view), most if room.holds_two(letters) else 1))
        low, high = sorted(limits(view))
        axis.set_minor_locator(FixedLocator(small_ticks(low, high, threshold(view))))
    elif length(view) < min(FEW_DECADES, most / 3):
        _number_few_decades(axis, view, room)
    else:
        axis.set_major_locator(LogLocator(numticks=most))


def _number_few_decades(axis: Axis, view: AxisView, room: _Room) -> None:
    """Write 1, 2 and 5 times powers of ten; between ends that hold few of these, evenly spaced numbers."""
    low, high = limits(view)
    held = sum(low <= factor * power <= high for power in _powers(view) for factor in _SUBS)
    if held >= _FEW_LABELS - 1:
        axis.set_major_locator(LogLocator(subs=_SUBS))
        return
    locator = MaxNLocator(max(room.labels(_longest(low, high, _PLAIN)) // 2, 2), steps=_STEPS)
    axis.set_major_locator(locator)
    axis.set_major_formatter(TidyValueFormatter(list(locator.tick_values(low, high))))


def _powers(view: AxisView) -> list[float]:
    """Return the powers of ten between the ends of an axis, with the sign that makes them longer."""
    first, last = (math.log10(abs(end) or threshold(view)) for end in limits(view))
    sign = -1.0 if limits(view)[0] < 0 else 1.0
    return [
        sign * 10.0**power
        for power in range(math.floor(min(first, last, 0)), math.floor(max(first, last)) + 1)
    ]
