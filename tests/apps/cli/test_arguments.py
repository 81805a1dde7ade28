"""One call of a command: what of its file and options is behaviour, and what an argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem import configs
from spanmem.apps.cli.arguments import Arguments, Invocation, keys
from spanmem.core.errors import InputError
from spanmem.pipeline.settings import Settings


def test_each_key_is_a_setting_or_an_argument_and_never_both() -> None:
    assert keys() == {*Settings.keys(), *Arguments.keys()}
    assert not set(Settings.keys()) & set(Arguments.keys())


@given(st.sets(st.sampled_from(sorted(keys()))))
def test_a_file_s_keys_arrive_where_they_belong(subset: set[str]) -> None:
    table: dict[str, dict[str, object]] = {}
    defaults = Settings().model_dump(), Arguments().model_dump(by_alias=True)
    for key in subset:
        section, _, name = key.partition(".")
        home = next(d[section] for d in defaults if name in d.get(section, {}))
        table.setdefault(section, {})[name] = home[name]
    run = Invocation.load(table)
    arrived = {f"{s}.{n}" for s in run.settings.model_fields_set for n in fields(run.settings, s)}
    arrived |= {
        f"{s}.{'json' if n == 'json_output' else n}"
        for s in run.arguments.model_fields_set
        for n in fields(run.arguments, s)
    }
    assert arrived == subset
    assert (run.settings, run.arguments) == (Settings(), Arguments())


def fields(model: Settings | Arguments, section: str) -> set[str]:
    names: set[str] = getattr(model, section).model_fields_set
    return names


def test_a_file_of_both_is_read_as_it_always_was(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "memory:\n  path: m\n  scope: ann\n  reuse: false\n"
        "index: {prune: true, words: 50}\nbenchmark: {limit: 7}\nruntime:\nanswer: {top_k: 2}\n",
        encoding="utf-8",
    )
    run = Invocation.load(path, {"memory.as_of": "2026", "benchmark.seed": 3, "runtime.json": True})
    assert run.settings == Settings.load(
        {
            "memory": {"path": "m", "reuse": False},
            "index": {"words": 50},
            "answer": {"top_k": 2},
        }
    )
    assert run.arguments.memory.model_dump() == {"scope": "ann", "as_of": "2026", "alone": False}
    assert run.arguments.index.prune
    assert (run.arguments.benchmark.limit, run.arguments.benchmark.seed) == (7, 3)
    assert run.json_output
    assert set(run.arguments.benchmark.options()) == {
        "limit", "regex", "training_data", "answerable", "remember", "hits", "null_margin", "seed",
    }  # fmt: skip


@pytest.mark.parametrize("name", configs.profiles())
def test_packaged_profiles_hold_settings_alone(name: str) -> None:
    assert Invocation.load(name) == Invocation(Settings.load(name), Arguments())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"memory": {"scpoe": "x"}}, "memory.scpoe is not a setting; did you mean memory.scope?"),
        ({"benchmark": {"limt": 1}}, "benchmark.limt is not a setting; did you mean benchmark.li"),
        ({"benchmark": {"mode": 1}}, "did you mean retrieve.mode?"),
        ({"benchmrk": {}}, "benchmrk is not a setting; did you mean benchmark?"),
        ({"zzz": 1}, "known are answer, benchmark, encoder, index, mcp, memory, reader, retrieve"),
        ({"benchmark": 3}, "benchmark: Input should be a valid dictionary"),
        ({"memory": 3}, "memory: Input should be a valid dictionary"),
        ({"benchmark": {"limit": 0}}, "benchmark.limit: Input should be greater than or equal"),
        ({"benchmark": {"training_data": "x"}}, "benchmark.training_data: Input should be 'ref"),
        ({"memory": {"as_of": ""}}, "memory.as_of: String should have at least 1 character"),
        ({"runtime": {"json_output": True}}, "runtime.json_output is not a setting; did you mean"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(table: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        Invocation.load(table)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
