"""Rows of many makers: text, title, id and metadata wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.indexer.files import NoText
from spanmem.indexer.rows import RowKind, SourceRow, row_documents


def documents(
    *rows: dict[str, Any], cells: bool = False, text: tuple[str, ...] = ()
) -> list[Document]:
    def refuse(error: InputError) -> None:
        raise error

    kind = RowKind("/x/a.csv", cells=cells, text=text)
    numbered = [SourceRow(f"a.csv:{n}", row) for n, row in enumerate(rows, 2)]
    return list(row_documents(numbered, kind, refuse))


@given(
    st.sampled_from(["text", "contents", "page content", "passage", "body", "full text"]),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.sampled_from(["", "_", "-", " "]),
    st.sampled_from(["id", "_id", "doc id"]),
)
def test_names_are_compared_without_case_and_blanks(
    name: str, case: Any, between: str, own: str
) -> None:
    column = case(name).replace(" ", between)
    (document,) = documents({case(own): "k", case("title"): "T", column: "Words.", "Year": 2020})
    assert (document.id, document.title, document.text) == ("k", "T", "Words.")
    assert document.metadata == {"Year": 2020}


@pytest.mark.parametrize("question", ["Question", "q", "prompt", "instruction", "Query"])
@pytest.mark.parametrize("answer", ["Answer", "a", "Response", "completion", "output"])
def test_a_question_with_its_answer_is_a_document(question: str, answer: str) -> None:
    (document,) = documents({question: "Who pays?", answer: "The tenant.", "lang": "en"})
    assert (document.title, document.metadata) == ("Who pays?", {"lang": "en"})
    assert document.text == "Who pays?\n\nThe tenant."


@pytest.mark.parametrize(
    "row",
    [
        {"id": "k", "page_content": "Words.", "metadata": {"year": 3}},
        {"id": "k", "pageContent": "Words.", "metadata": {"year": 3, "loc": {"page": 1}}},
        {"id": "k", "content": "Words.", "meta": {"year": 3}},
        {"id": "k", "content": "text/html", "body": "Words.", "year": 3},
        {"_index": "i", "_id": "k", "_source": {"text": "Words.", "year": 3}},
        {"id": "k", "metadata": {"text": "Words.", "year": 3}},
        {"id": "k", "payload": {"text": "Words.", "year": 3}},
        {"_id": {"$oid": "k"}, "text": "Words.", "year": 3},
        {"id": "k", "context": "Words.", "year": 3},
        {"id": "k", "context": "Words.", "question": "Who?", "year": 3},
    ],
)
def test_stores_of_many_makers_are_understood(row: dict[str, Any]) -> None:
    (document,) = documents(row)
    assert (document.id, document.text, document.metadata["year"]) == ("k", "Words.", 3)


def test_a_squad_row_is_its_context_each_once() -> None:
    rows = [
        {"id": str(n), "title": "Old_mill", "context": "Words.", "question": "Q?", "answers": {}}
        for n in range(3)
    ]
    (document,) = documents(*rows)
    assert document.id.startswith("Old mill#")
    assert document.metadata == {}


def test_a_table_without_text_is_read_row_by_row() -> None:
    rows = [{"ID": "7", "Model": "Fenn A1", "Price": "349", "Seats": ""}]
    (document,) = documents(*rows, cells=True)
    assert (document.id, document.text) == ("7", "Fenn A1. Price: 349. Seats: –. ID: 7.")
    assert document.rows == ((0, len(document.text)),)
    assert document.metadata == {"Model": "Fenn A1", "Price": 349, "Seats": ""}
    (document,) = documents({"model": "Fenn A1", "price": 349, "tags": ["red", "new"]})
    assert document.text == "Fenn A1. price: 349. tags: red, new."
    (document,) = documents({"name": "Fenn", "description": "A bus.", "price": "9"}, cells=True)
    assert "price: 9" in document.text


def test_the_text_column_can_be_named() -> None:
    row = {"id": "k", "Note": "Words.", "More": "Again.", "text": "Other.", "n": "1"}
    (document,) = documents(row, cells=True, text=("more", "note"))
    assert document.text == "Again.\n\nWords."
    assert document.metadata == {"text": "Other.", "n": 1}
    (document,) = documents({"id": "k", "text": "Other."}, text=("note",))
    assert document.text == "Other."


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Who?", "answer": ["Ann"]}, {"id": "x"}, {"id": "x", "text": None},
        {"text": 3, "b": "x"}, {"x": 1}, {"deep": {"a": {"b": 1}}, "c": "x"}, {"a": 1, "b": 2},
    ],
)  # fmt: skip
def test_a_row_without_text_is_named(row: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"a\.csv:2: no text; it has .+--text-column"):
        documents(row)


def test_a_table_of_questions_is_refused_once() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: no column with text"):
        documents({"id": "1", "question": "Who?"}, {"id": "2", "question": "When?"}, cells=True)


def test_an_object_alone_is_no_row_of_a_table() -> None:
    row = SourceRow("package.json:1", {"name": "x", "version": "1.0", "license": "MIT"}, alone=True)
    with pytest.raises(NoText, match="no text"):
        list(row_documents([row], RowKind(), lambda _: None))


def test_an_empty_cell_is_told_and_the_context_of_linked_data_is_no_text() -> None:
    (document,) = documents({"Machine": "Mill M5", "Installed": "", "Weight": "1210 kg"})
    assert document.text == "Mill M5. Installed: –. Weight: 1210 kg."
    (document,) = documents({"@context": "https://schema.org", "name": "Leek soup", "serves": "4"})
    assert document.text.startswith("Leek soup. ")
