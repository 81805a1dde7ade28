"""Judged retrieval: queries and relevance judgments of BEIR, TREC and MS MARCO.

A folder holds the queries as `queries.jsonl` (`_id`, `text`) or `queries.tsv` (id, text), and the
judgments below `qrels/`, or beside the queries as `qrels.SPLIT.tsv`. Judgments are BEIR's three
columns (query, document, grade), or the four of TREC and MS MARCO (query, iteration, document,
grade); they hold no quotes that mean anything, and ids stand as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.compression import COMPRESSED, content_suffix, read_lines
from ..core.errors import InputError, RowError
from ..core.rows import json_lines

__all__ = ["JudgedFolder", "read_judgments", "read_queries"]

_SPLITS = ("test", "dev", "validation", "train")
"""Of several judgments the first of these is taken."""
_JUDGMENT_SUFFIXES = (".tsv", ".txt", ".qrels", ".qrel", ".trec")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "query": ("query-id", "query_id", "qid", "query", "topic", "topic_id"),
    "iteration": ("iteration", "iter", "q0", "0", "subtopic"),
    "document": ("corpus-id", "corpus_id", "doc-id", "doc_id", "docid", "docno", "pid", "document"),
    "grade": ("score", "relevance", "rel", "grade", "label", "judgment"),
}
"""Names that the columns of a header may have, in lower case."""
_THREE, _FOUR = (0, 1, 2), (0, 2, 3)
"""Where query, document and grade stand."""


@dataclass(frozen=True, slots=True)
class JudgedFolder:
    """The files of a judged set."""

    queries: Path
    judgments: Path

    @classmethod
    def find(cls, folder: Path) -> JudgedFolder:
        """The queries and judgments of a folder. Raises InputError where it lacks either."""
        judgments = _judgment_files(folder)
        queries = _first_of(folder, "queries")
        if queries is None:
            raise InputError(
                f"{folder}: has no queries.jsonl; give a file of questions, or a folder laid out "
                "like BEIR's: queries.jsonl, qrels/test.tsv"
            )
        if not judgments:
            raise InputError(f"{folder}: has no qrels/*.tsv, which say what is relevant to a query")
        split = next((name for name in _SPLITS if name in judgments), next(iter(judgments)))
        return cls(_first_of(folder, f"queries.{split}") or queries, judgments[split])


def _judgment_files(folder: Path) -> dict[str, Path]:
    """Judgments by split, in the order of their names."""
    files = [*(folder / "qrels").glob("*"), *folder.glob("qrels.*"), *folder.glob("qrels-*")]
    return {
        _stem(path).removeprefix("qrels").strip(".-") or "all": path
        for path in sorted(files)
        if path.is_file() and content_suffix(path) in _JUDGMENT_SUFFIXES
    }


def _first_of(folder: Path, stem: str) -> Path | None:
    names = [f"{stem}{suffix}" for suffix in (".jsonl", ".tsv")]
    packed = [f"{name}{packing}" for name in names for packing in ("", *COMPRESSED)]
    alike = [folder / name for name in packed]
    if stem == "queries":
        alike += sorted(path for path in folder.glob("queries.*.tsv*") if path.is_file())
    return next((path for path in alike if path.is_file()), None)


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (*COMPRESSED, *_JUDGMENT_SUFFIXES):
        name = name.removesuffix(suffix)
    return name


def read_queries(path: Path) -> Iterator[tuple[str, str]]:
    """Id and text of each query, in order. Raises InputError, also where an id comes again."""
    lines = _tabbed_queries(path) if content_suffix(path) == ".tsv" else _json_queries(path)
    seen: dict[str, str] = {}
    for place, name, text in lines:
        if name in seen:
            raise RowError(place, f"query {name!r} was in {seen[name]} already", "give each its id")
        seen[name] = place.rpartition("/")[2]
        yield name, text


def _json_queries(path: Path) -> Iterator[tuple[str, str, str]]:
    for row in json_lines(path):
        name, text = row.fields.get("_id", row.fields.get("id")), row.fields.get("text")
        if isinstance(name, bool) or not isinstance(name, str | int) or not isinstance(text, str):
            why = "has no `_id` and `text`"
            raise RowError(row.place, why, "each query of BEIR's has both")
        yield row.place, str(name), text


def _tabbed_queries(path: Path) -> Iterator[tuple[str, str, str]]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        name, tab, text = line.rstrip("\r\n").partition("\t")
        if not tab or not name.strip():
            raise RowError(place, "has no id and text", "divide them by a tab")
        if number == 1 and text.strip().casefold() in ("text", "query"):
            continue
        yield place, name.strip(), text.strip()


def read_judgments(path: Path) -> dict[str, dict[str, int]]:
    """Query -> documents judged relevant, with their grades, from 1.

    A query of which none is relevant keeps its documents with grade 0: tools of the field count it
    as one for which nothing was found. Raises InputError naming the line where columns or grades
    are none, and where one pair is judged in two ways.
    """
    grades: dict[str, dict[str, int]] = {}
    for place, query, document, grade in _judged_pairs(path):
        of_query = grades.setdefault(query, {})
        if of_query.setdefault(document, grade) != grade:
            why = f"{query!r} and {document!r} have grade {grade} here, and {of_query[document]}"
            raise RowError(place, f"{why} before", "keep one of the two lines")
    return {query: _relevant(of_query) for query, of_query in grades.items()}


def _relevant(grades: Mapping[str, int]) -> dict[str, int]:
    relevant = {document: grade for document, grade in grades.items() if grade > 0}
    return relevant or dict.fromkeys(grades, 0)


def _judged_pairs(path: Path) -> Iterator[tuple[str, str, str, int]]:
    places: tuple[int, int, int] | None = None
    width = 0
    for number, line in read_lines(path):
        if not line.strip():
            continue
        place, cells = f"{path}:{number}", _cells(line)
        if not width:
            width = len(cells)
            places = _named_columns(cells)
            if places is not None:
                continue
            places = {3: _THREE, 4: _FOUR}.get(width)
        if places is None or len(cells) != width or (width == 3 and "\t" not in line):
            raise _no_judgment(place)
        yield _judged(place, cells, places)


def _cells(line: str) -> list[str]:
    """The cells of a line: between tabs, or, as TREC's files have them, between blanks."""
    cells = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
    while len(cells) > 3 and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _named_columns(cells: Sequence[str]) -> tuple[int, int, int] | None:
    """Where query, document and grade stand by the names of a header; None: it is none."""
    names = [cell.casefold() for cell in cells]
    columns = [
        next((at for at, name in enumerate(names) if name in _COLUMNS[meaning]), None)
        for meaning in ("query", "document", "grade")
    ]
    query, document, grade = columns
    if query is None or document is None or grade is None:
        return None
    return query, document, grade


def _judged(
    place: str, cells: Sequence[str], places: tuple[int, int, int]
) -> tuple[str, str, str, int]:
    query, document, grade = (cells[at] for at in places)
    if places == _FOUR and not (cells[1].isdecimal() or cells[1].casefold() == "q0"):
        raise _no_judgment(place)
    try:
        number = float(grade)
        if number != int(number) or not query or not document:
            raise ValueError
    except (ValueError, OverflowError):
        raise _no_judgment(place) from None
    return place, query, document, int(number)


def _no_judgment(place: str) -> RowError:
    return RowError(
        place,
        "must be query, document and a whole number, with tabs between them, or TREC's four "
        "columns: query, 0, document and a whole number",
        "mend the line; a header names the columns in another order",
    )
