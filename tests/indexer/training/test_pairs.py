"""What a retriever is shown: the passage around the answer, and no pair that denies another."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.training.contrastive import PairTrainer, Ranking
from spanmem.indexer.training.pairs import Pair, load_pairs, load_search

SENTENCES = [f"Sentence {n} says that the part {n} is number x{n} of them." for n in range(40)]
CONTEXT = " ".join(SENTENCES)


def row(answer: str, **more: Any) -> dict[str, Any]:
    at = CONTEXT.index(answer)
    return {
        "title": "The_Parts",
        "context": CONTEXT,
        "question": "Which?",
        "answers": {"text": [answer], "answer_start": [at]},
        **more,
    }


def pairs(*rows: dict[str, Any], **options: Any) -> list[Pair]:
    options = {"negatives": 2, "title_dropout": 0.0, "seed": 1, **options}
    return list(load_pairs(rows, words=100, overlap=20, **options))


@settings(deadline=None)
@given(st.integers(0, 39))
def test_the_passage_is_the_one_around_the_answer(number: int) -> None:
    [pair] = pairs(row(f"x{number} of"))
    title, _, text = pair.passage.partition("\n")
    assert title == "The Parts"
    assert f"x{number} of" in text
    assert len(text.split()) <= 100
    assert text in CONTEXT


def test_titles_are_dropped_from_a_share_of_the_rows_and_from_all_their_passages() -> None:
    rows = [row("x3 of", negatives=[["Other", "a"], ["", "b"]]) for _ in range(400)]
    found = pairs(*rows, title_dropout=0.25)
    plain = [p for p in found if not p.passage.startswith("The Parts\n")]
    assert 60 < len(plain) < 140
    assert {n for p in plain for n in p.negatives} == {"a", "b"}
    assert {n for p in found if p not in plain for n in p.negatives} == {"Other\na", "b"}
    assert found == pairs(*rows, title_dropout=0.25)


def test_negatives_are_drawn_and_rows_without_an_answer_left_out() -> None:
    many = row("x3 of", negatives=[["", f"n{i}"] for i in range(5)])
    none = {**many, "answers": {"text": [], "answer_start": []}}
    found = pairs(many, none, many, many, row("x4 of"))
    assert [len(p.negatives) for p in found] == [2, 2, 2, 0]
    assert len({p.negatives for p in found}) > 2  # not always the same ones


def test_the_answer_s_passages_are_relevant_and_no_others() -> None:
    search = load_search([row("x0 of"), row("x39 of")], words=100, overlap=20, limit=9)
    assert len(search.questions) == 2
    assert len(search.passages) > 3
    for question, answer in (("0", "x0 of"), ("1", "x39 of")):
        assert search.relevant[question] == {k for k, p in search.passages.items() if answer in p}
    assert len(load_search([row("x0 of")] * 5, words=100, overlap=20, limit=3).questions) == 3


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=4, unique=True), min_size=4),
    st.integers(0, 5),
)
def test_pairs_that_share_a_key_are_never_in_one_batch(keys: list[list[int]], epoch: int) -> None:
    table = [Pair("q", "p", (), tuple(map(str, row))) for row in keys]
    trainer = object.__new__(PairTrainer)
    trainer.keep_apart(table)
    sampler = trainer.get_batch_sampler(
        None, batch_size=3, drop_last=False, generator=torch.Generator(), seed=2
    )
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert sorted({i for batch in batches for i in batch}) == list(range(len(keys)))
    for batch in batches:
        together = [key for i in batch for key in keys[i]]
        assert len(together) == len(set(together))


class Means(torch.nn.Module):
    """Vectors of words, averaged: what a sentence encoder does, without layers."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(50, 8)
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.shapes.append(tuple(inputs["input_ids"].shape))
        mask = inputs["attention_mask"].unsqueeze(-1)
        total = (self.words(inputs["input_ids"]) * mask).sum(1)
        return {"sentence_embedding": total / mask.sum(1)}


@pytest.mark.parametrize("tokens", [32, 10_000])
def test_the_loss_is_cross_entropy_among_all_passages_however_it_is_portioned(tokens: int) -> None:
    torch.manual_seed(0)
    model = Means()
    columns: list[dict[str, torch.Tensor]] = []
    texts: list[list[torch.Tensor]] = []
    for rows, longest in ((4, 6), (4, 40), (7, 30)):
        lengths = torch.randint(1, longest + 1, (rows,))
        mask = (torch.arange(longest) < lengths[:, None]).long()
        ids = torch.randint(1, 50, (rows, longest)) * mask
        columns.append({"input_ids": ids, "attention_mask": mask})
        texts.append([row[:n] for row, n in zip(ids, lengths, strict=True)])
    loss = Ranking(model, temperature=0.1, tokens=tokens)
    found = loss(columns, None)

    def vector(text: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(model.words(text).mean(0), dim=0)

    questions = torch.stack([vector(t) for t in texts[0]])
    passages = torch.stack([vector(t) for t in texts[1] + texts[2]])
    expected = torch.nn.functional.cross_entropy(questions @ passages.T / 0.1, torch.arange(4))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    assert loss.tokens == sum(len(t) for column in texts for t in column)
    if tokens == 32:
        assert all(rows == 1 or rows * length <= 32 for rows, length in model.shapes)
