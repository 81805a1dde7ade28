"""A trained retriever as a folder that `sentence-transformers` opens, of older releases too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...models.finite import check_trained
from ...models.training.outputs import drafted_folder
from ...models.training.recipes import write_facts

__all__ = ["export"]

_RENAMED = {"Transformer", "Pooling", "Normalize", "Dense"}
"""Modules that releases before 6 know as `sentence_transformers.models.NAME`."""


def export(model: Any, folder: Path, facts: dict[str, Any]) -> None:
    """Write the model in float16, and `spanmem.json` with how it came about.

    Raises InputError where a weight is not finite in float16, StorageError where it cannot write.
    """
    half = model.to(device="cpu").half()
    check_trained("in float16, as it is written,", half.state_dict().items())
    with drafted_folder(folder) as draft:
        half.save_pretrained(str(draft), create_model_card=False)
        _name_modules(draft / "modules.json")
        write_facts(draft, "encoder", facts)


def _name_modules(path: Path) -> None:
    """Name the library's modules as its older releases do too, so that they open the folder.

    The library goes on reading these names, since folders of those releases have them.
    """
    modules: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    for module in modules:
        package, _, name = module["type"].rpartition(".")
        if package.startswith("sentence_transformers.") and name in _RENAMED:
            module["type"] = f"sentence_transformers.models.{name}"
    path.write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
