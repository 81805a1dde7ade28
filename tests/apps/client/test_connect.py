"""Which client serves is told by what is passed, and what does not go together is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.apps.client.connect import KEY_VARIABLE, connect
from spanmem.apps.client.http import HttpClient
from spanmem.apps.client.local import LocalClient
from spanmem.apps.client.protocol import Client
from spanmem.core.errors import InputError, MemoryNotFound, SpanMemError
from tests.apps.small_memory import SETTINGS, small_qa


def test_a_folder_is_opened_and_a_service_is_not_called_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qa = small_qa(tmp_path)
    qa.memory.close()
    local = connect(tmp_path / "small.memory", settings=SETTINGS)
    assert isinstance(local, LocalClient)
    local.close()
    monkeypatch.setenv(KEY_VARIABLE, "sm_k_1_2\n")
    remote: Client = connect("support", url="http://127.0.0.1:9", api_key=None)
    assert isinstance(remote, HttpClient)
    assert remote.name == "support"
    remote.close()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "which memory"),
        ({"memory": 5, "url": "http://h"}, "by name"),
        ({"memory": "m", "url": "http://h", "settings": SETTINGS}, "those of the service"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        connect(**options)  # type: ignore[arg-type]


def test_what_is_no_memory_is_told_by_the_family(tmp_path: Path) -> None:
    with pytest.raises(MemoryNotFound):
        connect(tmp_path / "none")
    with pytest.raises(SpanMemError):
        connect("nothing://here")
