"""English words that `recall` compares questions by: equal phrases, word groups, odd forms."""

from __future__ import annotations

__all__ = ["GROUP_OF", "HARMLESS", "IRREGULAR", "NUMBERS", "PHRASES", "RESTRICTING", "words"]


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


PHRASES = (
    (r"(?:can|could) you (?:please )?tell me|please|do you know|tell me", ""),
    (r"(?:for|what(?: is| was|'s)) (?:what|the) reasons?(?: why| that| for)?|how come", "why"),
    (r"(?:in |on |during |at )?(?:what|which) (?:year|date)", "when"),
    (r"(?:at )?what time", "when"),
    (r"what (?:is|was) the place where", "where"),
    (r"(?:is|are|be) (?:located|situated|found)$|do i find", "is"),
    (r"(?:what|which) number of|what is the number of", "how many"),
    (r"how frequently", "how often"),
    (r"how long (?:does|do|will) (.{1,60}?) last$", r"how long is \1"),
    (r"how long did (.{1,60}?) last$", r"how long was \1"),
    (r"(?:what|which) is the (\w+) (?:period|term) (?:of|for|on)", r"how long is the \1 of"),
    (r"how much (?:does|do) (.{1,60}?) weigh$", r"how heavy is \1"),
    (r"(?:what|which) (?:is|was) the (?:length|duration) of", "how long is"),
    (r"what(?: is|'s| was) the height of", "how tall is"),
    (r"what(?: is|'s| was) the weight of", "how heavy is"),
    (r"what(?: is|'s| was) the size of", "how big is"),
    (r"what(?: is|'s| was) the speed of", "how fast is"),
    (r"what(?: is|'s| was) the depth of", "how deep is"),
    (r"what(?: is|'s| was) the (?:price|cost) of|how much (?:is|are)", "how much cost"),
    (r"what (does|do|did|will) (.{1,60}?) cost", r"how much \1 \2 cost"),
    (r"at what age (?:did|does) (.{1,60}?) (die|start)", r"how old was \1 when \2"),
    (r"(?:by whom|who) (was|were|is|are) (.{1,60}?) (\w+(?:ed|en))(?: by)?$", r"who \3 \2"),
    (r"(?:what|which) (?:city|place|town|country) (is|was) the", r"what \1 the"),
    (r"who (?:is|was) it (?:who|that)", "who"),
    (r"what should i do|what do i do", "what do"),
    (r"(?:am i|are we) allowed to|is it (?:possible|allowed) to", "can i"),
    (r"(?:turn|switch|put) (?:(?!off\b)[\w-]+ ){0,3}?on\b", "enable"),
    (r"(?:turn|switch|put) (?:(?!on\b)[\w-]+ ){0,3}?off\b", "disable"),
    (r"(?:log|sign) ?in(?: to)?\b", "signin"),
    (r"(?:log|sign) ?out(?: of)?\b", "signout"),
    (r"get in touch with", "contact"),
    (r"do i have to|do i need to|am i required to", "must i"),
    (r"(?:is|are) there|do you have", "is there"),
    (r"the name of|(?:kind|type|sort)s? of", ""),
    (r"world wide web", "web"),
)
"""(pattern, replacement), applied in order to the lower-cased question before it is cut up."""

