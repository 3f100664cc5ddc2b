"""Parquet: files of all writers, folders of them, partitions, nested fields, and what footers say."""

from __future__ import annotations

import decimal
import os
import pickle
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import heatbin as hb
from data import write
from heatbin.sources import Bounds, Task, open_source
from heatbin.sources.base import BATCH_ROWS, LONG_BATCH_ROWS
from heatbin.sources.footers import MOST_FILES, Footers
from heatbin.sources.parquet import ParquetFormat
from heatbin.sources.stores import File, LocalStore
from paths import SHARED, needs_shared
from rows import rows_of, survey_of


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    """A folder for each year, city and code."""
    for year, city, code, x in (
        ("2023", "S%C3%A3o%20Paulo", "001", 1.0),
        ("2024", "Rome", "010", 2.0),
        ("2024", "__HIVE_DEFAULT_PARTITION__", "2", 3.0),
    ):
        write(tmp_path / f"year={year}" / f"city={city}" / f"code={code}" / "part-0.parquet", {"x": [x, x]})
    return tmp_path


def test_partitions_are_columns_and_whole_numbers_only_where_all_are(hive) -> None:
    table = rows_of(hive, ["x", "year", "city", "code"])
    assert table.schema.types == [pa.float64(), pa.int64(), pa.string(), pa.string()]
    assert sorted(set(zip(*table.to_pydict().values(), strict=True)), key=str) == [
        (1.0, 2023, "São Paulo", "001"),
        (2.0, 2024, "Rome", "010"),
        (3.0, 2024, None, "2"),
    ]


def test_partitions_are_keys_of_parts_and_bounds_of_row_groups(hive) -> None:
    _, survey = survey_of(hive, ["x", "year", "city"])
    of_city = [(part.keys["city"], part.row_groups[0].bounds["city"]) for part in survey.parts]
    assert sorted(of_city, key=str) == [
        ("Rome", Bounds("Rome", "Rome", 0)),
        ("São Paulo", Bounds("São Paulo", "São Paulo", 0)),
        (None, Bounds(None, None, 2)),
    ]
    assert {part.row_groups[0].bounds["year"].lo for part in survey.parts} == {2023, 2024}


def test_files_that_a_filter_excludes_by_their_keys_are_not_looked_at(hive, monkeypatch) -> None:
    monkeypatch.setattr("heatbin.sources.files.FEW_FILES", 0)
    damaged = next(hive.glob("year=2024/city=Rome/*/*.parquet"))
    damaged.write_bytes(b"no footer")
    _, survey = survey_of(hive, ["x", "year"], where="year == 2023")
    known = [(part.keys["year"], part.rows, part.counted) for part in survey.parts]
    assert known == [(2023, 2, True), (2024, 0, False), (2024, 0, False)]
    assert survey.parts[1].fingerprint[0] == len(b"no footer")
    with pytest.raises(hb.BadInputError, match="Rome"):
        survey_of(hive, ["x", "year"], where="year == 2024")


@pytest.mark.parametrize("where", ["x > 0", "year != 2023", "year == 2023 or x > 1", "not year > 2023", None])
def test_a_filter_that_keys_alone_cannot_decide_leaves_every_file_to_be_looked_at(hive, where) -> None:
    _, survey = survey_of(hive, ["x", "year"], where=where)
    assert [part.rows for part in survey.parts] == [2, 2, 2]


def test_the_first_file_is_looked_at_even_if_its_keys_are_excluded(hive, monkeypatch) -> None:
    monkeypatch.setattr("heatbin.sources.files.FEW_FILES", 0)
    _, survey = survey_of(hive, ["x", "year"], where="year > 2030")
    assert [part.counted for part in survey.parts] == [True, False, False]
    assert survey.schema.names == ["x", "year"]


