"""Phrases that mean the same, brought into one form before questions are compared. English."""

from __future__ import annotations

__all__ = ["PHRASES"]

_PARTICIPLE = (
    r"(\w{2,}ed|made|sold|told|held|kept|met|paid|put|set|read|cut|hit|lost|sung|won|led|done|found"
    r"|bound|wound|sent|spent|lent|bent|built|burnt|spelt|felt|dealt|meant|learnt|bought|brought"
    r"|taught|caught|fought|sought|thought|heard|hung|struck|said|laid|written|taken|given|eaten"
    r"|broken|spoken|stolen|chosen|driven|frozen|hidden|beaten|forgotten|seen|proven|known|grown"
    r"|shown|thrown|flown|blown|drawn|worn|torn|sworn|born|begun|run|shut|shot)"
)
_DOES = {"is": "does", "are": "do", "was": "did", "were": "did"}
_AMOUNT = (
    "(?:fee|price|cost|discount|rate|tax|fine|rent|salary|deposit|charge|bonus|wage|toll|fare)"
)

PHRASES = (
    (r"^(?:hi|hello|hey|so|ok|okay|excuse me|quick question)\b[,:!. ]*", ""),
    (r"[,. ]*\b(?:thanks|thank you|thx)$", ""),
    (
        r"(?:can|could) you (?:please )?(?:tell me|explain)|please|pls|plz|do you know|tell me"
        r"|i(?: would|'d)? (?:like|want) to know",
        "",
    ),
    (
        r"^((?:in|on|at|during|for|after|before|within|since|until|per|under|near|about|with|by)"
        r" [^,?]{1,60}), ((?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does"
        r"|did|can|could|may|must|will|should|has|have)\b.*)$",
        r"\2 \1",
    ),
    (
        r"^((?!what|how|when|who|where|why|which)[\w'-]+(?: [\w'-]+){0,4})[,:] ((?:how|what|when"
        r"|where|who|why|does|do|did|is|are|was|were|can|will) .{1,80}?)\bit\b",
        r"\2\1",
    ),
    (
        r"\b(is|are|was|were) ((?:the |my |your |our )?[\w-]+(?: [\w-]+){0,2})'s ([\w -]{2,40}?)"
        r"(?= (?:in|at|on|for|per|since|before|after|during)\b|$)",
        r"\1 the \3 of \2",
    ),
    (r"^when (is|was) the (deadline|due date|closing date|release date)\b", r"what \1 the \2"),
    (
        r"^what (?:do|does) (?:i|you|we|one) (?:have|need) to do (?:in order )?to\b|^what are "
        r"the steps? (?:needed |required )?(?:to|for)\b",
        "how do you",
    ),
    (
        r"^how (?:can|should|do|does) (.{1,60}?) be (reset|set|put|cut|shut|split)\b",
        r"how do you \2 \1",
    ),
    (r"^is it possible to (.{1,60}?) (?:with|on|using) the ([\w-]+)$", r"can the \2 \1"),
    (
        r"^how old (?:must|do|should) (?:i|you|we|one|people)(?: have to)? be (?:in order )?to "
        r"(\w+)",
        r"what is the minimum age to \1",
    ),
    (r"^(what is the minimum age) for (\w{3,})ing\b", r"\1 to \2"),
    (r"^((?:what|which) [\w-]+ (?:do|does|did|can|must)) (?:people|one)\b", r"\1 you"),
    (rf"^((?:what|which) [\w-]+) (?:is|are) {_PARTICIPLE}(?= (?:in|at|on)\b)", r"\1 do you \2"),
    *(
        (rf"^who (?:is|are|was|were) the {doer}s? of\b", f"who {deed}")
        for doer, deed in (
            ("coach", "coach"),
            ("designer", "design"),
            ("successor", "succeeded"),
            ("predecessor", "preceded"),
            ("trainer", "train"),
            ("sponsor", "sponsor"),
        )
    ),
    (r"\b(?:is|are) ([\w-]+(?: [\w-]+){0,8}?) able to\b", r"can \1"),
    (r"^(?:what|which) (?:is|are) the (?:best |right |correct )?way to\b", "how do you"),
    (r"^how to\b", "how do you"),
    (r"^how does one\b", "how do you"),
    (r"how much time|for how long", "how long"),
    (
        rf"how (?:much|high|large|big) (is|was) the ((?:[\w-]+ ){{0,2}}?{_AMOUNT})\b",
        r"what \1 the \2",
    ),
    (
        rf"^by (?:what|which) ([\w-]+) (?:is|are|was|were) (.{{1,60}}?) {_PARTICIPLE}\b",
        r"what \1 \3 \2",
    ),
    (
        rf"^(.{{1,80}}?) (?:is|are|was|were) {_PARTICIPLE} by (?:what|which) ([\w-]+)$",
        r"what \3 \2 \1",
    ),
    (rf"^(.{{1,80}}?) (?:is|are|was|were) {_PARTICIPLE} by whom$", r"who \2 \1"),
    (rf"^by whom (?:is|are|was|were) (.{{1,60}}?) {_PARTICIPLE}\b", r"who \2 \1"),
    *(
        (
            rf"^((?:how many|how much|what|which) (?:[\w-]+ ){{1,4}}?){be} {_PARTICIPLE} by "
            r"(.{1,60}?)(?= (?:at|in|on|for|per|during|to|from|against)\b|$)",
            rf"\1{does} \3 \2",
        )
        for be, does in _DOES.items()
    ),
    *(
        (
            rf"^{be} (.{{1,60}}?) {_PARTICIPLE} by (.{{1,60}})$",
            rf"{does} \3 \2 \1",
        )
        for be, does in _DOES.items()
    ),
    *(
        (rf"^{be} (.{{1,60}}?) included in (.{{1,60}})$", rf"{does} \2 include \1")
        for be, does in _DOES.items()
    ),
    (rf"^(?:can|could) (.{{1,60}}?) be {_PARTICIPLE}\b", r"can you \2 \1"),
    (
        rf"^how (?:is|are|(?:can|should) (?= .{{1,60}} be )) (.{{1,60}}?) (?:be )?{_PARTICIPLE}\b",
        r"how do you \2 \1",
    ),
    (r"(?:is|are) (?:needed|required) (?:for|by) (.{1,60})$", r"does \1 need"),
    (r"(?:do|does) (?:i|you|we|one) (?:need|require) for (.{1,60})$", r"does \1 need"),
    (
        r"^(?:what|which) ((?:[\w-]+ ){0,2}?[\w-]+) (?:does|do) (.{1,60}?) have$",
        r"what is the \1 of \2",
    ),
    (r"^(?:what|which) ((?:[\w-]+ ){0,2}?[\w-]+) did (.{1,60}?) have$", r"what was the \1 of \2"),
    (r"^who (?:is|are|was|were) the author of\b", "who write"),
    (r"^who (is|was) (?:in charge|the head|at the head) of\b", "who heads"),
    (r"^who (?:has|have|had|bears) (?:the )?responsibility for\b", "who is responsible for"),
    (r"^who (?:is|are) the (\w{3,}?)(?:er|or) of\b", r"who \1"),
    (
        r"^((?:how (?:long|often|soon)|where|when|until when|why|how) )"
        r"(can|could|may|must|should) "
        rf"(?!i\b|you\b|we\b|one\b)([\w' -]{{1,50}}?) be {_PARTICIPLE}\b",
        r"\1\2 you \4 \3",
    ),
    (
        r"^how far (?:is|are) (?!it\b)(.{1,60}?) (?:away )?from (.{1,60})$",
        r"how far is it from \2 to \1",
    ),
    (r"^what (?:is|was) the population of (.{1,60})$", r"how many people live in \1"),
    (
        r"^how many (?:inhabitants|people|residents) (?:does|do|did) (.{1,60}?) have\b",
        r"how many people live in \1",
    ),
    (r"^when was the death of (.{1,60})$", r"when did \1 die"),
    (r"^when was the birth of (.{1,60})$", r"when was \1 born"),
    (r"^what (?:is|was) (.{1,60}?)'s date of birth$", r"when was \1 born"),
    (r"^what (?:is|was) the date of birth of (.{1,60})$", r"when was \1 born"),
    (r"(?:is|are) (?:included|contained) in\b", "is in"),
    (r"^((?:how many|how much) [\w-]+) (?:do|does) (.{1,60}?) contain$", r"\1 is in \2"),
    (r"^what (?:do|does) (.{1,60}?) contain$", r"what is in \1"),
    (r"^how (?:can|could|do) (?:i|you|we|one) reach\b", "how do you contact"),
    (r"get (?:my|your|our|the) money back", "get a refund"),
    (r"^what is (.{1,40}?) (?:short|an abbreviation) for$", r"what does \1 stand for"),
    (
        r"(?<!\bin )(?<!\bfor )(?<!\bof )(?<!within )"
        r"\b(?:a|an|each|every) (year|month|week|day|person)\b",
        r"per \1",
    ),
    (r"\bunited states(?: of america)?\b|\bu\.s\.?(?:a\b\.?)?|\busa\b", "usª"),
    (r"\bunited kingdom\b|\bu\.k\b\.?", "uk"),
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
    (r"^(?:is|are) (.{1,60}?) (?:allowed|permitted) (in|on|at|inside|near)\b", r"can \1 \2"),
    (r"where (?:can|could|do|will) (?:i|you|we|one) find", "where is"),
    (r"(?:turn|switch|put) ((?:(?!off\b)[\w-]+ ){0,4}?)on\b", r"enable \1"),
    (r"(?:turn|switch|put) ((?:(?!on\b)[\w-]+ ){0,4}?)off\b", r"disable \1"),
    (r"(?:log|sign) ?in(?: to)?\b", "signin"),
    (r"(?:log|sign) ?out(?: of)?\b", "signout"),
    (r"get in touch with", "contact"),
    (r"do i have to|do i need to|am i required to", "must i"),
    (r"(?:is|are) there|do you have", "is there"),
    (r"^whatever (?:it |we )?(is|was|are|were)\b", r"what \1"),
    (r"going on\b", "happening"),
    (r"the name of|(?:kind|type|sort)s? of", ""),
    (r"world wide web", "web"),
)
"""(pattern, replacement), applied in order to the lower-cased question before it is cut up."""
