"""Whole processes, measured from outside: their time, and the most memory that they held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import WINDOW
from in_turn import Clocked

__all__ = ["Run", "heatbin", "heatmap", "run", "serving"]

LAUNCH = Path(__file__).parent / "launch.py"


@dataclass(frozen=True)
class Run:
    """A process that has ended.

    Parameters
    ----------
    seconds : float
        From its start to its end.
    peak_bytes : int
        Its largest resident set.
    exit_code : int
        Negative for a signal.
    stdout, stderr : str
        What it wrote.
    """

    seconds: float
    peak_bytes: int
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The JSON that it wrote."""
        return json.loads(self.stdout)


def run(command: Sequence[str | Path], *, may_fail: bool = False, **environment: str) -> Run:
    """Run a command to its end and return what it took; `environment` is added to that of this process."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCH), *map(str, command)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    stdout, _, measured = done.stdout.rpartition("\n")
    outcome = Run(**json.loads(measured), stdout=stdout, stderr=done.stderr)
    if outcome.exit_code and not may_fail:
        raise RuntimeError(f"{command} ended with {outcome.exit_code}: {outcome.stderr}")
    return outcome


@contextmanager
def serving(command: Sequence[str | Path]) -> Iterator[Callable[[], Clocked]]:
    """Give a contender that lives in a process of its own, which says how long each of its runs took."""
    words = [str(word) for word in command]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        asked, told = server.stdin, server.stdout
        assert asked
        assert told
        told.readline()  # it is ready

        def run_once() -> Clocked:
            asked.write(b"run\n")
            asked.flush()
            return Clocked(float(told.readline()))

        yield run_once
        asked.close()


def heatbin(*arguments: str | Path) -> list[str | Path]:
    """Return the ``heatbin`` command of this environment with arguments."""
    return [Path(sys.executable).with_name("heatbin"), *arguments]


def heatmap(source: Path, picture: Path, *options: str, bins: int = 1024) -> list[str | Path]:
    """Return ``heatbin plot`` for points in the window, on two threads, with a JSON summary."""
    x, y = ([str(end) for end in ends] for ends in WINDOW)
    request = (
        "--x",
        "lon",
        "--y",
        "lat",
        "--x-range",
        *x,
        "--y-range",
        *y,
        "--bins",
        str(bins),
        "--threads",
        "2",
    )
    look = ("--norm", "log", "--size", "8x6", "--dpi", "240")
    return heatbin("plot", source, *request, *look, "-o", picture, "--json", "--quiet", *options)
