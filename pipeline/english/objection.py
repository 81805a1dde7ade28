"""Objections: lines of a chat that speak against the answer before instead of asking. Pure.

"No, it is 7 euros" tells something and asks nothing. Nobody but the person knows whether it is
meant for the memory, so it is never taken for a correction; but how to make one can be said. The
cues are English.
"""

from __future__ import annotations

import re

from ...core.expressions import expression
from .words import AUXILIARY, QUESTION, words_in

__all__ = ["objection_in", "told_in"]

_WRONG = (
    r"(?:wrong|incorrect|false|untrue|mistaken|outdated|out of date|not (?:right|correct|true|so)"
    r"|no longer (?:right|correct|true|valid|the case|so)|nonsense|not valid any ?more"
    r"|(?:the |an )?old (?:one|price|value|date|number|figure|fee|rate|name|address|time|version"
    r"|answer|news|information|info|data)|old)"
)
_IS = r"(?:'s|’s|s| is| was| are| were|'re|’re)"
_THAT = (
    r"(?:(?:that|this|the|your) (?:last |previous )?(?:answer|reply|information)"
    r"|that|this|it|they|these|those|you)"
)
_HEDGED = r"(?:just |simply |completely |all |quite |now |already |definitely |clearly )?"
_END = r"(?=\s*(?:$|[,.!;:–—-]|any ?more\b|now\b))"
_WORD = r"[^\W\d_][\w'’-]{0,30}"
_VERDICT = expression(
    rf"(?:{_THAT}{_IS} {_HEDGED}{_WRONG}"
    rf"|(?:{_WRONG}|correction)(?=\s*(?:$|[,.!:;–—-]))"
    r"|(?:that|this|it) (?:isn|wasn)['’]t (?:right|correct|true|so)(?: any ?more)?"
    r"|(?:that|this|it) can(?:['’]?t|not) be (?:right|correct|true|so)"
    rf"|(?:that|this|it) (?:was|used to be) (?:right|correct|true|so|the case){_END}"
    r"|(?:that|this|it) (?:was|used to be) (?:true|right|correct|so) (?:last|until|before|in|once)"
    rf" [^?]{{1,40}}|(?:that|this|it|(?:the|that|this) {_WORD}) ha(?:s|ve) changed{_END}"
    r"|you(?:['’]ve| have)? (?:got|get) (?:that|this|it) wrong|i (?:don['’]?t|do not) think so"
    r"|not (?:any ?more|anymore)|(?:i )?disagree)\b",
    re.IGNORECASE,
)
_NO = expression(
    r"(?:no|nope|nah|not really|actually|sorry|hm+|well)\b(?:\s*[,.!:;–—-]+\s*|\s+(?=(?:but|it|"
    r"it's|its|that|that's|thats|this|they|the (?:right|correct|answer)|you)\b)|\s*$)",
    re.IGNORECASE,
)
_TELLS = expression(
    r"(?:(?:but|because|as|since|and) )?(?:(?:it|that|this|they|these|those|he|she|there)"
    r"(?:'s|’s|'re|’re| is| are| was| were| will be| should be| should have been| must be| has been"
    r"| have been| costs?| has| have| takes?)"
    r"|its(?= \d)|(?:should|must|ought to) be|the (?:right|correct|actual|true|real|new) "
    r"(?:answer|value|one|price|date|name|number|amount|figure) (?:is|was|would be))\b\s*",
    re.IGNORECASE,
)
_NAMED_WRONG = expression(
    rf"(?!(?:what|who|whose|where|when|why|how|which|is|are|was|were|do|does|did|if|tell|explain)\b)"
    rf"(?:[^?!;:,]|(?<=\d)[:,](?=\d)){{1,60}}?{_IS} {_HEDGED}{_WRONG}(?=\s*(?:$|[,.!;:–—-]))",
    re.IGNORECASE,
)
"""What is called wrong by its name or value: "8:15 is wrong, it is 8:30"."""
_NO_LONGER = expression(
    rf"(?:the |that |this )?{_WORD}(?: {_WORD}){{0,3}}{_IS} no longer [^?]{{1,40}}", re.IGNORECASE
)
_CHANGED = expression(
    rf"(?:it|that|this|they|(?:the|that) {_WORD}(?: {_WORD})?) (?:(?:was|were|is|are|ha(?:s|ve)"
    r"(?: been)?|got) )?(?:changed|raised|lowered|increased|reduced|moved|postponed|set|gone up"
    r"|gone down|went up|went down)(?: now)? (?:to|from [^?]{1,20}? to)\s+(?=\S)",
    re.IGNORECASE,
)
_THINK = expression(
    r"(?:but )?i(?:['’]m| am)? (?:think|believe|guess|fear|afraid|sure|certain)(?: that)? "
    r"(?=(?:that|this|it|you|the)\b)",
    re.IGNORECASE,
)
_THINK_NOT = expression(
    r"i (?:don['’]?t|do not) (?:think|believe)(?: that)? (?:that|this|it)(?:['’]?s| is| was)? "
    r"(?:right|correct|true|so)\b",
    re.IGNORECASE,
)
_ANSWER_IS = expression(
    r"(?:the )?(?:correct|right|actual|true|real|new) (?:answer|value|price|date|name|number|amount"
    r"|figure|one|time)\s*[:=–—-]\s*(?=\S)",
    re.IGNORECASE,
)
_NOW = expression(r"(?:now|currently|already|actually|in fact)\s+(?=\S)", re.IGNORECASE)
_NOT_THE_OTHER = expression(r"\S.{0,80}?,? (?:and )?not \S", re.IGNORECASE)
_NOT_THIS = expression(
    rf"(?:it{_IS} )?not \S.{{0,60}}?\s*[,;:.–—-]+\s*(?:but )?"
    rf"(?=(?:it|that|this|they|he|she){_IS} \S)",
    re.IGNORECASE,
)
"""How "Not Robert, it was Agnes" begins."""
_NAME = r"[A-Z][\w.'’-]*(?: (?:of|the|de|von|van|[A-Z][\w.'’-]*)){0,4}"
_NAME_NOT_NAME = expression(rf"({_NAME}),? (?:and )?not {_NAME}[.!]*")
"""Not any text in capitals: a name against a name, as "Agnes Oakes, not Robert Oakes"."""
_NAME_ALONE = expression(rf"{_NAME}[.!]*")
_CHANGE = expression(
    r"(?:please )?(?:correct|change|fix|update|amend) (?:that|this|it|your answer|the answer)"
    r"(?: please)?(?: to|:| into)\s+(?=\S)",
    re.IGNORECASE,
)
_MEANT = expression(r"\b(?:i (?:mean|meant|mean to|want|asked|need)|what about)\b", re.IGNORECASE)
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
    if match := _ANSWER_IS.match(text) or _CHANGED.match(text):
        return text[match.end() :].strip(_EDGES)
    if _NO_LONGER.fullmatch(text.rstrip(_EDGES)) or _THINK_NOT.match(text):
        return ""
    if match := _THINK.match(text):
        text = text[match.end() :]
    rest, objects = text, False
    if match := _NAMED_WRONG.match(rest):
        objects, rest = True, rest[match.end() :].lstrip(_EDGES)
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
        if now := _NOW.match(rest):
            objects, rest = True, rest[now.end() :]
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
    if rest.lower() in ("now", "anymore", "any more"):
        return ""
    return None if _asks(rest) else rest


def told_in(text: str, question: str) -> str:
    """What is told as the right answer to a question, without the "no" or "no, it is" before it.

    A "no" is kept that may be the answer: the question may be answered by it, or it says all.
    """
    text = text.strip()
    opening = _NO.match(text)
    asked = words_in(question)
    if opening is None or (asked and asked[0].low in AUXILIARY):
        return text
    rest = text[opening.end() :].lstrip(_EDGES)
    if re.match(r"no\. ?\d", text, re.IGNORECASE):
        return text  # a number, as of a house
    if told := _TELLS.match(rest):
        rest = rest[told.end() :]
    return rest or text


def _asks(text: str) -> bool:
    """Whether what remains is a question: "actually, when does it open"."""
    words = words_in(text)
    return bool(words) and words[0].low in QUESTION | (AUXILIARY - {"being"})
