"""Values in JSON that are documents, pages and persons: what people see of them is what is read."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.corpus import read_documents
from spanmem.indexer.rich_values import plain_values

WORDS = st.text("abcdefgh", min_size=1, max_size=6)
PLAIN = st.recursive(
    st.one_of(WORDS, st.integers(0, 99), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "marks": [{"type": "strong"}]}


def paragraph(*texts: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [said(text) for text in texts]}


def written(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def row(kind: str, *cells: str) -> dict[str, Any]:
    return {
        "type": "tableRow",
        "content": [{"type": kind, "content": [paragraph(c)]} for c in cells],
    }


@settings(max_examples=60)
@given(st.dictionaries(WORDS, PLAIN, max_size=5))
def test_values_of_no_such_form_are_as_they_were(fields: dict[str, Any]) -> None:
    assert plain_values(fields) == fields


@settings(max_examples=40)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_word_of_a_document_is_kept_in_its_order(texts: list[list[str]]) -> None:
    body = plain_values({"body": written(*(paragraph(*words) for words in texts))})["body"]
    assert body == "\n\n".join("".join(words) for words in texts)


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ([paragraph("Cause: ", "a worn roller", ".")], "Cause: a worn roller."),
        ([{"type": "heading", "attrs": {"level": 2}, "content": [said("Facts")]}, paragraph("One.")], "Facts\n\nOne."),
        ([{"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph("Hall A")]}, {"type": "listItem", "content": [paragraph("Hall B")]}]}], "Hall A\n\nHall B"),
        ([{"type": "table", "content": [row("tableHeader", "Job", "Account"), row("tableCell", "Export", "svc-2")]}], "Export. Account: svc-2."),
        ([{"type": "codeBlock", "content": [{"type": "text", "text": "run --all <x>"}]}], "run --all <x>"),
        ([{"type": "paragraph", "content": [said("Ask "), {"type": "mention", "attrs": {"id": "5b", "text": "@Ann Lee"}}, said(" by "), {"type": "date", "attrs": {"timestamp": "1712016000000"}}]}], "Ask @Ann Lee by 2024-04-02"),
        ([{"type": "paragraph", "content": [said("one"), {"type": "hardBreak"}, said("two")]}], "one\ntwo"),
    ],
)  # fmt: skip
def test_documents_in_json_are_read_as_text(nodes: list[dict[str, Any]], text: str) -> None:
    assert plain_values({"description": written(*nodes)})["description"] == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("<p>We refunded <strong>79.90 euros</strong>.</p>", "We refunded 79.90 euros."),
        (" <div>Hello,<br>the part was sent.</div>\n", "Hello,\nthe part was sent."),
        ("<h2>Key</h2><ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">bash</ac:parameter><ac:plain-text-body><![CDATA[renew --all]]></ac:plain-text-body></ac:structured-macro><p>End.</p>", "Key\n\nrenew --all\n\nEnd."),
        ("<none> is what it prints >", "<none> is what it prints >"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p> opens a paragraph", "<p> opens a paragraph"),
    ],
)  # fmt: skip
def test_pages_in_json_are_read_as_pages(value: str, text: str) -> None:
    assert plain_values({"n": 1, "body": value})["body"] == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"self": "https://x.example/u/5", "accountId": "5b", "displayName": "Ann Lee", "active": True, "avatarUrls": {"48x48": "https://x.example/a.png"}}, "Ann Lee"),
        ({"login": "ann", "id": 1, "avatar_url": "https://x.example/a", "html_url": "https://x.example/ann", "type": "User", "site_admin": False}, "ann"),
        ({"self": "https://x.example/s/5", "iconUrl": "https://x.example/i.png", "name": "Done", "id": "5", "description": ""}, "Done"),
        ({"name": "Ann", "avatar": None, "email": "ann@x.example"}, {"name": "Ann", "email": "ann@x.example"}),
        ({"name": "search", "url": "http://search:8080"}, {"name": "search", "url": "http://search:8080"}),
    ],
)  # fmt: skip
def test_persons_and_choices_are_their_names(value: dict[str, Any], shown: object) -> None:
    assert plain_values({"assignee": value})["assignee"] == shown


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"body": "It is sent.", "html_body": "<p>It is sent.</p>", "plain_body": "It is sent."}, {"body": "It is sent."}),
        ({"description": "Short.", "description_html": "<p>Short. And <b>more</b>.</p>"}, {"description": "Short. And more."}),
        ({"body": "One.", "body_html": "<p>Another.</p>"}, {"body": "One.", "body_html": "Another."}),
    ],
)  # fmt: skip
def test_a_text_in_two_forms_is_told_once(fields: dict[str, Any], left: dict[str, Any]) -> None:
    assert plain_values({"comments": [fields]})["comments"] == [left]


def test_issues_are_a_document_each_and_begin_with_their_name(tmp_path: Path) -> None:
    user = {
        "self": "https://x.example/u",
        "displayName": "Ann Lee",
        "avatarUrls": {"48x48": "https://x.example/a"},
    }
    remark = {"author": user, "body": written(paragraph("Fixed with 3.4.1. Do update."))}
    fields = {
        "summary": "Pages skipped",
        "priority": {"name": "High"},
        "assignee": user,
        "description": written(paragraph("A worn roller.")),
        "comment": {"total": 1, "comments": [remark]},
    }
    issues = [{"id": "1021", "key": "WH-2", "fields": fields}]
    (tmp_path / "found.json").write_text(json.dumps({"total": 1, "issues": issues}))
    (document,) = read_documents([tmp_path])
    rows = [document.text[start:end] for start, end in document.rows]
    assert rows == [
        "WH-2. id: 1021. key: WH-2. summary: Pages skipped. priority: High. assignee: Ann Lee. description: A worn roller.",
        "WH-2, comment. total: 1.",
        "WH-2, comment, comments. author: Ann Lee. body: Fixed with 3.4.1. Do update.",
    ]
