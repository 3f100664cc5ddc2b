"""Pictures as whole pages: how panels are laid out, what is left out, what shares a pixel."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import heatbin as hb
from pictures import panel_pixels


class TestPages:
    @pytest.mark.parametrize(("size", "shape"), [((3, 9), (1, 3)), ((12, 4), (3, 1)), (None, (3, 1))])
    def test_panels_are_laid_out_for_the_shape_of_the_page(self, size, shape):
        data = {"x": np.arange(30.0), "y": np.arange(30.0), "c": np.arange(30) % 3}
        figure = hb.aggregate(data, "x", "y", bins=5, by="c").plot(size=size)
        corners = np.array([panel.get_position().p0 for panel in figure.axes[:3]]).round(3)
        assert (len(set(corners[:, 0])), len(set(corners[:, 1]))) == shape


class TestDifferences:
    @pytest.mark.parametrize("how", [{"size": (4, 3), "dpi": 100}, {"ax": True}])
    def test_cells_that_share_a_pixel_take_from_each_other_as_they_do_from_the_whole(self, how):
        x, y = np.random.default_rng(0).random((2, 200_000))
        halves = [
            hb.aggregate({"x": x[part], "y": y[part]}, "x", "y", bins=1024, range=((0, 1), (0, 1)))
            for part in (slice(None, None, 2), slice(1, None, 2))
        ]
        if "ax" in how:
            how = {"ax": Figure(figsize=(3, 2), dpi=100).add_subplot()}
        artist = hb.compare(*halves).plot(**how)
        low, high = artist.get_clim()
        assert low == -high
        pixels = panel_pixels(artist).astype(int)
        blue, red = (
            np.count_nonzero(pixels[..., one] > pixels[..., other] + 5) for one, other in ((2, 0), (0, 2))
        )
        assert 0.8 < blue / red < 1.25

    def test_a_page_with_fewer_pixels_compares_larger_cells(self):
        first, second = (
            hb.aggregate({"x": x, "y": np.zeros(len(x))}, "x", "y", bins=(4096, 1), range=((0, 4096), (0, 1)))
            for x in (np.array([0.0, 0.0, 4000.0]), np.array([1.0, 1.0, 1.0]))
        )
        artist = hb.compare(first, second).plot("difference", size=(4, 3), dpi=100)
        assert artist.figure.axes[-1].get_ylabel().endswith("bins")
        drawn = artist.get_array().compressed()
        assert drawn.sum() == 0
        assert drawn.max() == 1


class TestOther:
    @pytest.mark.parametrize("axes", [(hb.Category(["a", "b"]), 3), (3, hb.Category(["a", "b"]))])
    def test_other_is_drawn_only_where_something_is(self, axes):
        names = ["c", "v"] if isinstance(axes[0], hb.Category) else ["v", "c"]
        for rest, shown in (["a"], 2), (["z"], 3):
            data = {"c": np.array(["a", "b", *rest]), "v": np.arange(3.0)}
            cells = hb.aggregate(data, *names, bins=axes).plot().get_array()
            assert sorted(cells.shape) == sorted((shown, 3))


class TestHexagons:
    def test_hexagons_on_the_border_are_whole(self):
        data = {"x": np.arange(100.0), "y": np.arange(100.0), "c": np.array(["a", "b"] * 50)}
        lattice = hb.HexLattice(10, (0, 99), (0, 99))
        alone = hb.aggregate(data, "x", "y", bins=lattice).plot().axes
        low, high = alone.get_xlim()
        assert low <= -99 / 20
        assert high >= 99 + 99 / 20
        figure = hb.aggregate(data, "x", "y", bins=lattice, by="c").plot()
        assert len({(*panel.get_xlim(), *panel.get_ylim()) for panel in figure.axes[:2]}) == 1
