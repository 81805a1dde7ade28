"""What TensorBoard reads of a training, and a disk that is full while it is written."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from spanmem.models.training.scalar_log import ScalarLog


def test_tensorboard_reads_each_point_as_soon_as_it_is_there(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with closing(ScalarLog(tmp_path / "log")) as log, closing(ScalarLog(tmp_path / "log")) as other:
        log.add_scalar("loss", 2.5, 20)
        log.add_scalar("loss", 1.5, 40)
        log.add_text("args", "{}")
        other.add_scalar("rate", 0.5, 20)
        events = EventAccumulator(str(tmp_path / "log")).Reload()
        assert events.Tags()["scalars"] == ["loss", "rate"]
        points = [(point.step, point.value) for point in events.Scalars("loss")]
        assert points == [(20, 2.5), (40, 1.5)]


def test_what_the_system_refuses_is_raised_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        ScalarLog(tmp_path / "file")
    log = ScalarLog(tmp_path / "log")
    log.close()
    with pytest.raises(ValueError, match="closed file"):
        log.add_scalar("loss", 1.0, 1)
