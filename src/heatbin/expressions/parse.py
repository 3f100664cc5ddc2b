"""Text to tree: Python's own expression grammar, against a list of what is allowed."""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow.compute as pc

from heatbin.errors import UsageError, suggestion
from heatbin.expressions.functions import FUNCTIONS
from heatbin.expressions.operands import datum
from heatbin.expressions.scan import complaint, scan
from heatbin.expressions.tree import (
    Among,
    Arrow,
    Call,
    Column,
    Compare,
    Expression,
    Literal,
    MisfitError,
    Node,
    column_names,
)

__all__ = ["parse"]

_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow),
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FOREIGN: dict[type[ast.expr], str] = {
    ast.Subscript: "subscripts such as a[0] are not allowed in an expression",
    ast.Starred: "'*' stands between two numbers",
    ast.Tuple: "a list stands after 'in' only",
    ast.List: "a list stands after 'in' only",
}
_TIMES = ("date", "timestamp", "duration")
_ODD_NAME = 'a column whose name is no plain word is written col("pick up")'
# The greatest power and the longest integer that are worked out while parsing: 9**9**9 is not.
_POWER_LIMIT = 128
_BITS_LIMIT = 512


def parse(text: str | pc.Expression, *, argument: str, columns: Sequence[str] | None = None) -> Expression:
    """Read an expression; nothing in it is run.

    Parameters
    ----------
    text : str or pyarrow.compute.Expression
        What the user wrote. A text that is exactly the name of one of `columns` is that column.
    argument : str
        What errors name: "x", "where", …
    columns : sequence of str, optional
        The columns there are. A `pyarrow.compute.Expression` needs them.

    Raises
    ------
    UsageError
        If the text is not in the language. The message shows the place.
    TypeError
        If `text` is neither text nor an expression of pyarrow.

    Examples
    --------
    >>> parse("fare / distance", argument="x").columns
    ('fare', 'distance')
    >>> parse("pick up", argument="x", columns=["pick up", "fare"]).columns
    ('pick up',)
    """
    if isinstance(text, pc.Expression):
        return _from_arrow(text, argument, columns)
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be text, such as 'fare / distance', not {text!r}")
    if columns is not None and text in columns:
        root: Node = Column(text)
    else:
        root = _Parser(text, argument).parsed()
    return Expression(text, argument, root, tuple(dict.fromkeys(column_names(root))))


def _from_arrow(expression: pc.Expression, argument: str, columns: Sequence[str] | None) -> Expression:
    """Wrap an expression of pyarrow. It does not tell its columns: those named in its text are taken."""
    if columns is None:
        raise TypeError(f"{argument}: an expression of pyarrow is parsed with the columns there are")
    text = str(expression)
    by_position = "FieldPath(" in text
    needed = tuple(name for name in columns if by_position or name in text)
    return Expression(text, argument, Arrow(text, expression), needed)


