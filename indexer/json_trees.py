"""JSON of any nesting -> rows of text that can be read alone: values with the keys that lead there.

{"server": {"port": 5433, "tls": {"minVersion": "1.2"}}}   ->   server. port: 5433.
                                                                 server, tls. minVersion: 1.2.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from .documents.extracted import Extracted, TextBuilder

__all__ = ["list_text", "scalar_text", "tree_text"]

_LONGEST = 500
"""Characters of a row's text, about a passage of its own."""
_PROSE = 300
"""Characters of a value from which on it is prose, and no part of a row."""
_LABEL = 120
"""Characters of one key, or of an object's name, before its values."""
_PATH = 6
"""Keys before a value at most, the outermost and the innermost ones."""
_NUMBERS = 16
"""Numbers of a list at most: more are coordinates or a vector, which nobody reads."""
_INLINE, _INLINE_CHARACTERS = 4, 120
"""Values, and characters of them, of an object that stands beside other values: a price."""
_BLOB = re.compile(r"\S{400}")
"""The beginning of a file in Base64, or the like."""
_SENTENCE_END = re.compile(r"\w{2}[.!?](?:\s|$)")
_WORDY = 3
_OWN_NAMES = ("name", "title", "label", "key", "id")
"""Keys by which an object of a list is named."""
_NO_KEYS = frozenset(("@context", "@type", "$schema"))
"""What says how to read the rest."""
_PLAIN_KEYS = frozenset(("text", "value", "#text", "$t"))
"""Keys that say nothing beside the one that leads to their object."""

_Path: TypeAlias = tuple[str, ...]


class _Node(NamedTuple):
    path: _Path
    value: Any
    member: bool = False
    """An object of a list."""


def tree_text(value: Mapping[str, Any], *, lead: str = "", apart: bool = False) -> Extracted:
    """All values of a JSON object, each object a row that begins with the keys that lead to it.

    `lead` stands before each row; `apart`, each value is a row of its own. Lists of many numbers,
    and files written as text, are left out. Linear in the size of the document; it may be nested
    as deep as JSON could be read.
    """
    builder = TextBuilder()
    waiting = [_Node((), value)]
    while waiting:
        node = waiting.pop()
        if isinstance(node.value, Mapping):
            waiting += reversed(_add_object(builder, node, lead, apart=apart))
        else:
            waiting += reversed(list(_members(node)))
    return builder.extracted()


def scalar_text(value: object) -> str:
    """A value as JSON writes it, texts without their quotation marks; "" for what says nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).strip()
    return "" if _BLOB.match(text) else text


def list_text(values: Sequence[Any]) -> str | None:
    """`red, new` for a list of values, or of objects that hold a name and no more; None for others.

    "" stands for what says nothing, as the many numbers of a vector.
    """
    if len(values) > _NUMBERS and all(isinstance(v, int | float) for v in values):
        return ""
    texts = [_lone_name(v) if isinstance(v, Mapping) else v for v in values]
    if any(text is None and value is not None for text, value in zip(texts, values, strict=True)):
        return None
    if any(isinstance(text, list) for text in texts):
        return None
    return ", ".join(filter(None, map(scalar_text, texts)))


def _lone_name(fields: Mapping[str, Any]) -> str | None:
    """The name of an object that says nothing else."""
    said = [key for key, value in fields.items() if value not in (None, "", [], {})]
    name = _own_name(fields)
    if name is None or name == "id" or said != [name]:  # a number alone tells a reader nothing
        return None
    return str(fields[name]).strip()


def _add_object(builder: TextBuilder, node: _Node, lead: str, *, apart: bool) -> list[_Node]:
    """The values of an object as rows; what is nested in it is given back."""
    fields = {key: value for key, value in node.value.items() if key not in _NO_KEYS}
    prefix = ", ".join(filter(None, [lead, *_shortened(node.path)]))
    if (pair := _question(fields)) is not None:
        builder.add_rows([pair])
        fields = {
            key: value for key, value in fields.items() if key not in ("name", "acceptedAnswer")
        }
    alike = Counter(frozenset(value) for value in fields.values() if isinstance(value, Mapping))
    named = _own_name(fields) if node.path else None
    values: list[tuple[str, str]] = []
    below: list[_Node] = []
    for key, value in fields.items():
        label = _label(key)
        nested = apart and isinstance(value, Mapping)
        if nested or (text := _beside(value, alike)) is None:
            path = node.path if key.startswith("@") else (*node.path, label)
            below.append(_Node(_kept(path), value))
        elif text and not (key == named and text in node.path):
            values.append((label, text))
    if (
        node.member and named not in (None, "id") and not values and not below
    ):  # its name is all that it says
        builder.add_rows([_sentence(prefix)])
    glossary = not prefix and _is_wordy(values) and not below and not node.path
    _add_values(builder, prefix, values, apart=apart or glossary)
    return below


def _add_values(
    builder: TextBuilder, prefix: str, values: Sequence[tuple[str, str]], *, apart: bool
) -> None:
    """The values as rows, `apart` each by itself; long ones as prose."""
    short = [(key, text) for key, text in values if len(text) < _PROSE]
    for row in ([entry] for entry in short) if apart else (short,):
        builder.add_rows(_rows(prefix, row))
    for key, text in values:
        if len(text) >= _PROSE:
            builder.add(_said(prefix, key, text))


def _is_wordy(values: Sequence[tuple[str, str]]) -> bool:
    """Whether short values are phrases, as those of a glossary."""
    words = [text.count(" ") + 1 for _, text in values if len(text) < _PROSE]
    return len(words) >= _WORDY and sum(words) >= _WORDY * len(words)


def _rows(prefix: str, values: Sequence[tuple[str, str]]) -> Iterator[str]:
    """One row's text; of one with many values several, each of which begins with the prefix."""
    if len(values) == 1:
        yield _said(prefix, *values[0])
        return
    start = f"{prefix}." if prefix else ""
    text = start
    for key, value in values:
        part = _sentence(f"{key}: {value}")
        if text != start and len(text) + len(part) > _LONGEST:
            yield text
            text = start
        text = f"{text} {part}".lstrip()
    if text != start:
        yield text


