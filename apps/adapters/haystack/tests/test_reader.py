"""The reader where `ExtractiveReader` stood: same inputs, same answers' form, its YAML."""

from __future__ import annotations

from typing import Any

import pytest
from haystack import Document, ExtractedAnswer, Pipeline
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.readers.spanmem import SpanMemReader

import spanmem

ASKED = "How long does the warranty of the lamp last?"
TEXT = "The lamp is blue. The warranty of the lamp lasts two years. It does not cover the bulb."
DOCUMENTS = [
    Document(content="The ferry to Hven costs 90 crowns."),
    Document(content="A lamp.\f\n\n" + TEXT, meta={"page_number": 3, "title": "Lamps"}),
    Document(content=None),
    Document(content=""),
]


@pytest.fixture(scope="module")
def reader() -> SpanMemReader:
    return SpanMemReader("overlap")


def told(answers: list[ExtractedAnswer]) -> list[ExtractedAnswer]:
    return [answer for answer in answers if answer.data is not None]


def test_each_answer_says_where_it_stands(reader: SpanMemReader) -> None:
    answers = told(reader.run(ASKED, DOCUMENTS)["answers"])
    assert answers
    for answer in answers:
        assert answer.document is not None
        assert answer.document.content is not None
        span, context = answer.document_offset, answer.context_offset
        assert span is not None
        assert context is not None
        assert answer.document.content[span.start : span.end] == answer.data
        assert answer.context is not None
        assert answer.context[context.start : context.end] == answer.data
        assert answer.context.strip() in answer.document.content
    (best,) = [answer for answer in answers if "two years" in (answer.data or "")]
    assert best.document == DOCUMENTS[1]
    assert best.meta["answer_page_number"] == 4
    assert ExtractedAnswer.from_dict(best.to_dict()) == best


@pytest.mark.parametrize("top_k", [1, 2])
def test_answers_are_bounded_ordered_and_none_is_among_them(
    reader: SpanMemReader, top_k: int
) -> None:
    answers = reader.run(ASKED, DOCUMENTS, top_k=top_k)["answers"]
    assert len(told(answers)) == top_k
    assert [a.score for a in answers] == sorted((a.score for a in answers), reverse=True)
    (none,) = [answer for answer in answers if answer.data is None]
    assert none.score == pytest.approx(1 - max(a.score for a in told(answers)))
    assert len(reader.run(ASKED, DOCUMENTS, top_k=top_k, no_answer=False)["answers"]) == top_k


def test_scores_below_the_threshold_are_left_out(reader: SpanMemReader) -> None:
    assert reader.run(ASKED, DOCUMENTS, score_threshold=1.1)["answers"] == []
    least = SpanMemReader("overlap", score_threshold=0.5).run(ASKED, DOCUMENTS)["answers"]
    assert all(answer.score >= 0.5 for answer in least)


@pytest.mark.parametrize("documents", [[], [Document(content=None)], [Document(content=" ")]])
def test_without_text_there_is_none(reader: SpanMemReader, documents: list[Document]) -> None:
    (none,) = reader.run(ASKED, documents)["answers"]
    assert (none.data, none.score) == (None, 1.0)


@pytest.mark.parametrize("query", ["", "??", "w " * 400])
def test_a_question_that_cannot_be_asked_is_told(reader: SpanMemReader, query: str) -> None:
    with pytest.raises(spanmem.SpanMemError):
        reader.run(query, DOCUMENTS)


def test_options_of_the_old_reader_are_taken_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="passes over max_batch_size, calibration_factor"):
        made = SpanMemReader(
            "overlap", max_batch_size=8, calibration_factor=0.1, max_seq_length=384
        )
    with pytest.warns(UserWarning, match="passes over stride"):
        made.run(ASKED, DOCUMENTS, stride=64)
    with pytest.raises(TypeError, match="no option top_n"):
        SpanMemReader(top_n=3)


def pipeline(reader: SpanMemReader) -> Pipeline:
    store = InMemoryDocumentStore()
    store.write_documents(DOCUMENTS[:2])
    made = Pipeline()
    made.add_component("retriever", InMemoryBM25Retriever(store))
    made.add_component("reader", reader)
    made.connect("retriever.documents", "reader.documents")
    return made


def test_it_stands_behind_a_retriever_of_haystack(reader: SpanMemReader) -> None:
    inputs: dict[str, Any] = {"retriever": {"query": ASKED}, "reader": {"query": ASKED, "top_k": 9}}
    answers = pipeline(reader).run(inputs)["reader"]["answers"]
    assert any("two years" in (answer.data or "") for answer in answers)


async def test_it_goes_through_yaml_and_runs_with_others(reader: SpanMemReader) -> None:
    made = Pipeline()
    made.add_component("reader", SpanMemReader("overlap", top_k=3, score_threshold=0.2))
    again = Pipeline.loads(made.dumps())
    assert again.dumps() == made.dumps()
    assert (await reader.run_async(ASKED, DOCUMENTS))["answers"] == reader.run(ASKED, DOCUMENTS)[
        "answers"
    ]


@pytest.mark.parametrize("documents", [DOCUMENTS, [*DOCUMENTS, *DOCUMENTS]])
def test_what_was_trained_answers_and_abstains(documents: list[Document]) -> None:
    made = SpanMemReader()
    best = made.run(ASKED, documents)["answers"][0]
    assert best.data == "two years"
    assert best.score > 0.5
    assert made.run("Who wrote the opera Fidelio?", documents)["answers"][0].data is None
