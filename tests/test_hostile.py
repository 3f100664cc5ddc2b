"""Whatever a file holds, reading it ends in a right answer or in one clear error, within memory, and in no signal."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paths import SHARED, needs_shared

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")

READER = Path(__file__).with_name("hostile_reader.py")
HOSTILE = SHARED / "hostile"
FORMATS = {"csvfuzz": "csv", "pqfuzz": "parquet", "ipcfilefuzz": "arrow", "ipcstreamfuzz": "arrow"}

Job = tuple[str, str | None]


def endings(jobs: list[Job], folder: Path) -> dict[str, str]:
    """Return how reading each file ended, in one process that must not die."""
    lines = "".join(json.dumps(job) + "\n" for job in jobs)
    command = [sys.executable, str(READER), str(folder)]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=120, check=False)
    ended = dict(json.loads(line) for line in run.stdout.splitlines())
    died_at = jobs[len(run.stdout.splitlines())][0] if run.returncode else ""
    assert run.returncode == 0, f"died at {died_at}: {run.stderr[-500:]}"
    return ended


def unclear(ended: dict[str, str]) -> dict[str, str]:
    """Return what ended neither in rows nor in an error that names its file."""
    return {
        path: end
        for path, end in ended.items()
        if not end.startswith("error: ") and not end.endswith((" rows", "columns"))
    }


def corpus() -> list[Job]:
    files = sorted(str(path) for path in HOSTILE.rglob("*") if path.is_file())
    forced = ((path, kind) for path in files for name, kind in FORMATS.items() if name in path)
    return [*((path, None) for path in files), *forced]


@needs_shared
def test_public_corpora_of_broken_files_end_in_answers_or_clear_errors(tmp_path) -> None:
    jobs = corpus()
    by_name = endings([job for job in jobs if job[1] is None], tmp_path)
    by_force = endings([job for job in jobs if job[1] is not None], tmp_path)
    assert unclear(by_name) == unclear(by_force) == {}
    assert sum(end.endswith("rows") for end in by_name.values()) > 150


@needs_shared
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parquet_column_num_values_mismatch.parquet", "promises 8 rows and delivers 0"),
        ("pqtesting-data/data/datapage_v1-corrupt-checksum.parquet", "CRC"),
        ("pqtesting-data/data/encrypt_columns_plaintext_footer.parquet.encrypted", "50 rows"),
        ("pqtesting-data/data/uniform_encryption.parquet.encrypted", "encrypted"),
        ("fastparquet/test-data/split/_metadata", "index of other files"),
    ],
)
def test_known_troublemakers_are_told_apart(name, words, tmp_path) -> None:
    path = str(HOSTILE / name)
    assert words in endings([(path, None)], tmp_path)[path]


@needs_shared
def test_a_row_group_that_claims_billions_of_rows_allocates_nothing_for_them(tmp_path) -> None:
    files = [path for path in HOSTILE.rglob("*.parquet") if _claimed_rows(path) > 1 << 31]
    ended = endings([(str(path), None) for path in files], tmp_path)
    assert files
    assert all("damaged" in end for end in ended.values())


def _claimed_rows(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return 0


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    """Files of all formats, as bytes."""
    rows = np.arange(3000)
    table = pa.table(
        {
            "x": rows * 0.5,
            "y": pa.array(rows, mask=rows % 5 == 0),
            "s": pa.array((rows % 7).astype(str)),
            "d": pa.array(rows % 9).dictionary_encode(),
        }
    )
    parquet, arrow, packed, stream = (pa.BufferOutputStream() for _ in range(4))
    pq.write_table(table, parquet, row_group_size=1000, compression="snappy")
    for sink, new, compression in (
        (arrow, pa.ipc.new_file, None),
        (packed, pa.ipc.new_file, "lz4"),
        (stream, pa.ipc.new_stream, None),
    ):
        with new(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
            writer.write_table(table, max_chunksize=1000)
    text = "x,y,s\n" + "".join(f"{i * 0.5},{i},a\n" for i in rows)
    sinks = {"a.parquet": parquet, "b.arrow": arrow, "c.arrow": packed, "d.arrows": stream}
    return {**{name: sink.getvalue().to_pybytes() for name, sink in sinks.items()}, "e.csv": text.encode()}


def damaged(content: bytes, seed: int) -> bytes:
    """Return content with a few bytes changed, a piece gone, or an end cut off; often where the metadata are."""
    chance = random.Random(seed)
    changed = bytearray(content)
    if seed % 5 == 0:
        return content[: chance.randrange(len(content))]
    if seed % 5 == 1:
        start = chance.randrange(len(content))
        del changed[start : start + chance.randrange(1, 100)]
        return bytes(changed)
    for _ in range(chance.randrange(1, 8)):
        reach = len(content) if seed % 2 else min(len(content), 1500)
        changed[-1 - chance.randrange(reach) if seed % 4 < 2 else chance.randrange(reach)] = chance.randrange(
            256
        )
    return bytes(changed)


def test_files_damaged_at_random_end_in_answers_or_clear_errors(good, tmp_path) -> None:
    jobs: list[Job] = []
    for seed in range(150):
        for name, content in good.items():
            path = tmp_path / f"{seed}-{name}"
            path.write_bytes(damaged(content, seed))
            jobs.append((str(path), None))
    ended = endings(jobs, tmp_path / "warm")
    assert unclear(ended) == {}
    assert sum(end.startswith("error") for end in ended.values()) > 200
