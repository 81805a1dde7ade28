"""The trainer: steps, rates, means of weights, and runs that go on where they stopped."""

from __future__ import annotations

import errno
import gzip
import json
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from spanmem.core.errors import InputError, StorageError
from spanmem.models.training.recipes import held_out
from spanmem.reader.training.fine_tuning import ReaderTrainer, ReaderTraining, train
from spanmem.reader.training.trainer import learning_rate
from tests.rooms import ROOT


class Stopped(Exception):
    """Stands for the kill in the middle of a run."""


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_run_that_was_stopped_goes_on_exactly(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, average: float
) -> None:
    config = config.model_copy(update={"average": average})
    train(config)
    whole = load_file(config.output / "model.safetensors")
    again = config.model_copy(
        update={
            "output": tmp_path / "out2",
            "checkpoints": tmp_path / "checkpoints2",
            "save_every_minutes": 1e-9,
        }
    )
    train_step = ReaderTrainer.train_step

    def stop_at_seven(trainer: ReaderTrainer, batches: Any) -> float:
        if trainer.step == 7:
            raise Stopped
        return train_step(trainer, batches)

    with monkeypatch.context() as patched:
        patched.setattr(ReaderTrainer, "train_step", stop_at_seven)
        with pytest.raises(Stopped):
            train(again)
    assert not again.output.exists()
    result = train(again, resume=True)
    assert result.steps > 7
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_the_learning_rate_rises_stays_and_falls(config: ReaderTraining) -> None:
    shape = config.model_copy(update={"warmup": 0.1, "decay": 0.5, "learning_rate": 1.0})
    rates = [learning_rate(step, 100, shape) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:50] == [1.0] * 40
    assert rates[75] == pytest.approx(0.5)
    assert 0 < rates[99] < 0.05


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
    train_step = ReaderTrainer.train_step

    def look(trainer: ReaderTrainer, batches: Any) -> float:
        rate = train_step(trainer, batches)
        seen.append(trainer.model.state_dict()[name].clone())
        return rate

    monkeypatch.setattr(ReaderTrainer, "train_step", look)
    train(config.model_copy(update={"average": 0.8}))
    mean = seen[0]
    for weights in seen[1:]:
        mean = 0.8 * mean + 0.2 * weights
    exported = load_file(config.output / "model.safetensors")[name]
    torch.testing.assert_close(exported, mean.half(), rtol=1e-2, atol=1e-5)
    assert not torch.allclose(exported, seen[-1].half(), rtol=1e-2, atol=1e-5)


