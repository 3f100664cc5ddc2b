"""One run of the command: from its arguments to its exit code, whatever happens in between."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from itertools import pairwise

from heatbin.cli.app import heatbin
from heatbin.cli.exits import exit_code, level, message
from heatbin.cli.messages import say
from heatbin.cli.voices import begin

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Run the command with `arguments` and return its exit code; what goes wrong is said in one line."""
    begin("json" if _wants_json(arguments) else "text")
    try:
        return int(heatbin.main(list(arguments), prog_name="heatbin", standalone_mode=False) or 0)
    except SystemExit as error:
        return exit_code(error)
    except Exception as error:
        code = exit_code(error)
        details = {"traceback": "".join(traceback.format_exception(error))} if "--debug" in arguments else {}
        say(message(error), level(error), event="error", exit_code=code, **details)
        return code


def _wants_json(arguments: Sequence[str]) -> bool:
    """Tell how to speak of arguments that may not even be parsed."""
    if any(name == "--log-format" or name.startswith("--log-format=") for name in arguments):
        return "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)
    return os.environ.get("HEATBIN_LOG_FORMAT") == "json"
