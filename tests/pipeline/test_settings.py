"""Settings: profiles, overrides, and one clear line for whatever is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import ValidationError

from spanmem import configs
from spanmem.core.errors import InputError
from spanmem.indexer.build import build
from spanmem.memory.backends.postgresql.vector_index import KINDS
from spanmem.memory.views.index_types import INDEX_TYPES
from spanmem.pipeline.indexing import index
from spanmem.pipeline.settings import RESERVED_TOKENS, SPLIT, IndexSettings, Settings
from spanmem.reader import windows
from spanmem.reader.reader import SpanReader
from spanmem.reader.training.fine_tuning import ReaderTraining


def test_the_cpu_profile_spells_out_every_default() -> None:
    assert Settings.load("cpu") == Settings() == Settings.load()
    table = yaml.safe_load(configs.read("cpu"))
    spelled = {f"{section}.{key}" for section, inner in table.items() for key in inner}
    assert spelled == set(Settings.keys())


@pytest.mark.parametrize("name", configs.profiles())
def test_every_packaged_profile_is_valid(name: str) -> None:
    assert isinstance(Settings.load(name), Settings)


def test_a_packaged_profile_is_loaded_by_its_name() -> None:
    assert Settings.load("gpu").runtime.device == "cuda"
    assert "spanbert-large" in str(Settings.load("spanbert-large").reader.model)


def test_a_file_keeps_the_defaults_of_keys_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("answer:\n  top_k: 3\nindex:\n", encoding="utf-8")
    loaded = Settings.load(path, {"retrieve.depth": 7, "memory.path": "m"})
    assert loaded.answer.top_k == 3
    assert loaded.retrieve.depth == 7
    assert loaded.memory.path == "m"
    assert loaded.index == Settings().index


def test_overrides_win_and_leave_the_original_alone() -> None:
    table = {"answer": {"top_k": 3}}
    loaded = Settings.load(table, {"answer.top_k": 9})
    assert (loaded.answer.top_k, table["answer"]["top_k"]) == (9, 3)
    again = loaded.override({"answer.top_k": 2, "runtime.threads": 3})
    assert (again.answer.top_k, again.runtime.threads, loaded.answer.top_k) == (2, 3, 9)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().answer.__setattr__("top_k", 3)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            {"retrieve": {"dpeth": 3}},
            "retrieve.dpeth is not a setting; did you mean retrieve.depth?",
        ),
        ({"answer": {"depth": 3}}, "answer.depth is not a setting; did you mean retrieve.depth?"),
        ({"retreive": {"depth": 3}}, "retreive is not a setting; did you mean retrieve?"),
        ({"zzz": 1}, "zzz is not a setting; known are answer, encoder, index, memory, reader"),
        ({"retrieve": {"depth": 0}}, "retrieve.depth: Input should be greater than or equal to 1"),
        ({"retrieve": {"mode": "fast"}}, "retrieve.mode: Input should be 'hybrid', 'dense' or"),
        ({"index": {"words": 10, "overlap": 10}}, "index: overlap 10 must be less than words 10"),
        (
            {"reader": {"window": 40, "overlap": 64}},
            "overlap 64 must be less than window 40",
        ),
        ({"index": {"words": "many"}}, "index.words: Input should be a valid integer"),
        ({"index": {"words": True}}, "index.words: Input should be a valid integer"),
        ({"runtime": {"device": "quantum"}}, "runtime.device: "),
        ({"answer": 3}, "answer: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(table: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings.load(table)
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


def test_an_unknown_override_is_refused() -> None:
    with pytest.raises(InputError, match=r"answer\.topk is not a setting; did you mean answer"):
        Settings.load("cpu", {"answer.topk": 3})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "holds list"),
        ("answer: [1\n", "not valid YAML"),
        ("!!python/object:os.system {}", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_settings_file(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected) as caught:
        Settings.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_names_the_near_profile(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"did you mean spanbert-base\?"):
        Settings.load("spanbert-bas")
    with pytest.raises(InputError, match="neither a settings file nor a packaged profile"):
        Settings.load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        Settings.load(tmp_path)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "key", ["answer.retrieval_weight", "retrieve.title_boost", "memory.expire_days"]
)
def test_what_is_no_finite_number_is_refused(key: str, number: float) -> None:
    with pytest.raises(InputError, match=key):
        Settings().override({key: number})


def test_a_value_in_a_section_s_place_is_not_hidden_by_an_option() -> None:
    with pytest.raises(InputError, match=r"answer: .*\(it is 5\)"):
        Settings.load({"answer": 5}, {"answer.top_k": 1})


@pytest.mark.parametrize(
    ("table", "belongs"),
    [
        ({"memory": {"scope": "ann"}}, "QA.ask(scope=...)"),
        ({"memory": {"as_of": "2026"}}, "QA.ask(as_of=...)"),
        ({"index": {"prune": True}}, "spanmem.index(prune=...)"),
        ({"index": {"skip_bad": True}}, "spanmem.index(skip_bad=...)"),
        ({"index": {"dataset": "squad"}}, "spanmem.index(dataset=...)"),
        ({"index": {"split": "test"}}, "spanmem.index(split=...)"),
        ({"benchmark": {"limit": 3}}, "spanmem.benchmark(...)"),
        ({"runtime": {"json": True}}, "--json"),
    ],
)
def test_an_argument_among_the_settings_is_sent_where_it_belongs(
    table: dict[str, object], belongs: str
) -> None:
    with pytest.raises(InputError, match="is not a setting, but an argument") as caught:
        Settings.load(table)
    assert belongs in str(caught.value)


@pytest.mark.parametrize(
    ("function", "section"),
    [
        (SpanReader.__init__, "reader"),
        (SpanReader.load, "reader"),
        (windows.Featurizer.__init__, "reader"),
        (build, "index"),
    ],
    ids=["SpanReader", "SpanReader.load", "Featurizer", "build"],
)
def test_defaults_of_the_rooms_below_are_those_of_the_settings(
    function: Callable[..., Any], section: str
) -> None:
    names = {"size": "window", "max_answer_tokens": "answer"}
    settings = Settings().model_dump()
    for name, parameter in inspect.signature(function).parameters.items():
        ours = settings["answer" if name == "max_answer_tokens" else section]
        key = "window" if names.get(name) == "window" else name
        if isinstance(parameter.default, int) and key in ours:
            assert parameter.default == ours[key], name


def test_a_reader_is_trained_as_it_is_used() -> None:
    fields, reader = ReaderTraining.model_fields, Settings().reader
    assert (fields["window"].default, fields["overlap"].default) == (reader.window, reader.overlap)


def test_what_a_window_reserves_is_what_the_reader_puts_there() -> None:
    assert windows.MAX_QUESTION + windows.MAX_TITLE + 4 == RESERVED_TOKENS


def test_literals_are_those_of_the_memory() -> None:
    (kinds, _none) = get_args(IndexSettings.model_fields["kind"].annotation)
    assert set(get_args(kinds)) == {*INDEX_TYPES, *KINDS}
    assert inspect.signature(index).parameters["split"].default == SPLIT
