"""English words by whose exchange one question becomes another, or stays the same. Data alone."""

from __future__ import annotations

from ..english.lexicon import words

__all__ = [
    "ANTONYMS",
    "FRAMES",
    "NUMBER_WORDS",
    "PARTICLES",
    "QUESTION_WORDS",
    "SAME",
    "SCOPES",
    "TAILS",
    "UNITS",
    "UNIT_NAMES",
    "VARIANTS",
]

_ANTONYMS = """
    enable disable | activate deactivate | import export | upload download | arrive depart |
    arrives departs | arrived departed | open close | opens closes | opened closed | open closed |
    start end | starts ends | started ended | begin end | began ended | buy sell | buys sells |
    bought sold | minimum maximum | lowest highest | smallest largest | shortest longest |
    shortest tallest | youngest oldest | cheapest dearest | first last | earliest latest |
    early late | earlier later | before after | with without | within outside | inside outside |
    above below | over under | from to | into from | accept reject | accepted rejected |
    allow forbid | allowed forbidden | include exclude | included excluded | includes excludes |
    increase decrease | increased decreased | increases decreases | rise fall | win lose |
    won lost | wins loses | borrow lend | lock unlock | install uninstall | connect disconnect |
    hire fire | hired fired | join leave | joined left | enter leave | entered left |
    add remove | added removed | create delete | created deleted | send receive | sent received |
    gross net | domestic foreign | internal external | public private | legal illegal |
    safe unsafe | possible impossible | used unused | opened unopened | paid unpaid | left right |
    upper lower | front rear | top bottom | hot cold | wet dry | high low | higher lower |
    more less | most least | many few | better worse | best worst | longer shorter |
    larger smaller | older younger | faster slower | heavier lighter | male female | adult child |
    adults children | parent child | landlord tenant | lender borrower | buyer seller |
    employer employee | plaintiff defendant | teacher student | doctor patient | author reader |
    mother father | son daughter | brother sister | husband wife | king queen | input output |
    cause prevent | causes prevents | advantages disadvantages | benefits drawbacks |
    strengths weaknesses | profit loss | supply demand | melting boiling | north south |
    east west | northern southern | eastern western | summer winter | morning evening |
    day night | weekdays weekends | daily weekly | weekly monthly | annual monthly |
    temporary permanent | fixed variable | single double | single return | online offline |
    manual automatic | new old | former current | victory defeat | war peace | attack defend |
    attacked defended | love hate | born buried | birth death | appoint dismiss |
    appointed dismissed | agree disagree | succeed fail | succeeded failed | strong weak |
    rich poor | cause effect | encrypt decrypt | freeze thaw | heat cool | charge discharge |
    freezing boiling | ancient modern | import duty | majority minority | true false |
    even odd | positive negative | full empty | free paid | near far
"""
ANTONYMS: dict[str, tuple[str, ...]] = {}
for _pair in _ANTONYMS.split("|"):
    _left, _right = _pair.split()
    ANTONYMS[_left] = (*ANTONYMS.get(_left, ()), _right)
    ANTONYMS[_right] = (*ANTONYMS.get(_right, ()), _left)
"""Word -> those in whose place it asks for the opposite."""

