"""Names of memories, and where they lie."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spanmem.apps.web.errors import Conflict, NotFound
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError

Build = Callable[..., Service]


def test_memories_are_named_by_their_folders_or_by_hand(
    build: Build, memory: Path, tmp_path: Path
) -> None:
    shutil.copytree(memory, tmp_path / "elsewhere" / "faq.memory")
    place = str(tmp_path / "elsewhere" / "faq.memory")
    with build(tmp_path / "data", "support", memories=[place, f"again={place}"]) as service:
        assert service.memories.names() == ("again", "faq", "support")
        assert service.memories.place("faq") == place
        assert not service.memories.qa("again").ask("Who built the mill at Halden?").abstained
        for name in ("none", "../support", ""):
            with pytest.raises((NotFound, InputError)):
                service.memories.place(name)


def test_two_memories_of_one_name_are_refused(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two memories are named 'a'"):
        build(tmp_path, memories=["/x/a.memory", "/y/a.memory"])


def test_a_memory_is_made_once(build: Build, tmp_path: Path) -> None:
    with build(tmp_path) as service:
        service.memories.create("new")
        assert service.memories.names() == ("new",)
        with pytest.raises(Conflict):
            service.memories.create("new")
        with pytest.raises(InputError):
            service.memories.create("../new")


def test_no_more_are_open_than_may_be(build: Build, tmp_path: Path) -> None:
    with build(tmp_path, "a", "b", "c", open_memories=2) as service:
        for name in ("a", "b", "a", "c"):
            service.memories.qa(name)
        assert service.memories.open_names() == ("a", "c")
