"""Requests made from the description of the API find no answer that it does not describe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from spanmem.apps.web.app import create_app
from spanmem.apps.web.openapi import describe
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
# What fits the schema may still make no sense: a time that is none, a name that is taken.
NOT_HERE = [checks.positive_data_acceptance]
RATES = {"ask_rate": 10**6, "ask_burst": 10**6, "write_rate": 10**6}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [Kind.ADMIN, Kind.ASK])
def test_no_request_finds_a_fault(
    build: Callable[..., Service], tmp_path: Path, kind: Kind
) -> None:
    with build(tmp_path, "support", **RATES) as service:
        service.start()
        app = create_app(service, start=False)
        schema = schemathesis.openapi.from_dict(describe(app, "0"))
        schema.app = app
        token = service.keys.add(
            kind, "schemathesis", memories=[] if kind is Kind.ADMIN else ["support"]
        )[1]
        headers = {"Authorization": f"Bearer {token}", "Host": "localhost"}
        found = [
            told for each in schema.get_all_operations() for told in faults(each.ok(), headers)
        ]
    assert found == []


def faults(operation: Any, headers: dict[str, str]) -> list[str]:
    """What is wrong with the answers to requests for one operation."""

    @settings(
        max_examples=30,
        deadline=None,
        phases=[Phase.generate],
        # The library types what iterating gives as the metaclass.
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
        database=None,
    )
    @given(operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=NOT_HERE)

    try:
        ask()
    except BaseExceptionGroup as failures:
        return [f"{operation.label}: {failures.exceptions}"]
    return []
