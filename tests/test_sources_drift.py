"""Files that differ: brought to one type where no value changes, else told by name; and files that change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import heatbin as hb
from data import write
from heatbin.sources import Task
from rows import rows_of, survey_of


def two(folder: Path, first: pa.Array, second: pa.Array) -> Path:
    write(folder / "a.parquet", {"x": first})
    write(folder / "b.parquet", {"x": second})
    return folder


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (pa.array([1], pa.int32()), pa.array([2], pa.int64()), pa.int64()),
        (pa.array([1], pa.int8()), pa.array([2], pa.uint8()), pa.int16()),
        (pa.array([1], pa.uint64()), pa.array([-2], pa.int64()), pa.int64()),
        (pa.array([1], pa.int64()), pa.array([2.5]), pa.float64()),
        (pa.array([1], pa.int32()), pa.array([2.5], pa.float32()), pa.float64()),
        (pa.array([1], pa.int16()), pa.array([2.5], pa.float32()), pa.float32()),
        (pa.array([1], pa.timestamp("ms")), pa.array([2], pa.timestamp("ns")), pa.timestamp("ns")),
        (
            pa.array([1], pa.timestamp("ms", "Europe/Rome")),
            pa.array([2], pa.timestamp("ms", "UTC")),
            pa.timestamp("ms", "UTC"),
        ),
        (pa.array([1], pa.time32("ms")), pa.array([2], pa.time64("us")), pa.time64("us")),
        (pa.array([1], pa.decimal128(5, 1)), pa.array([2], pa.decimal128(6, 3)), pa.decimal128(7, 3)),
        (pa.array(["a"]), pa.array(["b"]).dictionary_encode(), pa.string()),
        (pa.array([1]).dictionary_encode(), pa.array([2.5]), pa.float64()),
        (pa.nulls(1), pa.array([2.5]), pa.float64()),
    ],
    ids=str,
)
def test_both_files_are_brought_to_a_type_that_holds_all_values(tmp_path, first, second, expected) -> None:
    read = rows_of(two(tmp_path, first, second), ["x"])
    assert read.schema.field("x").type == expected
    assert (
        read["x"].to_pylist() == pa.chunked_array([first.cast(expected), second.cast(expected)]).to_pylist()
    )
    assert rows_of(two(tmp_path, second, first), ["x"]).schema == read.schema


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pa.array([1]), pa.array(["a"])),
        (pa.array([1], pa.timestamp("s")), pa.array([1], pa.timestamp("s", "UTC"))),
        (pa.array([True]), pa.array([1])),
        (pa.array([1], pa.date32()), pa.array([1], pa.timestamp("s"))),
    ],
    ids=str,
)
def test_types_that_do_not_go_together_are_one_error_that_names_both_files(tmp_path, first, second) -> None:
    with pytest.raises(hb.BadInputError, match=r"'x' is .*b\.parquet, but .*a\.parquet"):
        survey_of(two(tmp_path, first, second), ["x"])


def test_a_value_that_would_change_is_an_error_that_names_its_file(tmp_path) -> None:
    folder = two(tmp_path, pa.array([2**53 + 1]), pa.array([2.5]))
    with pytest.raises(
        hb.BadInputError, match=r"'x' of .*a\.parquet is int64, and of other files double.*9007199254740993"
    ):
        rows_of(folder, ["x"])
    with pytest.raises(hb.BadInputError, match=r"'x' of .*b\.parquet is uint64"):
        rows_of(two(tmp_path, pa.array([-1]), pa.array([2**63], pa.uint64())), ["x"])


def test_bounds_in_another_unit_are_not_those_of_the_source(tmp_path) -> None:
    _, survey = survey_of(
        two(tmp_path, pa.array([1], pa.timestamp("ms")), pa.array([2], pa.timestamp("us"))), ["x"]
    )
    assert [part.row_groups[0].bounds.get("x") is None for part in survey.parts] == [True, False]
    _, survey = survey_of(two(tmp_path, pa.array([1]), pa.array([2.5])), ["x"])
    assert [part.row_groups[0].bounds["x"].lo for part in survey.parts] == [1, 2.5]


def test_a_plan_says_the_same_of_a_file_whatever_was_planned_in_between(tmp_path) -> None:
    for unit in ("ms", "us"):
        times = pa.array([0, 1000], pa.timestamp(unit))
        # Looks at files that have just been written are not kept.
        os.utime(write(tmp_path / f"{unit}.parquet", {"t": times, "y": [0.0, 1.0]}), (0, 0))

    def planned(*units: str) -> dict[str, Any]:
        paths = [tmp_path / f"{unit}.parquet" for unit in units]
        return hb.plan(paths, "t", "y", threads=1, memory="1 GB").summary()

    alone = planned("ms")
    assert planned("ms", "us")["passes"] > alone["passes"]
    assert planned("ms") == alone


def test_a_missing_column_is_an_error_that_names_both_files(tmp_path) -> None:
    write(tmp_path / "a.parquet", {"y": [1]})
    write(tmp_path / "b.parquet", {"x": [1], "y": [1]})
    with pytest.raises(hb.BadInputError, match=r"a\.parquet has no column 'x', which .*b\.parquet has"):
        survey_of(tmp_path, ["x"])
    with pytest.raises(hb.UsageError, match=r"no column 'z'"):
        survey_of(tmp_path, ["z"])


def test_the_files_that_do_not_go_with_most_others_are_left_out_when_asked(tmp_path) -> None:
    for name, x in (("a", ["text"]), ("b", [1]), ("c", [1.5]), ("d", ["more"]), ("e", [2])):
        write(tmp_path / f"{name}.parquet", {"x": x})
    write(tmp_path / "f.parquet", {"y": [1]})
    (tmp_path / "g.parquet").write_bytes(b"PAR1")
    _, survey = survey_of(tmp_path, ["x"], skip=True)
    assert [Path(part.path).stem for part in survey.parts] == ["b", "c", "e"]
    assert [Path(out.path).stem for out in survey.left_out] == ["a", "d", "f", "g"]
    assert survey.schema.field("x").type == pa.float64()


def test_the_types_do_not_depend_on_which_file_is_damaged(tmp_path) -> None:
    for name, x in (
        ("a", pa.array([1], pa.int32())),
        ("b", pa.array([1.5])),
        ("c", pa.array([1], pa.int32())),
    ):
        write(tmp_path / f"{name}.parquet", {"x": x})
    for name in "ac":
        (tmp_path / f"{name}.parquet").rename(tmp_path / "kept")
        (tmp_path / f"{name}.parquet").write_bytes(b"damaged, and longer than a footer")
        _, survey = survey_of(tmp_path, ["x"], skip=True)
        assert survey.schema.field("x").type == pa.float64()
        (tmp_path / "kept").rename(tmp_path / f"{name}.parquet")


def test_formats_may_be_mixed_in_a_list_but_not_in_a_folder(tmp_path) -> None:
    write(tmp_path / "a.parquet", {"x": [1.5]})
    (tmp_path / "b.csv").write_text("x\n2\n")
    assert rows_of([tmp_path / "a.parquet", tmp_path / "b.csv"], ["x"])["x"].to_pylist() == [1.5, 2.0]
    with pytest.raises(hb.UsageError, match=r"csv .* and parquet .*; say which with format"):
        rows_of(tmp_path, ["x"])
    assert rows_of(tmp_path, ["x"], format="csv")["x"].to_pylist() == [2]


def _write_arrow(path: Path, seed: int) -> None:
    table = pa.table({"x": np.random.default_rng(seed).random(300_000)})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def _write_csv(path: Path, seed: int) -> None:
    path.write_text("x\n" + "\n".join(map(str, np.random.default_rng(seed).random(300_000))))


def _write_parquet(path: Path, seed: int) -> None:
    write(path, {"x": np.random.default_rng(seed).random(300_000)})


@pytest.fixture(params=[_write_arrow, _write_csv, _write_parquet], ids=["arrow", "csv", "parquet"])
def begun(request: Any, tmp_path: Path) -> tuple[Any, Path, Any]:
    """A file, its rows of which the first have been read, and what writes it anew."""
    path = tmp_path / request.param.__name__.replace("_write_", "points.")
    request.param(path, 1)
    opened, survey = survey_of(path, ["x"])
    batches = opened.batches(Task(survey.parts[0]), ["x"])
    next(batches)
    return batches, path, lambda target: request.param(target, 2)


def test_a_file_that_is_written_to_while_it_is_read_is_an_error(begun) -> None:
    batches, path, rewrite = begun
    rewrite(path)
    with pytest.raises(hb.BadInputError, match="changed while it was read"):
        list(batches)


def test_a_file_that_is_replaced_while_it_is_read_is_an_error(begun) -> None:
    batches, path, rewrite = begun
    rewrite(path.with_name("other"))
    path.with_name("other").replace(path)
    with pytest.raises(hb.BadInputError, match="changed while it was read"):
        list(batches)


def test_a_file_that_is_cut_off_while_it_is_read_is_an_error(begun) -> None:
    batches, path, _ = begun
    os.truncate(path, 100)
    with pytest.raises(hb.BadInputError, match="changed while it was read"):
        list(batches)


def test_a_file_that_is_deleted_while_it_is_read_is_an_error(begun) -> None:
    batches, path, _ = begun
    path.unlink()
    with pytest.raises(hb.BadInputError, match="deleted while it was read"):
        list(batches)
