"""A retriever learns from pairs what its start weights do not know."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.core.errors import InputError, ModelError, StorageError
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.indexer.training.contrastive import ProgressCallback
from spanmem.indexer.training.retriever import RetrieverTraining, load_base, train
from spanmem.models import bundled
from spanmem.models.runtimes.tokenized import TokenizedRuntime

THINGS = (
    ("lamp", "glow"), ("kettle", "boil"), ("ferry", "sail"), ("mill", "grind"),
    ("clock", "tick"), ("bell", "ring"), ("kite", "soar"), ("drill", "bore"),
    ("oven", "bake"), ("pump", "suck"), ("saw", "cut"), ("fan", "blow"),
)  # fmt: skip
"""Questions ask by the one word, passages answer by the other: only training can join them."""
WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "what", "does", "it", "The", "for"),
    *("years", "would", "here", "and", "in", "town", "red", "blue", "green", "old", "new", "Shop"),
    *(word for pair in THINGS for word in pair),
)
COLORS = ("red", "blue", "green", "old", "new")
FEW_STEPS = 0.4
"""Epochs of three steps, for runs that store each: that is what takes time."""


def row(number: int) -> dict[str, Any]:
    thing, deed = THINGS[number % len(THINGS)]
    color = COLORS[number // len(THINGS) % len(COLORS)]
    context = f"here it would {deed} for years in town . {color}"
    wrong = THINGS[(number + 1) % len(THINGS)][1]
    return {
        "id": str(number),
        "title": "Shop",
        "context": context,
        "question": f"what does the {color} {thing} ?",
        "answers": {"text": [deed], "answer_start": [context.index(deed)]},
        "negatives": [["Shop", f"here it would {wrong} for years in town . {color}"]],
    }


@pytest.fixture(scope="module")
def spanbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small random weights in the layout of SpanBERT's releases."""
    from transformers import BertConfig, BertForPreTraining

    folder = tmp_path_factory.mktemp("spanbert")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    config: Any = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(3)
    state = BertForPreTraining(config).state_dict()
    table = config.to_dict()
    for key in ("model_type", "architectures", "transformers_version", "dtype"):
        table.pop(key, None)
    (folder / "config.json").write_text(json.dumps(table))
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def config(spanbert: Path, tmp_path: Path) -> RetrieverTraining:
    data = tmp_path / "rows.jsonl"
    rows = [row(i) for i in range(len(THINGS) * len(COLORS))]
    rows += [{**r, "title": "Held out"} for r in rows[: len(THINGS)]]
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return RetrieverTraining(
        base=str(spanbert),
        data=(data,),
        output=tmp_path / "out",
        checkpoints=tmp_path / "checkpoints",
        # Keeps the article "Held out" out, and "Shop" in.
        held_out_articles=0.5,
        epochs=4,
        batch=8,
        learning_rate=1e-3,
        max_length=32,
        bf16=False,
        threads=1,
    )


def test_recall_rises_on_a_base_in_spanbert_s_layout(config: RetrieverTraining) -> None:
    result = train(config.model_copy(update={"epochs": 14.0}))
    assert result.recall_before is not None
    assert result.recall is not None
    assert result.recall_before < 40
    assert result.recall > 90
    assert result.steps > 90
    encoder = SentenceEncoder(config.output, device="cpu")
    assert isinstance(encoder.runtime, TokenizedRuntime)
    modules = json.loads((config.output / "modules.json").read_text(encoding="utf-8"))
    names = ("Transformer", "Pooling", "Normalize")
    assert [m["type"] for m in modules] == [f"sentence_transformers.models.{n}" for n in names]
    questions = encoder.encode_queries([f"what does the red {thing} ?" for thing, _ in THINGS])
    passages = encoder.encode_passages(
        [f"here it would {word} for years in town ." for _, word in THINGS]
    )
    assert ((questions @ passages.T).argmax(1) == np.arange(len(THINGS))).mean() > 0.9


