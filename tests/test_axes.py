"""What all axes have in common."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binned import BERLIN, DATE, DECIMAL, MICROSECONDS, NANOSECONDS, around, bins
from heatbin.axes import Arc, Category, Cyclic, Integer, Log, Regular, Symlog, Time, Variable
from heatbin.errors import UsageError
from heatbin.histogram.regroup import Cut
from heatbin.kernels.index import mark_missing, mark_rejected
from heatbin.logical import LogicalType

ALL = [
    Regular(12, 0, 3),
    Regular(12, 2**60, 2**60 + 5),
    Regular(12, 0, 10**15, NANOSECONDS),
    Variable([0, 1, 5, 7, 8, 8, 9]),
    Variable([1.0, 10.0, 100.0], scale="log"),
    Variable([Fraction(1, 3), 1, 2], MICROSECONDS),
    Log(12, 1, 1e4),
    Symlog(12, -100, 1e4, 2.5),
    Integer(3, 15),
    Time("1mo", "2023-01-01", "2024-01-01").of(BERLIN),
    Category(["a", "b"]),
    Category([5, 3, 1], other=False),
    Cyclic(12, 360.0),
    Cyclic(24, "1d").of(BERLIN),
    Regular(12, 0, 3, closed=False),
    Regular(12, 0, 10**15, NANOSECONDS, closed=False),
    Variable([0, 1, 5, 7, 8, 8], closed=False),
    Variable([-inf, 0.1, inf, inf], closed=False),
    Log(12, 1, 1e4, closed=False),
    Symlog(12, -100, 1e4, 2.5, closed=False),
    Category(["a", "b"], without=["c"]),
    Category([5, 3], without=[1]),
    Category(["other", "b"]),
    Category([], without=["a"]),
    Arc(Cyclic(12, 360.0), 2, 8, factor=3),
    Arc(Cyclic(7, "1w").of(BERLIN), 0, 5),
]
NOT_TO_BE_MERGED = [axis for axis in ALL if not isinstance(axis, Category)]


@pytest.mark.parametrize("axis", ALL, ids=repr)
def test_axes_are_values(axis):
    axis.bind((np.dtype("i8"),))
    _ = axis.edges
    again = pickle.loads(pickle.dumps(axis))
    assert again == axis
    assert hash(again) == hash(axis)
    assert repr(again) == repr(axis)
    assert np.array_equal(again.edges, axis.edges)
    assert len({*ALL, axis}) == len(ALL)
    assert not axis.open
    assert axis.between(0, 1) == axis
    with pytest.raises((AttributeError, TypeError)):
        axis.n = 3


@pytest.mark.parametrize("axis", ALL, ids=repr)
def test_edges_centres_and_widths_fit_the_size(axis):
    assert axis.takes == 1
    assert axis.edges.shape == (axis.size + 1,)
    assert axis.centers.shape == axis.widths.shape == (axis.size,)
    assert axis.extent == axis.size + 3


@pytest.mark.parametrize("axis", NOT_TO_BE_MERGED, ids=repr)
def test_merged_and_cut_axes_have_exactly_the_edges_that_they_had(axis):
    for factor in range(1, axis.size + 1):
        if axis.size % factor == 0:
            np.testing.assert_array_equal(axis.rebinned(factor).edges, axis.edges[::factor])
        else:
            with pytest.raises(UsageError, match="the factor must divide them"):
                axis.rebinned(factor)
    for first, last in ((0, axis.size), (1, axis.size), (0, 1), (axis.size - 1, axis.size)):
        part = axis.sliced(first, last)
        assert part.size == last - first
        np.testing.assert_array_equal(part.edges, axis.edges[first : last + 1])
        assert part.scale == axis.scale
    with pytest.raises(UsageError, match="no bins"):
        axis.sliced(1, 1)


def cuts(size):
    """Yield some cuts of an axis, at both ends and between, in all groups that there can be."""
    for first in {0, 1, size // 2}:
        for last in {size // 2 + 1, size - 1, size}:
            yield from (Cut(first, last, n) for n in range(1, last - first + 1) if (last - first) % n == 0)


def around_edges(axis, dtype):
    edges = axis.edges if axis.edges.dtype.kind in "iuf" else axis.edges.view("i8")
    edges = edges[np.isfinite(edges) | (dtype == "f8")].astype(dtype)
    circle = getattr(axis, "circle", axis)
    turns = [i * circle.period if isinstance(circle, Cyclic) else 0 for i in (-1, 0, 1, 29 * 365)]
    return np.concatenate([around(edges + np.array(turn, dtype)) for turn in turns])


@pytest.mark.parametrize("axis", NOT_TO_BE_MERGED, ids=repr)
@pytest.mark.parametrize("dtype", ["i8", "f8"])
def test_a_part_of_an_axis_bins_rows_as_the_whole_did(axis, dtype):
    values = around_edges(axis, dtype)
    before = np.array(bins(axis, values, dtype))
    for cut in cuts(axis.size):
        part = cut.of(axis)
        assert bins(part, values, dtype) == cut.new_bins(axis)[before].tolist()
        assert pickle.loads(pickle.dumps(part)) == part


@pytest.mark.parametrize("axis", [axis for axis in ALL if isinstance(axis, Category)], ids=repr)
def test_some_categories_hold_what_they_held_among_all(axis):
    values = list("abcz") if axis.coded else range(9)

    def bins_of(axis):
        return bins(axis, axis.codes_of(values) if axis.coded else values, "i4")

    for first, last in combinations(range(axis.size + 1), 2):
        part, after = axis.sliced(first, last), Cut(first, last).new_bins(axis)
        assert part.labels == axis.labels[first:last]
        assert bins_of(part) == after[bins_of(axis)].tolist()


def test_whatever_is_in_a_bin_lies_within_the_reach_of_its_axis():
    assert Regular(3, 0, 1).reach == (0, 1)
    assert Variable([Decimal("0.5"), 2]).of(DECIMAL).reach == (50, 200)
    assert Log(3, 1, 100).of(DECIMAL).reach == (100, 10_000)
    assert Integer(-1, 2).of(DECIMAL).reach == (-100, 200)
    assert Time("1d").of(LogicalType("timestamp", "s")).between(5, 6).reach == (0, 86400)
    for axis in (Regular(3), Log(3, 1), Integer(), Time("1d", "2024-01-01"), Cyclic(3, 4), Category([1])):
        assert axis.reach is None


def test_axes_stay_of_their_kind_where_their_kind_can_express_it():
    assert Regular(12, 0, 3).rebinned(3) == Regular(4, 0, 3)
    assert Regular(12, 0, 3).sliced(4, 8) == Regular(4, 1, 2, closed=False)
    assert Regular(12, 0, 3).sliced(4, 12) == Regular(8, 1, 3)
    assert isinstance(Regular(10, 0.1, 0.7).sliced(1, 4), Regular | Variable)
    assert Log(4, 1, 1e4).sliced(1, 3) == Log(2, 10, 1000, closed=False)
    assert Log(4, 1, 1e4).sliced(1, 4) == Log(3, 10, 10_000)
    assert Integer(0, 9).sliced(2, 5) == Integer(2, 5)
    assert Time("1d", "2024-01-01", "2024-01-09").of(DATE).sliced(1, 3) == Time(
        "1d", "2024-01-02", "2024-01-04"
    ).of(DATE)
    assert Cyclic(24, 24.0).rebinned(6) == Cyclic(4, 24.0)
    assert Cyclic(24, 24.0).sliced(6, 18).rebinned(3).sliced(1, 4) == Arc(Cyclic(8, 24.0), 3, 6)
    assert Cyclic(24, 24.0).rebinned(3).sliced(2, 6) == Cyclic(24, 24.0).sliced(6, 18).rebinned(3)
    assert Cyclic(24, 24.0).sliced(1, 7).rebinned(2) == Arc(Cyclic(24, 24.0), 1, 7, 2)
    assert Category(["a", "b", "c"]).sliced(1, 4) == Category(["b", "c"], without=["a"])
    assert Category(["a", "b", "c"]).sliced(1, 4).sliced(0, 1) == Category(["b"], other=False, without=["a"])
    assert Category(["a", "b", "c"]).sliced(0, 2) == Category(["a", "b"], other=False)
    with pytest.raises(UsageError, match="the factor must be 1"):
        Category(["a", "b"]).rebinned(2)


def test_an_axis_of_one_kind_of_column_refuses_another():
    axis = Regular(3, "2024-01-01", "2024-01-02").of(MICROSECONDS)
    assert axis.edges[[0, -1]].tolist() == [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]
    assert axis.of(MICROSECONDS) is axis
    with pytest.raises(UsageError, match="cannot bin a column of timestamp"):
        axis.of(NANOSECONDS)
    with pytest.raises(UsageError, match="is no number"):
        Regular(3, "2024-01-01", "2024-01-02").of(LogicalType())
    with pytest.raises(UsageError, match="when the type of the column is known"):
        Regular(3, "2024-01-01", "2024-01-02").bind((np.dtype("i8"),))


def test_an_axis_tells_what_it_was_given_and_no_more():
    assert repr(Regular(3, 0, 1)) == "Regular(n=3, lo=0, hi=1)"
    assert repr(Log(3)) == "Log(n=3)"
    assert repr(Category(["a"])) == "Category(values=('a',))"
    assert repr(Variable([0, 1, 2])) == "Variable([0, 1, 2])"
    assert repr(Regular(3, 0, 1, closed=False)) == "Regular(n=3, lo=0, hi=1, closed=False)"
    assert repr(Variable([0, 1, 2], closed=False)) == "Variable([0, 1, 2], closed=False)"
    assert (
        repr(Variable([0, 1], scale="symlog", linthresh=2)) == "Variable([0, 1], scale='symlog', linthresh=2)"
    )


def test_an_open_end_is_true_or_false_and_none_that_the_data_give():
    for kind in (Regular, Log, Symlog):
        assert kind(3, 1, 2, closed=False) != kind(3, 1, 2)
        with pytest.raises(UsageError, match="closed=False needs hi"):
            kind(3, 1, closed=False)
    for axis in (
        lambda closed: Regular(3, 0, 1, closed=closed),
        lambda closed: Variable([0, 1], closed=closed),
    ):
        with pytest.raises(TypeError, match="closed must be True or False, not 0"):
            axis(0)


@pytest.mark.parametrize(
    ("axis", "other"),
    [
        (Variable([1, 2, inf]), Variable(np.array([1, 2, inf], np.float32))),
        (Variable([1, 2**60]), Variable(np.array([1, 2**60], np.longdouble))),
        (Variable([-inf, 0.5]), Variable(np.array([-inf, 0.5], np.longdouble))),
        (Cyclic(7, 60), Cyclic(7, 60.0)),
        (Category(["a"], without=["c", "b"]), Category(["a"], without=["b", "c"])),
        (Regular(3, 0, 6), Regular(3, 0.0, 6.0)),
    ],
)
def test_axes_that_bin_alike_are_equal(axis, other):
    assert axis == other
    assert hash(axis) == hash(other)


@pytest.mark.parametrize(
    ("axis", "other"),
    [
        (Variable([2**53 + 1, 2**53 + 3]), Variable([2.0**53, 2.0**53 + 4])),
        (Variable([2**60, 2**60 + 1]), Variable(np.array([2**60, 2**60 + 3], np.uint64))),
        (Variable([1, 2], scale="log"), Variable([1, 2])),
        (Cyclic(7, 2**60), Cyclic(7, 2.0**60)),
        (Category([True, False]), Category([1, 0])),
    ],
)
def test_axes_that_bin_otherwise_are_not_equal(axis, other):
    assert axis != other
    assert repr(axis) != repr(other)


def test_bins_between_neighbouring_doubles_can_be_cut_off():
    step = 2.0**-52
    for axis in (Regular(10, 1.0, 1 + 4 * step), Log(10, 1.0, 1 + 4 * step), Symlog(9, 1.0, 1 + 4 * step)):
        for first in range(axis.size):
            part = axis.sliced(first, first + 1)
            assert part.edges.tolist() == axis.edges[first : first + 2].tolist()
    axis = Regular(121, -5.736e-321, 3.404e-321)
    assert axis.sliced(67, 121).edges.tolist() == axis.edges[67:].tolist()


def test_a_symlog_axis_stays_linear_as_far_as_it_was_when_it_is_cut():
    part = Symlog(40, -200, 200, linthresh=10).sliced(3, 30)
    assert isinstance(part, Variable)
    assert (part.scale, part.linthresh) == ("symlog", 10)
    assert part.sliced(2, 9).linthresh == 10
    assert Variable([0, 1], scale="symlog", linthresh="1.5").of(DECIMAL).linthresh == 150


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scale": "symlog", "linthresh": -1}, "linthresh must be positive and finite, not -1"),
        ({"scale": "symlog", "linthresh": float("nan")}, "linthresh must be positive"),
        ({"linthresh": 1}, "linthresh is for a symlog scale, not for 'linear'"),
        ({"scale": "foo"}, "scale must be one of linear, log, symlog, not 'foo'"),
    ],
)
def test_scales_that_pictures_do_not_have_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        Variable([0, 1], **options)


def test_an_arc_holds_bins_of_a_circle():
    circle = Cyclic(24, 24)
    with pytest.raises(TypeError, match="circle must be a Cyclic axis"):
        Arc(Regular(24, 0, 24), 0, 3)
    for first, last, factor in ((3, 3, 1), (0, 25, 1), (0, 4, 3)):
        with pytest.raises(UsageError, match=f"no bins {first} to {last} in groups of {factor} among 24"):
            Arc(circle, first, last, factor)


def test_bins_are_multiplied_by_the_stride_and_added_to_the_cells():
    for axis in (Regular(4, 0, 4), Variable([0, 1, 2, 3, 4]), Cyclic(4, 4), Integer(0, 4)):
        for number in (np.uint32, np.uint64):
            cells = np.full(300, 7, number)
            axis.bind((np.dtype("f8"),))([np.full(300, 2.5)], number(1000), cells)
            assert set(cells.tolist()) == {3007}


@given(st.integers(0, 40), st.integers(1, 2500), st.randoms(use_true_random=False))
def test_nulls_are_read_from_any_bit_of_a_bitmap_on(offset, rows, random):
    valid = np.array([random.random() < 0.7 for _ in range(offset + rows)])
    bitmap = np.packbits(valid, bitorder="little")
    before = np.arange(rows, dtype=np.uint32)
    cells = before + np.uint32(1)
    mark_missing(bitmap, offset, before, np.uint32(500), cells)
    assert np.array_equal(cells, np.where(valid[offset:], before + 1, before + 500))
    mark_rejected(bitmap, offset, np.uint32(9), cells)
    assert np.array_equal(cells, np.where(valid[offset:], before + 1, 9))
