"""The points that are measured: made by scripts/make-points, once, and kept in a folder of the user's cache.

HEATBIN_BENCH_ROWS says how many, HEATBIN_BENCH_CACHE where; HEATBIN_BENCH_LARGE=1 asks for ten times as many, too.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq

__all__ = [
    "CATEGORIES",
    "FILES",
    "LARGE",
    "LAYOUTS",
    "ROWS",
    "WINDOW",
    "arrays",
    "arrow_file",
    "coordinates",
    "csv_file",
    "daily_points",
    "many_files",
    "points",
    "sorted_points",
]

ROWS = int(os.environ.get("HEATBIN_BENCH_ROWS", "30_000_000"))
LARGE = os.environ.get("HEATBIN_BENCH_LARGE") == "1"
FILES = min(10_000, max(ROWS // 3000, 1))
"""How many files there are where there are many."""

CATEGORIES = ("app", "card", "cash", "free", "voucher")
"""What make-points has as categories."""

# Round numbers, as people choose them: the points have 6 digits, so many of them lie on an edge.
WINDOW = ((-74.5, -73.476), (40.25, 41.274))

LAYOUTS: dict[str, tuple[str, ...]] = {
    "zstd, rounded": ("--columns", "lon,lat,fare"),
    "zstd, one row group": ("--columns", "lon,lat,fare", "--row-group-size", "64M"),
    "snappy, plain": ("--columns", "lon,lat", "--plain", "--compression", "snappy"),
    "zstd, categories": ("--columns", "lon,lat,fare,category"),
}
"""How points lie in Parquet, by name: the options of make-points."""

MAKE_POINTS = Path(__file__).parents[1] / "scripts" / "make-points"


def points(layout: str, rows: int = ROWS) -> Path:
    """Return a Parquet file of so many points; `layout` is one of `LAYOUTS`."""
    return _kept(f"{layout}-{rows}.parquet", lambda path: _make(path, rows, *LAYOUTS[layout]))


def many_files(count: int, rows: int = ROWS) -> Path:
    """Return a folder in which so many Parquet files share the points."""
    options = ("--columns", "lon,lat", "--files", str(count))
    return _kept(f"{count} files-{rows}", lambda path: _make(path, rows, *options))


def arrow_file(rows: int = ROWS) -> Path:
    """Return an uncompressed Arrow file of the points."""
    source = points("zstd, rounded", rows)
    return _kept(f"points-{rows}.arrow", lambda path: _copy(source, path, pa.ipc.new_file))


def csv_file(rows: int = ROWS) -> Path:
    """Return the points as text."""
    source = points("zstd, rounded", rows)
    return _kept(f"points-{rows}.csv", lambda path: _copy(source, path, pa.csv.CSVWriter))


def sorted_points(rows: int = ROWS) -> Path:
    """Return a Parquet file of the points along a Z-order curve, which keeps neighbours together."""
    return _kept(f"sorted-{rows}.parquet", lambda path: _write_sorted(path, points("zstd, rounded", rows)))


def daily_points(days: int = 365, rows_a_day: int = 50_000) -> Path:
    """Return a Parquet file of points in the order of their times, so many a day; fewer days where points are few."""
    days = min(days, max(ROWS // rows_a_day, 2))
    rows_a_day = min(rows_a_day, ROWS // days)
    return _kept(f"{days} days of {rows_a_day}.parquet", lambda path: _write_days(path, days, rows_a_day))


def coordinates(rows: int) -> tuple[np.ndarray, ...]:
    """Return the first so many points as two arrays."""
    return arrays(rows, "lon", "lat")


def arrays(rows: int, *columns: str) -> tuple[np.ndarray, ...]:
    """Return columns of the first so many points as an array each."""
    file = pq.ParquetFile(points("zstd, rounded"))
    batches, held = [], 0
    for batch in file.iter_batches(columns=list(columns)):
        batches.append(batch)
        held += batch.num_rows
        if held >= rows:
            break
    table = pa.Table.from_batches(batches).slice(0, rows).combine_chunks()
    return tuple(_flat(table[column]) for column in columns)


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return what the cache holds under a name, made first if it is not there."""
    path = _folder() / name.replace(", ", "-").replace(" ", "-")
    if not path.exists():
        beside = path.with_name(f".{os.getpid()}-{path.name}")
        make(beside)
        beside.replace(path)
    return path


def _folder() -> Path:
    """Return where data are kept: a folder for each version of make-points."""
    given = os.environ.get("HEATBIN_BENCH_CACHE")
    base = Path(given) if given else platformdirs.user_cache_path("heatbin", appauthor=False) / "benchmarks"
    version = hashlib.sha256(MAKE_POINTS.read_bytes()).hexdigest()[:12]
    folder = base / version
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make(path: Path, rows: int, *options: str) -> None:
    command = [sys.executable, str(MAKE_POINTS), str(path), "--rows", str(rows), *options]
    subprocess.run(command, check=True, stdout=sys.stderr)


def _copy(source: Path, path: Path, writer: Callable[[Path, pa.Schema], Any]) -> None:
    """Write the coordinates of a Parquet file with another writer."""
    file = pq.ParquetFile(source)
    schema = pa.schema([file.schema_arrow.field(name) for name in ("lon", "lat")])
    with writer(path, schema) as sink:
        for batch in file.iter_batches(1 << 20, columns=schema.names):
            sink.write_batch(batch)


def _write_sorted(path: Path, source: Path) -> None:
    table = pq.read_table(source, columns=["lon", "lat"])
    order = np.argsort(z_order(_flat(table["lon"]), _flat(table["lat"])), kind="stable")
    pq.write_table(table.take(order), path, compression="zstd", row_group_size=len(order) // 300 + 1)


def _write_days(path: Path, days: int, rows_a_day: int) -> None:
    lon, lat = arrays(days * rows_a_day, "lon", "lat")
    day = 86_400_000_000
    times = np.datetime64("2025-01-01", "us") + np.arange(lon.size) * day // rows_a_day
    table = pa.table({"time": times, "lon": lon, "lat": lat})
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20)


def z_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where points lie on a Z-order curve: the bits of both coordinates in turn."""
    code = np.zeros(x.size, np.uint32)
    for values, (lo, hi), shift in zip((x, y), WINDOW, (0, 1), strict=True):
        place = np.clip((values - lo) / (hi - lo) * 65536, 0, 65535).astype(np.uint32)
        for bit in range(16):
            code |= (place >> bit & 1) << (2 * bit + shift)
    return code


def _flat(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.combine_chunks())
