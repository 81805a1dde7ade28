"""Files of settings (.yaml, .toml, .ini): each value with the keys that lead to it, and remarks."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.errors import first_line
from ..json_trees import tree_text
from .embedded import add_extracted
from .extracted import Extracted, TextBuilder
from .text import read_text

__all__ = ["read_configuration"]

_REMARK = re.compile(r"[ \t]{0,200}[#;]+[ \t]{0,20}(\S.*)")
_LARGEST = 4_000_000
"""Characters of a file at most: what parses YAML is slow."""
_DEEPEST = 100
"""Values of YAML within each other at most."""
_VALUES = 1_000_000
"""Values of a file at most, those of anchors counted wherever they are named."""


def read_configuration(path: Path) -> Extracted:
    """The lines that are remarks, and the values as they are written, each a row.

    What cannot be parsed, as templates cannot, is read as text, and told. Raises InputError for no
    text.
    """
    plain = read_text(path)
    try:
        if len(plain.text) > _LARGEST:
            raise ValueError(f"more than {_LARGEST:,} characters")
        values = _PARSERS[path.suffix.lower()](plain.text)
        if _size(values, {}) > _VALUES:
            raise ValueError(f"more than {_VALUES:,} values")
    except (ValueError, configparser.Error, RecursionError) as error:
        why = f"{path}: no valid {path.suffix[1:].upper()} ({first_line(error)}); read as text"
        return replace(plain, notices=(*plain.notices, why))
    builder = TextBuilder()
    for text in _remarks(plain.text):
        builder.add(text)
    add_extracted(builder, tree_text(values, apart=True))
    extracted = builder.extracted()
    return replace(plain, text=extracted.text, rows=extracted.rows)


def _remarks(text: str) -> list[str]:
    """What whole lines of remarks say, those below each other as one."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if remark := _REMARK.fullmatch(line):
            blocks[-1].append(remark[1].rstrip())
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def _yaml(text: str) -> Mapping[str, Any]:
    """The documents of a file, all scalars as they are written: `no` is no false, 1.10 no 1.1."""
    import yaml

    # What is in C is ten times as quick, and its loader recurses without bound.
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise ValueError(f"more than {_DEEPEST} values within each other")
        documents = list(yaml.load_all(text, Loader=loader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    values = documents[0] if len(documents) == 1 else documents
    if not isinstance(values, Mapping | list):
        raise ValueError("no key in it")
    return values if isinstance(values, Mapping) else {"": values}


def _toml(text: str) -> Mapping[str, Any]:
    return tomllib.loads(text, parse_float=str)


def _ini(text: str) -> Mapping[str, Any]:
    parser = configparser.ConfigParser(
        strict=False, interpolation=None, allow_no_value=True, default_section=""
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _size(value: Any, known: dict[int, int]) -> int:
    """How many values there are, in steps of those that are written. Raises ValueError for a
    value that holds itself."""
    if not isinstance(value, Mapping | list):
        return 1
    if (found := known.get(id(value))) is not None:
        if found < 0:
            raise ValueError("a value that holds itself")
        return found
    known[id(value)] = -1
    inner = value.values() if isinstance(value, Mapping) else value
    known[id(value)] = total = 1 + sum(_size(v, known) for v in inner)
    return total


_PARSERS: dict[str, Callable[[str], Mapping[str, Any]]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": _toml,
    ".ini": _ini,
}
