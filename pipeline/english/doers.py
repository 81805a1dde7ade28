"""Whether who an answer names does something else than a question asks. Pure.

Asked who leads an institute, a reader gives whoever is named beside it: who works there, who
visited it. So where the question is about leading, owning, founding or building, and the sentence
says but that the answer works, lives or studies there, it is another's. Nor is an answer who it is
if it runs from one name over what was done to another: "Lena Dorn nominated Piet Haas".
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .parse import key_of
from .sentences import sentences_of
from .words import EMPTY, VERBAL, Token, folded_passage, tokens_in

__all__ = ["Deeds", "Doers"]

_STRONG = {
    "lead": words(
        """lead leads led leading head heads headed run runs ran manage manages managed manager
        direct directs directed director govern governs governed rule rules ruled chair chairs
        chaired command commands commanded oversee oversees oversaw overseen boss chief leader
        president chairman chairwoman chairperson captain captains principal dean mayor governor
        minister ceo administrator superintendent commander coach coaches coached charge king
        queen supervise supervises supervised supervisor"""
    ),
    "own": words("own owns owned owner proprietor possess possesses landlord belong belongs"),
    "found": words(
        """found founded founds founder founders cofounded co-founded co-founder establish
        established establishes create created creator start started set launch launched begin began
        initiated originated"""
    ),
    "build": words(
        """build builds built builder construct constructed constructs erect erected design designs
        designed designer architect planned engineer engineered made make makes maker"""
    ),
    "finance": words(
        """finance finances financed fund funds funded sponsor sponsors sponsored sponsor donated
        donor paid pays pay backed backer"""
    ),
}
"""What somebody may be to a thing, each with its words."""
_ANY = frozenset(word for several in _STRONG.values() for word in several) | words(
    """partner partners deputy acquired bought buys sold inherited heir took takes taken taking over
    appointed elected editor conductor curator"""
)
_WEAK = expression(
    r"\b(?:(?:works?|worked|working|is employed|was employed|interns?|interned|volunteers?"
    r"|volunteered) (?:at|for|in|with|by)|visit(?:s|ed)?(?: by)?|tour(?:s|ed)(?: by)?"
    r"|(?:lives?|lived|resides?|resided|stays?|stayed|dwells?) (?:in|at|near|with|on)"
    r"|(?:stud(?:y|ies|ied)|trains?|trained|graduated|taught|teaches|lectures?|lectured) (?:at|in"
    r"|from)|attend(?:s|ed)|cleans?|cleaned|joins?|joined|(?:is|was) (?:treated|born|educated"
    r"|trained|schooled) (?:at|in)|(?:is|was) a (?:member|student|pupil|guest|visitor|patient|nurse"
    r"|employee|fellow|trainee|customer) (?:of|at|in))\b"
)
_LONGEST = 600
_REACH = 60
"""Characters between who is named and what they do at most."""
_RUN = 12
"""Words of an answer that are looked through."""


class Doers:
    """What is asked about whoever a question asks for."""

    def __init__(self, question: str) -> None:
        tokens = tokens_in(folded_passage(question).text)
        low = [token.low for token in tokens]
        asks = bool({"who", "whom"} & {*low[:3]})
        self._deeds = [name for name, told in _STRONG.items() if asks and told & {*low[1:]}]
        self._verbs = frozenset(
            key_of(t.low) for t in tokens if asks and t.low not in EMPTY and t.low not in VERBAL
        )

    def __bool__(self) -> bool:
        return bool(self._deeds or self._verbs)

    def in_passage(self, passage: Passage) -> Deeds:
        """What a passage says that people do; made once for all answers in the passage."""
        return Deeds(bool(self._deeds), self._verbs, passage)


class Deeds:
    """The deeds of one passage, looked at from the places of answers in it."""

    def __init__(self, strong: bool, verbs: frozenset[str], passage: Passage) -> None:
        self._strong, self._verbs = strong, verbs
        self._sentences = sentences_of(passage.text)

    def another(self, start: int, end: int) -> bool:
        """Whether who the answer at `start:end` of the passage's text names does something else."""
        first, last = self._sentences.place(start, end)
        text = self._sentences.text
        if _runs_over(tokens_in(text[first : min(last, first + 300)]), text, first, self._verbs):
            return True
        if not self._strong:
            return False
        begin, sentence = self._sentences.low_around(first, last, _LONGEST)
        if not sentence or _ANY.intersection(t.low for t in tokens_in(sentence)):
            return False
        before, after = sentence[: first - begin], sentence[last - begin :]
        behind = _WEAK.search(sentence, first - begin, last - begin + _REACH)
        if behind and ";" not in after[: max(0, behind.start() - (last - begin))]:
            return True
        ahead = list(_WEAK.finditer(before[-_REACH:]))
        return bool(ahead) and ahead[-1][0].endswith(" by") and before.rstrip().endswith(" by")


def _runs_over(tokens: Sequence[Token], text: str, offset: int, verbs: frozenset[str]) -> bool:
    """Whether an answer runs from a name over a verb of the question to another name."""
    names = [i for i, token in enumerate(tokens[:_RUN]) if text[offset + token.start].isupper()]
    if len(names) < 2:
        return False
    inner = tokens[names[0] + 1 : names[-1]]
    return any(
        key_of(token.low) in verbs and not text[offset + token.start].isupper()
        for token in inner
        if token.low.endswith(("ed", "s", "d", "t"))
    )
