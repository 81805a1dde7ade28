"""`spanmem backup` and `spanmem restore`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from spanmem.apps.cli.main import command_line
from spanmem.apps.web.keys import Keys
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.pipeline.settings import Settings

SETTINGS = Settings.load({"encoder": {"model": "hash-32"}, "reader": {"model": "overlap"}})


def test_a_service_is_copied_and_made_again_from_the_copy(tmp_path: Path) -> None:
    with Service(SETTINGS, tmp_path / "data") as service:
        service.memories.create("support")
        service.keys.add(Kind.ADMIN, "Ann")
    data, copy = str(tmp_path / "data"), str(tmp_path / "copy")
    run = CliRunner().invoke(command_line(), ["backup", copy, "--data", data])
    assert run.exit_code == 0, run.output
    assert run.output.startswith(f"copied to {copy}: support; 2 files")
    run = CliRunner().invoke(
        command_line(), ["restore", copy, "--data", str(tmp_path / "new"), "--json"]
    )
    assert json.loads(run.output)["memories"] == ["support"]
    with Service(SETTINGS, tmp_path / "new") as again:
        assert [key.name for key in Keys(again.database).all()] == ["Ann"]
