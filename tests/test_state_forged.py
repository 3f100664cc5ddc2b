"""Files of statistics that are damaged or made on purpose: one error, and no memory by what they claim."""

from __future__ import annotations

import contextlib
import json
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import heatbin.statistics as hb
from heatbin.errors import StateError
from heatbin.state import Saved, read_file, to_plain
from heatbin.state.files import content_of
from heatbin.state.sealing import seal_of
from test_state_statistics import columns_of, grid_of, saved_of
from test_statistics import EVERY


@pytest.fixture(scope="module")
def good() -> Saved:
    return saved_of(grid_of(columns_of(300), EVERY))


def tables_of(saved: Saved) -> dict[str, pa.Table]:
    content, tables = content_of(saved)[:-40], {}
    with pa.BufferReader(content) as file:
        while file.tell() < len(content):
            table = pa.ipc.open_stream(file).read_all()
            tables[table.schema.metadata[b"heatbin:table"].decode()] = table
    return tables


def written(path: Path, tables: dict[str, pa.Table], **entries) -> Path:
    """Write a file as somebody would who knows how to seal."""
    sink = pa.BufferOutputStream()
    for name, table in tables.items():
        noted = {"heatbin:table": name}
        if name == "cells":
            old = tables["cells"].schema.metadata[b"heatbin:header"]
            noted["heatbin:header"] = json.dumps({**json.loads(old), **entries})
        with pa.ipc.new_stream(sink, table.schema.with_metadata(noted)) as writer:
            writer.write_table(table.replace_schema_metadata(noted))
    content = sink.getvalue().to_pybytes()
    path.write_bytes(content + seal_of([content]))
    return path


def test_the_forged_files_are_files_but_for_what_is_forged(good, tmp_path) -> None:
    back = read_file(written(tmp_path / "h", tables_of(good)))
    assert content_of(back) == content_of(good)


def test_a_flip_of_any_bit_is_found(good, tmp_path) -> None:
    content, chance = content_of(good), random.Random(0)
    for place in chance.sample(range(len(content)), 200):
        damaged = bytearray(content)
        damaged[place] ^= 1 << chance.randrange(8)
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(StateError, match="damaged"):
            read_file(tmp_path / "damaged")


def test_random_bytes_under_a_good_seal_are_an_error_and_no_more(good, tmp_path) -> None:
    content, chance = content_of(good)[:-40], random.Random(1)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 3, 50])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / "hostile").write_bytes(bytes(damaged) + seal_of([bytes(damaged)]))
        with contextlib.suppress(StateError):
            read_file(tmp_path / "hostile")


def whole(*values: int, dtype: type = np.int64) -> pa.Table:
    return pa.table({"value": np.array(values, dtype)})


