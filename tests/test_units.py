"""Sizes, durations and counts read and written as people do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatbin.errors import UsageError
from heatbin.units import format_bytes, format_count, format_duration, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GB", 10**9),
        ("1GiB", 2**30),
        ("300MB", 300 * 10**6),
        ("1.5 kB", 1500),
        ("2tib", 2 * 2**40),
        ("4096", 4096),
        ("512b", 512),
        (".5MiB", 2**19),
    ],
)
def test_a_size_with_i_counts_in_powers_of_1024_and_one_without_in_powers_of_1000(text, size):
    assert parse_bytes(text) == size


def test_an_integer_is_a_number_of_bytes_whatever_its_type():
    assert parse_bytes(10**6) == parse_bytes(np.int64(10**6)) == 10**6


@pytest.mark.parametrize("wrong", ["", "GB", "1 G B", "1XB", "-1GB", "0", "0.1B", "1e9", 0, -5])
def test_what_is_no_size_is_named_together_with_sizes_that_work(wrong):
    with pytest.raises(UsageError, match=r"^budget must be a size such as '300MB'.*not ") as caught:
        parse_bytes(wrong, name="budget")
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("wrong", [1e9, None, b"1GB"])
def test_a_size_of_the_wrong_kind_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="memory must be a size such as '1GB' or an integer, not "):
        parse_bytes(wrong)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60),
        ("15min", 900),
        ("15m", 900),
        ("1h", 3600),
        ("7d", 604800),
        ("1w", 604800),
        ("20 ms", 0.02),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("wrong", ["", "60", "1mo", "h", "-1s", "1h30"])
def test_a_duration_without_a_known_unit_is_refused(wrong):
    with pytest.raises(UsageError, match="duration must be a duration such as"):
        parse_duration(wrong)


@given(st.integers(min_value=0, max_value=10**15))
def test_a_written_size_reads_back_within_its_three_figures(size):
    written = format_bytes(size)
    if size >= 1:
        assert abs(parse_bytes(written) - size) <= 0.005 * size
    assert sum(character.isdigit() for character in written) <= 3


@given(st.integers(min_value=0, max_value=10**14))
def test_a_count_has_at_most_three_figures_and_a_prefix(count):
    assert len(format_count(count)) <= 5


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "0.00 s"),
        (9.949, "9.95 s"),
        (9.96, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (47.99 * 3600, "47 h 59 min"),
        (200_000, "2 d 07 h"),
    ],
)
def test_a_duration_is_written_in_at_most_two_units(seconds, written):
    assert format_duration(seconds) == written
