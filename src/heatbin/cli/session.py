"""One run of the command: from its arguments to its exit code, whatever happens in between."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from contextlib import suppress

from heatbin.cli.app import heatbin
from heatbin.cli.exits import exit_code, message
from heatbin.cli.messages import say

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Run the command with `arguments` and return its exit code; what goes wrong is said in one line."""
    try:
        return int(heatbin.main(list(arguments), prog_name="heatbin", standalone_mode=False) or 0)
    except SystemExit as error:
        return exit_code(error)
    except Exception as error:
        if "--debug" in arguments:
            with suppress(OSError, ValueError):
                traceback.print_exception(error)
        say(message(error))
        return exit_code(error)
