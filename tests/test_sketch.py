"""Percentiles do not depend on the order in which values come."""

from __future__ import annotations

import numpy as np
import pytest

from heatbin.engine import sketch
from heatbin.engine.sketch import Sketch


def sketch_of(*batches: np.ndarray) -> Sketch:
    made = Sketch()
    for batch in batches:
        made.add(batch)
    return made


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "i8", "u8"])
def test_any_order_and_any_merge_give_the_same_ends(dtype, monkeypatch) -> None:
    monkeypatch.setattr(sketch, "MOST_BUCKETS", 64)
    rng = np.random.default_rng(0)
    values = (rng.normal(size=4000) * 1000).astype("i8").astype(dtype)
    expected = sketch_of(values).between(1, 99)
    for _ in range(5):
        parts = np.array_split(rng.permutation(values), 7)
        halves = sketch_of(*parts[:3]), sketch_of(*parts[3:])
        halves[0].merge(halves[1])
        assert halves[0].between(1, 99) == expected
        assert sketch_of(*parts).between(1, 99) == expected


def test_one_far_off_value_takes_nothing_from_the_others() -> None:
    values = np.append(np.random.default_rng(0).uniform(1000, 1001, 10_000), [1e300, -1e300])
    lo, hi = sketch_of(values).between(1, 99) or (0, 0)
    assert lo == pytest.approx(1000.01, abs=2e-3)
    assert hi == pytest.approx(1000.99, abs=2e-3)


def test_timestamps_keep_the_resolution_that_their_spread_needs() -> None:
    day = 86_400_000_000
    values = 1_700_000_000_000_000 + np.arange(1000) * day
    lo, hi = sketch_of(values).between(10, 90) or (0, 0)
    assert abs(lo - values[100]) < 2 * day
    assert abs(hi - values[900]) < 2 * day


def test_no_values_have_no_percentiles() -> None:
    assert Sketch().between(1, 99) is None