HOSTILE = {
    "digits of no cell": ("sums-1@0.keys", lambda keys: whole(*[1 << 40] * keys.num_rows)),
    "digits below cells": ("sums-1@0.keys", lambda keys: whole(*[-1] * keys.num_rows)),
    "digits of no plane": ("sums-1@0.keys", lambda keys: whole(*[200] * keys.num_rows)),
    "digits of no integer": ("sums-1@1.keys", lambda keys: whole(*[100] * keys.num_rows)),
    "huge digits": ("sums-2@0.digits", lambda digits: whole(*[-(1 << 63)] * digits.num_rows)),
    "few digits": ("sums-2@0.digits", lambda _: whole(1)),
    "floats for digits": ("sums-2@0.digits", lambda t: whole(*[1.0] * t.num_rows, dtype=np.float64)),
    "no form": ("sums-1@0.form", lambda _: whole()),
    "an unknown form": ("extreme-max@0.form", lambda _: whole(7, dtype=np.int8)),
    "another form": ("registers-9@0.form", lambda _: whole(1, dtype=np.int8)),
    "buckets of no cell": (
        "buckets-0_01@0.keys",
        lambda keys: whole(*range(1 << 50, (1 << 50) + keys.num_rows)),
    ),
    "buckets out of order": ("buckets-0_01@0.keys", lambda keys: whole(*range(keys.num_rows, 0, -1))),
    "buckets that took away": ("buckets-0_01@0.counts", lambda counts: whole(*[-1] * counts.num_rows)),
    "registers out of reach": (
        "registers-9@0.registers",
        lambda _: pa.table({"index": np.array([1 << 30], np.uint32), "value": np.array([1], np.uint8)}),
    ),
    "registers out of order": (
        "registers-9@0.registers",
        lambda _: pa.table({"index": np.array([3, 3], np.uint32), "value": np.array([1, 1], np.uint8)}),
    ),
    "registers beyond their hash": (
        "registers-9@0.registers",
        lambda _: pa.table({"index": np.array([3], np.uint32), "value": np.array([60], np.uint8)}),
    ),
    "large registers": (
        "registers-9@0.registers",
        lambda _: pa.table({"index": np.array([3], np.uint32), "value": np.array([1 << 40], np.uint64)}),
    ),
    "too few registers": ("registers-9@0.registers", lambda _: whole(1, dtype=np.uint8)),
    "negative absences": ("absent@0.told", lambda _: whole(-1, 0, 0)),
    "absences of no column": ("absent@0.told", lambda _: whole(*range(6))),
    "sparse digits": (
        "sums-1@0.digits",
        lambda t: pa.table(
            {"index": np.arange(t.num_rows, dtype=np.uint32), "value": np.ones(t.num_rows, np.int8)}
        ),
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_arrays_that_no_storage_holds_are_refused(what, good, tmp_path) -> None:
    name, forged = HOSTILE[what]
    tables = tables_of(good)
    tables[name] = forged(tables[name])
    with pytest.raises(StateError):
        read_file(written(tmp_path / "hostile", tables))


@pytest.mark.parametrize(
    ("name", "value"),
    [("flags@0.flags", None), ("absent@0.counts", 200), ("extreme-min@0.keys", None), ("count.counts", None)],
)
def test_cells_that_no_storage_holds_are_refused(name, value, good, tmp_path) -> None:
    tables = tables_of(good)
    cells = tables["cells"]
    place = cells.column_names.index(name)
    noted = cells.schema.metadata
    cells = cells.remove_column(place)
    if value is not None:
        cells = cells.append_column(name, pa.array(np.full(cells.num_rows, value, np.uint64)))
    tables["cells"] = cells.replace_schema_metadata(noted)
    with pytest.raises(StateError):
        read_file(written(tmp_path / "hostile", tables))


@pytest.mark.parametrize("name", ["sums-1@0.keys", "registers-9@0.registers", "absent@1+0.told", "inputs"])
def test_a_file_without_one_of_its_tables_is_refused(name, good, tmp_path) -> None:
    tables = tables_of(good)
    del tables[name]
    with pytest.raises(StateError):
        read_file(written(tmp_path / "hostile", tables))


def entry(**changed) -> dict:
    mean = {"statistic": "mean", "sample": "fare"}
    return {"name": "a", "statistic": mean, "positions": [0], "dtypes": [], **changed}


@pytest.mark.parametrize(
    "statistics",
    [
        None,
        [],
        [1],
        [entry(), entry()],
        [entry(statistic={"statistic": "mode", "sample": "fare"})],
        [entry(statistic={"statistic": "mean"})],
        [entry(statistic={"statistic": "mean", "sample": 3})],
        [entry(statistic={"statistic": "quantile", "sample": "fare", "q": 2})],
        [entry(statistic={"statistic": "distinct", "sample": "fare", "accuracy": 1e-30})],
        [entry(statistic={"axis": "Integer", "lo": 0, "hi": 9})],
        [entry(positions=[0, 1])],
        [entry(positions=[-1])],
        [entry(positions=[1 << 60])],
        [entry(positions="0")],
        [entry(dtypes=["object"])],
        [entry(dtypes=["float64", "float64"])],
    ],
)
def test_statistics_that_cannot_be_are_refused(statistics, good, tmp_path) -> None:
    with pytest.raises(StateError):
        read_file(written(tmp_path / "hostile", tables_of(good), statistics=statistics))


def few_cells(good: Saved, extents: list[int]) -> dict[str, pa.Table]:
    """Return the tables of a grid that claims much and lists one cell."""
    tables = tables_of(good)
    noted = tables["cells"].schema.metadata
    one = {name: np.ones(1, np.uint8) for name in tables["cells"].column_names if name != "cell"}
    cells = pa.table({"cell": np.array([int(np.prod(extents)) - 1], np.uint32), **one})
    return {**tables, "cells": cells.replace_schema_metadata(noted)}


@pytest.mark.parametrize(
    "statistic",
    [
        hb.distinct("fare", accuracy=0.0041),
        hb.mean("fare"),
        hb.max_by("tip", "fare"),
        hb.quantile("fare", 0.5),
    ],
)
def test_a_small_file_takes_little_memory_whatever_it_claims(statistic, good, tmp_path) -> None:
    extents = [4095 + 3, 4090 + 3] if statistic.kind == "distinct" else [8191, 4093]
    axes = [{"axis": "Regular", "n": n - 3, "lo": 0, "hi": 1} for n in extents]
    claimed = [entry(statistic=to_plain(statistic), positions=list(range(len(statistic.samples))))]
    many = [
        {**claimed[0], "name": f"{i}", "positions": [i + p for p in claimed[0]["positions"]]}
        for i in range(60)
    ]
    path = written(tmp_path / "hostile", few_cells(good, extents), axes=axes, shape=extents, statistics=many)
    tracemalloc.start()
    try:
        with pytest.raises(StateError, match="damaged"):
            read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 5 << 20
    finally:
        tracemalloc.stop()
