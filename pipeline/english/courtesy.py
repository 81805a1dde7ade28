"""Courtesies: lines of a conversation that thank, greet or agree, and ask nothing. Pure.

Searched for, "thank you" finds some passage or other, and a correction after it would be of that.
"""

from __future__ import annotations

import re

from ...core.expressions import expression

__all__ = ["is_courtesy"]

_THANKS = (
    r"(?:many |no )?thanks|thank you|thx|cheers|much appreciated|i appreciate (?:it|that|your help)"
)
_GREETING = r"hello|hi|hey|good (?:morning|afternoon|evening|day|night)|welcome"
_FAREWELL = (
    r"bye|goodbye|bye bye|good bye|see you|farewell|take care|have a (?:nice|good|great) day"
)
_AGREEMENT = (
    r"ok|okay|k|fine|alright|all right|great|cool|nice|good|perfect|excellent|awesome|super"
    r"|wonderful|lovely|brilliant|got it|i see|understood|noted|makes sense|sounds good|sure"
    r"|yes|yeah|yep|of course|right|exactly|that helps|that is (?:all|great|fine|good|perfect)"
    r"|that's (?:all|it|great|fine|good|perfect)|will do|you're welcome|no problem|sorry|please"
)
_MANNER = (
    r"very much|so much|a lot|again|then|now|there|everyone|all|for that|for (?:your|the) help"
    r"|for (?:the|your) (?:answer|information|info|reply)|later|soon|tomorrow|indeed"
)
_PART = expression(
    rf"(?:{_THANKS}|{_GREETING}|{_FAREWELL}|{_AGREEMENT})(?: (?:{_MANNER})){{0,2}}(?=\W|$)",
    re.IGNORECASE,
)
_LONGEST = 120
_PARTS = 5
_BETWEEN = " \t,.;:!–—-…()"


def is_courtesy(line: str) -> bool:
    """Whether a line is made of thanks, greetings and agreement alone."""
    rest = " ".join(line.replace("’", "'").split()).strip(_BETWEEN)
    if not rest or len(rest) > _LONGEST:
        return False
    for _ in range(_PARTS):
        part = _PART.match(rest)
        if part is None:
            return False
        rest = rest[part.end() :].lstrip(_BETWEEN)
        if not rest or not any(map(str.isalnum, rest)):
            return "?" not in rest
    return False
