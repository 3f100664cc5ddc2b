"""Which columns say when rows were."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["time_columns"]


def time_columns(schema: pa.Schema) -> list[str]:
    """Return the names of the columns that hold dates or timestamps.

    Examples
    --------
    >>> time_columns(pa.schema([("when", pa.timestamp("us")), ("lon", pa.float64())]))
    ['when']
    """
    return [
        field.name for field in schema if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)
    ]
