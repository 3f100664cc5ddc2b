"""A figure of panels and a colour bar: made, styled, measured and put together."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from heatbin.render.layout import Margins, Request, Sheet, fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.colorbar import Colorbar
    from matplotlib.text import Text

__all__ = ["Page", "compose", "entitle", "new_page", "rough_margins", "style_bar"]

# Lengths are in inches, lines and letters in points.
_BAR_WIDTH, _BAR_GAP, _BAR_GAP_BESIDE_LABELS = 0.16, 0.14, 0.36
_PANEL_GAPS = (0.3, 0.36)
_PAD = 0.1
_LINE = 0.6
_TICKS = {"major": 3.5, "minor": 2.0}
_INK, _FRAME = "0.15", "0.35"
_SMALL, _NORMAL, _LARGE = 9, 10, 12
_TITLE_LINE = 14  # of a panel's title
_TITLE: Any = {"color": _INK, "ha": "left", "parse_math": False}

# How much of a line to fill, for lines that happen to have more wide letters than others.
_UNEVEN = 0.9
_FEWEST_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A figure, its panels (from the upper left, row by row), the axes of its colour bar and its title."""

    figure: Figure
    panels: tuple[Axes, ...]
    bar: Axes | None
    heading: Text | None


def new_page(request: Request, *, title: str | None, bar: bool, background: str, count: int = 1) -> Page:
    """Return a figure of `count` empty panels, in their final resolution and about their final place."""
    margins = rough_margins(bar=bar, panels=request.panels)
    sheet = fit(request, margins)
    # matplotlib saves figures at the resolution that they were made with, whatever it becomes later.
    figure = Figure(figsize=request.size, dpi=sheet.dpi, facecolor="white")
    panels = tuple(figure.add_axes((0, 0, 1, 1), facecolor=background) for _ in range(count))
    bar_axes = figure.add_axes((0, 0, 1, 1)) if bar else None
    page = Page(figure, panels, bar_axes, _heading(figure, panels, title))
    for panel in panels:
        _style(panel)
        _frame(panel, sheet.dpi)
    _place(page, sheet, request, margins.up)
    return page


def rough_margins(*, bar: bool, panels: tuple[int, int] = (1, 1)) -> Margins:
    """Return about what the decorations will take, before there are any to measure."""
    across, up = _PANEL_GAPS if panels != (1, 1) else (0.0, 0.0)
    return Margins(left=0.8, right=1.05 if bar else 0.2, bottom=0.6, top=0.35, across=across, up=up)


def compose(page: Page, request: Request) -> None:
    """Give everything its place, such that no label is clipped."""
    renderer = FigureCanvasAgg(page.figure).get_renderer()  # type: ignore[no-untyped-call]
    _wrap_labels(page, request, renderer)
    _clear_labels(page, request.panels[0], renderer)
    margins = rough_margins(bar=page.bar is not None, panels=request.panels)
    request = replace(request, dpi=page.figure.dpi)
    # Panels of another size can have other ticks, with longer labels, and a title can need more lines on a
    # narrower page: what is seen then is fitted again.
    alone = len(page.panels) == 1
    for _ in range(1 if request.trimmed and page.heading is None and alone else 2):
        with np.errstate(over="ignore"):
            _wrap_titles(page, margins, request.panels, renderer)
            measured = _measured(page, request, renderer)
        request, margins = request.around(margins, measured), measured
        _place(page, fit(request, margins), request, margins.up)


def entitle(panel: Axes, title: str | None, size: float = _LARGE) -> Text | None:
    """Write a title above a panel, as it is, from the panel's left end on."""
    return panel.set_title(title, x=0.0, size=size, **_TITLE) if title else None


def style_bar(bar: Colorbar) -> None:
    """Give a colour bar the lines and letters of the panels."""
    bar.outline.set(linewidth=_LINE, edgecolor=_FRAME)
    _style_ticks(bar.ax)
    bar.ax.yaxis.label.set(color=_INK, size=_NORMAL, parse_math=False)
    bar.ax.yaxis.labelpad = 6


def _bar_gap(page: Page, columns: int) -> float:
    """Return the inches between panels and bar: where nothing is below the last panel, its labels reach into them."""
    return _BAR_GAP_BESIDE_LABELS if len(page.panels) % columns else _BAR_GAP


def _heading(figure: Figure, panels: tuple[Axes, ...], title: str | None) -> Text | None:
    if len(panels) == 1:
        return entitle(panels[0], title)
    return figure.text(0, 0, title, va="bottom", size=_LARGE, **_TITLE) if title else None


