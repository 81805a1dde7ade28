"""Which line of a list or field of a row answers a question, and whether it says anything. Pure.

    Star roadster. Daily rate: –. Deposit: 700 euros.

A reader asked for the daily rate gives the deposit: there is no other value beside the name. So an
answer stands where the label holds the question's words best. A label without a value has no
answer, and neither have those beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...core.expressions import expression
from ...core.labels import Labelled, labelled
from ...core.records import Passage
from .lexicon import EXTREMES, PERIODS, words
from .parse import key_of
from .speakers import is_talk
from .units import Units
from .unknown import is_empty
from .words import BEFORE_NOUN, EMPTY, NEGATIONS, folded_passage

__all__ = ["Answering", "Fields"]

_WORD = expression(r"[^\W_]+(?:[-'&][^\W_]+){0,4}")
_SHORT = {"no": "number", "nr": "number", "approx": "approximate", "tel": "telephone",
          "phone": "telephone", "temp": "temperature", "avg": "average"}  # fmt: skip
"""What labels shorten."""
_AS_NOUN = {"heavy": "weight", "wide": "width", "tall": "height", "high": "height",
            "deep": "depth", "thick": "thickness", "long": "length"}  # fmt: skip
_INSTEAD = expression(
    r"(?:(?:up)?on (?:request|enquiry|inquiry|application|demand)|by (?:arrangement|agreement)"
    r"|(?:please )?(?:ask|call|contact|see)\b.*|varies|variable|negotiable|free(?: of charge)?"
    r"|(?:not )?included|none|no|auf anfrage|nach (?:vereinbarung|absprache)|kostenlos|gratis"
    r"|sur (?:demande|devis)|(?:a|su) richiesta|a petición|bajo pedido|op aanvraag)",
    re.IGNORECASE,
)
"""What stands in the place of a number or name."""
_PERSON_OR_PLACE = words("who whom whose where")
_TELLING = BEFORE_NOUN | NEGATIONS
"""Words without meaning of their own by which labels differ: with and without battery."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A label with its value, compared with a question."""

    at: Labelled
    asked: frozenset[str]
    """The words of the label that the question holds,"""
    more: frozenset[str]
    """and those that it lacks."""
    strong: bool
    """Whether the question holds more than the noun that the label ends with, or all of it."""
    empty: bool

    def beats(self, other: _Field) -> bool:
        """Whether the other label is not the one that is asked for, if this one is there."""
        if self.asked == other.asked:
            return bool(self.asked) and self.more < other.more
        return other.asked < self.asked and (self.strong or bool(other.asked))


class Fields:
    """The words of one question by which labels are told apart."""

    def __init__(self, question: str) -> None:
        low = [word[0].lower() for word in _WORD.finditer(folded_passage(question).text)]
        self.low = frozenset(low)
        self.keys = frozenset(_key(word) for word in low if word not in EMPTY)
        if "how" in self.low:
            self.keys |= {_key(_AS_NOUN[word]) for word in low if word in _AS_NOUN}
        self.units = Units(question)
        self.asks_for_name = not _PERSON_OR_PLACE.isdisjoint(low)
        self.asks_which = self.asks_for_name or "which" in self.low

    def __bool__(self) -> bool:
        return bool(self.keys)

    def in_passage(self, passage: Passage) -> Answering:
        """The labels of a passage, compared with the question; made once for all its answers."""
        return Answering(self, passage)


