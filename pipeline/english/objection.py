"""Objections: lines of a chat that speak against the answer before instead of asking. Pure.

"No, it is 7 euros" tells something and asks nothing. Nobody but the person knows whether it is
meant for the memory, so it is never taken for a correction; but how to make one can be said. The
cues are English.
"""

from __future__ import annotations

import re

from .words import AUXILIARY, QUESTION, words_in

__all__ = ["objection_in"]

_WRONG = (
    r"(?:wrong|incorrect|false|untrue|mistaken|outdated|out of date|not (?:right|correct|true|so)"
    r"|no longer (?:right|correct|true)|nonsense)"
)
_IS = r"(?:'s|’s|s| is| was| are| were|'re|’re)"
_THAT = (
    r"(?:that|this|it|they|these|those|the (?:last |previous )?(?:answer|reply)|you(?:r answer)?)"
)
_VERDICT = re.compile(
    rf"(?:{_THAT}{_IS} (?:just |simply |completely |all |quite |now )?{_WRONG}"
    rf"|(?:{_WRONG}|correction)(?=\s*(?:$|[,.!:;–—-]))"
    r"|(?:that|this|it) (?:isn|wasn)['’]t (?:right|correct|true|so)"
    r"|not (?:any ?more|anymore)|(?:i )?disagree)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no|nope|nah|not really|actually|sorry|hm+|well)\b(?:\s*[,.!:;–—-]+\s*|\s+(?=(?:but|it|"
    r"it's|its|that|that's|thats|this|they|the (?:right|correct|answer)|you)\b)|\s*$)",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"(?:(?:but|because|as|since|and) )?(?:(?:it|that|this|they|these|those|he|she|there)"
    r"(?:'s|’s|'re|’re| is| are| was| were| will be| should be| should have been| must be| has been"
    r"| have been| costs?| has| have| takes?)"
    r"|its(?= \d)|(?:should|must|ought to) be|the (?:right|correct|actual|true|real|new) "
    r"(?:answer|value|one|price|date|name|number|amount|figure) (?:is|was|would be))\b\s*",
    re.IGNORECASE,
)
_NOT_THE_OTHER = re.compile(r"\S.{0,80}?,? (?:and )?not \S", re.IGNORECASE)
_NOT_THIS = re.compile(
    rf"(?:it{_IS} )?not \S.{{0,60}}?\s*[,;:.–—-]+\s*(?:but )?"
    rf"(?=(?:it|that|this|they|he|she){_IS} \S)",
    re.IGNORECASE,
)
"""How "Not Robert, it was Agnes" begins."""
_NAME = r"[A-Z][\w.'’-]*(?: (?:of|the|de|von|van|[A-Z][\w.'’-]*)){0,4}"
_NAME_NOT_NAME = re.compile(rf"({_NAME}),? (?:and )?not {_NAME}[.!]*")
"""Not any text in capitals: a name against a name, as "Agnes Oakes, not Robert Oakes"."""
_NAME_ALONE = re.compile(rf"{_NAME}[.!]*")
_CHANGE = re.compile(
    r"(?:please )?(?:correct|change|fix|update|amend) (?:that|this|it|your answer|the answer)"
    r"(?: please)?(?: to|:| into)\s+(?=\S)",
    re.IGNORECASE,
)
_MEANT = re.compile(r"\b(?:i (?:mean|meant|mean to|want|asked|need)|what about)\b", re.IGNORECASE)
_EDGES = " \t,.;:!–—-"
_LONGEST = 300


def objection_in(line: str) -> str | None:
    """What a line tells against the answer before, empty where it only objects; None if it asks."""
    text = line.strip()
    if not text or len(text) > _LONGEST or text.endswith("?") or _MEANT.search(text):
        return None
    if match := _NAME_NOT_NAME.fullmatch(text):
        return match[1]
    if match := _CHANGE.match(text):
        return text[match.end() :].strip(_EDGES)
    rest, objects = text, False
    if match := _NOT_THIS.match(rest):
        objects, rest = True, rest[match.end() :]
    for _ in range(3):
        cue = _NO.match(rest) or _VERDICT.match(rest)
        if cue is None:
            break
        objects, rest = True, rest[cue.end() :].lstrip(_EDGES)
    told = _TELLS.match(rest)
    if told is not None:
        rest = rest[told.end() :]
        if not objects and not any(map(str.isdigit, rest)) and rest == rest.lower():
            return None  # "that is right, thanks"
    elif not objects and not (_NOT_THE_OTHER.match(rest) and any(map(str.isdigit, rest))):
        return None
    elif (
        rest
        and not (_VERDICT.match(text) or _NAME_ALONE.fullmatch(rest))
        and not any(map(str.isdigit, rest))
    ):
        return None  # "No, for children" asks on
    rest = rest.strip(_EDGES)
    return None if _asks(rest) else rest


def _asks(text: str) -> bool:
    """Whether what remains is a question: "actually, when does it open"."""
    words = words_in(text)
    return bool(words) and words[0].low in QUESTION | (AUXILIARY - {"being"})
