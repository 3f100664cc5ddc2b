"""The ``heatbin`` command: parse, validate, call, print. No logic of its own."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the ``heatbin`` command with the arguments of this process, and leave it."""
    from heatbin.cli.signals import Stopped, StopSignals

    # what is imported and drawn stays to the end: looking for garbage in it took a tenth of a small run
    gc.disable()
    signals = StopSignals()
    code = 0
    try:
        signals.install()
        # only now: whatever takes long to import can be stopped
        from heatbin.cli.session import run

        code = run(sys.argv[1:])
        signals.disarm()
    except Stopped:
        pass
    _leave(signals.settle(code))


def _leave(code: int) -> NoReturn:
    """Leave without waiting for threads that may still read, and without what libraries do at exit."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
