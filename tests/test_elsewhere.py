"""Work on executors: what cannot be sent to other processes is refused before it is tried."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

import heatbin as hb
from data import write

TABLE = pa.table({"x": [0.5, 1.5, 1.5], "y": [0.5, 0.5, 1.5]})
LIMITS = ((0, 2), (0, 2))

ONE_SHOT: dict[str, Callable[[], Any]] = {
    "reader": TABLE.to_reader,
    "iterator": lambda: iter(TABLE.to_batches()),
}


@pytest.mark.parametrize("kind", ONE_SHOT)
@pytest.mark.parametrize("limits", [LIMITS, None, "grow"])
def test_rows_that_cannot_be_sent_are_refused_in_one_sentence_that_names_the_executor(kind, limits) -> None:
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor,
        pytest.raises(
            hb.UsageError, match=r"^executor: a .* cannot be sent to other processes; leave out executor"
        ),
    ):
        hb.aggregate(ONE_SHOT[kind](), "x", "y", bins=2, range=limits, executor=executor)


@pytest.mark.parametrize("kind", ONE_SHOT)
def test_an_executor_of_threads_takes_rows_that_are_read_once(kind) -> None:
    with ThreadPoolExecutor(2) as executor:
        histogram = hb.aggregate(ONE_SHOT[kind](), "x", "y", bins=2, range=LIMITS, executor=executor)
    assert histogram.values().tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("source", "limits"),
    [(TABLE.slice(0, 0), LIMITS), (TABLE.slice(0, 0), None), ("pruned", ((7, 9), (7, 9)))],
)
def test_an_executor_with_nothing_to_read_gives_an_empty_grid(tmp_path, source, limits) -> None:
    if source == "pruned":
        source = write(tmp_path / "p.parquet", TABLE)
    with ThreadPoolExecutor(2) as executor:
        histogram = hb.aggregate(source, "x", "y", bins=2, range=limits, executor=executor)
    assert histogram.values().tolist() == [[0, 0], [0, 0]]


def test_tables_in_memory_are_sent_to_processes() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        histogram = hb.aggregate(TABLE, "x", "y", bins=2, range=LIMITS, executor=executor)
    assert histogram.values().tolist() == [[1, 0], [1, 1]]
