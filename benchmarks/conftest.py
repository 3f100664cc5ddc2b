"""What all benchmarks share: runs in turn, and rows for the tables of docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import heatbin as hb
from datasets import WINDOW, points
from environments import versions
from heatbin.platform import available_memory
from in_turn import Contender, Rounds, run_in_turn

LIBRARIES = ("heatbin", "numpy", "numba", "pyarrow", "matplotlib")


@pytest.fixture
def in_turn(benchmark: BenchmarkFixture) -> Callable[..., Rounds]:
    """Run heatbin, the first contender, and the others in turn."""

    def run(*contenders: Contender, rounds: int) -> Rounds:
        return run_in_turn(benchmark, *contenders, rounds=rounds)

    return run


@pytest.fixture
def row(benchmark: BenchmarkFixture) -> Callable[[str, dict[str, str]], None]:
    """Put a row into a table: its name, and what stands in each column."""

    def put(table: str, cells: dict[str, str]) -> None:
        benchmark.extra_info.update(table=table, cells=cells)

    return put


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_compiled() -> None:
    """Compile the kernels that the processes will need: none of them shall do it while it is measured."""
    hb.aggregate(points("zstd, rounded"), "lon", "lat", range=WINDOW, progress=False)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:  # noqa: ARG001
    """Say what the figures were measured on and with."""
    machine_info["memory_bytes"] = available_memory()
    machine_info["cores"] = os.cpu_count()
    machine_info["system"] = f"{platform.system()} on {platform.machine()}"
    machine_info["libraries"] = {name: version(name) for name in LIBRARIES} | versions()
