"""QA over real passages; without a model where the model is beside the point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import EncoderMismatch, InputError, MemoryNotFound, ModelError
from spanmem.core.records import Document, Prompts, Vectors
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.answers import Answer
from spanmem.pipeline.indexing import index
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.calibration import Calibration
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import Reading, ReadRequest
from spanmem.reader.stopping import Stopping
from tests.pipeline.stores import with_turn_list

DOCUMENTS = (
    ("mill", "Old mill", "The old mill was built in 1912 by two brothers from Kessel.", "en"),
    ("bridge", "Bridge", "The bridge over the Aller was opened in 1940.", "en"),
    (
        "pump",
        "Pump P20",
        "The pump P20 has a warranty of two years. It weighs nine kilograms.",
        "en",
    ),
    ("chat", "Katze", "Die Katze schläft auf dem Ofen.", "de"),
)
ALWAYS = Settings.load({"answer": {"abstain_below": 0.0}})


class CountingReader(OverlapReader):
    """The model-free reader, with a count of what it was asked to read."""

    def __init__(self) -> None:
        self.requests: list[ReadRequest] = []

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        self.requests += requests
        return super().read(requests)


def documents(**texts: str) -> list[Document]:
    return [
        Document(
            id=i, title=title, text=texts.get(i, text), source=f"{i}.md", metadata={"lang": lang}
        )
        for i, title, text, lang in DOCUMENTS
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m.memory", encoder=encoder.name, dim=encoder.dim) as memory:
        build(documents(), memory, encoder)
    return tmp_path / "m.memory"


@pytest.fixture
def reader() -> CountingReader:
    return CountingReader()


@pytest.fixture
def qa(folder: Path, reader: CountingReader) -> Iterator[QA]:
    """Over a store that is no `Memory`."""
    with Memory.open(folder) as memory:
        store = with_turn_list(memory)
        yield QA(store, reader=reader, encoder=HashEncoder(), settings=ALWAYS)


def test_a_name_that_the_passage_lacks_makes_the_answer_less_sure(
    qa: QA, reader: CountingReader
) -> None:
    reader.calibration = Calibration(5.0, 0.0, {"missing": -3.0})
    assert qa.ask("What warranty has the pump P20?").confidence == 0.5
    assert qa.ask("What warranty has the pump P30?").confidence < 0.1


def test_answers_are_verbatim_at_their_place_in_the_document(qa: QA) -> None:
    answer = qa.ask("When was the old mill built?")
    texts = {document.id: document.text for document in documents()}
    assert answer.evidence is not None
    assert answer.evidence.document == "mill"
    for candidate in answer.answers:
        place = candidate.evidence
        assert texts[place.document][place.start : place.end] == candidate.text == place.text
        assert 0 <= candidate.confidence <= 1
    scores = [candidate.score for candidate in answer.answers]
    assert scores == sorted(scores, reverse=True)
    assert {"retrieve", "read", "rank", "total"} <= answer.timings_ms.keys()


def test_below_the_bar_it_abstains_and_still_shows_what_it_held_back(
    folder: Path, reader: CountingReader
) -> None:
    never = Settings.load({"answer": {"abstain_below": 1.0}})
    with Memory.open(folder) as memory:
        store = with_turn_list(memory)
        qa = QA(store, reader=reader, encoder=HashEncoder(), settings=never)
        answer = qa.ask("When was the old mill built?")
    assert answer.abstained
    assert (answer.text, answer.evidence) == (None, None)
    assert answer.alternatives == answer.answers != ()
    assert str(answer) == "I do not know."
    assert answer.to_json()["abstained"] is True


def test_the_json_is_the_documented_contract(qa: QA) -> None:
    table = qa.ask("When was the old mill built?").to_json()
    assert {"question", "abstained", "answers", "timings_ms"} <= table.keys()
    best = table["answers"][0]
    assert {"text", "confidence", "score", "kind", "source"} <= best.keys()
    assert best["kind"] == "passage"
    assert best["source"].keys() == {
        "document",
        "title",
        "page",
        "passage",
        "start",
        "end",
        "text",
    }


def test_fewer_candidates_on_request(qa: QA) -> None:
    assert len(qa.ask("When was the bridge opened?", top_k=1).answers) == 1


def test_a_filter_keeps_other_documents_out(qa: QA) -> None:
    answer = qa.ask("When was the old mill built?", where={"lang": "de"})
    assert {c.evidence.document for c in answer.answers} == {"chat"}


@pytest.mark.parametrize("question", ["", "  \n", "?!", "wort " * 10_000])
def test_what_cannot_be_asked_is_refused(qa: QA, question: str) -> None:
    with pytest.raises(InputError):
        qa.ask(question)


def test_a_question_in_another_script_is_answered_or_not_but_never_fails(qa: QA) -> None:
    assert qa.ask("长城有多长？").question == "长城有多长？"


def test_many_at_once_equal_one_by_one(qa: QA) -> None:
    questions = ["When was the old mill built?", "How long is the warranty of the pump P20?"]
    assert [a.text for a in qa.ask_many(questions)] == [qa.ask(q).text for q in questions]
    assert qa.ask_many([]) == []


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_answers_than_one_are_refused(qa: QA, count: int) -> None:
    for ask in (
        lambda: qa.ask("When was the old mill built?", scope="ann", top_k=count),
        lambda: qa.ask_many(["When was the old mill built?"], top_k=count),
    ):
        with pytest.raises(InputError, match=f"top_k is {count}; give 1 or more"):
            ask()
    assert qa.memory.turns("ann") == []


def test_threads_get_the_same_answers(qa: QA) -> None:
    questions = ["When was the old mill built?", "When was the bridge opened?"] * 8
    alone = [qa.ask(q).text for q in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda q: qa.ask(q).text, questions)) == alone


def test_an_answer_comes_with_as_many_hits_as_asked_for(qa: QA) -> None:
    (result,) = qa.answer_with_hits(["When was the bridge opened?"], hits=3)
    assert len(result.hits) == 3
    assert result.hits[0].passage.document == "bridge"
    assert {hit.passage.key for hit in result.hits} <= {h.passage.key for h in result.reranked}
    best = result.answer.answers[0].evidence
    assert result.reranked[0].passage.key == best.passage


def test_what_can_hardly_change_the_answer_is_left_unread(
    folder: Path, reader: CountingReader
) -> None:
    question = "When was the old mill built?"
    reader.calibration = Calibration(5.0, 0.0, {"margin": 0.3}, Stopping(0.5, 1.0, {}))

    def asked(**keys: object) -> tuple[int, Answer]:
        settings = ALWAYS.override({f"answer.{key}": value for key, value in keys.items()})
        reader.requests.clear()
        with Memory.open(folder) as memory:
            store = with_turn_list(memory)
            qa = QA(store, reader=reader, encoder=HashEncoder(), settings=settings)
            answer = qa.ask(question)
        return sum(len(request.passages) for request in reader.requests), answer

    read, answer = asked()
    everything, whole = asked(read="all")
    assert (read, everything) == (2, len(DOCUMENTS))
    assert (answer.windows_read, whole.windows_read) == (2, len(DOCUMENTS))
    assert answer.text == whole.text
    # A rule holds for the ranking that it was fitted with.
    assert asked(retrieval_weight=0.0)[0] == asked(distribution="passage")[0] == everything
    assert asked(retrieval_weight=5.0)[0] == 2
    reader.calibration = Calibration(5.0, 0.0, {"margin": 0.3})
    assert asked()[0] == everything


def test_a_follow_up_is_searched_as_it_is_asked(qa: QA) -> None:
    history = [("How long is the warranty of the pump P20?", "Two years")]
    alone = qa.search("How much does it weigh?")
    completed = qa.search("How much does it weigh?", history=history)
    assert completed[0].passage.document == "pump"
    answer = qa.ask("How much does it weigh?", history=history)
    assert answer.answers[0].evidence.passage == completed[0].passage.key
    assert [hit.score for hit in alone] != [hit.score for hit in completed]
    assert len(qa.search("How much does it weigh?", hits=2, history=history)) == len(alone)


def test_another_encoder_is_refused(folder: Path, reader: CountingReader) -> None:
    with Memory.open(folder) as memory, pytest.raises(EncoderMismatch, match="hash"):
        QA(with_turn_list(memory), reader=reader, encoder=HashEncoder(64))


def test_other_prompts_than_those_of_the_memory_are_refused(
    folder: Path, reader: CountingReader
) -> None:
    with Memory.open(folder) as memory:
        store = with_turn_list(memory, prompts=Prompts("query: ", "passage: "))
        with pytest.raises(EncoderMismatch) as caught:
            QA(store, reader=reader, encoder=HashEncoder())
    message = str(caught.value)
    assert "hash-256 with the prompts 'query: ' and 'passage: '" in message
    assert "but 'hash-256' is loaded" in message
    assert "set encoder.query_prompt and encoder.passage_prompt" in message


@pytest.mark.parametrize(
    ("part", "lacking"),
    [
        ({"memory": object()}, "is no store: it lacks add_turn, close"),
        ({"encoder": object()}, "is no encoder: it lacks dim, encode_passages"),
        ({"reader": object()}, "is no reader: it lacks calibration, name"),
        ({"settings": "cpu.yaml"}, "Settings.load"),
    ],
)
def test_what_lacks_a_promised_method_is_told_at_the_door(
    folder: Path, reader: CountingReader, part: dict[str, Any], lacking: str
) -> None:
    parts: dict[str, Any] = {"reader": reader, "encoder": HashEncoder(), **part}
    with pytest.raises(InputError, match=lacking):
        QA(parts.pop("memory", folder), **parts)


class LosingEncoder(HashEncoder):
    """Gives one number less than it says, or one that is not finite."""

    def __init__(self, *, short: bool) -> None:
        super().__init__()
        self.short = short

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        vectors = super().encode_queries(texts)
        if self.short:
            return vectors[:, 1:]
        vectors[:, 0] = np.nan
        return vectors

    encode_passages = encode_queries


@pytest.mark.parametrize(("short", "said"), [(True, "shape"), (False, "not finite")])
def test_vectors_that_cannot_be_are_the_encoder_s_fault(
    folder: Path, tmp_path: Path, reader: CountingReader, short: bool, said: str
) -> None:
    encoder = LosingEncoder(short=short)
    with QA(folder, reader=reader, encoder=encoder) as qa:
        with pytest.raises(ModelError, match=f"encoder hash-256 .*{said}"):
            qa.ask("Who built the bridge?")
        with pytest.raises(ModelError, match=said):
            qa.correct("Who built the bridge?", "Ann")
    (tmp_path / "a.txt").write_text("The mill.", encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        index(tmp_path / "a.txt", into=tmp_path / "m", encoder=encoder)


class InventingReader(OverlapReader):
    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        return [
            replace(reading, spans=tuple(replace(span, text="bogus") for span in reading.spans))
            for reading in super().read(requests)
        ]


def test_an_answer_that_stands_nowhere_is_the_reader_s_fault(folder: Path) -> None:
    with (
        QA(folder, reader=InventingReader(), encoder=HashEncoder()) as qa,
        pytest.raises(ModelError, match=r"reader overlap .*not in its passage"),
    ):
        qa.ask("How long is the warranty of the pump P20?")


def test_a_verdict_that_is_none_is_the_verifier_s_fault(folder: Path) -> None:
    def careless(question: str, remembered: str, similarity: float) -> Any:
        return True

    with QA(folder, reader=OverlapReader(), encoder=HashEncoder(), verifier=careless) as qa:
        qa.ask("How long is the warranty of the pump P20?", scope="ann")
        with pytest.raises(InputError, match="the verifier gave True where a Verdict is wanted"):
            qa.ask("How long is the warranty of the pump P20?", scope="ann")


def test_without_a_memory_the_settings_name_it(folder: Path, reader: CountingReader) -> None:
    settings = ALWAYS.override({"memory.path": str(folder), "encoder.model": "hash-256"})
    with QA(reader=reader, settings=settings) as qa:
        assert qa.ask("When was the bridge opened?").text is not None
    with QA.open(settings.override({"reader.model": "overlap"})) as qa:
        assert qa.ask("When was the bridge opened?").text is not None
    with pytest.raises(InputError, match="which memory"):
        QA(reader=reader, encoder=HashEncoder())


def test_a_memory_is_closed_by_whoever_opened_it(folder: Path, reader: CountingReader) -> None:
    with Memory.open(folder) as memory:
        store = with_turn_list(memory)
        QA(store, reader=reader, encoder=HashEncoder()).close()
        assert memory.counts()[0] == len(DOCUMENTS)


def test_the_reader_is_shown_what_the_latest_exchange_alone_brings(
    qa: QA, reader: CountingReader
) -> None:
    history = [("How long is the warranty of the pump P20?", None), ("Is it heavy?", "nine kilos")]
    answer = qa.ask("How much does it weigh?", history=history)
    assert {"P20", "nine"} <= {*answer.carried}
    shown = reader.requests[-1].question
    assert shown.startswith("How much does it weigh? (")
    assert "nine" in shown
    assert "P20" not in shown


def test_a_follow_up_is_remembered_as_it_was_asked(qa: QA) -> None:
    chat = qa.session("ann")
    chat.ask("How long is the warranty of the pump P20?")
    answer = chat.ask("How much does it weigh?")
    turn = chat.turns()[-1]
    assert turn.question == answer.question == "How much does it weigh?"
    assert turn.carried == answer.carried != ()
    assert turn.looked_up == answer.looked_up == f"{turn.question} ({' '.join(turn.carried)})"
    again = chat.ask("How much does it weigh?")
    assert (again.carried, again.answers[0].kind) == (answer.carried, "memory")


def test_parentheses_that_a_person_wrote_stay_hers(qa: QA) -> None:
    question = "When was the old mill built (the one in Kessel)?"
    answer = qa.ask(question, scope="ann", history=[("Old mill (Kessel)?", "1912")])
    assert (answer.question, answer.looked_up, answer.carried) == (question, question, ())
    assert qa.turns("ann")[-1].question == question


def test_two_corrections_of_one_answer_are_both_kept(qa: QA) -> None:
    answer = qa.ask("When was the old mill built?", scope="ann")
    first = qa.correct(answer, "1913", scope="ann", author="ann")
    second = qa.correct(answer, "1914", scope="ann", author="bob")
    assert second.supersedes == first.id
    assert qa.ask("When was the old mill built?", scope="ann").text == "1914"
    assert [turn.answer for turn in qa.turns("ann") if turn.kind == "correction"] == [
        "1913",
        "1914",
    ]


def test_no_memory_is_refused(tmp_path: Path, reader: CountingReader) -> None:
    with pytest.raises(MemoryNotFound):
        QA(tmp_path / "nothing", reader=reader, encoder=HashEncoder())


def test_a_plain_question_leaves_no_trace(qa: QA) -> None:
    qa.ask("When was the old mill built?")
    assert qa.memory.turns("") == []


def test_under_a_scope_the_same_question_is_answered_from_memory(
    qa: QA, reader: CountingReader
) -> None:
    first = qa.ask("When was the old mill built?", scope="ann")
    count = len(reader.requests)
    again = qa.ask("When was the old mill built?", scope="ann")
    assert len(reader.requests) == count
    assert (again.text, again.answers[0].kind) == (first.text, "memory")
    assert again.evidence == first.evidence
    other = qa.ask("When was the old mill built?", scope="bob")
    assert other.answers[0].kind == "passage"


def test_turns_outlive_the_process(folder: Path, reader: CountingReader) -> None:
    kinds: list[str] = []
    for _ in range(2):
        with QA(folder, reader=reader, encoder=HashEncoder(), settings=ALWAYS) as qa:
            qa.ask("When was the old mill built?", scope="ann")
            kinds = [turn.kind for turn in qa.memory.turns("ann")]
    assert kinds == ["answer", "answer"]
    assert len(reader.requests) == 1


def test_an_answer_from_memory_is_no_evidence_for_another(qa: QA) -> None:
    for _ in range(2):
        qa.ask("When was the old mill built?", scope="ann")
    assert [bool(turn.evidence) for turn in qa.memory.turns("ann")] == [True, False]


def test_an_edited_source_makes_the_remembered_answer_unusable(
    folder: Path, reader: CountingReader
) -> None:
    question = "When was the old mill built?"
    with QA(folder, reader=reader, encoder=HashEncoder(), settings=ALWAYS) as qa:
        qa.ask(question, scope="ann")
    encoder = HashEncoder()
    with Memory.open(folder, write=True) as memory:
        build(documents(mill="The old mill was built in 1913 by a carpenter."), memory, encoder)
    with QA(folder, reader=reader, encoder=encoder, settings=ALWAYS) as qa:
        answer = qa.ask(question, scope="ann")
    assert answer.answers[0].kind == "passage"
    assert all("1912" not in candidate.text for candidate in answer.answers)


def test_a_correction_sticks_and_supersedes(qa: QA) -> None:
    chat = qa.session("ann")
    wrong = chat.ask("How long is the warranty of the pump P20?")
    chat.correct(wrong, "Three years", author="support")
    after = chat.ask("How long is the warranty of the pump P20?")
    assert (after.text, after.answers[0].kind) == ("Three years", "correction")
    chat.correct(after, "Four years")
    assert chat.ask("How long is the warranty of the pump P20?").text == "Four years"
    first, correction, *_ = chat.turns()
    assert first.superseded_by is not None
    assert (correction.kind, correction.author) == ("correction", "support")


def test_a_correction_stays_in_its_scope_unless_it_is_for_all(qa: QA) -> None:
    question = "How long is the warranty of the pump P20?"
    qa.session("ann").correct(question, "Three years")
    assert qa.ask(question, scope="bob").answers[0].kind == "passage"
    assert qa.ask(question).answers[0].kind == "passage"
    qa.session("").correct(question, "Five years")
    assert qa.ask(question, scope="cid").text == "Five years"
    assert qa.ask(question, scope="ann").text == "Three years"


def test_a_correction_does_not_answer_the_opposite_question(qa: QA) -> None:
    chat = qa.session("ann")
    chat.correct("How do I enable the alarm?", "Hold the red key")
    answer = chat.ask("How do I disable the alarm?")
    assert answer.answers[0].kind == "passage"


def test_an_imported_turn_answers_its_question(qa: QA) -> None:
    chat = qa.session("ann")
    chat.add("Is there a hotline?", "Yes, around the clock")
    answer = chat.ask("Is there a hotline?")
    assert (answer.text, answer.answers[0].kind) == ("Yes, around the clock", "memory")


def test_reuse_can_be_switched_off(folder: Path, reader: CountingReader) -> None:
    fresh = ALWAYS.override({"memory.reuse": False})
    with Memory.open(folder) as memory:
        qa = QA(with_turn_list(memory), reader=reader, encoder=HashEncoder(), settings=fresh)
        qa.ask("When was the old mill built?", scope="ann")
        answer = qa.ask("When was the old mill built?", scope="ann")
    assert answer.answers[0].kind == "passage"
    assert len(reader.requests) == 2


@pytest.mark.parametrize("scope", ["ann", ""])
def test_a_follow_up_is_looked_up_with_what_it_leaves_out(qa: QA, scope: str) -> None:
    chat = qa.session(scope)
    chat.ask("How long is the warranty of the pump P20?")
    answer = chat.ask("How much does it weigh?")
    assert "P20" in answer.looked_up
    assert answer.question == "How much does it weigh?"
    assert answer.answers[0].evidence.document == "pump"
    assert chat.ask("When was the bridge opened?").looked_up == "When was the bridge opened?"


def test_empty_corrections_and_turns_are_refused(qa: QA) -> None:
    chat = qa.session("ann")
    with pytest.raises(InputError, match="correction is empty"):
        chat.correct("How old is it?", "  ")
    with pytest.raises(InputError, match="answer is empty"):
        chat.add("How old is it?", "")


def test_an_empty_memory_knows_nothing(tmp_path: Path, reader: CountingReader) -> None:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "e.memory", encoder=encoder.name, dim=encoder.dim) as memory:
        qa = QA(with_turn_list(memory), reader=reader, encoder=encoder, settings=ALWAYS)
        answer = qa.ask("Is anybody here?")
    assert answer.abstained
    assert answer.answers == ()
    assert answer.confidence == 0
