"""Where a model's files are: a local folder, or the hub's, with its licence said."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from ..core.errors import ModelError, first_line

__all__ = ["fetch", "say_licence"]

log = logging.getLogger(__name__)

_SHORT_NAMES = {
    "spanbert-base-cased": "SpanBERT/spanbert-base-cased",
    "spanbert-large-cased": "SpanBERT/spanbert-large-cased",
}
_FILES = ("*.json", "*.safetensors", "*.bin", "*.txt", "*.model", "README.md")
_OTHER_RUNTIMES = ("onnx/*", "openvino/*", "openvino*", "coreml/*")


def fetch(source: str, *, owner: str | None = None) -> Path:
    """The folder of a model: a local one as it is, a hub name as downloaded.

    `owner` stands before a name that has none. Raises ModelError.
    """
    path = Path(source)
    if path.is_dir():
        return path
    if path.is_file():
        raise ModelError(f"{source} is a file; give the folder of a model, or a hub name")
    if source.startswith((".", "~")) or source.endswith("/") or "\\" in source:
        raise ModelError(f"no model at {source}: there is no such folder; check the path")
    name = _SHORT_NAMES.get(source, source)
    if owner is not None and "/" not in name:
        name = f"{owner}/{name}"
    if path.is_absolute() or not _is_hub_name(name):
        raise ModelError(f"no model at {source}: there is no such folder, nor is it a hub name")
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                name, allow_patterns=list(_FILES), ignore_patterns=list(_OTHER_RUNTIMES)
            )
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{name} is no local folder and could not be fetched from the hub "
            f"({first_line(error)}); check name and network, or give the folder of a model"
        ) from error


def _is_hub_name(name: str) -> bool:
    """Whether a name with an owner keeps the hub's rules."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) is not None


_warned_of: set[str] = set()
"""Models whose licence was said in this process."""


def say_licence(source: str, folder: Path) -> None:
    """Say once per model that its licence forbids commercial use."""
    name = _SHORT_NAMES.get(source, source)
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    stated = re.search(r"^license:\s*(\S*-nc\S*)", text, re.MULTILINE | re.IGNORECASE)
    licence = stated[1] if stated else "CC-BY-NC 4.0" if name.startswith("SpanBERT/") else None
    if licence and name not in _warned_of:
        _warned_of.add(name)
        log.warning("%s is licensed %s: not for commercial use", name, licence)
