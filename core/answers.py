"""What the answers of a question row mean, in whichever form the row gives them. Pure.

A text, a list, SQuAD's `{text: [...], answer_start: [...]}`, objects with a `text`, and lists or
objects that became text on their way through a table (see `literals`). Null, an empty text and a
text of nothing but articles and punctuation are no answers, as in SQuAD 2.0's own evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import RowError
from .literals import BrokenLiteral, parse_literal
from .normalization import normalize

__all__ = ["AnswerTexts", "is_declared_unanswerable", "read_answers"]

_ANSWER_KEYS = ("answers", "answer")
_START_KEYS = ("answer_start", "answer_starts", "start")
_LETTERS = "its answers are the single letters of a text"
_NO_ANSWER = frozenset(("No Answer Present.", "CANNOTANSWER"))
"""What MS MARCO and QuAC write in place of an answer."""
_TRUE = frozenset(("true", "yes", "1", "1.0", "y", "t"))
_FALSE = frozenset(("false", "no", "0", "0.0", "n", "f"))
_UNANSWERABLE = frozenset(("isimpossible", "impossible", "unanswerable", "isunanswerable"))
_ANSWERABLE = frozenset(("answerable", "isanswerable", "hasanswer"))
"""Names of columns without their punctuation, in lower case."""


@dataclass(frozen=True, slots=True)
class AnswerTexts:
    """The answers of a row: distinct texts, or distinct places where these are known."""

    texts: tuple[str, ...]
    starts: tuple[int, ...] | None
    """As the row counts them, one for each text; None where it does not give all of them."""
    void: int = 0
    """Texts that were not empty, and are nothing once they are normalized."""
    left_out: str = ""
    """Why nobody can tell what the answers are, in plain words."""


def read_answers(
    fields: Mapping[str, Any], place: str, *, regex: bool = False, symbols: bool = False
) -> AnswerTexts:
    """The answers of a row; none where it is unanswerable.

    With `symbols`, answers such as `$` count, though nothing of them is left to compare: a reader
    can be trained on them. With `regex` they are regular expressions, which are not normalized.
    Raises RowError where the row has no answers, not even an empty list, or they are no texts.
    """
    key = next((name for name in _ANSWER_KEYS if name in fields), None)
    declared = is_declared_unanswerable(fields, place)
    if declared:
        return AnswerTexts((), ())
    if key is None:
        why = "has neither `answer` nor `answers`"
        raise RowError(place, why, "unanswerable is an empty list")
    value = _put_together(fields[key], place)
    if value is None and fields[key] is not None:
        return AnswerTexts((), None, left_out=_LETTERS)
    pairs = _with_starts(list(_pairs(value, place, regex=regex)), fields, place)
    filled = [(text, start) for text, start in pairs if text.strip() and text not in _NO_ANSWER]
    kept = [(text, start) for text, start in filled if regex or symbols or normalize(text)]
    if declared is False and not filled:
        why = "says that it can be answered, and has no answer"
        raise RowError(place, why, "add the answer, or mark the row as unanswerable")
    return _distinct(kept, len(filled) - len(kept))


def is_declared_unanswerable(fields: Mapping[str, Any], place: str) -> bool | None:
    """What `is_impossible`, `answerable` or the like say, in whatever spelling; None: nothing.

    Raises RowError where it is neither yes nor no.
    """
    for key, value in fields.items():
        name = "".join(filter(str.isalnum, key)).casefold()
        if name not in _UNANSWERABLE and name not in _ANSWERABLE:
            continue
        said = str(value).strip().casefold()
        if value is None or said in ("", "nan", "none", "null"):
            continue
        if said not in _TRUE | _FALSE:
            raise RowError(place, f"`{key}` is {value!r:.40}, neither yes nor no", "mend the row")
        return (said in _TRUE) == (name in _UNANSWERABLE)
    return None


def _with_starts(
    pairs: list[tuple[str, int | None]], fields: Mapping[str, Any], place: str
) -> list[tuple[str, int | None]]:
    """Answers that have no starts by themselves with those that stand beside them in the row."""
    beside = _given(fields)
    if beside is None or beside == "" or not pairs or any(at is not None for _, at in pairs):
        return pairs
    if isinstance(beside, str) and beside.lstrip()[:1] in ("[", "a"):
        try:
            beside = parse_literal(beside)
        except BrokenLiteral:
            raise RowError(place, f"`answer_start` is {beside!r:.40}", "mend the row") from None
    starts = beside if isinstance(beside, list | tuple) else [beside]
    return _columns({"text": [text for text, _ in pairs], "answer_start": starts}, place)


def _distinct(pairs: Iterable[tuple[str, int | None]], void: int) -> AnswerTexts:
    pairs = list(pairs)
    if all(start is not None for _, start in pairs):
        places = [(text, start) for text, start in dict.fromkeys(pairs) if start is not None]
        texts, starts = tuple(text for text, _ in places), tuple(start for _, start in places)
        return AnswerTexts(texts, starts, void)
    return AnswerTexts(tuple(dict.fromkeys(text for text, _ in pairs)), None, void)


def _pairs(value: Any, place: str, *, regex: bool) -> Iterable[tuple[str, int | None]]:
    """Texts with their starts, None where the row gives none."""
    if isinstance(value, str):
        value = _untangled(value, place, regex=regex)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return []
    if isinstance(value, str):
        return [(value, None)]
    if isinstance(value, Mapping):
        return _columns(value, place)
    if not isinstance(value, list | tuple):
        raise RowError(
            place, f"the answers are {type(value).__name__}, not a list of texts", "mend the row"
        )
    if len(value) == 1 and isinstance(value[0], str) and not regex:
        inner = _untangled(value[0], place, listed=True)
        value = inner if isinstance(inner, list) else value
    if all(entry is None for entry in value):
        return []
    return [_entry(entry, place) for entry in value]


def _put_together(value: Any, place: str) -> Any:
    """The list that was taken for a list of its characters: `["[", "'", "P", ...]`.

    None where these are the letters of something else; any other value as it is.
    """
    letters: Any = value.get("text") if isinstance(value, Mapping) else value
    if not isinstance(letters, list | tuple) or len(letters) < 3:
        return value
    if not all(isinstance(entry, str) and len(entry) == 1 for entry in letters):
        return value
    text = "".join(letters)
    listed = _untangled(text, place, listed=True)
    if isinstance(listed, list):
        return listed
    return None if len(text) > 5 and (" " in text or len(set(text)) < len(text)) else value


def _entry(entry: Any, place: str) -> tuple[str, int | None]:
    if isinstance(entry, Mapping):
        return _text(entry.get("text"), place), _start(_given(entry), place)
    return _text(entry, place), None


def _columns(value: Mapping[str, Any], place: str) -> list[tuple[str, int | None]]:
    """SQuAD's flat form: the texts in one list, where they start in another."""
    texts, starts = value.get("text"), _given(value)
    if texts is None:
        if "text" in value or not value:
            return []
        keys = ", ".join(map(str, value))[:100]
        raise RowError(place, f"the answers have no `text`, only {keys}", "name their texts so")
    texts = [texts] if isinstance(texts, str) else texts
    if starts is None or isinstance(starts, int | float | str):
        starts = [starts] * len(texts) if isinstance(texts, list | tuple) else []
    if not isinstance(texts, list | tuple) or not isinstance(starts, list | tuple):
        raise RowError(place, "`text` and `answer_start` are not both lists", "mend the row")
    if len(texts) != len(starts):
        why = f"has {len(texts)} answer texts and {len(starts)} answer_start"
        raise RowError(place, why, "give each answer its start, or leave all starts out")
    return [
        (_text(text, place), _start(start, place))
        for text, start in zip(texts, starts, strict=True)
    ]


