"""Token buckets: nobody gets more than was allowed, and nobody waits longer than told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web import limits as module
from spanmem.apps.web.access import Access
from spanmem.apps.web.errors import RateLimited
from spanmem.apps.web.keys import LOCAL
from spanmem.apps.web.limits import Limits
from spanmem.apps.web.rights import Right
from spanmem.apps.web.service import Service
from spanmem.pipeline.settings import ServiceSettings


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def small(clock: Clock, *, rate: int = 60, burst: int = 5) -> Limits:
    return Limits(ServiceSettings(ask_rate=rate, ask_burst=burst, write_rate=10), clock)


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 8)), max_size=40),
    st.integers(1, 600),
    st.integers(1, 9),
)
def test_no_more_is_let_through_than_burst_and_rate_allow(
    steps: list[tuple[float, int]], rate: int, burst: int
) -> None:
    clock, spent, largest = Clock(), 0, 0
    limits = small(clock, rate=rate, burst=burst)
    for seconds, cost in steps:
        clock.seconds += seconds
        try:
            limits.take(limits.ask, "k", cost)
        except RateLimited:
            continue
        spent, largest = spent + cost, max(largest, cost)
        assert spent <= burst + clock.seconds * rate / 60 + max(0, largest - burst) + 1e-6


@given(st.lists(st.integers(1, 8), min_size=1, max_size=12))
def test_after_the_time_told_it_is_let_through(costs: list[int]) -> None:
    clock = Clock()
    limits = small(clock)
    for cost in costs:
        wait = told_to_wait(limits, cost)
        if wait is not None:
            clock.seconds += wait * 0.9
            assert told_to_wait(limits, cost) is not None
            clock.seconds += wait * 0.1 + 1e-6
            assert told_to_wait(limits, cost) is None


def told_to_wait(limits: Limits, cost: int) -> float | None:
    try:
        limits.take(limits.ask, "k", cost)
    except RateLimited as error:
        return error.retry_after
    return None


def test_keys_and_kinds_of_requests_have_buckets_of_their_own() -> None:
    limits = small(Clock())
    for _ in range(5):
        limits.take(limits.ask, "one")
    with pytest.raises(RateLimited, match="60 times a minute, and 5 at once; wait 1 s"):
        limits.take(limits.ask, "one")
    limits.take(limits.ask, "two")
    limits.take(limits.write, "one")


def test_only_what_costs_something_is_counted() -> None:
    limits = small(Clock())
    assert limits.policy(Right.ASK, "GET") is limits.ask
    assert limits.policy(Right.EDIT, "POST") is limits.write
    assert limits.policy(Right.EDIT, "GET") is None
    assert limits.policy(Right.READ, "GET") is None
    assert limits.policy(Right.METRICS, "GET") is None


def test_buckets_do_not_gather_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWEEP", 10)
    clock = Clock()
    limits = small(clock)
    for number in range(100):
        clock.seconds += 10
        limits.take(limits.ask, str(number))
    assert len(limits._buckets) <= 11


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 90), st.integers(1, 8)), max_size=40))
def test_forgetting_full_buckets_lets_no_more_and_no_less_through(
    steps: list[tuple[bool, float, int]],
) -> None:
    clock = Clock()
    kept, swept = small(clock), small(clock)
    for asks, seconds, cost in steps:
        clock.seconds += seconds
        swept._sweep(clock.seconds)
        waits: list[float | None] = []
        for limits in (kept, swept):
            try:
                limits.take(limits.ask if asks else limits.write, "k", cost)
                waits.append(None)
            except RateLimited as error:
                waits.append(error.retry_after)
        assert waits[0] == pytest.approx(waits[1])


def test_a_batch_costs_as_many_as_it_holds(service: Service) -> None:
    access = Access(service, LOCAL, "", "", "")
    before = service.limits
    service.limits = small(Clock())
    try:
        access.charge(0)
        access.charge(5)
        with pytest.raises(RateLimited):
            access.charge(1)
    finally:
        service.limits = before


def test_the_answer_says_what_is_left(
    service: Service, client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    before, headers = service.limits, bearer("admin")
    service.limits = Limits(ServiceSettings(write_rate=2))
    new = {"kind": "agent", "name": "Bo", "memories": ["support"]}
    try:
        left = [client.post("/v1/keys", json=new, headers=headers) for _ in range(3)]
    finally:
        service.limits = before
    assert [answer.status_code for answer in left] == [201, 201, 429]
    assert left[0].headers["ratelimit"] == '"write";r=1;t=30'
    assert left[0].headers["ratelimit-policy"] == '"write";q=2;w=60'
    assert 29 <= int(left[2].headers["retry-after"]) <= 30
    assert left[2].json()["type"] == "/problems/rate-limited"
