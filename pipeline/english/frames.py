"""What the frame of a question sets apart beside its words of meaning. Pure.

What may be done is not what must be; "off" is not "on"; what happens as a light stops blinking is
not what happens as it blinks; its password is not the name of a network; the women's race is not
every race; and when visits end does not tell how long they last.
"""

from __future__ import annotations

import re

from ...core.expressions import expression
from .lexicon import HARMLESS, words
from .parse import key_of
from .words import EMPTY, words_in

__all__ = ["attributes_apart", "frames_apart"]

_MAY = expression(r"\b(?:can|could|may|might|(?:allowed|permitted|able) to)\b")
_MUST = expression(
    r"\b(?:must|shall|(?:have|has|had|need|needs|needed|obliged|required|obligated) to)\b"
)
_SHOULD = expression(r"\b(?:should|ought to)\b")
_UNTIL = expression(
    r"\b(?:until when|till when|by when|by what|within|at the latest|deadline|how (?:late|early"
    r"|soon|long|many days|many weeks|many months))\b"
)
"""Where it is asked for a bound, until when one may is by when one must."""
_HOW = expression(r"^(?:[\w ]{1,40}, )?how (?:can|could|may|might|must|should|do|does|to|shall)\b")
_STATES = (frozenset(("on", "off")), frozenset(("up", "down")))
_STATE = expression(
    r"\b(on|off|up|down)(?=\s*(?:[?.!,;]|$|(?:and|or|when|if|while|before|after)\b))"
    r"|\b(?:is|are|was|were|stays?|turns?|turned|switch(?:es|ed)?|goes|go) (on|off|up|down)\b"
)
_CEASES = expression(
    r"\b(?:stop(?:s|ped)?|cease[sd]?|quits?|fail(?:s|ed)?|refuse[sd]?|avoid(?:s|ed)?|forg[eo]ts?"
    r"|decline[sd]?|neglect(?:s|ed)?) (?:to )?(\w{3,})"
)
_SUFFERS = expression(
    r"\b(?:get|gets|getting) (\w{1,30}(?:ed|en)|paid|sold|sent|told|caught|hurt)\b"
)
_ASKED = expression(
    r"\b(?:what|which)(?:'s| is| are| was| were| will be) (?:the |my |your |our |their |its )?"
    r"(?:(?!(?:the|an?|my|your|our|of|for|to|on|in)\b)[\w'-]{1,40} ){0,4}?([\w-]{2,40})"
    r" (?:of|for|to|on) (?:the |my |your |our |an? )?[\w-]"
)
_OWNED = expression(
    r"\b(?:what|which)(?:'s| is| are| was| were) (?:[\w-]{1,40} ){1,4}?[\w-]{1,40}(?:'s|s') "
    r"(?:[\w-]{1,40} ){0,2}?([\w-]{2,40})\W*$"
)
_EMPTY_HEADS = words("name kind type sort")
_ADVERBIAL = words("way reason point use matter case difference best right correct")
_OWNER = expression(r"\b([a-z]{3,30})(?:'s|s')(?= [\w-])")
_BOUND = expression(
    r"\b(?:when|what time|until when|till when|from when|since when)\b.{0,80}\b(?:start|begin"
    r"|commence|open|end|close|finish|stop|over)(?:s|es|ed|ing)?\b"
)
_SPAN = expression(
    r"\bhow long\b.{0,80}\b(?:last|take)(?:s|ed)?\b"
    r"|\bwhat(?:'s| is| are| was| were)\b(?!.{0,80}\b(?:start|begin|end|clos|open|finish)\w{0,5}\b)"
    r".{0,60}\b(?:hours|times|period|duration|length)\b"
)


