"""Category axes: each value a bin, the rest under one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import heatbin as hb
from binned import MICROSECONDS, bins
from heatbin.axes import Category
from heatbin.errors import UsageError

RNG = np.random.default_rng(0)


def test_text_is_binned_by_codes_and_the_rest_is_other():
    axis = Category(["UA", "AA", "DL"])
    codes = axis.codes_of(["AA", "ZZ", "UA", "DL", None])
    assert codes.dtype == np.int32
    assert codes.tolist() == [1, 3, 0, 2, 3]
    assert bins(axis, codes) == [2, 4, 1, 3, 4]
    assert axis.labels == ("UA", "AA", "DL", "other")
    assert axis.edges.tolist() == [0, 1, 2, 3, 4]
    assert bins(Category(["UA", "AA"], other=False), [0, 1, 2]) == [1, 2, 3]


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20, unique=True), st.booleans(), st.data()
)
def test_integers_are_categories_by_themselves(values, other, data):
    axis = Category(values, other=other)
    near = st.sampled_from(values).flatmap(
        lambda v: st.sampled_from([max(v - 1, -(2**63)), v, min(v + 1, 2**63 - 1)])
    )
    column = data.draw(st.lists(near, min_size=1, max_size=30))
    assert bins(axis, column, np.int64) == [
        values.index(v) + 1 if v in values else len(values) + 1 for v in column
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RNG.choice(10**12, 50, replace=False), "i8"),
        (np.unique(RNG.integers(-(2**63), 2**63 - 1, 3000)), "i8"),
        (np.unique(RNG.integers(0, 2**64 - 1, 300, np.uint64)), "u8"),
        (np.arange(-100, 100) << 40, "i8"),
        (np.unique(RNG.integers(-(2**31), 2**31 - 1, 300)), "i4"),
        (np.array([-(2**63), 2**63 - 1]), "i8"),
        (np.array([-(2**31), 0, 2**31 - 1, 2**40]), "i4"),
        (np.array([-128, 127, 300]), "i1"),
    ],
    ids=str,
)
def test_identifiers_however_far_apart_are_told_from_all_others(values, kind):
    limits = np.iinfo(kind)
    near = {int(value) + step for value in values for step in (-(2**32), -1, 0, 1, 2**32)}
    column = [v for v in near if limits.min <= v <= limits.max] + [limits.min, 0, limits.max]
    number = {value: bin_ for bin_, value in enumerate(values.tolist(), start=1)}
    rest = len(number) + 1
    assert bins(Category(values.tolist()), column, kind) == [number.get(v, rest) for v in column]


def test_booleans_are_categories_too():
    assert bins(Category([True, False]), [1, 0, 1], np.uint8) == [1, 2, 1]
    assert bins(Category([True]), [1, 0], np.uint8) == [1, 2]
    assert Category([True, False], other=False).labels == ("True", "False")


def test_categories_found_in_the_data_are_sorted_and_have_no_rest():
    axis = Category()
    assert axis.open
    assert axis.found(["b", "a", "b"]) == Category(["a", "b"], other=False)
    assert axis.found([3, 1]) == Category([1, 3], other=False)
    assert axis.found([]).labels == ("other",)
    with pytest.raises(UsageError, match=r"more than 256 categories \(0, 1, 2, …\).*or raise limit="):
        axis.found(range(257))
    assert Category(limit=300).found(range(257)).size == 257


def test_values_that_are_no_categories_are_refused():
    with pytest.raises(UsageError, match="'a' is there twice"):
        Category(["a", "b", "a"])
    for values in ("abc", ["a", 1], [1, True], [1.5], [None]):
        with pytest.raises(TypeError, match="values must be"):
            Category(values)
    with pytest.raises(UsageError, match="needs a value or more"):
        Category([], other=False)
    with pytest.raises(UsageError, match="not floats"):
        Category([1, 2]).bind((np.dtype("f8"),))
    with pytest.raises(UsageError, match="cannot bin a column of timestamp"):
        Category([1]).of(MICROSECONDS)


@given(st.lists(st.sampled_from(["a", "other", "all other", "all all other"]), unique=True, min_size=1))
def test_the_rest_has_a_name_of_its_own_whatever_the_categories_are_called(names):
    labels = Category(names).labels
    assert len(set(labels)) == len(labels) == len(names) + 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"limit": "a"}, TypeError),
        ({"limit": 0}, UsageError),
        ({"limit": True}, TypeError),
        ({"other": "rest"}, TypeError),
    ],
)
def test_what_a_category_axis_cannot_be_told_is_named(wrong, error):
    with pytest.raises(error, match=f"{next(iter(wrong))} must be"):
        Category(["a"], **wrong)


def test_values_that_are_to_be_left_out_may_be_in_the_data():
    axis = Category(without=["a"]).found(["b", "a", "c"])
    assert (axis.labels, axis.without) == (("b", "c"), ("a",))
    assert bins(axis, axis.codes_of(["a", "b", "c", "d"])) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("column", "without", "words"),
    [
        (["a", "b"], [1], "x: the categories are numbers, and the column is text"),
        ([1, 2], ["a"], "x: the categories are text, and the column is numbers"),
        ([True, False], [1], "x: the categories are numbers, and the column is booleans"),
        ([1, 2], [True], "x: the categories are booleans, and the column is numbers"),
    ],
)
def test_what_is_left_out_must_be_of_the_columns_kind(column, without, words):
    with pytest.raises(UsageError, match=words):
        hb.aggregate({"x": column, "y": [0.0, 1.0]}, "x", "y", bins=(Category(without=without), 1))


@pytest.mark.parametrize(
    ("without", "error", "words"),
    [
        (None, TypeError, "without must be a sequence"),
        ("a", TypeError, "without must be a sequence"),
        ([1.5], TypeError, "without must be all text"),
        (["a", "a"], UsageError, "without must differ, but 'a'"),
        (["b"], UsageError, "values and without must differ, but 'b'"),
        ([1], TypeError, "values and without must be all text"),
    ],
)
def test_what_cannot_be_left_out_is_said(without, error, words):
    with pytest.raises(error, match=words):
        Category(["b"], without=without)
