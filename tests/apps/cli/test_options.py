"""Options and the keys they override, and conditions on a document's metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.main import get_command

from spanmem.apps.cli import options as opt
from spanmem.apps.cli.arguments import Invocation
from spanmem.core.errors import InputError


@pytest.mark.parametrize(
    ("parameter", "key"),
    [
        ("memory", "memory.path"),
        ("encoder", "encoder.model"),
        ("reader", "reader.model"),
        ("json_output", "runtime.json"),
        ("overlap", "index.overlap"),
        ("top_k", "answer.top_k"),
        ("training_data", "benchmark.training_data"),
        ("kind", "index.kind"),
        ("model", None),  # of two sections
        ("question", None),
        ("config", None),
    ],
)
def test_a_parameter_overrides_the_key_of_its_name(parameter: str, key: str | None) -> None:
    assert opt.key_of(parameter) == key


def invocation(*words: str) -> Invocation:
    """What a command with some of the options makes of `words`."""
    invocations: list[Invocation] = []
    app = typer.Typer()

    @app.command()
    def command(
        ctx: typer.Context,
        question: str = "",
        scope: opt.Scope = None,
        where: opt.Where = None,
        top_k: opt.TopK = None,
        config: opt.ConfigSource = None,
        json_output: opt.JsonOutput = None,
    ) -> None:
        invocations.append(opt.invocation(ctx))

    with get_command(app).make_context("x", list(words)) as context:
        get_command(app).invoke(context)
    return invocations[0]


def test_options_win_over_the_file_and_what_was_not_given_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "answer: {top_k: 3}\nmemory: {scope: bob}\nretrieve: {where: {lang: en}}\n", "utf-8"
    )
    assert invocation() == Invocation.load()
    from_file = invocation("--config", str(path), "--question", "Who?")
    assert from_file == Invocation.load(path)
    assert not from_file.json_output
    words = ("--scope", "ann", "--top-k", "7", "--where", "year=2020", "--json")
    run = invocation("--config", str(path), *words)
    assert (run.arguments.memory.scope, run.settings.answer.top_k) == ("ann", 7)
    assert run.settings.retrieve.where == {"year": {"in": ["2020"]}}
    assert run.json_output


def test_an_empty_word_is_a_word() -> None:
    assert invocation("--scope", "").arguments.memory.scope == ""
    with pytest.raises(InputError, match=r"--where =x: write KEY=VALUE"):
        invocation("--where", "=x")


@pytest.mark.parametrize(
    ("pairs", "where"),
    [
        (["year=2020"], {"year": {"in": ["2020"]}}),
        (["year == 2020"], {"year": {"in": ["2020"]}}),
        (["year>=2020"], {"year": {"gte": "2020"}}),
        (["year>=2020", "year<2024"], {"year": {"gte": "2020", "lt": "2024"}}),
        (["price <= 9.50", "lang=en"], {"price": {"lte": "9.50"}, "lang": {"in": ["en"]}}),
        (["price>-3"], {"price": {"gt": "-3"}}),
        (["lang!=de"], {"lang": {"ne": ["de"]}}),
        (["lang!=de", "lang!=fr"], {"lang": {"ne": ["de", "fr"]}}),
        (["lang=en", "lang=da"], {"lang": {"in": ["en", "da"]}}),
        ([" a = b=c"], {"a": {"in": ["b=c"]}}),
        (["formula=a>=b"], {"formula": {"in": ["a>=b"]}}),
        (["title>=b=c"], {"title": {"gte": "b=c"}}),
        (['sign=">= 5"'], {"sign": {"in": [">= 5", '">= 5"']}}),
        (['"a>=b"=c'], {"a>=b": {"in": ["c"]}}),
        (['"unit price"<5'], {"unit price": {"lt": "5"}}),
        (["unit price<5"], {"unit price": {"lt": "5"}}),
        (["sprache für=de"], {"sprache für": {"in": ["de"]}}),
        (["v="], {"v": {"in": [""]}}),
    ],
)
def test_a_condition_is_a_key_an_operator_and_a_value(
    pairs: list[str], where: dict[str, object]
) -> None:
    assert opt.parse_where(pairs) == where


@pytest.mark.parametrize(
    ("pairs", "complaint"),
    [
        (["lang"], "write KEY=VALUE"),
        ([">=3"], "write KEY=VALUE"),
        (["!=3"], "write KEY=VALUE"),
        (['""=3'], "write KEY=VALUE"),
        (["year=>2020"], "write >= for a range"),
        (["year=<2020"], "write <= for a range"),
        (["year>2020", "year>2021"], "year has a bound by > already; give one"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_is(pairs: list[str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        opt.parse_where(pairs)
