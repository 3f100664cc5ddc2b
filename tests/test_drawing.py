"""What a histogram looks like: which kind of picture, which ticks, how its cells merge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import heatbin as hb
from data import write
from heatbin.cli.session import run
from heatbin.errors import UsageError
from heatbin.histogram.drawing import panel_names
from pictures import TIMES, pixels_of

RNG = np.random.default_rng(0)
ROWS = 20_000
DATA = {
    "x": RNG.uniform(0, 1, ROWS),
    "y": RNG.uniform(0, 1, ROWS),
    "size": RNG.lognormal(3, 2, ROWS),
    "z": RNG.normal(size=ROWS) + 10,
    "n": RNG.integers(-1, 2, ROWS),
    "kind": np.array(["a", "b", "c"])[RNG.integers(0, 3, ROWS)],
    "when": np.datetime64("2024-01-01", "s") + RNG.integers(0, 90 * 86400, ROWS).astype("m8[s]"),
}
UNIT = ((0, 1), (0, 1))


def binned(x="x", y="y", data=DATA, **how):
    return hb.aggregate(data, x, y, progress=False, **{"bins": 8, **how})


def texts(ax, side="x"):
    ax.figure.draw_without_rendering()
    labels = ax.get_xticklabels() if side == "x" else ax.get_yticklabels()
    return [label.get_text() for label in labels]


def bar_label(artist):
    return artist.figure.axes[-1].get_ylabel()


def merged(artist):
    return artist.get_array().astype(float).filled(np.nan).T


def test_what_was_decoded_into_is_given_back_before_there_is_a_picture(monkeypatch):
    events = []
    monkeypatch.setattr("heatbin.histogram.drawing.release_buffers", lambda: events.append("given back"))
    monkeypatch.setattr(
        "heatbin.histogram.drawing._values", lambda *_: events.append("drawn") or np.ones((8, 8))
    )
    binned(range=UNIT).plot()
    assert events == ["given back", "drawn"]


class TestHeatmaps:
    def test_the_colour_bar_says_which_statistic_is_shown(self):
        h = binned(agg={"n": "count", "far": "p95:z"}, range=UNIT)
        assert (bar_label(h.plot()), bar_label(h["far"].plot())) == ("count", "p95(z)")
        assert bar_label(binned(weight="size").plot()) == "count, weighted by size"

    @pytest.mark.parametrize("kind", ["mean", "std", "p95", "distinct"])
    def test_what_is_merged_for_the_page_is_found_anew_from_the_samples(self, kind):
        h = binned(agg=f"{kind}:n", bins=(400, 300), range=UNIT)
        artist = h.plot(size=(3, 2), dpi=100)
        across, up = 400 // artist.get_size()[1], 300 // artist.get_size()[0]
        assert min(across, up) > 1
        wanted = h.rebin(x=across, y=up)
        empty = wanted.counts() == 0
        np.testing.assert_array_equal(merged(artist), np.where(empty, np.nan, wanted.values()))
        assert " ".join(bar_label(artist).split()).endswith(f"of {across} {TIMES} {up} bins")

    def test_bins_that_do_not_divide_leave_a_smaller_last_one(self):
        h = binned(agg="mean:z", bins=(397, 1), range=UNIT)
        artist = h.plot(size=(3, 2), dpi=100)
        bins = artist.get_size()[1]
        factor = -(-397 // bins)
        assert factor > 1
        last = (397 - 1) // factor * factor
        np.testing.assert_array_equal(merged(artist)[-1], h[last:397:sum, ...].values())
        np.testing.assert_array_equal(merged(artist)[0], h[0:factor:sum, ...].values())

    @pytest.mark.parametrize(("kind", "reduce"), [("max", np.nanmax), ("min", np.nanmin)])
    def test_extremes_merge_to_extremes(self, kind, reduce):
        h = binned(agg=f"{kind}:z", bins=(400, 1), range=UNIT)
        artist = h.plot(size=(3, 2), dpi=100)
        assert artist.get_array().size < 400
        assert reduce(merged(artist)) == reduce(h.values())

    def test_sums_of_zero_are_no_empty_cells(self):
        artist = binned(agg="sum:n", bins=30, range=UNIT).plot()
        assert np.count_nonzero(merged(artist) == 0) > 0
        assert not np.isnan(merged(artist)).any()

    @pytest.mark.parametrize("agg", ["any:n", "sum:n", "weight:size", "max:n"])
    def test_cells_without_a_sample_stay_empty(self, agg):
        data = {"x": [0.1, 0.9], "y": [0.1, 0.9], "n": [0, 0], "size": [0.0, 0.0]}
        artist = binned(data=data, agg=agg, bins=2, range=UNIT).plot()
        np.testing.assert_array_equal(merged(artist), [[0, np.nan], [np.nan, 0]])

    def test_integers_that_no_double_holds_draw(self):
        data = {"x": [0.1, 0.9], "y": [0.1, 0.9], "n": np.array([2**62 + 1, 5])}
        artist = binned(data=data, agg="max:n", bins=2, range=UNIT).plot()
        assert np.isnan(merged(artist)).sum() == 2

    def test_an_estimate_says_that_it_is_one(self, tmp_path):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(
            pa.table({"x": DATA["x"], "y": DATA["y"]}), tmp_path / "a.parquet", row_group_size=1000
        )
        h = binned(data=tmp_path / "a.parquet", range=UNIT, sample=0.25)
        assert "estimated from" in bar_label(h.plot())


class TestAxes:
    def test_scales_are_those_of_the_axes(self):
        ax = binned("size", "z", bins=(hb.Log(8), hb.Symlog(8, -5, 20, linthresh=3))).plot().axes
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "symlog")
        assert ax.yaxis.get_transform().linthresh == 3

    def test_short_log_axes_have_ticks_between_the_powers_of_ten(self):
        shown = texts(binned("size", "z", bins=(hb.Log(8, 1, 200), 8)).plot().axes)
        assert {"1", "2", "5", "10", "100"} <= set(shown)

    def test_bins_of_a_log_axis_are_equally_wide(self):
        figure = binned("size", "y", bins=(hb.Log(50, 1, 1000), 8)).plot(colorbar=False).figure
        assert round(figure.axes[0].bbox.width) % 50 == 0

    def test_dates_show_the_clocks_of_their_zone(self):
        hour = hb.Time("1h", "2024-06-01T12:00", "2024-06-01T15:00", zone="Asia/Tokyo")
        data = {"when": np.array(["2024-06-01T04:30"], "M8[s]"), "y": [0.0]}
        assert "13:00" in texts(binned("when", "y", data=data, bins=(hour, 1)).plot().axes)

    def test_hours_of_the_day_are_written_as_clocks_do(self):
        ax = binned("when", "when", bins=(hb.Cyclic(24, "1d"), hb.Cyclic(7, "1w"))).plot().axes
        assert texts(ax)[::4] == ["00:00", "12:00", "24:00"]
        assert texts(ax, "y") == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    def test_a_part_of_a_week_has_the_names_of_its_days(self):
        days = binned("when", "when", bins=(hb.Cyclic(24, "1d"), hb.Cyclic(7, "1w")))
        ax = days[6:18, 0:5].plot().axes
        assert texts(ax)[::2] == ["06:00", "10:00", "14:00", "18:00"]
        assert texts(ax, "y") == ["Mon", "Tue", "Wed", "Thu", "Fri"]

    def test_categories_and_a_few_integers_stand_at_the_middles_of_their_bins(self):
        ax = binned("kind", "n", bins=(hb.Category(), hb.Integer())).plot().axes
        assert (texts(ax), texts(ax, "y")) == (["a", "b", "c"], ["-1", "0", "1"])
        assert ax.get_xticks().tolist() == [0.5, 1.5, 2.5]

    def test_names_that_lack_room_are_turned_or_thinned(self):
        many = {"name": [f"station {i:03}" for i in range(200)], "y": np.arange(200.0)}
        ax = binned("name", "y", data=many, bins=(hb.Category(), 4)).plot().axes
        assert 10 < len(texts(ax)) < 100
        assert {label.get_rotation() for label in ax.get_xticklabels()} == {90.0}


class TestPanels:
    H = binned(by="kind", range=UNIT)

    def test_a_third_axis_is_drawn_as_panels_under_one_norm(self):
        figure = self.H.plot(norm="log")
        assert isinstance(figure, Figure)
        assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c", ""]
        assert len({id(ax.images[0].norm) for ax in figure.axes[:3]}) == 1

    def test_one_panel_alone_has_the_colours_that_it_has_beside_the_others(self):
        together = self.H.plot(norm="eq_hist").axes[1].images[0]
        figure = self.H.plot(norm="eq_hist", only="b")
        assert figure.axes[0].get_title() == "b"
        alone = figure.axes[0].images[0]
        assert alone.get_clim() == together.get_clim()
        np.testing.assert_array_equal(
            alone.to_rgba(alone.get_array()), together.to_rgba(together.get_array())
        )

    def test_panels_are_named_after_the_bins(self):
        assert panel_names(self.H) == ("a", "b", "c")
        assert panel_names(binned()) == ()
        counted = binned(by="n", bins=(4, 4, hb.Integer(-1, 2)))
        assert panel_names(counted) == ("-1", "0", "1")
        for named in (counted, binned(by="n", bins=(4, 4, hb.Category([-1, 0, 1])))):
            assert named.plot(only=0).axes[0].get_title() == "0"
            with pytest.raises(UsageError, match="no panel '5'"):
                named.plot(only=5)

    @pytest.mark.parametrize(
        ("every", "names"),
        [
            (hb.Time("1mo"), ("2024-01-01 to 2024-02-01", "2024-02-01 to 2024-03-01")),
            (
                hb.Variable(["2024-01-01", "2024-01-02T12:30", "2024-03-01"]),
                ("2024-01-01 to 2024-01-02 12:30", "2024-01-02 12:30 to 2024-03-01"),
            ),
            (hb.Cyclic(2, "1d"), ("00:00 to 12:00", "12:00 to 24:00")),
        ],
    )
    @pytest.mark.parametrize("zone", [None, "Europe/Berlin", "+05:30"])
    @pytest.mark.parametrize("unit", ["s", "us"])
    def test_panels_of_times_are_named_by_the_clocks_of_the_zone(self, every, names, zone, unit):
        import pyarrow as pa

        days = np.array(["2024-01-10T12", "2024-02-20T00"], f"M8[{unit}]")
        data = pa.table({"x": [0.0, 1.0], "y": [0.0, 1.0], "t": pa.array(days, pa.timestamp(unit, zone))})
        assert panel_names(binned(data=data, by="t", bins=(2, 2, every))) == names

    def test_an_hour_that_clocks_show_twice_has_two_names(self):
        hours = hb.Time("1h", "2024-10-27T02:00+02:00", "2024-10-27T03:00+01:00", zone="Europe/Berlin")
        data = {"x": [0.0], "y": [0.0], "t": np.array(["2024-10-27T00:30"], "M8[s]")}
        assert panel_names(binned(data=data, by="t", bins=(2, 2, hours))) == (
            "2024-10-27 02:00+0200 to 2024-10-27 02:00+0100",
            "2024-10-27 02:00+0100 to 2024-10-27 03:00+0100",
        )

    def test_panels_in_years_that_clocks_do_not_know_are_named_in_utc(self):
        import pyarrow as pa

        ends = np.array(["2024-01-01T00:00", "9999-12-31T23:59:59"], "M8[s]")
        data = pa.table(
            {"x": [0.0, 1.0], "y": [0.0, 1.0], "t": pa.array(ends, pa.timestamp("s", "Asia/Tokyo"))}
        )
        assert panel_names(binned(data=data, by="t", bins=(2, 2, 1))) == (
            "2024-01-01 to 9999-12-31 23:59:59Z",
        )

    @pytest.mark.parametrize(
        ("edges", "names"),
        [
            ([0.000960405599956804, 2.50019816320769], ("0.000960406 to 2.5002",)),
            ([1e9, 1e9 + 1, 1e9 + 2], ("1000000000 to 1000000001", "1000000001 to 1000000002")),
            ([-np.inf, 2.5, 2.5, np.inf], ("-inf to 2.5", "2.5 to 2.5", "2.5 to inf")),
        ],
    )
    def test_panels_of_numbers_have_as_many_digits_as_tell_them_apart(self, edges, names):
        assert panel_names(binned(by="z", bins=(2, 2, hb.Variable(edges)))) == names

    def test_other_has_no_panel_where_nothing_is_other(self):
        for values, named in ((["a", "b", "c"], ("a", "b", "c")), (["a"], ("a", "other"))):
            assert panel_names(binned(by="kind", bins=(4, 4, hb.Category(values)))) == named

    def test_means_are_exact_in_panels_too(self):
        h = binned(by="kind", agg="mean:z", bins=(900, 1), range=UNIT)
        figure = h.plot(size=(6, 4), dpi=50)
        factor = -(-900 // figure.axes[0].images[0].get_size()[1])
        assert factor > 1
        np.testing.assert_array_equal(merged(figure.axes[2].images[0]), h.rebin(x=factor).values()[..., 2])

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ({"only": "d"}, "no panel 'd'.*panels: a, b, c"),
            ({"ax": Figure().add_subplot()}, "ax holds a single picture"),
        ],
    )
    def test_what_panels_cannot_do_is_an_error(self, how, words):
        with pytest.raises(UsageError, match=words):
            self.H.plot(**how)

    def test_a_single_picture_has_no_panel_to_choose(self):
        with pytest.raises(UsageError, match="no panel 'a'"):
            binned().plot(only="a")

    def test_too_many_panels_are_an_error_that_says_how_many(self):
        h = binned(by="n", bins=(2, 2, hb.Integer(0, 65)))
        with pytest.raises(UsageError, match="65 panels are more than 64"):
            h.plot()


class TestHexagons:
    def test_hexagons_are_where_matplotlib_has_them(self):
        artist = binned("size", "z", bins=hb.HexLattice(12, xscale="log")).plot()
        theirs = Figure().add_subplot().hexbin(DATA["size"], DATA["z"], gridsize=12, xscale="log", mincnt=1)
        np.testing.assert_array_equal(artist.get_offsets(), theirs.get_offsets())
        np.testing.assert_array_equal(artist.get_array(), theirs.get_array())
        assert artist.axes.get_xscale() == "log"

    def test_hexagons_show_any_statistic_and_have_panels(self):
        figure = binned(bins=(hb.HexLattice(5), hb.Category()), by="kind", agg="mean:z").plot()
        assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c", ""]
        assert figure.axes[-1].get_ylabel() == "mean(z)"

    def test_hexagons_lie_on_dates_and_on_lengths_of_time(self):
        artist = binned("when", "y", bins=hb.HexLattice(5)).plot()
        assert any("2024" in text or "Feb" in text for text in texts(artist.axes))
        lengths = {"t": (np.arange(100) * 36).astype("m8[s]"), "y": np.arange(100.0)}
        artist = binned("t", "y", data=lengths, bins=hb.HexLattice(5)).plot()
        assert "00:30" in texts(artist.axes)
        pixels_of(artist.figure)


class TestSteps:
    def test_a_single_axis_is_drawn_as_steps(self):
        h = binned(range=UNIT).project("x")
        steps = h.plot()
        np.testing.assert_array_equal(steps.get_data().values, h.values())
        assert steps.axes.get_ylabel() == "count"
        assert steps.axes.get_ylim()[0] == 0

    @pytest.mark.parametrize("norm", ["linear", "log", "symlog", "eq_hist"])
    @pytest.mark.parametrize("agg", ["count", "mean:z", "sum:n"])
    def test_steps_draw_on_any_scale(self, norm, agg):
        ax = Figure().add_subplot()
        h = binned(agg=agg, range=UNIT).project("x")
        pixels_of(h.plot(norm=norm, ax=ax).figure)
        assert ax.get_yscale() == {"eq_hist": "linear"}.get(norm, norm)
        np.testing.assert_array_equal(ax.patches[0].get_data().values, h.values())

    def test_steps_that_do_not_add_up_need_not_begin_at_0(self):
        assert binned(agg="mean:z", range=UNIT).project("x").plot().axes.get_ylim()[0] > 5


class TestInfiniteBins:
    ENDLESS = hb.Variable([-np.inf, 0.25, 0.5, np.inf])

    def test_rows_in_infinite_bins_are_told_of(self):
        h = binned(bins=(self.ENDLESS, 4), range=(None, (0, 1)))
        rows = int(h.values()[[0, -1]].sum())
        assert h.warnings == (
            f"{rows:,} rows are in bins along x that reach to infinity: they count, but no picture shows them; give "
            "finite edges to see them",
        )
        assert h.plot().get_array().sum() == ROWS - rows

    def test_infinite_bins_without_rows_and_those_that_are_panels_need_no_word(self):
        assert binned(bins=(hb.Variable([-np.inf, 0, 1, np.inf]), 4), range=(None, (0, 1))).warnings == ()
        assert binned(by="x", bins=(4, 4, self.ENDLESS), range=(*UNIT, None)).warnings == ()
        assert binned(by="x", bins=(hb.HexLattice(4), self.ENDLESS)).warnings == ()


class TestRunsWhosePictureFails:
    """What a run has counted outlives the picture."""

    @pytest.fixture
    def source(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        return write(tmp_path / "points.parquet", {"x": DATA["x"], "y": DATA["y"], "n": np.arange(ROWS) % 65})

    def failed(self, source, *options):
        outputs = ["-o", "map.png", "--save", "map.heatbin", "--export", "cells.csv"]
        code = run(["plot", source, "--x", "x", "--y", "y", "--bins", "4", *outputs, *options])
        assert not Path("map.png").exists()
        assert hb.load("map.heatbin").tally.binned == ROWS
        assert Path("cells.csv").read_text().startswith('"x_low"')
        return code

    def test_it_is_saved_and_exported_where_there_are_too_many_panels(self, source, capsys):
        assert self.failed(source, "--by", "n") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("heatbin: error: 65 panels are more than 64")

    @pytest.mark.parametrize(
        ("failure", "code", "said"),
        [
            (OSError(28, "No space left on device"), 74, "error: "),
            (MemoryError(), 70, "error: out of memory"),
            (ArithmeticError("no room"), 70, "internal error: ArithmeticError: no room; --debug shows where"),
        ],
    )
    def test_it_is_saved_and_exported_whatever_else_goes_wrong(
        self, source, capsys, monkeypatch, failure, code, said
    ):
        def fail(*_, **__):
            raise failure

        monkeypatch.setattr(Figure, "savefig", fail)
        assert self.failed(source) == code
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"heatbin: {said}")
