"""An answer stands behind the label that is asked for, and nowhere if that has no value."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.fields import Fields
from spanmem.pipeline.english.unknown import is_empty

ROW = "Star roadster. Daily rate: –. Deposit: 700 euros. Seats: 2. Rate per week: 300 euros."
PUMP = """# Pump P7

- Maximum pressure: 6.5 bar
- Weight without base: 41 kg
- Weight with base: 58 kg
- Running time: 14 hours
- Charging time: 2 hours
- Fuse (slow-blow): 16 A
- Max. height: 3 m

It pumps 40 litres a minute."""
FARES = "Skerry - Tolsa. Summer Car: £37. Summer Foot passenger: £8. Winter Car: £26."
RADIO = "Standby time: 90 days\nReception: 12 km"
PRICES = "Price. Corrie 30: 129 euros. Corrie 30 SL: {}. Corrie 45: 179 euros."


def another(question: str, text: str, answer: str) -> bool:
    passage = Passage(document="d", start=0, end=len(text), text=text)
    start = text.index(answer)
    asked = Fields(question)
    return bool(asked) and asked.in_passage(passage).another(start, start + len(answer))


@pytest.mark.parametrize(
    "question",
    [
        "What is the daily rate of the Star roadster?",
        "what are the daily rates for the star roadster",
        "Star roadster: daily rate?",
    ],
)
@pytest.mark.parametrize("mark", ["–", "—", "-", "n/a", "N/A", "tbd", "?", "k. A.", "unknown"])
def test_where_the_asked_field_is_empty_nothing_answers(question: str, mark: str) -> None:
    row = ROW.replace("–", mark)
    for answer in ("700 euros", "2", "300 euros", f"{mark}.", "Star roadster"):
        assert another(question, row, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the deposit for the Star roadster?", "700 euros"),
        ("How many seats does the Star roadster have?", "2"),
        ("What is the rate per week of the Star roadster?", "300 euros"),
    ],
)
def test_another_field_is_asked_for(question: str, answer: str) -> None:
    assert not another(question, ROW, answer)


@pytest.mark.parametrize(
    ("question", "text", "wrong", "right"),
    [
        ("How long does charging the P7 take?", PUMP, "14 hours", "2 hours"),
        ("What is the running time of the P7?", PUMP, "2 hours", "14 hours"),
        ("How much does the P7 weigh with the base?", PUMP, "41 kg", "58 kg"),
        ("How much does the P7 weigh without base?", PUMP, "58 kg", "41 kg"),
        ("What is the maximum height of the P7?", PUMP, "6.5 bar", "3 m"),
        ("What fuse does the P7 need?", PUMP, "6.5 bar", "slow-blow"),
        ("What fuse does the P7 need?", PUMP, "Fuse", "16 A"),
        ("What is its maximum pressure?", PUMP, "16 A", "6.5 bar"),
        ("What does a foot passenger pay in summer?", FARES, "£37", "£8"),
        ("What is the winter fare for a car?", FARES, "£37", "£26"),
        ("What is the price of the Corrie 30?", PRICES.format("99 euros"), "99", "129"),
        ("What is the price of the Corrie 30 SL?", PRICES.format("99 euros"), "129", "99"),
        ("What does the Corrie 30 SL cost?", PRICES.format("on request"), "129", "on request"),
        ("What is the price of the Corrie 45?", PRICES.format("—"), "Corrie 45", "179 euros"),
        ("What is the price of the Corrie 45?", PRICES.format("—"), "Price", "179 euros"),
        ("On which shelf is the disc?", "Brake disc. Shelf: D-07. Floor: 2.", "Shelf", "D-07"),
        ("Where is the fair?", "Date: 19 May\nPlace: Dunmore Green", "Place", "Dunmore Green"),
        ("How long is the standby time?", f"It weighs 2 kg.\n\n{RADIO}", "2 kg", "90 days"),
        ("What is the standby time?", f"It runs for 9 hours.\n\n{RADIO}", "9 hours", "90 days"),
        ("In which room is Ann?", "Ann. Room: none. Phone: 331.", "331", "none"),
    ],
)
def test_the_label_that_holds_most_of_the_question_answers(
    question: str, text: str, wrong: str, right: str
) -> None:
    assert another(question, text, wrong)
    assert not another(question, text, right)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How many litres does it pump a minute?", PUMP, "40 litres"),
        ("What is the standby time?", f"Its standby time of 9 days is long.\n\n{RADIO}", "9 days"),
        ("When does it leave?", "Bus. Departure: 10:15. Travel time: 40 min.", "10:15"),
        ("What time does it leave?", "Bus. Departure: 10:15. Travel time: 40 min.", "10:15"),
        ("How far does it go on a battery?", "Uhu. Range: 90 km. Battery: lithium.", "90 km"),
        ("How far does it go on a battery?", "Uhu. Range: 90 km. Battery: 500 Wh.", "90 km"),
        ("Where does the fair start?", "Fair. Place: Dunmore. Start: 10:30.", "Dunmore"),
        ("Which model has a weight of 2 kg?", "Model: Uhu\nWeight: 2 kg\nSeats: 4", "Uhu"),
        ("On which day is it closed?", "Mill. Sunday: closed. Monday: 9 to 5.", "Sunday"),
        ("Which plan costs 9 euros?", "Fee. Basic: 9 euros. Pro: 29 euros.", "Basic"),
        ("Who has room 7?", "Doctor: Petra Sund\nRoom: 7\nPhone: 340", "Petra Sund"),
        (
            "When is the start?",
            "Ann: The start is on 14 March.\nBen: Fine, on 3 March.",
            "14 March",
        ),
    ],
)
def test_what_no_label_tells_is_left_to_the_reader(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


@pytest.mark.parametrize("value", ["on request", "none", "no", "free", "0", "A-", "offen bis 9"])
def test_what_says_something_is_not_empty(value: str) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize("value", ["", "--", "N/A.", "(n/a)", "TBA", "nicht verfügbar", "t.b.d."])
def test_what_says_that_there_is_nothing_is_empty(value: str) -> None:
    assert is_empty(value)