def _style(panel: Axes) -> None:
    _style_ticks(panel)
    for axis in (panel.xaxis, panel.yaxis):
        axis.label.set(color=_INK, size=_NORMAL)
    # Below the image: the frame and the ticks must not cover the outermost cells, which can be a pixel wide.
    for artist in (panel.xaxis, panel.yaxis, *panel.spines.values()):
        artist.set_zorder(-1)
    for spine in panel.spines.values():
        spine.set_edgecolor(_FRAME)


def _style_ticks(axes: Axes) -> None:
    for which, length in _TICKS.items():
        axes.tick_params(which=which, direction="out", length=length, width=_LINE, color=_FRAME)
        axes.tick_params(which=which, labelcolor=_INK, labelsize=_SMALL)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_offset_text().set(color=_INK, size=_SMALL)


def _wrap_labels(page: Page, request: Request, renderer: RendererBase) -> None:
    (columns, rows), (width, height) = request.panels, request.size
    for panel in page.panels:
        _wrap(panel.xaxis.label, 0.8 * width / columns, renderer)
        _wrap(panel.yaxis.label, 0.8 * height / rows, renderer)
        if len(page.panels) == 1:
            _wrap(panel.title, 0.8 * width, renderer)
    if page.bar is not None:
        _wrap(page.bar.yaxis.label, 0.8 * height, renderer)


def _clear_labels(page: Page, columns: int, renderer: RendererBase) -> None:
    """Keep labels below panels apart from each other, and from what their ticks have in common."""
    axes = [panel.xaxis for panel in page.panels]
    pitch = page.figure.bbox.width / columns
    if len(axes) > 1 and max(axis.label.get_window_extent(renderer).width for axis in axes) > 0.7 * pitch:
        for number, axis in enumerate(axes):
            axis.label.set(
                x=0.0, horizontalalignment="left", text="" if number % columns else axis.label.get_text()
            )
    for axis in axes:
        axis.get_tightbbox(renderer)  # which puts them where they will be
        label, offset = axis.label, axis.get_offset_text()
        if label.get_text() and offset.get_text() and _overlap(label, offset, renderer):
            axis.labelpad += _TITLE_LINE


def _overlap(one: Text, other: Text, renderer: RendererBase) -> bool:
    return bool(one.get_window_extent(renderer).overlaps(other.get_window_extent(renderer)))


def _wrap_titles(page: Page, margins: Margins, panels: tuple[int, int], renderer: RendererBase) -> None:
    """Break the title of the page, and those of panels where they would run into what is beside them."""
    columns, rows = panels
    # Titles may take half of what there is.
    lines = min(max(int(page.figure.get_figheight() / rows / 2 * 72 / _TITLE_LINE), 1), 4)
    if page.heading is not None:
        _wrap(page.heading, page.figure.get_figwidth() - 1, renderer)
    for number, panel in enumerate(page.panels if len(page.panels) > 1 else (), start=1):
        beside_bar = page.bar is not None and number % columns == 0
        gap = _bar_gap(page, columns) if beside_bar else margins.across
        _wrap(panel.title, panel.bbox.width / page.figure.dpi + gap - _PAD / 2, renderer, lines=lines)


def _wrap(text: Text, inches: float, renderer: RendererBase, lines: int = 3) -> None:
    """Break a text that is longer than allowed, between words, into so many lines at most."""
    box = text.get_window_extent(renderer)
    length = max(box.width, box.height) / float(renderer.points_to_pixels(72))  # type: ignore[arg-type]
    if length > inches:
        longest = max(map(len, text.get_text().splitlines()))
        letters = max(int(longest * inches / length * _UNEVEN), _FEWEST_LETTERS)
        broken = textwrap.wrap(
            text.get_text(), letters, max_lines=lines, placeholder=" …", break_on_hyphens=False
        )
        text.set_text("\n".join(broken))


def _measured(page: Page, request: Request, renderer: RendererBase) -> Margins:
    """Return what the decorations take, rounded up to a fiftieth of an inch."""
    bar, dpi = page.bar, page.figure.dpi
    overhangs = np.array([_overhang(panel, renderer) for panel in page.panels]) / dpi
    left, bottom, right, top = _rounded(overhangs.max(axis=0) + _PAD)
    if bar is not None:
        reach = _overhang(bar, renderer)
        beside = _bar_gap(page, request.panels[0]) + _BAR_WIDTH
        right = max(right, _rounded(np.array([beside + reach[2] / dpi + _PAD]))[0])
        top = max(top, _rounded(np.array([reach[3] / dpi + _PAD]))[0])
    if page.heading is not None and len(page.panels) > 1:
        top += _rounded(np.array([page.heading.get_window_extent(renderer).height / dpi + _PAD]))[0]
    rough = rough_margins(bar=bar is not None, panels=request.panels)
    up, across = rough.up, rough.across
    if len(page.panels) > 1:
        up = max(up, _gap_above(overhangs, request.panels[0]))
        across = max(across, _gap_between(page, renderer))
    return replace(rough, left=left, bottom=bottom, right=right, top=top, up=up, across=across)


