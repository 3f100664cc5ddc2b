import re
from itertools import combinations, pairwise, product

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import date2num

import heatbin as hb
from heatbin.render import AxisView, plot, plot_facets
from pictures import axis


def labels_across(panel):
    """Return the boxes of the labels that are drawn below a panel, from left to right."""
    return labels_drawn(panel, drawn(panel.figure))


def drawn(figure):
    """Draw a figure; return what drew it."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    return renderer


def labels_drawn(panel, renderer):
    low, high = sorted(panel.get_xlim())
    shown = [tick for tick in panel.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    boxes = [tick.label1.get_window_extent(renderer) for tick in shown if tick.label1.get_text()]
    return sorted(boxes, key=lambda box: box.x0)


HOURS = np.datetime64("2001-03-01") + np.arange(49) * np.timedelta64(1, "h")
WIDE = [
    AxisView(HOURS, "hours"),
    AxisView(HOURS[::4].astype("M8[D]") + np.arange(13) * np.timedelta64(17, "D"), "days"),
    AxisView(np.linspace(0, 4.9e6, 41), "millions"),
    AxisView(np.linspace(-0.00123, 0.00456, 41), "small"),
    AxisView(np.linspace(17, 4983, 41), "thousands"),
    AxisView(np.geomspace(1, 3e7, 41), "decades", scale="log"),
    AxisView(np.geomspace(20_000, 900_000, 41), "few decades", scale="log"),
    AxisView(
        np.r_[-np.geomspace(1, 1e9, 20)[::-1], 0, np.geomspace(1, 1e9, 20)], "both sides", scale="symlog"
    ),
    AxisView(
        np.r_[-np.geomspace(1, 1e5, 20)[::-1], 0, np.geomspace(1, 1e5, 20)], "short sides", scale="symlog"
    ),
    AxisView(np.linspace(0, 86_000, 41).astype("m8[s]"), "time of day"),
    AxisView(np.linspace(-3.9, 3.9, 41), "signs"),
    AxisView(np.geomspace(9, 15, 41), "less than a decade", scale="log"),
    AxisView(np.geomspace(1.5, 90, 41), "two decades", scale="log"),
]


@pytest.mark.parametrize(
    ("view", "panels"),
    [*product(WIDE, [1, 3, 12]), *((view, 50) for view in WIDE if view.label in ("hours", "both sides"))],
    ids=lambda value: getattr(value, "label", value),
)
def test_labels_of_ticks_do_not_run_into_each_other(view, panels):
    names = [str(number) for number in range(panels)]
    figure = plot_facets(np.ones((view.size, 5, panels)), view, axis(5), names)
    boxes = labels_across(figure.axes[panels - 1])
    assert len(boxes) >= 1
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("size", [(4, 3), (3, 2)])
@pytest.mark.parametrize("view", WIDE, ids=lambda view: view.label)
def test_labels_have_room_in_small_pictures(view, size):
    boxes = labels_across(plot(np.ones((view.size, 5)), view, axis(5), size=size).axes)
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_small_ticks_show_that_a_symlog_scale_has_no_equal_steps():
    view = AxisView(np.r_[-50, np.linspace(-10, 10, 9), 40, 100, 700, 2000], "delay", scale="symlog")
    figure = plot_facets(np.ones((view.size, 5, 3)), view, axis(5), ["a", "b", "c"])
    drawn(figure)
    panel = figure.axes[0]
    shown = [*panel.xaxis.get_majorticklocs(), *panel.xaxis.get_minorticklocs()]
    assert {-50, -20, -10, 0, 10, 20, 100, 200, 900, 1000, 2000} <= set(shown)
    assert min(shown) >= -50
    assert max(shown) <= 2000


LONG = "Los Angeles International Airport, the terminal named after Tom Bradley, gate "


@pytest.mark.parametrize(("size", "part"), [(None, 0.5), ((3, 2), 0.2)])
@pytest.mark.parametrize("side", ["x", "y"])
def test_long_names_of_bins_leave_room_for_the_panel_and_stay_apart(side, size, part):
    names = AxisView(np.arange(4.0), "place", categories=(f"{LONG}130", f"{LONG}131", "Denver"))
    views = {"x": axis(5), "y": axis(5), side: names}
    panel = plot(np.ones((views["x"].size, views["y"].size)), **views, size=size).axes
    drawn(panel.figure)
    assert panel.bbox.width > part * panel.figure.bbox.width
    assert panel.bbox.height > part * panel.figure.bbox.height
    labels = panel.get_xticklabels() if side == "x" else panel.get_yticklabels()
    assert [label.get_text()[-1] for label in labels] == ["0", "1", "r"]


@pytest.mark.parametrize(
    "ends", [(9, 15), (1, 1.5), (0.8, 1.6), (90, 110), (20, 80), (2, 4), (1, 1.0001), (1, 9)]
)
def test_a_logarithmic_axis_says_several_values_however_short_it_is(ends):
    view = AxisView(np.geomspace(*ends, 41), "narrow", scale="log")
    panel = plot(np.ones((40, 5)), view, axis(5)).axes
    boxes = labels_across(panel)
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    texts = [label.get_text() for label in panel.get_xticklabels()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("first", "minutes"), [("2024-10-27T00:50", 80), ("2024-10-26T21:10", 400)])
def test_an_hour_that_comes_twice_has_ticks_in_both(first, minutes):
    moments = np.datetime64(first) + np.linspace(0, 60 * minutes, 41).astype("m8[s]")
    panel = plot(np.ones((40, 5)), AxisView(moments, "date", zone="Europe/Berlin"), axis(5)).axes
    boxes = labels_across(panel)
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    twice = [
        date2num(moment) for moment in np.array(["2024-10-27T00", "2024-10-27T01", "2024-10-27T02"], "M8[s]")
    ]
    ticks = np.array(panel.get_xticks())
    assert all(((ticks >= begin) & (ticks <= end)).any() for begin, end in pairwise(twice))


@pytest.mark.parametrize("ends", [(2.2, 4.2), (22.0, 42.0), (-0.4, 0.3), (1e-3, 1.1e-3), (-7.0, 900.0)])
def test_a_symlog_axis_has_several_ticks_however_short_it_is(ends):
    view = AxisView(np.linspace(*ends, 11), "x", scale="symlog", linthresh=1.0)
    panel = plot(np.ones((10, 5)), view, axis(5)).axes
    assert sum(ends[0] <= tick <= ends[1] for tick in panel.get_xticks()) >= 3


@pytest.mark.parametrize("values", [[9.4, 11.6], [49, 108], [-3.0, -3.0], [1, 2], [-50.0, 2000.0]])
def test_the_colour_bar_of_symlog_says_several_values(values):
    artist = plot(np.array([values, values]), axis(2), axis(2), norm="symlog")
    bar = artist.figure.axes[-1]
    low, high = artist.get_clim()
    assert sum(low <= tick <= high for tick in bar.get_yticks()) >= 3


def test_names_with_dollar_signs_are_no_formulas():
    view = AxisView(np.arange(4), "price", categories=("$0 to $10", r"$\foo$", "$x_$"))
    panel = plot(np.ones((3, 5)), view, axis(5)).axes
    labels_across(panel)
    assert [label.get_text() for label in panel.get_xticklabels()] == [r"\$0 to \$10", r"\$\foo\$", r"\$x_\$"]


def test_times_that_no_date_can_tell_apart_are_drawn_after_the_first():
    moments = np.datetime64("2024-03-30T12:00:00.000000500", "ns") + np.arange(1000).astype("m8[ns]")
    artist = hb.aggregate({"t": moments, "v": np.arange(1000.0)}, "t", "v", bins=(20, 30)).plot()
    assert artist.axes.get_xlabel() == "t after 2024-03-30 12:00:00.000000500"
    widths = np.diff(
        artist.axes.transData.transform([(edge, 0) for edge in np.linspace(0, 999e-9, 21)])[:, 0]
    )
    assert np.ptp(widths) < 0.01
    assert artist.axes.get_xlim() == (0, pytest.approx(999e-9))


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("year", ["12000-01-01", "-500-01-01"])
@pytest.mark.parametrize("bins", [10, hb.HexLattice(10)])
def test_years_that_no_calendar_has_are_drawn_after_the_first(zone, year, bins):
    moments = np.datetime64(year, "s") + np.arange(100).astype("m8[D]")
    rows = pa.table({"t": pa.array(moments, pa.timestamp("s", zone)), "v": np.arange(100.0)})
    panel = hb.aggregate(rows, "t", "v", bins=bins).plot().axes
    assert re.match(f"t after {year}", panel.get_xlabel()) or isinstance(bins, hb.HexLattice)
    assert labels_across(panel)


@pytest.mark.parametrize("seconds", [40, 3000, 800_000, 8_000_000, 400 * 86400, 1_400_000_000, 2_000_000_000])
def test_narrow_panels_of_dates_have_ticks_at_two_moments_at_least(seconds):
    view = AxisView(
        np.datetime64("1999-11-02T18:48:54") + np.linspace(0, seconds, 17).astype("m8[s]"), "date"
    )
    figure = plot_facets(np.ones((16, 5, 12)), view, axis(5), [str(number) for number in range(12)])
    low, high = figure.axes[11].get_xlim()
    assert sum(low <= tick <= high for tick in figure.axes[11].get_xticks()) >= 2


def test_values_that_are_near_to_each_other_have_labels_that_differ():
    values = 20_130_000 + np.random.default_rng(0).random((20, 20)) * 100
    bar = plot(values, axis(20), axis(20), norm="eq_hist", reduce="max").colorbar
    bar.ax.figure.draw_without_rendering()
    labels = [label.get_text() for label in bar.ax.get_yticklabels()]
    assert len(set(labels)) == len(labels) > 4


def test_the_day_that_ticks_have_in_common_does_not_run_into_the_label():
    view = AxisView(np.datetime64("2001-02-01T22:00") + np.arange(17) * np.timedelta64(15, "m"), "date")
    figure = plot_facets(np.ones((16, 5, 12)), view, axis(5), [str(number) for number in range(12)])
    panel, renderer = figure.axes[11], drawn(figure)
    offset, label = panel.xaxis.get_offset_text(), panel.xaxis.label
    assert offset.get_text() == "2001-Feb-02"
    assert label.get_window_extent(renderer).x1 < offset.get_window_extent(renderer).x0


def boxes_below(figure, panels):
    """Return, for each panel, the boxes of all that is written below it."""
    renderer = drawn(figure)
    written = [
        [
            *labels_drawn(panel, renderer),
            *(text.get_window_extent(renderer) for text in below if text.get_text()),
        ]
        for panel in panels
        for below in [(panel.xaxis.label, panel.xaxis.get_offset_text())]
    ]
    return [box for boxes in written for box in boxes if box.width > 1]  # a pixel stands for what is hidden


@pytest.mark.parametrize(
    ("count", "view"),
    [
        (4, AxisView(np.arange("2014", "2018-02", dtype="M8[M]").astype("M8[s]"), "Order Date")),
        (18, AxisView(np.linspace(0, 50, 49), "the position of the shot")),
        (18, AxisView(np.linspace(0, 25_000, 21), "Sales")),
    ],
)
def test_what_is_written_below_panels_runs_into_nothing(count, view):
    names = [f"panel {number}" for number in range(count)]
    figure = plot_facets(np.ones((view.size, 9, count)), view, axis(9, "y"), names, size=(7, 6))
    boxes = boxes_below(figure, figure.axes[:count])
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert any(panel.get_xlabel() for panel in figure.axes[:count])
