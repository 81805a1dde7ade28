"""How a tokenizer joins two texts: its pair template, read from what it does to two short texts.

BERT writes ``[CLS] question [SEP] passage [SEP]``, RoBERTa ``<s> question </s></s> passage </s>``,
Splinter a mark of its own after the question, T5 no mark before it: none of this is assumed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import ModelError
from ..models.runtimes.protocol import Tokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding

__all__ = ["PairTemplate", "read_template"]

_Place = tuple[int, int]
_FIRST, _SECOND = "question", "passage"
"""Texts of at least one token in any vocabulary worth the name."""


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """Special tokens around a question and its passage, with the segment (token type) of each."""

    before: tuple[int, ...]
    """Ids before the question: ``[CLS]``."""
    between: tuple[int, ...]
    """Ids between question and passage: ``[SEP]``, or ``</s></s>``."""
    after: tuple[int, ...]
    """Ids after the passage: ``[SEP]``."""
    types: tuple[tuple[int, ...], int, tuple[int, ...], int, tuple[int, ...]]
    """Segments of `before`, the question, `between`, the passage and `after`."""
    title_mark: int | None
    """What parts a title from its passage; None: the tokenizer has no such token."""
    null: int = 0
    """Position whose logits are those of "no answer here", as SQuAD 2.0 readers are trained: that
    of the classifying token, or else of the first; below 0 where it is counted from the end."""

    def special_count(self) -> int:
        """Tokens that the template itself takes of a window."""
        return len(self.before) + len(self.between) + len(self.after)

    def question_types(self, question: int) -> tuple[int, ...]:
        """Segments of the ids up to the passage's part, for a question of so many tokens."""
        before, first, between, _, _ = self.types
        return (*before, *(first,) * question, *between)

    def passage_types(self, passage: int) -> tuple[int, ...]:
        """Segments of the ids from the passage's part on, for so many tokens of it and a title."""
        return (*(self.types[3],) * passage, *self.types[4])


def read_template(tokenizer: Tokenizer) -> PairTemplate:
    """The tokenizer's pair template.

    One that adds nothing to a pair, though it knows ``[CLS]`` and ``[SEP]``, is used as BERT's: its
    `tokenizer.json` was written without them. Raises ModelError for one that joins no pairs.
    """
    encoding = tokenizer.backend_tokenizer.encode(_FIRST, _SECOND)
    places = encoding.sequence_ids
    first = [i for i, part in enumerate(places) if part == 0]
    second = [i for i, part in enumerate(places) if part == 1]
    if not first or not second or first[-1] > second[0]:
        raise ModelError(
            "the tokenizer does not put a question before its passage, so that nothing can be "
            "read with it; name the model's own with --tokenizer"
        )
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    if len(places) == len(first) + len(second) and cls is not None and sep is not None:
        return PairTemplate((cls,), (sep,), (sep,), ((0,), 0, (0,), 1, (1,)), sep)
    return _around(encoding, (first[0], first[-1] + 1), (second[0], second[-1] + 1), cls, sep)


def _around(
    encoding: Encoding, first: _Place, second: _Place, cls: int | None, sep: int | None
) -> PairTemplate:
    """The template of an encoded pair whose texts stand at `first` and `second`, half-open."""
    ids, types = tuple(encoding.ids), tuple(encoding.type_ids)
    before, between, after = slice(0, first[0]), slice(first[1], second[0]), slice(second[1], None)
    null = 0
    if cls in ids[before]:
        null = ids.index(cls)
    elif cls in ids[after]:  # XLNet's stands at the end
        null = ids[after].index(cls) - len(ids[after])
    return PairTemplate(
        ids[before],
        ids[between],
        ids[after],
        (types[before], types[first[0]], types[between], types[second[0]], types[after]),
        sep,
        null,
    )
