"""Span readers of all families with small random weights, in the layouts of the hub.

Each has the tokenizer that its family is published with, trained on the spot on a few sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CORPUS = [
    "The old mill was built in 1912 by Anna Kroll, and the wheel of stone is new.",
    "The river flows 12.5 km north to the sea; in winter it freezes (see the town's records).",
    "Who built the bridge? When was it built? Where does the river flow? What is it made of?",
    "Der Müller fährt über die Brücke. Le moulin a été bâti près de la rivière. 水車 は 新しい。",
]
_SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "initializer_range": 0.25,
}
_ROBERTA = {
    **_SIZES, "max_position_embeddings": 514, "type_vocab_size": 1,
    "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "sep_token_id": 2,
}  # fmt: skip
_BERT = {**_SIZES, "max_position_embeddings": 512}
_FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>"]
_ALBERT = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
_DEBERTA = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
_BIGBIRD = ["<pad>", "</s>", "<s>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]


@dataclass(frozen=True)
class Family:
    """What `transformers` calls a kind of model, and the sizes of a small one."""

    model: str
    """The classes are `...Config` and `...ForQuestionAnswering`."""
    tokenizer: str
    """A function of this module that writes the tokenizer, and with `:` what it needs to know."""
    sizes: dict[str, Any] = field(default_factory=lambda: dict(_BERT))
    longest: int = 512
    """Tokens of a row that its positions suffice for."""


FAMILIES = {
    "bert": Family("Bert", "pieces:Bert"),
    "roberta": Family("Roberta", "merges:Roberta", _ROBERTA),
    "xlm-roberta": Family("XLMRoberta", "unigram:XLMRoberta", _ROBERTA),
    "camembert": Family("Camembert", "unigram:Camembert", _ROBERTA),
    "distilbert": Family(
        "DistilBert",
        "pieces:Bert",
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "initializer_range": 0.25},
    ),
    "electra": Family("Electra", "pieces:Bert", {**_BERT, "embedding_size": 24}),
    "albert": Family("Albert", "unigram:Albert", {**_BERT, "embedding_size": 24}),
    "mpnet": Family("MPNet", "pieces:MPNet", {**_SIZES, "max_position_embeddings": 514}),
    "mobilebert": Family(
        "MobileBert",
        "pieces:Bert",
        {**_BERT, "embedding_size": 24, "intra_bottleneck_size": 16, "true_hidden_size": 16},
    ),
    "deberta-v2": Family(
        "DebertaV2",
        "unigram:DebertaV2",
        {**_BERT, "type_vocab_size": 0, "relative_attention": True, "max_relative_positions": -1}
        | {"position_biased_input": False, "pos_att_type": ["p2c", "c2p"], "pad_token_id": 0}
        | {"share_att_key": True, "norm_rel_ebd": "layer_norm", "position_buckets": 64},
    ),
    "longformer": Family(
        "Longformer",
        "merges:Roberta",
        {**_ROBERTA, "max_position_embeddings": 2050, "attention_window": [16, 16]},
        2048,
    ),
    "big_bird": Family(
        "BigBird",
        "unigram:BigBird",
        {**_BERT, "max_position_embeddings": 1024, "block_size": 16, "num_random_blocks": 2}
        | {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1, "sep_token_id": 5},
        1024,
    ),
    "modernbert": Family(
        "ModernBert",
        "whole_file",
        {**_BERT, "max_position_embeddings": 1024, "local_attention": 32, "pad_token_id": 0}
        | {"cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2},
        1024,
    ),
}


def write_family(name: str, folder: Path, *, seed: int = 3) -> Any:
    """A reader of that family written to a folder; the model as it was written."""
    import torch
    import transformers

    family = FAMILIES[name]
    folder.mkdir(parents=True, exist_ok=True)
    function, _, which = family.tokenizer.partition(":")
    size = _TOKENIZERS[function](folder, which)
    torch.manual_seed(seed)
    config = getattr(transformers, f"{family.model}Config")(vocab_size=size, **family.sizes)
    model = getattr(transformers, f"{family.model}ForQuestionAnswering")(config)
    with torch.no_grad():  # ALBERT and MobileBERT begin as good as constant
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.25)
    model.eval().save_pretrained(folder)
    return model


def pieces(folder: Path, which: str) -> int:
    """Word pieces in a `vocab.txt`, with the `tokenizer.json` of today's releases."""
    import transformers
    from tokenizers import implementations

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    if which == "MPNet":
        special = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"]
    trained: Any = implementations.BertWordPieceTokenizer(lowercase=True)  # type: ignore[attr-defined]
    trained.train_from_iterator(CORPUS, vocab_size=220, special_tokens=special)
    trained.save_model(str(folder))
    tokenizer: Any = getattr(transformers, f"{which}Tokenizer").from_pretrained(folder)
    tokenizer.model_max_length = 512
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def merges(folder: Path, which: str) -> int:
    """Byte pairs as `vocab.json` and `merges.txt`, without a `tokenizer.json`."""
    from tokenizers import implementations

    trained: Any = implementations.ByteLevelBPETokenizer()  # type: ignore[attr-defined]
    trained.train_from_iterator(
        CORPUS, vocab_size=380, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    )
    trained.save_model(str(folder))
    return int(trained.get_vocab_size())


def unigram(folder: Path, which: str) -> int:
    """A SentencePiece vocabulary, as `transformers` saves it."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    texts = [text.lower() if which == "Albert" else text for text in CORPUS]
    trained.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=170, special_tokens=["<unk>"], unk_token="<unk>")
    )
    learned = [(token, -float(i)) for token, i in trained.get_vocab().items() if token != "<unk>"]
    special = {"Albert": _ALBERT, "DebertaV2": _DEBERTA, "BigBird": _BIGBIRD}.get(which, _FAIRSEQ)
    vocabulary = [(token, 0.0) for token in special] + sorted(learned, key=lambda row: -row[1])
    if which == "XLMRoberta":
        vocabulary.append(("<mask>", 0.0))
    tokenizer: Any = getattr(transformers, f"{which}Tokenizer")(vocab=vocabulary)
    tokenizer.model_max_length = 1024 if which == "BigBird" else 512
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def whole_file(folder: Path, which: str) -> int:
    """Byte pairs in one `tokenizer.json`, with BERT's marks and without trimmed offsets."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=380,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    trained.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    tokenizer: Any = PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=1024,
    )
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


_TOKENIZERS = {"pieces": pieces, "merges": merges, "unigram": unigram, "whole_file": whole_file}
