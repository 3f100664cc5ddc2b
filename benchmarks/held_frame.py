"""Counts a frame that is in memory already, and prints how far that raised the peak of this process. Linux only.

python held_frame.py POINTS.parquet polars|pyarrow
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import heatbin as hb
from datasets import WINDOW

COLUMNS = ["lon", "lat"]


def main(path: str, library: str) -> None:
    """Read the points, count them, and print what was held before, and at the peak."""
    frame = read(path, library)
    count(frame[:1000])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
    before = held("VmRSS")
    rows = count(frame)
    told = {"rows": rows, "before": before, "peak": held("VmHWM")}
    sys.stdout.write(json.dumps(told) + "\n")


def read(path: str, library: str) -> Any:
    """Return the points as a polars.DataFrame or a pyarrow.Table."""
    if library == "polars":
        return importlib.import_module("polars").read_parquet(path, columns=COLUMNS)
    return importlib.import_module("pyarrow.parquet").read_table(path, columns=COLUMNS)


def count(frame: Any) -> int:
    """Count a frame and return how many rows were read."""
    return hb.aggregate(frame, "lon", "lat", range=WINDOW, threads=2, progress=False).tally.read


def held(what: str) -> int:
    """Return an entry of this process's status, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