@pytest.mark.parametrize("cache", [False, True])
def test_scores_teach_which_negative_is_nearer(config: RetrieverTraining, cache: bool) -> None:
    """By the rows' answers all negatives are alike; by the scores, the last is nearly as good."""
    others = [f"{color} old {color} ." for color in ("blue", "green")]
    rows = [
        # A number that the vocabulary lacks keeps negatives of two rows apart.
        {**row(i), "negatives": [["", f"{text} {i}"] for text in others], "scores": [6, -6, 5]}
        for i in range(60)
    ]
    config.data[0].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    changes = {"negatives": 2, "epochs": 6.0, "soft": 4.0, "score_temperature": 1.0}
    train(config.model_copy(update={**changes, "gradient_cache": cache}))
    encoder = SentenceEncoder(config.output, device="cpu")
    questions = encoder.encode_queries([row["question"] for row in rows[:20]])
    far, near = (questions @ encoder.encode_passages([f"{text} 1" for text in others]).T).mean(0)
    assert near > far + 0.3


class Stopped(Exception):
    """Stands for the kill in the middle of a run."""


def test_a_run_that_was_stopped_goes_on_exactly(
    config: RetrieverTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = config.model_copy(update={"held_out_articles": 0.0, "dropout": 0.1, "epochs": 2.0})
    done = train(steady)
    assert (done.recall_before, done.recall) == (None, None)
    whole = load_file(config.output / "model.safetensors")
    again = steady.model_copy(
        update={
            "output": tmp_path / "out2",
            "checkpoints": tmp_path / "checkpoints2",
            "save_every_minutes": 1e-9,
        }
    )
    on_step_end = ProgressCallback.on_step_end

    def stop_at_eleven(
        self: ProgressCallback, args: Any, state: Any, control: Any, **_: Any
    ) -> None:
        if state.global_step == 11:
            raise Stopped
        on_step_end(self, args, state, control)

    with monkeypatch.context() as patched:
        patched.setattr(ProgressCallback, "on_step_end", stop_at_eleven)
        with pytest.raises(Stopped):
            train(again)
    # A checkpoint that was being written when the process died is passed over.
    (again.checkpoints / "checkpoint-11").mkdir()
    assert not again.output.exists()
    result = train(again, resume=True)
    assert result.steps == done.steps > 11
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_a_checkpoint_of_another_training_is_not_gone_on_from(
    config: RetrieverTraining, tmp_path: Path
) -> None:
    short = config.model_copy(update={"epochs": FEW_STEPS, "save_every_minutes": 1e-9})
    train(short)
    (checkpoint,) = config.checkpoints.glob("checkpoint-*")  # the ones before it are gone
    other = tmp_path / "other.jsonl"
    other.write_bytes(config.data[0].read_bytes().replace(b"years", b"here"))
    for changes, said in (
        ({"data": (other,)}, "data were rows.jsonl, and are other.jsonl"),
        ({"temperature": 0.1}, "temperature was 0.05, and is 0.1"),
        ({"base": None}, "its start weights were others"),
    ):
        with pytest.raises(InputError, match=said):
            train(short.model_copy(update=changes), resume=True)
    # One that was cut short while its state was written is none.
    (checkpoint / "trainer_state.json").write_text('{"epoch": 1')
    assert train(short, resume=True).steps > 0
    # A fresh start leaves no older one behind that counts more steps.
    stale = checkpoint.rename(checkpoint.with_name("checkpoint-9999"))
    train(short)
    assert not stale.exists()


def test_every_row_is_accounted_for(config: RetrieverTraining) -> None:
    none = {"text": [""], "answer_start": [0]}
    long = " ".join(["years"] * 150)
    more = [
        {**row(0), "answers": none},
        {**row(1), "context": f"{long} .", "answers": {"text": [long], "answer_start": [0]}},
        {**row(2), "answers": {"text": [THINGS[2][1]], "answer_start": [0]}},
        {**row(3), "answers": {"text": ["nowhere"], "answer_start": [0]}},
    ]
    with config.data[0].open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(map(json.dumps, more)))
    result = train(config.model_copy(update={"epochs": 0.3}))
    rows = dict(result.rows)
    assert (rows["read"], rows["used"]) == (76, 61)
    assert result.pairs == rows["used"]
    assert rows["read"] == rows["used"] + sum(rows["left_out"].values())
    assert sorted(rows["left_out"].values()) == [1, 1, 1, 12]
    assert sum(rows["repaired"].values()) == 1
    assert json.loads((config.output / "spanmem.json").read_text())["rows"] == rows


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_weights_that_are_lost_are_never_written(config: RetrieverTraining, rate: float) -> None:
    lost = {"learning_rate": rate, "warmup": 0.0, "epochs": 0.5, "save_every_minutes": 1e-9}
    with pytest.raises(InputError, match=r"lower `learning_rate` and train anew"):
        train(config.model_copy(update=lost))
    assert not config.output.exists()
    for path in config.checkpoints.glob("checkpoint-*/model.safetensors"):
        assert all(bool(x.isfinite().all()) for x in load_file(path).values())


