"""The heatmap as a streaming group_by in Polars."""

import os
import sys

# read when Polars is imported
os.environ["POLARS_MAX_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import numpy as np
import numpy.typing as npt
import polars as pl
from request import Request, answer


def count(request: Request) -> npt.NDArray[np.int64]:
    """Return the counts."""
    lon, beyond_lon, lat, beyond_lat = request.window
    scales = request.bins / (beyond_lon - lon), request.bins / (beyond_lat - lat)
    x, y = pl.col("lon"), pl.col("lat")
    column, row = (
        ((values - lo) * scale).floor().cast(pl.Int32)
        for values, lo, scale in zip((x, y), (lon, lat), scales, strict=True)
    )
    cells = (
        pl.scan_parquet(request.source)
        .filter((x >= lon) & (x < beyond_lon) & (y >= lat) & (y < beyond_lat))
        .group_by((column * request.bins + row).alias("cell"))
        .len()
        .collect(engine="streaming")
    )
    return request.grid(cells["cell"].to_numpy(), cells["len"].to_numpy())


answer(count)
