"""Settings from environment variables: `SPANMEM_<SECTION>__<KEY>`, as containers are configured.

`SPANMEM_ANSWER__TOP_K=3` is `answer.top_k: 3`. Values are read as YAML, as in a file; where a list
is wanted, commas do, too, and 0 and 1 where true or false is. An empty variable is as none. With
`_FILE` behind its name a variable names a file that holds the value: a secret stays out of the
environment.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ..core import files
from ..core.arguments import brief
from ..core.errors import InputError
from .settings import Settings

__all__ = ["PREFIX", "from_environment", "variable"]

PREFIX = "SPANMEM_"
_FILE = "_FILE"
_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
"""How people say true and false; 0 and 1 are numbers to YAML."""


def variable(key: str) -> str:
    """The variable that says a dotted key: `SPANMEM_ANSWER__TOP_K` for `answer.top_k`."""
    return f"{PREFIX}{key.replace('.', '__').upper()}"


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Dotted keys and their values, as `Settings.load` takes them for overrides.

    Variables without two underscores are none of these. Raises InputError for one that names no
    setting or holds what its setting cannot be, or whose file cannot be read.
    """
    known = {variable(key): key for key in Settings.keys()}  # noqa: SIM118  no mapping
    values: dict[str, Any] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        key, text = known.get(name), environment[name]
        if not text.strip():  # as Compose makes of `${PORT:-}`
            continue
        if key is None and name.endswith(_FILE):
            key = known.get(name.removesuffix(_FILE))
            text = _text_of(name, text) if key is not None else text
        if key is None:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see docs/service.md"
            raise InputError(f"the environment variable {name} names no setting; {hint}")
        if key in values:
            raise InputError(f"{variable(key)} and {variable(key)}{_FILE} are both set; unset one")
        values[key] = _value(name, key, text)
    return values


def _value(name: str, key: str, text: str) -> Any:
    """What a text means for a setting. Raises InputError for what that cannot be."""
    section, _, field = key.partition(".")
    usual = getattr(getattr(Settings(), section), field)
    if isinstance(usual, bool):
        if text.strip().lower() not in _WORDS:
            raise InputError(f"{name} is {brief(text)}; write true or false")
        return _WORDS[text.strip().lower()]
    value = _yaml(name, text)
    if isinstance(value, str) and isinstance(usual, list):
        value = [part.strip() for part in value.split(",") if part.strip()]
    slip = _slip(section, field, value)
    if slip and _slip(section, field, text) is None:  # a name that looks like a number
        return text
    if slip:
        raise InputError(f"{name}: {slip} (it is {brief(text)})")
    return value


def _slip(section: str, field: str, value: object) -> str | None:
    """Why a setting cannot have a value by itself, whatever the others are; None where it can."""
    try:
        Settings.model_validate({section: {field: value}})
    except ValidationError as error:
        for each in error.errors():
            if each["loc"][:2] == (section, field):
                return each["msg"].removeprefix("Value error, ")
    return None


def _text_of(name: str, path: str) -> str:
    with files.refusals(path):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise InputError(f"{name}: {path} is no text in UTF-8; name another file") from None


def _yaml(name: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError(
            f"the environment variable {name} is no value of YAML: put it in quotation marks"
        ) from None