def test_a_footer_is_parsed_once_for_the_schema_the_survey_and_all_tasks(tmp_path, monkeypatch) -> None:
    path = write(tmp_path / "p.parquet", {"x": [1.0, 2.0, 3.0, 4.0]}, row_group_size=1)
    given = []
    monkeypatch.setattr(
        pq, "ParquetFile", lambda *args, real=pq.ParquetFile, **to: given.append(to) or real(*args, **to)
    )
    source, survey = survey_of(path, ["x"])
    (part,) = survey.parts
    for group in part.row_groups:
        list(source.batches(Task(replace(part, row_groups=(group,))), ["x"]))
    assert len(given) == 6
    assert [settings["metadata"] is None for settings in given] == [True] + [False] * 5


def test_a_file_that_is_replaced_after_its_schema_was_read_is_parsed_anew(tmp_path) -> None:
    path = write(tmp_path / "p.parquet", {"x": [1.0, 2.0]})
    source = open_source(path)
    assert source.schema.names == ["x"]
    write(tmp_path / "p.parquet", {"x": [5.0, 6.0, 7.0], "z": [1, 2, 3]})
    (part,) = source.survey(["x"], threads=1, skip=False).parts
    (batch,) = source.batches(Task(part), ["x"])
    assert (part.rows, batch["x"].to_pylist()) == (3, [5.0, 6.0, 7.0])


def test_parsed_footers_do_not_travel(tmp_path) -> None:
    path = write(tmp_path / "p.parquet", {"x": np.arange(5000.0)}, row_group_size=10)
    source, survey = survey_of(path, ["x"])
    assert len(pickle.dumps(source)) < 2000
    copy = pickle.loads(pickle.dumps(source))
    assert sum(batch.num_rows for batch in copy.batches(Task(survey.parts[0]), ["x"])) == 5000


def test_only_the_footers_of_the_last_files_are_kept(tmp_path) -> None:
    written = [write(tmp_path / f"{i}.parquet", {"x": [1.0]}) for i in range(MOST_FILES + 1)]
    footers, footer = Footers(), pq.read_metadata(written[0])
    files = [File(str(path), LocalStore(), (i,)) for i, path in enumerate(written)]
    for file in files:
        footers.keep(file, footer)
    assert [footers.of(file) is footer for file in files] == [False] + [True] * MOST_FILES
    footers.keep(File("unknown", LocalStore()), footer)
    assert footers.of(File("unknown", LocalStore())) is None


def test_a_filter_on_a_partition_skips_its_files(hive) -> None:
    histogram = hb.aggregate(hive, "x", "year", bins=2, where="year == 2023")
    assert (histogram.tally.binned, histogram.tally.skipped) == (2, 4)


def test_only_partitions_can_be_asked_for_and_rows_are_counted_still(hive) -> None:
    assert rows_of(hive, ["year", "city"]).num_rows == 6


def test_a_column_in_the_file_and_in_its_path_has_the_value_of_the_path(tmp_path) -> None:
    write(tmp_path / "year=2024" / "a.parquet", {"year": [1999, 1998], "x": [1.0, 2.0]})
    assert rows_of(tmp_path, ["year", "x"]).to_pydict() == {"year": [2024, 2024], "x": [1.0, 2.0]}
    assert open_source(tmp_path).schema.names == ["x", "year"]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_all_compressions_and_versions_read_the_same(tmp_path, compression) -> None:
    table = pa.table({"x": np.arange(1000.0), "y": np.arange(1000) % 7})
    for version in ("1.0", "2.6"):
        path = write(
            tmp_path / f"{version}.parquet",
            table,
            compression=compression,
            data_page_version="2.0",
            version=version,
        )
        assert rows_of(path, ["x", "y"]).equals(table)


def test_nested_fields_are_columns_by_their_path(tmp_path) -> None:
    table = pa.table(
        {"a": [{"b": 1, "c": {"d": 0.5}}, None, {"b": None, "c": None}], "a.b": [7, 8, 9], "z": [1, 2, 3]}
    )
    path = write(tmp_path / "nested.parquet", table)
    assert rows_of(path, ["a.c.d", "a.b"]).to_pydict() == {"a.c.d": [0.5, None, None], "a.b": [7, 8, 9]}
    path = write(tmp_path / "plain.parquet", table.select(["a", "z"]))
    assert rows_of(path, ["a.b", "z"]).to_pydict() == {"a.b": [1, None, None], "z": [1, 2, 3]}
    assert survey_of(path, ["a.b"])[1].parts[0].row_groups[0].bounds["a.b"] == Bounds(1, 1, 2)


