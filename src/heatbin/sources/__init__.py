"""Sources: where points come from. One file a kind, all behind `open_source`."""

from heatbin.sources.base import (
    FEW_COLUMNS,
    Bounds,
    LeftOut,
    Part,
    RowGroup,
    Source,
    Survey,
    Task,
    release_buffers,
)
from heatbin.sources.opening import local_files, open_source
from heatbin.sources.projection import Projection, Reading, plain_column
from heatbin.sources.rejection import key_rejection, rejection
from heatbin.sources.stores import Store
from heatbin.sources.streams import StreamSource
from heatbin.sources.times import time_columns

__all__ = [
    "FEW_COLUMNS",
    "Bounds",
    "LeftOut",
    "Part",
    "Projection",
    "Reading",
    "RowGroup",
    "Source",
    "Store",
    "StreamSource",
    "Survey",
    "Task",
    "key_rejection",
    "local_files",
    "open_source",
    "plain_column",
    "rejection",
    "release_buffers",
    "time_columns",
]
