"""The heatmap as a GROUP BY in DuckDB."""

import duckdb
import numpy as np
import numpy.typing as npt
from request import Request, answer

CELLS = """
    SELECT CAST(floor((lon - {0}) * {4}) AS INTEGER) * {6} + CAST(floor((lat - {2}) * {5}) AS INTEGER) AS cell, count(*)
    FROM read_parquet('{7}')
    WHERE lon >= {0} AND lon < {1} AND lat >= {2} AND lat < {3}
    GROUP BY cell
"""


def count(request: Request) -> npt.NDArray[np.int64]:
    """Return the counts."""
    lon, beyond_lon, lat, beyond_lat = request.window
    scales = request.bins / (beyond_lon - lon), request.bins / (beyond_lat - lat)
    query = CELLS.format(*request.window, *scales, request.bins, request.source)
    connection = duckdb.connect(config={"threads": request.threads})
    cells = connection.execute(query).fetchnumpy()
    return request.grid(*cells.values())


answer(count)
