"""Where things go on the page: panels in whole pixels a bin, decorations measured, nothing clipped."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from heatbin.errors import UsageError

__all__ = ["USUAL_SIZE", "Margins", "Request", "Sheet", "check_size", "fit", "most_pixels"]

USUAL_SIZE = (8.0, 6.0)
"""Of a page, in inches, where none is asked for."""

_LEAST_DPI = 100

# Below it letters would be less than a pixel high.
_COARSEST_DPI = 10

# Without an explicit resolution no side of a picture exceeds this: 8 by 6 inches then hold 2048 bins a side.
_LONGEST_SIDE = 3400

# Resolutions up to this are tried for a better fit of whole pixels than the coarsest possible one gives.
_FINEST_TRIED = 240

# Blank room up to this part costs nothing.
_FREE_BLANK = 0.1

# A whole number of pixels must not become one less where inches are added up in another order.
_ROUNDING = 1e-6

# A panel may shrink to this part of its room, for bins of whole pixels.
_LEAST_SHARE = 0.6


# The limit of the Agg renderer, in pixels a side.
_MOST_PIXELS = 1 << 16
# In all: as many as 16384² bins have, each with a pixel.
_MOST_IN_ALL = 1 << 28


def check_size(size: tuple[float, float] | None, dpi: float | None) -> None:
    """Raise a UsageError where no page can have this size in inches and this resolution."""
    if size is not None and not (len(size) == 2 and all(0 < side < math.inf for side in size)):
        raise UsageError(f"size must be a width and a height in inches, both above 0, got {size}")
    if dpi is not None and not _COARSEST_DPI <= dpi < math.inf:
        raise UsageError(f"dpi must be {_COARSEST_DPI} or more, got {dpi}")
    width, height = (side * (dpi or _LEAST_DPI) for side in size or USUAL_SIZE)
    if max(width, height) >= _MOST_PIXELS or width * height > _MOST_IN_ALL:
        raise UsageError(
            f"a picture of {width:.6g} x {height:.6g} pixels is more than can be drawn, which is {_MOST_IN_ALL} in all "
            f"and {_MOST_PIXELS} a side; take less of size or dpi"
        )


@dataclass(frozen=True, slots=True)
class Margins:
    """What the decorations take, in inches: around all panels, and from panel to panel."""

    left: float
    right: float
    bottom: float
    top: float
    across: float = 0.0
    up: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a page is asked to be.

    Parameters
    ----------
    size : tuple of float
        Width and height in inches: exactly, or at most where `trimmed`.
    dpi : float or None
        The resolution, or None for one that gives every bin a pixel.
    trimmed : bool
        Whether what the panels do not need is cut off.
    cells : tuple of int
        Bins along x and along y of each panel.
    even : tuple of bool
        Whether bins are equally wide along x and along y.
    ratio : float or None
        Width over height of a panel, where that is asked for.
    panels : tuple of int
        Columns and rows of panels.
    """

    size: tuple[float, float]
    dpi: float | None
    trimmed: bool
    cells: tuple[int, int]
    even: tuple[bool, bool] = (True, True)
    ratio: float | None = None
    panels: tuple[int, int] = (1, 1)

    def around(self, before: Margins, now: Margins) -> Request:
        """Return the request that keeps its panels where margins change, if its size is free."""
        if not self.trimmed:
            return self
        width = self.size[0] + now.left - before.left + now.right - before.right
        height = self.size[1] + now.bottom - before.bottom + now.top - before.top
        height += (now.up - before.up) * (self.panels[1] - 1)
        return replace(self, size=(width, height))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page laid out, in pixels from its lower left corner.

    Parameters
    ----------
    dpi : float
        The resolution.
    size : tuple of int
        Width and height of the page.
    origin : tuple of int
        The lower left corner of the lowest left panel.
    box : tuple of int
        Width and height of every panel.
    step : tuple of int
        From a panel to the next one, across and up.
    """

    dpi: float
    size: tuple[int, int]
    origin: tuple[int, int]
    box: tuple[int, int]
    step: tuple[int, int]


def most_pixels(request: Request, margins: Margins) -> tuple[int, int]:
    """Return how many pixels wide and high a panel can get: cells beyond that must be merged."""
    return _Draft(request, margins, request.dpi or _finest_dpi(request)).room


def fit(request: Request, margins: Margins) -> Sheet:
    """Return the page whose panels waste the least room at bins of whole pixels.

    A resolution that is not given is the lowest from 100 dpi on which gives every bin a pixel, or up to
    twice that where it leaves less room unused.
    """
    tried = [request.dpi] if request.dpi else _resolutions(request, margins)
    drafts = [_Draft(request, margins, dpi) for dpi in tried]
    return min(drafts, key=lambda draft: draft.cost(least=drafts[0].dpi)).sheet


@dataclass(frozen=True, slots=True)
class _Draft:
    """A page as it would be at one resolution."""

    request: Request
    margins: Margins
    dpi: float

    @property
    def room(self) -> tuple[int, int]:
        """The most pixels that each panel can get; labels that leave none get clipped rather than the panels."""
        (columns, rows), (width, height), margins = self.request.panels, self.request.size, self.margins
        across = (width - margins.left - margins.right - margins.across * (columns - 1)) / columns
        up = (height - margins.bottom - margins.top - margins.up * (rows - 1)) / rows
        inches = max(across, width / columns / 5), max(up, height / rows / 5)
        room = int(inches[0] * self.dpi + _ROUNDING), int(inches[1] * self.dpi + _ROUNDING)
        return room if self.request.ratio is None else _in_ratio(room, self.request.ratio)

    @property
    def box(self) -> tuple[int, int]:
        """Width and height of a panel with bins of whole pixels; in a given ratio, along x only where that agrees."""
        cells, even, ratio = self.request.cells, self.request.even, self.request.ratio
        across, up = (
            _snapped(pixels, n) if whole else pixels
            for pixels, n, whole in zip(self.room, cells, even, strict=True)
        )
        return (across, up) if ratio is None else (max(round(up * ratio), 1), up)

    @property
    def holds_all(self) -> bool:
        """Whether every cell can get a pixel."""
        return all(pixels >= cells for pixels, cells in zip(self.room, self.request.cells, strict=True))

    def cost(self, *, least: float) -> float:
        """Return how much there is against this page: room unused, uneven bins, and more dots than the `least`."""
        unused = sum(1 - got / had for got, had in zip(self.box, self.room, strict=True))
        return max(unused - _FREE_BLANK, 0) + self._unevenness() + 0.2 * (self.dpi / least - 1)

    def _unevenness(self) -> float:
        """Return how much bins differ in pixels: 1 and 2 are the worst, 20 and 21 are hardly seen."""
        pairs = zip(self.box, self.request.cells, self.request.even, strict=True)
        return sum(cells / pixels for pixels, cells, even in pairs if even and pixels % cells)

    @property
    def sheet(self) -> Sheet:
        """The page laid out."""
        (columns, rows), box, request, margins = self.request.panels, self.box, self.request, self.margins
        gap = self._pixels(margins.across, margins.up)
        panels = columns * (box[0] + gap[0]) - gap[0], rows * (box[1] + gap[1]) - gap[1]
        left, bottom = self._pixels(margins.left, margins.bottom)
        right, top = self._pixels(margins.right, margins.top)
        needed = left + panels[0] + right, bottom + panels[1] + top
        page = int(request.size[0] * self.dpi), int(request.size[1] * self.dpi)
        spare = max(page[0] - needed[0], 0), max(page[1] - needed[1], 0)
        return Sheet(
            self.dpi,
            needed if request.trimmed else page,
            (left, bottom) if request.trimmed else (left + spare[0] // 2, bottom + spare[1] // 2),
            box,
            (box[0] + gap[0], box[1] + gap[1]),
        )

    def _pixels(self, *inches: float) -> tuple[int, ...]:
        return tuple(round(length * self.dpi) for length in inches)


def _finest_dpi(request: Request) -> int:
    return max(_LEAST_DPI, int(_LONGEST_SIDE / max(request.size)))


def _resolutions(request: Request, margins: Margins) -> range:
    finest = _finest_dpi(request)
    coarse = range(_LEAST_DPI, finest)
    least = next((dpi for dpi in coarse if _Draft(request, margins, dpi).holds_all), finest)
    return range(least, max(least, min(2 * least, _FINEST_TRIED, finest)) + 1)


def _snapped(pixels: int, cells: int) -> int:
    whole = pixels // cells * cells
    return whole if whole >= _LEAST_SHARE * pixels else pixels


def _in_ratio(room: tuple[int, int], ratio: float) -> tuple[int, int]:
    width = min(room[0], room[1] * ratio)
    return max(int(width), 1), max(int(width / ratio), 1)
