"""Fine-tuning learns the spans it is shown, and says what it was trained on."""

from __future__ import annotations

import gzip
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, BertForSequenceClassification, MPNetModel

from spanmem.core.errors import InputError
from spanmem.core.files import digest
from spanmem.core.records import Passage
from spanmem.models.runtimes.span_models import as_span_model
from spanmem.models.training.recipes import HELD_OUT
from spanmem.reader.metrics import f1
from spanmem.reader.provenance import Provenance
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.training.fine_tuning import ReaderTrainer, ReaderTraining, train
from spanmem.reader.windows import Windows
from tests.models.families import write_family

ROW = '{"question": "q", "context": "a", "answers": %s}\n'


def best_texts(folder: Path, rows: list[dict[str, Any]]) -> list[str]:
    """What a reader reads first, for each row in its own passage."""
    reader = SpanReader.load(folder, device="cpu", windows=Windows(128, 8))
    passages = [
        Passage(document="d", start=0, end=len(row["context"]), text=row["context"]) for row in rows
    ]
    requests = [
        ReadRequest(row["question"], (passage,))
        for row, passage in zip(rows, passages, strict=True)
    ]
    return [reading.spans[0].text for reading in reader.read(requests)]


def test_it_learns_what_it_is_shown(config: ReaderTraining, rows: list[dict[str, Any]]) -> None:
    long = config.model_copy(update={"epochs": 40.0, "dropout": 0.0})
    result = train(long)
    assert result.loss < 1.0
    text = (config.output / "spanmem.json").read_text()
    facts = json.loads(text)
    assert facts["questions"] == 24
    assert facts["training"]["data"] == ["rows.jsonl.gz"]
    assert str(config.output.parent) not in text  # it is published with the weights
    assert facts["steps"] == result.steps
    asked = Provenance.load(config.output).seen(["Where was the mill built? 0", "who built it"])
    assert asked.tolist() == [True, False]  # no benchmark asks it these
    assert best_texts(config.output, rows[:3]) == [row["answers"]["text"][0] for row in rows[:3]]


def test_start_weights_of_the_hub_are_fetched_once_and_their_training_data_go_along(
    config: ReaderTraining,
    rows: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train(config)
    earlier = Provenance.load(config.output)
    fetched: list[str] = []

    def fetch(source: str, *, owner: str) -> Path:
        fetched.append(source)
        return config.output

    monkeypatch.setattr("spanmem.models.training.checkpoints.fetch", fetch)
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({**rows[0], "question": "what is long ?"}))
    again = {"base": "some/reader", "data": (more,), "output": tmp_path / "again"}
    train(config.model_copy(update={**again, "checkpoints": tmp_path / "again.checkpoints"}))
    assert fetched == ["some/reader"]
    later = Provenance.load(tmp_path / "again")
    assert {*earlier.files, "more.jsonl"} == {*later.files}
    assert {*earlier.questions} < {*later.questions}


