"""Models that were not trained to compare texts are taken, and that is said."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from spanmem.core.records import Prompts
from spanmem.indexer.encoders.kinds import remarks
from spanmem.indexer.encoders.sentence import SentenceEncoder
from tests.models.tiny import write_json


@pytest.mark.parametrize(
    ("architecture", "kind"),
    [
        ("BertForSequenceClassification", "a cross-encoder or classifier"),
        ("RobertaForQuestionAnswering", "a span reader"),
        ("T5ForConditionalGeneration", "a text generator"),
        ("GPT2LMHeadModel", "a text generator"),
        ("BertForMaskedLM", "a language model"),
    ],
)
def test_another_head_than_an_encoder_s_is_named(
    architecture: str, kind: str, tmp_path: Path
) -> None:
    write_json(tmp_path / "config.json", {"architectures": [architecture]})
    (line,) = remarks("it", tmp_path, Prompts())
    assert line.startswith(f"it is {kind} ({architecture})")
    write_json(tmp_path / "modules.json", [])
    assert remarks("it", tmp_path, Prompts()) == []


@pytest.mark.parametrize(("name", "first"), [("bge-small-en", True), ("my-model", False)])
def test_a_folder_that_does_not_tell_its_pooling_is_named(
    name: str, first: bool, tmp_path: Path
) -> None:
    write_json(tmp_path / name / "config.json", {"architectures": ["BertModel"]})
    (line,) = remarks(name, tmp_path / name, Prompts())
    assert "has no modules.json" in line
    assert ("[CLS]" in line) is first


@pytest.mark.parametrize(
    ("name", "prompts", "count"),
    [
        ("intfloat/multilingual-e5-small", Prompts(), 1),
        ("./e5_mine", Prompts(), 1),
        ("nomic-ai/nomic-embed-text-v1.5", Prompts(), 1),
        ("e5-small", Prompts("query: "), 0),
        ("e5-small", None, 0),
        ("node5-small", Prompts(), 0),
    ],
)
def test_prompts_that_are_missed_are_named(
    name: str, prompts: Prompts | None, count: int, tmp_path: Path
) -> None:
    write_json(tmp_path / "modules.json", [])
    lines = remarks(name, tmp_path, prompts)
    assert len(lines) == count
    assert all("set encoder.query_prompt" in line for line in lines)


def test_it_is_said_once_as_a_model_is_loaded(
    tiny_encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "my-e5-small")
    with caplog.at_level(logging.WARNING):
        SentenceEncoder(folder, device="cpu", query_prompt="", passage_prompt="")
        SentenceEncoder(device="cpu")
        assert caplog.messages == []
        SentenceEncoder(folder, device="cpu")
        SentenceEncoder(folder, device="cpu")
    assert len(caplog.messages) == 1
