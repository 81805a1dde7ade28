"""Questions that customers, staff and travellers ask, each in several wordings. Data and filling.

Datasets of questions on articles hold few of these. Each group of `TEMPLATES` asks one thing; a
question of one group is another question than that of any other group on the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

__all__ = ["TEMPLATES", "THINGS", "filled"]

_PLACE, _THING, _PERSON, _TASK, _SUBSTANCE = "place", "thing", "person", "task", "substance"

TEMPLATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_THING, ("how much does {} cost?", "What is the price of {}?", "What does {} cost?",
              "how much is {}", "What do I pay for {}?", "what's the cost of {}?")),
    (_THING, ("How much does {} weigh?", "What is the weight of {}?", "How heavy is {}?")),
    (_THING, ("How long is the warranty on {}?", "What is the warranty period of {}?",
              "How long does the warranty on {} last?", "what warranty does {} have?")),
    (_THING, ("How do I clean {}?", "How can I clean {}?", "What is the best way to clean {}?",
              "how to clean {}", "How is {} cleaned?", "How should {} be cleaned?")),
    (_THING, ("How do I turn on {}?", "How can I switch {} on?", "how do i switch on {}")),
    (_THING, ("How do I turn off {}?", "How can I switch {} off?", "how do i switch off {}")),
    (_THING, ("How do I reset {}?", "how can I reset {}?", "What must I do to reset {}?")),
    (_THING, ("Can I return {}?", "May I return {}?", "Is it possible to return {}?",
              "Am I allowed to return {}?", "can {} be returned?")),
    (_THING, ("Can I exchange {}?", "May I exchange {}?", "is it possible to exchange {}?")),
    (_THING, ("Is {} waterproof?", "is {} water proof?", "Would you say {} is waterproof?")),
    (_THING, ("What batteries does {} need?", "Which batteries does {} take?",
              "what kind of batteries do I need for {}?", "Which batteries fit {}?")),
    (_THING, ("How long does the battery of {} last?", "What is the battery life of {}?",
              "how long will the battery of {} last")),
    (_THING, ("Where can I buy {}?", "Where do you sell {}?", "where do i get {}?",
              "Where can {} be bought?", "Where can I purchase {}?")),
    (_THING, ("Who makes {}?", "Which company makes {}?", "By whom is {} made?",
              "Who is the manufacturer of {}?")),
    (_THING, ("When was {} released?", "In what year was {} released?",
              "When did {} come out?", "What was the release date of {}?")),
    (_THING, ("Where is {} made?", "In which country is {} made?", "where does {} come from")),
    (_THING, ("What colours does {} come in?", "In which colors is {} available?",
              "Which colours are there of {}?")),
    (_THING, ("Why does {} make a noise?", "Why is {} making a noise?",
              "what is the reason {} makes a noise?")),
    (_PLACE, ("When does {} open?", "What time does {} open?", "At what time does {} open?",
              "when is {} opened?", "What is the opening time of {}?")),
    (_PLACE, ("When does {} close?", "What time does {} close?", "At what time does {} close?",
              "What is the closing time of {}?")),
    (_PLACE, ("Where is {}?", "Where is {} located?", "Where can I find {}?",
              "What is the location of {}?", "where do i find {}")),
    (_PLACE, ("How do I get to {}?", "how can I reach {}?", "What is the way to {}?")),
    (_PLACE, ("When was {} built?", "In what year was {} built?", "When was {} constructed?",
              "When did they build {}?", "what year was {} built")),
    (_PLACE, ("Who built {}?", "By whom was {} built?", "{} was built by whom?",
              "Who was {} built by?", "Who was the builder of {}?")),
    (_PLACE, ("How big is {}?", "What is the size of {}?", "how large is {}")),
    (_PLACE, ("How many people work in {}?", "What number of people work in {}?",
              "How many employees does {} have?")),
    (_PLACE, ("Are dogs allowed in {}?", "Can I bring my dog to {}?", "May I take a dog into {}?",
              "is it allowed to bring dogs to {}?")),
    (_PLACE, ("Is parking free at {}?", "Can I park for free at {}?",
              "is there free parking at {}?")),
    (_PLACE, ("How much is the entrance fee of {}?", "What does it cost to get into {}?",
              "What is the entry fee for {}?", "how much is admission to {}?")),
    (_PERSON, ("When was {} born?", "What year was {} born?", "In which year was {} born?",
               "What is the birth date of {}?", "What is {}'s date of birth?")),
    (_PERSON, ("Where was {} born?", "What is the birthplace of {}?",
               "In what place was {} born?")),
    (_PERSON, ("When did {} die?", "What year did {} die?", "In which year did {} die?")),
    (_PERSON, ("How did {} die?", "What did {} die of?", "what was the cause of {}'s death?")),
    (_PERSON, ("Who married {}?", "Who was {} married to?", "Who was {}'s spouse?")),
    (_PERSON, ("Who taught {}?", "By whom was {} taught?", "Who was {}'s teacher?")),
    (_PERSON, ("Whom did {} teach?", "Who was taught by {}?", "who were {}'s students?")),
    (_PERSON, ("How old is {}?", "What age is {}?", "What is the age of {}?")),
    (_PERSON, ("What did {} write?", "what was written by {}?", "Which works did {} write?")),
    (_TASK, ("How do I {}?", "How can I {}?", "how to {}", "What do I have to do to {}?",
             "What is the way to {}?", "How does one {}?", "can you explain how to {}?")),
    (_TASK, ("Who can {}?", "Who is allowed to {}?", "Who has the right to {}?")),
    (_TASK, ("When can I {}?", "From when can I {}?", "When am I allowed to {}?")),
    (_TASK, ("Why can't I {}?", "why am i not able to {}?", "Why is it not possible to {}?",
             "what is the reason I can't {}?")),
    (_TASK, ("Can I {}?", "May I {}?", "Is it possible to {}?", "Am I allowed to {}?")),
    (_TASK, ("Do I have to {}?", "Must I {}?", "Do I need to {}?", "Is it necessary to {}?")),
    (_TASK, ("How much does it cost to {}?", "What does it cost to {}?",
             "What is the fee to {}?", "how much do i pay to {}")),
    (_TASK, ("How long does it take to {}?", "How much time does it take to {}?",
             "how long will it take to {}")),
    (_TASK, ("Where can I {}?", "Where is it possible to {}?", "where do i {}")),
    (_TASK, ("Which documents do I need to {}?", "What documents are needed to {}?",
             "What papers do I need to {}?")),
    (_SUBSTANCE, ("What are the side effects of {}?", "Which side effects does {} have?",
                  "What side effects does {} have?", "what are {}'s side effects")),
    (_SUBSTANCE, ("What is {} used for?", "What do you use {} for?", "what is the use of {}?",
                  "What is the purpose of {}?")),
    (_SUBSTANCE, ("What is the dose of {}?", "How much {} should I take?", "Which dose of {}?")),
    (_SUBSTANCE, ("What is the boiling point of {}?", "At what temperature does {} boil?",
                  "When does {} boil?", "what is {}'s boiling point?")),
    (_SUBSTANCE, ("What is the melting point of {}?", "At what temperature does {} melt?",
                  "When does {} melt?")),
    (_SUBSTANCE, ("Is {} dangerous?", "is {} hazardous?", "Could {} be dangerous?")),
    (_SUBSTANCE, ("How is {} stored?", "How should {} be stored?", "How do I store {}?",
                  "what is the right way to store {}")),
    (_SUBSTANCE, ("How is {} made?", "How do you make {}?", "how is {} produced?")),
    (_SUBSTANCE, ("Who discovered {}?", "By whom was {} discovered?",
                  "Who was the discoverer of {}?", "{} was discovered by whom?")),
    (_SUBSTANCE, ("What does {} react with?", "With what does {} react?", "{} reacts with what?")),
)  # fmt: skip
"""What can be asked about each kind of thing: its kind, and wordings of one question."""

THINGS: dict[str, tuple[str, ...]] = {
    _THING: tuple(
        """the Orion 4 kettle|the blue lamp|the HK-310 drill|my order 4417|the Tempo X bike|
        the garden chair|the Linea coffee machine|the alarm|the child lock|the X90 headphones|
        the annual pass|a day ticket|the starter set|the Vento 2 vacuum cleaner|the filter|
        the remote control|the Bolt phone|a gift card|the 500 ml bottle|the camping stove|
        the second battery|the front light|the Alto printer|the night cream|the winter tyres
        """.replace("\n", "")
        .replace("        ", "")
        .split("|")
    ),
    _PLACE: tuple(
        """the Harbour Museum|the old mill|the swimming pool|the library|the Milton office|
        the north gate|the Red Tower|the town hall|the clinic|Castle Arnum|the ski school|
        the Lisbon branch|the service desk|the bridge|St. Mary's Church|the campus gym
        """.replace("\n", "")
        .replace("        ", "")
        .split("|")
    ),
    _PERSON: tuple(
        """Marie Velden|Queen Adela|the second president|Otto Brandt|Admiral Kerr|the founder|
        Saint Olva|Ada Lorrin|King Magnus IV|the composer of the hymn|Professor Ito|Emil Starck
        """.replace("\n", "")
        .replace("        ", "")
        .split("|")
    ),
    _TASK: tuple(
        """cancel my order|change my address|extend the lease|renew a passport|reset my password|
        work from home|claim travel expenses|book a meeting room|import my contacts|
        export the report|delete my account|share a folder|register a car|park near the office|
        apply for parental leave|open a bank account|get a refund|install the update|
        connect to the VPN|print on both sides|pair the headphones|change the filter|
        descale the machine|switch tariffs|return a parcel|rent a boat|pay by card|take a day off
        """.replace("\n", "")
        .replace("        ", "")
        .split("|")
    ),
    _SUBSTANCE: tuple(
        """acetone|ibuprofen|sodium chloride|the cough syrup|vitamin D|liquid nitrogen|Pantavor|
        ammonia|the antiseptic gel|zinc oxide|insulin|nitric acid|Celurex 50|iron sulfate
        """.replace("\n", "")
        .replace("        ", "")
        .split("|")
    ),
}
"""What the questions are about, by kind."""


def filled(*, seed: int, share: float = 1.0) -> Iterator[tuple[str, str, bool]]:
    """Pairs of filled templates, and whether they ask the same; `share` of them are drawn.

    As many of each thing ask the same as ask something else.
    """
    rng = np.random.default_rng(seed)
    for kind, things in THINGS.items():
        groups = [wordings for group, wordings in TEMPLATES if group == kind]
        for thing in things:
            for number, wordings in enumerate(groups):
                others = groups[:number] + groups[number + 1 :]
                for a, b in combinations(wordings, 2):
                    if rng.random() >= share:
                        continue
                    yield a.format(thing), b.format(thing), True
                    other = others[int(rng.integers(len(others)))]
                    c = other[int(rng.integers(len(other)))]
                    yield a.format(thing), c.format(thing), False
                    elsewhere = things[int(rng.integers(len(things)))]
                    if elsewhere != thing:
                        yield b.format(elsewhere), a.format(thing), False
