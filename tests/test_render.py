import base64
import io
import re
import subprocess
import sys
import time
from typing import ClassVar

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from heatbin.errors import OutputError, UsageError
from heatbin.render import (
    AxisView,
    check,
    factors,
    parse_norm,
    plot,
    plot_facets,
    plot_hexagons,
    save,
)
from heatbin.render.grids import blocks
from heatbin.render.norms import EqualizedNorm
from heatbin.render.pixels import shown, strip_of

TIMES = "\N{MULTIPLICATION SIGN}"

TOP_OF_VIRIDIS = (253, 231, 36)

NORMS = ["linear", "log", "symlog", "power:0.5", "eq_hist"]


def axis(bins, label="x", **more):
    return AxisView(np.linspace(0.0, 10.0, bins + 1), label, **more)


def lone_point(nx, ny, place):
    cells = np.zeros((nx, ny), np.int64)
    cells[place] = 1
    return cells


def pixels_of(figure, **how):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **how)
    return np.asarray(Image.open(buffer).convert("RGB"))


def coloured(picture, colour=TOP_OF_VIRIDIS):
    # Images and polygons round the halves of a colour apart.
    return np.argwhere((np.abs(picture.astype(int) - colour) <= 1).all(axis=2))


def pixels_in(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def panel_pixels(artist):
    picture = pixels_of(artist.figure)
    x0, y0, x1, y1 = (round(value) for value in artist.axes.bbox.extents)
    return picture[len(picture) - y1 : len(picture) - y0, x0:x1]


PLACES = [(0, 0), (0, -1), (-1, 0), (-1, -1), (0.5, 0.5), (0.3, 0.9)]


def at(place, nx, ny):
    return tuple(int(part * n) if 0 < part < 1 else part for part, n in zip(place, (nx, ny), strict=True))


class TestNoCellIsLost:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize(("nx", "ny"), [(10, 10), (333, 517), (1024, 1024), (1000, 400)])
    def test_a_lone_point_is_one_block_of_whole_pixels_at_its_place(self, nx, ny, place):
        cells = lone_point(nx, ny, at(place, nx, ny))
        artist = plot(cells, axis(nx), axis(ny), colorbar=False)
        width, height = round(artist.axes.bbox.width), round(artist.axes.bbox.height)
        assert (width % nx, height % ny) == (0, 0)
        found = coloured(panel_pixels(artist))
        assert len(found) == (width // nx) * (height // ny) > 0
        i, j = (n[0] for n in np.nonzero(cells))
        assert set(found[:, 1] // (width // nx)) == {i}
        assert set((height - 1 - found[:, 0]) // (height // ny)) == {j}

    @pytest.mark.parametrize("place", PLACES[2::2])
    def test_a_lone_point_among_4096_bins_a_side_shows_once_bins_are_merged(self, place):
        artist = plot(lone_point(4096, 4096, at(place, 4096, 4096)), axis(4096), axis(4096), colorbar=False)
        assert artist.get_size() == (2048, 2048)
        assert len(coloured(panel_pixels(artist))) == 1

    @pytest.mark.parametrize("place", PLACES[1::2])
    @pytest.mark.parametrize("dpi", [30, 100, 101.5])
    @pytest.mark.parametrize("size", [(3, 2), (6.4, 4.8)])
    def test_a_lone_point_shows_at_any_size_and_resolution(self, size, dpi, place):
        cells = lone_point(700, 900, at(place, 700, 900))
        artist = plot(cells, axis(700), axis(900), size=size, dpi=dpi, colorbar=False)
        picture = pixels_of(artist.figure)
        assert picture.shape[:2] == (int(size[1] * dpi), int(size[0] * dpi))
        assert len(coloured(picture)) >= 1

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("dpi", [15, 37, 99, 300])
    def test_a_lone_point_shows_when_saved_at_another_resolution(self, dpi, place):
        artist = plot(lone_point(1024, 1024, at(place, 1024, 1024)), axis(1024), axis(1024), colorbar=False)
        assert len(coloured(pixels_of(artist.figure, dpi=dpi))) >= 1

    @pytest.mark.parametrize("place", PLACES)
    def test_a_lone_point_shows_on_small_axes_of_the_callers(self, place):
        figure = Figure(figsize=(2, 2))
        ax = figure.add_axes((0.303, 0.207, 0.411, 0.5))
        plot(lone_point(1024, 1024, at(place, 1024, 1024)), axis(1024), axis(1024), ax=ax, colorbar=False)
        ax.axis("off")
        assert len(coloured(pixels_of(figure))) >= 1

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("change", ["invert_xaxis", "invert_yaxis"])
    def test_a_lone_point_shows_on_inverted_axes(self, change, place):
        artist = plot(lone_point(999, 999, at(place, 999, 999)), axis(999), axis(999), colorbar=False, dpi=50)
        getattr(artist.axes, change)()
        assert len(coloured(pixels_of(artist.figure))) >= 1

    @pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
    def test_bins_far_thinner_than_a_pixel_show(self, scale):
        edges = np.sort(np.r_[1.0, 100.0, np.linspace(50, 50.001, 40)])
        view = AxisView(edges, "x", scale=scale, uniform=False)
        for thin in (1, 7, 40):
            artist = plot(lone_point(41, 41, (thin, thin)), view, view, colorbar=False)
            assert len(coloured(pixels_of(artist.figure))) >= 1

    def test_bins_without_width_show(self):
        view = AxisView(np.array([0.0, 1.0, 1.0, 2.0, 2.0]), "x", uniform=False)
        for bin_ in (1, 3):
            artist = plot(lone_point(4, 4, (bin_, bin_)), view, view, colorbar=False)
            assert len(coloured(pixels_of(artist.figure))) >= 1

    def test_a_lone_statistic_shows_among_empty_cells(self):
        values = np.full((1500, 1500), np.nan)
        values[700, 3] = -5.0
        for reduce in ("sum", "max", "min", "mean"):
            artist = plot(values, axis(1500), axis(1500), colorbar=False, reduce=reduce, dpi=40)
            assert len(coloured(pixels_of(artist.figure))) >= 1

    def test_a_lone_point_is_in_the_image_that_an_svg_holds(self, tmp_path):
        artist = plot(lone_point(1024, 1024, (1023, 0)), axis(1024), axis(1024), colorbar=False)
        save(artist, tmp_path / "map.svg")
        encoded = re.search(r"base64,\s*([^\"]+)\"", (tmp_path / "map.svg").read_text())
        picture = Image.open(io.BytesIO(base64.b64decode(encoded[1]))).convert("RGB")
        found = coloured(np.asarray(picture))
        assert len(found) == (picture.width // 1024) ** 2
        assert found[:, 1].max() == picture.width - 1

    def test_cells_merged_while_drawing_keep_colours_and_limits(self):
        cells = np.arange(200 * 200).reshape(200, 200)
        artist = plot(cells, axis(200), axis(200), norm="log", colorbar=False)
        before = artist.get_clim()
        pixels_of(artist.figure, dpi=10)
        assert artist.get_clim() == before == (1, 200 * 200 - 1)
        assert artist.get_size() == (200, 200)

    def test_zooming_shows_single_cells(self):
        artist = plot(lone_point(1000, 1000, (500, 500)), axis(1000), axis(1000), colorbar=False)
        artist.axes.set(xlim=(4.99, 5.02), ylim=(4.99, 5.02))
        share = len(coloured(panel_pixels(artist))) / panel_pixels(artist)[:, :, 0].size
        assert share == pytest.approx(1 / 9, rel=0.05)

    @given(
        edges=st.lists(st.floats(-50, 150), min_size=2, max_size=30).map(sorted).map(np.array),
        view=st.tuples(st.floats(0, 40), st.floats(60, 100)),
        flip=st.booleans(),
    )
    def test_every_cell_in_view_is_the_greatest_of_a_pixel_within_one_of_its_place(self, edges, view, flip):
        strip = strip_of(edges[::-1] if flip else edges, view)
        cells = np.arange(len(edges) - 1)[:: -1 if flip else 1]
        for cell in range(len(edges) - 1):
            left, right = max(edges[cell], view[0]), min(edges[cell + 1], view[1])
            if left >= right:
                continue
            alone = (cells == cell)[:, None].astype(int)
            row = strip_of(np.array([0.0, 1.0]), (0.0, 1.0))
            lit = np.flatnonzero(shown(alone, strip, row, np.fmax)[:, 0]) + strip.first
            assert lit.size
            assert lit.min() >= np.floor(left) - 1
            assert lit.max() <= np.ceil(right)

    def test_nothing_in_view_draws_nothing(self):
        artist = plot(np.ones((4, 4), int), axis(4), axis(4), colorbar=False)
        artist.axes.set_xlim(20, 30)
        assert len(coloured(pixels_of(artist.figure))) == 0


class TestResolution:
    def test_a_small_grid_has_100_dots_per_inch_on_at_most_8_by_6_inches(self):
        figure = plot(np.ones((10, 10), int), axis(10), axis(10)).figure
        assert figure.dpi == 100
        width, height = figure.get_size_inches()
        assert 6 < width <= 8.01
        assert 5 < height <= 6.01

    def test_the_resolution_rises_until_every_bin_has_a_pixel(self):
        artist = plot(np.ones((2048, 2048), int), axis(2048), axis(2048))
        assert round(artist.axes.bbox.width) == round(artist.axes.bbox.height) == 2048

    def test_an_explicit_size_is_exact(self):
        figure = plot(np.ones((300, 300), int), axis(300), axis(300), size=(5, 4)).figure
        assert tuple(figure.get_size_inches()) == (5, 4)

    def test_an_explicit_resolution_is_obeyed_and_bins_are_merged_by_whole_factors(self):
        counts = np.ones((1000, 1000), int)
        artist = plot(counts, axis(1000), axis(1000), dpi=100, size=(8, 6))
        assert artist.figure.dpi == 100
        assert artist.get_size() == (500, 500)
        assert set(artist.get_array().data.flat) == {4}

    def test_factors_says_what_plot_will_merge(self):
        assert factors(axis(4096), axis(300)) == (2, 1)
        artist = plot(np.ones((4096, 300), int), axis(4096), axis(300))
        assert artist.get_size() == (300, 2048)

    def test_equal_aspect_gives_units_the_same_length_and_bins_whole_pixels(self):
        ra = AxisView(np.linspace(0, 360, 721), "ra")
        dec = AxisView(np.linspace(-90, 90, 361), "dec")
        box = plot(np.ones((720, 360), int), ra, dec, aspect="equal").axes.bbox
        assert box.width / box.height == pytest.approx(2)
        assert round(box.width, 6) % 720 == 0

    def test_a_grid_of_4096_bins_a_side_makes_files_of_sensible_size(self, tmp_path):
        counts = np.random.default_rng(0).poisson(0.2, (4096, 4096))
        artist = plot(counts, axis(4096), axis(4096), norm="log")
        for suffix in ("png", "svg", "pdf"):
            save(artist, tmp_path / f"map.{suffix}")
            assert (tmp_path / f"map.{suffix}").stat().st_size < 8e6


class TestMerging:
    COUNTS = np.arange(24).reshape(4, 6)

    def test_counts_add_up(self):
        merged = blocks(self.COUNTS, 3, 4, "sum")
        assert merged.tolist() == [[self.COUNTS[:3, :4].sum(), self.COUNTS[:3, 4:].sum()], [78, 45]]
        assert merged.sum() == self.COUNTS.sum()

    def test_sums_of_huge_counts_do_not_wrap(self):
        assert blocks(np.full((2, 2), 2**62), 2, 2, "sum")[0, 0] == 2.0**64

    @pytest.mark.parametrize(
        ("reduce", "expected"), [("sum", 6.0), ("max", 4.0), ("min", 2.0), ("mean", 3.0)]
    )
    def test_statistics_pass_over_empty_cells(self, reduce, expected):
        values = np.array([[2.0, np.nan, np.nan], [4.0, np.nan, np.nan]])
        merged = blocks(values, 2, 2, reduce)
        assert merged[0, 0] == expected
        assert np.isnan(merged[0, 1])

    def test_the_colour_bar_says_how_many_bins_a_cell_holds(self):
        bar = plot(np.ones((4096, 4096), int), axis(4096), axis(4096)).figure.axes[1]
        assert bar.get_ylabel() == f"count per 2 {TIMES} 2 bins"

    def test_the_colour_bar_says_how_statistics_were_merged(self):
        values = np.ones((4096, 100))
        bar = plot(values, axis(4096), axis(100), label="mean fare", reduce="mean").figure.axes[1]
        assert bar.get_ylabel() == f"mean fare (mean of 2 {TIMES} 1 bins)"


class TestNorms:
    GRIDS: ClassVar = {
        "no rows": np.zeros((5, 5), int),
        "a single count": lone_point(5, 5, (2, 2)),
        "all alike": np.full((5, 5), 7),
        "no sample": np.full((5, 5), np.nan),
        "a single mean": np.where(lone_point(5, 5, (2, 2)), -3.5, np.nan),
        "zeros": np.zeros((5, 5)),
        "both signs": np.linspace(-4, 4, 25).reshape(5, 5),
        "infinite": np.array([[np.inf, -np.inf, 1.0, 2.0, np.nan]] * 5),
        "huge": np.array([[1e300, -1e300, 1e-300, 0.0, np.nan]] * 5),
        "many": np.random.default_rng(0).poisson(3, (5, 5)),
    }

    @pytest.mark.parametrize("norm", NORMS)
    @pytest.mark.parametrize("name", GRIDS)
    @pytest.mark.parametrize("limits", [{}, {"vmin": 2, "vmax": 2}])
    def test_any_grid_draws_without_a_warning(self, name, norm, limits, tmp_path):
        artist = plot(self.GRIDS[name], axis(5), axis(5), norm=norm, size=(2, 1.5), dpi=30, **limits)
        save(artist, tmp_path / "map.png")
        assert artist.norm.vmin < artist.norm.vmax

    @pytest.mark.parametrize("norm", NORMS)
    def test_a_limit_beyond_the_data_moves_the_other_end(self, norm):
        counts = np.array([[1, 2], [2, 1]])
        assert plot(counts, axis(2), axis(2), norm=norm, vmin=2).norm.vmax > 2
        assert plot(counts, axis(2), axis(2), norm=norm, vmax=1).norm.vmin < 1

    def test_log_starts_at_the_least_value_above_zero(self):
        values = np.array([[0.0, 0.5], [np.nan, 200.0]])
        assert plot(values, axis(2), axis(2), norm="log").get_clim() == (0.5, 200)

    def test_limits_given_are_kept(self):
        counts = np.arange(25).reshape(5, 5)
        assert plot(counts, axis(5), axis(5), vmin=3, vmax=90).get_clim() == (3, 90)

    def test_values_beyond_the_limits_point_the_ends_of_the_colour_bar(self):
        counts = np.arange(25).reshape(5, 5)
        assert plot(counts, axis(5), axis(5), vmin=3, vmax=9).colorbar.extend == "both"
        assert plot(counts, axis(5), axis(5)).colorbar.extend == "neither"

    def test_eq_hist_ranks_the_cells_exactly(self):
        values = np.random.default_rng(0).lognormal(size=1000)
        norm = EqualizedNorm(values, values.min(), values.max())
        ranks = np.argsort(np.argsort(values))
        np.testing.assert_allclose(norm(values), ranks / 999, atol=1e-12)
        np.testing.assert_allclose(norm.inverse(norm(values)), values)

    def test_eq_hist_leaves_masked_values_masked_and_scalars_scalar(self):
        norm = EqualizedNorm(np.array([1, 2, 3]), 1, 3)
        assert norm(2) == 0.5
        assert norm(np.ma.array([1, 2], mask=[True, False])).mask.tolist() == [True, False]

    def test_the_ticks_of_eq_hist_are_counts_that_occur(self):
        counts = np.array([[1] * 60 + [2] * 30 + [3] * 5 + [700] * 4 + [1234]])
        bar = plot(counts, axis(1), axis(100), norm="eq_hist").colorbar
        assert set(bar.get_ticks()) <= {1, 2, 3, 700, 1234}
        assert {1, 1234} <= set(bar.get_ticks())

    def test_a_power_norm_has_its_exponent(self):
        assert parse_norm("power:0.25").gamma == 0.25

    @pytest.mark.parametrize(
        "text", ["lin", "power", "power:", "power:0", "power:x", "log:2", "power:inf", ""]
    )
    def test_an_unknown_norm_is_a_usage_error(self, text):
        with pytest.raises(UsageError, match="norm"):
            parse_norm(text)

    def test_a_norm_of_matplotlibs_own_is_taken_as_it_is(self):
        norm = mpl.colors.CenteredNorm()
        assert plot(np.arange(25.0).reshape(5, 5), axis(5), axis(5), norm=norm).norm is norm
        with pytest.raises(UsageError, match="vmin and vmax go with a norm by name"):
            plot(np.ones((5, 5)), axis(5), axis(5), norm=norm, vmin=3)


class TestBackground:
    @pytest.mark.parametrize(
        ("cmap", "background"),
        [
            ("viridis", (255, 255, 255)),
            ("magma", (255, 255, 255)),
            ("Greys", (16, 16, 16)),
            ("Blues", (16, 16, 16)),
        ],
    )
    def test_empty_cells_are_as_far_as_can_be_from_the_lowest_colour(self, cmap, background):
        counts = np.array([[0, 1], [2, 3]])
        panel = panel_pixels(plot(counts, axis(2), axis(2), cmap=cmap))
        assert tuple(panel[-2, 2]) == background
        lowest = tuple(round(255 * part) for part in mpl.colormaps[cmap](0)[:3])
        assert np.abs(panel[2, 2].astype(int) - lowest).max() <= 1

    def test_a_colour_map_with_a_colour_for_empty_cells_keeps_it(self):
        cmap = mpl.colormaps["viridis"].with_extremes(bad="red")
        panel = panel_pixels(plot(np.array([[0, 1], [2, 3]]), axis(2), axis(2), cmap=cmap))
        assert tuple(panel[-2, 2]) == (255, 0, 0)

    def test_zero_is_a_value_where_it_is_a_statistic(self):
        panel = panel_pixels(plot(np.array([[0.0, 1.0], [2.0, np.nan]]), axis(2), axis(2)))
        assert tuple(panel[-2, 2]) == (68, 1, 84)
        assert tuple(panel[2, -2]) == (255, 255, 255)


class TestAxes:
    def test_x_is_drawn_across_and_y_up(self):
        panel = panel_pixels(plot(lone_point(2, 2, (1, 0)), axis(2), axis(2)))
        assert tuple(panel[-2, -2]) == TOP_OF_VIRIDIS
        assert tuple(panel[2, 2]) == (255, 255, 255)

    def test_axes_carry_their_names_as_they_are(self):
        ax = plot(np.ones((2, 2), int), axis(2, "price_$a$"), axis(2, r"\frac_^"), title="$5 to $10").axes
        assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("price_$a$", r"\frac_^", "$5 to $10")
        pixels_of(ax.figure)

    def test_infinite_bins_are_left_out(self):
        view = AxisView(np.array([-np.inf, 0.0, 1.0, 2.0, np.inf]), "x", uniform=False)
        artist = plot(np.arange(16).reshape(4, 4), view, view)
        assert artist.axes.get_xlim() == (0, 2)
        assert artist.get_array().data.tolist() == [[5, 9], [6, 10]]

    @pytest.mark.parametrize("edges", [[-np.inf, np.inf], [-np.inf, 3.0], [2.0, 2.0]])
    def test_an_axis_without_anything_to_show_draws(self, edges):
        view = AxisView(np.array(edges), "x", uniform=False)
        pixels_of(plot(np.ones((1, 1), int), view, view, norm="log").figure)

    def test_a_log_axis_shows_its_positive_part(self):
        view = AxisView(np.array([-1.0, 0.0, 1.0, 10.0, 100.0]), "x", scale="log", uniform=False)
        artist = plot(np.ones((4, 5), int), view, axis(5))
        assert artist.axes.get_xscale() == "log"
        assert artist.axes.get_xlim() == (1, 100)

    def test_bins_of_a_log_axis_are_equally_many_pixels(self):
        view = AxisView(np.geomspace(1, 1e4, 41), "x", scale="log")
        panel = panel_pixels(plot(lone_point(40, 10, (17, 5)), view, axis(10)))
        assert len(set(coloured(panel)[:, 1])) == panel.shape[1] / 40

    def test_points_in_time_have_dates_at_their_ticks(self):
        edges = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]").astype("datetime64[us]")
        ax = plot(np.ones((len(edges) - 1, 5), int), AxisView(edges, "day"), axis(5)).axes
        ax.figure.draw_without_rendering()
        assert "Feb" in [label.get_text() for label in ax.get_xticklabels()]

    def test_categories_are_named_at_their_centres(self):
        view = AxisView(np.arange(4), "carrier", categories=("AA", "UA", "WN"))
        ax = plot(np.ones((3, 5), int), view, axis(5)).axes
        ax.figure.draw_without_rendering()
        assert [label.get_text() for label in ax.get_xticklabels()] == ["AA", "UA", "WN"]
        assert ax.get_xticks().tolist() == [0.5, 1.5, 2.5]

    def test_large_numbers_have_separators_and_very_large_ones_a_common_power(self):
        ax = plot(np.ones((2, 2), int), AxisView(np.array([0.0, 2e4, 4e4]), "x"), axis(2)).axes
        ax.figure.draw_without_rendering()
        assert "20,000" in [label.get_text() for label in ax.get_xticklabels()]
        ax = plot(np.ones((2, 2), int), AxisView(np.array([0.0, 2e8, 4e8]), "x"), axis(2)).axes
        ax.figure.draw_without_rendering()
        assert ax.xaxis.get_offset_text().get_text() == f"{TIMES}10⁸"

    def test_the_cursor_shows_the_value_of_the_cell_below_it(self):
        artist = plot(np.arange(4).reshape(2, 2), axis(2), axis(2))
        x, y = artist.axes.transData.transform((7.5, 2.5))
        event = type("Event", (), {"x": x, "y": y})
        assert artist.get_cursor_data(event) == 2
        event.x = -5
        assert artist.get_cursor_data(event) is None

    def test_axes_of_the_callers_keep_their_labels_and_get_a_colour_bar(self):
        figure = Figure()
        ax = figure.add_subplot(xlabel="mine")
        artist = plot(np.ones((5, 5), int), axis(5), axis(5, "theirs"), ax=ax)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("mine", "theirs")
        assert artist.figure is figure
        assert len(figure.axes) == 2

    def test_round_axes_are_refused(self):
        with pytest.raises(UsageError, match="straight axes, got Polar"):
            plot(np.ones((5, 5)), axis(5), axis(5), ax=Figure().add_subplot(projection="polar"))

    def test_values_of_another_shape_are_refused(self):
        with pytest.raises(UsageError, match=r"x first: \(3, 2\), got \(2, 3\)"):
            plot(np.ones((2, 3)), axis(3), axis(2))

    @pytest.mark.parametrize(
        "text", ["x", "case when fare > 10 then fare * 1.5 else fare end " * 6, "W" * 300]
    )
    @pytest.mark.parametrize("aspect", ["auto", "equal"])
    def test_no_label_is_clipped(self, text, aspect):
        view = AxisView(np.linspace(1e6, 123456789, 101), text)
        artist = plot(np.full((100, 100), 98765), view, view, title=text, label=text, aspect=aspect)
        figure = artist.figure
        renderer = FigureCanvasAgg(figure).get_renderer()
        for ax in figure.axes:
            box = ax.get_tightbbox(renderer)
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.width
            assert box.y1 <= figure.bbox.height


class TestHexagons:
    X, Y = np.random.default_rng(0).lognormal(size=(2, 500))

    def hexbin(self, **scales):
        ax = Figure().add_subplot()
        drawn = ax.hexbin(self.X, self.Y, gridsize=12, mincnt=1, **scales)
        return ax, drawn

    def ours(self, scale):
        _, theirs = self.hexbin(xscale=scale, yscale=scale)
        ends = [np.array([column.min(), column.max()]) for column in (self.X, self.Y)]
        placed = np.log10(ends) if scale == "log" else np.array(ends)
        step = np.diff(placed)[:, 0] / (12, 6) * (1 + 2e-9, 1)
        counts = theirs.get_array().astype(int)
        views = [AxisView(end, "x", scale=scale) for end in ends]
        return plot_hexagons(theirs.get_offsets(), counts, tuple(step), *views), theirs

    @pytest.mark.parametrize("scale", ["linear", "log"])
    def test_hexagons_are_those_that_hexbin_draws(self, scale):
        ours, theirs = self.ours(scale)
        np.testing.assert_allclose(ours.get_paths()[0].vertices, theirs.get_paths()[0].vertices, rtol=1e-6)
        np.testing.assert_array_equal(ours.get_offsets(), theirs.get_offsets())
        assert ours.get_array().tolist() == theirs.get_array().tolist()

    @pytest.mark.parametrize("scale", ["linear", "log"])
    def test_a_hexagon_is_drawn_around_its_centre(self, scale):
        span = np.array([1.0, 100.0])
        centre = np.log10(10.0) if scale == "log" else 50.5
        step = 0.2 if scale == "log" else 10.0
        views = AxisView(span, "x", scale=scale), AxisView(span, "y", scale=scale)
        artist = plot_hexagons([[centre, centre]], [5], (step, step), *views, colorbar=False)
        found = coloured(panel_pixels(artist))
        shape = np.array(panel_pixels(artist).shape[:2])
        size = shape * (step * 2 / 3, step) / (2.0 if scale == "log" else 99.0)
        np.testing.assert_allclose(found.mean(axis=0), shape / 2, atol=2)
        np.testing.assert_allclose(np.ptp(found, axis=0), size, atol=3)

    def test_empty_hexagons_are_left_out(self):
        view = AxisView(np.array([0.0, 2.0]), "x")
        artist = plot_hexagons([[0, 0], [1, 1]], [np.nan, 2.5], (1.0, 1.0), view, view)
        assert artist.get_offsets().tolist() == [[1, 1]]

    def test_no_hexagon_at_all_draws(self):
        view = AxisView(np.array([0.0, 2.0]), "x")
        artist = plot_hexagons(np.empty((0, 2)), np.empty(0, int), (1.0, 1.0), view, view, norm="log")
        pixels_of(artist.figure)

    def test_hexagons_lie_on_dates(self):
        days = np.array(["2024-01-01", "2024-01-11"], "datetime64[s]")
        centre = days.astype(np.int64).mean()
        views = AxisView(days, "day"), AxisView(np.array([0.0, 2.0]), "y")
        artist = plot_hexagons([[centre, 1.0]], [5], (86400.0, 0.5), *views, colorbar=False)
        found = coloured(panel_pixels(artist))
        assert found[:, 1].mean() == pytest.approx(panel_pixels(artist).shape[1] / 2, abs=2)

    def test_offsets_of_another_length_are_refused(self):
        view = AxisView(np.array([0.0, 2.0]), "x")
        with pytest.raises(UsageError, match=r"shape \(2, 2\) for 2 values, got \(1, 2\)"):
            plot_hexagons([[0, 0]], [1, 2], (1.0, 1.0), view, view)


class TestFacets:
    def test_panels_share_one_norm_and_one_colour_bar(self):
        values = np.arange(4 * 4 * 5).reshape(4, 4, 5)
        figure = plot_facets(values, axis(4), axis(4), list("abcde"), norm="log")
        images = [ax.images[0] for ax in figure.axes[:5]]
        assert len(figure.axes) == 6
        assert len({id(image.norm) for image in images}) == 1
        assert images[0].get_clim() == (1, 79)
        assert [ax.get_title() for ax in figure.axes[:5]] == list("abcde")

    def test_a_lone_point_shows_in_its_panel(self):
        values = np.zeros((500, 500, 4), int)
        values[499, 0, 2] = 1
        figure = plot_facets(values, axis(500), axis(500), list("abcd"), colorbar=False)
        found = coloured(pixels_of(figure))
        panel = figure.axes[2].bbox
        assert len(found) >= 1
        assert panel.x0 <= found[0][1] <= panel.x1

    def test_only_the_outer_panels_carry_names(self):
        figure = plot_facets(np.ones((4, 4, 4)), axis(4, "lon"), axis(4, "lat"), list("abcd"))
        shown_names = [(ax.xaxis.label.get_visible(), ax.yaxis.label.get_visible()) for ax in figure.axes[:4]]
        assert shown_names == [(False, True), (False, False), (True, True), (True, False)]

    def test_a_single_facet_and_a_title_draw(self):
        for count in (1, 3):
            figure = plot_facets(np.ones((4, 4, count)), axis(4), axis(4), ["a"] * count, title="All")
            pixels_of(figure)

    def test_labels_must_be_as_many_as_layers(self):
        with pytest.raises(UsageError, match=r"2 labels, got shape \(4, 4, 3\)"):
            plot_facets(np.ones((4, 4, 3)), axis(4), axis(4), ["a", "b"])


class TestSaving:
    @pytest.fixture
    def artist(self):
        return plot(np.arange(100).reshape(10, 10), axis(10), axis(10), norm="log", title="t")

    @pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "jpg", "webp", "tiff"])
    def test_the_same_picture_gives_the_same_bytes(self, artist, tmp_path, suffix, monkeypatch):
        save(artist, tmp_path / f"a.{suffix}")
        monkeypatch.setattr(time, "time", lambda: 4e9)
        again = plot(np.arange(100).reshape(10, 10), axis(10), axis(10), norm="log", title="t")
        save(again.figure, tmp_path / f"b.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
        assert b"20" + time.strftime("%y-").encode() not in (tmp_path / f"a.{suffix}").read_bytes()

    def test_a_failing_write_leaves_the_old_file_and_nothing_else(self, artist, tmp_path, monkeypatch):
        place = tmp_path / "map.png"
        place.write_bytes(b"old")
        monkeypatch.setattr(
            Figure, "savefig", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "disk full"))
        )
        with pytest.raises(OutputError, match="disk full"):
            save(artist, place)
        assert place.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [place]

    def test_settings_of_matplotlib_stay_as_they_are(self, tmp_path):
        before = dict(mpl.rcParams)
        artist = plot(np.ones((5, 5), int), axis(5), axis(5))
        save(artist, tmp_path / "map.svg")
        assert dict(mpl.rcParams) == before

    def test_a_users_settings_do_not_cut_the_picture(self, artist, tmp_path):
        with mpl.rc_context({"savefig.bbox": "tight", "savefig.dpi": 37}):
            save(artist, tmp_path / "map.png")
        assert pixels_in(tmp_path / "map.png").shape[1] == int(artist.figure.bbox.width)

    def test_colours_survive_formats_that_would_change_them(self, tmp_path):
        artist = plot(lone_point(1024, 1024, (5, 5)), axis(1024), axis(1024), colorbar=False)
        for suffix in ("webp", "tiff"):
            save(artist, tmp_path / f"map.{suffix}")
            assert len(coloured(pixels_in(tmp_path / f"map.{suffix}"))) == 1

    def test_an_explicit_resolution_is_written(self, artist, tmp_path):
        save(artist, tmp_path / "map.png", dpi=50)
        assert pixels_in(tmp_path / "map.png").shape[1] == int(artist.figure.get_figwidth() * 50)


class TestChecks:
    def test_what_works_passes(self, tmp_path):
        check(cmap="magma_r", norm="power:2", vmin=1, vmax=2, size=(8, 6), dpi=100, output=tmp_path / "a.PNG")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"cmap": "virdis"}, "no colour map 'virdis'; did you mean 'viridis'"),
            ({"norm": "logg"}, "no norm 'logg'; did you mean 'log'"),
            ({"norm": "power:-1"}, "needs an exponent above 0, such as power:0.5"),
            ({"vmin": 3, "vmax": 2}, "vmin must not be above vmax, got 3 and 2"),
            ({"vmax": float("nan")}, "vmax must be a finite number, got nan"),
            ({"vmin": 0, "norm": "log"}, "vmin must be above 0 where norm is log, got 0"),
            ({"size": (0, 6)}, "size must be a width and a height in inches"),
            ({"aspect": 0}, "aspect must be 'auto', 'equal' or a number above 0, got 0"),
            ({"dpi": -1}, "dpi must be above 0, got -1"),
            ({"size": (800, 600), "dpi": 100}, "65536 pixels"),
            ({"output": "map.xyz"}, "output 'map.xyz': no picture format 'xyz'"),
            ({"output": "map"}, "output 'map': no suffix that names a picture format"),
        ],
    )
    def test_what_cannot_work_is_a_usage_error_before_anything_is_read(self, arguments, message):
        with pytest.raises(UsageError, match=re.escape(message)):
            check(**arguments)

    def test_an_output_that_cannot_be_written_is_found(self, tmp_path):
        with pytest.raises(OutputError, match="there is no folder"):
            check(output=tmp_path / "nowhere" / "map.png")


def test_nothing_here_imports_pyplot(tmp_path):
    program = (
        "import sys, numpy as np, heatbin.render as render\n"
        "view = render.AxisView(np.arange(5), 'x')\n"
        f"render.save(render.plot(np.ones((4, 4), int), view, view), {str(tmp_path / 'a.png')!r})\n"
        "print(*(name in sys.modules for name in ('matplotlib.pyplot', 'scipy', 'pandas')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
