"""The models that come with the package."""

from __future__ import annotations

import pytest

from spanmem.models import bundled


@pytest.mark.parametrize("name", ["reader", "encoder", "verifier"])
def test_bundled_models_have_weights_and_a_card_with_a_licence(name: str) -> None:
    folder = bundled(name)
    assert (folder / "model.safetensors").is_file()
    assert "license:" in (folder / "README.md").read_text(encoding="utf-8")
