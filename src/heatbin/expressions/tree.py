"""What an expression is once it is parsed: plain, frozen, picklable nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow.compute as pc

__all__ = [
    "Among",
    "Arrow",
    "Call",
    "Column",
    "Compare",
    "Expression",
    "Literal",
    "MisfitError",
    "Node",
    "Value",
    "column_names",
]

Span: TypeAlias = tuple[int, int]
Value: TypeAlias = bool | int | float | str | None


class MisfitError(Exception):
    """Operands that do not go together; whoever knows the expression turns it into a UsageError."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `form` is "plain", or the helper that made it: "date", "timestamp", "duration"."""

    value: Value
    form: str = "plain"
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name; dots lead into nested fields."""

    name: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator ("+", "negative", "and", …) and what it is applied to."""

    function: str
    arguments: tuple[Node, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain such as ``0 < fare <= 10``: one operator fewer than operands."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Among:
    """``operand in (values)``, the values being constants of one form."""

    operand: Node
    values: tuple[Value, ...]
    form: str = "plain"
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A `pyarrow.compute.Expression`, taken as it is; two are equal when their texts are."""

    text: str
    expression: pc.Expression = field(compare=False, repr=False)
    span: Span = field(default=(0, 0), compare=False, repr=False)


Node: TypeAlias = Literal | Column | Call | Compare | Among | Arrow


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; ``str()`` gives its text back.

    Parameters
    ----------
    text : str
        What the user wrote.
    argument : str
        The argument it was given as ("x", "where", …): errors name it.
    root : Node
        The tree.
    columns : tuple of str
        The columns it needs, each once, in the order of their first use.
    """

    text: str
    argument: str
    root: Node
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return self.text

    def part(self, node: Node) -> str:
        """Return the piece of the text that `node` stands for."""
        start, stop = node.span
        return self.text[start:stop] or self.text


def column_names(node: Node) -> Iterator[str]:
    """Yield the names of the columns under `node`, from left to right, repeated ones too."""
    match node:
        case Column(name=name):
            yield name
        case Call(arguments=children) | Compare(operands=children):
            for child in children:
                yield from column_names(child)
        case Among(operand=child):
            yield from column_names(child)