def test_a_nested_field_that_is_not_there_is_an_error_with_the_names_there_are(tmp_path) -> None:
    path = write(tmp_path / "nested.parquet", {"a": [{"b": 1}]})
    with pytest.raises(hb.UsageError, match=r"no column 'a\.c'"):
        survey_of(path, ["a.c"])


def test_data_files_without_a_suffix_are_found_in_folders_by_their_content(tmp_path) -> None:
    write(tmp_path / "20240101_trino_0", {"x": [1.0]})
    (tmp_path / "README").write_text("not data")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".hidden.parquet").write_bytes(b"no")
    assert rows_of(tmp_path, ["x"]).num_rows == 1


def test_bounds_count_in_the_space_of_the_column(tmp_path) -> None:
    path = write(
        tmp_path / "b.parquet",
        pa.table(
            {
                "u": pa.array([1, 2**32 - 1], pa.uint32()),
                "d": pa.array([decimal.Decimal("1.50"), decimal.Decimal("-2.25")], pa.decimal128(9, 2)),
                "t": pa.array([5, 7], pa.timestamp("ms")),
                "s": pa.array(["b", "äa"]),
                "n": pa.array([None, 1.0]),
                "k": pa.array([3, 4]).dictionary_encode(),
            }
        ),
        store_decimal_as_integer=True,
    )
    _, survey = survey_of(path, ["u", "d", "t", "s", "n", "k"])
    assert survey.parts[0].row_groups[0].bounds == {
        "u": Bounds(1, 2**32 - 1, 0),
        "d": Bounds(-225, 150, 0),
        "t": Bounds(5, 7, 0),
        "s": Bounds("b", "äa", 0),
        "n": Bounds(1.0, 1.0, 1),
        "k": Bounds(3, 4, 0),
    }


def test_times_of_spark_that_nanoseconds_cannot_hold_are_read_as_they_are(tmp_path) -> None:
    times = pa.array([datetime(9999, 12, 31), datetime(2024, 1, 1, 0, 0, 0, 123_456)], pa.timestamp("us"))
    path = write(tmp_path / "a.parquet", {"t": times}, use_deprecated_int96_timestamps=True)
    assert rows_of(path, ["t"])["t"].combine_chunks().equals(times)


