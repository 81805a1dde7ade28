"""Whether what a person tells is that the answer is not known. Pure; the wordings are English."""

from __future__ import annotations

import re

from ...core.expressions import expression

__all__ = ["is_empty", "says_unknown"]

_UNKNOWN = expression(
    r"\W*(?:(?:sorry|no|well|actually|honestly)\W{1,3}){0,2}"
    r"(?:(?:i|we|they|you) )?(?:(?:really|just|simply) )?(?:do not|don['’]?t|cannot|can['’]?t) "
    r"(?:know|say|tell)(?: (?:it|that|this|yet|the answer|any ?more)){0,2}\W*"
    r"|\W*(?:(?:that|this|it|the answer)(?:['’]?s| is| was| remains)? )?(?:still |currently )?"
    r"(?:unknown|not (?:yet )?known|unclear|undisclosed|not available|unavailable|unanswered"
    r"|not stated|not documented|undecided|not (?:yet )?decided)(?: (?:yet|to us|at the moment"
    r"|any ?more|so far)){0,2}\W*"
    r"|\W*(?:no idea|nobody knows(?: (?:it|that|this))?|no one knows(?: (?:it|that|this))?"
    r"|(?:there is )?no (?:known )?answer|n/a|tba|tbd|to be (?:announced|decided|determined))\W*",
    re.IGNORECASE,
)
_LONGEST = 80
_EMPTY = expression(
    r"[-–—‐‑‒−~./*?¿_ ]{1,8}|[(\[]?(?:n\.? ?/? ?a\.?|n\.? ?d\.?|t\.? ?b\.? ?[acd]\.?|null|nan|nil"
    r"|blank|empty|missing|pending|to (?:follow|be (?:confirmed|announced|decided|determined"
    r"|defined))|no (?:data|information|info|entry|value|details)|unknown|unspecified|unavailable"
    r"|not (?:known|given|applicable|specified|provided|recorded|available|set|assigned|filled in"
    r"|yet known)"
    # German, French, Spanish, Italian, Dutch
    r"|k\. ?[aA]\.?|keine angaben?|nicht (?:verfügbar|bekannt|angegeben|vorhanden)|unbekannt"
    r"|entfällt|offen|folgt|non (?:disponible|renseigné|communiqué|précisé|applicable|disponibile"
    r"|specificato)|inconnue?|n\.c\.?|s\.o\.?|no disponible|no aplica|sin datos|desconocido"
    r"|sconosciuto|n\.p\.?|n\.?v\.?t\.?|niet (?:beschikbaar|bekend)|onbekend|geen opgave"
    r")[)\]]?",
    re.IGNORECASE,
)
"""What people put into a cell that has no value. "None" and "on request" say something."""


def says_unknown(text: str) -> bool:
    """Whether a text says that something is not known, and nothing else: "I don't know"."""
    return len(text) <= _LONGEST and _UNKNOWN.fullmatch(text) is not None


def is_empty(value: str) -> bool:
    """Whether the value of a field is but a mark that there is none: "–", "n/a", "tbd"."""
    bare = value.strip().removesuffix(".").strip()
    return not bare or _EMPTY.fullmatch(bare) is not None
