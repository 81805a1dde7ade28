"""Rows of many makers: text, title, id and metadata wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
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
        {"text": 3, "b": "x"}, {"x": 1}, {"a": 1, "b": 2}, {"a": {"b": {"c": 1}}},
    ],
)  # fmt: skip
def test_a_row_without_text_is_named(row: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"a\.csv:2: no text; it has .+--text-column"):
        documents(row)


def test_a_table_of_questions_is_refused_once() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: no column with text"):
        documents({"id": "1", "question": "Who?"}, {"id": "2", "question": "When?"}, cells=True)


def test_an_object_alone_is_no_row_of_a_table() -> None:
    row = SourceRow("a.json:1", {"a": 1, "b": [2, 3]}, alone=True)
    with pytest.raises(NoText, match="no text"):
        list(row_documents([row], RowKind(), lambda _: None))
    row = SourceRow("package.json:1", {"name": "x", "engines": {"node": ">=18"}}, alone=True)
    (document,) = row_documents([row], RowKind(), lambda _: None)
    assert (document.id, document.title) == ("package.json:1", "x")
    assert document.text == "name: x.\n\nengines. node: >=18."


def test_an_empty_cell_is_told_and_the_context_of_linked_data_is_no_text() -> None:
    (document,) = documents({"Machine": "Mill M5", "Installed": "", "Weight": "1210 kg"})
    assert document.text == "Mill M5. Installed: –. Weight: 1210 kg."
    (document,) = documents({"@context": "https://schema.org", "name": "Leek soup", "serves": "4"})
    assert document.text.startswith("Leek soup. ")


CELLS = st.sampled_from(["90 g", "saloon", "7443", "Ida Voss", "a tin"])


@settings(max_examples=30)
@given(
    st.sampled_from(["Contents", "Body", "Passage", "Context", "Text", "content"]),
    st.sampled_from(["Price", "Owner", "Port", "Doors"]),
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5),
)
def test_a_short_text_beside_values_is_one_of_them(
    name: str, other: str, rows: list[tuple[str, str, str]]
) -> None:
    table = [{"Item": a, name: b, other: c} for a, b, c in rows]
    for document, row in zip(documents(*table, cells=True), rows, strict=True):
        assert all(value in document.text for value in row)
        assert f"{name}: {row[1]}" in document.text


def test_a_long_text_beside_values_is_followed_by_them() -> None:
    prose = "The society met above the bakery. " * 12
    pairs = (("A", "Fry"), ("B", "Ru"))
    rows = [{"headline": h, "content": prose, "reporter": r} for h, r in pairs]
    first, _ = documents(*rows, cells=True)
    assert first.text.startswith(prose.strip())
    start, end = first.rows[-1]
    assert first.text[start:end] == "A. reporter: Fry."


@pytest.mark.parametrize("other", ["url", "lang", "year", "Category", "title", "id"])
def test_a_text_with_columns_about_it_is_the_document(other: str) -> None:
    (document,) = documents({"text": "A heron.", other: "x"}, cells=True)
    assert document.text == "A heron."


def test_what_stands_deeper_is_read_with_its_keys_and_its_row() -> None:
    row = {"device": "P5", "state": {"temp": {"c": 55}, "fan": "off"}}
    (document,) = documents(row)
    assert "P5, state. fan: off." in document.text
    assert "P5, state, temp. c: 55." in document.text or "temp: c: 55" in document.text


def test_places_of_geojson_are_rows() -> None:
    row = {
        "type": "Feature",
        "properties": {"name": "Gull Mere", "depth_m": 12},
        "geometry": {"type": "Point", "coordinates": [3, 4]},
    }
    (document,) = documents(row)
    assert document.text == "Gull Mere. depth m: 12. coordinates: 3, 4."


def test_a_day_of_slack_is_one_document_and_reviews_are_not() -> None:
    rows = [
        {"type": "message", "user": u, "text": t, "ts": f"171455000{n}.000100"}
        for n, (u, t) in enumerate([("U1", "When?"), ("U2", "At noon.")])
    ]
    (document,) = documents(*rows)
    assert document.text == "2024-05-01\n\nU1: When?\n\nU2: At noon."
    reviews = [{"author": a, "text": "Lovely.", "date": "2024-01-01"} for a in ("Kim", "Lee")]
    assert len(documents(*reviews)) == 2


def test_an_error_further_down_does_not_keep_the_rows_above_it() -> None:
    def rows() -> Any:
        yield SourceRow("a.jsonl:1", {"text": "One."})
        raise InputError("broken")

    stream = row_documents(rows(), RowKind(), lambda _: None)
    assert next(stream).text == "One."
    with pytest.raises(InputError, match="broken"):
        next(stream)


LISTS: list[tuple[dict[str, Any], str]] = [
    ({"tags": ["refund", "kettle"], "sizes": [1, 2]}, "tags: refund, kettle."),
    ({"labels": [{"name": "bug", "color": "f00"}, {"name": "ui"}]}, "labels: bug, ui."),
    ({"metadata": {"key_words": ["oak"]}, "a": [], "b": ["x", None]}, "key words: oak. b: x."),
    ({"comments": [{"by": "Nell", "body": "Paid."}]}, "T, comments. by: Nell. body: Paid."),
    ({"spans": ["It"], "tokens": ["It", "leaks"], "embedding": [0.1] * 20}, ""),
    ({"entities": [{"start": 0, "text": "leaks"}], "user": {"login": "kim"}}, ""),
    ({"question": "What?", "choices": ["It", "No"]}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("beside", "said"), LISTS)
def test_lists_beside_a_text_are_read_after_it(beside: dict[str, Any], said: str) -> None:
    (document,) = documents({"title": "T", "text": "It leaks.", **beside})
    assert document.text == "\n\n".join(filter(None, ["It leaks.", said]))
    assert [document.text[start:end] for start, end in document.rows] == (
        [said] if "comments" in beside else []
    )
    assert not document.metadata.keys() & beside.keys() - {"question"}


def test_lists_beside_a_long_text_are_said_once() -> None:
    rows = {"name": "Fenn", "body": "It runs. " * 40, "price": 9, "seats": [2], "tags": ["red"]}
    (document,) = documents({**rows, "labels": [{"name": "bug"}]})
    assert document.text.count("tags: red") == document.text.count("labels: bug") == 1
