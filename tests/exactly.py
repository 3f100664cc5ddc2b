"""What exact answers are, out of Python's own big integers; and how tests fill storages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from heatbin.storages import Recipe, Sample

__all__ = ["any_doubles", "filled", "merged_in_a_random_tree", "nearest", "nearest_root", "variance_of"]

BLOCK = 1 << 15


def nearest(number: Fraction) -> float:
    """Return the nearest double; dividing integers rounds once."""
    try:
        return number.numerator / number.denominator
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def nearest_root(number: Fraction) -> float:
    """Return the double nearest to the square root."""
    if number == 0:
        return 0.0
    places = 140 - (number.numerator.bit_length() - number.denominator.bit_length()) // 2
    scaled = number * 4**places if places >= 0 else number / 4**-places
    root = math.isqrt(math.floor(scaled))
    between = Fraction(2 * root + (root * root != scaled), 2)
    return nearest(between / 2**places if places >= 0 else between * 2**-places)


def variance_of(values: Sequence[Any], ddof: int = 0) -> Fraction:
    """Return the exact variance."""
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return sum((value - mean) ** 2 for value in exact) / (len(exact) - ddof)


def any_doubles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return doubles of both signs over 600 decimal orders of magnitude, subnormals among them, and a sentinel."""
    values = (
        rng.choice([-1.0, 1.0], count) * rng.uniform(1, 10, count) * 10.0 ** rng.uniform(-307, 300, count)
    )
    tiny = rng.random(count) < 0.02
    values[tiny] = rng.integers(-1000, 1000, int(tiny.sum())) * 5e-324
    values[count // 2] = 1e37
    return values


def filled(recipe: Recipe, size: int, cells: np.ndarray, *columns: np.ndarray, block: int = BLOCK) -> Any:
    """Return a storage of `size` cells, and the one that is never reported, filled block by block."""
    storage = recipe.blank(size + 1)
    for start in range(0, cells.size, block):
        rows = slice(start, start + block)
        storage.fill(cells[rows].astype(np.uint32), [Sample.of(column[rows]) for column in columns])
    return storage


def merged_in_a_random_tree(rng: np.random.Generator, parts: list[Any]) -> Any:
    """Merge two at a time, whichever, until one is left."""
    while len(parts) > 1:
        taken = parts.pop(int(rng.integers(len(parts))))
        parts[int(rng.integers(len(parts)))].merge(taken)
    return parts[0]
