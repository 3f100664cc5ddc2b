"""Merging and comparing: exact, in any order, and never a row twice."""

from __future__ import annotations

import json

import numpy as np
import pytest

import heatbin as hb
from data import points, write
from heatbin.cli.session import run

LIMITS = ((-3.0, 3.0), (-900, 800))
REQUEST = {"bins": (60, 17), "range": LIMITS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    for day in range(3):
        write(folder / f"{day}.parquet", points(3000 + 500 * day, seed=day))
        day_alone(folder, day).save(folder / f"{day}.heatbin")
    return folder


def day_alone(folder, day, **changed):
    return hb.aggregate(folder / f"{day}.parquet", "x", "y", **{**REQUEST, **changed})


def all_at_once(folder):
    return hb.aggregate([folder / f"{day}.parquet" for day in range(3)], "x", "y", **REQUEST)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_parts_merge_to_the_bytes_of_the_whole_in_any_order(folder, tmp_path, order):
    hb.merge([folder / f"{day}.heatbin" for day in order]).save(tmp_path / "merged")
    all_at_once(folder).save(tmp_path / "whole")
    assert (tmp_path / "merged").read_bytes() == (tmp_path / "whole").read_bytes()


def test_histograms_add_up_and_stay_as_they_were(folder):
    days = [day_alone(folder, day) for day in range(3)]
    before = days[0].values()
    total = days[0] + days[1] + days[2]
    np.testing.assert_array_equal(total.values(), all_at_once(folder).values())
    np.testing.assert_array_equal(days[0].values(), before)
    assert total.tally == all_at_once(folder).tally


@pytest.mark.parametrize(
    ("axis", "part"),
    [
        (hb.Regular(8, 0, 4), slice(2, 6)),
        (hb.Regular(7, 0.1, 3.4), slice(0, 3)),
        (hb.Variable([0, 0.5, 1, 1, 2, 4]), slice(1, 3)),
        (hb.Log(4, 0.5, 4), slice(0, 2)),
        (hb.Integer(0, 4), slice(0, 4, hb.rebin(2))),
        (hb.Cyclic(6, 3.0), slice(1, 5, hb.rebin(2))),
        (hb.Category(["1", "2", "3"]), slice(1, 4)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rows_counted_on_the_axis_of_a_part_are_added_to_it(axis, part, tmp_path):
    x = np.arange(-4, 20) / 4
    column = [f"{value:g}" for value in x] if isinstance(axis, hb.Category) else x

    def on(axis):
        return hb.aggregate({"x": column, "y": x}, "x", "y", bins=(axis, 1), range=(None, (0, 5)))

    cut = on(axis)[part, :]
    anew = on(cut.axes[0])
    np.testing.assert_array_equal(cut.values(), anew.values())
    assert cut.tally == anew.tally
    cut.save(tmp_path / "part.heatbin")
    total = hb.load(tmp_path / "part.heatbin") + anew
    np.testing.assert_array_equal(total.values(), 2 * cut.values())


def test_a_part_does_not_take_rows_that_its_open_end_would_leave_out():
    rows = {"x": [0.5, 1.0, 1.5], "y": [0.0] * 3}
    part = hb.aggregate(rows, "x", "y", bins=(hb.Variable([0, 1, 2]), 1))[0:1, :]
    closed = hb.aggregate(rows, "x", "y", bins=(hb.Variable([0, 1]), 1))
    assert (part.values().item(), closed.values().item()) == (1, 2)
    with pytest.raises(hb.StateError, match=r"axes of x differ: .*closed=False.* and .*same bins and range"):
        part + closed


def test_an_input_in_both_is_refused_by_name(folder):
    with pytest.raises(hb.StateError, match=r"both hold .*1\.parquet: these rows would count twice"):
        hb.merge([day_alone(folder, 1), all_at_once(folder)])


def test_an_input_under_another_name_is_the_same_input(folder, tmp_path):
    (tmp_path / "alias.parquet").hardlink_to(folder / "1.parquet")
    alias = hb.aggregate(tmp_path / "alias.parquet", "x", "y", **REQUEST)
    with pytest.raises(hb.StateError, match="count twice"):
        day_alone(folder, 1) + alias


def test_arrays_are_in_no_ledger_and_always_add_up():
    arrays = [{"x": [0.1, 0.2], "y": [0.1, 0.9]}, {"x": [0.7], "y": [0.7]}]
    one, other = (hb.aggregate(each, "x", "y", bins=2, range=((0, 1), (0, 1))) for each in arrays)
    assert (one + other).values().tolist() == [[1, 1], [0, 1]]
    assert (one + other).inputs == ()


def test_a_file_given_twice_is_refused(folder):
    with pytest.raises(hb.StateError, match="given twice"):
        hb.merge([folder / "0.heatbin", folder / "0.heatbin"])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"bins": (61, 17)}, "axes of x"),
        ({"range": (LIMITS[0], (-900, 801))}, "axes of y"),
        ({"where": "fare > 3"}, "different where"),
        ({"sample": 0.5}, "samples"),
    ],
)
def test_what_does_not_count_the_same_is_refused_by_name(folder, changed, named):
    row_groups = write(folder / "grouped.parquet", points(3000, seed=9), row_group_size=500)
    other = hb.aggregate(row_groups, "x", "y", **{**REQUEST, **changed})
    with pytest.raises(hb.StateError, match=named):
        day_alone(folder, 0) + other


