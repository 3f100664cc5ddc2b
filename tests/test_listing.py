"""What a path, a pattern or a folder stands for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

import heatbin as hb
from data import write
from heatbin.sources import open_source


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a folder one that may not be read, even by the user who may read everything."""
    scandir = os.scandir

    def close_folder(closed: str) -> None:
        def refuse(folder: str) -> object:
            if Path(folder) == Path(closed):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
            return scandir(folder)

        monkeypatch.setattr(os, "scandir", refuse)

    return close_folder


def touch(*names: str) -> None:
    for name in names:
        write(Path(name), {"x": [1.0]})


def listed(source: object) -> list[str]:
    return [path.replace(os.sep, "/") for path in open_source(source).paths]


def test_files_come_in_the_order_of_their_names_each_once() -> None:
    touch("b.parquet", "a.parquet", "c/d.parquet")
    Path("link.parquet").symlink_to("a.parquet")
    assert listed(["b.parquet", "*.parquet", Path("c")]) == [
        "a.parquet",
        "b.parquet",
        "c/d.parquet",
    ]


def test_folders_are_walked_and_what_is_no_data_is_passed_over() -> None:
    touch(
        "t/a.parquet", "t/x/b.pq", "t/_temporary/c.parquet", "t/.d.parquet", "t/_x=1/e.parquet", "t/f.PARQUET"
    )
    Path("t/README.md").write_text("no data")
    Path("t/empty.parquet").touch()
    assert listed("t") == ["t/_x=1/e.parquet", "t/a.parquet", "t/f.PARQUET", "t/x/b.pq"]


