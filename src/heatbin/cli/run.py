"""``heatbin run``: a job file, whose words are the options of the other commands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from heatbin.cli.exits import DONE, INCOMPLETE
from heatbin.cli.kinds import PATH, Parsed
from heatbin.cli.messages import conclude, listening
from heatbin.cli.options import PICTURE, RequestCommand
from heatbin.cli.plot import count, plot
from heatbin.cli.render import render
from heatbin.cli.results import Picture, Results, check_not_within
from heatbin.cli.update import account, add_new, update
from heatbin.cli.words import as_option, default_map, word_of
from heatbin.errors import UsageError
from heatbin.jobs import Job, Words, read_job

__all__ = ["run"]

SAID = ("as_json", "quiet")
SPAN = ("last", "period")
"""Options of a picture that say what of a state it shows; for the state, period is what it is kept in."""
OF_PICTURES = ("output", "title", "draw", "last", *PICTURE)
COMMANDLINE, DEFAULT_MAP = ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP

Span: TypeAlias = tuple[str | None, str | None]
"""The values of `SPAN`."""
Drawn: TypeAlias = tuple[Span, Picture]


def parse_date(text: str) -> datetime:
    """Return a day, or a moment of it.

    Examples
    --------
    >>> parse_date("2026-11-01")
    datetime.datetime(2026, 11, 1, 0, 0)
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; 2026-11-01 would be") from None


def _options() -> list[click.Option]:
    """Return the options of the commands that a job stands for, each once."""
    options: dict[str | None, click.Option] = {}
    for parameter in [*plot.params, *update.params, *render.params]:
        if parameter.name not in options and parameter.name != "saved":
            options[parameter.name] = as_option(parameter)
    return list(options.values())


OPTIONS = _options()
PICTURE_OPTIONS = [
    *(option for option in OPTIONS if option.name in OF_PICTURES),
    *(as_option(option) for option in render.params if option.name == "period"),
]


def _take_up(context: click.Context, _: click.Parameter, path: Path) -> Job:
    """Read the job file, and let its words be what options are where neither they nor variables are given."""
    job = read_job(path, date=context.params["date"] or datetime.now(UTC), environment=os.environ)
    context.obj = job.whole
    context.default_map = default_map(job.whole, OPTIONS)
    return job


@click.command(
    cls=RequestCommand,
    params=[*OPTIONS],
    epilog="\b\nExample:\n  heatbin run night.toml --date 2026-11-01 --log-format json",
)
@click.argument("job", type=PATH, callback=_take_up)
@click.option(
    "--date",
    type=Parsed("date", parse_date),
    is_eager=True,
    metavar="DATE",
    help="What ${date} stands for in JOB.  [default: today, in UTC]",
)
@click.pass_context
def run(context: click.Context, /, *, job: Job, as_json: bool, quiet: bool, **options: Any) -> int:
    """Do what the file JOB says.

    JOB is TOML. Its words are the options of plot, or of update where it names a state, without their dashes;
    each [[picture]] has the words of one picture. Options given here override environment variables, and these
    override what JOB says.
    """
    with_state = options["state"] is not None
    _check_meaning(context, with_state=with_state)
    drawn = _pictures(context, job, options, with_state=with_state)
    results = Results.taken_from(options, tuple(picture for _, picture in drawn))
    _check_whole(job, results, options, with_state=with_state)
    _check_outputs(job, results, options["state"])
    command = update if with_state else plot
    request = {name: options[name] for name in _names(command) if name in options}
    if with_state:
        return _keep(drawn, results, request, as_json=as_json, quiet=quiet)
    return count(results, request, as_json=as_json, quiet=quiet)


def _keep(
    drawn: Sequence[Drawn], results: Results, options: dict[str, Any], *, as_json: bool, quiet: bool
) -> int:
    """Update a state, and make everything out of what it holds then."""
    outputs: list[str] = []
    with listening(quiet=quiet):
        results.check()
        results.check_apart_from(options)
        done = add_new(options, quiet=quiet)
        summary, lines = account(done, options)
        if done.generation and not options["dry_run"]:
            for made, rows in _made(drawn, results, options["state"]):
                outputs += made
                lines.append(f"{', '.join(made)}: {rows:,} rows")
        elif results.paths and not done.generation:
            lines.append(f"no {', '.join(map(str, results.paths))}: {options['state']} holds nothing yet")
    conclude({**summary, "outputs": outputs}, lines, as_json=as_json, quiet=quiet)
    return INCOMPLETE if done.left_out else DONE


