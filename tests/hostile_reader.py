"""Reads files that may hold anything, under a limit on memory: a process that tests start and may lose.

One job a line comes in as JSON, a path and a format; one line goes out for each: the path, and how it ended.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from data import write
from heatbin.errors import BadInputError, HeatbinError
from heatbin.sources import Task, open_source
from heatbin.sources.buffers import as_column, logical_type

MEMORY = 1 << 30


def binnable(schema: pa.Schema, prefix: str = "") -> Iterator[str]:
    for field in schema:
        if pa.types.is_struct(field.type):
            yield from binnable(field.type, f"{prefix}{field.name}.")
            continue
        try:
            logical_type(field.type, field.name, "")
        except BadInputError:
            continue
        yield prefix + field.name


def read(path: str, format_: str | None) -> str:
    opened = open_source(path, format=format_)
    columns = list(dict.fromkeys(binnable(opened.schema)))[:2]
    if not columns:
        return "no columns"
    survey = opened.survey(columns, threads=2, skip=False)
    rows = 0
    for part in survey.parts:
        for batch in opened.batches(Task(part), columns):
            rows += batch.num_rows
            for column in batch.columns:
                as_column(column).values.sum()
    return f"{rows} rows"


def ending(path: str, format_: str | None) -> str:
    try:
        return read(path, format_)
    except HeatbinError as error:
        return f"error: {error}" if path in str(error) else f"error that names no file: {error}"
    except BaseException:
        return traceback.format_exc()


def warm_up(folder: Path) -> None:
    """Load what is loaded once, and start the threads, before memory is limited."""
    write(folder / "good.parquet", {"x": [1.0], "y": [2]})
    with pa.ipc.new_file(folder / "good.arrow", pa.schema({"x": pa.int8()})) as writer:
        writer.write_table(pa.table({"x": pa.array([1], pa.int8())}))
    (folder / "good.csv").write_text("x\n1\n")
    for path in folder.glob("good.*"):
        read(str(path), None)


def limit_memory() -> None:
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))


if __name__ == "__main__":
    warm_up(Path(sys.argv[1]))
    limit_memory()
    for line in sys.stdin:
        path, format_ = json.loads(line)
        print(json.dumps([path, ending(path, format_)]), flush=True)  # noqa: T201