def frames_apart(question: str, remembered: str) -> str:
    """What sets the frames of two questions apart, in a word; empty where nothing does."""
    a, b = _plain(question), _plain(remembered)
    checks = (
        ("modality", _modality(a) != _modality(b) and bool(_modality(a) and _modality(b))),
        ("state", _states_apart(a, b)),
        ("opposite", _ceases(a, b) or _ceases(b, a)),
        ("voice", _suffers(a, b) or _suffers(b, a)),
        ("restriction", _owners_apart(question, remembered)),
        ("attribute", _heads_apart(a, b)),
        ("bound", _bounds_apart(a, b) or _bounds_apart(b, a)),
    )
    return next((name for name, differs in checks if differs), "")


def attributes_apart(question: str, remembered: str) -> bool:
    """Whether two questions ask for an attribute each, and neither speaks of the other's."""
    here, there = _head(_plain(question)), _head(_plain(remembered))
    return bool(here and there) and not _speaks_of(remembered, here, question, there)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())


def _modality(text: str) -> str:
    """What a question asks of: what may, must or should be; empty where it does not say."""
    if _HOW.search(text) or _UNTIL.search(text):
        return ""
    held = [
        name
        for name, said in (("may", _MAY), ("must", _MUST), ("should", _SHOULD))
        if said.search(text)
    ]
    return held[0] if len(held) == 1 else ""


def _states_apart(a: str, b: str) -> bool:
    here, there = ({first or second for first, second in _STATE.findall(text)} for text in (a, b))
    return any(
        here & pair and there & pair and (here & pair).isdisjoint(there & pair) for pair in _STATES
    )


def _ceases(a: str, b: str) -> bool:
    """Whether a deed is stopped or left undone in the first question alone."""
    undone = {key_of(word) for word in _CEASES.findall(a)}
    if not undone or _CEASES.search(b):
        return False
    return not undone.isdisjoint(key_of(word.low) for word in words_in(b))


def _suffers(a: str, b: str) -> bool:
    """Whether a deed is done to somebody in the first question, and by them in the other."""
    keys = {key_of(word) for word in _SUFFERS.findall(a)}
    active = not re.search(r"\b(?:get|gets|getting|be|is|are|am|was|were)\b", b)
    return active and not keys.isdisjoint(key_of(word.low) for word in words_in(b))


def _owners_apart(question: str, remembered: str) -> bool:
    """Whether the one question alone says whose a thing is: the women's race."""
    pairs = ((question, remembered), (remembered, question))
    for text, other in pairs:
        keys = {key_of(word.low.removesuffix("'s").removesuffix("'")) for word in words_in(other)}
        for owner in _OWNER.findall(text.replace("’", "'")):
            if owner not in EMPTY and owner not in ("today", "what", "that", "who", "where"):
                key = key_of(owner)
                if key not in keys:
                    return True
    return False


def _head(text: str) -> str:
    """The noun that names the asked attribute: "password" of "the password for the network"."""
    asked = _ASKED.search(text) or _OWNED.search(text)
    if asked is None or asked[1] in EMPTY or asked[1] in _ADVERBIAL:
        return ""
    return asked[1]


def _heads_apart(a: str, b: str) -> bool:
    """Whether two attributes are asked for of which one is but a name."""
    here, there = _head(a), _head(b)
    if not (here and there) or not {here, there} & _EMPTY_HEADS:
        return False
    return not _speaks_of(b, here, a, there)


def _speaks_of(b: str, here: str, a: str, there: str) -> bool:
    """Whether one of two questions has a word for the attribute that the other asks for."""
    mine, theirs = key_of(here), key_of(there)
    if mine == theirs:
        return True
    keys_a = {key_of(word.low) for word in words_in(a)}
    keys_b = {key_of(word.low) for word in words_in(b)}
    plain = (mine in keys_b and here not in HARMLESS) or (
        theirs in keys_a and there not in HARMLESS
    )
    return plain


def _bounds_apart(a: str, b: str) -> bool:
    """Whether one asks when something begins or ends, and the other how long it lasts."""
    return bool(_BOUND.search(a) and _SPAN.search(b) and not _BOUND.search(b))
