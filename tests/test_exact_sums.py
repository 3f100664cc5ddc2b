"""Every sum is what exact arithmetic gives, rounded once: so nothing can depend on the order in which rows come."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import any_doubles, filled, merged_in_a_random_tree, nearest, nearest_root, variance_of
from heatbin.errors import BadInputError, StateError, UsageError
from heatbin.kernels.exact import add_values, find_misfits
from heatbin.kernels.forms import FLOATING, SIGNED, UNSIGNED
from heatbin.storages import Recipe, means, spill, totals, variances, whole_totals
from heatbin.storages.rounded import quotients
from heatbin.storages.sums import Sums
from heatbin.storages.window import Window

ONCE, SQUARED = Recipe(Sums, (1,)), Recipe(Sums, (2,))
LARGEST = float(np.finfo(np.float64).max)
TINIEST = 5e-324

doubles = st.floats(allow_nan=False, allow_infinity=False)
usual = st.floats(-1e6, 1e6)
samples = st.one_of(st.lists(doubles, max_size=40), st.lists(usual, max_size=40))


def one_cell(values: np.ndarray | list, recipe: Recipe = ONCE) -> Sums:
    values = np.asarray(values)
    return filled(recipe, 1, np.zeros(values.size), values)


def total(values: np.ndarray | list) -> float:
    return totals(one_cell(values), np.array([0]))[0]


def variance(values: np.ndarray, *, ddof: int = 0, root: bool = False) -> float:
    count = np.array([len(values)])
    return variances(one_cell(values), one_cell(values, SQUARED), np.array([0]), count, ddof=ddof, root=root)[
        0
    ]


def bits_of(value: float) -> int:
    return int(np.float64(value).view(np.uint64))


def units_of(bits: np.uint64, form: int, base: int) -> Fraction | None:
    """Return what a pattern stands for in units of ``2**base``; an infinity is far beyond all, and NaN None."""
    if form != FLOATING:
        return Fraction(int(bits if form == UNSIGNED else bits.view(np.int64)))
    value = float(bits.view(np.float64))
    if math.isnan(value):
        return None
    return Fraction(1 << 5000) if math.isinf(value) else Fraction(value) / Fraction(2) ** base


def check_against_fsum(count: int, cells: int, *, parts: int) -> None:
    rng = np.random.default_rng(count)
    values, where = any_doubles(rng, count), rng.integers(0, cells, count)
    whole = filled(ONCE, cells, where, values)
    pieces = np.array_split(rng.permutation(count), parts)
    merged = merged_in_a_random_tree(rng, [filled(ONCE, cells, where[p], values[p]) for p in pieces])
    rows = np.split(np.argsort(where, kind="stable"), np.cumsum(np.bincount(where, minlength=cells))[:-1])
    expected = [math.fsum(values[each]) for each in rows]
    np.testing.assert_array_equal(totals(whole, np.arange(cells)), expected)
    np.testing.assert_array_equal(totals(merged, np.arange(cells)), expected)


def test_sums_over_600_decimal_orders_equal_fsum_in_any_order_and_any_tree_of_merges() -> None:
    check_against_fsum(100_000, 50, parts=7)


@pytest.mark.slow
def test_ten_million_values_over_600_decimal_orders_equal_fsum() -> None:
    check_against_fsum(10_000_000, 1000, parts=7)


@given(samples, st.randoms(use_true_random=False))
def test_a_sum_is_the_exact_one_rounded_once(values, random) -> None:
    expected = nearest(sum(map(Fraction, values), Fraction(0)))
    assert total(np.array(values, dtype=np.float64)) == expected
    random.shuffle(values)
    assert total(np.array(values, dtype=np.float64)) == expected


@given(
    st.lists(st.one_of(st.integers(0, (1 << 64) - 1), st.floats().map(bits_of)), min_size=1, max_size=9),
    st.sampled_from((FLOATING, SIGNED, UNSIGNED)),
    st.integers(1, 3),
    st.integers(-1088, 1000),
)
def test_samples_that_fit_are_added_whole_and_all_others_are_named(patterns, form, lanes, base) -> None:
    window = Window(base if form == FLOATING else 0, lanes, 1)
    bits = np.array(patterns, dtype=np.uint64)
    cells, added = np.arange(bits.size, dtype=np.uint32), np.zeros((bits.size, lanes), dtype=np.uint64)
    sample, base = (bits.view(np.int64), form), window.base if form == FLOATING else None
    overflows = np.zeros(bits.size, dtype=np.int64)
    missed = add_values(cells, *sample, base, window.span, window.lanes, added.reshape(-1), overflows)
    rows = np.empty(bits.size + 1, dtype=np.int64)
    misfits = rows[: find_misfits(cells, bits.size, *sample, window.base, window.span, rows)]

    sizes = [units_of(each, form, window.base) for each in bits]
    fitting = [size is not None and size.denominator == 1 and abs(size) < 1 << window.span for size in sizes]
    words_of = [
        int(size) % (1 << 64 * lanes) if fits else 0 for size, fits in zip(sizes, fitting, strict=True)
    ]
    assert [int.from_bytes(cell.astype("<u8").tobytes(), "little") for cell in added] == words_of
    assert missed == fitting.count(False)
    assert list(misfits) == [row for row, size in enumerate(sizes) if size is not None and not fitting[row]]
    assert not overflows.any()


@given(st.lists(doubles, min_size=1, max_size=20))
def test_a_mean_is_the_exact_one_rounded_once(values) -> None:
    mean = means(one_cell(values), np.array([0]), np.array([len(values)]))[0]
    assert mean == nearest(sum(map(Fraction, values), Fraction(0)) / len(values))


@pytest.mark.parametrize("decimals", [0, 2, 15])
@pytest.mark.parametrize("offset", [0.0, -1e5, 1e15])
def test_means_of_usual_data_are_rounded_once_as_well(decimals, offset) -> None:
    rng = np.random.default_rng(decimals)
    values = (offset + rng.normal(0, 50, 4000)).round(decimals)
    where = rng.integers(0, 800, values.size)
    found = means(filled(ONCE, 800, where, values), np.arange(800), np.bincount(where, minlength=800))
    for cell in range(800):
        of_cell = values[where == cell].tolist()
        assert (
            found[cell] == nearest(sum(map(Fraction, of_cell)) / len(of_cell))
            if of_cell
            else math.isnan(found[cell])
        )


@given(st.one_of(st.lists(doubles, min_size=2, max_size=9), st.lists(usual, min_size=2, max_size=9)))
def test_variances_and_deviations_are_the_exact_ones_rounded_once(values) -> None:
    for ddof in (0, 1):
        exact = variance_of(values, ddof)
        assert variance(np.array(values), ddof=ddof) == nearest(exact)
        assert variance(np.array(values), ddof=ddof, root=True) == nearest_root(exact)


def test_the_variance_of_a_far_off_cloud_keeps_all_its_digits() -> None:
    values = np.random.default_rng(0).normal(1e8, 1.0, 20_000)
    assert variance(values) == nearest(variance_of(values))
    assert variance(values, root=True) == nearest_root(variance_of(values))
    assert variance(np.full(1000, 0.1)) == 0.0


def test_what_cancels_leaves_what_is_small() -> None:
    assert total([1e300, 1.0, TINIEST, -1e300, -1.0]) == TINIEST
    assert total([1e16, 1.0, -1e16]) == 1.0


def test_a_sentinel_in_one_cell_takes_nothing_from_another() -> None:
    sums = filled(ONCE, 3, np.array([0, 1, 1, 2]), np.array([1e-30, 1e37, 1e-30, 3.3]))
    assert totals(sums, np.arange(3)).tolist() == [1e-30, 1e37, 3.3]


def test_only_the_end_can_overflow() -> None:
    assert total([LARGEST] * 3 + [-LARGEST] * 2) == LARGEST
    assert total([LARGEST, LARGEST]) == math.inf
    assert total([-LARGEST, -LARGEST]) == -math.inf
    assert means(one_cell([LARGEST] * 5), np.array([0]), np.array([5]))[0] == LARGEST


def test_ties_go_to_the_even_double() -> None:
    half = 2.0**-53
    assert total([1.0, half]) == 1.0
    assert total([1.0, half, TINIEST]) == 1.0 + 2 * half
    assert total([1.0 + 2 * half, half]) == 1.0 + 4 * half
    assert means(one_cell([TINIEST]), np.array([0]), np.array([2]))[0] == 0.0
    assert means(one_cell([3 * TINIEST]), np.array([0]), np.array([2]))[0] == 2 * TINIEST


@pytest.mark.parametrize("lanes", [1, 2, 3])
@given(
    head=st.integers((1 << 52) - 3, (1 << 53) - 1),
    divisor=st.one_of(st.integers(1, 12), st.integers(1, (1 << 48) - 1)),
    shift=st.integers(0, 80),
    off=st.integers(-2, 2),
    negative=st.booleans(),
    exponent=st.sampled_from([-1100, -900, -80, 0, 30, 880]),
)
def test_quotients_halfway_between_doubles_and_right_beside_are_rounded_once(
    lanes, head, divisor, shift, off, negative, exponent
) -> None:
    halfway, most = (2 * head + 1) * divisor, (1 << (64 * lanes - 1)) - 1
    shift = max(0, min(shift, most.bit_length() - halfway.bit_length() - 1))
    total = min((halfway << shift) + off, most)
    total = -total if negative else total
    row = [(total >> (64 * w)) & ((1 << 64) - 1) for w in range(lanes)]
    result = quotients(np.array([row], np.uint64), exponent, np.array([divisor]))
    assert result[0] == nearest(Fraction(total) * Fraction(2) ** exponent / divisor)


def test_infinities_add_up_as_ieee_says() -> None:
    assert total([1.0, math.inf]) == math.inf
    assert total([-math.inf, 1e300, -math.inf]) == -math.inf
    assert math.isnan(total([math.inf, -math.inf]))
    assert math.isnan(variance(np.array([1.0, math.inf])))
    halves = one_cell([math.inf]), one_cell([-math.inf, 2.0])
    halves[0].merge(halves[1])
    assert math.isnan(totals(halves[0], np.array([0]))[0])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_infinity_outweighs_finite_samples_whose_sum_overflows(sign) -> None:
    assert total(sign * np.array([-LARGEST, -LARGEST, math.inf])) == sign * math.inf


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_narrow_floats_are_summed_exactly(dtype) -> None:
    values = (np.random.default_rng(0).normal(size=5000) * 100).astype(dtype).astype(np.float64)
    assert total(values) == math.fsum(values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_integer_sums_are_exact_and_only_the_end_can_be_too_large(values) -> None:
    sums = one_cell(np.array(values, dtype=np.int64))
    if abs(sum(values)) < 2**63:
        assert whole_totals(sums, np.array([0]))[0] == sum(values)
    assert totals(sums, np.array([0]))[0] == nearest(Fraction(sum(values)))
    if values:
        squares = one_cell(np.array(values, dtype=np.int64), SQUARED)
        assert totals(squares, np.array([0]))[0] == nearest(Fraction(sum(v * v for v in values)))


def test_a_sum_of_integers_beyond_64_bits_is_an_error_that_says_what_works() -> None:
    sums = one_cell(np.array([2**63 - 1, 1]))
    with pytest.raises(BadInputError, match=r"9.22337e\+18.*take the mean"):
        whole_totals(sums, np.array([0]))
    sums.merge(one_cell(np.array([-1])))
    assert whole_totals(sums, np.array([0]))[0] == 2**63 - 1


def test_unsigned_integers_beyond_int64_are_summed_exactly() -> None:
    sums = one_cell(np.array([2**64 - 1, 2**64 - 1], dtype=np.uint64))
    assert totals(sums, np.array([0]))[0] == 2.0**65
    assert means(sums, np.array([0]), np.array([2]))[0] == 2.0**64
    assert whole_totals(one_cell(np.array([2**62, 1], dtype=np.uint64)), np.array([0]))[0] == 2**62 + 1


BIG = st.one_of(st.integers(2**61, 2**63 - 1), st.integers(-(2**63) + 1, -(2**61)), st.integers(-9, 9))
NEAR_THE_TOP = {
    "integers": np.int64,
    "doubles": np.float64,  # of 53 bits, beside a one: 63 positions
}


@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
@pytest.mark.parametrize("kind", NEAR_THE_TOP)
@given(
    parts=st.lists(st.lists(BIG, min_size=1, max_size=30), min_size=1, max_size=5),
    outlier=st.one_of(st.none(), st.sampled_from([-(2**63), 2**62 + 2**20])),
    random=st.randoms(use_true_random=False),
)
def test_sums_that_overflow_their_words_lose_nothing(recipe, kind, parts, outlier, random) -> None:
    parts = [np.array(part).astype(NEAR_THE_TOP[kind]) for part in parts]
    if outlier is not None:
        parts.append(np.array([outlier], dtype=NEAR_THE_TOP[kind]))
    cells = [np.array([random.randrange(3) for _ in part]) for part in parts]
    merged, together, values = recipe.blank(4), recipe.blank(4), np.concatenate(parts)
    for where, part in zip(cells, parts, strict=True):
        merged.merge(filled(recipe, 3, where, part, block=7))
        together.merge(filled(recipe, 3, where, part), np.array([1, 1, 1, 3]))
    back = recipe.blank(4)
    back.restore(merged.state())
    few = filled(recipe, 3, cells[0], parts[0])
    few.merge(back, only=np.unique(np.concatenate(cells)))

    def exact(where: np.ndarray, cell: int) -> int:
        return sum(int(value) ** recipe.options[0] for value in values[where == cell])

    where = np.concatenate(cells)
    expected = [exact(where, cell) for cell in range(3)]
    assert totals(merged, np.arange(3)).tolist() == [nearest(Fraction(each)) for each in expected]
    assert totals(back, np.arange(3)).tolist() == totals(merged, np.arange(3)).tolist()
    twice = np.append(where, cells[0]), np.append(values, parts[0])
    for cell in range(3):
        again = sum(int(v) ** recipe.options[0] for v in twice[1][twice[0] == cell])
        assert totals(few, np.array([cell]))[0] == nearest(Fraction(again))
    assert totals(together, np.array([1]))[0] == nearest(Fraction(sum(expected)))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
def test_cells_are_as_narrow_as_their_samples_and_overflow(recipe, sign) -> None:
    values = sign * np.random.default_rng(4).uniform(3.0, 200.0, 50_000)
    sums = filled(recipe, 1, np.zeros(values.size), values, block=5000)
    power = recipe.options[0]
    assert sums.nbytes == 2 * 8 * (power + 1)
    assert sums.integers(np.array([0]), sparse=False)[0].shape == (1, power + 1)
    assert totals(sums, np.array([0]))[0] == nearest(sum(Fraction(v) ** power for v in values))
    sums.merge(one_cell([1e-9], recipe))
    outlier = Fraction(1e-9) ** power
    assert totals(sums, np.array([0]))[0] == nearest(sum((Fraction(v) ** power for v in values), outlier))


def test_sparse_digits_are_carried_before_they_can_overflow(monkeypatch) -> None:
    monkeypatch.setattr(spill, "CARRIED", 100)
    rng = np.random.default_rng(0)
    values = any_doubles(rng, 5000)
    assert total(values) == math.fsum(values)


@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
def test_the_window_follows_the_data(recipe) -> None:
    rng = np.random.default_rng(1)
    for scales in ((1.0, 1e-9, 1e9), (1e200, 1.0, 1e-200), (1e-300, 1e300), (1.0, 0.0, 1e-17)):
        values = np.concatenate([rng.normal(size=4000) * scale for scale in scales])
        sums = filled(recipe, 1, np.zeros(values.size), values, block=500)
        power = recipe.options[0]
        assert totals(sums, np.array([0]))[0] == nearest(sum(Fraction(v) ** power for v in values))


@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
@pytest.mark.parametrize("magnitude", [1e-100, 1e-20, 1.0, 1e60])
def test_what_is_merged_into_nothing_keeps_its_window(recipe, magnitude) -> None:
    values = magnitude * np.random.default_rng(0).uniform(1, 2, 100)
    cells = np.repeat([0.0, 1.0], 50)
    full, merged = filled(recipe, 2, cells, values), recipe.blank(3)
    merged.merge(full)
    assert merged.nbytes == full.nbytes
    regrouped = recipe.blank(2)
    regrouped.merge(full, np.array([0, 0, 1]))
    assert not regrouped.is_sparse(np.array([0])).any()
    assert totals(regrouped, np.array([0])) == totals(filled(recipe, 1, 0 * cells, values), np.array([0]))


@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
def test_many_narrow_windows_merge_into_one_that_is_usual(recipe) -> None:
    parts = [2.0**k * np.random.default_rng(k + 9).uniform(3, 200, 100) for k in (0, -1, 3, -5, 4, -9, 7)]
    sums, power = recipe.blank(2), recipe.options[0]
    for part in parts:
        sums.merge(one_cell(part, recipe))
    assert sums.nbytes == 2 * 8 * (power + 2)
    exact = sum(Fraction(value) ** power for part in parts for value in part)
    assert totals(sums, np.array([0]))[0] == nearest(exact)


def test_windows_far_apart_merge_in_both_directions() -> None:
    rng = np.random.default_rng(2)
    high, low = rng.normal(size=3000) * 1e250, rng.normal(size=3000) * 1e-250
    near = rng.normal(size=3000) * 1e-20
    for first, second in ((high, low), (low, high), (near, np.ones(3000)), (high * 0, high)):
        for recipe in (ONCE, SQUARED):
            sums = one_cell(first, recipe)
            sums.merge(one_cell(second, recipe))
            expected = sum(Fraction(v) ** recipe.options[0] for v in (*first, *second))
            assert totals(sums, np.array([0]))[0] == nearest(expected)


@pytest.mark.parametrize("recipe", [ONCE, SQUARED])
@pytest.mark.parametrize("kind", ["usual", "any", "integers", "infinite"])
def test_a_state_is_the_same_whatever_the_order_and_gives_back_the_sums(recipe, kind) -> None:
    rng = np.random.default_rng(3)
    values = {
        "usual": rng.normal(size=2000),
        "any": any_doubles(rng, 2000),
        "integers": rng.integers(-(2**62), 2**62, 2000),
        "infinite": np.where(rng.random(2000) < 0.1, np.inf, 1.5),
    }[kind]
    cells = rng.integers(0, 9, 2000)
    fill = partial(filled, recipe, 8, block=300)
    sums, order = fill(cells, values), rng.permutation(2000)
    shuffled = fill(cells[order[:700]], values[order[:700]])
    shuffled.merge(fill(cells[order[700:]], values[order[700:]]))
    state, other = sums.state(), shuffled.state()
    assert {name: array.tobytes() for name, array in state.items()} == {
        name: array.tobytes() for name, array in other.items()
    }
    back = recipe.blank(9)
    back.restore(state)
    back.merge(shuffled)
    sums.merge(sums)
    np.testing.assert_array_equal(totals(back, np.arange(8)), totals(sums, np.arange(8)))


@pytest.mark.parametrize(
    ("key", "digit"), [(-1, 1), (9 << 8, 1), (99 << 8 | 3, 1), (200, 1), (34, 1 << 32), (34, -(1 << 40))]
)
def test_a_damaged_state_is_refused_before_anything_is_written(key, digit) -> None:
    state = {"keys": np.array([key]), "digits": np.array([digit]), "form": np.array([0], np.int8)}
    with pytest.raises(StateError, match="damaged"):
        ONCE.blank(9).restore(state)


def test_a_sum_of_floats_and_integers_is_an_error() -> None:
    sums = one_cell(np.array([1, 2]))
    with pytest.raises(UsageError, match="of integers in one place and of floats in another"):
        sums.merge(one_cell(np.array([0.5])))
