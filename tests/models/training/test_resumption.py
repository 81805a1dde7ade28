"""One training is told from another by recipe, data and start weights, and by nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from spanmem.core.errors import InputError
from spanmem.models.training.resumption import RunIdentity, digest_of_data, named_digests


class Recipe(BaseModel):
    base: str = "base"
    tokenizer: str | None = None
    data: tuple[Path, ...] = ()
    output: Path = Path("out")
    checkpoints: Path = Path("out.checkpoints")
    threads: int | None = None
    save_every_minutes: float = 5.0
    learning_rate: float = 2e-5
    epochs: float = 2.0
    seed: int = 13


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    for name in ("a.jsonl", "b.jsonl"):
        (folder / name).write_text(name)
    (folder / "base").mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "README.md"):
        (folder / "base" / name).write_text(name)
    return folder


def _identity(place: Path, names: tuple[str, ...] = ("a.jsonl",), **changes: Any) -> RunIdentity:
    data = tuple(place / name for name in names)
    return RunIdentity.of(Recipe(data=data, **changes), data, [place / "base"])


def _refusal(identity: RunIdentity, kept: Any) -> str | None:
    """What is said of a checkpoint, which keeps it as JSON."""
    try:
        identity.check(json.loads(json.dumps(kept)), Path("here"))
    except InputError as error:
        return str(error)
    return None


CHANGES: dict[str, Any] = {"learning_rate": 3e-5, "epochs": 1.0, "seed": 14, "tokenizer": "other"}
ELSEWHERE: dict[str, Any] = {
    "output": Path("else"), "checkpoints": Path("e"), "threads": 3, "save_every_minutes": 1.0,
    "base": "another/name",
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.sets(st.sampled_from(sorted(CHANGES))),
    st.sets(st.sampled_from(sorted(ELSEWHERE))),
    st.sampled_from([("a.jsonl",), ("b.jsonl",), ("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")]),
)
def test_it_is_refused_exactly_where_something_differs_and_that_is_named(
    place: Path, changed: set[str], moved: set[str], names: tuple[str, ...]
) -> None:
    kept = _identity(place).to_json()
    changes = {name: CHANGES[name] for name in changed}
    now = _identity(place, names, **changes, **{name: ELSEWHERE[name] for name in moved})
    message = _refusal(now, kept)
    assert (message is None) == (not changed and names == ("a.jsonl",))
    if message is not None:
        assert all(f"{name} was " in message for name in changed)
        assert ("data were a.jsonl" in message) == (names != ("a.jsonl",))
        assert "\n" not in message
        assert message.endswith("or train anew without --resume")


def test_the_same_bytes_elsewhere_are_the_same_data(place: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(place, tmp_path / "copied")
    assert _refusal(_identity(copied), _identity(place).to_json()) is None
    (copied / "a.jsonl").write_text("one row more")
    assert "a.jsonl was changed since" in (
        _refusal(_identity(copied), _identity(place).to_json()) or ""
    )


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("model.safetensors", True),
        ("config.json", True),
        ("tokenizer.json", True),
        ("1_Pooling/config.json", True),
        ("README.md", False),
        ("calibration.json", False),
        ("spanmem.json", False),
    ],
)
def test_start_weights_are_known_by_what_they_are_made_of(
    place: Path, tmp_path: Path, name: str, differs: bool
) -> None:
    copied = shutil.copytree(place, tmp_path / "copied")
    (copied / "base" / name).parent.mkdir(exist_ok=True)
    (copied / "base" / name).write_text("other")
    message = _refusal(_identity(copied), _identity(place).to_json())
    assert (message is not None) == differs
    assert message is None or "start weights were others" in message


@pytest.mark.parametrize("kept", [None, [], "x"])
def test_a_checkpoint_that_does_not_tell_is_not_gone_on_from(place: Path, kept: Any) -> None:
    assert "does not tell what it was trained on" in (_refusal(_identity(place), kept) or "")


def test_two_files_of_one_name_are_both_known() -> None:
    named = [("train.jsonl", "1"), ("train.jsonl", "2"), ("train.jsonl", "1"), ("b", "3")]
    table = named_digests(named, {"train.jsonl": "0"})
    assert table == {"train.jsonl": "0", "train.jsonl (2)": "1", "train.jsonl (3)": "2", "b": "3"}


def test_a_folder_of_data_is_known_by_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = digest_of_data(tmp_path)
    (tmp_path / "b").write_text("y")
    assert digest_of_data(tmp_path) != before
    with pytest.raises(InputError, match="no training data at"):
        digest_of_data(tmp_path / "none")