class Answering:
    """The labels of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Fields, passage: Passage) -> None:
        self._asked, self._text = asked, passage.text
        found = labelled(passage.text)
        if found and is_talk(folded_passage(passage.text).text):
            found = ()
        self._units = asked.units.in_passage(passage)
        self._fields = [self._field(label) for label in found]
        best = list(self._asked_for(self._fields))
        self._best = [b for b in best if not any(other.beats(b) for other in best)]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text belongs to another label, is but
        a label that the question names, or stands beside one that is asked for and empty."""
        field = self._holding(start)
        if field is not None and end <= field.at.stop:
            return not self._may_be_label(field, start, end)
        if field is not None and start >= field.at.begin and field.empty:
            return True
        rivals = self._rivals(field, start)
        if field is not None:
            return any(rival.beats(field) for rival in rivals)
        if self._names_row(start, end):
            return True
        asked = [rival for rival in rivals if rival.strong]
        if asked and asked[0].at.in_row:
            return all(rival.empty for rival in asked)
        return any(len(rival.asked) > 1 and self._tells_else(rival, start, end) for rival in asked)

    def _field(self, label: Labelled) -> _Field:
        name = [w[0].lower() for w in _WORD.finditer(self._text, label.start, label.stop)]
        keys = [_key(word) for word in name if word not in EMPTY]
        held = frozenset(keys) & self._asked.keys
        lacks = (frozenset(keys) - held) | (_TELLING.intersection(name) - self._asked.low)
        strong = not frozenset(keys) - held or bool(held - {keys[-1]})
        value = self._text[label.begin : label.end]
        return _Field(label, held, lacks, strong and bool(held), is_empty(value))

    def _asked_for(self, fields: Iterable[_Field]) -> Iterator[_Field]:
        """Those that the question names, if their values may be answers to it."""
        for field in fields:
            begin, end = field.at.begin, field.at.end
            value = self._text[begin:end].removesuffix(".")
            if not field.asked or (not field.empty and self._said(field) <= self._asked.keys):
                continue
            counted = any(map(str.isdigit, value))
            if field.empty or _INSTEAD.fullmatch(value):
                yield field
            elif self._asked.asks_for_name:
                if not counted or any(map(str.isalpha, value)):
                    yield field
            elif not self._asked.units:
                yield field
            elif not counted:  # it may be what has the length or price, and not the measure of it
                yield replace(field, strong=False)
            elif not self._units.another(begin, end):
                yield field

    def _may_be_label(self, field: _Field, start: int, end: int) -> bool:
        """Whether a question may ask which of the labels it is: all of one that it does not name.

        What stands in brackets in a label may be an answer, too: "Fuse (slow-blow)".
        """
        label = self._text[field.at.start : field.at.stop]
        if f"({self._text[start:end]})" in label:
            return not any(rival.beats(field) for rival in self._rivals(field, start))
        if (start, end) != (field.at.start, field.at.stop) or not field.more:
            return False
        which = field.at.in_row and self._asked.asks_which
        return which or not self._said(field).isdisjoint(self._asked.keys)

    def _said(self, field: _Field) -> frozenset[str]:
        """The words of meaning in the value of a label."""
        return self._keys(field.at.begin, field.at.end)

    def _keys(self, start: int, end: int) -> frozenset[str]:
        words = _WORD.finditer(self._text, start, end)
        return frozenset(_key(low) for word in words if (low := word[0].lower()) not in EMPTY)

    def _rivals(self, field: _Field | None, start: int) -> Sequence[_Field]:
        """The labels that are asked for in the answer's row, or else in the lines of a list."""
        line = self._text.rfind("\n", 0, start) + 1
        own = [f for f in self._fields if f.at.in_row and f.at.line == line]
        if own and (field is None or field.at.in_row):
            return [best for best in self._best if best.at.in_row and best.at.line == line]
        return [best for best in self._best if not best.at.in_row]

    def _names_row(self, start: int, end: int) -> bool:
        """Whether an answer is what stands before a row's first label, and in the question."""
        line = self._text.rfind("\n", 0, start) + 1
        first = next((f.at for f in self._fields if f.at.line == line), None)
        if first is None or not first.in_row:
            return False
        return self._keys(start, end) <= self._asked.keys

    def _tells_else(self, rival: _Field, start: int, end: int) -> bool:
        """Whether the line of an answer outside of a list holds no word of a label in it."""
        line = self._text.rfind("\n", 0, start) + 1
        stop = self._text.find("\n", end)
        return self._keys(line, stop if stop > 0 else len(self._text)).isdisjoint(rival.asked)

    def _holding(self, start: int) -> _Field | None:
        return next((f for f in self._fields if f.at.start <= start < f.at.end), None)


def _key(low: str) -> str:
    word = low.removesuffix("'s")
    word = EXTREMES.get(word) or PERIODS.get(word) or _SHORT.get(word, word)
    return key_of(word)
