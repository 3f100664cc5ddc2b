"""The drop-ins take columns of any type that is a number or a time, from wherever they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import heatbin as hb
from data import write

RNG = np.random.default_rng(5)
ROWS = 400
Y = RNG.normal(size=ROWS)
C = RNG.normal(size=ROWS)
HOURS = RNG.integers(0, 50, ROWS)
WHEN = np.datetime64("2024-02-27", "us") + HOURS.astype("m8[h]")
TENTHS = [Decimal(int(hour)) / 10 for hour in HOURS]

NUMBERS = {
    "when": WHEN,
    "lasts": HOURS.astype("m8[h]").astype("m8[us]"),
    "tenths": np.array([float(tenth) for tenth in TENTHS]),
    "y": Y,
    "c": C,
}
"""The columns as matplotlib places them."""

TABLE = pa.table({**NUMBERS, "tenths": pa.array(TENTHS)})


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("source") / "points.parquet", TABLE, row_group_size=90)


def axes() -> Axes:
    return Figure().add_subplot()


def assert_same_bars(ours: Any, model: Any) -> None:
    for bars, expected in ((ours.hbar, model.hbar), (ours.vbar, model.vbar)):
        np.testing.assert_allclose(bars.get_array(), expected.get_array(), rtol=1e-10)


@pytest.mark.parametrize(
    "names", [("when", "y"), ("y", "when"), ("lasts", "tenths"), ("tenths", "lasts", "c")]
)
def test_marginals_of_times_and_decimals_in_a_source_are_those_of_arrays(source, names) -> None:
    options = {"gridsize": (7, 4), "marginals": True}
    ours = hb.hexbin(*names, data=source, ax=axes(), **options)
    assert_same_bars(ours, hb.hexbin(*(NUMBERS[name] for name in names), ax=axes(), **options))