def _gap_above(overhangs: np.ndarray, columns: int) -> float:
    """Return the inches that titles above panels need, and what other panels have below them."""
    below = overhangs[:-columns, 1].max(initial=0.0)
    return _rounded(np.array([below + overhangs[:, 3].max() + 0.7 * _PAD]))[0]


def _gap_between(page: Page, renderer: RendererBase) -> float:
    """Return the inches that labels of ticks at the ends of neighbouring panels need."""
    reach = 0.0
    for panel in page.panels:
        boxes = [label.get_window_extent(renderer) for label in panel.get_xticklabels() if label.get_text()]
        inside = [box for box in boxes if panel.bbox.x0 <= (box.x0 + box.x1) / 2 <= panel.bbox.x1]
        if inside:
            labels = Bbox.union(inside)
            reach = max(reach, panel.bbox.x0 - labels.x0 + labels.x1 - panel.bbox.x1)
    return _rounded(np.array([reach / page.figure.dpi + _PAD / 2]))[0]


def _rounded(inches: np.ndarray) -> list[float]:
    return [float(side) for side in np.ceil(inches * 50) / 50]


def _overhang(panel: Axes, renderer: RendererBase) -> tuple[float, float, float, float]:
    """Return how far labels reach beyond a panel to the left, bottom, right and top, in pixels."""
    if panel.get_title():
        # This moves a title that would run into other labels.
        panel.get_tightbbox(renderer, bbox_extra_artists=())
    panel.apply_aspect()
    inner = panel.bbox
    boxes = [axis.get_tightbbox(renderer) for axis in (panel.xaxis, panel.yaxis)]
    outer = Bbox.union([inner, *(box for box in boxes if box is not None)])
    heading = panel.title.get_window_extent(renderer).y1 if panel.get_title() else inner.y1
    return inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, max(outer.y1, heading) - inner.y1


def _place(page: Page, sheet: Sheet, request: Request, up: float) -> None:
    """Put everything in its place, the title of a page of panels so many inches above these."""
    figure, (width, height) = page.figure, sheet.size
    if request.trimmed:
        # A hair more than whole pixels, which rounding must not turn into one pixel less.
        figure.set_size_inches((width + 0.01) / sheet.dpi, (height + 0.01) / sheet.dpi)
    columns, rows = request.panels
    for number, panel in enumerate(page.panels):
        column, row = number % columns, rows - 1 - number // columns
        corner = sheet.origin[0] + column * sheet.step[0], sheet.origin[1] + row * sheet.step[1]
        _set_box(panel, corner, sheet.box)
    _place_around(page, sheet, request, up)


def _place_around(page: Page, sheet: Sheet, request: Request, up: float) -> None:
    columns, rows = request.panels
    right = sheet.origin[0] + (columns - 1) * sheet.step[0] + sheet.box[0]
    top = sheet.origin[1] + (rows - 1) * sheet.step[1] + sheet.box[1]
    if page.bar is not None:
        corner = right + round(_bar_gap(page, columns) * sheet.dpi), sheet.origin[1]
        _set_box(page.bar, corner, (round(_BAR_WIDTH * sheet.dpi), top - sheet.origin[1]))
    if page.heading is not None and len(page.panels) > 1:
        place = (
            sheet.origin[0] / page.figure.bbox.width,
            (top + up * sheet.dpi) / page.figure.bbox.height,
        )
        page.heading.set_position(place)


def _set_box(axes: Axes, corner: tuple[int, int], box: tuple[int, int]) -> None:
    page = axes.figure.bbox
    axes.set_position(
        (corner[0] / page.width, corner[1] / page.height, box[0] / page.width, box[1] / page.height)
    )


def _frame(panel: Axes, dpi: float) -> None:
    """Draw the frame in whole pixels, just outside the cells."""
    pixel = 72 / dpi
    line = max(1, round(_LINE / pixel)) * pixel
    for side, spine in panel.spines.items():
        # Agg rounds a line to whole pixels, halves rightwards and downwards: keep clear of the halves.
        nudge = pixel / 4 if side in ("left", "top") else -pixel / 4
        spine.set_linewidth(line)
        spine.set_position(("outward", line / 2 + nudge))