def test_a_full_disk_leaves_the_last_checkpoint(
    config: RetrieverTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = config.model_copy(update={"epochs": FEW_STEPS, "save_every_minutes": 1e-9})
    save = torch.save

    def full(state: Any, file: Any, *options: Any, **more: Any) -> None:
        if "checkpoint-2" in str(file) and "rng_state" in str(file):
            Path(file).write_bytes(b"half")
            raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 6 vs 0")
        save(state, file, *options, **more)

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", full)
        with pytest.raises(StorageError, match=r"cannot write .*checkpoint-2: not all bytes"):
            train(often)
    assert [path.name for path in config.checkpoints.glob("checkpoint-*")] == ["checkpoint-1"]
    assert not config.output.exists()
    assert train(often, resume=True).steps > 2


def test_the_start_weights_can_be_mixed_in(config: RetrieverTraining, tmp_path: Path) -> None:
    short = config.model_copy(update={"epochs": 1.0, "held_out_articles": 0.0})
    start = {k: v.clone() for k, v in load_base(config.base).state_dict().items()}
    train(short)
    learned = load_file(config.output / "model.safetensors")
    places = {"output": tmp_path / "half", "checkpoints": tmp_path / "again"}
    train(short.model_copy(update={**places, "merge": 0.5}))
    mixed = load_file(tmp_path / "half" / "model.safetensors")
    for name, weight in learned.items():
        expected = (weight.float() + start[f"0.model.{name}"]) / 2
        torch.testing.assert_close(mixed[name].float(), expected, atol=2e-3, rtol=2e-3)


def test_the_log_for_tensorboard_is_beside_the_checkpoints_and_the_environment_as_it_was(
    config: RetrieverTraining, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "elsewhere"))
    before = dict(os.environ)
    result = train(config)
    assert dict(os.environ) == before
    assert not (tmp_path / "elsewhere").exists()
    events = EventAccumulator(str(config.checkpoints / "tensorboard")).Reload()
    steps = [point.step for point in events.Scalars("train/loss")]
    assert steps == [*range(20, result.steps, 20), result.steps]


def test_too_few_questions_are_refused(config: RetrieverTraining) -> None:
    with pytest.raises(InputError, match=r"60 questions .* a batch takes 61; lower `batch`"):
        train(config.model_copy(update={"batch": 61}))


def test_a_base_that_cannot_be_used_is_refused(spanbert: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        load_base(str(tmp_path / "none"))
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_base(str(tmp_path))
    with pytest.raises(ModelError, match="do not belong together"):
        load_base(str(spanbert), tokenizer=str(bundled("encoder")))


def test_sentence_transformers_folders_keep_their_modules() -> None:
    model = load_base(None)
    assert [type(part).__name__ for part in model] == ["Transformer", "Pooling", "Normalize"]
    assert model.max_seq_length == 256
    assert next(model.parameters()).dtype == torch.float32
