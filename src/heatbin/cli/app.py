"""The ``heatbin`` command and its subcommands."""

from __future__ import annotations

import click

from heatbin._version import __version__
from heatbin.cli.compare import compare
from heatbin.cli.merge import merge
from heatbin.cli.plan import plan
from heatbin.cli.plot import plot
from heatbin.cli.render import render
from heatbin.cli.show import show
from heatbin.cli.update import update

__all__ = ["heatbin"]


@click.group(
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 compared and found different, 2 usage, 3 done but inputs were left out, "
    "65 bad data, 66 no input, 74 I/O error, 75 try again later, 130 and 143 stopped by a signal.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def heatbin() -> None:
    """Heatmaps of more points than fit in memory: exact, bounded, accounted for."""


for command in (plot, plan, update, merge, render, show, compare):
    heatbin.add_command(command)
