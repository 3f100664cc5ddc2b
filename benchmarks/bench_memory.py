"""The most memory that the whole process holds, whatever the number of rows and their layout."""

import figures
import pytest
from datasets import LARGE, ROWS, WINDOW, points
from processes import heatbin, run

FEW = max(ROWS // 10, 1)
REFUSED = 2

CASES = {
    "zstd, rounded": (ROWS, 1024),
    "zstd, one row group": (ROWS, 1024),
    "snappy, plain": (ROWS, 1024),
    "zstd, rounded, large grid": (ROWS, 4096),
    "zstd, rounded, ten times the rows": (10 * ROWS, 1024),
}
"""Layout, rows and bins, by name."""


def plot(source, picture, *, bins=1024, command="plot", options=()):
    """Return the command that draws points in the window."""
    x, y = ([str(end) for end in ends] for ends in WINDOW)
    window = ("--x-range", *x, "--y-range", *y)
    request = ("--x", "lon", "--y", "lat", "--bins", str(bins), *window, "--threads", "2", "--norm", "log")
    return heatbin(command, source, *request, "-o", picture, "--json", "--quiet", *options)
