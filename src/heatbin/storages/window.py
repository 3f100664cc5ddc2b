"""Which binary positions a cell of an exact sum keeps side by side."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LEAST_SPARE_BITS", "LOWEST_BASE", "MOST_WORDS", "USUAL_WORDS", "WORD_BITS", "Window"]

WORD_BITS = 64

# A sum that overflows costs as much as fifty rows: with so much room above the largest of the first samples, few do.
# Smaller ones than any of these are rare where there is little to spare.
ROOM_BITS = 6
LEAST_SPARE_BITS = 3

ALIGNMENT = 16

LOWEST_BASE = -1088
"""Below the smallest double."""

USUAL_WORDS = {1: 2, 2: 3}
"""What holds most data, by the power that is summed: doubles of 22 decimal orders, of 12 where squares are summed."""

MOST_WORDS = {1: 3, 2: 5}
"""How wide a cell may grow by itself: it holds doubles of 41 and of 31 decimal orders."""


@dataclass(frozen=True, slots=True)
class Window:
    """Samples whose set bits lie at the positions ``base`` … ``base + span - 1`` fit a cell.

    Parameters
    ----------
    base : int
        The lowest position.
    words : int
        Of 64 bits, a cell; 0 before there are samples.
    power : int
        1 where samples are summed, 2 for their squares, whose unit is ``2**(2 * base)``.
    """

    base: int
    words: int
    power: int

    @property
    def exponent(self) -> int:
        """Of a cell's unit."""
        return self.power * self.base

    @property
    def span(self) -> int:
        """How many positions there are; one bit of a cell is for the sign."""
        return (WORD_BITS * self.words - 1) // self.power

    @property
    def lanes(self) -> tuple[int, ...]:
        """As many zeros as a cell has words: kernels are compiled for their number."""
        return (0,) * self.words

    @classmethod
    def around(cls, low: int, high: int, power: int, *, least: int = 1) -> Window:
        """Return a narrow window of the positions from `low` to below `high`, with `least` words or more.

        Of what is left some lies above, and most of much below: then the base is a multiple of 16, and that of squares
        of 32, so that integers can be taken as digits without a shift.
        """
        words = max(least, _words(high - low + LEAST_SPARE_BITS, power))
        spare = cls(low, words, power).span - (high - low)
        above = max(spare // 4, min(spare - 1, ROOM_BITS))
        base = low + above - spare
        aligned = base + -base % ALIGNMENT
        return cls(max(aligned if aligned <= low else base, LOWEST_BASE), words, power)

    @classmethod
    def of_integers(cls, high: int, power: int, *, spare: int = 0) -> Window:
        """Return the narrowest window of integers below ``2**high``, with so many bits to spare."""
        return cls(0, _words(high + spare, power), power)

    @classmethod
    def amid(cls, middle: int, power: int) -> Window:
        """Return the widest window that a cell grows to by itself, around a position."""
        widest = cls(0, MOST_WORDS[power], power)
        return cls(max(middle - widest.span // 2, LOWEST_BASE), widest.words, power)

    @property
    def grown(self) -> bool:
        """Whether a cell is wider than it grows to by itself."""
        return self.words > MOST_WORDS[self.power]

    def joined(self, other: Window) -> Window:
        """Return a narrow window of all positions of both; most of what is left lies below."""
        base, top = min(self.base, other.base), max(self.base + self.span, other.base + other.span)
        both = Window(base, _words(top - base, self.power), self.power)
        below = 0 if both.grown else (base + both.span - top) * 3 // 4
        return Window(max(base - below, LOWEST_BASE), both.words, self.power)


def _words(span: int, power: int) -> int:
    return -(-(power * span + 1) // WORD_BITS)
