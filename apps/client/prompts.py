"""What a language model is shown of an answer, and of the tool that gives it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["ABSTAINED", "ASK", "CAUTION", "SOURCE", "UNKNOWN", "place_of", "quoted"]

ASK = (
    "Answer a question from the documents, word for word, with the place where it stands and how "
    "sure it is. Ask one complete question that names what it is about; earlier questions are not "
    "remembered. Where the documents do not answer it, this says so: then say so, and do not "
    "answer in their place."
)
"""What the tool is for: its description."""

ABSTAINED = (
    "The documents do not answer this question. Say so. Do not answer it in their place, neither "
    "from your own knowledge nor by guessing. You may ask again in other words, or search and "
    "quote what the documents do say."
)
"""What stands in the place of an answer where there is none."""

CAUTION: Mapping[str, str] = MappingProxyType(
    {
        "likely": (
            "This is probably right, but not certain. Say so when you give it, with its source."
        ),
        "unsure": (
            "It is not sure that this is right. Say that you are unsure when you give it, quote "
            "the sentence with its source, and have it checked there before anybody relies on it."
        ),
    }
)
"""Level of an answer -> how it is to be given; of a sure one nothing need be said."""

UNKNOWN = "I do not know."
SOURCE = "Source: "
"""What the line begins with that names the place of an answer."""


def quoted(answer: Mapping[str, Any], unknown: str = UNKNOWN) -> str:
    """An object of `AsyncClient.aask` as text: the answer and, in a line of its own, its place.

    `unknown` stands where nothing is answered.
    """
    if answer["text"] is None or not answer["answers"]:
        return unknown
    return f"{answer['text']}\n\n{SOURCE}{place_of(answer['answers'][0]['source'])}"


def place_of(source: Mapping[str, Any]) -> str:
    """Title, document and page of a source, its characters where it has no pages; in one line."""
    if not source["passage"]:  # a person told it
        return _line(source["title"] or "a correction")
    title, page = source["title"], source.get("page")
    name = f"{title} ({source['document']})" if title else source["document"]
    characters = f"characters {source['start']}-{source['end']}"
    return _line(f"{name}, {characters if page is None else f'page {page}'}")


def _line(text: str) -> str:
    return " ".join(text.split())
