"""``heatbin merge``: several saved histograms into one."""

from __future__ import annotations

from pathlib import Path

import click

from heatbin.cli.exits import DONE, INCOMPLETE
from heatbin.cli.kinds import PATH
from heatbin.cli.messages import conclude, listening
from heatbin.cli.options import output_options
from heatbin.cli.results import check_not_within

__all__ = ["merge"]


@click.command(epilog="\b\nExample:\n  heatbin merge january.heatbin february.heatbin -o winter.heatbin")
@click.argument("saved", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The file for all of them.")
@output_options
def merge(*, saved: tuple[Path, ...], output: Path, as_json: bool, quiet: bool) -> int:
    """Put saved histograms together: files, and folders that update keeps.

    Their axes must be equal, and no input may be in two of them.
    """
    from heatbin.histogram.keeping import merge as merge_all
    from heatbin.outputs import check_output

    with listening(quiet=quiet):
        check_output(output)
        check_not_within(saved, [output])
        histogram = merge_all(saved)
        histogram.save(output)
    tally = histogram.tally
    conclude(
        {**histogram.summary(), "outputs": [str(output)]},
        [f"{output}: {tally.binned:,} rows binned, of {tally.total:,} in {len(histogram.inputs):,} inputs"],
        as_json=as_json,
        quiet=quiet,
    )
    return INCOMPLETE if histogram.left_out else DONE
