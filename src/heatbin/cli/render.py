"""``heatbin render``: a saved histogram as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heatbin.cli.exits import DONE
from heatbin.cli.kinds import PATH
from heatbin.cli.messages import conclude, listening
from heatbin.cli.options import output_options, period_options, picture_options
from heatbin.cli.results import Results, check_not_within

__all__ = ["render"]


@click.command(
    epilog="\b\nExample:\n  heatbin render trips.heatbin -o map.png --norm log\n"
    "  heatbin render trips.state -o week.png --last 7d"
)
@click.argument("saved", type=PATH)
@period_options
@picture_options(drawn=True)
@output_options
def render(
    *, saved: Path, last: str | None, period: str | None, as_json: bool, quiet: bool, **options: Any
) -> int:
    """Draw a saved histogram: a file, or a folder that update keeps."""
    results = Results.taken_from(options)
    with listening(quiet=quiet):
        results.check()
        check_not_within([saved], results.paths)
        from heatbin.histogram.keeping import load

        histogram = load(saved, last=last, period=period)
        outputs = results.write(histogram)
    conclude(
        {**histogram.summary(), "outputs": outputs},
        [f"{', '.join(outputs)}: {histogram.tally.binned:,} rows"],
        as_json=as_json,
        quiet=quiet,
    )
    return DONE