def _given(value: Mapping[str, Any]) -> Any:
    return next((value[key] for key in _START_KEYS if key in value), None)


def _text(value: Any, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(place, "the answers are not all texts", "mend the row")
    return value


def _start(value: Any, place: str) -> int | None:
    """A position, also one that a data frame has made a float or a text; -1 where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    try:
        if isinstance(value, bool) or int(value) != float(value):
            raise ValueError
        return int(value)
    except (ValueError, TypeError, OverflowError):
        why = f"`answer_start` is {value!r:.40}, not a whole number"
        raise RowError(place, why, "mend the row") from None


def _untangled(text: str, place: str, *, listed: bool = False, regex: bool = False) -> Any:
    """The list or object that a text writes, or the text itself where it only looks like one.

    That a text between brackets is a list shows by its quotes. Raises RowError where it begins as
    one and cannot be read, or where nobody can tell. A text in a list is taken at its word.
    """
    inner = text.strip()
    if inner[:1] not in ("[", "(", "{", "a") or not _encloses(inner):
        return text
    try:
        value = parse_literal(inner)
    except BrokenLiteral as error:
        if listed or regex or not _looks_listed(inner):
            return text
        raise RowError(
            place,
            f"{inner[:40]!r} reads like a list of answers that is broken ({error})",
            "write it as a list; an answer that is so written is the one text of a list",
        ) from None
    if isinstance(value, Mapping):
        return value if "text" in value and not listed else text
    if not isinstance(value, list):
        return text
    if not value:
        return [] if inner.startswith("[") and not listed else text
    if all(isinstance(entry, str | Mapping) or entry is None for entry in value):
        return value
    if len(value) == 1 or listed or regex:
        return text
    raise RowError(
        place,
        f"{inner[:40]!r} may be one answer or several",
        "write the answers as a list of texts, also a single one",
    )


def _encloses(text: str) -> bool:
    opening = text.find("(") if text.startswith("array(") else 0
    return opening >= 0 and (text[0] != "a" or opening == 5)


def _looks_listed(text: str) -> bool:
    """Whether a text that is no list was one: a quote or commas between one pair of brackets."""
    if text[1:].lstrip()[:1] in ("'", '"') and text[0] != "(":
        return True
    body = text[1:-1]
    closed = text[-1:] == {"[": "]", "{": "}"}.get(text[0], "")
    return closed and "," in body and not any(mark in body for mark in "[]{}")
