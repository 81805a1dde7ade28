"""English words that questions are compared by: synonyms, odd forms, numbers, opposites."""

from __future__ import annotations

__all__ = [
    "EXTREMES",
    "GROUP_OF",
    "HARMLESS",
    "IRREGULAR",
    "MONTHS",
    "NUMBERS",
    "OPPOSITES",
    "OPPOSITE_PAIRS",
    "PERIODS",
    "RESTRICTING",
    "WEEKDAYS",
    "words",
]


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


_GROUPS = """
    enable activate | disable deactivate | buy purchase | begin start commence | build construct |
    big large huge | small little tiny | cost price fee fare | fix repair mend | delete erase
    remove | make manufacture produce | deliver ship delivery shipping shipment | phone telephone |
    weigh weight | establish found founder foundation create form set-up | invent inventor
    invention | discover discoverer discovery find | write author | win winner victor | kilogram kg
    kilo | gram gramme g | milliliter millilitre ml | kilometer kilometre km | meter metre | liter
    litre l | percent percentage % | color colour | center centre | usual usually general generally
    typical typically normal normally common commonly | film movie | car automobile | method way
    technique | job occupation | necessary required require need needed | kill murder | important
    significant | help assist | use utilize utilise employ apply utilization | show display reveal
    | choose select pick | obtain get acquire receive | allow permit | several multiple some
    certain | inside within | over above | under below | near close | fast quick rapid | error
    fault | contact | mobile cell | photo picture image | sofa couch | shop store | child kid
    children | people person persons | different distinct | famous well-known | happen occur arise
    | attempt try | also additionally | besides aside | responsible accountable responsibility |
    wealthy rich affluent | reexamine review | define definition | originate origin | main primary
    chief principal | country nation | next following | almost nearly | attack assault | leave
    depart | arrive arrival | refund reimbursement | intend intent intention | associate related
    link connect | frequently often | effect impact | result outcome | contain include incorporate
    | provide supply give grant | divide split | condition situation | approve approval | organise
    organize | company corporation firm | city town | consider regard | perform carry conduct |
    propose suggest | develop development devise | now currently | enough sufficient | whole entire
    | teach instruct | answer reply | abuse misuse | rank rate | predominantly largely mainly
    mostly | station channel | determine identify | example instance | think believe | decrease
    reduce decline diminish fall | increase rise grow boost | complete finalize | costly expensive
    pricey | goal aim objective purpose | difficult hard | easy simple | sick ill | danger hazard |
    trip journey | speak talk | injure hurt wound | garbage trash rubbish waste | lawyer attorney |
    quantity amount | requirement prerequisite | drug medicine medication | gather collect | modify
    alter | assume suppose | ban prohibit forbid | among between amongst amid | program programme |
    recognize know | last final latter | name title | sold sell | biggest largest | smallest
    littlest | quit resign | area region | recover retrieve | concept idea | want wish | achieve
    accomplish reach attain | duty obligation | doctor physician | yearly annual | say state | end
    finish conclude terminate | government govt | entirely completely utterly wholly | chairperson
    chairman | analysis analyses | dwelling house | determine identify define | seek request | act
    action activity | develop development devise | warranty guarantee | renovate refurbish | storey
    floor | holiday vacation | tenancy lease | memory ram | inhabitant population | doctorate phd |
    deductible excess | staff personnel workforce | salary wage wages earnings | password
    passphrase | bicycle bike | plane aeroplane airplane aircraft | gasoline petrol | submit lodge
    | postpone defer | invoice bill | vendor supplier | refrigerator fridge | television tv |
    laboratory lab | examination exam | mathematics maths math | information info | administrator
    admin | repository repo | configuration config | directory folder | documentation docs |
    specification spec | dosage dose | email e-mail | beverage drink | luggage baggage | canteen
    cafeteria | carpet rug | timetable schedule | truck lorry | motorway highway freeway | flat
    apartment | noise sound | participant attendee | contest competition | swap exchange |
    headteacher headmaster | diameter caliber | deadline cutoff | surcharge supplement
"""
GROUP_OF = {
    word: "=" + words[0]
    for group in _GROUPS.split("|")
    for words in [group.split()]
    for word in words
}
"""Words of one meaning, under the first of them."""

