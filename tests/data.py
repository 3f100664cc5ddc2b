"""Data that tests make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 50_000


def points(rows: int = ROWS, *, seed: int = 0) -> pa.Table:
    """Return clustered points with nulls, NaN and infinities among them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    x[:: rows // 50 + 1] = np.nan
    x[1 :: rows // 20 + 1] = np.inf
    y = rng.integers(-1000, 1000, rows).astype(np.int16)
    null = rng.random(rows) < 0.03
    return pa.table(
        {
            "x": x,
            "y": pa.array(y, mask=null),
            "kind": pa.array(rng.choice(["a", "b", "c"], rows)).dictionary_encode(),
            "fare": rng.gamma(2.0, 10.0, rows).round(2),
        }
    )


def write(path: Path, table: pa.Table | dict[str, Any], **options: Any) -> str:
    """Write a Parquet file and return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path, **options)
    return str(path)


def counted_by_numpy(table: pa.Table, bins: Any, limits: Any) -> np.ndarray[Any, Any]:
    """Return what `numpy.histogram2d` counts in the rows without a null or NaN."""
    x, y = (np.array(table[name].to_pylist(), dtype=float) for name in ("x", "y"))
    keep = ~(np.isnan(x) | np.isnan(y))
    return np.histogram2d(x[keep], y[keep], bins, limits)[0].astype(np.int64)
