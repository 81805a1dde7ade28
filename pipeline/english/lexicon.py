"""English words that questions are compared by: equal phrases, synonyms, odd forms, opposites."""

from __future__ import annotations

__all__ = [
    "GROUP_OF",
    "HARMLESS",
    "IRREGULAR",
    "NUMBERS",
    "OPPOSITES",
    "PHRASES",
    "RESTRICTING",
    "words",
]


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
    (r"(?:what|which) is the (\w+) (?:period (?:of|for|on)|term of)", r"how long is the \1 of"),
    (r"enable([sd]?) (.{1,60}?) to\b", r"allow\1 \2 to"),
    (r"how much (?:does|do) (.{1,60}?) weigh$", r"how heavy is \1"),
    (r"(?:what|which) (?:is|was) the (?:length|duration) of", "how long is"),
    (r"what(?: is|'s| was) the height of", "how tall is"),
    (r"what(?: is|'s| was) the weight of", "how heavy is"),
    (r"what(?: is|'s| was) the size of", "how big is"),
    (r"what(?: is|'s| was) the speed of", "how fast is"),
    (r"what(?: is|'s| was) the depth of", "how deep is"),
    (r"what(?: is|'s| was) the (?:price|cost) of (.{1,60})$", r"how much does \1 cost"),
    (r"how much (?:is|are) (.{1,60})$", r"how much does \1 cost"),
    (r"what(?: is|'s| was) the distance from", "how far is it from"),
    (r"what (does|do|did|will) (.{1,60}?) cost", r"how much \1 \2 cost"),
    (r"at what age (?:did|does) (.{1,60}?) (die|start)", r"how old was \1 when \2"),
    (r"(how old .{1,60}? when) (?:he|she|it|they)\b", r"\1"),
    (r"how (?:is|are) (.{1,60}?) (\w+ed)$", r"how do you \2 \1"),
    (r"(?:by whom|who) (was|were|is|are) (.{1,60}?) (\w+(?:ed|en))(?: by)?$", r"who \3 \2"),
    (r"(?:what|which) (?:city|place|town|country) (is|was) the", r"what \1 the"),
    (r"who (?:is|was) it (?:who|that)", "who"),
    (r"what should i do|what do i do", "what do"),
    (r"(?:am i|are we) allowed to|is it (?:possible|allowed) to", "can i"),
    (r"(?:is|are) (.{1,60}?) allowed to", r"can \1"),
    (r"where (?:can|could|do|will) (?:i|you|we|one) find", "where is"),
    (r"(?:turn|switch|put) ((?:(?!off\b)[\w-]+ ){0,4}?)on\b", r"enable \1"),
    (r"(?:turn|switch|put) ((?:(?!on\b)[\w-]+ ){0,4}?)off\b", r"disable \1"),
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
    conclude | build construct | big large huge | small little tiny | cost price | fix repair
    mend | delete erase remove | make manufacture produce | deliver ship delivery shipping
    shipment | phone telephone | weigh weight | establish found founder foundation | invent
    inventor invention | discover discoverer discovery | write author | win winner victor |
    kilogram kg kilo | kilometer kilometre km | meter metre | liter litre | gram gramme |
    percent percentage % | color colour | center centre | usual usually general generally
    typical typically normal normally common commonly | film movie | car automobile | method way
    technique | job occupation | necessary required require need needed | kill murder |
    important significant | help assist | use utilize utilise employ | show display | choose
    select pick | obtain get acquire receive | allow permit | several multiple | inside within |
    over above | under below | near close | fast quick rapid | error fault | reach contact |
    mobile cell | photo picture image | sofa couch | shop store | child kid children | people
    person persons | different distinct | famous well-known | happen occur | attempt try | also
    additionally | besides aside | responsible accountable | wealthy rich affluent | reexamine
    review | define definition | originate origin | main primary chief principal | country
    nation | next following | almost nearly | attack assault | leave depart | arrive arrival |
    refund reimbursement | intend intent intention | associate related | frequently often |
    effect impact | result outcome | contain include incorporate | provide supply give grant
    | divide split | create form | condition situation | approve approval | organise organize |
    company corporation firm | city town | consider regard | perform carry conduct |
    propose suggest |
    develop development devise | now currently | enough sufficient | whole entire | teach
    instruct | answer reply | abuse misuse | rank rate | predominantly largely mainly mostly |
    station channel | determine identify | example instance | think believe | decrease reduce
    decline diminish fall | increase rise grow boost | link connect | reveal expose | complete
    finalize | costly expensive pricey | goal aim objective | difficult hard | easy simple |
    sick ill | danger hazard | trip journey | speak talk | injure hurt wound | garbage trash
    rubbish waste | lawyer attorney | quantity amount | requirement prerequisite | drug medicine
    medication | gather collect | modify alter | assume suppose | ban prohibit forbid | among
    between | name title | sold sell | biggest largest | smallest littlest | quit resign | area
    region | recover retrieve | concept idea | want wish | achieve accomplish | duty obligation
    | doctor physician | government govt | entirely completely utterly wholly | chairperson
    chairman
