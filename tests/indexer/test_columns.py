"""What a column with the name of a text is: the document, or one value of a row."""

from __future__ import annotations

from typing import Any

import pytest

from spanmem.indexer.columns import TextUse, text_use, unwrapped

LONG = "The society met above the bakery. " * 12


@pytest.mark.parametrize(
    ("rows", "cells", "use"),
    [
        ([{"text": "Short.", "price": "3"}], False, TextUse.DOCUMENT),
        ([{"text": "Short.", "price": "3"}], True, TextUse.VALUE),
        ([{"contents": "90 g", "price": 3}], False, TextUse.VALUE),
        ([{"content": LONG, "owner": "Ida"}], False, TextUse.BESIDE_VALUES),
        ([{"content": LONG, "url": "x", "title": "T"}], False, TextUse.DOCUMENT),
        ([{"content": "Short.", "owner": ""}], True, TextUse.DOCUMENT),
        ([{"page_content": "Short.", "owner": "Ida"}], True, TextUse.DOCUMENT),
        ([{"body": "", "owner": "Mona"}, {"body": "Call.", "owner": "Bo"}], True, TextUse.VALUE),
        ([{"content": "text/html", "owner": "Mona"}], True, TextUse.DOCUMENT),
        ([], True, TextUse.DOCUMENT),
    ],
)
def test_a_text_is_a_value_where_others_stand_beside_it(
    rows: list[dict[str, Any]], cells: bool, use: TextUse
) -> None:
    assert text_use(rows, cells=cells) is use


def test_the_row_of_a_store_is_found_one_level_down() -> None:
    row = {"_id": 1, "_source": {"text": "Words.", "year": 3}}
    assert unwrapped(row) == {"_id": 1, "text": "Words.", "year": 3}
    assert unwrapped({"text": "Words.", "metadata": {"text": "x"}})["metadata"] == {"text": "x"}
