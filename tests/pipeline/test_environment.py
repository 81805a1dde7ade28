"""Settings from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.pipeline.environment import from_environment, variable
from spanmem.pipeline.settings import Settings


@given(st.sampled_from(Settings.keys()))
def test_every_key_has_a_variable_that_says_it(key: str) -> None:
    assert from_environment({variable(key): "null"}) == {key: None}


def test_values_are_those_of_a_file() -> None:
    environment = {
        "SPANMEM_ANSWER__TOP_K": "3",
        "SPANMEM_SERVICE__HOST": "0.0.0.0",
        "SPANMEM_SERVICE__AUTH": "false",
        "SPANMEM_SERVICE__HOSTS": "help.example, help.test",
        "SPANMEM_SERVICE__PROXIES": "[10.0.0.0/8]",
        "SPANMEM_RETRIEVE__WHERE": "{lang: en}",
        "PATH": "/bin",
        "SPANMEM_DEBUG": "1",
    }
    settings = Settings.load(None, from_environment(environment))
    assert settings.answer.top_k == 3
    assert settings.service.host == "0.0.0.0"
    assert not settings.service.auth
    assert settings.service.hosts == ["help.example", "help.test"]
    assert settings.service.proxies == ["10.0.0.0/8"]
    assert settings.retrieve.where == {"lang": "en"}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("store://somewhere\n", encoding="utf-8")
    values = from_environment({"SPANMEM_MEMORY__PATH_FILE": str(tmp_path / "place")})
    assert values == {"memory.path": "store://somewhere"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SPANMEM_SERVICE__PROT": "1"}, "did you mean SPANMEM_SERVICE__PORT?"),
        ({"SPANMEM_NOTHING__LIKE_IT_AT_ALL": "1"}, "names no setting"),
        ({"SPANMEM_SERVICE__HOST": "[a"}, "is no value of YAML"),
        ({"SPANMEM_MEMORY__PATH_FILE": "/no/such"}, "/no/such"),
        ({"SPANMEM_MEMORY__PATH_FILE": "/dev/null", "SPANMEM_MEMORY__PATH": "a"}, "unset one"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(environment: dict[str, str], said: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        from_environment(environment)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="no text in UTF-8"):
        from_environment({"SPANMEM_MEMORY__PATH_FILE": str(tmp_path / "place")})