"""
GROUP_OF = {
    word: "=" + words[0]
    for group in _GROUPS.split("|")
    for words in [group.split()]
    for word in words
}
"""Words of one meaning, under the first of them."""

HARMLESS = words(
    """a an whatever the is are was were be been being do does did has have had having of on in at
    for 's s it its there exactly actually specifically really very quite called named known
    name kind type sort that which what who whom whose when where why how please i my me we our
    us one ones so this to you your can could may as with and also just ever particular
    practically extremely approximately about will would should if while during than then way
    located such ultimately finally usually generally typically commonly normally"""
)
"""Words that may stand on one side alone; those that carry a role are compared apart."""

_IRREGULAR = """
    begin began begun | break broke broken | bring brought | build built | buy bought | catch
    caught | choose chose chosen | come came | draw drew drawn | drive drove driven | eat ate
    eaten | fall fell fallen | fight fought | find found | fly flew flown | get got gotten |
    give gave given | go went gone | grow grew grown | hold held | keep kept | know knew known |
    lead led | leave left | lose lost | make made | mean meant | meet met | pay paid | rise rose
    risen | run ran | say said | sell sold | send sent | shoot shot | show shown | sing sang
    sung | speak spoke spoken | spend spent | stand stood | steal stole stolen | take took taken
    | teach taught | tell told | think thought | wear wore worn | win won | write wrote written
    | die died dead | man men | woman women | foot feet | mouse mice | tooth teeth | strike
    struck | hide hid hidden | feel felt | born birth | become became | arise arose arisen | use
    using | burn burnt | freeze froze frozen
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
_ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
NUMBERS = {
    **{word: str(value) for value, word in enumerate(_CARDINALS.split())},
    **{word: f"{value}th" for value, word in enumerate(_ORDINALS.split(), start=1)},
    "firstly": "1th",
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

OPPOSITES = words(
    """enable disable activate deactivate buy sell win lose begin end start stop finish arrive
    depart leave enter exit send receive borrow lend give take import export upload download
    input output increase decrease rise fall grow shrink gain raise lower include exclude accept
    reject refuse allow forbid permit prohibit ban connect disconnect install uninstall lock
    unlock open close ajar push pull lift load unload charge discharge fill empty build destroy
    create delete add remove love hate agree disagree succeed fail pass attack defend lead
    follow remember forget teach learn ask answer hire fire join marry divorce birth death live
    die born advantage disadvantage benefit drawback strength weakness profit loss cause effect
    question problem solution legal illegal possible impossible safe unsafe damaged undamaged
    true false right wrong good bad better worse best worst hard soft easy difficult heavy light
    thick thin wide narrow deep shallow tall fast slow early late strong weak rich poor clean
    dirty sharp blunt loud quiet rare common many few older younger oldest youngest highest
    lowest largest smallest longest shortest higher lower larger smaller longer shorter fewer
    most least majority minority father mother son daughter brother sister husband wife uncle
    aunt nephew niece grandfather grandmother parent child man woman boy girl king queen prince
    princess teacher student pupil master servant buyer seller owner tenant landlord employer
    employee lender borrower winner loser host guest doctor patient plaintiff defendant author
    reader ally enemy friend friends opponent predecessor successor ancestor descendant second
    minute hour day week month year decade century monday tuesday wednesday thursday friday
    saturday sunday january february march april may june july august september october november
    december today yesterday tomorrow morning noon head tail front beginning ending inside
    outside within north south east west verse prose poem novel land sea water air fire sun moon
    gold silver iron copper protein fat sugar salt cause symptom treatment capital president
    minister mayor governor senate army navy mother-in-law subject object supply demand theory
    practice victory defeat war peace appoint dismiss mobile landline british english scottish
    irish french german italian spanish portuguese dutch danish swedish norwegian polish russian
    turkish greek roman egyptian indian chinese japanese korean american canadian mexican brazilian
    african european asian australian"""
)
"""Words with an opposite or with brothers: one in the place of another makes another question."""
