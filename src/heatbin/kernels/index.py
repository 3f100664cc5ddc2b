"""From values to bins: each kernel adds ``bin * stride`` to the cells of a block.

A coordinate numbers its bins with the flow bins around them: 0 is *under*, 1 … size are the bins proper,
size + 1 is *over* and size + 2 is *missing*. Cells start at zero, and the coordinates of a binning add up.

Indexing with unsigned numbers spares the test for negative ones, which costs as much as the gather.
"""

from __future__ import annotations

import numpy as np

from heatbin.columns import Array, Bitmap, Cells
from heatbin.kernels.jit import inner, kernel
from heatbin.kernels.prefetch import CHUNK, request

__all__ = ["add_mapped", "index_evenly", "index_lookup", "mark_filtered", "mark_missing", "mark_rejected"]

BITS_CHUNK = 1024


@kernel
def index_evenly(
    values: Array, lo: float, hi: float, step: float, scale: float, size: float, stride: int, cells: Cells
) -> None:
    """Bin numbers between edges ``i * step + lo``, the last of which is `hi`.

    How many edges a value has passed is guessed with all of them half a step lower. That must be right, or one too few,
    for every double, which the axis proves. The next edge, computed as `numpy.linspace` computes it, decides. All in
    float64 and without a branch, so that it vectorises.
    """
    for start in range(0, values.size, CHUNK):
        request(values, start)
        bin_evenly(
            values[start : start + CHUNK], lo, hi, step, scale, size, stride, cells[start : start + CHUNK]
        )


@inner
def bin_evenly(
    values: Array, lo: float, hi: float, step: float, scale: float, size: float, stride: int, cells: Cells
) -> None:
    """Bin a chunk."""
    lower, top = lo - 0.5 * step, size - 1.0
    for k in range(values.size):
        v = np.float64(values[k])
        guess: float = (v - lower) * scale
        guess = guess if guess > 0.0 else 0.0
        guess = np.floor(guess if guess < top else top)
        flow_bin = guess + 1.0 if v >= guess * step + lo else guess
        flow_bin = size + 1.0 if v > hi else flow_bin
        flow_bin = size + 2.0 if v != v else flow_bin
        cells[k] += np.uint32(np.int32(flow_bin)) * stride


@kernel
def index_lookup(values: Array, lowest: int, highest: int, table: Array, stride: int, cells: Cells) -> None:
    """Bin integers by a table.

    Parameters
    ----------
    values : ndarray of integers
        What to bin; those outside the table are binned as its nearest end.
    lowest, highest : int64 or uint64
        The integers of the first and the last entry.
    table : ndarray of uint32
        The bin of each integer.
    stride : int
        How many cells apart neighbouring bins are.
    cells : ndarray
        What is added to.
    """
    for start in range(0, values.size, CHUNK):
        chunk, out = values[start : start + CHUNK], cells[start : start + CHUNK]
        request(values, start)
        for k in range(out.size):
            v = chunk[k]
            v = v if v > lowest else lowest
            v = v if v < highest else highest
            out[k] += np.uint32(table[np.uint64(v - lowest)]) * stride


@kernel
def add_mapped(ranks: Cells, bins: Array, stride: int, cells: Cells) -> None:
    """Add the bins that a table gives for ranks."""
    for k in range(ranks.size):
        cells[k] += np.uint32(bins[ranks[k]]) * stride


@kernel
def mark_missing(validity: Bitmap, offset: int, before: Cells, missing: int, cells: Cells) -> None:
    """Where the bitmap says null, undo what a coordinate added to `before` and add `missing` instead."""
    valid = np.empty(BITS_CHUNK + 8, np.uint8)
    for start in range(0, cells.size, BITS_CHUNK):
        was, out = before[start : start + BITS_CHUNK], cells[start : start + BITS_CHUNK]
        present = unpack_bits(validity, offset + start, out.size, valid)
        for k in range(out.size):
            out[k] = out[k] if present[k] else was[k] + missing


@kernel
def mark_filtered(selected: Bitmap, filtered: int, cells: Cells) -> None:
    """Send the rows whose `selected` byte is 0 to the cell `filtered`."""
    for k in range(cells.size):
        cells[k] = cells[k] if selected[k] else filtered


@kernel
def mark_rejected(validity: Bitmap, offset: int, rejected: int, cells: Cells) -> None:
    """Send the rows that the bitmap calls null to the cell `rejected`."""
    valid = np.empty(BITS_CHUNK + 8, np.uint8)
    for start in range(0, cells.size, BITS_CHUNK):
        out = cells[start : start + BITS_CHUNK]
        present = unpack_bits(validity, offset + start, out.size, valid)
        for k in range(out.size):
            out[k] = out[k] if present[k] else rejected


@inner
def unpack_bits(validity: Bitmap, offset: int, count: int, valid: Bitmap) -> Bitmap:
    """Return `count` bits from `offset` on as bytes, written to `valid`, which has room for 8 more.

    Byte by byte, all bits of each, so that it vectorises: six times faster than asking for single bits.
    """
    first, lead = np.uint64(offset >> 3), offset & 7
    for i in range((lead + count + 7) >> 3):
        byte = validity[first + np.uint64(i)]
        for j in range(8):
            valid[np.uint64(8) * np.uint64(i) + np.uint64(j)] = (byte >> np.uint8(j)) & np.uint8(1)
    return valid[lead : lead + count]
