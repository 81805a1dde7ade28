# pyright: reportPrivateUsage=false
from __future__ import annotations

import gzip
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.core.errors import InputError
from spanmem.core.records import Passage
from spanmem.models.training.recipes import held_out
from spanmem.reader.provenance import Provenance
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.training.fine_tuning import ReaderTraining, _Run, span_loss, train
from spanmem.reader.training.trainer import learning_rate
from spanmem.reader.windows import Windows
from tests.rooms import ROOT

ROW = '{"question": "q", "context": "a", "answers": %s}\n'
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
        threads=1,
    )


class Stopped(Exception):
    """Stands for the kill in the middle of a run."""


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_run_that_was_stopped_goes_on_exactly(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, average: float
) -> None:
    config = config.model_copy(update={"average": average})
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
    reader = SpanReader.load(config.output, device="cpu", windows=Windows(128, 8))
    requests = [
        ReadRequest(f"{question} 1", (Passage(document="d", start=0, end=len(text), text=text),))
        for text, question, _ in CONTEXTS
    ]
    found = [reading.spans[0].text for reading in reader.read(requests)]
    assert found == [answer for *_, answer in CONTEXTS]


def test_the_log_for_tensorboard_has_loss_and_rate(config: ReaderTraining) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = train(config.model_copy(update={"epochs": 16.0}))
    events = EventAccumulator(str(config.checkpoints / "tensorboard")).Reload()
    for name in ("loss", "learning_rate"):
        points = events.Scalars(name)
        assert [point.step for point in points] == list(range(20, result.steps + 1, 20))
        assert points[0].value > points[-1].value


