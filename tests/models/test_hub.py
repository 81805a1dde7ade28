"""Where a model's files are, and what is said of its licence."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from spanmem.core.errors import ModelError
from spanmem.models.hub import fetch, say_licence


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def snapshot(cache: Path, name: str) -> Path:
    """A model in the hub's own cache, as a download leaves it."""
    home = cache / f"models--{name.replace('/', '--')}"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("abc123")
    (home / "snapshots" / "abc123").mkdir(parents=True)
    return home / "snapshots" / "abc123"


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert fetch(str(tmp_path)) == tmp_path


def test_a_snapshot_is_found_without_a_network(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, "someone/model")
    assert fetch("someone/model") == folder


def test_the_article_s_bare_names_are_spanbert_s(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, "SpanBERT/spanbert-base-cased")
    assert fetch("spanbert-base-cased") == folder
    assert fetch("spanbert-base-cased", owner="someone") == folder


def test_an_owner_stands_before_a_name_that_has_none(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, "someone/model")
    assert fetch("model", owner="someone") == folder
    assert fetch("someone/model", owner="another") == folder


@pytest.mark.parametrize("name", ["SpanBERT/spanbert-large-cased", "spanbert-large-cased"])
def test_what_is_out_of_reach_is_named_with_the_way_out(name: str) -> None:
    with pytest.raises(ModelError, match=r"SpanBERT/spanbert-large-cased.*check name and network"):
        fetch(name)


@pytest.mark.parametrize("source", ["/nowhere/at/all", "no-such-name", "a/b/c", "no spaces/x"])
def test_what_is_no_folder_and_no_hub_name_is_refused(source: str) -> None:
    with pytest.raises(ModelError, match="no such folder, nor is it a hub name"):
        fetch(source)


@pytest.mark.parametrize(
    "source", ["./nothere", "../no/there", "~/models/x", "models/", ".", "C:\\models\\x", "./a.b/c"]
)
def test_what_is_clearly_a_path_is_told_to_be_none(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    if source == ".":
        assert fetch(source) == Path()
        return
    with pytest.raises(ModelError, match="there is no such folder; check the path"):
        fetch(source)


@pytest.mark.parametrize("source", ["-a/b", "a/b--c", "a/b..c", "a/" + 100 * "b", "ä/b"])
def test_what_keeps_no_rule_of_the_hub_is_refused_in_our_words(source: str) -> None:
    with pytest.raises(ModelError, match="no such folder, nor is it a hub name"):
        fetch(source)


def test_a_file_is_no_folder_of_a_model(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelError, match="is a file; give the folder of a model"):
        fetch(str(tmp_path / "model.safetensors"))


@pytest.mark.parametrize(
    ("source", "card", "licence"),
    [
        ("SpanBERT/spanbert-base-cased", None, "CC-BY-NC 4.0"),
        ("spanbert-large-cased", None, "CC-BY-NC 4.0"),
        ("mine", "---\nlicense: cc-by-nc-4.0\n---\n", "cc-by-nc-4.0"),
        ("yours", "---\nLicense: CC-BY-NC-SA-4.0\n---\n", "CC-BY-NC-SA-4.0"),
        ("free", "---\nlicense: apache-2.0\n---\n", None),
        ("bare", None, None),
    ],
)
def test_a_licence_against_commercial_use_is_said_once(
    source: str,
    card: str | None,
    licence: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("spanmem.models.hub._warned_of", set())
    if card is not None:
        (tmp_path / "README.md").write_text(card, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        say_licence(source, tmp_path)
        say_licence(source, tmp_path)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == (licence is not None)
    assert all(f"is licensed {licence}: not for commercial use" in line for line in messages)
