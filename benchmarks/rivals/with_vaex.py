"""Counts of a memory-mapped Arrow file in vaex, in process: one run for each line that is read."""

import json
import os
import sys
import time

# read when vaex is imported
os.environ["VAEX_NUM_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import numpy as np
import numpy.typing as npt
import vaex