def test_a_pattern_may_reach_through_folders_and_stand_for_them() -> None:
    touch("t/a/1.parquet", "t/b/2.parquet", "t/b/deep/3.parquet")
    Path("t/b/note.txt").write_text("no data")
    assert listed("t/*/*.parquet") == ["t/a/1.parquet", "t/b/2.parquet"]
    assert listed("t/**/*.parquet") == ["t/a/1.parquet", "t/b/2.parquet", "t/b/deep/3.parquet"]
    assert listed("t/[b]") == ["t/b/2.parquet", "t/b/deep/3.parquet"]
    assert listed("t/b/*") == ["t/b/2.parquet"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file() -> None:
    touch("a[1].parquet", "a1.parquet")
    assert listed("a[1].parquet") == ["a[1].parquet"]


def test_a_link_back_to_a_folder_above_is_not_followed_twice() -> None:
    touch("t/a/1.parquet")
    Path("t/a/up").symlink_to(Path("t").absolute())
    Path("t/a/again").symlink_to(Path("t/a").absolute())
    assert listed("t") == ["t/a/1.parquet"]


def test_file_urls_are_paths(tmp_path) -> None:
    touch("a b.parquet")
    assert listed((tmp_path / "a b.parquet").as_uri()) == [(tmp_path / "a b.parquet").as_posix()]


@pytest.mark.parametrize(
    ("sign", "format_"),
    [
        ("_delta_log/00000000000000000000.json", "Delta"),
        ("metadata/v1.metadata.json", "Iceberg"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
)
def test_tables_with_deleted_rows_are_refused_with_the_way_in(sign, format_) -> None:
    touch("lake/trips/data/k=1/a.parquet")
    Path("lake/trips", sign).parent.mkdir(parents=True)
    Path("lake/trips", sign).write_text("{}")
    for source in (
        "lake/trips",
        "lake",
        "lake/trips/data",
        "lake/trips/**/*.parquet",
        "lake/trips/data/k=*/a.parquet",
    ):
        with pytest.raises(hb.BadInputError, match=f"trips is a {format_} table: .*from Python"):
            open_source(source)
    assert listed("lake/trips/data/k=1/a.parquet") == ["lake/trips/data/k=1/a.parquet"]


def test_a_folder_called_metadata_makes_no_table() -> None:
    touch("t/metadata/a.parquet", "t/b.parquet")
    assert len(listed("t")) == 2


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("t/b.parquet", "no such file: t/b.parquet; did you mean 'a.parquet'"),
        ("u/b.parquet", "there is no folder u"),
        ("t/*.csv", r"no file matches t/\*\.csv"),
        ("empty", "no data files in the folder empty"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(source, words) -> None:
    touch("t/a.parquet")
    Path("empty").mkdir()
    with pytest.raises(hb.NoInputError, match=words):
        open_source(source)


@pytest.mark.parametrize("closed", ["t", "t/k=2", "t/k=2/metadata"])
def test_a_folder_that_may_not_be_read_is_an_error_and_not_an_empty_one(close, closed) -> None:
    touch("t/k=1/a.parquet", "t/k=2/a.parquet", "t/k=2/metadata/a.parquet")
    close(closed)
    with pytest.raises(hb.ReadError, match=rf"^{closed} cannot be read: Permission denied$"):
        open_source("t")


@pytest.mark.parametrize(
    ("pattern", "closed"),
    [
        *product(["t/*/*/*.parquet", "t/**/*.parquet", "t/**"], ["t", "t/k=2", "t/k=2/day=1"]),
        *product(["t/k=*/day=?/a.parquet"], ["t", "t/k=2"]),
        *product(["*/*/*/a.parquet", "**/a.parquet"], [".", "t", "t/k=2"]),
    ],
)
def test_a_pattern_through_a_folder_that_may_not_be_read_is_an_error_too(close, pattern, closed) -> None:
    touch("t/k=1/day=1/a.parquet", "t/k=2/day=1/a.parquet")
    assert listed(pattern) == ["t/k=1/day=1/a.parquet", "t/k=2/day=1/a.parquet"]
    close(closed)
    with pytest.raises(hb.ReadError, match=rf"^{closed} cannot be read: Permission denied$"):
        open_source(pattern)


def test_a_folder_that_a_pattern_need_not_look_into_need_not_be_readable(close) -> None:
    touch("t/k=1/a.parquet", "t/other/b.parquet")
    close("t/k=1")
    assert listed("t/k=*/a.parquet") == ["t/k=1/a.parquet"]


@pytest.mark.parametrize("source", ["t/a.parquet", "t/*.parquet", "*/a.parquet"])
def test_a_file_in_a_folder_that_may_not_be_entered_is_not_taken_for_none(source, monkeypatch) -> None:
    touch("t/a.parquet")
    stat = os.stat

    def refuse(path: str, *how: object, **more: object) -> os.stat_result:
        if str(path).startswith("t/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return stat(path, *how, **more)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(hb.ReadError, match=r"^t/.* cannot be read: Permission denied$"):
        open_source(source)


def test_a_folder_that_is_passed_over_need_not_be_readable(close) -> None:
    touch("t/a.parquet", "t/_temporary/a.parquet")
    close("t/_temporary")
    assert listed("t") == listed("*/*.parquet") == listed("t/**") == ["t/a.parquet"]


def test_a_file_that_is_not_there_is_said_to_be_so_where_the_folder_may_not_be_read_for_others(
    close,
) -> None:
    touch("t/a.parquet")
    close("t")
    with pytest.raises(hb.NoInputError, match=r"^no such file: t/b\.parquet$"):
        open_source("t/b.parquet")


@pytest.mark.parametrize("source", ["t", "t/*.parquet", "t/**"])
def test_a_link_that_leads_nowhere_is_an_error_and_not_passed_over(source) -> None:
    touch("t/a.parquet")
    Path("t/_b.parquet").symlink_to("unmounted/_b.parquet")
    assert listed(source) == ["t/a.parquet"]
    Path("t/b.parquet").symlink_to("unmounted/b.parquet")
    with pytest.raises(
        hb.ReadError, match=r"^t/b\.parquet .* link to unmounted/b\.parquet, which is not there"
    ):
        open_source(source)
    with pytest.raises(
        hb.NoInputError, match=r"^no such file: t/b\.parquet is a link to unmounted/b\.parquet"
    ):
        open_source("t/b.parquet")


@pytest.mark.parametrize("source", ["t", "t/*", "t/**", "t/loop"])
def test_a_link_to_itself_is_named(source) -> None:
    touch("t/a.parquet")
    Path("t/loop").symlink_to("loop")
    with pytest.raises(hb.ReadError, match=r"^t/loop cannot be read: "):
        open_source(source)


@pytest.mark.parametrize("pattern", ["t/**/*.parquet", "t/**", "**/*.parquet", "t/*/**/*.parquet"])
def test_links_back_to_folders_above_do_not_lead_in_circles(pattern) -> None:
    touch("t/a/b.parquet")
    for name in ("up", "again"):
        Path("t/a", name).symlink_to(Path("t").absolute())
    assert len(listed(pattern)) == 1


def test_a_file_that_could_be_anything_needs_its_format() -> None:
    Path("data.txt").write_text("x\n1\n")
    with pytest.raises(hb.BadInputError, match=r"data\.txt: neither its name nor .* parquet, arrow, csv"):
        open_source("data.txt").survey(["x"], threads=1, skip=False)
    with pytest.raises(hb.UsageError, match="format must be one of parquet, arrow, csv, not 'xls'"):
        open_source("data.txt", format="xls")
    assert open_source("data.txt", format="csv").schema.names == ["x"]


def test_standard_input_must_be_the_only_source() -> None:
    touch("a.parquet")
    with pytest.raises(hb.UsageError, match="- must be the only one"):
        open_source(["a.parquet", "-"])
