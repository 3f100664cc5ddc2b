import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from heatbin.errors import UsageError
from heatbin.render import (
    AxisView,
    plot_facets,
    plot_hexagons,
    plot_steps,
)
from pictures import axis, coloured, panel_pixels, pixels_of


def assert_nothing_overlaps(figure, count):
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    titles = [panel.title.get_window_extent(renderer) for panel in figure.axes[:count]]
    written = [*titles, *(text.get_window_extent(renderer) for text in figure.texts)]
    for number, box in enumerate(written):
        assert figure.bbox.x1 >= box.x1
        assert figure.bbox.y1 >= box.y1
        others = [*written[:number], *(axes.bbox for axes in figure.axes)]
        assert not any(box.overlaps(other) for other in others)


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
        assert len(coloured(panel_pixels(artist))) == 0

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

    @pytest.mark.parametrize(
        ("names", "title", "written"),
        [("a", "All", ["All: a"]), ("a", None, ["a"]), ("abc", "All", ["All", "a", "b", "c"])],
    )
    def test_titles_and_the_names_of_facets_are_all_written(self, names, title, written):
        figure = plot_facets(np.ones((4, 4, len(names))), axis(4), axis(4), list(names), title=title)
        texts = [*figure.texts, *(panel.title for panel in figure.axes)]
        assert [text.get_text() for text in texts if text.get_text()] == written
        assert_nothing_overlaps(figure, len(names))

    @pytest.mark.parametrize("title", [None, "All that there is"])
    @pytest.mark.parametrize("size", [None, (7, 7)])
    @pytest.mark.parametrize("count", [2, 3, 9, 28])
    def test_long_names_run_into_nothing_beside_or_above_them(self, count, size, title):
        names = [f"a rather long name, the one of number {number}" for number in range(count)]
        figure = plot_facets(np.ones((4, 4, count)), axis(4), axis(4), names, title=title, size=size)
        assert_nothing_overlaps(figure, count)

    def test_panels_keep_their_size_where_their_names_need_more_lines(self):
        boxes = []
        for name in ("short", "a rather long name that needs more than a single line"):
            figure = plot_facets(np.ones((4, 4, 9)), axis(4), axis(4), [name] * 9)
            boxes.append([round(side, 6) for side in figure.axes[0].bbox.bounds[2:]])
        assert boxes[0] == boxes[1]

    def test_names_are_broken_between_words_and_not_within_dates(self):
        names = ["2024-01-13 21:46:28 to 2024-01-26 18:08:20"] * 7
        figure = plot_facets(np.ones((4, 4, 7)), axis(4), axis(4), names)
        for panel in figure.axes[:7]:
            lines = panel.get_title().splitlines()
            assert len(lines) > 1
            assert " ".join(lines) == names[0]

    def test_labels_must_be_as_many_as_layers(self):
        with pytest.raises(UsageError, match=r"2 labels, got shape \(4, 4, 3\)"):
            plot_facets(np.ones((4, 4, 3)), axis(4), axis(4), ["a", "b"])


class TestSteps:
    MOST = np.finfo(float).max

    @pytest.mark.parametrize("reduce", ["sum", "max"])
    @pytest.mark.parametrize("norm", ["linear", "log", "symlog"])
    @pytest.mark.parametrize("heights", [[1.0, 2.0, MOST], [-MOST, 2.0, 1.0], [5e-324, 1.0, 2.0]])
    def test_steps_beyond_what_an_axis_can_reach_leave_the_others_in_view(self, heights, norm, reduce):
        steps = plot_steps(heights, axis(3), norm=norm, reduce=reduce)
        low, high = steps.axes.get_ylim()
        assert -1 < low < 1
        assert 2 < high <= 4
        pixels_of(steps.figure)

    def test_steps_that_are_alike_have_room_around_them(self):
        low, high = plot_steps([1e300] * 3, axis(3), reduce="max").axes.get_ylim()
        assert low < 1e300 < high

    @pytest.mark.parametrize("norm", ["linear", "log"])
    @pytest.mark.parametrize("limits", [{"vmin": 100}, {"vmax": 1e-3}, {"vmin": 2, "vmax": 2}])
    def test_a_limit_beyond_all_values_moves_the_other_one(self, norm, limits):
        low, high = plot_steps([1, 0.5, 7], axis(3), norm=norm, **limits).axes.get_ylim()
        assert low < high
        assert low == limits.get("vmin", low) or high == limits.get("vmax", high)

    def test_an_axis_of_infinite_bins_alone_draws(self):
        view = AxisView(np.array([-np.inf, 0.0, np.inf]), "x")
        pixels_of(plot_steps([1, 2], view).figure)
