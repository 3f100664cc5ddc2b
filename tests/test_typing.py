"""The public face, as a type checker sees it: mypy reads this file, and pytest runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import heatbin as hb
from heatbin.plan import Plan
from heatbin.tally import Tally


def test_the_public_names_have_the_types_that_the_documentation_says(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"x": [1.0, 2.0], "y": [1, 2]}), path)
    histogram = hb.aggregate(path, "x", "y", bins=(2, hb.Regular(2, 0, 3)))
    assert_type(histogram, hb.Histogram)
    assert_type(histogram.values(), npt.NDArray[Any])
    assert_type(histogram.tally, Tally)
    assert_type(histogram.tally.binned, int)
    assert_type(hb.plan(path, "x", "y"), Plan)
    counts, _, _ = hb.histogram2d([1.0], [2.0])
    assert_type(counts, npt.NDArray[np.float64])