def test_only_histograms_can_be_added(folder):
    with pytest.raises(TypeError):
        day_alone(folder, 0) + 1
    with pytest.raises(TypeError, match="a list of histograms"):
        hb.merge(folder / "0.heatbin")
    with pytest.raises(hb.StateError, match="nothing to merge"):
        hb.merge([])


# Comparing


def test_the_maps_of_a_comparison_are_what_their_names_say(folder):
    before, after = (day_alone(folder, day) for day in (0, 2))
    comparison = hb.compare(before, folder / "2.heatbin")
    np.testing.assert_array_equal(comparison.difference, after.values() - before.values())
    both = (before.values() > 0) & (after.values() > 0)
    np.testing.assert_allclose(comparison.ratio[both], after.values()[both] / before.values()[both])
    assert np.isnan(comparison.ratio[(before.values() == 0) & (after.values() == 0)]).all()


def test_the_significance_is_that_of_two_poisson_counts():
    def rows(count: int) -> hb.Histogram:
        return hb.aggregate({"x": np.full(count, 0.5)}, "x", "x", bins=1, range=((0, 1), (0, 1)))

    for before, after, sigma in [
        (0, 0, 0.0),
        (100, 100, 0.0),
        (0, 10, 3.723),
        (100, 150, 3.173),
        (150, 100, -3.173),
    ]:
        comparison = hb.compare(rows(before), rows(after))
        assert comparison.significance.item() == pytest.approx(sigma, abs=1e-3)
        assert comparison.most_significant == pytest.approx(abs(sigma), abs=1e-3)


@pytest.mark.parametrize("kind", ["significance", "difference", "ratio"])
def test_colours_are_symmetric_about_no_difference(folder, kind):
    comparison = hb.compare(folder / "0.heatbin", folder / "2.heatbin")
    lowest, highest = comparison.plot(kind).get_clim()
    assert lowest == -highest


def test_no_other_map_can_be_drawn(folder):
    with pytest.raises(hb.UsageError, match="did you mean 'ratio'"):
        hb.compare(folder / "0.heatbin", folder / "2.heatbin").plot("ration")


# The commands


def test_merge_render_and_show_go_together(folder, tmp_path, capsys):
    days = [str(folder / f"{day}.heatbin") for day in range(3)]
    merged = str(tmp_path / "all.heatbin")
    assert run(["merge", *days, "-o", merged, "--quiet"]) == 0
    assert run(["render", merged, "-o", str(tmp_path / "map.png"), "--norm", "log", "--quiet"]) == 0
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"
    assert run(["show", merged, "--json", "--inputs"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["tally"]["read"] == all_at_once(folder).tally.read
    assert len(shown["inputs"]) == 3


def test_show_says_what_is_in_it_and_check_finds_damage(folder, tmp_path, capsys):
    assert run(["show", str(folder / "0.heatbin")]) == 0
    assert "x          x: 60 bins from -3.0 to 3.0" in capsys.readouterr().out
    assert run(["show", "--check", str(folder / "0.heatbin")]) == 0
    content = bytearray((folder / "0.heatbin").read_bytes())
    content[100] ^= 1
    (tmp_path / "damaged").write_bytes(content)
    assert run(["show", "--check", str(tmp_path / "damaged")]) == 65
    assert "damaged" in capsys.readouterr().err


def test_merging_what_clashes_ends_with_65_and_writes_nothing(folder, tmp_path, capsys):
    day = str(folder / "0.heatbin")
    (tmp_path / "copy.heatbin").write_bytes((folder / "0.heatbin").read_bytes())
    assert run(["merge", day, str(tmp_path / "copy.heatbin"), "-o", str(tmp_path / "out")]) == 65
    assert "0.parquet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_compare_ends_with_1_only_above_the_limit(folder, tmp_path, capsys):
    pair = [str(folder / "0.heatbin"), str(folder / "2.heatbin")]
    assert run(["compare", *pair, "-o", str(tmp_path / "diff.png"), "--json"]) == 0
    most = json.loads(capsys.readouterr().out)["most_significant"]
    assert (tmp_path / "diff.png").exists()
    assert run(["compare", *pair, "--fail-above", str(most + 0.1)]) == 0
    assert run(["compare", *pair, "--fail-above", str(most - 0.1)]) == 1
    for never in ("nan", "inf", "-1", "six"):
        assert run(["compare", *pair, "--fail-above", never]) == 2
