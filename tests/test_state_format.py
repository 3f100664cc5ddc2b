"""A saved histogram: all that it holds comes back, anybody can read it, and damage is found before it is believed."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
import re
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from data import points, write
from heatbin.axes import __all__ as axis_names
from heatbin.logical import LogicalType
from heatbin.state import Input, from_plain, read_file, saved, to_plain
from heatbin.state.bindings import COUNT_ALONE
from heatbin.state.grids import Grid
from heatbin.state.sealing import MAGIC, seal_of
from heatbin.state.tables import table_of
from paths import PROJECT

LIMITS = ((-3.0, 3.0), (-900, 800))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("points") / "points.parquet", points())


@pytest.fixture(scope="module")
def histogram(source):
    return hb.aggregate(source, "x", "y", bins=(60, 17), range=LIMITS, where="fare > 3")


@pytest.fixture
def path(histogram, tmp_path):
    histogram.save(tmp_path / "points.heatbin")
    return tmp_path / "points.heatbin"


def resealed(path, content):
    path.write_bytes(content + seal_of([content]))


def edited(path, **entries):
    """Change entries of the header as somebody would who knows how to seal."""
    content = path.read_bytes()[:-40]
    tables = []
    with pa.BufferReader(content) as file:
        while file.tell() < len(content):
            tables.append(pa.ipc.open_stream(file).read_all())
    noted = dict(tables[0].schema.metadata)
    header = {**json.loads(noted[b"heatbin:header"]), **entries}
    tables[0] = tables[0].replace_schema_metadata({**noted, b"heatbin:header": json.dumps(header)})
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    resealed(path, sink.getvalue().to_pybytes())


# What comes back


def test_all_that_was_saved_comes_back(histogram, path):
    loaded = hb.load(path)
    np.testing.assert_array_equal(loaded.values(), histogram.values())
    for what in ("axes", "names", "tally", "inputs", "scale", "skipped", "left_out"):
        assert getattr(loaded, what) == getattr(histogram, what)
    assert loaded.request == histogram.request
    assert loaded.request["bins"] == (60, 17)
    assert loaded.request["range"] == LIMITS


def test_a_sparse_grid_and_a_full_one_come_back_alike(tmp_path):
    for rows in (0, 1, 100, 100_000):
        x = np.random.default_rng(rows).random(rows)
        source = write(tmp_path / f"{rows}.parquet", {"x": x, "y": x**2})
        histogram = hb.aggregate(source, "x", "y", bins=50, range=((0, 1), (0, 1)))
        histogram.save(tmp_path / "h.heatbin")
        np.testing.assert_array_equal(hb.load(tmp_path / "h.heatbin").values(), histogram.values())


def test_axes_of_millions_of_bins_come_back(tmp_path):
    many = 5_000_000
    rows = {"x": [0.5, 3.5, many - 0.5], "y": [0.0] * 3}
    whole = hb.aggregate(rows, "x", "y", bins=(hb.Regular(many, 0, many), hb.Regular(1, -1, 1)))
    for histogram in (whole[0:1000, :], whole[3:, :]):
        histogram.save(tmp_path / "h.heatbin")
        assert hb.load(tmp_path / "h.heatbin").axes == histogram.axes
    part = hb.Arc(hb.Cyclic(many, many), 3, 1000)
    assert from_plain(to_plain(part), bins=1000) == part


def test_saving_twice_writes_the_same_bytes(source, path, tmp_path):
    hb.aggregate(source, "x", "y", bins=(60, 17), range=LIMITS, where="fare > 3", threads=3).save(
        tmp_path / "again"
    )
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_pyarrow_alone_reads_it_as_the_documentation_says(histogram, path, monkeypatch):
    page = (PROJECT / "docs" / "state-format.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    monkeypatch.chdir(path.parent)
    names = {}
    exec(code.replace("trips.heatbin", path.name), names)
    grid = np.zeros(np.prod(names["header"]["shape"]) + 1, np.int64)
    cells = names["tables"]["cells"]
    grid[cells["cell"].to_numpy() if "cell" in cells.column_names else slice(None)] = names["counts"]
    inside = grid[:-1].reshape(names["header"]["shape"])[1:-2, 1:-2]
    np.testing.assert_array_equal(inside, histogram.values())
    assert names["paths"] == [histogram.inputs[0].path.encode()]
    assert names["header"]["tally"]["read"] == histogram.tally.read


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.0,
        -0.0,
        0.1,
        2**53 + 1,
        -(2**80),
        Fraction(-1, 3),
        float("inf"),
        "p1",
        (1, (None, "2024-01-01")),
        LogicalType("timestamp", "us", zone="Europe/Berlin"),
        hb.Regular(3, Fraction(1, 3), 2**60, LogicalType("timestamp", "ns")),
        hb.Regular(3, 0.1, 0.7),
        hb.Variable([0.0, 1.5, np.inf]),
        hb.Variable(np.array([1, 2**62, 2**63], dtype=np.uint64)),
        {"n": 1},
    ],
)
def test_values_go_through_json_without_loss(value):
    back = from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)))
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_every_axis_that_is_a_record_can_be_saved():
    from heatbin.state.plain import AXES

    assert {"Regular", "Variable"} <= set(AXES) <= set(axis_names)


def test_what_cannot_be_saved_is_said():
    with pytest.raises(hb.StateError, match="kind object cannot be saved"):
        to_plain(object())


# Damage and malice


def test_a_flip_of_any_bit_is_found(path, tmp_path):
    content = path.read_bytes()
    rng = random.Random(0)
    for place in {0, len(content) - 1, len(content) - 20, *(rng.randrange(len(content)) for _ in range(300))}:
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.randrange(8)
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(hb.StateError, match="damaged"):
            hb.load(tmp_path / "damaged")


def test_a_file_that_is_cut_short_is_found(path, tmp_path):
    content = path.read_bytes()
    for length in (0, 1, 39, 40, 41, len(content) // 2, len(content) - 1):
        (tmp_path / "damaged").write_bytes(content[:length])
        with pytest.raises(hb.StateError, match="damaged"):
            hb.load(tmp_path / "damaged")


def test_random_bytes_under_a_good_seal_are_an_error_and_no_more(path, tmp_path):
    rng = random.Random(1)
    content = path.read_bytes()[:-40]
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(rng.choice([1, 1, 3, 50])):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        resealed(tmp_path / "hostile", bytes(damaged))
        with contextlib.suppress(hb.StateError):
            hb.load(tmp_path / "hostile")
    for length in (0, 1, 7, 8, 100, 5000):
        resealed(tmp_path / "hostile", rng.randbytes(length))
        with pytest.raises(hb.StateError):
            hb.load(tmp_path / "hostile")


def test_a_pickle_is_not_opened(tmp_path):
    resealed(tmp_path / "hostile", pickle.dumps({"schema": 1}))
    with pytest.raises(hb.StateError):
        hb.load(tmp_path / "hostile")


@pytest.mark.parametrize(
    "entries",
    [
        {"shape": [1 << 40, 1 << 20]},
        {"shape": [1 << 23, 4]},
        {"shape": [1 << 14, 1 << 14]},
        {"axes": [{"axis": "Regular", "n": (1 << 31) - 1, "lo": 0, "hi": 1, "logical": {"logical": {}}}] * 2},
        {"axes": [{"axis": "Popen", "args": "true"}]},
        {"axes": []},
        {"statistics": [{"name": "n", "statistic": {"statistic": "sum", "sample": "x"}}]},
        {"statistics": {}},
        {"skipped": -1},
        {"scale": None},
        {"apart": {"rows": 1}},
        {"request": {"fraction": "1e999999999"}},
        {"schema": 0},
        {"schema": "1"},
    ],
)
def test_a_header_that_claims_what_is_not_there_is_refused(path, entries):
    edited(path, **entries)
    with pytest.raises(hb.StateError):
        hb.load(path)


def test_compressed_tables_are_refused_before_they_are_unpacked(path):
    sink = pa.BufferOutputStream()
    bomb = pa.table({"count.counts": np.zeros(1 << 22, np.uint8)})
    with pa.ipc.new_stream(sink, bomb.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(bomb)
    resealed(path, sink.getvalue().to_pybytes())
    with pytest.raises(hb.StateError, match="compressed"):
        hb.load(path)


def test_counts_near_the_end_of_64_bits_are_refused_not_wrapped(histogram, path):
    counts = histogram.accumulator.count.counts.astype(np.uint64)
    grid = Grid({"cells": table_of({"count.counts": counts})})
    for most in (1 << 62, 1 << 61):
        counts[:4] = most
        with pytest.raises(hb.StateError, match="more rows than can be counted"):
            grid.restored(histogram.accumulator.binning, COUNT_ALONE)


def test_a_newer_schema_is_refused_by_name(path):
    edited(path, schema=7, heatbin="9.1")
    with pytest.raises(hb.StateError, match=r"has schema 7, written by heatbin 9\.1.*upgrade heatbin"):
        hb.load(path)


def test_what_is_not_there_is_no_input(tmp_path):
    with pytest.raises(hb.NoInputError):
        hb.load(tmp_path / "absent.heatbin")


def test_the_magic_and_the_schema_are_what_the_documentation_says():
    assert (MAGIC, saved.SCHEMA_VERSION) == (b"heatbin1", 2)


def test_ten_thousand_inputs_come_back_sorted(histogram, tmp_path):
    from dataclasses import replace

    inputs = tuple(
        Input(f"/data/{i}.parquet", i, 10**18 + i, str(i), "ab", 10) for i in reversed(range(10_000))
    )
    replace(histogram, inputs=inputs).save(tmp_path / "h")
    assert read_file(tmp_path / "h").inputs == tuple(sorted(inputs))
