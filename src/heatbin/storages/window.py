"""Which binary positions a cell of an exact sum keeps side by side."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOWEST_BASE", "MOST_WORDS", "USUAL_WORDS", "WORD_BITS", "Window"]

WORD_BITS = 64
# Above the largest sample: rows enough to look at how large the sums really are, before one can overflow.
ROOM_BITS = 32
# Bases are multiples of this, so that those of squares are multiples of a digit of 32 bits.
ALIGNMENT = 16

LOWEST_BASE = -1088
"""Below the smallest double."""

MOST_WORDS = {1: 3, 2: 5}
"""How wide a cell may grow by itself, by the power that is summed: doubles of 32 and 27 decimal orders."""

USUAL_WORDS = {1: 2, 2: 4}
"""How wide a cell usually is: it holds doubles of 12 decimal orders, and 17 where squares are summed."""


@dataclass(frozen=True, slots=True)
class Window:
    """Samples whose set bits lie at the positions ``base`` … ``base + span - 1`` fit a cell.

    Parameters
    ----------
    base : int
        A multiple of 16.
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
        """How many positions there are."""
        return (WORD_BITS * self.words - ROOM_BITS) // self.power

    @property
    def scales(self) -> tuple[float, float]:
        """Two doubles by which samples become multiples of the unit: those of the lowest bases are too many for one."""
        half = -self.base // 2
        return 2.0**half, 2.0 ** (-self.base - half)

    @property
    def lanes(self) -> tuple[int, ...]:
        """As many zeros as a cell has words: kernels are compiled for their number."""
        return (0,) * self.words

    @classmethod
    def around(cls, low: int, high: int, power: int) -> Window:
        """Return the narrowest window of the positions from `low` to below `high`; most of what is left lies below."""
        base = low // ALIGNMENT * ALIGNMENT
        narrow = cls(base, _words(high - base, power), power)
        spare = (narrow.span - (high - base)) * 3 // 4 // ALIGNMENT * ALIGNMENT
        return cls(max(base - spare, LOWEST_BASE), narrow.words, power)

    @classmethod
    def of_integers(cls, high: int, power: int) -> Window:
        """Return the narrowest window of integers below ``2**high``."""
        return cls(0, _words(high, power), power)

    @classmethod
    def amid(cls, middle: int, power: int) -> Window:
        """Return the widest window that a cell grows to by itself, around a position."""
        widest = cls(0, MOST_WORDS[power], power)
        base = (middle - widest.span // 2) // ALIGNMENT * ALIGNMENT
        return cls(max(base, LOWEST_BASE), widest.words, power)

    @property
    def grown(self) -> bool:
        """Whether a cell is wider than it grows to by itself."""
        return self.words > MOST_WORDS[self.power]

    def raised(self) -> Window:
        """Return a window with one more word above."""
        return Window(self.base, self.words + 1, self.power)

    def joined(self, other: Window, top: int) -> Window:
        """Return a window for the sums of both.

        Parameters
        ----------
        other : Window
            The other one.
        top : int
            The exponent that all sums stay below, their sign's bit included.
        """
        base = min(self.base, other.base)
        needed = -(-(top - self.power * base) // WORD_BITS)
        wanted = _words(max(w.base + w.span for w in (self, other)) - base, self.power)
        return Window(base, max(needed, min(wanted, MOST_WORDS[self.power])), self.power)


def _words(span: int, power: int) -> int:
    return max(1, -(-(power * span + ROOM_BITS) // WORD_BITS))
