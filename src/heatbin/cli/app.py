"""The ``heatbin`` command and its subcommands."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from heatbin._version import __version__
from heatbin.cli.compare import compare
from heatbin.cli.merge import merge
from heatbin.cli.plan import plan
from heatbin.cli.plot import plot
from heatbin.cli.render import render
from heatbin.cli.run import run
from heatbin.cli.show import show
from heatbin.cli.update import update
from heatbin.cli.words import name_variables, word_of

__all__ = ["heatbin"]


class Commands(click.Group):
    """Commands whose options may also be given in the environment and in job files; errors say where they were."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            error.param_hint = _place(error) or error.param_hint
            raise


def _place(error: click.BadParameter) -> str | None:
    """Return where the value at fault stands, unless it is an option that was typed."""
    if error.ctx is None or not isinstance(error.param, click.Option):
        return None
    source = error.ctx.get_parameter_source(error.param.name or "")
    if source is ParameterSource.ENVIRONMENT:
        return str(error.param.envvar)
    return error.ctx.obj.place(word_of(error.param)) if source is ParameterSource.DEFAULT_MAP else None


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Options can be set in the environment, too: --x-range by HEATBIN_X_RANGE. "
    "Exit codes: 0 done, 1 compared and found different, 2 usage, 3 done but inputs were left out, "
    "65 bad data, 66 no input, 70 a defect of heatbin, 74 I/O error, 75 try again later, "
    "130 and 143 stopped by a signal.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def heatbin() -> None:
    """Heatmaps of more points than fit in memory: exact, bounded, accounted for."""


for command in (plot, plan, update, run, merge, render, show, compare):
    name_variables(command)
    heatbin.add_command(command)
