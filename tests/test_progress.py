"""Progress as a bar, as lines, and as calls: complete, rare, and gone at the end."""

import contextlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from heatbin import progress
from heatbin.progress import reporter


class Terminal(io.StringIO):
    """Standard error as a terminal; `screen` is what its last line shows."""

    encoding = "utf-8"

    def isatty(self):
        return True

    @property
    def screen(self):
        shown = ""
        for piece in self.getvalue().split("\r"):
            shown = piece + shown[len(piece) :]
        return shown.rstrip()


class Clock:
    """A clock that a test turns on."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))
    monkeypatch.setenv("COLUMNS", "100")
    return terminal


@pytest.fixture
def log(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=log))
    return log


def test_a_terminal_gets_a_bar_with_the_rate_and_the_time_left(terminal, clock):
    with reporter(None, total=30_000_000) as report:
        report.advance(2_000_000)
        clock.now += 2
        report.advance(8_000_000)
        assert terminal.screen.startswith(" 33%")
        assert terminal.screen.endswith("10.0M of 30.0M rows, 4.00M rows/s, 00:05 left")
        assert len(terminal.screen) <= 99


def test_a_bar_is_gone_at_the_end(terminal, clock):
    with reporter(True, total=30_000_000) as report:
        for _ in range(3):
            report.advance(10_000_000)
            clock.now += 2
        assert terminal.screen
    assert terminal.screen == ""


def test_a_bar_is_gone_when_the_run_fails(terminal, clock):
    report = reporter(True, total=100)
    with contextlib.suppress(KeyError), report:
        report.advance(10)
        clock.now += 2
        report.advance(10)
        assert terminal.screen
        raise KeyError
    assert terminal.screen == ""


def test_rows_that_come_in_after_the_end_draw_nothing(terminal, clock):
    with reporter(True, total=100) as report:
        pass
    clock.now += 5
    report.advance(10)
    assert terminal.getvalue() == ""


def test_a_bar_without_a_total_shows_rows_and_rate(terminal, clock):
    with reporter(None) as report:
        report.advance(2_000_000)
        clock.now += 2
        report.advance(8_000_000)
        assert terminal.screen == "10.0M rows, 4.00M rows/s"


def test_a_run_shorter_than_a_blink_draws_no_bar(terminal, clock):
    with reporter(None, total=10) as report:
        clock.now += 0.1
        report.advance(10)
    assert terminal.getvalue() == ""


def test_a_terminal_that_knows_only_ascii_gets_an_ascii_bar(terminal, clock):
    terminal.encoding = "ascii"
    with reporter(None, total=100) as report:
        report.advance(40)
        clock.now += 2
        report.advance(15)
    assert " 55%" in terminal.getvalue()
    assert terminal.getvalue().isascii()


def test_a_bar_starts_no_thread(terminal, clock):
    before = threading.active_count()
    with reporter(None, total=100) as report:
        report.advance(40)
        clock.now += 2
        report.advance(15)
        assert terminal.screen
        assert threading.active_count() == before


def test_without_a_terminal_nothing_is_shown_unless_asked_for(log, clock):
    with reporter(None, total=100) as report:
        report.advance(50)
        clock.now += 1000
        report.advance(50)
    assert log.getvalue() == ""


def test_without_a_terminal_lines_come_at_growing_gaps(log, clock):
    seconds = []
    with reporter(True, total=36_000_000) as report:
        for second in range(3600):
            lines = log.getvalue().count("\n")
            report.advance(10_000)
            if log.getvalue().count("\n") > lines:
                seconds.append(second)
            clock.now += 1
    assert seconds == [10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030]
    assert log.getvalue().splitlines()[0] == (
        "heatbin: 110k of 36.0M rows (0%), 10.0k rows/s, 59 min 49 s left"
    )


def test_false_shows_nothing_on_a_terminal(terminal, clock):
    with reporter(False, total=100) as report:
        report.advance(50)
        clock.now += 100
        report.advance(50)
    assert terminal.getvalue() == ""


def test_a_function_is_called_at_most_ten_times_a_second_and_at_the_end(clock):
    calls = []
    with reporter(lambda done, total: calls.append((done, total)), total=100) as report:
        for _ in range(100):
            clock.now += 0.03
            report.advance(1)
    assert calls[-1] == (100, 100)
    assert calls == sorted(set(calls))
    assert len(calls) <= 32


def test_a_function_learns_of_an_unknown_total():
    calls = []
    with reporter(lambda done, total: calls.append((done, total))) as report:
        report.advance(7)
    assert calls == [(7, None)]


def test_what_a_function_raises_reaches_the_run():
    def cancel(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError), reporter(cancel) as report:
        report.advance(1)


def test_rows_of_many_threads_add_up():
    calls = []
    with reporter(lambda *call: calls.append(call)) as report, ThreadPoolExecutor(8) as pool:
        list(pool.map(report.advance, [3] * 10_000))
    assert calls[-1] == (30_000, None)
    assert calls == sorted(calls)


@pytest.mark.parametrize("wrong", [1, "yes", 0.5])
def test_a_progress_of_the_wrong_kind_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="progress must be None, True, False or a function, not "):
        reporter(wrong)


def test_a_reader_that_has_gone_stops_no_run(terminal, clock):
    with reporter(True, total=100) as report:
        report.advance(10)
        terminal.close()
        clock.now += 2
        report.advance(10)


def test_a_process_without_standard_error_shows_nothing(monkeypatch):
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=None))
    with reporter(True, total=100) as report:
        report.advance(100)
