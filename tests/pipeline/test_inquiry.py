"""A question ready to be answered: what is searched, and what the reader is shown."""

from __future__ import annotations

from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.pipeline.history import Exchange
from spanmem.pipeline.inquiry import Inquiry


def completed(question: str, *history: Exchange) -> Inquiry:
    encode = HashEncoder(32).encode_queries
    return Inquiry.completed(question, history, turns=3, encode=encode)


def test_a_fragment_that_is_certain_is_searched_and_read_in_full() -> None:
    fee = Exchange("What is the return fee in Sweden?", "59 SEK")
    inquiry = completed("What about Germany?", fee)
    # The words for Sweden, and the answer, would bring its passages first.
    assert inquiry.query.text == inquiry.reader_text == "What is the return fee in Germany?"
    assert inquiry.bare_query is not None
    assert inquiry.bare_query.text == "What about Germany?"
    assert inquiry.look_up.text == "What about Germany? (return fee Sweden 59 SEK)"


def test_what_is_not_certain_is_searched_with_all_that_was_carried() -> None:
    inquiry = completed("How long is it?", Exchange("What is the warranty of the X-200?", "ten"))
    assert inquiry.query.text == inquiry.look_up.text
    assert "X-200" in inquiry.query.text


def test_a_question_that_stands_alone_is_searched_once_as_it_is() -> None:
    inquiry = completed("Who built the mill?", Exchange("How old is the kettle?", "ten years"))
    assert inquiry.query.text == inquiry.reader_text == "Who built the mill?"
    assert inquiry.bare_query is None