class _Parser:
    """Turns Python's syntax tree of one text into an expression's nodes."""

    def __init__(self, text: str, argument: str) -> None:
        self.argument = argument
        self.text = text
        # Leading blanks are an indentation to Python: they are cut off, and counted for the places of errors.
        self.blanks = len(text) - len(text.lstrip())
        self.line = scan(argument, text).strip()

    def parsed(self) -> Node:
        return self._node(self._python_tree().body)

    def _python_tree(self) -> ast.Expression:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(self.line, mode="eval")
        except SyntaxError as error:
            # Python puts what is missing at the end at 0.
            at = self.blanks + min((error.offset or len(self.line) + 1) - 1, len(self.line))
            hint = f"; {_ODD_NAME}" if error.msg.startswith("invalid syntax") else ""
            raise complaint(self.argument, self.text, at, error.msg + hint) from None
        except (ValueError, MemoryError, RecursionError) as error:
            message = f"{self.argument}: cannot be read as an expression: {error or 'too deeply nested'}"
            raise UsageError(message) from None

    def _place(self, column: int) -> int:
        """Return where Python's column (in bytes of UTF-8) is in the text."""
        return self.blanks + len(self.line.encode()[:column].decode())

    def _span(self, node: ast.expr) -> tuple[int, int]:
        return self._place(node.col_offset), self._place(node.end_col_offset or node.col_offset)

    def _refuse(self, node: ast.expr, message: str) -> UsageError:
        return complaint(self.argument, self.text, self._span(node)[0], message)

    def _node(self, node: ast.expr) -> Node:
        reader = _READERS.get(type(node))
        if reader is None:
            raise self._refuse(node, _FOREIGN.get(type(node), f"{type(node).__name__} is not allowed"))
        return reader(self, node)

    def _constant(self, node: ast.Constant) -> Literal:
        if node.value is not None and not isinstance(node.value, bool | int | float | str):
            raise self._refuse(node, f"{node.value!r} is not allowed in an expression")
        if isinstance(node.value, int) and node.value.bit_length() > _BITS_LIMIT:
            raise self._refuse(node, f"an integer of more than {_BITS_LIMIT} bits")
        return Literal(node.value, span=self._span(node))

    def _path(self, node: ast.expr) -> str:
        """Return a name, or names joined by dots, as written: Python's tree has them normalised (NFKC)."""
        start, stop = self._span(node)
        written = self.text[start:stop]
        if isinstance(node, ast.Attribute):
            base = self._path(node.value)
            name = self.text[self._span(node.value)[1] : stop].lstrip(" \t\r\n)").removeprefix(".").strip()
            return f"{base}.{self._checked_name(node, name)}"
        if not isinstance(node, ast.Name):
            raise self._refuse(node, "only names have fields: a.b; methods are not allowed in an expression")
        return self._checked_name(node, written)

    def _checked_name(self, node: ast.expr, name: str) -> str:
        if name.startswith("__"):
            raise self._refuse(node, f"{name} is not allowed; {_ODD_NAME}")
        return name

    def _column(self, node: ast.Name | ast.Attribute) -> Node:
        return Column(self._path(node), self._span(node))

    def _connective(self, node: ast.BoolOp) -> Node:
        name = "and" if isinstance(node.op, ast.And) else "or"
        return Call(name, tuple(map(self._node, node.values)), self._span(node))

    def _unary(self, node: ast.UnaryOp) -> Node:
        operand = self._node(node.operand)
        if isinstance(node.op, ast.Not):
            return Call("not", (operand,), self._span(node))
        if isinstance(node.op, ast.UAdd):
            return operand
        value = operand.value if isinstance(operand, Literal) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Literal(-value, span=self._span(node))
        return Call("negative", (operand,), self._span(node))

    def _arithmetic(self, node: ast.BinOp) -> Node:
        if type(node.op) not in _ARITHMETIC:
            raise self._refuse(node, f"{type(node.op).__name__} is not an operator of expressions")
        symbol, compute = _ARITHMETIC[type(node.op)]
        left, right = self._node(node.left), self._node(node.right)
        if isinstance(left, Literal) and isinstance(right, Literal):
            value = _worked_out(symbol, compute, left.value, right.value)
            if value is not None:
                return Literal(value, span=self._span(node))
        return Call(symbol, (left, right), self._span(node))

    def _comparison(self, node: ast.Compare) -> Node:
        if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            return self._membership(node)
        operands = tuple(map(self._node, (node.left, *node.comparators)))
        return Compare(tuple(_COMPARISONS[type(op)] for op in node.ops), operands, self._span(node))

    def _membership(self, node: ast.Compare) -> Node:
        members = node.comparators[0]
        if len(node.ops) > 1:
            raise self._refuse(node, "'in' does not chain with other comparisons; write 'and'")
        if not isinstance(members, ast.Tuple | ast.List):
            raise self._refuse(members, "'in' takes a list of constants: x in (1, 2, 3)")
        literals = [self._member(member) for member in members.elts]
        forms = {literal.form for literal in literals}
        if len(forms) > 1:
            raise self._refuse(members, f"the list after 'in' mixes {' and '.join(sorted(forms))} constants")
        values = tuple(literal.value for literal in literals)
        found = Among(self._node(node.left), values, "".join(forms) or "plain", self._span(node))
        return Call("not", (found,), self._span(node)) if isinstance(node.ops[0], ast.NotIn) else found

    def _member(self, node: ast.expr) -> Literal:
        member = self._node(node)
        if not isinstance(member, Literal) or member.value is None:
            raise self._refuse(node, "the list after 'in' holds constants only (nulls: is_null(x))")
        return member

    def _call(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name):
            raise self._refuse(node.func, "only functions can be called, by their plain names: sqrt(x)")
        name = node.func.id
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refuse(node, f"{name}: arguments are given by place only, and none is starred")
        if name == "col" or name in _TIMES:
            return self._quoted(node, name)
        if name not in FUNCTIONS:
            known = suggestion(name, [*FUNCTIONS, "col", *_TIMES], kind="functions")
            raise self._refuse(node, f"no function {name!r}{known}")
        wanted = FUNCTIONS[name].arity
        if len(node.args) != wanted:
            raise self._refuse(
                node, f"{name} takes {wanted} argument{'s'[: wanted > 1]}, not {len(node.args)}"
            )
        return Call(name, tuple(map(self._node, node.args)), self._span(node))

    def _quoted(self, node: ast.Call, name: str) -> Node:
        match node.args:
            case [ast.Constant(value=str(text))] if name == "col":
                return Column(text, self._span(node))
            case [ast.Constant(value=str(text))]:
                return self._time(node, Literal(text, name, self._span(node)))
        example = {"col": "pick up", "duration": "1h30m"}.get(name, "2024-01-31")
        raise self._refuse(node, f'{name} takes one text in quotes: {name}("{example}")')

    def _time(self, node: ast.Call, literal: Literal) -> Literal:
        try:
            datum(literal)
        except MisfitError as misfit:
            raise self._refuse(node, str(misfit)) from None
        return literal


_READERS: dict[type[ast.expr], Callable[[_Parser, Any], Node]] = {
    ast.Constant: _Parser._constant,
    ast.Name: _Parser._column,
    ast.Attribute: _Parser._column,
    ast.UnaryOp: _Parser._unary,
    ast.BinOp: _Parser._arithmetic,
    ast.BoolOp: _Parser._connective,
    ast.Compare: _Parser._comparison,
    ast.Call: _Parser._call,
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _worked_out(symbol: str, compute: Callable[[Any, Any], Any], left: Any, right: Any) -> int | float | None:
    """Return what two constants make, by Python's rules; None leaves it to the kernels."""
    if not (_is_number(left) and _is_number(right)) or (symbol == "**" and abs(right) > _POWER_LIMIT):
        return None
    try:
        value = compute(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    if isinstance(value, int):
        return value if value.bit_length() <= _BITS_LIMIT else None
    return value if isinstance(value, float) and math.isfinite(value) else None
