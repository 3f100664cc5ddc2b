"""Ctrl-C, SIGTERM and SIGHUP stop a run within a second and leave nothing half written."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

__all__ = ["StopSignals", "Stopped"]

_STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]
GRACE_SECONDS = 0.7
"""How long the main thread may take to clean up after a signal before it is done for it."""


class Stopped(BaseException):
    """Raised in the main thread by the first signal; no ``except Exception`` holds it up."""


class StopSignals:
    """The signals that stop this process: their handlers, and what happens when these do not get through.

    A handler of Python's runs only between two steps of the main thread, which may sit in a long call, and
    what it raises may get lost in a destructor or a callback. So the system also writes each signal to a pipe
    (``signal.set_wakeup_fd``). A thread reads it there, and ends the process after a grace period.
    """

    def __init__(self) -> None:
        self._armed = True
        self._received = 0

    def install(self) -> None:
        """Take over the signals."""
        self._start_watching()
        for signum in _STOPPING:
            if not _is_nohup(signum):
                signal.signal(signum, self._stop)

    def disarm(self) -> None:
        """Let signals come too late: the work is done, and only leaving is left."""
        self._armed = False

    def settle(self, code: int) -> int:
        """Clear up after a signal, if one came, and return the exit code: the signal's, or else `code`."""
        if not self._received:
            return code
        import heatbin.cli.messages  # noqa: F401

        _remove_unfinished_outputs()
        return _tell(self._received)

    def _stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._armed:
            self._armed = False
            self._received = signum
            sys.unraisablehook = threading.excepthook = _silent
            raise Stopped

    def _start_watching(self) -> None:
        reading, writing = os.pipe()
        if hasattr(os, "set_blocking"):  # Windows has it from Python 3.12, and does not need it
            os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reading,), name="heatbin-signals", daemon=True).start()

    def _watch(self, reading: int) -> NoReturn:
        while (signum := os.read(reading, 1)[0]) not in _STOPPING:
            pass
        time.sleep(GRACE_SECONDS)
        try:
            _remove_unfinished_outputs()
            _tell(self._received or signum)
        finally:
            os._exit(128 + (self._received or signum))


def _is_nohup(signum: signal.Signals) -> bool:
    """Tell whether ``nohup`` asked to outlive the terminal.

    An ignored Ctrl-C asks for nothing: shells do that to every command that a script starts with ``&``.
    """
    return signum.name == "SIGHUP" and signal.getsignal(signum) is signal.SIG_IGN


def _remove_unfinished_outputs() -> None:
    """Remove the temporary files of outputs that were being written, if any were."""
    outputs = sys.modules.get("heatbin.outputs")
    if outputs is not None:
        outputs.remove_unfinished()


def _tell(signum: int) -> int:
    """Say which signal stopped the run, and return its exit code."""
    code = 128 + signum
    messages = sys.modules.get("heatbin.cli.messages")
    if messages is not None:
        messages.say(f"stopped by {signal.Signals(signum).name}", event="stopped", exit_code=code)
    return code


def _silent(unraisable: object) -> None:
    """Say nothing about exceptions that a stop leaves behind in destructors and in threads."""
