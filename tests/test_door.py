"""The public calls, given one argument of every wrong kind: understood, or refused in one line."""

from __future__ import annotations

import inspect
import math
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import spanmem
from spanmem.core.errors import ArgumentError, InputError, SpanMemError
from spanmem.core.records import Prompts, Turn
from spanmem.evaluation.benchmark import benchmark_reader
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.memory.fusion import Fusion
from spanmem.pipeline.answers import AnswerWithHits, Candidate
from spanmem.pipeline.indexing import index_with_report
from spanmem.pipeline.settings import AnswerSettings, RetrieveSettings
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import ReadRequest, SpanReader

ASKED = "Who founded the mill?"
SETTINGS = spanmem.Settings.load(None, {"encoder.model": "hash-32", "reader.model": "overlap"})


class Odd:
    """Neither text nor number, and its picture has two lines."""

    def __repr__(self) -> str:
        return "<odd\nthing>"


def wrong() -> dict[str, Any]:
    """Values that a slip gives, by a name; made anew, since some can be gone through once."""
    return {
        "None": None,
        "True": True,
        "zero": 0,
        "negative": -1,
        "fraction": 2.5,
        "nan": math.nan,
        "infinite": math.inf,
        "huge": 10**30,
        "empty text": "",
        "text": "lang=en",
        "NUL": "a\0b",
        "half a character": "a\ud800b",
        "bytes": b"mill",
        "path": Path("no/such\nplace"),
        "empty list": [],
        "list of numbers": [1, 2],
        "list with None": [None],
        "list of bytes": [b"mill"],
        "pair": ("mill", "lamp"),
        "empty mapping": {},
        "mapping of numbers": {1: 2},
        "nested mapping": {"lang": {"eq": [{}]}},
        "set": {"mill"},
        "generator": (word for word in ("mill", "lamp")),
        "object": Odd(),
        "class": Odd,
        "function": wrong,
        "naive time": datetime(2026, 1, 1),
        "aware time": datetime(2026, 1, 1, tzinfo=UTC),
        "date": date(2026, 1, 1),
        "number of NumPy": np.int64(1),
        "fraction of NumPy": np.float32(0.5),
        "truth of NumPy": np.bool_(True),
        "text of NumPy": np.str_("mill"),
        "array": np.ones(3),
        "array of texts": np.array(["mill"], object),
        "not a number in an array": np.full(32, np.nan, np.float32),
        "settings": SETTINGS,
        "part of the settings": SETTINGS.answer,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("door")
    (folder / "docs").mkdir()
    (folder / "docs" / "mill.md").write_text("The mill was founded by Astrid Halden in 1958.\n")
    (folder / "set.jsonl").write_text(
        '{"id": "1", "question": "Who founded it?", "answers": ["Astrid Halden"], '
        '"context": "The mill was founded by Astrid Halden."}\n'
    )
    spanmem.index(folder / "docs", into=folder / "m.memory", settings=SETTINGS).close()
    return folder


@pytest.fixture(scope="module")
def qa(folder: Path) -> Iterator[spanmem.QA]:
    with spanmem.QA(folder / "m.memory", settings=SETTINGS) as qa:
        yield qa


def a_turn(name: str = "t") -> Turn:
    return Turn(
        id=name,
        scope="door",
        question=ASKED,
        answer="Astrid",
        kind="imported",
        confidence=1.0,
        created_at="2026-01-01T00:00:00.000000+00:00",
    )


def calls(qa: spanmem.QA, folder: Path) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Each public call by its name, with right arguments."""
    store: Any = qa.memory
    vector = HashEncoder(32).encode_queries([ASKED])[0]
    chat, answer = qa.session("door"), qa.ask(ASKED)
    encoder, reader = HashEncoder(32), OverlapReader()
    into, settings = folder / "n.memory", SETTINGS
    return {
        "QA": (spanmem.QA, dict.fromkeys(("memory", "reader", "encoder", "verifier"))
            | {"memory": folder / "m.memory", "settings": settings}),
        "QA.open": (spanmem.QA.open, {"settings": settings.override({"memory.path": str(folder)})}),
        "QA.ask": (qa.ask, dict.fromkeys(("top_k", "where", "history", "as_of"))
            | {"question": ASKED, "scope": ""}),
        "QA.ask_many": (qa.ask_many, {"questions": [ASKED], "top_k": None}),
        "QA.search": (qa.search, {"question": ASKED, "hits": 1, "where": {}, "history": ()}),
        "QA.similar": (qa.similar, {"question": ASKED, "scope": "", "limit": 1, "where": {}}),
        "QA.answer_with_hits": (qa.answer_with_hits, {"questions": [ASKED], "hits": 1, "top_k": 1}),
        "QA.session": (qa.session, {"scope": "x"}),
        "QA.turns": (qa.turns, {"scope": "x", "last": 1}),
        "QA.prepare": (qa.prepare, dict.fromkeys(("top_k", "where", "history", "as_of"))
            | {"question": ASKED, "scope": "", "remember": True}),
        "QA.correct": (qa.correct, {"answer": answer, "text": "A", "scope": "x", "author": "",
            "evidence": None}),
        "QA.confirm": (qa.confirm, {"answer": answer, "scope": "x", "author": "", "where": None}),
        "QA.place": (qa.place, {"document": "mill.md", "start": 0, "end": 3}),
        "QA.withdraw": (qa.withdraw, {"correction": None, "scope": "x", "author": ""}),
        "QA.add_turn": (qa.add_turn, {"question": ASKED, "answer": "A", "scope": "x",
            "author": ""}),
        "Session": (spanmem.Session, {"qa": qa, "scope": "x"}),
        "Session.ask": (chat.ask, {"question": ASKED}),
        "Session.correct": (chat.correct, {"answer": ASKED, "text": "A", "author": ""}),
        "Session.confirm": (chat.confirm, {"answer": answer, "author": ""}),
        "Session.withdraw": (chat.withdraw, {"correction": None, "author": ""}),
        "Session.add": (chat.add, {"question": ASKED, "answer": "A"}),
        "Memory.create": (spanmem.Memory.create, {"path": folder / "o.memory", "encoder": "e",
            "dim": 3, "prompts": Prompts()}),
        "Memory.open": (spanmem.Memory.open, {"path": folder / "m.memory", "write": False}),
        "Memory.recover": (spanmem.Memory.recover, {"path": folder / "p.memory", "encoder": None}),
        "Memory.digests": (store.digests, {"ids": ["a"]}),
        "Memory.known": (store.known, {"ids": ["a"]}),
        "Memory.passage": (store.passage, {"key": "a"}),
        "Memory.passages": (store.passages, {"document": "a"}),
        "Memory.list_documents": (store.list_documents, {"after": None, "limit": 1, "prefix": "a",
                                                         "text": "mill", "where": {"n": 1}}),
        "Memory.count_documents": (store.count_documents, {"prefix": "a", "text": "mill",
                                                           "where": {"n": 1}}),
        "Memory.document": (store.document, {"key": "a"}),
        "Memory.text": (store.text, {"document": "a"}),
        "Memory.put": (store.put, {"entries": []}),
        "Memory.stage": (store.stage, {"document": None}),
        "Memory.touch": (store.touch, {}),
        "Memory.remove": (store.remove, {"ids": ["a"]}),
        "Memory.compact": (store.compact, {"kind": None}),
        "Memory.forget": (store.forget, {"documents": ["a"], "scope": None, "turn": None,
            "before": None}),
        "Memory.search": (store.search, {"text": ASKED, "vector": vector, "k": 1, "mode": "hybrid",
            "where": None, "fusion": Fusion()}),
        "Memory.add_turn": (store.add_turn, {"turn": a_turn(), "vector": vector, "keep": None}),
        "Memory.supersede": (store.supersede, {"old_id": "t", "new": a_turn("u"),
            "vector": vector}),
        "Memory.correct": (store.correct, {"new": a_turn("v"), "vector": vector, "answered": None}),
        "Memory.withdraw": (store.withdraw, {"correction_id": "t", "withdrawal": a_turn("w")}),
        "Memory.turn": (store.turn, {"scope": "x", "turn_id": "t"}),
        "Memory.turns": (store.turns, {"scope": "x", "last": 1, "as_of": None, "before": None,
            "kind": None}),
        "Memory.scopes": (store.scopes, {"prefix": "", "after": None, "limit": None}),
        "Memory.search_turns": (store.search_turns, {"scope": "x", "vector": vector, "k": 1,
            "as_of": None}),
        "Settings.load": (spanmem.Settings.load, {"source": None, "overrides": {}}),
        "Settings.override": (SETTINGS.override, {"overrides": {}}),
        "benchmark": (spanmem.benchmark, {"qa": qa, "data": folder / "set.jsonl", "options": None,
            "step": None, "limit": 1, "regex": False, "training_data": "allow", "hits": 1,
            "seed": 1}),
        "benchmark_reader": (benchmark_reader, {"reader": reader, "data": folder / "set.jsonl",
            "options": None, "step": None, "null_margin": 0.0}),
        "index": (spanmem.index, {"paths": folder / "docs", "into": into, "dataset": None,
            "split": "train", "skip_bad": False, "prune": False, "encoder": None,
            "settings": settings}),
        "add": (spanmem.add, {"memory": into, "documents": [{"id": "a", "text": "b"}],
            "encoder": None, "settings": settings}),
        "remove": (spanmem.remove, {"memory": into, "ids": ["a"]}),
        "HashEncoder": (HashEncoder, {"dim": 8}),
        "HashEncoder.encode_queries": (encoder.encode_queries, {"texts": [ASKED]}),
        "HashEncoder.encode_passages": (encoder.encode_passages, {"texts": [ASKED]}),
        "OverlapReader.read": (reader.read, {"requests": [ReadRequest(ASKED, ())]}),
        "SentenceEncoder": (SentenceEncoder, {"model": "no/such", "device": "none",
            "threads": None, "backend": None, "query_prompt": None, "passage_prompt": None}),
        "SpanReader.load": (SpanReader.load, {"source": "no/such", "tokenizer": None,
            "device": "none", "threads": None, "backend": None, "windows": None}),
    }  # fmt: skip


def outcome(call: Callable[[], Any]) -> str:
    """What came of a call: "" where it was understood or refused as it should be."""
    try:
        close = getattr(call(), "close", None)
    except SpanMemError as error:
        return "" if "\n" not in str(error) and len(str(error)) < 1000 else f"long: {error}"
    except Exception as error:
        # Of vectors the protocols say so.
        return "" if "must have shape" in str(error) else f"{type(error).__name__}: {error}"
    if close is not None:
        close()
    return ""


SHARES = 8
"""Parts of all slips; the first is always tried, the last has those that import large libraries."""


@pytest.mark.parametrize(
    "share", [pytest.param(i, marks=[pytest.mark.slow] if i else []) for i in range(SHARES)]
)
def test_a_wrong_argument_is_understood_or_refused_in_one_line(
    qa: spanmem.QA, folder: Path, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)  # some slips are names of a memory, which is made
    faults: list[str] = []
    for name, (call, right) in calls(qa, folder).items():
        for argument in right:
            for slip, value in wrong().items():
                label = f"{name}({argument}={slip})"
                callback = argument == "step" and slip in ("class", "function")
                libraries = argument in ("source", "model", "tokenizer", "dataset")
                place = SHARES - 1 if libraries else crc32(label.encode()) % SHARES
                if callback or place != share:
                    continue
                if fault := outcome(partial(call, **right | {argument: value})):
                    faults.append(f"{label}: {fault}")
    assert not faults, "\n".join(faults)


def test_one_question_in_the_place_of_several_is_refused(qa: spanmem.QA) -> None:
    several: tuple[Callable[..., Any], ...] = (
        qa.ask_many,
        qa.answer_with_hits,
        qa.trace,
        qa.encoder.encode_queries,
    )
    slips: list[Any] = [ASKED, b"Who?", {ASKED: 1}, None, 5]
    for call in several:
        for question in slips:
            with pytest.raises(ArgumentError, match="give a list of texts"):
                call(question)
        with pytest.raises(TypeError):  # as a program that knows nothing of us expects
            call(ASKED)


def test_what_can_be_gone_through_once_is_gone_through(qa: spanmem.QA, folder: Path) -> None:
    wanted = qa.ask_many([ASKED, "What is a mill?"])
    assert qa.ask_many(question for question in (ASKED, "What is a mill?")) == wanted
    assert qa.ask_many(np.array([ASKED, "What is a mill?"])) == wanted
    history = [("Who built the mill?", "Astrid Halden")]
    asked = "And when was it founded?"
    assert qa.ask(asked, history=iter(history)) == qa.ask(asked, history=history)
    _, report = index_with_report(
        (path for path in [folder / "docs"]), into=folder / "once.memory", settings=SETTINGS
    )
    assert report.added == 1


@pytest.mark.parametrize(
    ("argument", "value", "plain"),
    [
        ("top_k", np.int64(1), 1),
        ("question", np.str_(ASKED), ASKED),
        ("where", {"lang": np.str_("en"), "year": np.int64(3)}, {"lang": "en", "year": 3}),
        ("where", {"day": date(2026, 1, 1)}, {"day": "2026-01-01"}),
        ("where", {"lang": {"b", "a"}}, {"lang": ["a", "b"]}),
        ("as_of", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00+00:00"),
    ],
)
def test_a_like_value_of_another_type_means_the_same(
    qa: spanmem.QA, argument: str, value: Any, plain: Any
) -> None:
    right: dict[str, Any] = {"question": ASKED}
    assert qa.ask(**right | {argument: value}) == qa.ask(**right | {argument: plain})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scope": None}, 'scope is None; give text, or "" for none'),
        ({"scope": 5}, "scope is 5, of type int; give text"),
        ({"question": b"Who?"}, "of type bytes; give text (decode the bytes first)"),
        ({"top_k": True}, "top_k is True, of type bool; give a whole number, 1 or more"),
        ({"top_k": 0}, "top_k is 0; give 1 or more"),
        ({"where": "lang=en"}, "where is 'lang=en', of type str; give a mapping"),
        ({"where": {"year": math.nan}}, "where['year'] is not a number"),
        ({"as_of": datetime(2026, 1, 1)}, "as_of is a datetime without a time zone"),
        ({"history": "Who?"}, "history is 'Who?', of type str; give (question, answer) pairs"),
        ({"history": [{"role": "user"}]}, "history[0] is {'role': 'user'}, of type dict; give"),
        ({"history": ["ab"]}, "history[0] is 'ab', of type str; give (question, answer) pairs"),
    ],
)
def test_a_refusal_names_the_argument_and_what_is_wanted(
    qa: spanmem.QA, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        qa.ask(**dict[str, Any](question=ASKED) | arguments)
    assert message in str(refusal.value)


def test_models_and_settings_by_name_are_told_where_they_are_named(folder: Path) -> None:
    slips: list[tuple[dict[str, Any], str]] = [
        ({"settings": "cpu"}, "Settings.load reads a profile"),
        ({"encoder": "hash-32"}, "settings name one by encoder.model"),
        ({"reader": OverlapReader}, "give the reader itself"),
        ({"verifier": "rules"}, "verifier is 'rules', of type str; give a function"),
    ]
    for keywords, way in slips:
        with pytest.raises(ArgumentError, match=way):
            spanmem.QA(folder / "m.memory", **dict[str, Any](settings=SETTINGS) | keywords)


def test_nothing_is_made_where_an_argument_is_refused(folder: Path) -> None:
    slips: list[dict[str, Any]] = [{"prune": "no"}, {"encoder": "hash-32"}, {"settings": {}}]
    slips += [{"split": None}, {"into": None}]
    right: dict[str, Any] = {"into": folder / "never.memory"}
    for keywords in slips:
        with pytest.raises(ArgumentError):
            spanmem.index(folder / "docs", **right | keywords)
    assert not (folder / "never.memory").exists()


def test_settings_take_numbers_of_numpy_paths_and_tuples() -> None:
    settings = spanmem.Settings.load(
        None,
        {
            "answer.top_k": np.int64(3),
            "answer.abstain_below": np.float64(0.25),
            "memory.path": Path("m.memory"),
            "index.text_column": ("body", "text"),
        },
    )
    assert (settings.answer.top_k, settings.answer.abstain_below) == (3, 0.25)
    assert settings.memory.path == "m.memory"
    assert settings.index.text_column == ["body", "text"]
    with pytest.raises(InputError, match="top_k"):
        spanmem.Settings.load(None, {"answer.top_k": np.bool_(True)})


def public() -> Iterator[Callable[..., Any]]:
    """All that can be called of what the package exports, and of what its calls give and take."""
    named = [getattr(spanmem, name) for name in spanmem.__all__ if name != "__version__"]
    beside = [Candidate, AnswerWithHits, Turn, HashEncoder, SentenceEncoder, OverlapReader]
    sections = [AnswerSettings, RetrieveSettings]
    for thing in [*named, *beside, SpanReader, ReadRequest, benchmark_reader, index_with_report]:
        yield thing
        for name, member in inspect.getmembers(thing) if inspect.isclass(thing) else ():
            function = member.fget if isinstance(member, property) else member
            ours = str(getattr(function, "__module__", "")).startswith("spanmem.")
            if ours and callable(function) and not name.startswith("__"):
                yield function
    yield from sections


def test_the_types_of_all_that_is_public_can_be_told() -> None:
    for thing in public():
        typing.get_type_hints(thing)


def test_an_answer_is_equal_and_hashed_whatever_time_it_took(qa: spanmem.QA) -> None:
    first, again = qa.ask(ASKED), qa.ask(ASKED)
    assert first.timings_ms is not again.timings_ms
    assert first == again
    assert len({first, again, qa.ask("What is a mill?")}) == 2
    assert len({hit for _ in range(2) for hit in qa.search(ASKED)}) == 1
