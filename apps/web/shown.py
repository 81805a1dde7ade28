"""Answers, hits and turns as the API shows them: the object of `ask --json`, with more keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ...core.records import Evidence, Hit, Turn, document_key
from ...core.sentences import around
from ...memory.protocol import Catalog
from ...pipeline.answers import Answer, Candidate

if TYPE_CHECKING:
    from ...pipeline.qa import QA
    from .asked import Asked

__all__ = [
    "Viewer",
    "addresses",
    "answer_json",
    "asked_json",
    "documents_of",
    "hit_json",
    "readable",
    "readable_turns",
    "safe_url",
    "turn_json",
    "turn_state",
]


class Viewer(Protocol):
    """Whoever is shown something, such as an `Access`."""

    def shown_scope(self, scope: str) -> str:
        """A scope as the viewer names it."""
        ...


def answer_json(answer: Answer, urls: Mapping[str, str]) -> dict[str, Any]:
    """The keys of `Answer.to_json` and, for each source, the rest of its sentence (`before`,
    `after`), the document's `key` and its `url`.
    """
    table = answer.to_json()
    for candidate, shown in zip(answer.answers, table["answers"], strict=True):
        _add_places(candidate, shown, urls)
    return table


def asked_json(asked: Asked, viewer: Viewer) -> dict[str, Any]:
    """What an asked question is answered with: `answer_json`, and what the service knows of it."""
    return {
        **answer_json(asked.answer, asked.urls),
        "id": asked.id,
        "memory": asked.memory,
        "scope": viewer.shown_scope(asked.scope) if asked.scope else "",
        "turn": asked.answer.turn,
        "text": asked.answer.text,
        "confidence": round(asked.answer.confidence, 4),
        "level": asked.level,
    }


def addresses(qa: QA, documents: Iterable[str]) -> dict[str, str]:
    """Document -> its `url` by its metadata, for those that have one that can be opened."""
    memory = qa.memory
    if not isinstance(memory, Catalog):
        return {}
    urls: dict[str, str] = {}
    for name in dict.fromkeys(documents):
        info = memory.document(document_key(name))
        url = None if info is None else safe_url(info.metadata.get("url"))
        if url is not None:
            urls[name] = url
    return urls


def documents_of(answer: Answer) -> list[str]:
    """The documents that an answer's candidates stand in."""
    places = [p for c in answer.answers for p in (c.evidence, *c.support)]
    return list(dict.fromkeys(place.document for place in places))


def safe_url(url: object) -> str | None:
    """A document's address, if it is one of the web: others could run scripts."""
    if not isinstance(url, str) or len(url) > 2000 or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def hit_json(hit: Hit, urls: Mapping[str, str]) -> dict[str, Any]:
    """A passage that a search found."""
    passage = hit.passage
    return {
        "document": passage.document,
        "key": document_key(passage.document),
        "title": passage.title,
        "page": passage.page_at(passage.start),
        "passage": passage.key,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "url": urls.get(passage.document),
        "metadata": dict(hit.metadata),
        "score": round(hit.score, 4),
        **{
            name: None if (value := getattr(hit, name)) is None else round(value, 4)
            for name in ("dense", "lexical", "proximity")
        },
    }


def turn_json(turn: Turn, viewer: Viewer, urls: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A remembered turn."""
    place = turn.evidence[0] if turn.evidence else None
    return {
        "id": turn.id,
        "scope": viewer.shown_scope(turn.scope) if turn.scope else "",
        "question": turn.question,
        "looked_up": turn.looked_up,
        "answer": turn.answer,
        "kind": turn.kind,
        "confidence": round(turn.confidence, 4),
        "created_at": turn.created_at,
        "author": turn.author,
        "source": None if place is None else _place_json(place, urls or {}),
        "supersedes": turn.supersedes,
        "superseded_by": turn.superseded_by,
        "superseded_at": turn.superseded_at,
    }


def turn_state(qa: QA, turn: Turn) -> str:
    """Of what a person told: `live`, `superseded` or `withdrawn`."""
    if turn.superseded_by is None:
        return "live"
    by = qa.memory.turn(turn.scope, turn.superseded_by)
    return "withdrawn" if by is not None and by.kind == "withdrawal" else "superseded"


def readable(qa: QA, where: Mapping[str, Any]) -> Callable[[str], bool]:
    """Tells whether a key whose conditions on documents are `where` may see one, by its id."""
    memory = qa.memory
    known: dict[str, bool] = {"": True}

    def may_be_seen(document: str) -> bool:
        if not where:
            return True
        if document not in known:
            known[document] = isinstance(memory, Catalog) and _meets(memory, document, where)
        return known[document]

    return may_be_seen


def readable_turns(qa: QA, where: Mapping[str, Any]) -> Callable[[Turn], bool]:
    """Tells whether a key whose conditions are `where` may see a turn of a scope that it may name.

    All its places must be in documents that it may see. What was told for everyone without a place
    rests on those of the answers that it took over from, and is not seen where there are none: the
    key is not given it for an answer either.
    """
    may_be_seen = readable(qa, where)

    def seen(turn: Turn) -> bool:
        if not where:
            return True
        earlier = turn
        ids: set[str] = set()
        places = list(turn.evidence)
        while not places and not turn.scope and earlier.supersedes:
            found = qa.memory.turn(turn.scope, earlier.supersedes)
            if found is None or found.id in ids:
                break
            earlier = found
            ids.add(earlier.id)
            places = list(earlier.evidence)
        return bool(places or turn.scope) and all(may_be_seen(p.document) for p in places)

    return seen


def _meets(catalog: Catalog, document: str, where: Mapping[str, Any]) -> bool:
    """Whether a document meets conditions; what a person told (`turn:...`) is in no document."""
    if document.startswith("turn:") and catalog.document(document_key(document)) is None:
        return True
    infos = catalog.list_documents(prefix=document, limit=1, where=where)
    return any(info.id == document for info in infos)


def _add_places(candidate: Candidate, shown: dict[str, Any], urls: Mapping[str, str]) -> None:
    shown["source"] |= _more(candidate.evidence, urls)
    for place, source in zip(candidate.support, shown["support"], strict=True):
        source |= _more(place, urls)
    shown["turn"] = candidate.turn


def _place_json(place: Evidence, urls: Mapping[str, str]) -> dict[str, Any]:
    names = ("document", "title", "page", "passage", "start", "end", "text")
    return {name: getattr(place, name) for name in names} | _more(place, urls)


def _more(place: Evidence, urls: Mapping[str, str]) -> dict[str, Any]:
    at, before, after = place.offset_in_passage, "", ""
    if at is not None:
        before, _, after = around(place.passage_text, at, at + len(place.text))
    told = not place.passage
    return {
        "before": before.lstrip(),
        "after": after.rstrip(),
        "key": None if told else document_key(place.document),
        "url": urls.get(place.document),
    }
