"""``heatbin plan``: what would be read, skipped and held in memory."""

from __future__ import annotations

from typing import Any

import click

from heatbin.cli.exits import DONE
from heatbin.cli.messages import emit, emit_json, listening
from heatbin.cli.options import (
    RequestCommand,
    arguments_of,
    output_options,
    picture_options,
    request_options,
)

__all__ = ["plan"]


@click.command(cls=RequestCommand)
@request_options
@picture_options(drawn=False)
@output_options
def plan(*, as_json: bool, quiet: bool, **request: Any) -> int:
    """Show what plot would do with the same options.

    That is what it would read, skip and hold in memory. Only footers are read, and nothing is written; options of
    pictures and files are taken, and not looked at.
    """
    from heatbin.aggregate import plan as make_plan

    with listening(quiet=quiet):
        planned = make_plan(**arguments_of(**request))
    if as_json:
        emit_json(planned.summary())
    else:
        emit(planned.explain())
    return DONE