@pytest.mark.parametrize(
    ("distinct", "columns", "most"),
    [
        (None, "x", BATCH_ROWS // 2),
        (100, "x", BATCH_ROWS // 2),
        (1 << 18, "x", BATCH_ROWS),
        (None, "xyz", BATCH_ROWS // 2),
        (1 << 18, "xyz", LONG_BATCH_ROWS),
        (1 << 18, "xyt", BATCH_ROWS),
    ],
)
def test_batches_are_small_whatever_the_row_group_is(tmp_path, distinct, columns, most) -> None:
    rows = 3 * BATCH_ROWS + 1
    numbers = np.resize(np.random.default_rng(0).uniform(size=rows if distinct is None else distinct), rows)
    options = {"use_dictionary": distinct is not None, "dictionary_pagesize_limit": 1 << 23}
    folder = tmp_path / "k=1"
    folder.mkdir()
    table = {column: ["a"] * rows if column == "t" else numbers for column in columns}
    path = write(folder / "one.parquet", table, row_group_size=rows, **options)
    asked = [*columns, "k"]
    opened, survey = survey_of(path, asked)
    sizes = [batch.num_rows for batch in opened.batches(Task(survey.parts[0]), asked)]
    assert (sum(sizes), max(sizes)) == (rows, most)


def test_tasks_and_sources_go_to_other_processes(hive) -> None:
    opened, survey = survey_of(hive, ["x", "year"])
    again = pickle.loads(pickle.dumps((opened, survey.parts)))
    part = again[1][0]
    assert next(again[0].batches(Task(part), ["x", "year"])).num_rows == 2


def test_an_index_of_other_files_is_refused_with_the_way_in(tmp_path) -> None:
    metadata: list[pq.FileMetaData] = []
    pq.write_to_dataset(pa.table({"x": [1.0]}), tmp_path / "data", metadata_collector=metadata)
    pq.write_metadata(pa.schema({"x": pa.float64()}), tmp_path / "_metadata", metadata)
    with pytest.raises(hb.BadInputError, match=r"index of other files, such as .*; pass its folder"):
        survey_of(tmp_path / "_metadata", ["x"])


def test_a_column_that_would_decode_to_more_than_is_allowed_is_refused_and_the_limit_can_be_raised(
    tmp_path,
) -> None:
    path = write(
        tmp_path / "bomb.parquet", {"x": np.zeros(100_000)}, use_dictionary=False, compression="zstd"
    )
    with pytest.raises(hb.BadInputError, match=r"column 'x' .*bomb\.parquet claims .* chunk_bytes raises"):
        survey_of(path, ["x"], options={"chunk_bytes": "100kB"})
    assert rows_of(path, ["x"], options={"chunk_bytes": "1MB"}).num_rows == 100_000


def test_two_columns_of_one_name_are_an_error_only_when_they_are_needed(tmp_path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["x", "x", "y"])
    path = write(tmp_path / "twice.parquet", table)
    assert rows_of(path, ["y"]).num_rows == 1
    with pytest.raises(hb.BadInputError, match="2 columns named 'x'"):
        survey_of(path, ["x"])


def test_duckdb_and_polars_files_read_as_pyarrow_reads_them(tmp_path) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    frame = polars.DataFrame(
        {"x": [1.5, None, 3.0], "t": polars.Series([1, 2, 3]).cast(polars.Datetime("ms"))}
    )
    frame.write_parquet(tmp_path / "polars.parquet")
    duckdb.sql(
        f"copy (select 1.5 as x, timestamp '1970-01-01 00:00:01' as t) to '{tmp_path / 'duckdb.parquet'}'"
    )
    for name in ("polars.parquet", "duckdb.parquet"):
        path = tmp_path / name
        expected = pq.read_table(path, columns=["x", "t"])
        assert rows_of(path, ["x", "t"]).cast(expected.schema).equals(expected)


@needs_shared
@pytest.mark.parametrize(
    "name", ["flights-3m", "geonames_cities500", "nycflights13_flights", "wnba-shots-2023"]
)
def test_real_files_read_as_pyarrow_reads_them(name) -> None:
    path = SHARED / "data" / f"{name}.parquet"
    columns = [field.name for field in pq.read_schema(path) if pa.types.is_primitive(field.type)][:2]
    assert rows_of(path, columns).equals(pq.read_table(path, columns=columns))


def test_what_a_settled_file_told_is_not_asked_again_until_it_changes(tmp_path, monkeypatch) -> None:
    path = write(tmp_path / "p.parquet", {"x": [1.0, 2.0, 3.0, 4.0]}, row_group_size=1)
    looks = []
    look = ParquetFormat._look
    monkeypatch.setattr(ParquetFormat, "_look", lambda *args: looks.append(args) or look(*args))
    before = Path(path).stat().st_mtime
    os.utime(path, (before, before - 100))
    told = [survey_of(path, ["x"])[1].parts[0].row_groups for _ in range(3)]
    assert len(looks) == 2, "once for the schema, once for the column"
    assert told[0] == told[1] == told[2]
    write(tmp_path / "p.parquet", {"x": [5.0, 6.0]})
    _, survey = survey_of(path, ["x"])
    assert [group.bounds["x"].lo for group in survey.parts[0].row_groups] == [5.0]
    write(tmp_path / "p.parquet", {"x": [7.0, 8.0]})
    _, survey = survey_of(path, ["x"])
    assert [group.bounds["x"].lo for group in survey.parts[0].row_groups] == [7.0]
