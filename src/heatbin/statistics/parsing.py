"""Statistics as text: ``fare=mean:fare``, ``p95:delay``, ``p95@0.02:delay``, ``best=max_by:tip,score``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from heatbin.errors import UsageError, suggestion
from heatbin.statistics.base import Statistic
from heatbin.statistics.estimates import Distinct, Quantile
from heatbin.statistics.extremes import AnyTrue, Max, MaxBy, Min, MinBy
from heatbin.statistics.totals import Count, Mean, Std, Sum, Var, Weight

__all__ = ["KINDS", "parse_agg", "statistics_of", "weighted"]

KINDS: dict[str, type[Statistic]] = {
    kind.kind: kind
    for kind in (Count, Weight, Sum, Mean, Min, Max, Var, Std, AnyTrue, Distinct, MaxBy, MinBy)
}
"""The statistics that text can name, beside the quantiles."""

PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
CALL = re.compile(r"(\w+)\((.+)\)")
OPENING, CLOSING, QUOTES = "([{", ")]}", "'\""
OF_TWO_SAMPLES = (MaxBy, MinBy)


def parse_agg(text: str) -> tuple[str, Statistic]:
    """Return the name and the statistic that ``[NAME=]KIND[@ACCURACY][:EXPR]`` says.

    Parameters
    ----------
    text : str
        Only the first ``=``, if it stands before a colon, and the first ``:`` part it. ``p95`` is a kind, too; the
        two expressions of ``max_by`` and ``min_by`` have a comma between them. Quantiles and ``distinct`` may have
        an accuracy.

    Returns
    -------
    name : str
        What the text says without it, where it has no name.
    statistic : Statistic
        What is asked.

    Raises
    ------
    UsageError
        When the kind is unknown, or lacks its sample.

    Examples
    --------
    >>> parse_agg("fare=mean:fare"), parse_agg("p95:delay")
    (('fare', Mean(sample='fare')), ('p95(delay)', Quantile(sample='delay', q=0.95, accuracy=0.01)))
    >>> parse_agg("people=distinct@0.02:person")
    ('people', Distinct(sample='person', accuracy=0.02))
    >>> parse_agg("maen:fare")
    Traceback (most recent call last):
    heatbin.errors.UsageError: no statistic 'maen'; did you mean 'mean'? statistics: count, weight, sum, ...
    """
    head, colon, sample = text.partition(":")
    name, equals, kind = head.partition("=")
    if not equals:
        name, kind = "", head
    if equals and not name.strip():
        raise UsageError(f"a statistic is written NAME=KIND:EXPR or KIND:EXPR; {text!r} has no name before =")
    kind, at, accuracy = kind.partition("@")
    statistic = _statistic(kind.strip(), sample.strip() if colon else "", name.strip())
    if at:
        statistic = _within(accuracy.strip(), statistic)
    return name.strip() or str(statistic), statistic


def statistics_of(agg: Any) -> dict[str, Statistic]:
    """Return what a user asks for, by name.

    Parameters
    ----------
    agg : Statistic, str, sequence or mapping of them
        Text as `parse_agg` takes it; in a mapping the keys are the names.

    Raises
    ------
    UsageError
        When text says no statistic, or two have one name.
    """
    if isinstance(agg, Mapping):
        named = [(_name(key), _one(value)[1]) for key, value in agg.items()]
    elif isinstance(agg, Sequence) and not isinstance(agg, str):
        named = [_one(each) for each in agg]
    else:
        named = [_one(agg)]
    if not named:
        raise UsageError("agg names no statistic: 'count' is one")
    statistics = dict(named)
    if len(statistics) < len(named):
        raise UsageError(f"two statistics have one name: {', '.join(name for name, _ in named)}")
    return statistics


def weighted(statistics: Mapping[str, Statistic], weight: str | None) -> dict[str, Statistic]:
    """Return statistics whose counts are weighted.

    Parameters
    ----------
    statistics : mapping of str to Statistic
        By name.
    weight : str or None
        A column or an expression; None leaves all as it is.

    Raises
    ------
    UsageError
        When one of them is no count of rows: what a weight means to it is not said.
    """
    if weight is None:
        return dict(statistics)
    others = [str(each) for each in statistics.values() if each != Count()]
    if others:
        raise UsageError(
            f"weight goes with counts, not with {others[0]}; weight:EXPR among agg is a weighted count beside others, "
            "and the sample of a weighted sum is a product"
        )
    return dict.fromkeys(statistics, Weight(weight))


def _one(value: Any) -> tuple[str, Statistic]:
    if isinstance(value, Statistic):
        return str(value), value
    if isinstance(value, str):
        return parse_agg(value)
    raise TypeError(f"a statistic is text such as 'mean:fare', or heatbin.mean('fare'), not {value!r}")


def _name(key: Any) -> str:
    if not isinstance(key, str) or not key.strip():
        raise UsageError(f"a statistic's name must be text, not {key!r}")
    return key


def _statistic(kind: str, sample: str, name: str = "") -> Statistic:
    percentile = PERCENTILE.fullmatch(kind)
    if percentile is None and kind not in KINDS:
        raise UsageError(f"no statistic {kind!r}{_example(kind, '' if sample else name)}")
    if not sample and kind != Count.kind:
        raise UsageError(f"{kind} needs a sample: {kind}:EXPR, such as {kind}:fare")
    if percentile is None and KINDS[kind] in OF_TWO_SAMPLES:
        return _of_two(kind, sample)
    if len(list(_split(sample))) > 1:
        raise UsageError(f"{kind} takes one sample, not {sample!r}")
    if percentile is not None:
        return _quantile(percentile[1], sample)
    return KINDS[kind](*[sample] * bool(sample))


def _within(accuracy: str, statistic: Statistic) -> Statistic:
    if not isinstance(statistic, Quantile | Distinct):
        raise UsageError(f"{statistic} is exact: only quantiles and distinct have an accuracy after @")
    try:
        error = float(accuracy)
    except ValueError:
        raise UsageError(f"the accuracy after @ must be a number, such as 0.02, not {accuracy!r}") from None
    return replace(statistic, accuracy=error)


def _example(kind: str, name: str) -> str:
    """Return what to write instead of an unknown kind, which may be the sample of what stands before it."""
    if kind == Quantile.kind:
        return "; a quantile is written p50, p95 or p99.9"
    if call := CALL.fullmatch(kind):
        return f"; write {call[1]}:{call[2]}"
    if name in KINDS or PERCENTILE.fullmatch(name):
        return f"; write {name}:{kind}"
    return suggestion(kind, [*KINDS, "p50", "p95"], kind="statistics")


def _quantile(percent: str, sample: str) -> Quantile:
    q = Fraction(percent) / 100
    if q > 1:
        raise UsageError(f"p{percent} is beyond the largest: quantiles go from p0 to p100")
    return Quantile(sample, float(q))


def _of_two(kind: str, text: str) -> Statistic:
    samples = list(_split(text))
    if len(samples) != 2:
        raise UsageError(f"{kind} needs two samples, VALUE,BY, not {text!r}")
    return KINDS[kind](*samples)


def _split(text: str) -> Iterator[str]:
    """Cut text at the commas that stand in no bracket and no quotes."""
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(text):
        if quote or letter in QUOTES:
            quote = "" if letter == quote else quote or letter
        elif letter == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
        else:
            depth += (letter in OPENING) - (letter in CLOSING)
    yield text[start:].strip()
