"""``heatbin compare``: how two saved histograms differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heatbin.cli.exits import ALARM, DONE
from heatbin.cli.kinds import PATH, SIGMA, SIZE
from heatbin.cli.messages import conclude, listening
from heatbin.cli.options import output_options
from heatbin.cli.results import check_not_within

__all__ = ["compare"]


@click.command(epilog="\b\nExample:\n  heatbin compare last.heatbin this.heatbin -o diff.png --fail-above 6")
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@click.option("-o", "--output", type=PATH, help="Picture: .png, .svg or .pdf.")
@click.option(
    "--map",
    "kind",
    type=click.Choice(["significance", "difference", "ratio"]),
    default="significance",
    show_default=True,
    help="What to draw of each cell.",
)
@click.option(
    "--fail-above",
    type=SIGMA,
    metavar="SIGMA",
    help="Exit with 1 where a cell differs by more; of a million cells that are alike, one differs by 5.",
)
@click.option("--cmap", metavar="NAME", default="RdBu_r", show_default=True, help="matplotlib's colour map.")
@click.option("--title", metavar="TEXT", help="Title above the picture.")
@click.option("--size", type=SIZE, metavar="WxH", help="Size in inches.")
@click.option("--dpi", type=float, metavar="N", help="Dots an inch.")
@output_options
def compare(
    *,
    before: Path,
    after: Path,
    output: Path | None,
    kind: str,
    fail_above: float | None,
    as_json: bool,
    quiet: bool,
    **picture: Any,
) -> int:
    """Hold the counts of AFTER against those of BEFORE: files, or folders that update keeps.

    What is compared is how many rows each cell holds, without weights; no other statistic is.
    """
    with listening(quiet=quiet):
        if output is not None:
            from heatbin.render import check

            check(output=output, **picture)
            check_not_within([before, after], [output])
        from heatbin.histogram.comparing import compare as hold_against

        comparison = hold_against(before, after)
        if output is not None:
            from heatbin.render import save

            save(comparison.plot(kind, **picture), output)
    summary = comparison.summary()
    conclude(
        {**summary, "outputs": [] if output is None else [str(output)]},
        [
            f"{summary['before']:,} rows before, {summary['after']:,} after; {summary['cells_that_differ']:,} cells "
            f"differ, the most significant by {summary['most_significant']:.1f} sigma"
        ],
        as_json=as_json,
        quiet=quiet,
    )
    return ALARM if fail_above is not None and comparison.most_significant > fail_above else DONE
