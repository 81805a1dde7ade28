"""Zip packages: parts within bounds, and what they refer to."""

from __future__ import annotations

import io
import zipfile

import pytest

from spanmem.indexer.documents.packages import Package, Relation, parsed

RELS = (
    '<Relationships><Relationship Id="r1" Type="http://a/officeDocument" Target="w/a.xml"/>'
    '<Relationship Id="r2" Type="http://a/image" Target="../b.xml"/>'
    '<Relationship Id="r3" Type="http://a/link" Target="http://c" TargetMode="External"/>'
    '<Relationship Id="r4" Type="http://a/part" Target="/d.xml"/></Relationships>'
)


def package(parts: dict[str, str], limit: int = 1_000_000) -> Package:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, text in parts.items():
            new.writestr(name, text)
    return Package(file, limit)


def test_relations_are_parts_of_the_package() -> None:
    parts = package({"w/_rels/a.xml.rels": RELS, "_rels/.rels": RELS, "w/a.xml": "<a/>"})
    assert parts.relations("w/a.xml") == {
        "r1": Relation("officeDocument", "w/w/a.xml"),
        "r2": Relation("image", "b.xml"),
        "r4": Relation("part", "d.xml"),
    }
    assert parts.main() == "w/a.xml"
    assert parts.relations("none.xml") == {}


def test_names_are_compared_without_case_as_windows_does() -> None:
    parts = package({"Word/Document.xml": "<a/>"})
    assert "word/document.xml" in parts
    assert parts.read("word/document.xml") == b"<a/>"


def test_parts_count_together() -> None:
    parts = package({"a": "x" * 600, "b": "x" * 600}, limit=1_000)
    parts.read("a")
    with pytest.raises(ValueError, match="1,200 bytes of text, and at most 1,000 are read"):
        parts.read("b")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "a.xml: "),
        (b"<a>", "a.xml: "),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "defines entities"),
        (b"<a>" * 300 + b"</a>" * 300, "a.xml: "),
    ],
)
def test_what_is_no_plain_xml_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(raw, "a.xml")


def test_files_outside_are_not_fetched() -> None:
    raw = b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>b</a>"
    assert parsed(raw, "a.xml").text == "b"
