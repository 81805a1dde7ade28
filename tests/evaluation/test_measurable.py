"""What a memory must have for a score to mean anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.measurable import NamedDocuments, must_let_through, named_documents
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory

ENCODER = HashEncoder(64)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    documents = [
        Document(id=f"d{i}", text=f"text {i}", metadata={"lang": "en", "year": 2000 + i})
        for i in range(3)
    ]
    with Memory.create(tmp_path / "m", encoder=ENCODER.name, dim=ENCODER.dim) as memory:
        build(documents, memory, ENCODER)
        yield memory


def naming(*names: str) -> Question:
    return Question(id="q", text="q", answers=(), documents=dict.fromkeys(names, 1))


def test_documents_are_counted_once(memory: Memory) -> None:
    questions = [naming("d0", "gone"), naming("d0", "d2"), naming()]
    assert named_documents(memory, questions, must=True) == NamedDocuments(3, 2)
    assert named_documents(memory, [naming()], must=True) == NamedDocuments(0, 0)
    assert named_documents(memory, [naming("D0")], must=False) == NamedDocuments(1, 0)
    said = r"none of the 3 documents that the questions name \('x', 'y', \.\.\.\).*'d0', 'd1'"
    with pytest.raises(InputError, match=said):
        named_documents(memory, [naming("x", "y", "z")], must=True)


@pytest.mark.parametrize(
    "where", [{"language": "en"}, {"lang": "de"}, {"year": {"gt": 2002}}, {"lang": {"ne": "en"}}]
)
def test_a_filter_without_a_document_is_refused(memory: Memory, where: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"--where lets no document .*'lang', 'year'"):
        must_let_through(memory, ENCODER, where)


@pytest.mark.parametrize("where", [{}, {"lang": "en"}, {"year": 2002}, {"year": {"lt": 2001}}])
def test_a_filter_with_a_document_is_none_of_its_business(
    memory: Memory, where: dict[str, object]
) -> None:
    must_let_through(memory, ENCODER, where)
