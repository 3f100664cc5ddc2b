"""Counts of a memory-mapped Arrow file in vaex."""

import os
import sys

# read when vaex is imported
os.environ["VAEX_NUM_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import numpy as np
import numpy.typing as npt
import vaex
from request import Request, answer_each


def count(request: Request) -> npt.NDArray[np.integer]:
    """Return the counts."""
    frame = vaex.open(str(request.source))
    limits = [request.window[:2], request.window[2:]]
    return frame.count(binby=["lon", "lat"], limits=limits, shape=request.bins)


answer_each(count)
