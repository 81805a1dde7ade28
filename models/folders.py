"""Folders of models that lack something: it is told before a library stumbles on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import ModelError
from .tokenizers import has_tokenizer
from .weights import check_no_adapter

__all__ = ["check_downloaded", "check_sentence_folder"]

_LFS = b"version https://git-lfs.github.com/spec/"
_BIG = ("*.safetensors", "*.bin", "*.model", "tokenizer.json", "vocab.*")
"""What repositories keep in Git LFS, of what is read here."""
_LISTED = {"Pooling": False, "Dense": True, "LayerNorm": True, "WeightedLayerPooling": True}
"""Modules of sentence-transformers that have a config.json -> whether they have weights too."""
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def check_downloaded(folder: Path, source: str) -> None:
    """Raise ModelError for files that Git LFS has not fetched, and for an adapter without model."""
    for pattern in _BIG:  # modules lie in folders of their own
        for path in sorted((*folder.glob(pattern), *folder.glob(f"*/{pattern}"))):
            if path.is_file() and _begins(path, _LFS):
                raise ModelError(
                    f"{source}: {path.relative_to(folder)} is a pointer of Git LFS, not the file "
                    "itself; run `git lfs pull` in its repository, or fetch the model again"
                )
    if not (folder / "config.json").is_file():
        check_no_adapter(folder, source)


def check_sentence_folder(folder: Path, source: str) -> None:
    """Raise ModelError where a folder lacks files of the modules that it names, or a tokenizer.

    Other modules than those of `_LISTED` are left to whoever opens them.
    """
    check_downloaded(folder, source)
    for kind, place in _modules(folder):
        if kind == "Transformer":
            _check_tokenizer(folder / place, source)
        if kind not in _LISTED:
            continue
        weights = any((folder / place / name).is_file() for name in _WEIGHTS)
        if not (folder / place / "config.json").is_file():
            raise ModelError(_lacks(source, f"{place}/config.json"))
        if _LISTED[kind] and not weights:
            raise ModelError(_lacks(source, f"{place}/{_WEIGHTS[0]}"))
    if not (folder / "modules.json").exists() and (folder / "config.json").is_file():
        _check_tokenizer(folder, source)


def _check_tokenizer(folder: Path, source: str) -> None:
    config = _table(folder / "config.json")
    if "vision_config" not in config and not has_tokenizer(folder):
        raise ModelError(
            f"{source} brings no tokenizer, without which each word is unknown; add the "
            "tokenizer.json or vocabulary that it was trained with, or fetch the model again"
        )


def _lacks(source: str, file: str) -> str:
    return f"{source} lacks {file}, which its modules.json names; fetch the whole folder again"


def _modules(folder: Path) -> Iterator[tuple[str, str]]:
    """Kind and place of each module of sentence-transformers that a folder names."""
    try:
        rows = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield str(row.get("type", "")).rpartition(".")[2], str(row.get("path", ""))


def _begins(path: Path, mark: bytes) -> bool:
    try:
        file = path.open("rb")
    except PermissionError:  # whoever opens it says so
        return False
    with file:
        return file.read(len(mark)) == mark


def _table(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
