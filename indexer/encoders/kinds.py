"""Models that were not trained to compare texts, or not so: what is said when one is loaded."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

from ...core.records import Prompts

__all__ = ["remarks", "say_kind"]

log = logging.getLogger(__name__)

_HEADS = {
    "ForSequenceClassification": "a cross-encoder or classifier",
    "ForTokenClassification": "a tagger of tokens",
    "ForMultipleChoice": "a chooser among answers",
    "ForQuestionAnswering": "a span reader",
    "ForMaskedLM": "a language model",
    "ForPreTraining": "a language model",
    "ForCausalLM": "a text generator",
    "LMHeadModel": "a text generator",
    "ForConditionalGeneration": "a text generator",
}
"""How the names of architectures end -> what they are."""
_PROMPTED = {
    r"e5": ("query: ", "passage: "),
    r"nomic-embed-text": ("search_query: ", "search_document: "),
}
"""Names of families that were trained with prompts -> their prompts."""
_FIRST_TOKEN = r"bge|gte|arctic-embed|mxbai-embed"
"""Families of which most take the vector of `[CLS]`, as their modules.json would tell."""

_said: set[str] = set()
"""Remarks made in this process."""


def say_kind(source: str, folder: Path, prompts: Prompts, *, prompts_given: bool) -> None:
    """Say once per model what speaks against it as an encoder.

    `prompts_given`: the user has set the prompts, to none it may be.
    """
    for remark in remarks(source, folder, None if prompts_given else prompts):
        if remark not in _said:
            _said.add(remark)
            log.warning("%s", remark)


def remarks(source: str, folder: Path, prompts: Prompts | None) -> list[str]:
    """What speaks against a model as an encoder, a line each; prompts of None are passed over."""
    config = _config(folder)
    names = f"{Path(source).name} {folder.name} {config.get('_name_or_path') or ''}".lower()
    lines = []
    if not (folder / "modules.json").is_file():
        lines.append(_without_modules(source, config, names))
    for family, (query, passage) in _PROMPTED.items():
        if prompts == Prompts() and _is_named(family, names):
            lines.append(
                f"{source} is used without prompts, and models of its name were trained with "
                f'"{query}" and "{passage}": set encoder.query_prompt and encoder.passage_prompt, '
                'or both to "" if that is meant'
            )
    return lines


def _without_modules(source: str, config: dict[str, Any], names: str) -> str:
    """That a folder does not say how vectors are made of tokens."""
    architecture = " ".join(map(str, config.get("architectures") or ()))
    kind = next((kind for end, kind in _HEADS.items() if architecture.endswith(end)), None)
    if kind is not None:
        return (
            f"{source} is {kind} ({architecture}), not trained to compare texts: the mean of its "
            "tokens is taken, and finds little; give a sentence-transformers model as encoder.model"
        )
    first = " (models of its name mostly take [CLS])" if _is_named(_FIRST_TOKEN, names) else ""
    return (
        f"{source} has no modules.json, which tells how tokens become one vector, so their mean is "
        f"taken{first}; fetch the whole folder if it is a sentence-transformers model"
    )


def _is_named(family: str, names: str) -> bool:
    return re.search(rf"(?<![a-z0-9])(?:{family})(?![a-z0-9])", names) is not None


def _config(folder: Path) -> dict[str, Any]:
    try:
        table = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