VARIANTS = tuple(
    """Pro|mini|Plus|Max|Lite|Air|Ultra|Turbo|Sport|XL|S|B|II|III|IV|Jr.|Junior|Senior|2|3|Premium|
    Basic|Classic|electric|hybrid|diesel|estate|compact|cordless|wireless|portable|refurbished|
    kids|travel|home|business|family|student|case|charger|cable|cover|filter|battery|remote|
    adapter|stand|County|City|Park|Road|Street|Airport|University|Hall|Bridge|River|forte|retard|
    cream|tablets|drops|gel|beta|update|trial|app|website|edition|series|kit|set|spare parts
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""What stands behind, or before, a name and makes it the name of another thing."""

SCOPES = tuple(
    words(
        """annual monthly weekly daily gross net total average minimum maximum domestic foreign
        international national regional local urban rural adult junior senior part-time full-time
        temporary permanent public private commercial residential civil criminal first second last
        late early current former new old modern ancient original official extended express
        standard free paid partial main secondary upper lower inner outer northern southern left
        right front rear summer winter night weekend online mobile manual automatic digital
        printed wooden steel plastic heavy light hot cold dry wet fresh frozen raw organic
        rechargeable disposable waterproof small large big double single red blue green black
        white male female pregnant elderly young injured foreign guest deputy vice acting chief
        common rare severe mild chronic acute partial full early"""
    )
)
"""Adjectives that narrow what is asked."""

TAILS = tuple(
    """on weekends|on Sundays|in winter|in summer|at night|for children|for adults|for two people|
    abroad|online|by phone|by train|by air|without a receipt|without a password|after 30 days|
    before 9 am|during pregnancy|in the first year|in 2015|in the UK|in the US|in Germany|
    for free|for business customers|with a discount|under water|at full load|at sea level|
    in cold weather|on a phone|on Linux|on a second device|over mobile data|in writing|per month|
    per year|per person|for students|for non-members|under the old contract|at home|in public|
    twice a day|in small amounts|outside the city|near the coast|since 2010|until 1900|
    in euros|in Fahrenheit|in English|for the first time|at the airport|during the holidays
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Restrictions that a question ends with."""

PARTICLES: dict[str, tuple[str, ...]] = {
    "from": ("to", "near"), "to": ("from", "for"), "before": ("after", "during"),
    "after": ("before",), "with": ("without", "against"), "without": ("with",),
    "by": ("for", "against"), "for": ("against", "without"), "in": ("near", "outside", "before"),
    "at": ("below", "above", "near"), "on": ("under", "off"), "against": ("for", "with"),
    "over": ("under",), "under": ("over",), "of": ("without",), "during": ("before", "after"),
    "until": ("since",), "since": ("until",), "between": ("outside",), "near": ("in",),
}  # fmt: skip
"""Preposition -> those with which it asks for something else."""

UNITS = (
    "ml l cl", "litres millilitres gallons", "kg g mg tonnes", "grams kilograms pounds",
    "kWh kW Wh", "watts volts amps kilowatts", "km m cm mm miles", "metres kilometres feet",
    "minutes seconds hours days", "days weeks months years hours", "mph km/h knots",
    "euros dollars pounds yen", "MB GB TB KB", "Mbit MB", "degrees percent", "mAh Wh",
    "Celsius Fahrenheit Kelvin", "acres hectares", "calories joules", "bar psi", "Hz MHz GHz",
)  # fmt: skip
"""Units that measure different things, or differ by their factor."""

UNIT_NAMES = {
    "kg": "kilograms", "g": "grams", "km": "kilometres", "cm": "centimetres", "l": "litres",
    "ml": "millilitres", "min": "minutes", "h": "hours", "%": "percent", "mm": "millimetres",
    "litres": "liters", "metres": "meters", "kilometres": "kilometers",
}  # fmt: skip
"""Unit -> the same in another spelling."""

NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]

QUESTION_WORDS = {
    "when": ("where", "why", "how"), "where": ("when", "why"), "who": ("when", "why", "what"),
    "why": ("how", "when"), "how": ("why", "when", "where"), "what": ("when", "who", "where"),
    "which": ("how many", "whose"),
}  # fmt: skip

_SAME = """
    buy purchase | fix repair | photo picture | begin start | began started | end finish |
    ended finished | film movie | car automobile | big large | biggest largest | quick fast |
    shop store | children kids | help assist | need require | needs requires | get obtain |
    get receive | allowed permitted | receive get | deliver ship | delivery shipping |
    phone telephone | doctor physician | medicine medication | build construct |
    built constructed | city town | company firm | job occupation | founded established |
    create make | created made | leave depart | show display | choose select | change modify |
    cancel call off | error fault | contact reach | delete erase | near close to |
    yearly annual | each every | several multiple | hard difficult | easy simple | sick ill |
    rubbish trash | holiday vacation | flat apartment | colour color | lorry truck | lift elevator |
    autumn fall | petrol gasoline | mobile phone cell phone | centre center | use utilize |
    killed murdered | famous well-known | main principal | main primary | speak talk |
    happen occur | happened occurred | kinds types | kind type | wrote authored |
    extinguish put out | terminate end | responsible accountable | refund reimbursement |
    enable turn on | enable switch on | disable turn off | disable switch off | die pass away
"""
SAME: dict[str, tuple[str, ...]] = {}
for _group in _SAME.split("|"):
    _parts = _group.split()
    if len(_parts) == 2:
        SAME[_parts[0]] = (*SAME.get(_parts[0], ()), _parts[1])
        SAME[_parts[1]] = (*SAME.get(_parts[1], ()), _parts[0])
    elif len(_parts) == 3 and _parts[0] != "mobile":
        SAME[_parts[0]] = (*SAME.get(_parts[0], ()), " ".join(_parts[1:]))
"""Word -> what may stand in its place."""

FRAMES = (
    "Please tell me, {}", "Can you tell me {}", "Could you please tell me {}", "hi, {}",
    "Do you know {}", "I would like to know {}", "hello! {}", "{} please", "{} thanks",
    "pls {}", "So {}", "Excuse me, {}", "{} exactly", "quick question: {}", "i want to know {}",
)  # fmt: skip
"""What people say around a question."""
