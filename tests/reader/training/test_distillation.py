"""A student learns what its teacher marks, whatever tokenizer the teacher has."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from spanmem.core.errors import InputError
from spanmem.models.runtimes.span_models import as_span_model
from spanmem.reader.provenance import Provenance
from spanmem.reader.reader import SpanReader
from spanmem.reader.training.distillation import Distillation, DistillationTrainer, distill
from spanmem.reader.training.examples import UNKNOWN
from spanmem.reader.training.fine_tuning import ReaderTraining, train
from spanmem.reader.training.objectives import soft_span_loss, span_loss
from spanmem.reader.training.teacher import onto
from tests.models.families import write_family
from tests.reader.training.test_fine_tuning import best_texts
from tests.reader.training.test_trainer import Stopped


@pytest.fixture(scope="session")
def taught(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher: as large as the student, with other weights."""
    folder = tmp_path_factory.mktemp("teacher")
    shutil.copytree(base, folder, dirs_exist_ok=True)
    from transformers import AutoConfig, BertForQuestionAnswering

    torch.manual_seed(1)
    settings: Any = AutoConfig.from_pretrained(base)
    BertForQuestionAnswering(settings).save_pretrained(folder)
    return folder


@pytest.fixture
def recipe(config: ReaderTraining, taught: Path, tmp_path: Path) -> Distillation:
    settings = config.model_dump()
    return Distillation(**{**settings, "teacher": str(taught), "labels": tmp_path / "labels"})


def rewrite(config: ReaderTraining, rows: list[dict[str, Any]]) -> None:
    config.data[0].write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def test_a_student_comes_to_mark_what_its_teacher_marks(
    recipe: Distillation, taught: Path, rows: list[dict[str, Any]]
) -> None:
    """The teacher is random: nothing else can have taught the student its answers."""
    wanted = best_texts(taught, rows[:12])
    assert best_texts(Path(recipe.base), rows[:12]) != wanted
    changes = {"epochs": 60.0, "dropout": 0.0, "soft": 1.0, "temperature": 1.0}
    distill(recipe.model_copy(update=changes))
    learned = best_texts(recipe.output, rows[:12])
    assert sum(map(str.__eq__, learned, wanted)) >= 11


def test_without_a_share_of_the_teacher_s_it_is_the_hard_loss(recipe: Distillation) -> None:
    trainer = DistillationTrainer(recipe.model_copy(update={"soft": 0.0, "dropout": 0.0}))
    batch = next(trainer.epoch(0))
    start, end, tensors = trainer.logits(batch)
    hard = span_loss(start, end, tensors, batch.group)
    assert trainer.batch_loss(batch)[0].item() == pytest.approx(hard.item())
    assert not list((recipe.labels or Path()).rglob("*.npy"))


