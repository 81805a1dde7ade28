"""What is deployed agrees with the program: commands, options, settings and figures exist.

No image is built here: there is no engine for it.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import yaml

from spanmem.apps.cli.main import command_line
from spanmem.apps.web.metrics import Metrics
from spanmem.apps.web.server import must_be_safe
from spanmem.memory.backends.postgresql.connections import PATIENCE
from spanmem.pipeline.environment import from_environment
from spanmem.pipeline.settings import Settings
from tests.rooms import ROOT

DEPLOY = ROOT / "deploy"


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Each instruction with its arguments, lines joined and remarks left out."""
    lines = "\n".join(line for line in dockerfile.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [
        (word, rest) for word, _, rest in (x.partition(" ") for x in joined.splitlines()) if word
    ]


def unit() -> list[tuple[str, str]]:
    return re.findall(r"^(\w+)=(.*)$", text("spanmem.service"), re.MULTILINE)


def environments() -> Iterator[dict[str, str]]:
    """The variables that each way of deploying sets."""
    pairs = [rest for word, rest in instructions(text("Dockerfile")) if word == "ENV"]
    image = dict(pair.split("=", 1) for pair in shlex.split(" ".join(pairs)))
    yield image
    composed = yaml.safe_load(text("compose.yaml"))["services"]["spanmem"]["environment"]
    url = re.sub(r"\$\{HOST[^}]*\}", "help.example", composed["SPANMEM_SERVICE__PUBLIC_URL"])
    yield image | composed | {"SPANMEM_SERVICE__PUBLIC_URL": url}
    yield dict(value.split("=", 1) for name, value in unit() if name == "Environment")


def test_every_environment_is_one_of_settings_that_are_safe() -> None:
    for environment in environments():
        settings = Settings.load(None, from_environment(environment))
        must_be_safe(settings.service)
        assert settings.service.data in ("/data", "/var/lib/spanmem")
        assert environment["OMP_WAIT_POLICY"] == "passive"


def test_the_commands_exist() -> None:
    entry = json.loads(dict(instructions(text("Dockerfile")))["ENTRYPOINT"])
    started = dict(unit())["ExecStart"].split()
    for words in (entry, started):
        assert words[0].endswith("/spanmem")
        tree: Any = typer.main.get_command(command_line())
        tree.commands[words[1]].make_context("serve", words[2:])


def test_the_image_is_run_by_nobody_in_particular_and_knows_whether_it_is_well() -> None:
    told = instructions(text("Dockerfile"))
    assert dict(told)["USER"] == "10001:10001"
    check = dict(told)["HEALTHCHECK"]
    code = json.loads(check[check.index("[") :])
    compile(code[2], "HEALTHCHECK", "exec")
    assert f":{Settings().service.port}/health/ready" in code[2]
    assert dict(told)["EXPOSE"] == str(Settings().service.port)
    for word, rest in told:
        if word == "COPY" and not rest.startswith("--from"):
            assert (ROOT / rest.split()[0]).exists()
    assert ".venv" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()


def test_the_image_has_what_the_package_takes_and_the_doors_that_are_described() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (torch,) = [each for each in project["dependencies"] if each.startswith("torch")]
    first, last = (
        shlex.split(rest.partition("pip install ")[2])
        for word, rest in instructions(text("Dockerfile"))
        if word == "RUN" and "pip install" in rest
    )
    assert first[-1] == torch
    assert any("/cpu" in word for word in first)
    extras = re.fullmatch(r"\.\[(.*)\]", last[-1])
    assert extras is not None
    assert {*extras[1].split(",")} == {"serve", "mcp"} <= {*project["optional-dependencies"]}


def test_systemd_waits_as_long_as_draining_takes() -> None:
    facts = dict(unit())
    assert facts["Type"] == "notify"
    assert float(facts["TimeoutStopSec"]) > Settings().service.drain + 2
    composed = yaml.safe_load(text("compose.yaml"))["services"]["spanmem"]
    assert float(composed["stop_grace_period"].rstrip("s")) > Settings().service.drain + 2


def test_patroni_takes_over_while_a_write_is_waited_for() -> None:
    told = yaml.safe_load(text("postgresql/patroni.yml"))["bootstrap"]["dcs"]
    assert told["ttl"] >= told["loop_wait"] + 2 * told["retry_timeout"]  # as Patroni demands
    assert max(told["ttl"], told["primary_start_timeout"]) + told["loop_wait"] < PATIENCE
    assert told["synchronous_mode"] is True
    remark = text("postgresql/patroni.yml").replace("\n# ", "")
    (module,) = re.findall(r"python -m ?([\w.]+)", remark)
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()


@pytest.mark.parametrize("name", ["alerts.yml"])
def test_alerts_rest_on_figures_that_there_are(name: str) -> None:
    known = {
        f"{metric.name}{suffix}"
        for metric in Metrics().registry.collect()
        for suffix in ("", "_total", "_bucket", "_count", "_sum")
    }
    rules = yaml.safe_load(text(name))["groups"][0]["rules"]
    named = {figure for rule in rules for figure in re.findall(r"spanmem_\w+", rule["expr"])}
    assert named
    assert named <= known
    assert all(rule["annotations"]["summary"] for rule in rules)
