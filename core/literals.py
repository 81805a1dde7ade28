"""Lists and objects that became text: as JSON, as Python prints them, as NumPy prints them.

A list that went through a CSV file or a data frame comes back as `["a", "b"]`, `['a', 'b']`,
`('a',)`, `['a' 'b']`, or `{'text': array(['a'], dtype=object)}`. All are read by one grammar:
values with or without commas between them. Nothing is evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["BrokenLiteral", "parse_literal"]

_DEEPEST = 20
"""Lists within lists."""
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>(?P<prefix>[bBuU]?)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))
      | (?P<call>(?:np\.|numpy\.)?(?:array|list|tuple|set|str_|bytes_|int32|int64|float64)\()
      | (?P<keyword>dtype\s{0,9}=\s{0,9}(?:[\w.<>|=]{1,40}|'[^'\\]{1,40}'))
      | (?P<word>(?:None|null|NaN|nan|True|true|False|false)\b)
      | (?P<number>[-+]?\d[\d_.]{0,40}(?:[eE][-+]?\d{1,5})?)
      | (?P<mark>[\[\](){},:])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: dict[str, Any] = {
    "None": None, "null": None, "NaN": None, "nan": None,
    "True": True, "true": True, "False": False, "false": False,
}  # fmt: skip
_CLOSING = {"[": "]", "(": ")", "{": "}"}


class BrokenLiteral(ValueError):
    """A text that is no such list or object."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse_literal(text: str) -> Any:
    """The list, dict, text, number, bool or None that `text` writes. Raises BrokenLiteral.

    Tuples, sets and arrays are lists; NaN is None. A tuple of one needs its comma: `('a')` is
    the text a.
    """
    tokens = _tokens(text)
    value, end = _value(tokens, 0, 0)
    if end != len(tokens):
        raise BrokenLiteral("something follows it")
    return value


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    text = text.rstrip()
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            raise BrokenLiteral(f"{text[end : end + 20]!r} is no value")
        tokens.append(_Token(match.lastgroup or "", match[match.lastgroup or 0].strip()))
        end = match.end()
    return tokens


def _value(tokens: list[_Token], at: int, depth: int) -> tuple[Any, int]:
    """The value that begins at a token, and the place behind it."""
    if at >= len(tokens) or depth > _DEEPEST:
        raise BrokenLiteral("it ends too early" if depth <= _DEEPEST else "it is nested too deeply")
    token = tokens[at]
    if token.kind == "text":
        return _unquoted(token.text), at + 1
    if token.kind == "word":
        return _WORDS[token.text], at + 1
    if token.kind == "number":
        return _number(token.text), at + 1
    if token.kind == "call":
        values, _, end = _members(tokens, at + 1, ")", depth + 1)
        if len(values) > 1:
            raise BrokenLiteral(f"{token.text} has several arguments")
        return (values[0] if values else []), end
    if token.text == "{" and _is_mapping(tokens, at):
        return _mapping(tokens, at + 1, depth + 1)
    if token.text in _CLOSING:
        values, commas, end = _members(tokens, at + 1, _CLOSING[token.text], depth + 1)
        if token.text == "(" and len(values) == 1 and not commas:
            return values[0], end
        return values, end
    raise BrokenLiteral(f"{token.text!r} stands where a value should")


def _members(tokens: list[_Token], at: int, closing: str, depth: int) -> tuple[list[Any], int, int]:
    """The values up to a closing mark, the number of commas between them, and the place behind."""
    values: list[Any] = []
    commas = 0
    while at < len(tokens):
        token = tokens[at]
        if token == _Token("mark", closing):
            return values, commas, at + 1
        if token == _Token("mark", ","):
            commas, at = commas + 1, at + 1
            if commas > len(values):
                raise BrokenLiteral("a comma follows no value")
        elif token.kind == "keyword":
            at += 1
        else:
            value, at = _value(tokens, at, depth)
            values.append(value)
    raise BrokenLiteral(f"its {closing!r} is missing")


def _is_mapping(tokens: list[_Token], at: int) -> bool:
    return tokens[at + 1 : at + 2] == [_Token("mark", "}")] or (
        tokens[at + 2 : at + 3] == [_Token("mark", ":")]
    )


def _mapping(tokens: list[_Token], at: int, depth: int) -> tuple[dict[str, Any], int]:
    table: dict[str, Any] = {}
    while at < len(tokens):
        token = tokens[at]
        if token == _Token("mark", "}"):
            return table, at + 1
        if token == _Token("mark", ",") and table:
            at += 1
            continue
        if token.kind != "text" or tokens[at + 1 : at + 2] != [_Token("mark", ":")]:
            raise BrokenLiteral(f"{token.text[:20]!r} is no name of a value")
        table[str(_unquoted(token.text))], at = _value(tokens, at + 2, depth)
    raise BrokenLiteral("its '}' is missing")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise BrokenLiteral(f"{text!r} is no number") from None


_ESCAPE = re.compile(
    r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[0-7]{1,3}|.)",
    re.DOTALL,
)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "\n": ""}


def _unquoted(text: str) -> str:
    """What a text in quotes says, with the escapes of Python and JSON."""
    start = 1 if text[0] in "\"'" else 2
    inner = _joined(_ESCAPE.sub(_unescaped, text[start:-1]))
    if text[0] not in "bB":
        return inner
    try:
        return inner.encode("latin-1").decode()
    except UnicodeError as error:
        raise BrokenLiteral(f"{text[:20]!r} is no text in UTF-8") from error


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16) if code[0] in "xuU" else int(code, 8))
    if code in "\\'\"/":
        return code
    if code.isdecimal() and code in "01234567":
        return chr(int(code, 8))
    return _ESCAPED.get(code, match[0])  # as Python has it: what is no escape stays


def _joined(text: str) -> str:
    """JSON's pairs of escapes for one character beyond the first 65,536, as that character."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