def test_accumulated_batches_count_as_one_large_one(config: ReaderTraining) -> None:
    still = config.model_copy(update={"dropout": 0.0, "accumulate": 2})
    trainer = ReaderTrainer(still)
    whole = ReaderTrainer(still.model_copy(update={"accumulate": 1}))
    assert trainer.total_steps == -(-whole.total_steps // 2)
    batches = next(trainer.step_batches())
    assert len(batches) == 2
    weights = list(trainer.model.parameters())
    mean = torch.stack([trainer.batch_loss(batch)[0] for batch in batches]).mean()
    expected = torch.autograd.grad(mean, weights)
    held = [torch.nn.Parameter(w.detach()) for w in weights]
    for parameter, grad in zip(held, expected, strict=True):
        parameter.grad = grad.clone()
    torch.nn.utils.clip_grad_norm_(held, 1.0)
    gradients: list[torch.Tensor] = []
    step = trainer.optimizer.step

    def look(*arguments: Any) -> None:
        gradients.extend(w.grad.clone() for w in weights if w.grad is not None)
        step(*arguments)

    trainer.optimizer.step = look
    trainer.train_step(batches)
    for ours, parameter in zip(gradients, held, strict=True):
        torch.testing.assert_close(ours, parameter.grad, rtol=1e-4, atol=1e-6)


def test_what_an_epoch_leaves_over_begins_the_next_step(config: ReaderTraining) -> None:
    thrice = config.model_copy(update={"accumulate": 3, "epochs": 2.0, "batch_tokens": 512})
    trainer = ReaderTrainer(thrice)
    batches = [batch for number in (0, 1) for batch in trainer.epoch(number)]
    assert len(batches) // 2 % 3, "an epoch fills its steps, so that nothing is left over"
    dealt = [batch for step in trainer.step_batches() for batch in step]
    assert trainer.total_steps == -(-len(batches) // 3)
    for ours, batch in zip(dealt, batches, strict=False):
        np.testing.assert_array_equal(ours.ids, batch.ids)


def test_a_loss_that_is_no_number_ends_the_run(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = ReaderTrainer(config)
    monkeypatch.setattr(trainer, "batch_loss", lambda batch: (torch.tensor(math.nan), 1))
    with pytest.raises(InputError, match=r"the loss of step 0 is nan.*lower `learning_rate`"):
        trainer.train()


def state_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder but the log's."""
    files = (p for p in folder.rglob("*") if p.is_file() and "tensorboard" not in p.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e6])
def test_weights_that_the_last_step_lost_are_never_written(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    train_step = ReaderTrainer.train_step

    def lose(trainer: ReaderTrainer, batches: Any) -> float:
        rate = train_step(trainer, batches)
        if trainer.step == trainer.total_steps:
            with torch.no_grad():
                next(iter(trainer.model.parameters()))[0, 0] = bad
        return rate

    monkeypatch.setattr(ReaderTrainer, "train_step", lose)
    with pytest.raises(InputError, match=r"not finite any more.*lower `learning_rate`"):
        train(config.model_copy(update={"epochs": 1.0}))
    # A million is finite until it is written in float16.
    assert bool(state_of(config.checkpoints)) == math.isfinite(bad)
    assert not config.output.exists()


def test_a_gradient_that_is_no_number_ends_the_run(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = ReaderTrainer(config)
    weight = next(iter(trainer.model.parameters()))

    def steep(_batch: Any) -> tuple[torch.Tensor, int]:
        return (weight[0, 0] * 0).sqrt(), 1  # 0, whose slope is 0 * infinity

    monkeypatch.setattr(trainer, "batch_loss", steep)
    with pytest.raises(InputError, match="the gradient of step 0 is nan"):
        trainer.train()


def ending(when: str, error: BaseException) -> Any:
    """`torch.save` that ends in the middle of the file whose name holds `when`."""
    save = torch.save

    def saved(state: Any, file: Any) -> None:
        if when in str(getattr(file, "name", "")):
            file.write(b"half a checkpoint")
            raise error
        save(state, file)

    return saved


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), StorageError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_full_disk_or_an_interruption_leaves_the_last_checkpoint(
    config: ReaderTraining,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    told: type[BaseException],
) -> None:
    often = config.model_copy(update={"save_every_minutes": 1e-9})
    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", ending("state-3", error))
        with pytest.raises(told) as caught:
            train(often)
    if told is StorageError:
        assert "state-3.pt: No space left" in str(caught.value)
    assert sorted(state_of(config.checkpoints)) == ["state-2.pt", "state.json"]
    assert not config.output.exists()
    assert train(often, resume=True).steps > 3


def test_a_full_disk_at_the_end_leaves_the_model_that_was_there(
    config: ReaderTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = config.model_copy(update={"epochs": 1.0})
    train(short)
    before = state_of(config.output)

    def refuse(_path: Path) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr("spanmem.models.training.outputs.files.sync", refuse)
    monkeypatch.setattr(ReaderTrainer, "_save", lambda _: None)
    with pytest.raises(StorageError, match=r"cannot write [^ ]*/out/spanmem\.json: .*[Qq]uota"):
        train(short.model_copy(update={"learning_rate": 1e-3}))
    assert state_of(config.output) == before


@pytest.mark.parametrize("change", ["data", "base", "recipe", "checkpoint of before"])
def test_a_checkpoint_of_another_training_is_not_gone_on_from(
    config: ReaderTraining, tmp_path: Path, change: str
) -> None:
    short = config.model_copy(update={"epochs": 1.0})
    train(short)
    before = state_of(config.checkpoints)
    said = {
        "data": "data were rows.jsonl.gz, and are other.jsonl",
        "base": "its start weights were others",
        "recipe": r"learning_rate was 0\.003, and is 0\.01",
        "checkpoint of before": "does not tell what it was trained on",
    }
    if change == "data":
        other = tmp_path / "other.jsonl"
        other.write_bytes(gzip.decompress(config.data[0].read_bytes()).replace(b"built", b"made"))
        short = short.model_copy(update={"data": (other,)})
    elif change == "base":
        base = shutil.copytree(config.base, tmp_path / "other base")
        save_file(
            {k: v + 1 for k, v in load_file(base / "model.safetensors").items()},
            base / "model.safetensors",
            metadata={"format": "pt"},
        )
        short = short.model_copy(update={"base": str(base)})
    elif change == "recipe":
        short = short.model_copy(update={"learning_rate": 0.01})
    else:
        facts = json.loads((config.checkpoints / "state.json").read_text())
        del facts["run"]
        before["state.json"] = json.dumps(facts).encode()
        (config.checkpoints / "state.json").write_bytes(before["state.json"])
    with pytest.raises(InputError, match=said[change]):
        train(short, resume=True)
    assert state_of(config.checkpoints) == before


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"file": "none.pt"}'])
def test_a_broken_checkpoint_is_said(config: ReaderTraining, broken: str) -> None:
    short = config.model_copy(update={"epochs": 1.0})
    trainer = ReaderTrainer(short)
    config.checkpoints.mkdir()
    table = broken.replace("}", f', "run": {json.dumps(trainer.identity.to_json())}}}')
    (config.checkpoints / "state.json").write_text(table)
    with pytest.raises(InputError, match=r"cannot be read .*train anew, without --resume"):
        ReaderTrainer(short, resume=True)


def test_without_progress_it_stops_and_the_best_weights_are_kept(
    config: ReaderTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = gzip.decompress(config.data[0].read_bytes()).decode()
    titled = tmp_path / "titled.jsonl"
    titled.write_text(rows.replace('"title": ""', '"title": "Wall"'))
    scores = iter([10.0, 30.0, 20.0, 30.0, 99.0])
    weights: list[dict[str, torch.Tensor]] = []

    def judged(trainer: ReaderTrainer) -> float:
        weights.append({k: v.clone() for k, v in trainer.model.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(ReaderTrainer, "validate", judged)
    watched = {"validate_every": 2, "patience": 2, "held_out_articles": 0.5}
    assert held_out("Wall", 0.5)
    result = train(config.model_copy(update={**watched, "data": (*config.data, titled)}))
    assert result.steps == 8
    kept = load_file(config.output / "model.safetensors")
    assert all(torch.equal(weights[1][key].half(), kept[key]) for key in kept)
    assert not all(torch.equal(weights[3][key].half(), kept[key]) for key in kept)


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
