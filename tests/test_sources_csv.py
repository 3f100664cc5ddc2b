"""CSV and TSV: types that are found once, whatever comes later, packed files, and other people's dialects."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import heatbin as hb
from heatbin.sources import Task, delimited
from heatbin.sources.base import BATCH_ROWS
from paths import SHARED, needs_shared
from rows import rows_of, survey_of


@pytest.fixture
def short_look(monkeypatch) -> None:
    """Look at no more than the first few lines."""
    monkeypatch.setattr(delimited, "SAMPLE_BYTES", 64)


class CountedText(bytes):
    """A text that knows in how many of its bytes something was counted."""

    counted = 0

    def count(self, sought: Any, start: Any = 0, end: Any = None) -> int:
        self.counted += len(range(len(self))[start:end])
        return super().count(sought, start, end)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_text_that_was_seen_to_its_end_has_its_types_for_sure(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "i,f,b,d,t,s\n1,1,true,2024-01-01,2024-01-01 10:00:00,a\n2,1.5,,,,\n")
    table = rows_of(path, ["i", "f", "b", "d", "t", "s"])
    assert [str(type_) for type_ in table.schema.types] == [
        "int64",
        "double",
        "bool",
        "date32[day]",
        "timestamp[s]",
        "string",
    ]
    assert survey_of(path, ["i"])[1].parts[0].counted


@pytest.mark.usefixtures("short_look")
def test_whole_numbers_may_be_followed_by_fractions(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "x,y\n" + "1,\n" * 100 + "1.5,2\n")
    table = rows_of(path, ["x", "y"])
    assert table["x"].to_pylist() == [1.0] * 100 + [1.5]
    assert table["y"].to_pylist() == [None] * 100 + [2.0]


@pytest.mark.usefixtures("short_look")
def test_the_type_does_not_depend_on_what_comes_after_the_look(tmp_path) -> None:
    for last in ("2", "2.5"):
        path = write(tmp_path / f"{last}.csv", "x\n" + "1\n" * 100 + f"{last}\n")
        assert rows_of(path, ["x"]).schema.field("x").type == pa.float64()


@pytest.mark.usefixtures("short_look")
def test_whole_numbers_beyond_what_floats_hold_are_an_error_and_not_rounded(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "id\n" + "1\n" * 100 + f"{2**53 + 1}\n")
    with pytest.raises(hb.BadInputError, match=r"'id' of .*a\.csv begins with whole numbers.*option types"):
        rows_of(path, ["id"])
    assert rows_of(path, ["id"], options={"types": {"id": "int64"}})["id"][-1].as_py() == 2**53 + 1
    assert rows_of(path, ["id"], options={"types": "id:float64"})["id"][-1].as_py() == 2.0**53


@pytest.mark.usefixtures("short_look")
def test_a_value_of_another_kind_is_an_error_that_names_the_file_the_row_and_the_remedy(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "x\n" + "1\n" * 100 + "many\n")
    with pytest.raises(hb.BadInputError, match=r"a\.csv: .*Row #102.*'many'; .*option types"):
        rows_of(path, ["x"])


@pytest.mark.usefixtures("short_look")
def test_about_how_many_rows_there_are_is_told_but_not_promised(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "x\n" + "1.5\n" * 1000)
    (part,) = survey_of(path, ["x"])[1].parts
    assert not part.counted
    assert part.rows == pytest.approx(1000, rel=0.2)


def test_line_breaks_and_delimiters_inside_quotes_are_text(tmp_path) -> None:
    path = write(tmp_path / "a.csv", 'x,"a,b"\n1,"one\ntwo, ""three"""\n2,"x"\n')
    assert rows_of(path, ["x", "a,b"]).to_pydict() == {"x": [1, 2], "a,b": ['one\ntwo, "three"', "x"]}


@pytest.mark.usefixtures("short_look")
def test_a_look_does_not_end_inside_quotes(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "x,s\n" + '1,"a\nb\nc\nd"\n' * 100)
    assert rows_of(path, ["x", "s"])["s"].to_pylist() == ["a\nb\nc\nd"] * 100


