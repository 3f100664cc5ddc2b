"""Variances out of sums of doubles: what is told for certain is right, and nearly everything is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from exactly import nearest, nearest_root
from heatbin.kernels.deviations import CELLS, guess_variances

SAMPLES = {
    "of one size": lambda rng, n: rng.integers(1 << 52, 1 << 53, n),
    "of many sizes": lambda rng, n: rng.integers(0, 1 << 53, n) >> rng.integers(0, 53, n),
    "of both signs": lambda rng, n: rng.integers(-(1 << 60), 1 << 60, n),
    "far off": lambda rng, n: (1 << 52) + rng.integers(0, 1 << 26, n),
    "far off by little": lambda rng, n: (1 << 52) + rng.integers(0, 1 << rng.integers(1, 26), n),
    "small": lambda rng, n: rng.integers(0, 6, n),
    "alike": lambda rng, n: np.full(n, rng.integers(1, 1 << 53)),
    "zeros": lambda rng, n: 0 * rng.integers(1, 2, n),
}

# Where nearly all of the bits cancel, doubles tell for certain what is left only now and then.
MOST_UNSURE = {"far off by little": 0.6}


def cells_of(kind: str, rows: int) -> list[list[int]]:
    rng = np.random.default_rng(20)
    return [[int(x) for x in SAMPLES[kind](rng, int(rng.integers(1, 30)))] for _ in range(rows)]


def guessed(cells: list[list[int]], apart: int = 0, *, unit: int = -60, ddof: int = 0, root: bool = False):
    """Return the guesses for cells of samples in units of ``2**unit``, their squares in one `apart` from that."""
    sums = [sum(cell) for cell in cells]
    squares = [Fraction(2) ** apart * sum(x * x for x in cell) for cell in cells]
    assert all(square.denominator == 1 for square in squares)
    doubles = np.empty(len(cells))
    exponents, counts = (2 * unit, 2 * unit - apart), np.array([len(cell) for cell in cells])
    unsure = guess_variances(in_words(sums, 2), in_words(squares, 3), exponents, counts, ddof, root, doubles)
    return doubles, unsure


def in_words(numbers: list, lanes: int) -> np.ndarray:
    words = [[int(number) >> 64 * lane & (1 << 64) - 1 for number in numbers] for lane in range(lanes)]
    return np.array(words, dtype=np.uint64)


def exactly(cell: list[int], unit: int, ddof: int, *, root: bool) -> float:
    n = len(cell)
    if n <= ddof:
        return np.nan
    scatter = n * sum(x * x for x in cell) - sum(cell) ** 2
    exact = Fraction(scatter, n * (n - ddof)) * Fraction(2) ** (2 * unit)
    return nearest_root(exact) if root else nearest(exact)


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("root", [False, True])
def test_guesses_are_the_exact_variances_rounded_once(kind, ddof, root) -> None:
    cells = cells_of(kind, 2 * CELLS + 7)
    doubles, unsure = guessed(cells, ddof=ddof, root=root)
    exact = [exactly(cell, -60, ddof, root=root) for cell in cells]
    absent = sum(len(cell) <= ddof for cell in cells)
    assert np.isnan(doubles).sum() == unsure + absent
    assert unsure <= len(cells) * MOST_UNSURE.get(kind, 0.01)
    certain = ~np.isnan(doubles)
    np.testing.assert_array_equal(doubles[certain], np.array(exact)[certain])


@pytest.mark.parametrize("apart", [-128, -64, -16, 2, 30, 32, 64, 66])
def test_sums_and_squares_may_be_in_different_units(apart) -> None:
    step = 1 << max(0, -apart // 2)
    cells = [[x % 1000 * step for x in cell] for kind in SAMPLES for cell in cells_of(kind, 20)]
    doubles, unsure = guessed(cells, apart, root=True)
    assert unsure == 0
    np.testing.assert_array_equal(doubles, [exactly(cell, -60, 0, root=True) for cell in cells])


def test_what_doubles_cannot_tell_is_left_open() -> None:
    nearly_alike = [(1 << 62) + x for x in (1, 2, 3)]
    largest = [(1 << 63) - 1, -(1 << 63)]
    doubles, unsure = guessed([nearly_alike, largest], unit=400, root=False)
    assert unsure == 1
    assert np.isnan(doubles[0])
    assert doubles[1] == exactly(largest, 400, 0, root=False)
    _, unsure = guessed([[1, 2]], unit=-511)
    assert unsure == 1, "smaller than what is rounded like other numbers"