def _made(drawn: Sequence[Drawn], results: Results, state: Path) -> Iterator[tuple[list[str], int]]:
    """Write everything, each span of the state being loaded once; yield the files and how many rows are in them."""
    from heatbin.histogram.keeping import load

    whole = replace(results, pictures=())
    parts: dict[Span, Results] = {(None, None): whole} if whole.paths else {}
    for span, picture in drawn:
        part = parts.get(span, Results((), None, None))
        parts[span] = replace(part, pictures=(*part.pictures, picture))
    for (last, period), part in parts.items():
        histogram = load(state, last=last, period=period)
        yield part.write(histogram), histogram.tally.binned


def _names(command: click.Command) -> set[str]:
    return {each.name or "" for each in command.params} - {*SAID}


def _pictures(
    context: click.Context, job: Job, options: dict[str, Any], *, with_state: bool
) -> tuple[Drawn, ...]:
    """Return the pictures of the tables, or else the one that the words beside them describe, if they do."""
    alone = {name: options.pop(name) for name in OF_PICTURES}
    if not job.pictures:
        return () if alone["output"] is None else (_drawn(alone),)
    if "output" in job.whole.values:
        raise UsageError(
            f"{job.whole.place('output')} stands beside [[picture]] tables; name outputs in these"
        )
    given = {name: value for name, value in alone.items() if _source(context, name) is COMMANDLINE}
    for words in job.pictures:
        astray = [] if with_state else [word for word in SPAN if word in words.values]
        if astray:
            raise UsageError(f"{words.place(astray[0])} means nothing in a job without a state")
    return tuple(_picture(context, words, given) for words in job.pictures)


def _drawn(options: dict[str, Any]) -> Drawn:
    return (options.pop("last"), options.pop("period", None)), Picture.taken_from(options)


def _picture(context: click.Context, words: Words, given: dict[str, Any]) -> Drawn:
    """Return the picture of a table; what it leaves open stands beside the tables."""
    beside = {name: value for name, value in (context.default_map or {}).items() if name in OF_PICTURES}
    values = {**beside, **default_map(words, PICTURE_OPTIONS)}
    parser = click.Command("picture", params=[*PICTURE_OPTIONS])
    inner = parser.make_context("heatbin run", [], default_map=values, obj=words)
    if inner.params["output"] is None and "output" not in given:
        raise UsageError(f"{words.place('output')} is missing in a [[picture]]")
    return _drawn({**inner.params, **given})


def _check_meaning(context: click.Context, *, with_state: bool) -> None:
    """Refuse words that would change nothing, but for variables, which may be there for other jobs."""
    meaning = {"log_format", "export", "save", *SAID, *OF_PICTURES}
    meaning = meaning | _names(update) if with_state else (meaning - {*SPAN}) | _names(plot)
    for option in OPTIONS:
        source = _source(context, option.name or "")
        if option.name not in meaning and source in (COMMANDLINE, DEFAULT_MAP):
            word = f"--{word_of(option)}" if source is COMMANDLINE else context.obj.place(word_of(option))
            raise UsageError(f"{word} means nothing in a job {'with' if with_state else 'without'} a state")


def _check_whole(job: Job, results: Results, options: dict[str, Any], *, with_state: bool) -> None:
    """Find what is lacking."""
    needed = ["source"] if with_state else ["source", "x", "y"]
    lacking = [word for word in needed if not options[word]]
    if lacking:
        raise UsageError(f"{job.whole.path}: {' and '.join(lacking)} must be given")
    if not (results.paths or with_state):
        raise UsageError(
            f"{job.whole.path}: there is no [[picture]], nor output, save or export: nothing to do"
        )


def _check_outputs(job: Job, results: Results, state: Path | None) -> None:
    """Hold that no output takes the place of the job, or of a file of the state."""
    for path in results.paths:
        if path.exists() and path.samefile(job.whole.path):
            raise UsageError(f"{path} is the job itself: name another output")
    if state is not None:
        check_not_within([state], results.paths)


def _source(context: click.Context, name: str) -> ParameterSource | None:
    return context.get_parameter_source(name)
