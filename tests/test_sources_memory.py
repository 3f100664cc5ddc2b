"""Rows that Python has already: tables, frames, dicts of arrays; in place, in slices, again and again."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from heatbin.sources import Task, memory, open_source
from rows import rows_of, survey_of


@pytest.fixture
def table() -> pa.Table:
    return pa.table({"x": np.arange(300_000) * 0.5, "y": pa.array([None, 1, 2] * 100_000)})


def test_a_table_is_read_in_place(table) -> None:
    opened, survey = survey_of(table, ["x"])
    first = next(opened.batches(Task(survey.parts[0]), ["x"]))
    assert first.column("x").buffers()[1].address == table["x"].chunk(0).buffers()[1].address
    assert opened.replayable
    assert rows_of(table, ["x", "y"]).equals(table)


def test_a_table_is_cut_into_pieces_that_tasks_share(table, monkeypatch) -> None:
    monkeypatch.setattr(memory, "PIECE_ROWS", 130_000)
    opened, survey = survey_of(table, ["x"])
    assert [group.rows for group in survey.parts[0].row_groups] == [130_000, 130_000, 40_000]
    assert rows_of(table, ["x"])["x"].to_pylist() == table["x"].to_pylist()
    assert pickle.loads(pickle.dumps(opened)).rows == 300_000


def test_chunks_of_any_size_make_batches_of_at_most_the_usual_size(table, monkeypatch) -> None:
    monkeypatch.setattr(memory, "SLICE_ROWS", 1 << 17)
    chunked = pa.concat_tables([table.slice(0, 5), table.slice(5, 200_000), table.slice(200_005)])
    opened, survey = survey_of(chunked, ["x", "y"])
    sizes = [batch.num_rows for batch in opened.batches(Task(survey.parts[0]), ["x", "y"])]
    assert max(sizes) == 1 << 17
    assert rows_of(chunked, ["x", "y"]).equals(table.combine_chunks())


def test_a_record_batch_and_a_list_of_batches_or_tables_are_sources(table) -> None:
    batch = table.to_batches()[0]
    assert rows_of(batch, ["x"]).num_rows == batch.num_rows
    assert rows_of([batch, table], ["x"]).num_rows == batch.num_rows + 300_000


def test_frames_of_pandas_and_polars_are_not_copied() -> None:
    numbers = np.arange(100_000.0)
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"x": numbers, "s": ["a"] * 100_000})
    opened, survey = survey_of(frame, ["x"])
    first = next(opened.batches(Task(survey.parts[0]), ["x"]))
    assert first.column("x").buffers()[1].address == frame["x"].to_arrow().buffers()[1].address
    pandas = pytest.importorskip("pandas")
    if hasattr(pandas.DataFrame, "__arrow_c_stream__"):
        assert rows_of(pandas.DataFrame({"x": numbers, "s": "a"}), ["x"])["x"].to_pylist() == numbers.tolist()


def test_a_dict_of_arrays_is_read_in_place_where_arrow_can() -> None:
    x = np.arange(1000.0)
    opened, survey = survey_of({"x": x, "y": x}, ["x"])
    assert (
        next(opened.batches(Task(survey.parts[0]), ["x"])).column("x").buffers()[1].address == x.ctypes.data
    )


@pytest.mark.parametrize(
    "array",
    [
        np.arange(10, dtype=">i4"),
        np.arange(10, dtype=">f8"),
        np.arange(20.0)[::2],
        np.arange(10)[::-1],
        np.asfortranarray(np.arange(20.0).reshape(10, 2))[:, 1],
        np.arange(10, dtype=np.float16),
        np.arange(10) % 2 == 0,
        np.arange(10, dtype=np.uint64) + 2**63,
    ],
    ids=str,
)
def test_any_byte_order_and_any_strides(array) -> None:
    assert rows_of({"x": array}, ["x"])["x"].to_pylist() == array.tolist()


def test_masked_values_are_nulls_and_nan_is_not() -> None:
    x = np.ma.masked_array([1.0, np.nan, 3.0], mask=[True, False, False])
    read = rows_of({"x": x, "list": [1, None, 3]}, ["x", "list"])
    assert (read["x"].null_count, read["list"].null_count, np.isnan(read["x"][1].as_py())) == (1, 1, True)


@pytest.mark.parametrize(
    ("array", "type_"),
    [
        (np.array(["2024-01-01"], "M8[D]"), pa.date32()),
        (np.array(["2024-01-01T10"], "M8[h]"), pa.timestamp("s")),
        (np.array(["2024-01-01"], "M8[ns]"), pa.timestamp("ns")),
        (np.array(["2024-01"], "M8[M]"), pa.timestamp("s")),
        (np.array([5], "m8[ms]"), pa.duration("ms")),
        (np.array([5], "m8[D]"), pa.duration("s")),
        (np.array(["a"]), pa.string()),
        (np.array(["a", None], object), pa.string()),
    ],
    ids=str,
)
def test_times_and_texts_of_numpy(array, type_) -> None:
    read = rows_of({"x": array}, ["x"])
    assert read.schema.field("x").type == type_
    assert len(read) == len(array)


def test_a_structured_array_has_its_fields_as_columns() -> None:
    array = np.array([(1, 2.5), (3, 4.5)], dtype=[("x", "<i4"), ("y", ">f8")])
    assert rows_of(array, ["x", "y"]).to_pydict() == {"x": [1, 3], "y": [2.5, 4.5]}


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ({"x": [1, 2], "y": [1]}, hb.UsageError, "x has 2, y has 1"),
        ({"x": np.zeros((2, 2))}, hb.UsageError, "'x' .* one dimension"),
        ({"x": np.zeros(2, complex)}, hb.UsageError, "'x' .* complex128"),
        ({"x": [1, "a"]}, hb.BadInputError, "'x' of a dict of arrays .* one type"),
        ({}, hb.UsageError, "without columns"),
        (np.zeros(3), TypeError, "dict of columns"),
        (42, TypeError, "not int"),
        ([], hb.NoInputError, "names no file"),
        ([1, 2], TypeError, "not int"),
    ],
)
def test_what_is_no_source_is_an_error_that_says_so(source, error, words) -> None:
    with pytest.raises(error, match=words):
        open_source(source)


class Failing:
    """Rows that have no schema once they are asked for it."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise pa.ArrowTypeError("no schema")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ([pa.table({"x": [1]}), pa.table({"x": ["a"]})], "2 tables .*Schema at index 1"),
        ([pa.table({"x": [1]}), Failing()], "2 tables .*no schema"),
        (iter([Failing()]), "a list_iterator .*no schema"),
        (Failing(), "a .* Failing .*no schema"),
    ],
    ids=["tables that differ", "in a list", "in an iterator", "alone"],
)
def test_rows_that_make_no_table_are_an_error_that_names_the_source(source, words) -> None:
    with pytest.raises(hb.BadInputError, match=f"^{words}.*must have .* one type") as raised:
        open_source(source)
    assert isinstance(raised.value.__cause__, pa.ArrowException)


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [(["x"], [[1], ["a"]], "'a' .*column x"), (["x", "x"], [[1, 2]], "'x', 'x'")],
    ids=["mixed objects", "a name twice"],
)
def test_a_frame_of_pandas_that_makes_no_table_is_an_error_that_says_why(columns, rows, words) -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(hb.BadInputError, match=f"^a pandas DataFrame .*{words}") as raised:
        open_source(pandas.DataFrame(rows, columns=columns, dtype=object))
    assert isinstance(raised.value.__cause__, ValueError)


def test_a_missing_column_is_an_error_with_the_names_there_are(table) -> None:
    with pytest.raises(hb.UsageError, match="no column 'z' in a pyarrow Table; columns: x, y"):
        survey_of(table, ["z"])


def test_options_are_for_files(table) -> None:
    with pytest.raises(hb.UsageError, match="rows already"):
        open_source(table, format="csv")
