"""Confluence: its storage format as a page shows it, and the current pages of a space."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.corpus import read_documents
from spanmem.indexer.documents import xml_exports
from spanmem.indexer.documents.confluence import storage_markup
from spanmem.indexer.documents.embedded import read_markup
from spanmem.indexer.files import ReadLog


def macro(name: str, inner: str = "", **parameters: str) -> str:
    given = "".join(
        f'<ac:parameter ac:name="{k}">{v}</ac:parameter>' for k, v in parameters.items()
    )
    return f'<ac:structured-macro ac:name="{name}" ac:macro-id="zz">{given}{inner}</ac:structured-macro>'


def rich(inner: str) -> str:
    return f"<ac:rich-text-body>{inner}</ac:rich-text-body>"


def link(inner: str) -> str:
    return f'<p>See <ac:link ac:anchor="zz">{inner}</ac:link>.</p>'


PARTS = {
    "panels": (macro("info", rich("<p>Only on weekdays.</p>"), title="Mind", bgColor="zz"), "Mind\n\nOnly on weekdays."),
    "macros that nobody knows": (macro("zz-own", rich("<p>Shown.</p>"), key="zz"), "Shown."),
    "code": (macro("code", "<ac:plain-text-body><![CDATA[run <all>\n  & go]]></ac:plain-text-body>", language="zz"), "run <all>\n  & go"),
    "states": (f"<p>It is {macro('status', colour='zz', title='LIVE')} now.</p>", "It is LIVE now."),
    "tasks": ("<ac:task-list><ac:task><ac:task-id>77</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>Call <b>Bo</b></ac:task-body></ac:task></ac:task-list>", "☑ Call Bo"),
    "layouts": ('<ac:layout><ac:layout-section ac:type="zz"><ac:layout-cell><p>A.</p></ac:layout-cell><ac:layout-cell><p>B.</p></ac:layout-cell></ac:layout-section></ac:layout>', "A.\n\nB."),
    "links with a text": (link('<ri:page ri:content-title="zz" /><ac:plain-text-link-body><![CDATA[the plan]]></ac:plain-text-link-body>'), "See the plan."),
    "links with a marked text": (link("<ac:link-body>the <em>plan</em></ac:link-body>"), "See the plan."),
    "links without": (link('<ri:page ri:content-title="Budget 2024" ri:space-key="zz" />'), "See Budget 2024."),
    "days": ('<p>Since <time datetime="2024-05-06" />.</p>', "Since 2024-05-06."),
    "signs": ('<p>2&nbsp;&ndash;&nbsp;3<ac:emoticon ac:name="zz" /> daily &amp; &zzz;</p>', "2 – 3 daily & &zzz;"),
    "what is drawn from elsewhere": (f"<p>A.</p>{macro('toc')}{macro('excerpt-include', page='zz')}", "A."),
    "pictures": ('<p>A.</p><ac:image ac:alt="zz"><ri:attachment ri:filename="zz.png" /></ac:image>', "A."),
    "new panels": ('<ac:adf-extension><ac:adf-node type="zz"><ac:adf-attribute key="k">zz</ac:adf-attribute><ac:adf-content><p>Once.</p></ac:adf-content></ac:adf-node><ac:adf-fallback><p>Once.</p></ac:adf-fallback></ac:adf-extension>', "Once."),
    "tables": (macro("expand", rich("<table><tr><th>Env</th><th>Port</th></tr><tr><td>prod</td><td>8443</td></tr></table>")), "prod. Port: 8443."),
}  # fmt: skip


@pytest.mark.parametrize(("storage", "shown"), PARTS.values(), ids=PARTS.keys())
def test_a_part_is_read_as_it_is_shown(storage: str, shown: str) -> None:
    assert read_markup(storage_markup(storage), "a page").text == shown


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too deeply"):
        storage_markup("<ac:link>" * 5_000)


@pytest.mark.parametrize("form", ["storage", "view", "export_view"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_pages_of_the_service_are_read_by_their_bodies(
    tmp_path: Path, form: str, wrapped: bool
) -> None:
    storage = "The lab opens at 8." + PARTS["states"][0] + "<p>Bo knows.</p>" * 30
    body = {
        form: {"value": storage, "representation": form},
        "_expandable": {"x": ""},
        "editor": {"value": ""},
    }
    page: dict[str, Any] = {"id": "7", "type": "page", "title": "Lab", "body": body}
    (tmp_path / "a.json").write_text(json.dumps({"results": [page]} if wrapped else page))
    (document,) = read_documents([tmp_path])
    assert document.title == "Lab"
    assert "The lab opens at 8.\n\nIt is LIVE now.\n\nBo knows." in document.text
    assert "<" not in document.text


def test_what_shows_nothing_is_taken_out_in_one_pass() -> None:
    """Taken out of its paragraph, each would copy all the text before it."""
    part = "word " * 20 + '<ac:emoticon ac:name="zz" />'
    storage = f"<p>{part * 20_000}</p>"
    assert read_markup(storage_markup(storage), "a page").text.split() == ["word"] * 400_000


def pages(*entries: tuple[str, str, str, str]) -> str:
    """An export of a space: kind, title, body and further properties of each page."""
    parts = ["<hibernate-generic>"]
    for number, (kind, title, body, more) in enumerate(entries, 1):
        inner = body.replace("]]>", "]] >")
        parts.append(
            f'<object class="{kind}"><id name="id">{number}</id><property name="title"><![CDATA[{title}]]></property>{more}</object>'
            f'<object class="BodyContent"><id name="id">9</id><property name="body"><![CDATA[{inner}]]></property>'
            f'<property name="content" class="{kind}"><id name="id">{number}</id></property><property name="bodyType">2</property></object>'
        )
    return "".join((*parts, "</hibernate-generic>"))


def test_the_current_pages_of_a_space_are_read_and_the_others_told(tmp_path: Path) -> None:
    old = '<property name="originalVersion" class="Page"><id name="id">1</id></property>'
    draft = '<property name="contentStatus"><![CDATA[draft]]></property>'
    space = pages(
        ("Page", "Code", PARTS["code"][0], ""), ("Page", "Code", "<p>Old.</p>", old),
        ("Page", "No", "<p>No.</p>", draft), ("BlogPost", "News", "<p>We moved.\x1b</p>", ""),
        ("Comment", "", "<p>Why?</p>", ""),
    )  # fmt: skip
    path = tmp_path / "entities.xml"
    path.write_text(space, encoding="utf-8")
    log = ReadLog()
    documents = [(d.id, d.title, d.text) for d in read_documents([tmp_path], log=log)]
    assert documents == [
        ("entities.xml:1", "Code", "run <all>\n  & go"),
        ("entities.xml:4", "News", "We moved."),
    ]
    left = "2 older versions, drafts or deleted pages, 1 comments"
    assert log.notices == (f"{path}: not read: {left}",)


@pytest.mark.parametrize(
    "other", ["<project><a>text</a></project>", "<?xml version='1.0'?>\n<rss/>", "text"]
)
def test_other_xml_is_passed_over_and_told(tmp_path: Path, other: str) -> None:
    (tmp_path / "a.xml").write_text(other)
    log = ReadLog()
    assert list(read_documents([tmp_path], log=log)) == []
    assert log.passed_over == {".xml": 1}


def test_a_page_that_is_too_large_is_refused_and_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.xml"
    path.write_text(macro("info", rich("<p>Open on weekdays.</p>")), encoding="utf-8")
    monkeypatch.setattr(xml_exports, "_LARGEST", path.stat().st_size)
    ((_, page),) = xml_exports.read_exports(path, print)
    assert page.text == "Open on weekdays."
    monkeypatch.setattr(xml_exports, "_LARGEST", path.stat().st_size - 1)
    with pytest.raises(InputError, match="a page of more than"):
        list(xml_exports.read_exports(path, print))
