"""Models small enough to make on the spot, with random weights, laid out as published ones are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VOCABULARY = """
[PAD] [UNK] [CLS] [SEP] [MASK] . , ? ( ) the river flows to sea in town who what where when built
bridge old mill was it of and a long new year north south wall ##s ##ed ##er ##ing The River Mill
1 2 3 9 ##1 ##2 ##9 years ##ern water wheel stone
"""
WORDS = VOCABULARY.split()
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "vocab_size": len(WORDS),
}
NORMALIZED = ("Transformer", "Pooling", "Normalize")


def write_tokenizer(folder: Path) -> Any:
    """BERT's cased tokenizer over the little vocabulary."""
    from transformers import BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    tokenizer: Any = BertTokenizer.from_pretrained(folder, do_lower_case=False)
    tokenizer.save_pretrained(folder)
    return tokenizer


def write_reader(folder: Path) -> Path:
    """A span reader as `transformers` writes it."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    write_tokenizer(folder)
    torch.manual_seed(7)
    config: Any = BertConfig(**SIZES, initializer_range=0.2)
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def write_encoder(
    folder: Path,
    *,
    pooling: str = "mean",
    modules: tuple[str, ...] = NORMALIZED,
    prompts: dict[str, str] | None = None,
    settings: dict[str, Any] | None = None,
    include_prompt: bool | None = None,
) -> Path:
    """A sentence encoder in the layout that the hub's models have had for years.

    `prompts` and `settings` go to `config_sentence_transformers.json`; both None: no such file.
    """
    import torch
    from transformers import BertConfig, BertModel

    write_tokenizer(folder)
    torch.manual_seed(11)
    config: Any = BertConfig(**SIZES, initializer_range=0.2)
    BertModel(config).save_pretrained(folder)
    places = ["", *(f"{i}_{name}" for i, name in enumerate(modules) if i)]
    table = [
        {"idx": i, "name": str(i), "path": place, "type": f"sentence_transformers.models.{name}"}
        for i, (name, place) in enumerate(zip(modules, places, strict=True))
    ]
    write_json(folder / "modules.json", table)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 48, "do_lower_case": False})
    modes = {f"pooling_mode_{name}": False for name in ("cls_token", "mean_tokens", "max_tokens")}
    modes["pooling_mode_cls_token" if pooling == "cls" else "pooling_mode_mean_tokens"] = True
    extra = {} if include_prompt is None else {"include_prompt": include_prompt}
    write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": SIZES["hidden_size"], **modes, **extra},
    )
    for place in places[2:]:
        (folder / place).mkdir()
    if prompts is not None or settings is not None:
        named = {} if prompts is None else {"prompts": prompts, "default_prompt_name": None}
        write_json(
            folder / "config_sentence_transformers.json",
            {"__version__": {"sentence_transformers": "2.7.0"}, **named, **(settings or {})},
        )
    return folder


def write_json(path: Path, table: Any) -> None:
    """A file in a folder that may be new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table), encoding="utf-8")
