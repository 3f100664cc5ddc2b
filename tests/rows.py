"""Reading a source as the engine does, without the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from heatbin.expressions import parse
from heatbin.sources import Survey, Task, key_rejection, open_source


def survey_of(
    source: Any, columns: Sequence[str], *, skip: bool = False, where: str | None = None, **settings: Any
) -> tuple[Any, Survey]:
    """Return an opened source and what it says of some columns; `where` may exclude partitions."""
    opened = open_source(source, **settings)
    expression = None if where is None else parse(where, argument="where", columns=opened.schema.names)
    excludes = key_rejection(expression, opened.schema)
    return opened, opened.survey(columns, threads=2, skip=skip, excludes=excludes)


def rows_of(source: Any, columns: Sequence[str], **settings: Any) -> pa.Table:
    """Return all rows of a source."""
    opened, survey = survey_of(source, columns, **settings)
    batches = [batch for part in survey.parts for batch in opened.batches(Task(part), columns)]
    assert all(batch.schema.names == list(columns) for batch in batches)
    return pa.Table.from_batches(batches, survey.schema)
