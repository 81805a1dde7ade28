# pyright: reportPrivateUsage=false
from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.memory.errors import InputError
from spanmem.memory.records import Passage
from spanmem.reader.provenance import Provenance
from spanmem.reader.read import ReadRequest, SpanReader
from spanmem.reader.train import ReaderTraining, _Run, learning_rate, span_loss, train

CONTEXTS = (
    ("The old mill was built in the north of town.", "where was the mill built ?", "in the north"),
    ("The River flows to the sea and it was long.", "where to flows the River ?", "the sea"),
    ("A wall of stone was built in the south.", "what was built in the south ?", "A wall of stone"),
)


@pytest.fixture
def config(base: Path, tmp_path: Path) -> ReaderTraining:
    rows: list[dict[str, Any]] = []
    for i in range(24):
        context, question, answer = CONTEXTS[i % 3]
        rows.append(
            {
                "id": str(i),
                "title": "",
                "context": context,
                "question": f"{question} {i % 4}",
                "answers": {"text": [answer], "answer_start": [context.index(answer)]},
                "negatives": [["", CONTEXTS[(i + 1) % 3][0]]],
            }
        )
    data = tmp_path / "rows.jsonl.gz"
    data.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return ReaderTraining(
        base=str(base),
        data=(data,),
        output=tmp_path / "out",
        checkpoints=tmp_path / "checkpoints",
        epochs=3,
        batch_tokens=256,
        learning_rate=3e-3,
        window=128,
        overlap=8,
        bf16=False,
        dropout=0.1,
    )


class Stopped(Exception):
    """Stands for the kill in the middle of a run."""


def test_a_run_that_was_stopped_goes_on_exactly(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(config)
    seen = Provenance.load(config.output).seen(["Where was the mill built? 0", "who built it"])
    assert seen.tolist() == [True, False]  # no benchmark asks it these
    whole = load_file(config.output / "model.safetensors")
    again = config.model_copy(
        update={
            "output": tmp_path / "out2",
            "checkpoints": tmp_path / "checkpoints2",
            "save_every_minutes": 1e-9,
        }
    )
    advance = _Run._advance

    def stop_at_seven(run: _Run, batches: Any) -> float:
        if run.step == 7:
            raise Stopped
        return advance(run, batches)

    with monkeypatch.context() as patched:
        patched.setattr(_Run, "_advance", stop_at_seven)
        with pytest.raises(Stopped):
            train(again)
    assert not again.output.exists()
    result = train(again, resume=True)
    assert result.steps > 7
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_it_learns_what_it_is_shown(config: ReaderTraining) -> None:
    long = config.model_copy(update={"epochs": 40.0, "dropout": 0.0})
    result = train(long)
    assert result.loss < 1.0
    text = (config.output / "spanmem.json").read_text()
    facts = json.loads(text)
    assert facts["questions"] == 24
    assert facts["training"]["data"] == ["rows.jsonl.gz"]
    assert str(config.output.parent) not in text  # it is published with the weights
    assert facts["steps"] == result.steps
    reader = SpanReader.load(config.output, window=128, overlap=8, device="cpu")
    requests = [
        ReadRequest(f"{question} 1", (Passage(document="d", start=0, end=len(text), text=text),))
        for text, question, _ in CONTEXTS
    ]
    found = [reading.spans[0].text for reading in reader.read(requests)]
    assert found == [answer for *_, answer in CONTEXTS]


def test_the_loss_is_the_mean_of_local_and_shared_cross_entropies() -> None:
    rng = np.random.default_rng(0)
    start, end = (torch.tensor(rng.normal(size=(2, 5)), dtype=torch.float32) for _ in range(2))
    context = torch.tensor([[0, 0, 1, 1, 0], [0, 0, 1, 1, 1]], dtype=torch.bool)
    batch = {"context": context, "start": torch.tensor([2, 0]), "end": torch.tensor([3, 0])}

    def nll(logits: torch.Tensor, allowed: list[int], target: int) -> float:
        return float(torch.logsumexp(logits[allowed], 0) - logits[target])

    parts: list[float] = []
    for logits, target in ((start, 2), (end, 3)):
        local = [nll(logits[0], [0, 2, 3], target), nll(logits[1], [0, 2, 3, 4], 0)]
        parts += [float(np.mean(local)), nll(logits.flatten(), [2, 3, 7, 8, 9], target)]
    assert float(span_loss(start, end, batch, 2)) == pytest.approx(np.mean(parts), rel=1e-5)


def test_the_learning_rate_rises_stays_and_falls(config: ReaderTraining) -> None:
    shape = config.model_copy(update={"warmup": 0.1, "decay": 0.5, "learning_rate": 1.0})
    rates = [learning_rate(step, 100, shape) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:50] == [1.0] * 40
    assert rates[75] == pytest.approx(0.5)
    assert 0 < rates[99] < 0.05


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no row is left"),
        ('{"question": "q"}\n', r"rows\.jsonl:1 is no question row"),
        ("{\n", r"rows\.jsonl:1 is no question row"),
    ],
)
def test_unusable_data_is_named(
    config: ReaderTraining, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        train(config.model_copy(update={"data": (path,)}))
    with pytest.raises(InputError, match="no training data"):
        train(config.model_copy(update={"data": (tmp_path / "absent.jsonl",)}))