HARMLESS = words(
    """
    a an whatever the is are was were be been being do does did has have had having of on in at
    for 's it its there exactly actually specifically really very quite called named known name
    kind type sort that which what who whom whose when where why how please i my me we our us
    one ones so this to you your can could may as with and also just ever particular practically
    extremely approximately about will would should if while during than then way located such
    ultimately finally usually generally typically commonly normally already still those they
    their them they've you're further truly therein thereof else
"""
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
    struck | hide hid hidden | feel felt | born birth | become became | employee employees |
    arise arose arisen | use using used uses | hear heard | lay laid | lend lent | shut | swim
    swam swum | ride rode ridden | ring rang rung | throw threw thrown | tear tore torn | wake
    woke woken | draw drawn | burn burnt | freeze froze frozen | feed fed | bleed bled | breed
    bred | beat beaten | bite bit bitten | blow blew blown | forbid forbade forbidden | forget
    forgot forgotten | forgive forgave forgiven | seek sought | shake shook shaken | sink sank
    sunk | sleep slept | stick stuck | swear swore sworn | sweep swept | understand understood |
    withdraw withdrew withdrawn | overtake overtook overtaken | undertake undertook undertaken |
    oversee oversaw overseen | see seen | deal dealt | dig dug | hang hung | light lit | shrink
    shrank shrunk | spin spun | weave wove woven | bend bent | flee fled
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

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

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

_PAIRS = """
    enable disable | buy sell | win lose | begin end | open close | arrive leave | enter exit |
    send receive | borrow lend | give take | import export | upload download | input output |
    increase decrease | raise lower | include exclude | accept reject | allow forbid | connect
    disconnect | install uninstall | lock unlock | push pull | load unload | charge discharge |
    fill empty | build destroy | create delete | create restore | delete restore | add remove |
    love hate | pass fail | attack defend | remember forget | hire fire | marry divorce | born die
    | birth death | advantage disadvantage | strength weakness | profit loss | cause effect |
    legal illegal | possible impossible | safe unsafe | right wrong | good bad | better worse |
    best worst | hard soft | easy difficult | heavy light | thick thin | wide narrow | wide long |
    wide tall | wide high | long high | weight length | length width | width height | length height
    | weigh cost | deep shallow | fast slow | early late | strong weak | rich poor | older younger |
    oldest youngest | higher lower | larger smaller | longer shorter | more less | majority minority
    | father mother | son daughter | brother sister | husband wife | uncle aunt | parent child | man
    woman | boy girl | king queen | teacher student | buyer seller | tenant landlord | employer
    employee | lender borrower | winner loser | host guest | doctor patient | plaintiff defendant |
    author reader | predecessor successor | ancestor descendant | minute hour | hour day | day week
    | week month | month year | day month | day year | week year | morning evening | front back |
    inside outside | adult child | adult student | adult senior | child senior | student senior |
    founded dissolved | release withdraw | stock order | arrival departure | repair replace | price
    weight | price size | sign cancel | announce release | build renovate | build demolish
    | most least
"""
OPPOSITE_PAIRS = frozenset(
    (first, second) for pair in _PAIRS.split("|") for first, second in [pair.split()]
)
"""Words of which one in the place of the other makes another question, in their base forms."""

PERIODS = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
"""Adjectives of a period, with the noun that says the same: "daily" is "per day"."""

EXTREMES = {
    **dict.fromkeys(words("maximum maximal max highest most largest biggest longest top"), "most"),
    **dict.fromkeys(words("minimum minimal min lowest least smallest shortest fewest"), "least"),
}
"""Words for an upper or a lower bound, under one of them."""
