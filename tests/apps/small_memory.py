"""A memory of four documents, without models: what the doors are tried on."""

from __future__ import annotations

from pathlib import Path

import spanmem

TEXTS = {
    "lamps/warranty.txt": "The warranty of the lamp lasts two years. It does not cover the bulb.",
    "ferry.md": "# Ferry\n\nThe ferry to Hven costs 90 crowns. Dogs travel free.\n",
    "turn: notes.txt": "The turn at Glumslöv is sharp.",
    "café & Größe.txt": "The café in Malmö opens at nine. „Größe“ means size.",
}
SETTINGS = spanmem.Settings.load(
    overrides={"encoder.model": "hash-256", "reader.model": "overlap", "answer.abstain_below": 0.5}
)


def small_qa(folder: Path) -> spanmem.QA:
    """A `QA` over a new memory in `folder`, called `small`."""
    for name, text in TEXTS.items():
        path = folder / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    memory = spanmem.index(folder / "docs", into=folder / "small.memory", settings=SETTINGS)
    return spanmem.QA(memory, settings=SETTINGS)
