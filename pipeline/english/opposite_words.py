"""English words that exclude each other: opposites, groups of people, periods, seasons, sides.

Each row is a group, and its poles stand between slashes. A ``*`` gives a verb its regular endings;
a ``~`` marks what may stand for its pole and says nothing against the others ("until" tells an end,
but no sentence with it denies a beginning).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BY_HEAD", "COUNTED", "KIN", "POLES", "Pole"]

_GROUPS = """
enable* activate* / disable* deactivate*
open* / close* shut shuts
lock* / unlock*
connect* pair* / disconnect* unpair*
install* / uninstall*
mute* silence* / unmute*
subscribe* / unsubscribe*
load* loading / unload* unloading
raise* / lower*
increase* / decrease* reduce*
fill* / empty empties emptied emptying drain*
insert* / eject* remove*
create* add* / delete* remove*
upload* / download*
export* / import*
lend lends lent lending loan~ loaned~ / borrow* borrower~
join* enter* / leave leaves left~ leaving quit quits
arrive* arrival arrivals / depart* departure departures leave~ leaves~ left~
include* / exclude*
accept* / reject* refuse*
allow* permit* / forbid forbids forbade forbidden prohibit* ban bans banned disallow*
show* / hide hides hid hidden hiding
expand* / collapse*
attach* / detach*
encrypt* / decrypt*
pause* / resume*
archive* / unarchive*
start* begin begins began begun beginning commence* since~ from~ / stop* end* finish* until~ till~ \
to~ lasted~ expire* expiry~ conclude* close~ closed~
exit* exits / entrance enter*
widen* / narrowed narrowing
maximum max maximal most~ highest~ exceed~ limit~ limited~ up~ / minimum min minimal least~ \
lowest~ below~
highest tallest~ top~ maximum~ most~ / lowest bottom~ minimum~ least~
largest biggest greatest~ most~ / smallest least~
longest / shortest
widest broadest / narrowest
deepest / shallowest
oldest eldest earliest first~ / newest youngest latest~ last~ recent~ most~
heaviest / lightest
fastest quickest / slowest
strongest / weakest
cheapest least~ lowest~ / dearest costliest priciest
hottest warmest / coldest coolest
best / worst
first earliest~ opening~ debut~ / last final latest~ closing~ since~ ending~
upper / lower
first / second / third / fourth / fifth / sixth / seventh / eighth / ninth / tenth
full-time fulltime / part-time parttime
left / right
northern / southern / eastern / western
inner internal interior / outer external exterior
indoor indoors inside / outdoor outdoors outside
incoming inbound / outgoing outbound
new newer~ / old older~ used second-hand
single one-way / return round-trip
single / double / triple
long / short
full / reduced
express / standard / economy
opened / unopened sealed~
paved / unpaved
positive / negative
primary / secondary
even / odd
vegetarian vegan / meat
adult adults grown-ups / child children kid kids child's children's / baby babies infant infants \
toddler toddlers / teenager teenagers adolescent adolescents / senior seniors pensioner pensioners \
/ junior juniors / student students pupil pupils / teacher teachers / guest guests
member members resident residents / non-member non-members visitor visitors guest guests \
non-resident non-residents
owner owners / tenant tenants / landlord landlords landlady / guest guests visitor visitors
employer employers / employee employees
buyer buyers purchaser / seller sellers vendor
lender lenders / borrower borrowers
men men's male males boys~ / women women's female females girls~
father / mother / brother / sister / son / daughter / husband / wife / uncle / aunt / nephew / niece
author wrote writes written write writer / translator translated translates translate \
/ illustrator illustrated illustrates illustrate / editor edited edits edit
conductor conducted conducts conduct / composer composed composes compose
sell* sold seller / lease* rent* let~ / lend lends lent loan* loaned / donate* \
give~ gave~ bequeath*
spring / summer / autumn fall~ / winter
import imports importing~ / export exports exporting~
morning mornings / afternoon afternoons / evening evenings / night nights
hot warm~ / cold cool~ / lukewarm
"""
BY_HEAD = frozenset(
    [
        "new",
        "old",
        "used",
        "second-hand",
        "long",
        "short",
        "express",
        "standard",
        "economy",
        "primary",
        "secondary",
        "single",
        "double",
        "triple",
        "positive",
        "negative",
        "full",
        "reduced",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "last",
        "final",
        "inner",
        "outer",
        "left",
        "right",
        "upper",
        "lower",
        "one-way",
        "return",
        "round-trip",
    ]
)
"""Adjectives that exclude each other before the same noun alone."""
KIN = frozenset(
    [
        "father",
        "mother",
        "brother",
        "sister",
        "son",
        "daughter",
        "husband",
        "wife",
        "uncle",
        "aunt",
        "niece",
        "nephew",
    ]
)
COUNTED = frozenset(
    [
        "adult",
        "adults",
        "child",
        "children",
        "child's",
        "children's",
        "kid",
        "kids",
        "student",
        "students",
        "pupil",
        "pupils",
        "senior",
        "seniors",
        "pensioner",
        "pensioners",
        "teacher",
        "teachers",
        "teenager",
        "teenagers",
        "junior",
        "juniors",
        "guest",
        "guests",
        "baby",
        "babies",
        "infant",
        "infants",
    ]
)
"""People who exclude each other where an amount is asked for: a dose, a price, a number."""


@dataclass(frozen=True, slots=True)
class Pole:
    """What a word says in one group of words that exclude each other."""

    group: str
    parts: frozenset[int]
    """Two poles agree where they share a part: a Monday is a weekday."""
    soft: bool = False
    """Whether it says nothing against the other poles."""


WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _inflected(verb: str) -> list[str]:
    """A regular verb with its endings; those with a doubled letter, too."""
    stem = verb.removesuffix("e")
    if verb.endswith("y") and verb[-2] not in "aeou":
        return [verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"]
    third = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x")) else f"{verb}s"
    doubled = [f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"] if verb[-1] in "bdgmnpt" else []
    return [verb, third, f"{stem}ed", f"{stem}ing", *doubled]


def _poles() -> Mapping[str, tuple[Pole, ...]]:
    table: dict[str, list[Pole]] = {}
    for row in _GROUPS.strip().splitlines():
        for number, pole in enumerate(row.split("/")):
            for entry in pole.split():
                soft, plain = entry.endswith("~"), entry.rstrip("~*")
                for form in _inflected(plain) if entry.endswith("*") else [plain]:
                    table.setdefault(form, []).append(Pole(row, frozenset([number]), soft))
    for number, name in enumerate(WEEKDAYS):
        for form in (name, f"{name}s"):
            table.setdefault(form, []).append(Pole("weekday", frozenset([number])))
    for form in ("weekday", "weekdays"):
        table.setdefault(form, []).append(Pole("weekday", frozenset(range(5))))
    for form in ("weekend", "weekends"):
        table.setdefault(form, []).append(Pole("weekday", frozenset([5, 6])))
    return {form: tuple(poles) for form, poles in table.items()}


POLES = _poles()
"""The poles of each word, in small letters."""
