"""Which prompts a sentence encoder wants before its texts, by the configuration it comes with.

E5, BGE, GTE, Arctic, Nomic and the like were trained with a few words before each question, and
some before each passage too ("query: ", "search_document: "); without them they retrieve worse.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ...core.errors import ModelError
from ...core.records import Prompts

__all__ = ["read_prompts"]

_FILE = "config_sentence_transformers.json"
_QUERY_NAMES = ("query",)
_PASSAGE_NAMES = ("document", "passage", "corpus")
"""Names under which `encode_document` of sentence-transformers looks for a prompt, in order."""
_RETRIEVAL = frozenset(["search", "retrieval", "web", "s2p"])
"""What else stands in names of prompts for retrieval: `search_query`, `retrieval.passage`."""


def read_prompts(folder: Path) -> Prompts:
    """The prompts that a model's folder names for questions and for passages; empty: none.

    The names are those of `encode_query` and `encode_document` in sentence-transformers 6, which
    heed no `default_prompt_name` either; where they lead to none, those that Nomic, Jina, Stella
    and their kin give to prompts for retrieval. An empty prompt counts as none: the library writes
    an empty `document` into each folder that it saves, and so hides a `passage` from itself.

    Raises ModelError where the file is broken.
    """
    path = folder / _FILE
    if not path.is_file():
        return Prompts()
    try:
        table: Any = json.loads(path.read_text(encoding="utf-8"))
        prompts = {str(name): str(text or "") for name, text in table.get("prompts", {}).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path} does not tell the model's prompts ({error}); fetch the model again"
        ) from error
    return Prompts(query=_first(prompts, _QUERY_NAMES), passage=_first(prompts, _PASSAGE_NAMES))


def _first(prompts: dict[str, str], names: tuple[str, ...]) -> str:
    exact = next((prompts[name] for name in names if prompts.get(name)), "")
    if exact:
        return exact
    longer = (text for name, text in prompts.items() if text and _is_for_retrieval(name, names))
    return next(longer, "")


def _is_for_retrieval(name: str, sides: tuple[str, ...]) -> bool:
    """Whether a prompt's name is made of a side and words for retrieval: `Retrieval-query`."""
    words = [word for word in re.split(r"[^a-z0-9]", name.lower()) if word]
    return words[-1:] != [] and words[-1] in sides and set(words[:-1]) <= _RETRIEVAL