@given(st.text('a,"\n').map(str.encode))
def test_the_lines_of_a_look_end_with_the_last_line_break_that_has_an_even_number_of_quotes_before_it(
    text,
) -> None:
    breaks = [
        at for at in range(1, len(text)) if text[at : at + 1] == b"\n" and text[:at].count(b'"') % 2 == 0
    ]
    expected = text[: breaks[-1] + 1] if breaks else text
    assert delimited.Sample(text, whole=False, path="a.csv").lines == expected


def test_a_quote_that_is_never_closed_is_looked_for_once_however_long_the_look_is() -> None:
    text = CountedText(b"x,y\n" + b'1,"2\n' + b"1,2\n" * (delimited.SAMPLE_BYTES // 4))
    sample = delimited.Sample(text, whole=False, path="a.csv")
    assert sample.lines == b"x,y\n"
    assert sample.lines is sample.lines
    assert text.counted < 2 * len(text)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, "zstd"], ids=["gz", "bz2", "zst"])
def test_packed_files_are_unpacked_as_they_are_read_all_their_members(tmp_path, pack) -> None:
    pack = pack if callable(pack) else lambda data: pa.Codec("zstd").compress(data, asbytes=True)
    suffix = {gzip.compress: "gz", bz2.compress: "bz2"}.get(pack, "zst")
    path = tmp_path / f"a.csv.{suffix}"
    path.write_bytes(pack(b"x,y\n" + b"1,2\n" * 50_000) + pack(b"3,4\n" * 50_000))
    table = rows_of(path, ["x", "y"])
    assert (table.num_rows, table["x"][-1].as_py()) == (100_000, 3)


def test_a_packed_file_that_was_cut_off_is_an_error(tmp_path) -> None:
    path = tmp_path / "a.csv.gz"
    whole = gzip.compress("".join(f"{i},{i * i}\n" for i in range(100_000)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(hb.BadInputError, match=r"a\.csv\.gz"):
        rows_of(path, ["0"])


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "x;y\n1;2\n"), ("a.tsv", "x\ty\n1\t2\n"), ("a.csv", "x|y\n1|2\n"), ("a.csv", "x\ty\n1\t2\n")],
)
def test_the_delimiter_is_found(tmp_path, name, text) -> None:
    assert rows_of(write(tmp_path / name, text), ["x", "y"]).to_pydict() == {"x": [1], "y": [2]}


def test_a_dialect_can_be_told(tmp_path) -> None:
    path = write(tmp_path / "a.txt", "1,5:2\n2,25:3\n")
    options = {"delimiter": ":", "decimal": ",", "names": "x,y"}
    assert rows_of(path, ["x", "y"], format="csv", options=options).to_pydict() == {
        "x": [1.5, 2.25],
        "y": [2, 3],
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delimiter": "::"}, "delimiter must be one"),
        ({"types": {"x": "number"}}, "no type 'number' for 'x'"),
        ({"seperator": ","}, "no option 'seperator'"),
        ({"region": "eu"}, "no option 'region'"),
    ],
)
def test_an_option_that_cannot_work_is_named(tmp_path, options, words) -> None:
    with pytest.raises(hb.UsageError, match=words):
        rows_of(write(tmp_path / "a.csv", "x\n1\n"), ["x"], options=options)


def test_batches_are_small_however_short_the_lines_are(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "x\n" + "1\n" * (3 * BATCH_ROWS))
    opened, survey = survey_of(path, ["x"])
    assert max(batch.num_rows for batch in opened.batches(Task(survey.parts[0]), ["x"])) <= BATCH_ROWS


def test_files_whose_looks_differ_are_read_in_a_type_that_holds_both(tmp_path) -> None:
    write(tmp_path / "a.csv", "x\n1\n")
    write(tmp_path / "b.csv", "x\n1.5\n")
    assert rows_of(tmp_path, ["x"])["x"].to_pylist() == [1.0, 1.5]


@needs_shared
def test_a_real_file_reads_as_its_arrow_twin() -> None:
    columns = ["Sales", "Profit", "Quantity"]
    text = rows_of(SHARED / "data" / "superstore.csv", columns)
    twin = rows_of(SHARED / "data" / "superstore.arrow", columns)
    assert sorted(text["Sales"].to_pylist()) == sorted(twin["Sales"].to_pylist())
    assert sum(text["Quantity"].to_pylist()) == sum(twin["Quantity"].to_pylist())
