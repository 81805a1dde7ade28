"""Tables in Markdown give way to their rows; everything else keeps its characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents import pipe_tables
from spanmem.indexer.documents.pipe_tables import with_rows


def rows(text: str) -> list[str]:
    out, places = with_rows(text)
    return [out[start:end] for start, end in places]


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        ("| Hut | Beds | Fee |\n|:---|---:|:-:|\n| Alm | 8 | 30 |\n", ["Alm. Beds: 8. Fee: 30."]),
        ("Hut | Beds | Fee\n--- | --- | ---\nAlm | | 30\n", ["Alm. Beds: –. Fee: 30."]),
        ("|Hut|Beds|\r\n|-|-|\r\n|Alm|8|\r\n", ["Alm. Beds: 8."]),
        ("|Hut|Beds|\n|-|-|\n|a \\| b|`c|d`|\n", ["a | b. Beds: c|d."]),
        ("|Hut|Beds|\n|-|-|\n|`a|8|\n", ["`a. Beds: 8."]),
        ("||Gross|Net|\n|-|-|-|\n|**Sloop**|3|4|\n", ["Sloop. Gross: 3. Net: 4."]),
        ("- x:\n\n  |Hut|Beds|\n  |-|-|\n  |Alm|8|\n", ["Alm. Beds: 8."]),
        ("> |Hut|Beds|\n> |-|-|\n> |Alm|8|\n", ["Alm. Beds: 8."]),
        ("|Hut|Fee|\n|-|-|\n|Alm|~~5~~ 6[^1]|\n", ["Alm. Fee: 6."]),
        (
            "|Hut|Fee|\n|-|-|\n|[Alm](http://a.example)|10<sup>6</sup>|\n",
            ["Alm (http://a.example). Fee: 10⁶."],
        ),
        ("|Hut|Fee|\n|-|-|\n|[Alm](alm.md)|![Yes](y.png)|\n", ["Alm. Fee: Yes."]),
        ("|Key|Value|\n|-|-|\n|snake_case|2 * 3|\n", ["snake_case. Value: 2 * 3."]),
        (
            "<table><tr><th>A<th>B<th>C<tr><td>a<td rowspan=2>b<td>c<tr><td>d<td>e</table>\n",
            ["a. B: b. C: c.", "d. B: b. C: e."],
        ),
    ],
)
def test_each_row_is_a_text_of_its_own(table: str, texts: list[str]) -> None:
    text = f"Before.\n\n{table}\nAfter | it.\n"
    assert rows(text) == texts
    out, _ = with_rows(text)
    assert out.startswith("Before.\n\n")
    assert out.endswith("\nAfter | it.\n")


@pytest.mark.parametrize(
    "text",
    [
        "```\n|a|b|\n|-|-|\n|c|d|\n```\n",
        "~~~~\n```\n|a|b|\n|-|-|\n|c|d|\n",
        "text\n\n    |a|b|\n    |-|-|\n    |c|d|\n",
        "x | y\n\nz | w\n",
        "Title | more\n---\n",
        "a | b | c | d\n|-|-|\n",
        "- a | b\n- -|-\n",
        "<table><tr><td>never closed",
        "no pipe\n---\nat all\n",
    ],
)
def test_what_is_no_table_keeps_its_characters(text: str) -> None:
    assert with_rows(text) == (text, ())


def test_tables_that_share_rows_bear_the_heading_above_them() -> None:
    table = "|Boat|Hour|\n|-|-|\n|Skiff|{}|\n\n"
    text = "## Summer\n" + table.format(9) + "**Winter**\n\n" + table.format(6)
    assert rows(text) == ["Summer. Skiff. Hour: 9.", "Winter. Skiff. Hour: 6."]


CELL = st.text("abc019 ", max_size=6)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_value_of_a_table_is_lost(table: list[list[str]]) -> None:
    lines = ["|X|Y|Z|", "|-|-|-|", *("|" + "|".join(row) + "|" for row in table)]
    text = " ".join(rows("\n".join(lines)))
    assert all(word in text for row in table for cell in row for word in cell.split())


@given(st.text("|-:ab`\\ \n>#~*", max_size=80))
def test_rows_lie_in_the_text_in_order(text: str) -> None:
    out, places = with_rows(text)
    ends = [place for pair in places for place in pair]
    assert ends == sorted(ends)
    assert not ends or ends[-1] <= len(out)


@pytest.mark.parametrize("line", ["|a|b|\n", "`|", "|-|-|\n", "> |a|\n", "<table>", "[a](", "~~a"])
def test_work_grows_with_the_text(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    split = pipe_tables._split

    def counted(text: str, count: int, *, fill: bool = True) -> list[str]:
        nonlocal steps
        steps += len(text)
        return split(text, count, fill=fill)

    monkeypatch.setattr(pipe_tables, "_split", counted)
    for number in (500, 2_000):
        steps = 0
        text = "|a|b|\n|-|-|\n" + line * number
        with_rows(text)
        assert steps <= 3 * len(text)
