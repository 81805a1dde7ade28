from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import ModelError
from spanmem.models import bundled
from spanmem.reader.calibration import Calibration
from spanmem.reader.stopping import STOPPING, Stopping

RULE = Stopping(0.9, -1.0, {"lead": 0.5, "unread": -1.0})


def features(**values: float) -> dict[str, float]:
    return {**dict.fromkeys(STOPPING, 0.0), **values}


def test_a_long_lead_is_enough_and_many_unread_passages_are_not() -> None:
    assert RULE.enough(features(lead=8.0))
    assert not RULE.enough(features(lead=8.0, unread=3.0))
    assert RULE.stays(features(lead=2.0)) == 0.5


def test_the_rule_is_kept_with_the_calibration(tmp_path: Path) -> None:
    Calibration(2.0, 0.0, {"share": 1.0}, RULE).save(tmp_path, {})
    assert Calibration.load(tmp_path).stopping == RULE


def test_a_calibration_without_a_rule_reads_all(tmp_path: Path) -> None:
    Calibration(2.0, 0.0, {"share": 1.0}).save(tmp_path, {})
    path = tmp_path / "calibration.json"
    assert Calibration.load(tmp_path).stopping is None
    table = json.loads(path.read_text())
    del table["stopping"]  # as earlier releases wrote it
    path.write_text(json.dumps(table))
    assert Calibration.load(tmp_path).stopping is None


@pytest.mark.parametrize(
    "rule",
    [
        {"least": 0.9, "bias": 0.0},
        {"least": float("nan"), "bias": 0.0, "weights": {}},
        {"least": 0.9, "bias": 0.0, "weights": {"luck": 1.0}},
        {"least": "x", "bias": 0.0, "weights": {}},
        [],
    ],
)
def test_a_broken_rule_is_told_with_the_way_out(tmp_path: Path, rule: Any) -> None:
    Calibration(2.0, 0.0, {"share": 1.0}).save(tmp_path, {})
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "stopping": rule}))
    with pytest.raises(ModelError, match=r"is no calibration .*train calibration"):
        Calibration.load(tmp_path)


def test_the_bundled_reader_comes_with_a_rule_that_stops_late_rather_than_early() -> None:
    rule = Calibration.load(bundled("reader")).stopping
    assert rule is not None
    assert Stopping.of(asdict(rule)) == rule
    assert 0.5 < rule.least < 1
    sure = features(ahead=5.0, logits=15.0, lead=20.0, share=8.0, decided=1.0, unread=2.9)
    assert rule.enough(sure)
    assert not rule.enough(features(lead=0.5, unread=2.9))
