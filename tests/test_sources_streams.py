"""Readers, generators and queries: batches in order, once or again; and what comes through a pipe."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import heatbin as hb
from data import write
from heatbin.sources import Task, open_source
from heatbin.sources.base import BATCH_ROWS
from rows import rows_of, survey_of


@pytest.fixture
def table() -> pa.Table:
    return pa.table({"x": np.arange(5000.0), "y": np.arange(5000), "s": ["a"] * 5000})


def batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from table.to_batches(max_chunksize=1000)


def test_a_reader_is_read_once_and_says_so(table) -> None:
    reader = pa.RecordBatchReader.from_batches(table.schema, batches(table))
    opened, survey = survey_of(reader, ["y", "x"])
    (part,) = survey.parts
    assert (opened.replayable, part.counted, len(part.row_groups)) == (False, False, 1)
    read = pa.Table.from_batches(opened.batches(Task(part), ["y", "x"]))
    assert read.equals(table.select(["y", "x"]))
    with pytest.raises(hb.UsageError, match="RecordBatchReader can be read only once"):
        next(opened.batches(Task(part), ["x"]))


def test_a_generator_may_deliver_batches_tables_or_frames(table) -> None:
    polars = pytest.importorskip("polars")

    def mixed() -> Iterator[object]:
        yield from table.to_batches(max_chunksize=2000)
        yield table
        yield polars.from_arrow(table.select(["x", "y"]))

    assert rows_of(mixed(), ["x", "y"]).num_rows == 15_000


def test_giant_batches_of_a_stream_are_cut(table) -> None:
    giant = pa.record_batch({"x": np.zeros(2 * BATCH_ROWS)})
    opened, survey = survey_of(iter([giant]), ["x"])
    assert [batch.num_rows for batch in opened.batches(Task(survey.parts[0]), ["x"])] == [
        BATCH_ROWS,
        BATCH_ROWS,
    ]


def test_later_batches_are_cast_where_no_value_changes_else_the_batch_is_named() -> None:
    first, second = pa.record_batch({"x": [1.5]}), pa.record_batch({"x": [2]})
    assert rows_of(iter([first, second]), ["x"])["x"].to_pylist() == [1.5, 2.0]
    with pytest.raises(hb.BadInputError, match="'x' of batch 1 of a list_iterator"):
        rows_of(iter([second, first]), ["x"])
    with pytest.raises(hb.BadInputError, match=r"batch 1 .* has no column 'x'"):
        rows_of(iter([first, pa.record_batch({"y": [2]})]), ["x"])


def test_a_later_frame_that_makes_no_table_is_an_error_that_names_the_stream(table) -> None:
    frame = pytest.importorskip("pandas").DataFrame({"x": [1, "a"]}, dtype=object)
    if not hasattr(frame, "__arrow_c_stream__"):
        pytest.skip("frames of this pandas are no batches")
    with pytest.raises(hb.BadInputError, match=r"^a list_iterator .*column x") as raised:
        rows_of(iter([table, frame]), ["x"])
    assert isinstance(raised.value.__cause__, pa.ArrowInvalid)


def test_a_generator_of_paths_is_a_list_of_files(tmp_path) -> None:
    for name in "ab":
        write(tmp_path / f"{name}.parquet", {"x": [1.0]})
    assert rows_of(tmp_path.glob("*.parquet"), ["x"]).num_rows == 2


def test_what_a_stream_raises_is_not_dressed_up(table) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield from batches(table)
        raise RuntimeError("the server went away")

    with pytest.raises(RuntimeError, match="went away"):
        rows_of(failing(), ["x"])


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [(iter([]), hb.NoInputError, "names no file"), (iter([1]), TypeError, "not int")],
)
def test_a_stream_of_nothing_or_of_no_rows_is_an_error(source, error, words) -> None:
    with pytest.raises(error, match=words):
        open_source(source)


def test_streams_stay_in_their_process(table) -> None:
    with pytest.raises(TypeError, match="other processes; leave out executor="):
        pickle.dumps(open_source(batches(table)))


def test_a_query_of_polars_runs_for_each_pass(table) -> None:
    polars = pytest.importorskip("polars")
    query = polars.from_arrow(table).lazy().filter(polars.col("x") < 100).with_columns(z=polars.col("y") * 2)
    opened, survey = survey_of(query, ["x", "z"])
    assert opened.replayable
    for _ in range(2):
        assert sum(batch.num_rows for batch in opened.batches(Task(survey.parts[0]), ["x", "z"])) == 100


def test_a_relation_of_duckdb_runs_for_each_pass_and_can_be_left_early() -> None:
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().sql('select range as x, {\'a\': range} as s, 1 as "o""dd" from range(300000)')
    opened, survey = survey_of(relation, ["x", "s.a", 'o"dd'])
    started = opened.batches(Task(survey.parts[0]), ["x"])
    next(started)
    started.close()
    read = rows_of(relation, ["x", "s.a", 'o"dd'])
    assert (read.num_rows, read["s.a"][-1].as_py()) == (300_000, 299_999)


def test_a_dataset_of_files_is_read_as_files_and_one_with_a_filter_is_scanned(tmp_path, table) -> None:
    pq.write_to_dataset(table.append_column("k", pa.array([1, 2] * 2500)), tmp_path, partition_cols=["k"])
    dataset = pyarrow.dataset.dataset(tmp_path, partitioning="hive")
    assert len(survey_of(dataset, ["x", "k"])[1].parts) == 2
    assert sorted(rows_of(dataset, ["x", "k"])["x"].to_pylist()) == table["x"].to_pylist()
    filtered = dataset.filter(pyarrow.dataset.field("k") == 1)
    assert rows_of(filtered, ["x"]).num_rows == 2500
    assert rows_of(dataset.scanner(columns=["x"]), ["x"]).num_rows == 5000
    assert rows_of(pyarrow.dataset.dataset(table), ["x"]).num_rows == 5000


def stdin_of(monkeypatch: pytest.MonkeyPatch, content: bytes) -> str:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    return "-"


def test_standard_input_is_an_arrow_stream_or_file(monkeypatch, table) -> None:
    for new in (pa.ipc.new_stream, pa.ipc.new_file):
        sink = io.BytesIO()
        with new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=999)
        assert rows_of(stdin_of(monkeypatch, sink.getvalue()), ["y", "x"]).equals(table.select(["y", "x"]))


def test_standard_input_is_csv_when_that_is_said(monkeypatch) -> None:
    text = "x,y\n" + "".join(f"{i},{i}.5\n" for i in range(500_000))
    read = rows_of(stdin_of(monkeypatch, text.encode()), ["y", "x"], format="csv")
    assert (read.num_rows, read["y"][-1].as_py(), read["x"][-1].as_py()) == (500_000, 499_999.5, 499_999)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", hb.BadInputError, "standard input is empty"),
        (b"x,y\n1,2\n", hb.BadInputError, "no Arrow stream; for text, give the format: csv"),
        (b"PAR1....PAR1", hb.UsageError, "Parquet cannot be read from a pipe"),
        (b"\xff\xff\xff\xff\x10\0\0\0....", hb.BadInputError, "standard input is damaged"),
    ],
)
def test_standard_input_that_cannot_be_read_says_why(monkeypatch, content, error, words) -> None:
    with pytest.raises(error, match=words):
        open_source(stdin_of(monkeypatch, content))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_a_named_pipe_is_read_as_standard_input_is(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = "import sys; open(sys.argv[1], 'w').write('x,y\\n' + '1,2\\n' * 100000)"
    with subprocess.Popen([sys.executable, "-c", writing, str(pipe)]) as writer:
        assert rows_of(Path(pipe), ["x"], format="csv").num_rows == 100_000
    assert writer.returncode == 0


@pytest.mark.parametrize("form", ["text", "categories"])
@pytest.mark.parametrize("where", [None, "x > 0"])
@pytest.mark.parametrize("by", [hb.Category(), hb.Category(["a", "b"])])
def test_categories_are_found_in_views_of_text(form, where, by) -> None:
    text = pa.array(["a", "b", None, "a", "b"], pa.string_view())
    if form == "categories":
        entries = pa.array(["a", None, "b"], pa.string_view())
        text = pa.DictionaryArray.from_arrays(pa.array([0, 2, 1, 0, None]), entries)
    table = pa.table({"x": np.arange(5.0), "kind": text})
    histogram = hb.aggregate(table, "x", "x", bins=(1, 1, by), by="kind", where=where)
    kinds = [kind for kind in text.to_pylist()[0 if where is None else 1 :] if kind is not None]
    counts = dict(zip(histogram.axes[2].labels, histogram.sum("x", "y").values().tolist(), strict=True))
    assert {kind: counts[kind] for kind in "ab"} == {kind: kinds.count(kind) for kind in "ab"}


@pytest.mark.parametrize("form", ["csv", "arrow"])
def test_what_came_through_a_pipe_is_counted(table, form, tmp_path) -> None:
    path = tmp_path / "rows"
    if form == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    command = [sys.executable, "-m", "heatbin", "plot", "-", "--format", form, "--x", "x", "--y", "y"]
    command += ["--bins", "4", "-o", str(tmp_path / "map.png"), "--json"]
    with path.open("rb") as rows:
        done = subprocess.run(command, stdin=rows, capture_output=True, check=True)
    assert json.loads(done.stdout)["bytes_read"] == path.stat().st_size
