import base64
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from heatbin.render import (
    AxisView,
    factors,
    plot,
    save,
)
from heatbin.render.grids import blocks
from heatbin.render.pixels import shown, strip_of
from pictures import (
    PLACES,
    TIMES,
    at,
    axis,
    coloured,
    lone_point,
    panel_pixels,
    pixels_of,
)


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

    @pytest.mark.parametrize("place", PLACES[2:])
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
        view = AxisView(edges, "x", scale=scale)
        for thin in (1, 7, 40):
            artist = plot(lone_point(41, 41, (thin, thin)), view, view, colorbar=False)
            assert len(coloured(pixels_of(artist.figure))) >= 1

    def test_bins_without_width_show(self):
        view = AxisView(np.array([0.0, 1.0, 1.0, 2.0, 2.0]), "x")
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
