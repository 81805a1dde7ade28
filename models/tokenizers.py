"""Tokenizers in the layouts they are published in: one file, vocabulary and merges, SentencePiece.

`transformers` makes an empty tokenizer of a folder that holds none, and a wrong one of a vocabulary
that is another's; so the files are looked at before it is asked.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import ModelError, first_line

if TYPE_CHECKING:
    import tokenizers
    from transformers import PreTrainedTokenizerFast

__all__ = ["check_words", "has_tokenizer", "open_tokenizer"]

_OF_BERT = ("Bert", "DistilBert", "Electra", "MobileBert")
"""How tokenizer classes begin that are BERT's under another name."""

_WORDS = (
    *("the", "of", "and", "in", "water", "year", "people", "a", "b", "e", "1", "2024", "."),
    *("der", "und", "de", "la", "que", "og", "ve", "в", "и", "не", "και", "في", "من", "של", "है"),
    *("的", "是", "人", "の", "は", "이", "는", "และ", "và"),
)
"""Ordinary words of many languages: a tokenizer of any of them tells some apart."""


def check_words(tokenizer: tokenizers.Tokenizer, source: str) -> None:
    """Raise ModelError for a tokenizer to which all ordinary words are one unknown token."""
    rows = [tokenizer.encode(word, add_special_tokens=False).ids for word in _WORDS]
    # Unknown characters may give a token each.
    if len({tuple(token for token, _ in groupby(row)) for row in rows} - {()}) < 2:
        raise ModelError(
            f"{source}: its tokenizer knows no ordinary word, each is one unknown token; add the "
            "tokenizer.json or vocabulary that it was trained with, or fetch the model again"
        )


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder holds the files of a tokenizer."""
    return any((folder / file).is_file() for file in _LAYOUTS)


def open_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer in a folder. Raises ModelError where there is none, or it is broken."""
    layout = next((opens for file, opens in _LAYOUTS.items() if (folder / file).is_file()), None)
    if layout is None:
        raise ModelError(
            f"{folder} brings no tokenizer: it has neither {' nor '.join(_LAYOUTS)}; name one with "
            "--tokenizer"
        )
    try:
        tokenizer: Any = layout(folder)
    except ModelError:
        raise
    except Exception as error:  # a broken tokenizer.json raises nothing narrower
        raise ModelError(
            f"no tokenizer could be loaded from {folder} ({first_line(error)})"
        ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"{folder} has no fast tokenizer, which alone tells places; add its tokenizer.json"
        )
    fast: PreTrainedTokenizerFast = tokenizer
    return fast


def _by_class(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def _merges(folder: Path) -> Any:
    """Byte pairs, as of RoBERTa: a vocabulary is worth nothing without its merges."""
    if not (folder / "merges.txt").is_file():
        raise ModelError(
            f"{folder} has a vocab.json without its merges.txt; fetch it again, or add its "
            "tokenizer.json"
        )
    return _by_class(folder)


def _vocabulary(folder: Path) -> Any:
    """A list of word pieces: BERT's, if no other class is named and it has BERT's marks.

    A bare vocabulary is cased if any of its tokens is.
    """
    from transformers import BertTokenizer

    tokens = (folder / "vocab.txt").read_text(encoding="utf-8").split()
    named = _class_name(folder).removesuffix("Fast").removesuffix("Tokenizer")
    if (named and named not in _OF_BERT) or "[CLS]" not in tokens:
        return _by_class(folder)
    cased = any(token != token.lower() for token in tokens if not token.startswith("["))
    return BertTokenizer.from_pretrained(folder, do_lower_case=not cased)


def _class_name(folder: Path) -> str:
    """The tokenizer's class by its own configuration; empty: none is named."""
    path = folder / "tokenizer_config.json"
    table: Any = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(table.get("tokenizer_class") or "")


def _sentence_pieces(folder: Path) -> Any:
    if importlib.util.find_spec("sentencepiece") is None:
        raise ModelError(
            f"{folder} has its tokenizer as a SentencePiece model alone, which takes libraries to "
            "read; install sentencepiece and protobuf, or add the tokenizer.json that "
            "`transformers` saves"
        )
    return _by_class(folder)


_LAYOUTS: Mapping[str, Callable[[Path], Any]] = {
    "tokenizer.json": _by_class,
    "vocab.txt": _vocabulary,
    "vocab.json": _merges,
    "sentencepiece.bpe.model": _sentence_pieces,
    "spiece.model": _sentence_pieces,
    "spm.model": _sentence_pieces,
    "tokenizer.model": _sentence_pieces,
}
"""Files that a tokenizer may consist of, the best first, and what opens their folder."""
