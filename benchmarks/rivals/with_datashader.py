"""The heatmap as datashader's points on a canvas, read in pieces through Dask."""

import dask
import dask.dataframe as dd
import datashader
import numpy as np
import numpy.typing as npt
from request import Request, answer


def count(request: Request) -> npt.NDArray[np.integer]:
    """Return the counts."""
    lon, beyond_lon, lat, beyond_lat = request.window
    canvas = datashader.Canvas(
        request.bins, request.bins, x_range=(lon, beyond_lon), y_range=(lat, beyond_lat)
    )
    with dask.config.set(scheduler="threads", num_workers=request.threads):
        frame = dd.read_parquet(request.source, columns=["lon", "lat"])
        return canvas.points(frame, "lon", "lat", datashader.count()).to_numpy().T


answer(count)