def test_the_mean_of_the_weights_is_what_is_exported(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "qa_outputs.weight"
    seen: list[torch.Tensor] = []
    advance = _Run._advance

    def look(run: _Run, batches: Any) -> float:
        rate = advance(run, batches)
        seen.append(run.model.state_dict()[name].clone())
        return rate

    monkeypatch.setattr(_Run, "_advance", look)
    train(config.model_copy(update={"average": 0.8}))
    mean = seen[0]
    for weights in seen[1:]:
        mean = 0.8 * mean + 0.2 * weights
    exported = load_file(config.output / "model.safetensors")[name]
    torch.testing.assert_close(exported, mean.half(), rtol=1e-2, atol=1e-5)
    assert not torch.allclose(exported, seen[-1].half(), rtol=1e-2, atol=1e-5)


def test_accumulated_batches_count_as_one_large_one(config: ReaderTraining) -> None:
    still = config.model_copy(update={"dropout": 0.0, "accumulate": 2})
    run = _Run(still, resume=False)
    whole = _Run(still.model_copy(update={"accumulate": 1}), resume=False)
    assert run.total == -(-whole.total // 2)
    batches = next(run._batches())
    assert len(batches) == 2
    weights = list(run.model.parameters())
    mean = torch.stack([run.batch_loss(batch)[0] for batch in batches]).mean()
    expected = torch.autograd.grad(mean, weights)
    held = [torch.nn.Parameter(w.detach()) for w in weights]
    for parameter, grad in zip(held, expected, strict=True):
        parameter.grad = grad.clone()
    torch.nn.utils.clip_grad_norm_(held, 1.0)
    seen: list[torch.Tensor] = []
    step = run.optimizer.step

    def look(*arguments: Any) -> None:
        seen.extend(w.grad.clone() for w in weights if w.grad is not None)
        step(*arguments)

    run.optimizer.step = look
    run._advance(batches)
    for ours, parameter in zip(seen, held, strict=True):
        torch.testing.assert_close(ours, parameter.grad, rtol=1e-4, atol=1e-6)


def test_what_an_epoch_leaves_over_begins_the_next_step(config: ReaderTraining) -> None:
    thrice = config.model_copy(update={"accumulate": 3, "epochs": 2.0, "batch_tokens": 512})
    run = _Run(thrice, resume=False)
    batches = [batch for number in (0, 1) for batch in run.epoch(number)]
    assert len(batches) // 2 % 3, "an epoch fills its steps, so that nothing is left over"
    dealt = [batch for step in run._batches() for batch in step]
    assert run.total == -(-len(batches) // 3)
    for ours, batch in zip(dealt, batches, strict=False):
        np.testing.assert_array_equal(ours.ids, batch.ids)


def test_a_loss_that_is_no_number_ends_the_run(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _Run(config, resume=False)
    monkeypatch.setattr(run, "batch_loss", lambda batch: (torch.tensor(math.nan), 1))
    with pytest.raises(InputError, match=r"the loss of step 0 is nan.*lower `learning_rate`"):
        run.finish()


def test_what_the_start_weights_were_trained_on_is_found_under_a_hub_s_name(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(config)
    earlier = Provenance.load(config.output)
    monkeypatch.setattr(
        "spanmem.reader.training.fine_tuning.fetch", lambda name: {"some/one": config.output}[name]
    )
    monkeypatch.setattr(
        "spanmem.reader.training.checkpoints.fetch", lambda name: {"some/one": config.output}[name]
    )
    other = tmp_path / "other.jsonl"
    row = json.loads(gzip.decompress(config.data[0].read_bytes()).splitlines()[0])
    other.write_text(json.dumps({**row, "title": "", "question": "what is long ?"}))
    again = {"base": "some/one", "data": (other,), "output": tmp_path / "again"}
    train(config.model_copy(update={**again, "checkpoints": tmp_path / "again.checkpoints"}))
    found = Provenance.load(tmp_path / "again")
    assert {*earlier.files, "other.jsonl"} == {*found.files}
    assert {*earlier.questions} < {*found.questions}


def test_without_progress_it_stops_and_the_best_weights_are_kept(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = gzip.decompress(config.data[0].read_bytes()).decode()
    titled = tmp_path / "titled.jsonl"
    titled.write_text(rows.replace('"title": ""', '"title": "Wall"'))
    scores = iter([10.0, 30.0, 20.0, 30.0, 99.0])
    weights: list[dict[str, torch.Tensor]] = []

    def judged(run: _Run) -> float:
        weights.append({k: v.clone() for k, v in run.model.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(_Run, "validate", judged)
    watched = {"validate_every": 2, "patience": 2, "held_out_articles": 0.5}
    assert held_out("Wall", 0.5)
    result = train(config.model_copy(update={**watched, "data": (*config.data, titled)}))
    assert result.steps == 8
    kept = load_file(config.output / "model.safetensors")
    assert all(torch.equal(weights[1][key].half(), kept[key]) for key in kept)
    assert not all(torch.equal(weights[3][key].half(), kept[key]) for key in kept)


def test_a_score_is_the_f1_of_held_out_questions(config: ReaderTraining, tmp_path: Path) -> None:
    data = tmp_path / "titled.jsonl"
    rows = [json.loads(line) for line in gzip.decompress(config.data[0].read_bytes()).splitlines()]
    out = [{**row, "title": "Held out"} for row in rows[:6]]
    data.write_text("\n".join(map(json.dumps, rows + out)))
    # "Held out" is an article that falls to the share of one half.
    run = _Run(
        config.model_copy(update={"data": (data,), "held_out_articles": 0.5, "window": 128}),
        resume=False,
    )
    assert len(run.plan.examples) == len(rows)
    assert 0 <= run.validate() <= 100


def recipe(config: ReaderTraining, folder: Path, **changes: Any) -> Path:
    """The configuration as a file, with its results in `folder`."""
    table = json.loads(config.model_dump_json())
    places = {"output": str(folder / "out"), "checkpoints": str(folder / "checkpoints")}
    folder.mkdir()
    path = folder / "recipe.yaml"
    path.write_text(json.dumps({**table, **places, **changes}))  # JSON is YAML
    return path


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "out" / "model.safetensors")


@pytest.mark.slow
def test_a_killed_command_goes_on_with_resume(config: ReaderTraining, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spanmem", "train", "reader"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    changes = {"epochs": 60.0, "save_every_minutes": 1e-4}
    subprocess.run([*command, recipe(config, whole, **changes)], cwd=ROOT, check=True)
    path = recipe(config, killed, **changes)
    with subprocess.Popen([*command, path], cwd=ROOT) as process:
        state = killed / "checkpoints" / "state.json"
        while not state.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert not (killed / "out").exists()
    subprocess.run([*command, path, "--resume"], cwd=ROOT, check=True)
    expected, found = weights_of(whole), weights_of(killed)
    assert all(torch.equal(expected[key], found[key]) for key in expected)


@pytest.mark.slow
def test_two_devices_train_as_one_that_accumulates(config: ReaderTraining, tmp_path: Path) -> None:
    still = config.model_copy(update={"dropout": 0.0})
    one, two = tmp_path / "one", tmp_path / "two"
    train_one = [sys.executable, "-m", "spanmem", "train", "reader"]
    # What `accelerate launch` starts for two GPUs; for two processes on a CPU it wants MPI.
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    changes = {"save_every_minutes": 60.0}
    subprocess.run([*train_one, recipe(still, one, accumulate=2, **changes)], cwd=ROOT, check=True)
    subprocess.run(
        [*launch, "-m", "spanmem", *train_one[3:], recipe(still, two, **changes)],
        cwd=ROOT,
        env={**os.environ, "ACCELERATE_USE_CPU": "true"},
        check=True,
    )
    steps = [json.loads((f / "out" / "spanmem.json").read_text())["steps"] for f in (one, two)]
    assert steps[0] == steps[1] > 3
    expected, found = weights_of(one), weights_of(two)
    for key in expected:
        torch.testing.assert_close(found[key], expected[key], rtol=0, atol=2e-3)


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
        ('"text"\n', r"rows\.jsonl:1 is no question row"),
        (ROW % '{"text": ["a"], "answer_start": []}', "not every answer has its answer_start"),
        (ROW % '{"text": ["a"]}', "rows.jsonl:1 is no question row"),
        (
            ROW % '{"text": [], "answer_start": []}, "title": 3',
            "title, question or context is no text",
        ),
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
        with pytest.raises(InputError, match=rf"{number}\.jsonl\.gz: cannot be unpacked"):
            train(config.model_copy(update={"data": (path,)}))


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