def test_a_student_that_is_its_teacher_has_nothing_to_learn(recipe: Distillation) -> None:
    changes = {"base": recipe.teacher, "soft": 1.0, "dropout": 0.0}
    trainer = DistillationTrainer(recipe.model_copy(update=changes))
    other = DistillationTrainer(recipe.model_copy(update={"soft": 1.0, "dropout": 0.0}))
    batch = next(trainer.epoch(0))
    assert trainer.batch_loss(batch)[0].item() == pytest.approx(0, abs=1e-3)
    assert other.batch_loss(batch)[0].item() > 0.1


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_that_was_stopped_goes_on_exactly(
    recipe: Distillation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    recipe = recipe if kept else recipe.model_copy(update={"labels": None})
    distill(recipe)
    whole = load_file(recipe.output / "model.safetensors")
    changes = {"output": tmp_path / "out2", "checkpoints": tmp_path / "checkpoints2"}
    again = recipe.model_copy(update={**changes, "save_every_minutes": 1e-9})
    train_step = DistillationTrainer.train_step

    def stop_at_five(trainer: DistillationTrainer, batches: Any) -> float:
        if trainer.step == 5:
            raise Stopped
        return train_step(trainer, batches)

    with monkeypatch.context() as patched:
        patched.setattr(DistillationTrainer, "train_step", stop_at_five)
        with pytest.raises(Stopped):
            distill(again)
    assert distill(again, resume=True).steps > 5
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_marks_that_are_kept_are_made_once_and_are_those_made_anew(
    recipe: Distillation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanmem.reader.training.teacher._SHARD", 10)
    trainer = DistillationTrainer(recipe)
    numbers = [25, 3, 47]
    kept = trainer.teacher.marks(numbers)
    paths = sorted((recipe.labels or Path()).rglob("*.npy"))
    assert len(paths) == -(-len(trainer.plan.windows) // 10) == 5
    paths[2].unlink()  # a run was killed behind the others
    asked: list[int] = []
    logits = SpanReader.logits

    def counted(reader: SpanReader, windows: Any) -> Any:
        asked.append(len(windows))
        return logits(reader, windows)

    with monkeypatch.context() as patched:
        patched.setattr(SpanReader, "logits", counted)
        again = DistillationTrainer(recipe)
    assert asked == [10]
    fresh = DistillationTrainer(recipe.model_copy(update={"labels": None})).teacher.marks(numbers)
    for one, two, three in zip(kept, again.teacher.marks(numbers), fresh, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, three, rtol=1e-2, atol=1e-2)
    paths[0].write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match=r"holds no marks of these windows.*remove it"):
        DistillationTrainer(recipe).teacher.marks([3])


@pytest.mark.parametrize(
    "changes", [{"title_dropout": 0.0}, {"window": 112}, {"seed": 5}, {"teacher": "base"}]
)
def test_marks_of_other_windows_or_of_another_teacher_are_others(
    recipe: Distillation, rows: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    text = " ".join(["the river flows to the sea ."] * 40)
    rewrite(recipe, [{**row, "title": "The Mill", "negatives": [["Sea", text]]} for row in rows])
    recipe = recipe.model_copy(update={"held_out_articles": 0.0})
    if changes.get("teacher"):
        changes = {"teacher": recipe.base}
    for each in (recipe, recipe, recipe.model_copy(update=changes)):
        DistillationTrainer(each)
    folders = [path for path in (recipe.labels or Path()).iterdir() if path.is_dir()]
    assert len(folders) == 2


def test_the_teacher_marks_the_student_s_own_windows(recipe: Distillation) -> None:
    trainer = DistillationTrainer(recipe)
    teacher = as_span_model(
        DistillationTrainer(recipe.model_copy(update={"base": recipe.teacher})).model.eval()
    )
    for batch in trainer.epoch(0):
        arrays = [torch.from_numpy(a) for a in (batch.ids, batch.mask, batch.types)]
        with torch.no_grad():
            expected = teacher(*arrays).numpy()
        marks = trainer._marks(batch)
        seen = batch.context.copy()
        seen[:, 0] = True
        np.testing.assert_allclose(marks[seen], expected[seen], atol=0.05, rtol=0.02)
        assert np.isneginf(marks[~seen]).all()


@pytest.mark.parametrize("family", ["mpnet", "roberta", "deberta-v2"])
def test_a_teacher_with_another_tokenizer_marks_the_same_characters(
    recipe: Distillation, rows: list[dict[str, Any]], tmp_path: Path, family: str
) -> None:
    write_family(family, tmp_path / family)
    rewrite(recipe, [{**row, "title": "The Mill"} for row in rows])
    changes = {"teacher": str(tmp_path / family), "held_out_articles": 0.0, "soft": 0.5}
    trainer = DistillationTrainer(recipe.model_copy(update=changes))
    assert distill(recipe.model_copy(update={**changes, "epochs": 1.0})).steps
    reader = trainer.teacher.reader
    for window, marks in zip(
        trainer.plan.windows, trainer.teacher.marks(range(len(trainer.plan.windows))), strict=True
    ):
        assert marks.shape == (1 + window.row.until - window.row.at, 2)
        cut, _ = trainer.teacher._window(window)
        ((start, end),) = reader.logits([cut])
        inner = slice(cut.at, cut.at + cut.last - cut.first)
        for ours, theirs in ((marks[1:, 0], start), (marks[1:, 1], end)):
            # Whatever the tokens are: all that the teacher marks arrives, and the null beside it.
            total = np.logaddexp.reduce(ours.astype(np.float64))
            assert total == pytest.approx(np.logaddexp.reduce(theirs[inner]), abs=0.02)
        assert marks[0, 0] == pytest.approx(float(start[cut.null]), abs=0.02, rel=0.01)


def borders(text: str, cuts: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    edges = sorted({0, len(text), *cuts})
    return np.array([*itertools.pairwise(edges)], np.int64).reshape(-1, 2)


CUTS = st.lists(st.integers(1, 19), max_size=12)


@given(CUTS, CUTS, st.data())
def test_what_is_marked_on_other_tokens_keeps_its_place_and_its_mass(
    ours: list[int], theirs: list[int], data: st.DataObject
) -> None:
    mine, other = borders("x" * 20, ours), borders("x" * 20, theirs)
    sizes = st.lists(st.floats(-9, 9, width=32), min_size=len(other), max_size=len(other))
    start, end = (np.array(data.draw(sizes), np.float32) for _ in range(2))
    mapped = onto(mine, other, start, end)
    assert mapped.shape == (len(mine), 2)
    for i, (a, b) in enumerate(mine):
        for column, inside in (
            (start, (other[:, 0] >= a) & (other[:, 0] < b)),
            (end, (other[:, 1] > a) & (other[:, 1] <= b)),
        ):
            got = mapped[i, 0 if column is start else 1]
            if inside.any():
                assert got == pytest.approx(np.logaddexp.reduce(column[inside]), abs=1e-4)
            else:
                assert np.isneginf(got)


def test_blanks_between_tokens_belong_to_what_stands_beside_them() -> None:
    """The other tokenizer's second token begins with the blank before its word."""
    ours, theirs = np.array([[0, 3], [4, 7]]), np.array([[0, 3], [3, 7]])
    start, end = np.array([1, 2], np.float32), np.array([3, 4], np.float32)
    assert onto(ours, theirs, start, end).tolist() == [[1, 3], [2, 4]]
    assert onto(theirs, ours, start, end).tolist() == [[1, 3], [2, 4]]
    assert onto(np.empty((0, 2), np.int64), theirs, start, end).shape == (0, 2)


def test_the_soft_loss_is_the_mean_divergence_under_both_normalizations() -> None:
    rng = np.random.default_rng(0)
    start, end = (torch.tensor(rng.normal(size=(2, 5)), dtype=torch.float32) for _ in range(2))
    marks = torch.tensor(rng.normal(size=(2, 5, 2)), dtype=torch.float32)
    context = torch.tensor([[0, 0, 1, 1, 0], [0, 0, 1, 1, 1]], dtype=torch.bool)

    def divergence(ours: torch.Tensor, theirs: torch.Tensor) -> float:
        p, q = torch.softmax(theirs / 2, -1), torch.softmax(ours / 2, -1)
        return float((p * (p / q).log()).sum())

    parts: list[float] = []
    for ours, theirs in ((start, marks[..., 0]), (end, marks[..., 1])):
        local = [[0, 2, 3], [0, 2, 3, 4]]
        parts.append(
            float(np.mean([divergence(ours[i, at], theirs[i, at]) for i, at in enumerate(local)]))
        )
        shared = [2, 3, 7, 8, 9]
        parts.append(divergence(ours.flatten()[shared], theirs.flatten()[shared]))
    loss = soft_span_loss(start, end, marks, context, 2, 2.0)
    assert float(loss) == pytest.approx(4 * np.mean(parts), rel=1e-4)


def test_a_token_that_the_teacher_never_marks_has_a_finite_loss_and_gradient() -> None:
    marks = torch.zeros(1, 4, 2)
    marks[0, 2] = -torch.inf
    context = torch.tensor([[0, 0, 1, 1]], dtype=torch.bool)
    logits = torch.randn(1, 4, requires_grad=True)
    for temperature in (0.5, 2.0):
        loss = soft_span_loss(logits, logits, marks, context, 1, temperature)
        [grad] = torch.autograd.grad(loss, [logits])
        assert torch.isfinite(loss)
        assert torch.isfinite(grad).all()
        assert grad[0, 2] > 0  # less of it


def test_passages_of_which_nobody_knows_are_learned_from_the_teacher_alone(
    recipe: Distillation, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    sea = ["", "the sea was long ."]
    rewrite(recipe, [{**row, "negatives": [], "passages": [sea]} for row in rows[:6]])
    bare: list[dict[str, Any]] = [
        {"question": "what flows ?", "passages": [sea, ["", "A long river ."]]},
        {"question": "who built it ?", "context": "The old mill was built in 1912 ."},
        {"question": "where ?"},
    ]
    more = tmp_path / "bare.jsonl"
    more.write_text("\n".join(map(json.dumps, bare)))
    trainer = DistillationTrainer(recipe.model_copy(update={"unmarked": (more,)}))
    assert trainer.ledger.left_out == {"it has neither a context nor found passages": 1}
    targets = [
        [w.row.start for w in trainer.plan.windows if w.question == q["question"]] for q in bare
    ]
    assert targets == [[UNKNOWN, UNKNOWN], [UNKNOWN], []]
    for question in {row["question"] for row in rows[:6]}:
        own, found = (w.row for w in trainer.plan.windows if w.question == question)
        assert own.start > 0
        assert found.start == found.end == UNKNOWN
    for batch in trainer.epoch(0):
        loss, _ = trainer.batch_loss(batch)
        assert torch.isfinite(loss)
    trainer.train()
    seen = Provenance.load(recipe.output)
    assert {"rows.jsonl.gz", "bare.jsonl"} <= {*seen.files}
    assert seen.seen(["Who built it?", "what flows"]).all()


def test_of_a_window_of_which_nothing_is_known_there_is_no_hard_loss() -> None:
    logits = torch.randn(2, 4, requires_grad=True)
    context = torch.tensor([[0, 0, 1, 1]] * 2, dtype=torch.bool)
    targets = torch.tensor([2, UNKNOWN])
    batch = {"context": context, "start": targets, "end": targets}
    [grad] = torch.autograd.grad(span_loss(logits, logits, batch, 2), [logits])
    assert grad[0].any()
    assert not grad[1].any()  # neither alone nor beside the other
    nothing = {**batch, "start": targets[1:], "end": targets[1:], "context": context[1:]}
    assert span_loss(logits[1:], logits[1:], nothing, 1).item() == 0


def test_what_the_teacher_has_seen_the_student_has_seen(
    recipe: Distillation, config: ReaderTraining, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({**rows[0], "question": "what did the teacher see ?"}))
    teacher = {"data": (other,), "epochs": 1.0, "output": tmp_path / "large"}
    train(config.model_copy(update={**teacher, "checkpoints": tmp_path / "large.checkpoints"}))
    distill(recipe.model_copy(update={"teacher": str(tmp_path / "large"), "epochs": 1.0}))
    seen = Provenance.load(recipe.output)
    assert {*seen.files} == {"other.jsonl", "rows.jsonl.gz"}
    assert seen.seen(["What did the teacher see?", rows[0]["question"]]).all()
    text = (recipe.output / "spanmem.json").read_text()
    facts = json.loads(text)
    assert facts["teacher"].startswith("large@")
    assert facts["training"]["soft"] == 0.8
    assert str(tmp_path) not in text  # it is published with the weights


def test_a_checkpoint_under_another_teacher_is_refused(recipe: Distillation) -> None:
    distill(recipe.model_copy(update={"epochs": 1.0}))
    other = recipe.model_copy(update={"epochs": 1.0, "teacher": recipe.base})
    with pytest.raises(InputError, match="its start weights were others"):
        distill(other, resume=True)


def test_a_student_of_fewer_layers_is_trained_from_the_first_ones(recipe: Distillation) -> None:
    distill(recipe.model_copy(update={"layers": 1, "epochs": 1.0}))
    assert json.loads((recipe.output / "config.json").read_text())["num_hidden_layers"] == 1
    names = load_file(recipe.output / "model.safetensors")
    assert not any(".layer.1." in name for name in names)
    assert best_texts(recipe.output, [{"question": "what ?", "context": "the old mill"}])
