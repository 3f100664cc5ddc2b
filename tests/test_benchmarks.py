"""The tables of docs/performance.md: written from what was measured, each in its place."""

import json
import re
import runpy

import pytest

from paths import PROJECT

tables = runpy.run_path(str(PROJECT / "benchmarks" / "tables.py"))

PAGE = """# Speed

<!-- measured: machine -->
<!-- end -->

<!-- measured: start -->
old
<!-- end -->

The end.
"""


def measured(*rows, table="start"):
    info = {
        "cores": 2,
        "cpu": {"brand_raw": "A processor"},
        "memory_bytes": 16 * 10**9,
        "system": "Linux on x86_64",
        "python_version": "3.12.1",
        "libraries": {"numpy": "2.4.6"},
    }
    benchmarks = [{"extra_info": {"table": table, "cells": row}} for row in rows]
    return json.dumps({"machine_info": info, "datetime": "2026-01-31T12:00:00", "benchmarks": benchmarks})


@pytest.fixture
def written(tmp_path):
    """Write results into a page and return what it is then."""

    def write(results, page=PAGE):
        (tmp_path / "results.json").write_text(results, encoding="utf-8")
        (tmp_path / "page.md").write_text(page, encoding="utf-8")
        tables["main"](str(tmp_path / "results.json"), str(tmp_path / "page.md"))
        return (tmp_path / "page.md").read_text(encoding="utf-8")

    return write


def test_a_table_takes_the_place_of_the_one_before(written):
    page = written(measured({"bins": "256²", "ratio": "0.50"}, {"bins": "512²", "ratio": "0.60"}))
    assert (
        "| bins | ratio |\n| --- | --- |\n| 256² | 0.50 |\n| 512² | 0.60 |\n<!-- end -->\n\nThe end.\n"
        in page
    )
    assert "old" not in page


def test_the_page_says_what_was_measured_on(written):
    page = written(measured({"bins": "256²"}))
    assert (
        "2026-01-31: 2 cores (A processor), 16.0 GB of memory, Linux on x86_64, Python 3.12.1; numpy 2.4.6."
        in page
    )


def test_writing_twice_is_writing_once(written):
    once = written(measured({"bins": "256²"}))
    assert written(measured({"bins": "256²"}), once) == once


def test_a_table_without_a_place_is_an_error(written):
    with pytest.raises(ValueError, match="no place for the table 'speed'"):
        written(measured({"bins": "256²"}, table="speed"))


def test_every_table_of_the_benchmarks_has_a_place_in_the_page():
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT / "benchmarks").glob("bench_*.py")]
    named = {name for source in sources for name in re.findall(r'\brow\(\s*"([^"]+)"', source)}
    page = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert named
    assert {f"<!-- measured: {name} -->" for name in named} <= set(page.splitlines())
