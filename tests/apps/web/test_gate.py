"""The queue before the reader, by a clock of the test."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.errors import DeadlinePassed, Overloaded, Stopping
from spanmem.apps.web.gate import Gate, Lane, Ticket


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def gate_of(queue: int = 32, batch: int = 4) -> tuple[Gate[str, str], Clock]:
    clock = Clock()
    return Gate(queue=queue, batch=batch, clock=clock), clock


def waiting(
    gate: Gate[str, str], name: str, *, lane: Lane = "interactive", deadline: float = 10.0
) -> Ticket[str, str]:
    ticket = gate.admit(lane, deadline)
    gate.put(ticket, name)
    return ticket


def names(batch: list[Ticket[str, str]]) -> list[str | None]:
    return [ticket.item for ticket in batch]


@given(st.integers(1, 12), st.integers(1, 5))
def test_what_waits_is_taken_oldest_first_as_many_as_go_into_a_batch(count: int, size: int) -> None:
    gate, _ = gate_of(batch=size)
    asked = [str(number) for number in range(count)]
    for name in asked:
        waiting(gate, name)
    taken: list[str | None] = []
    while len(taken) < count:
        batch = gate.take()
        assert len(batch) <= size
        taken += names(batch)
    assert taken == asked


def test_every_fourth_batch_begins_with_the_oldest_bulk_question() -> None:
    gate, _ = gate_of(batch=2)
    for number in range(12):
        waiting(gate, f"p{number}")
    for number in range(3):
        waiting(gate, f"b{number}", lane="bulk")
    batches = [names(gate.take()) for _ in range(8)]
    assert batches[3] == ["b0", "p6"]
    assert batches[:3] == [["p0", "p1"], ["p2", "p3"], ["p4", "p5"]]
    assert batches[4:] == [["p7", "p8"], ["p9", "p10"], ["p11"], ["b1", "b2"]]


def test_a_full_lane_turns_away_and_leaves_the_other_open() -> None:
    gate, _ = gate_of(queue=2)
    first, _second = (waiting(gate, name) for name in "ab")
    with pytest.raises(Overloaded, match="2 questions wait already"):
        gate.admit("interactive", 10.0)
    waiting(gate, "c", lane="bulk")
    gate.leave(first)
    waiting(gate, "d")
    assert (gate.admitted("interactive"), gate.admitted("bulk")) == (2, 1)


@given(st.floats(0.1, 3), st.integers(0, 20), st.floats(0.5, 20))
def test_a_question_is_turned_away_where_it_and_those_ahead_take_longer_than_it_has(
    seconds: float, ahead: int, deadline: float
) -> None:
    gate, clock = gate_of()
    clock.now = 5.0
    gate.done(4, 4 * seconds)
    for number in range(ahead):
        gate.put(gate.admit("interactive", 1e9), str(number))
    late = (ahead + 1) * seconds - deadline
    if ahead and late > 1e-6:
        with pytest.raises(Overloaded) as told:
            gate.admit("interactive", 5.0 + deadline)
        assert told.value.retry_after == pytest.approx(max(1.0, late))
    elif not ahead or late < -1e-6:
        gate.admit("interactive", 5.0 + deadline)


def test_questions_that_need_no_reading_turn_nobody_away() -> None:
    gate, _ = gate_of(queue=100)
    gate.done(1, 1.0)
    for _ in range(200):
        gate.leave(gate.admit("interactive", 1e9))
    for _ in range(20):  # being prepared, and most likely remembered
        gate.admit("interactive", 1e9)
    gate.admit("interactive", 2.0)
    for number in range(3):
        gate.put(gate.admit("interactive", 1e9), str(number))
    with pytest.raises(Overloaded):
        gate.admit("interactive", 2.0)


def test_of_reading_times_a_moving_average_is_kept() -> None:
    gate, _ = gate_of()
    gate.done(2, 1.0)
    assert gate.seconds_each == 0.5
    gate.done(1, 1.0)
    assert gate.seconds_each == pytest.approx(0.6)


def test_what_is_late_or_waited_for_by_nobody_is_not_read() -> None:
    gate, clock = gate_of()
    late = waiting(gate, "late", deadline=1.0)
    gone = waiting(gate, "gone")
    waiting(gate, "there")
    gate.leave(gone)
    clock.now = 2.0
    (taken,) = gate.take()
    assert (taken.item, taken.taken) == ("there", 2.0)
    with pytest.raises(DeadlinePassed, match=r"waited 2\.0 s"):
        late.result.result(0)
    with pytest.raises(CancelledError):
        gone.result.result(0)


def answered(gate: Gate[str, str], clock: Clock, name: str, *, read: float, after: float) -> None:
    """A question that is read, and ranked and remembered afterwards."""
    ticket = waiting(gate, name, deadline=1e9)
    (taken,) = gate.take()
    clock.now += read
    gate.done(1, read)
    taken.result.set_result(name)
    clock.now += after
    gate.leave(ticket)


def test_what_would_be_answered_too_late_is_not_read() -> None:
    gate, clock = gate_of(batch=1)
    answered(gate, clock, "before", read=1.0, after=0.5)
    start = clock.now
    waiting(gate, "first", deadline=start + 9)
    short = waiting(gate, "short", deadline=start + 3)
    long = waiting(gate, "long", deadline=start + 4)
    assert names(gate.take()) == ["first"]
    clock.now = start + 2.0  # the first one took longer than most
    assert gate.take() == [long]
    with pytest.raises(DeadlinePassed):
        short.result.result(0)


def test_who_comes_behind_nobody_is_read_however_little_time_there_is() -> None:
    gate, clock = gate_of()
    answered(gate, clock, "before", read=1.0, after=0.5)
    waiting(gate, "alone", deadline=clock.now + 0.1)
    waiting(gate, "behind it")
    assert names(gate.take()) == ["alone", "behind it"]


def test_one_more_is_admitted_only_if_it_can_be_read_and_finished_in_time() -> None:
    gate, clock = gate_of()
    answered(gate, clock, "before", read=1.0, after=0.5)
    waiting(gate, "ahead", deadline=clock.now + 9)
    with pytest.raises(Overloaded):
        gate.admit("interactive", clock.now + 2.4)
    gate.admit("interactive", clock.now + 2.6)


@pytest.mark.parametrize("read", [False, True], ids=["waiting", "being read"])
def test_who_went_away_says_nothing_of_how_long_an_answer_takes(read: bool) -> None:
    gate, clock = gate_of()
    answered(gate, clock, "before", read=1.0, after=0.5)
    gone = waiting(gate, "gone")
    if read:
        gate.take()
    gate.leave(gone)
    waiting(gate, "ahead", deadline=clock.now + 9)
    with pytest.raises(Overloaded):
        gate.admit("interactive", clock.now + 2.4)


def test_closing_wakes_the_reader_and_refuses_who_waits() -> None:
    gate, _ = gate_of()
    batches: list[list[Ticket[str, str]]] = []
    reader = threading.Thread(target=lambda: batches.append(gate.take()))
    reader.start()
    admitted = gate.admit("interactive", 10.0)
    gate.close()
    reader.join(10)
    assert batches == [[]]
    with pytest.raises(Stopping):
        gate.admit("interactive", 10.0)
    with pytest.raises(Stopping):
        gate.put(admitted, "a")
    other, _ = gate_of()
    ticket = waiting(other, "a")
    other.close()
    with pytest.raises(Stopping):
        ticket.result.result(0)


def test_draining_waits_for_what_was_admitted() -> None:
    gate, _ = gate_of()
    ticket = waiting(gate, "a")
    assert not gate.drain(0.01)
    threading.Timer(0.05, gate.leave, [ticket]).start()
    assert gate.drain(10)