def test_the_score_is_the_f1_of_the_held_out_questions(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    # "Held out" is an article that falls to the share of one half.
    held: list[dict[str, Any]] = [{**row, "title": "Held out"} for row in rows[:7]]
    data = tmp_path / "titled.jsonl"
    data.write_text("\n".join(map(json.dumps, rows + held)))
    halved = config.model_copy(update={"data": (data,), "held_out_articles": 0.5})
    trainer = ReaderTrainer(halved.model_copy(update={"validate_questions": 5}))
    assert len(trainer.plan.examples) == len(rows)
    texts = best_texts(Path(config.base), held[:5])
    scores = [f1(text, row["answers"]["text"]) for text, row in zip(texts, held, strict=False)]
    assert trainer.validate() == pytest.approx(100 * sum(scores) / 5)


def test_without_held_out_articles_there_is_no_score_to_stop_by(config: ReaderTraining) -> None:
    with pytest.raises(InputError, match="no held-out rows to validate on; raise"):
        ReaderTrainer(config.model_copy(update={"validate_every": 2}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no row is left"),
        ('{"question": "q"}\n', r"rows\.jsonl:1: has neither `answer` nor `answers`"),
        ('{"question": "q", "answers": []}\n', r"rows\.jsonl:1: has no `context`"),
        ("{\n", r"rows\.jsonl:1: not valid JSON"),
        ('"text"\n', r"rows\.jsonl:1: holds str, not an object"),
        (ROW % '{"text": [], "answer_start": []}, "title": 3', "`title` is int, not text"),
        (ROW % '["a"], "negatives": [["one"]]', "`negatives` that are no list"),
        (b"\xff\n", "not UTF-8 text"),
    ],
)
def test_unusable_data_is_named(
    config: ReaderTraining, tmp_path: Path, text: str | bytes, message: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        train(config.model_copy(update={"data": (path,)}))
    with pytest.raises(InputError, match="no training data"):
        train(config.model_copy(update={"data": (tmp_path / "absent.jsonl",)}))


def test_a_broken_archive_is_named(config: ReaderTraining, tmp_path: Path) -> None:
    whole = config.data[0].read_bytes()
    for number, broken in enumerate((b"no gzip", whole[: len(whole) // 2])):
        path = tmp_path / f"{number}.jsonl.gz"
        path.write_bytes(broken)
        with pytest.raises(InputError, match=rf"{number}\.jsonl\.gz: .*cannot be unpacked"):
            train(config.model_copy(update={"data": (path,)}))


def variants(
    row: dict[str, Any], context: str, answer: str, start: int | None, **more: Any
) -> dict[str, Any]:
    starts = {} if start is None else {"answer_start": [start]}
    answers = {"text": [answer], **starts}
    return {**row, "negatives": [], **more, "context": context, "answers": answers}


def test_every_row_is_accounted_for_and_so_is_each_that_was_mended(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    row, pad = rows[0], "\U0001f600\u00e9 " * 6
    text = f"{pad}the old mill was long ."
    long = " ".join(["river"] * 150)
    right = text.index("old mill")
    mended = [
        variants(row, text, "old mill", right + 6),  # UTF-16 units
        variants(row, text, "old mill", len(text[:right].encode())),
        variants(row, text, "old mill", 0),
        variants(row, text, "old mill", 9999),
        variants(row, text, "old mill", None),
    ]
    left_out = [
        variants(row, f"{long} the sea", long, 0),  # longer than a window
        variants(row, "\u200b the old mill", "\u200b", 0),
        variants(row, text, "bridge", 3),
        *[variants(row, text, "old mill", right, title="Held out")] * 3,
    ]
    empty = [{**row, "answers": {"text": [""], "answer_start": [0]}}]
    data = tmp_path / "rows.jsonl"
    all_rows = [*rows, *mended, *left_out, *empty]
    data.write_text("\n".join(map(json.dumps, all_rows)), encoding="utf-8")
    trainer = ReaderTrainer(
        config.model_copy(update={"data": (data,), "held_out_articles": 0.5, "window": 128})
    )
    ledger = trainer.ledger
    assert ledger.read == len(all_rows)
    assert ledger.used == len(trainer.plan.examples) == len(trainer.questions) - 2
    assert ledger.used == ledger.read - sum(ledger.left_out.values())
    assert ledger.left_out[HELD_OUT] == 3
    assert sum(ledger.left_out.values()) == len(left_out)
    assert sum(ledger.repaired.values()) >= len(mended)
    assert [len(e.answers or ()) for e in trainer.plan.examples[24:]] == [1] * len(mended) + [0]


def test_rows_of_which_none_has_an_answer_teach_nothing(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    data = tmp_path / "rows.jsonl"
    unanswered = [{**row, "answers": {"text": [], "answer_start": []}} for row in rows[:3]]
    data.write_text("\n".join(map(json.dumps, unanswered)))
    with pytest.raises(InputError, match="none of the 3 rows to train on has an answer"):
        ReaderTrainer(config.model_copy(update={"data": (data,)}))


def test_an_answer_across_the_seam_of_two_windows_is_not_taught_as_none(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    words = [f"{'river' if n % 2 else 'mill'}" for n in range(200)]
    answer = " ".join(words[90:130])  # longer than the windows' overlap
    start = len(" ".join(words[:90])) + 1
    data = tmp_path / "rows.jsonl"
    data.write_text(json.dumps(variants(rows[0], " ".join(words), answer, start)))
    trainer = ReaderTrainer(config.model_copy(update={"data": (data,), "epochs": 1.0}))
    for epoch in range(5):
        (batch,) = trainer.epoch(epoch)
        assert (batch.end - batch.start).tolist() == [39]
        assert batch.start[0] > 0


def test_the_same_file_name_twice_is_two_files_of_training(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    paths = [tmp_path / name / "train.jsonl" for name in ("a", "b")]
    for path, row in zip(paths, rows, strict=False):
        path.parent.mkdir()
        path.write_text(json.dumps(row))
    train(config.model_copy(update={"data": tuple(paths), "epochs": 1.0}))
    known = Provenance.load(config.output).files
    assert set(known.values()) == {digest(path) for path in paths}


def test_rows_by_which_weights_were_chosen_count_as_seen(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    held = {**rows[0], "title": "Held out", "question": "by whom was it chosen ?"}
    data = tmp_path / "titled.jsonl"
    data.write_text("\n".join(map(json.dumps, [*rows, held])))
    shared = {"data": (data,), "held_out_articles": 0.5, "epochs": 1.0}
    for every, seen in ((0, False), (2, True)):
        train(config.model_copy(update={**shared, "validate_every": every}))
        known = Provenance.load(config.output)
        assert known.seen([held["question"]]).tolist() == [seen]
        assert not known.trained_on([held["question"]]).any()
        assert bool(known.validated_on) == seen


def test_the_start_weights_can_be_mixed_in(config: ReaderTraining, tmp_path: Path) -> None:
    start = load_file(Path(config.base) / "model.safetensors")
    train(config)
    learned = load_file(config.output / "model.safetensors")
    half = config.model_copy(
        update={"merge": 0.5, "output": tmp_path / "half", "checkpoints": tmp_path / "again"}
    )
    train(half)
    mixed = load_file(half.output / "model.safetensors")
    for name, weight in learned.items():
        expected = (weight.float() + start[name].float()) / 2
        torch.testing.assert_close(mixed[name].float(), expected, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("family", ["longformer", "mobilebert", "mpnet"])
def test_titled_rows_train_models_with_inputs_of_their_own(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path, family: str
) -> None:
    write_family(family, tmp_path / family)
    (config.data[0]).write_bytes(
        gzip.compress("\n".join(json.dumps({**row, "title": "Old mill"}) for row in rows).encode())
    )
    changes = {"base": str(tmp_path / family), "epochs": 1.0, "title_dropout": 0.0}
    result = train(config.model_copy(update={**changes, "held_out_articles": 0.0}))
    assert result.steps
    assert math.isfinite(result.loss)


def test_an_mpnet_without_a_head_becomes_a_reader(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    """As sentence encoders are published: no head, and no prefix before the weights' names."""
    base = tmp_path / "mpnet"
    write_family("mpnet", base)
    MPNetModel.from_pretrained(base).save_pretrained(base)
    assert not any(
        name.startswith(("mpnet.", "qa_")) for name in load_file(next(base.glob("*.saf*")))
    )
    train(config.model_copy(update={"base": str(base), "epochs": 30.0, "dropout": 0.0}))
    assert best_texts(config.output, rows[:3]) == [row["answers"]["text"][0] for row in rows[:3]]


def test_a_training_step_reads_a_titled_window_as_reading_does(
    config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    write_family("longformer", tmp_path / "base")
    changes = {"base": str(tmp_path / "base"), "dropout": 0.0, "held_out_articles": 0.0}
    trainer = ReaderTrainer(config.model_copy(update=changes))
    batch = next(trainer.epoch(0))
    tensors = [torch.from_numpy(array) for array in (batch.ids, batch.mask, batch.types)]
    with torch.no_grad():
        read = as_span_model(trainer.model.eval())(*tensors)
        out = trainer.model(input_ids=tensors[0], **trainer.inputs(*tensors))
    shown = tensors[1].bool()
    torch.testing.assert_close(out.start_logits[shown], read[..., 0][shown])
    extra = trainer.inputs(*tensors)["global_attention_mask"]
    assert 0 < int(extra.sum()) < int(shown.sum())


def test_a_classifier_of_three_classes_becomes_a_reader(
    config: ReaderTraining, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(config.base, base)
    settings: Any = AutoConfig.from_pretrained(config.base, num_labels=3)
    BertForSequenceClassification(settings).save_pretrained(base)
    train(config.model_copy(update={"base": str(base)}))
    written = json.loads((config.output / "config.json").read_text())
    assert len(written.get("id2label", "ab")) == 2
    assert SpanReader.load(config.output, device="cpu", windows=Windows(128, 8))


def test_a_training_that_fails_in_its_first_step_leaves_nothing(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(ReaderTrainer, "batch_loss", failing)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(RuntimeError, match="no such kernel"):
        train(config.model_copy(update={"checkpoints": tmp_path / "deep" / "checkpoints"}))
    assert set(tmp_path.rglob("*")) == before