def _said(prefix: str, key: str, text: str) -> str:
    named = text if prefix and key in _PLAIN_KEYS else f"{key}: {text}"
    return _sentence(f"{prefix}. {named}" if prefix else named)


def _beside(value: object, alike: Mapping[frozenset[str], int]) -> str | None:
    """A value as it stands in its object's row, "" for none; None for what has rows of its own."""
    if isinstance(value, list):
        return list_text(value)
    if not isinstance(value, Mapping):
        return scalar_text(value)
    if (name := _lone_name(value)) is not None:
        return name
    if len(value) > _INLINE or alike[frozenset(value)] > 1:
        return None if value else ""
    if any(isinstance(v, Mapping | list) for v in value.values()):
        return None
    shown = [(key, scalar_text(v)) for key, v in value.items() if key not in _NO_KEYS]
    if any(_SENTENCE_END.search(said) for _, said in shown):
        return None
    text = ", ".join(f"{_label(key)}: {said}" for key, said in shown if said)
    return text if len(text) <= _INLINE_CHARACTERS and len(value) > 1 else None


def _members(node: _Node) -> Iterator[_Node]:
    """The members of a list, each with its name or number; lists of numbers alone are left out."""
    numbered = len(node.value) > 1
    plain: list[Any] = []
    for number, value in enumerate(node.value, 1):
        if isinstance(value, Mapping):
            name = _own_name(value)
            label = scalar_text(value[name]) if name else str(number) if numbered else ""
            yield _Node(_kept((*node.path, _label(label))), value, member=True)
        elif not isinstance(value, list):
            plain.append(value)
        elif any(not isinstance(v, int | float) for v in value):
            label = str(number) if numbered else ""
            yield _Node(_kept((*node.path, label)), value)
    if plain and (text := ", ".join(filter(None, map(scalar_text, plain)))):
        yield _Node(_kept(node.path[:-1]), {node.path[-1] if node.path else "": text})


def _own_name(fields: Mapping[str, Any]) -> str | None:
    """The key under which an object names itself."""
    for key in _OWN_NAMES:
        value = fields.get(key)
        names = isinstance(value, str | int) and not isinstance(value, bool)
        if names and 0 < len(str(value).strip()) <= _LABEL:
            return key
    return None


def _question(fields: Mapping[str, Any]) -> str | None:
    """A question of schema.org with its answer."""
    answer, question = fields.get("acceptedAnswer"), fields.get("name")
    if isinstance(answer, list) and answer:
        answer = answer[0]
    text = answer.get("text") if isinstance(answer, Mapping) else None
    if isinstance(text, str) and isinstance(question, str):
        return f"{question.strip()} {text.strip()}"
    return None


def _label(key: str) -> str:
    return " ".join(key.replace("_", " ").split())[:_LABEL]


def _kept(path: _Path) -> _Path:
    """A path that does not grow with the nesting: its beginning and its end."""
    return path if len(path) <= _PATH else (path[0], *path[1 - _PATH :])


def _shortened(path: _Path) -> Iterator[str]:
    return (label for label in path if label)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{text}."
