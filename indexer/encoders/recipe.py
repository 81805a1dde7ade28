"""What of an encoder's folder, beside the weights, makes its vectors: modules, pooling, tokenizer.

Digested as far as vectors depend on it: layouts of several releases of sentence-transformers that
mean the same give the same digest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ...core.errors import ModelError
from ...models.runtimes.kept import content_digest
from ...models.runtimes.plain import read_mode

__all__ = ["read_dimensions", "recipe_digest"]

_SETTINGS = "config_sentence_transformers.json"
_TOKENIZER_FILES = (
    *("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model"),
    *("spiece.model", "spm.model", "tokenizer.model"),
)
_TOKENIZER_SETTINGS = ("do_lower_case", "strip_accents", "tokenize_chinese_chars")


def read_dimensions(folder: Path) -> int | None:
    """How many numbers of each vector the folder says to keep, as its `truncate_dim`; None: all.

    Raises ModelError where that is no whole number above 0, or the file is broken.
    """
    path = folder / _SETTINGS
    if not path.is_file():
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8")).get("truncate_dim")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path} does not tell the model's dimensions ({error}); fetch the model again"
        ) from error
    if kept is None:
        return None
    if isinstance(kept, bool) or not isinstance(kept, int) or kept < 1:
        raise ModelError(
            f"{path} keeps {kept!r} numbers of each vector as truncate_dim; write a whole number "
            "above 0, or take it out"
        )
    return kept


def recipe_digest(folder: Path) -> str:
    """First 8 hex digits of the SHA-256 over how the folder says to make vectors of texts."""
    modules = _modules(folder)
    facts = {
        "modules": [[kind, _module_settings(kind, folder / place)] for kind, place in modules],
        "tokenizer": _tokenizer(folder / (modules[0][1] if modules else "")),
    }
    text = json.dumps(facts, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Kind and place of each; without a normalization at the end, for all are unit vectors."""
    table = _json(folder / "modules.json")
    rows = [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []
    modules = [
        (str(row.get("type", "")).rpartition(".")[2], str(row.get("path", ""))) for row in rows
    ]
    while modules and modules[-1][0] == "Normalize":
        modules.pop()
    return modules


def _module_settings(kind: str, place: Path) -> Any:
    """What a module's configuration says of its vectors."""
    if kind == "Transformer":
        table = _json(place / "sentence_bert_config.json")
        return bool(isinstance(table, dict) and table.get("do_lower_case"))
    table = _json(place / "config.json")
    if kind != "Pooling" or not isinstance(table, dict):
        return table
    mode = read_mode(table)
    if mode is not None:
        return mode
    return {
        name: value
        for name, value in table.items()
        if name not in ("embedding_dimension", "word_embedding_dimension") and value is not False
    }


def _tokenizer(folder: Path) -> Any:
    """Rules and vocabulary; how rows are cut and filled up is not of them."""
    settings = _json(folder / "tokenizer_config.json")
    table = settings if isinstance(settings, dict) else {}
    flags = {name: table[name] for name in _TOKENIZER_SETTINGS if table.get(name) is not None}
    rules = _json(folder / "tokenizer.json")
    if isinstance(rules, dict):
        own = {name: part for name, part in rules.items() if name not in ("truncation", "padding")}
        text = json.dumps(own, sort_keys=True)
        return [flags, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()]
    files = [folder / name for name in _TOKENIZER_FILES if (folder / name).is_file()]
    return [flags, [[path.name, content_digest(path)] for path in files]]


def _json(path: Path) -> Any:
    """What a file holds; None where there is none, or it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
