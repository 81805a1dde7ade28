"""What of a passage is encoded."""

from __future__ import annotations

from spanmem.core.records import Passage
from spanmem.indexer.encoders.encoder import passage_text


def test_the_title_is_encoded_with_the_text() -> None:
    plain = Passage(document="d", start=0, end=3, text="It.")
    titled = Passage(document="d", start=0, end=3, text="It.", title="Lamp")
    assert (passage_text(plain), passage_text(titled)) == ("It.", "Lamp\nIt.")
