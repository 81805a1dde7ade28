"""Settings from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.pipeline.environment import from_environment, variable
from spanmem.pipeline.settings import Settings


@given(st.sampled_from(Settings.keys()))
def test_every_key_has_a_variable_that_says_it(key: str) -> None:
    section, _, name = key.partition(".")
    usual = Settings().model_dump()[section][name]
    text = yaml.safe_dump(usual, default_flow_style=True).removesuffix("...\n")
    assert from_environment({variable(key): text}) == {key: usual}
    for empty in ("", "  "):
        assert from_environment({variable(key): empty, f"{variable(key)}_FILE": empty}) == {}


@given(
    st.sampled_from(
        ["service.auth", "service.behind_proxy", "service.log_questions", "memory.reuse"]
    ),
    st.sampled_from(["1", "true", "Yes", "ON", " on ", "0", "False", "no", "OFF", "off\n"]),
)
def test_true_and_false_are_said_as_people_do(key: str, text: str) -> None:
    wanted = text.strip().lower() in ("1", "true", "yes", "on")
    assert from_environment({variable(key): text}) == {key: wanted}
    with pytest.raises(InputError, match=f"{variable(key)} is .*; write true or false"):
        from_environment({variable(key): f"{text.strip()}e?"})


def test_a_name_may_look_like_a_number() -> None:
    environment = {
        "SPANMEM_SERVICE__DATA": "2026",
        "SPANMEM_MEMORY__PATH": "1e3",
        "SPANMEM_SERVICE__TLS_CERT": "no",
        "SPANMEM_SERVICE__TLS_KEY": "2026-01-01",
    }
    settings = Settings.load(None, from_environment(environment))
    assert (settings.service.data, settings.memory.path) == ("2026", "1e3")
    assert (settings.service.tls_cert, settings.service.tls_key) == ("no", "2026-01-01")


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
        ({"SPANMEM_service__port": "1"}, "did you mean SPANMEM_SERVICE__PORT?"),
        ({"SPANMEM_SERVICE__AUTH": "null"}, "SPANMEM_SERVICE__AUTH is 'null'; write true or false"),
        (
            {"SPANMEM_SERVICE__ASK_RATE": "abc"},
            "SPANMEM_SERVICE__ASK_RATE: Input should be a valid",
        ),
        ({"SPANMEM_SERVICE__PORT": "70000"}, "SPANMEM_SERVICE__PORT: Input should be less than"),
        ({"SPANMEM_SERVICE__DEADLINE": "10s"}, "(it is '10s')"),
        ({"SPANMEM_SERVICE__PUBLIC_URL": "help"}, "SPANMEM_SERVICE__PUBLIC_URL: is no address"),
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
