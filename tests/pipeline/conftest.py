"""Packages with plugins, as pip would have installed them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`install(package, {group: {name: "module:object"}}, code, module)`; gone afterwards.

    Writes the package's metadata and, unless `code` is None, its module.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = {*sys.modules}

    def install_now(
        package: str,
        plugins: Mapping[str, Mapping[str, str]],
        code: str | None,
        module: str = "sky_models",
    ) -> None:
        info = site / f"{package}-1.2.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        lines = [
            line
            for group, points in plugins.items()
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if code is not None:
            (site / f"{module}.py").write_text(code, encoding="utf-8")

    yield install_now
    for name in {*sys.modules} - before:
        if name.startswith("sky_"):
            del sys.modules[name]
