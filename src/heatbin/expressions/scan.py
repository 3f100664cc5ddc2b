"""A first look at an expression's text, before Python's parser sees it.

Python's own parser recurses: brackets, signs, dots and powers by the thousand exhaust its stack. So the text
is cut into words here, and what is too long, too deep, unbalanced or outside the language goes no further.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field

from heatbin.errors import UsageError

__all__ = ["DEPTH_LIMIT", "LENGTH_LIMIT", "complaint", "scan"]

LENGTH_LIMIT = 10_000
# What nests: a bracket, and each sign between two commas, `and`s or `or`s. A walk over 150 levels takes about
# 450 of the interpreter's 1,000 frames; Python's parser takes more of each kind than that.
DEPTH_LIMIT = 150

_WINDOW = 60
_WORDS = re.compile(
    r"""(?P<blank>\s+)
    | (?P<text>'(?:\\.|[^'\\\n\r])*' | "(?:\\.|[^"\\\n\r])*")
    | (?P<prefixed>[bfrtu]{1,2}(?=['"]))
    | (?P<number>\d\w*(?:\.(?:\d\w*)?)? | \.\d\w*)
    | (?P<word>\w+)
    | (?P<open>[(\[]) | (?P<close>[)\]])
    | (?P<comma>,)
    | (?P<sign>\*\*|//|[<>=!]=|[-+*/%<>.])
    | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE,
)
_PARTNERS = {")": "(", "]": "["}
_CONNECTIVES = frozenset({"and", "or"})
_KEYWORDS = _CONNECTIVES | {"not", "in", "True", "False", "None"}
_HINTS = {
    "is": "write is_null(x)",
    "if": "write if_else(condition, a, b)",
    "else": "write if_else(condition, a, b)",
    "&": "write 'and'",
    "|": "write 'or'",
    "~": "write 'not'",
    "!": "write 'not', or '!='",
    "^": "a power is written **",
    "=": "equality is written ==",
    "'": "a text that is never closed",
    '"': "a text that is never closed",
    "#": "comments are not part of an expression",
}


def complaint(argument: str, text: str, at: int, message: str) -> UsageError:
    """Return an error whose second and third line show the place `at` in `text`."""
    start = max(0, min(at - _WINDOW // 2, len(text) - _WINDOW))
    shown = text[start : start + _WINDOW].replace("\n", " ").replace("\r", " ").replace("\t", " ")
    lead = "… " if start else ""
    trail = " …" if start + _WINDOW < len(text) else ""
    caret = " " * (len(lead) + at - start) + "^"
    return UsageError(f"{argument}: {message}\n  {lead}{shown}{trail}\n  {caret}")


@dataclass(slots=True)
class _Nesting:
    """How deep the tree can be at the current word, from above."""

    opened: list[tuple[str, int]] = field(default_factory=list)
    signs: list[int] = field(default_factory=lambda: [0])
    depth: int = 0

    def open(self, bracket: str, at: int) -> None:
        self.opened.append((bracket, at))
        self.signs.append(0)
        self.depth += 1

    def close(self) -> str:
        self.depth -= 1 + self.signs.pop()
        return self.opened.pop()[0]

    def sign(self) -> None:
        self.signs[-1] += 1
        self.depth += 1

    def separate(self) -> None:
        self.depth -= self.signs[-1]
        self.signs[-1] = 0


def scan(argument: str, text: str) -> str:
    """Return `text` as one line that Python's parser can safely be given, each character in its place.

    Raises
    ------
    UsageError
        If the text is empty, too long, too deeply nested or unbalanced, or holds what is not in the language.
    """
    if not text.strip():
        raise UsageError(f"{argument} is empty; give a column or an expression such as 'fare / distance'")
    if len(text) > LENGTH_LIMIT:
        raise UsageError(f"{argument}: {len(text):,} characters; an expression has at most {LENGTH_LIMIT:,}")
    nesting = _Nesting()
    pieces = []
    for match in _WORDS.finditer(text):
        group, word = match.lastgroup or "", match.group()
        problem = _visit(nesting, group, word, match.start())
        if problem:
            raise complaint(argument, text, match.start(), problem)
        pieces.append(" " * len(word) if group == "blank" else word)
    if nesting.opened:
        bracket, at = nesting.opened[-1]
        raise complaint(argument, text, at, f"'{bracket}' is never closed")
    return "".join(pieces)


def _visit(nesting: _Nesting, group: str, word: str, at: int) -> str | None:
    """Take one word in; return what is wrong with it, if anything."""
    if group == "open":
        nesting.open(word, at)
    elif group == "close" and (not nesting.opened or nesting.close() != _PARTNERS[word]):
        return f"'{word}' closes nothing"
    elif group == "comma" or word in _CONNECTIVES:
        nesting.separate()
    elif group == "sign" or word == "not":
        nesting.sign()
    elif group in {"prefixed", "other"} or _is_foreign(group, word):
        return _not_allowed(word, group)
    return f"nested or chained deeper than {DEPTH_LIMIT} levels" if nesting.depth > DEPTH_LIMIT else None


def _is_foreign(group: str, word: str) -> bool:
    return group == "word" and keyword.iskeyword(word) and word not in _KEYWORDS


def _not_allowed(word: str, group: str) -> str:
    what = f"{word}'…' (a text with a prefix)" if group == "prefixed" else repr(word)
    hint = _HINTS.get(word)
    return f"{what} is not allowed in an expression" + (f"; {hint}" if hint else "")
