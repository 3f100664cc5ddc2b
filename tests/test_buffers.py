"""Every type that can be binned, as flat numbers: exactly, with its nulls, wherever its array begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import heatbin as hb
from heatbin.columns import Column
from heatbin.sources.buffers import as_column, logical_type


def listed(column: Column) -> list[Any]:
    """Return the values of a column, None for its nulls."""
    values = column.values.tolist()
    if column.validity is None:
        return values
    bits = np.unpackbits(column.validity, bitorder="little")[column.offset :][: len(values)]
    return [value if bit else None for value, bit in zip(values, bits, strict=True)]


INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
TIMES = [
    *(pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "Europe/Berlin")),
    pa.date32(),
    pa.time32("s"),
    pa.time32("ms"),
    pa.time64("us"),
    pa.time64("ns"),
    *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
]


@pytest.mark.parametrize("type_", [*INTEGERS, *TIMES], ids=str)
def test_integers_and_times_are_their_integers_and_are_not_copied(type_) -> None:
    array = pa.array([0, None, 100, 3], type_)
    column = as_column(array)
    assert listed(column) == [0, None, 100, 3]
    assert column.values.ctypes.data == array.buffers()[1].address


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
def test_the_ends_of_integers_are_kept(type_) -> None:
    ends = np.iinfo(type_.to_pandas_dtype())
    assert listed(as_column(pa.array([ends.min, ends.max], type_))) == [ends.min, ends.max]


@pytest.mark.parametrize("type_", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_floats_keep_nan_apart_from_null(type_) -> None:
    column = as_column(pa.array([1.5, None, float("nan"), float("-inf")], type_))
    assert column.values.dtype == (np.float64 if type_ == pa.float64() else np.float32)
    assert [repr(value) for value in listed(column)] == ["1.5", "None", "nan", "-inf"]


def test_bools_are_zeros_and_ones() -> None:
    assert listed(as_column(pa.array([True, None, False]))) == [1, None, 0]


def test_a_column_of_nulls_is_missing_throughout() -> None:
    assert listed(as_column(pa.nulls(11))) == [None] * 11


def test_date64_counts_milliseconds() -> None:
    assert listed(as_column(pa.array([86_400_000, None], pa.date64()))) == [86_400_000, None]


@pytest.mark.parametrize(
    "type_", [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)], ids=str
)
def test_decimals_are_scaled_integers(type_) -> None:
    values = [Decimal("1.25"), None, Decimal("-1.25"), Decimal("0")]
    assert listed(as_column(pa.array(values, type_).slice(1))) == [None, -125, 0]
    assert listed(as_column(pa.array([Decimal("9999999.99")], type_))) == [999_999_999]


@pytest.mark.parametrize("type_", [pa.decimal128(38, 2), pa.decimal256(76, 2)], ids=str)
def test_decimals_beyond_int64_lie_at_its_ends(type_) -> None:
    values = [
        Decimal(2**62) / 100,
        Decimal(2**70),
        -Decimal(2**70),
        Decimal(2**63 - 1) / 100,
        Decimal(-(2**63)) / 100,
    ]
    with_scale = [value.quantize(Decimal("0.01")) for value in values]
    assert listed(as_column(pa.array(with_scale, type_))) == [2**62, 2**63 - 1, -(2**63), 2**63 - 1, -(2**63)]


def test_dictionaries_and_runs_are_decoded_and_extensions_opened() -> None:
    dictionary = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 2]), pa.array([2.5, 3.5, None]))
    assert listed(as_column(dictionary)) == [3.5, None, 2.5, None]
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int16()), pa.array([7, None]))
    assert listed(as_column(runs)) == [7, 7, None]
    assert listed(as_column(pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None], pa.int8())))) == [
        1,
        None,
    ]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=40), st.data())
def test_a_slice_has_its_own_values_and_nulls(values, data) -> None:
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    for array in (pa.array(values, pa.int64()), pa.array(values, pa.int64()).dictionary_encode()):
        assert listed(as_column(array.slice(start, stop - start))) == values[start:stop]


@given(st.lists(st.one_of(st.none(), st.booleans()), max_size=40), st.integers(0, 40))
def test_a_slice_of_bools_has_its_own_values_and_nulls(values, start) -> None:
    expected = [None if value is None else int(value) for value in values[start:]]
    assert listed(as_column(pa.array(values, pa.bool_()).slice(start))) == expected


def test_nothing_imports_pandas() -> None:
    import subprocess
    import sys

    code = (
        "import sys, pyarrow as pa; from heatbin.sources.buffers import as_column;"
        "types = pa.int8(), pa.float16(), pa.timestamp('s'), pa.bool_(), pa.decimal128(9), pa.time64('ns');"
        "[as_column(pa.nulls(3, type_)) for type_ in types];"
        "print('pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("type_", "meaning"),
    [
        (pa.int8(), "number"),
        (pa.dictionary(pa.int8(), pa.float32()), "number"),
        (pa.run_end_encoded(pa.int16(), pa.date32()), "date[D]"),
        (pa.decimal128(9, 2), "decimal"),
        (pa.timestamp("us", "UTC"), "timestamp[us, UTC]"),
        (pa.time32("s"), "time[s]"),
        (pa.duration("ns"), "duration[ns]"),
        (pa.null(), "number"),
    ],
    ids=str,
)
def test_types_have_a_meaning(type_, meaning) -> None:
    assert str(logical_type(type_, "x", "a.parquet")) == meaning


@pytest.mark.parametrize(
    "type_",
    [
        pa.string(),
        pa.large_binary(),
        pa.list_(pa.int8()),
        pa.struct({"a": pa.int8()}),
        pa.map_(pa.string(), pa.int8()),
        pa.month_day_nano_interval(),
        pa.dictionary(pa.int8(), pa.string()),
    ],
    ids=str,
)
def test_what_cannot_be_binned_is_an_error_with_what_can(type_) -> None:
    with pytest.raises(
        hb.BadInputError, match=r"'x' of a\.parquet holds .*, which cannot be binned; numbers"
    ):
        logical_type(type_, "x", "a.parquet")


@pytest.mark.parametrize("offset", [0, 3, 8, 21])
def test_what_is_present_is_unpacked_for_the_rows_of_a_column_alone(offset):
    valid = np.random.default_rng(offset).random(1000) < 0.5
    column = Column(np.zeros(100), np.packbits(valid, bitorder="little"), offset)
    assert column.present.tolist() == valid[offset : offset + 100].tolist()
    assert Column(np.zeros(3)).present is None