_GROUPS = """
    enable activate | disable deactivate | buy purchase | begin start commence | end finish
    conclude | build construct | big large huge | small little tiny | cost price | fix repair mend
    | delete erase remove | make manufacture produce | deliver ship delivery shipping shipment |
    phone telephone | weigh weight | establish found founder foundation | invent inventor
    invention | discover discoverer discovery | write author | win winner victor | kilogram kg
    kilo | kilometer kilometre km | meter metre | liter litre | gram gramme | percent percentage %
    | color colour | center centre | usual usually general generally typical typically normal
    normally common commonly | film movie | car automobile | method way | job occupation |
    necessary required require need needed | kill murder | important significant | help assist |
    use utilize utilise employ | show display | choose select pick | obtain get acquire | allow
    permit | several multiple | inside within | over above | under below | near close | fast quick
    rapid | error fault | reach contact | mobile cell | photo picture image | sofa couch | shop
    store | child kid children | people person persons | different distinct | famous well-known |
    happen occur | attempt try | also additionally | besides aside | responsible accountable |
    wealthy rich affluent | reexamine review | define definition | originate origin | main primary
    chief principal | country nation | next following | almost nearly | attack assault | leave
    depart | arrive arrival | refund reimbursement | intend intent intention | associate related |
    frequently often | effect impact | result outcome | contain include incorporate | provide
    supply | divide split | create form | condition situation | approve approval | organise
    organize | company corporation firm | city town | consider regard | perform carry | propose
    suggest | develop devise | now currently | enough sufficient | whole entire | teach instruct |
    answer reply | abuse misuse | rank rate | predominantly largely mainly mostly | station
    channel | determine identify | example instance | think believe | decrease reduce decline
    diminish | increase rise grow | link connect | reveal expose | complete finalize | costly
    expensive pricey | goal aim objective | difficult hard | easy simple | sick ill | danger
    hazard | trip journey | speak talk | injure hurt wound | garbage trash rubbish waste | lawyer
    attorney | quantity amount | requirement prerequisite | drug medicine medication | gather
    collect | modify alter | assume suppose | ban prohibit forbid | among between | name title |
    sold sell | biggest largest | smallest littlest | quit resign
"""
GROUP_OF = {
    word: "=" + words[0]
    for group in _GROUPS.split("|")
    for words in [group.split()]
    for word in words
}
"""Words of one meaning, under the first of them."""

HARMLESS = words(
    """a an whatever firstly the is are was were be been being do does did has have had having of on
    in at for 's s it its there exactly actually specifically really very quite called named known
    name kind type sort that which what who whom whose when where why how please i my me we our us
    one ones so this to you your can could may as with and also just ever particular practically
    approximately about will would should if while during than then way located such ultimately
    finally usually generally typically commonly normally"""
)
"""Words that may stand on one side alone; those that carry a role are compared apart."""

_IRREGULAR = """
    begin began begun | break broke broken | bring brought | build built | buy bought | catch
    caught | choose chose chosen | come came | draw drew drawn | drive drove driven | eat ate
    eaten | fall fell fallen | fight fought | find found | fly flew flown | get got gotten | give
    gave given | go went gone | grow grew grown | hold held | keep kept | know knew known | lead
    led | leave left | lose lost | make made | mean meant | meet met | pay paid | rise rose risen
    | run ran | say said | sell sold | send sent | shoot shot | show shown | sing sang sung |
    speak spoke spoken | spend spent | stand stood | steal stole stolen | take took taken | teach
    taught | tell told | think thought | wear wore worn | win won | write wrote written | die died
    dead | man men | woman women | foot feet | mouse mice | tooth teeth | strike struck | hide hid
    hidden | feel felt | born birth
"""
IRREGULAR = {
    form: verb
    for line in _IRREGULAR.split("|")
    for verb, *forms in [line.split()]
    for form in forms
}
"""Irregular forms, each with its base."""

_CARDINALS = """zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty"""
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
NUMBERS = {
    **{word: str(value) for value, word in enumerate(_CARDINALS.split())},
    **{word: f"{value}th" for value, word in enumerate(_ORDINALS.split(), start=1)},
}
"""Numbers in words: "three" is 3, "third" is 3th."""

RESTRICTING = words(
    """all some any only most least more less every each both half part whole new old young former
    current previous next last final early late later recent modern ancient upper lower inner
    outer north south east west northern southern eastern western central left right top bottom
    front rear back high low big small large long short hot cold warm wet dry full empty open
    closed public private business personal free paid extra additional optional extended express
    premium basic standard normal special regional national local international foreign domestic
    male female adult child junior senior vice deputy assistant acting chief draft guest original
    used damaged daily weekly monthly yearly annual minimum maximum average total net gross real
    nominal official unofficial civil military royal red green blue black white yellow brown gray
    spare mobile online offline nearly almost never always sometimes again twice once temporary
    permanent manual automatic internal external primary secondary active passive direct indirect
    single double known unknown alive dead winter summer spring autumn morning evening night"""
)
"""Words that narrow what is asked: one of them too many makes another question."""
