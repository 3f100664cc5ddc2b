"""Exact sums as digits of 32 bits at fixed positions: the one form of a sum that its value alone decides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from heatbin.columns import Array
from heatbin.errors import StateError
from heatbin.storages.table import Run
from heatbin.storages.window import LOWEST_BASE

__all__ = [
    "DIGIT_BITS",
    "NEGATIVE",
    "PLANES",
    "PLANE_BITS",
    "POSITIVE",
    "aligned",
    "checked_digits",
    "digits_of",
    "shifted",
    "wide_base",
    "wide_words",
]

DIGIT_BITS = 32
PLANE_BITS = 8
PLANES = (1 << PLANE_BITS) - 1
"""A digit's key is ``cell << 8 | plane``; it counts ``2**(32 * plane + wide_base)``."""

POSITIVE, NEGATIVE = 254, 255
"""The planes that count infinities; digits lie far below."""


def wide_base(power: int) -> int:
    """Return the exponent of the lowest plane: below the smallest double, or its square."""
    return LOWEST_BASE * power


def wide_words(power: int) -> int:
    """Return how many 64-bit words hold any sum of doubles, or of their squares, in units of the lowest plane."""
    return 33 * power + 2


def digits_of(words: npt.NDArray[np.uint64], exponent: int, power: int, cells: npt.NDArray[np.int64]) -> Run:
    """Return the digits, from -2³¹ to 2³¹ - 1 and other than 0, of integers in units of ``2**exponent``.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, lanes)
        Two's complement integers.
    cells : ndarray of int64, shape (rows,)
        What the keys are to name.
    """
    from heatbin.kernels.wide import list_digits

    first, bits = divmod(exponent - wide_base(power), DIGIT_BITS)
    words = shifted(words, bits, words.shape[1] + 1)
    rows, planes, digits = np.empty((3, 2 * words.size), dtype=np.int64)
    found = list_digits(words, rows, planes, digits)
    return Run((cells[rows[:found]] << PLANE_BITS) | (planes[:found] + first), digits[:found])


def aligned(words: npt.NDArray[np.uint64], exponent: int, to: int) -> tuple[npt.NDArray[np.uint64], int]:
    """Return integers in units of ``2**exponent`` in those of the multiple of `to` that is not above."""
    bits = exponent % to
    return (shifted(words, bits, words.shape[1] + 1), exponent - bits) if bits else (words, exponent)


def shifted(words: npt.NDArray[np.uint64], bits: int, lanes: int) -> npt.NDArray[np.uint64]:
    """Return two's complement integers times ``2**bits``, of so many words, which must hold them."""
    from heatbin.kernels.wide import shift_rows

    wide = np.zeros((words.shape[0], lanes), dtype=np.uint64)
    shift_rows(words, bits, wide)
    return wide


def checked_digits(keys: Array, digits: Array, cells: int, power: int) -> Run:
    """Return saved digits, if they can be some.

    Raises
    ------
    StateError
        When one is too large, or belongs to no cell or plane.
    """
    keys, digits = keys.astype(np.int64), digits.astype(np.int64)
    planes = keys & PLANES
    known = (planes <= 2 * wide_words(power) - 2) | (planes >= POSITIVE)
    if keys.size != digits.size or np.any(keys < 0) or np.any(keys >> PLANE_BITS >= cells) or not known.all():
        raise StateError("is damaged: it has digits that belong to no sum")
    if np.any(np.abs(digits[planes < POSITIVE]) >> DIGIT_BITS) or np.any(digits[planes >= POSITIVE] <= 0):
        raise StateError("is damaged: it has digits of more than 32 bits, or counts below 1")
    return Run(keys, digits)
