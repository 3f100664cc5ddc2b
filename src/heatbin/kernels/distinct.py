"""HyperLogLog: how many different values a cell has seen, out of the rarest pattern among their hashes.

Flajolet, Fusy, Gandouet and Meunier, *HyperLogLog* (2007); the estimate is Ertl's, *New cardinality estimation
algorithms for HyperLogLog sketches* (2017), algorithm 6, which needs no correction for small or large numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from heatbin.columns import Array, Cells
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import AHEAD, prefetch

__all__ = ["estimate_distinct", "keep_ranks"]

STRIP_ROWS = 2048
WORD_BITS = 64
EMPTY, UNIT = np.uint64(0), np.uint64(1)
NEGATIVE_ZERO = np.int64(-(1 << 63))
INFINITE_REGISTERS = 0.5 / np.log(2.0)

# The finalizer of SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014).
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = SHIFTS


@inner
def hashed(bits: Any) -> Any:
    """Return 64 bits that look random, the same for the same pattern."""
    word = np.uint64(bits) + GOLDEN
    word = (word ^ (word >> FIRST_SHIFT)) * FIRST_FACTOR
    word = (word ^ (word >> SECOND_SHIFT)) * SECOND_FACTOR
    return word ^ (word >> THIRD_SHIFT)


@kernel
def keep_ranks(cells: Cells, bits: Array, floating: bool, precision: int, registers: Array) -> None:
    """Keep, in a register of the cell that the hash of a sample chooses, the largest rank of a hash.

    Parameters
    ----------
    bits : ndarray of int64, shape (rows,)
        The samples' patterns; of doubles (`floating`) -0.0 counts as 0.0.
    precision : int
        A cell has ``2**precision`` registers.
    registers : ndarray of uint8, shape (cells * registers,)
        A rank is one more than the zeros before the first 1 of the hash, the choosing bits left out.
    """
    places = np.empty(STRIP_ROWS, dtype=np.uint64)
    ranks = np.empty(STRIP_ROWS, dtype=np.uint8)
    choose, shift = np.uint64(WORD_BITS - precision), np.uint64(precision)
    stop_bit = UNIT << np.uint64(precision - 1)
    for start in range(0, cells.size, STRIP_ROWS):
        rows = min(STRIP_ROWS, cells.size - start)
        for k in range(rows):
            pattern = bits[start + k]
            pattern = np.int64(0) if floating and pattern == NEGATIVE_ZERO else pattern
            word = hashed(pattern)
            places[k] = (np.uint64(cells[start + k]) << shift) | (word >> choose)
            rest = (word << shift) | stop_bit
            rank = np.uint8(1)
            while rest >> np.uint64(63) == EMPTY:
                rest <<= UNIT
                rank += np.uint8(1)
            ranks[k] = rank
        for k in range(rows):
            prefetch(registers, places[min(k + AHEAD, rows - 1)])
            known = registers[places[k]]
            registers[places[k]] = ranks[k] if ranks[k] > known else known


@inner
def sigma(x: float) -> float:
    """Return ``x + sum(x**(2**k) * 2**(k - 1))`` over k from 1."""
    if x == 1.0:
        return np.inf
    power, total, before = 1.0, x, -1.0
    while total != before:
        x *= x
        before = total
        total += x * power
        power += power
    return total


@inner
def tau(x: float) -> float:
    """Return ``(1 - x - sum((1 - x**(2**-k))**2 * 2**-k)) / 3`` over k from 1."""
    if x in (0.0, 1.0):
        return 0.0
    power, total, before = 1.0, 1.0 - x, -1.0
    while total != before:
        x = np.sqrt(x)
        before = total
        power *= 0.5
        total -= (1.0 - x) ** 2 * power
    return total / 3.0


@kernel
def estimate_distinct(registers: Array, precision: int, cells: Array, estimates: Array) -> None:
    """Write the estimate for some cells; `registers` has shape (all cells, ``2**precision``)."""
    size = registers.shape[1]
    highest = WORD_BITS - precision
    ranks = np.empty(highest + 2, dtype=np.int64)
    for i in range(cells.size):
        ranks[:] = 0
        for register in registers[cells[i]]:
            ranks[register] += 1
        total = size * tau(1.0 - ranks[highest + 1] / size)
        for rank in range(highest, 0, -1):
            total = 0.5 * (total + ranks[rank])
        total += size * sigma(ranks[0] / size)
        estimates[i] = INFINITE_REGISTERS * size * size / total
