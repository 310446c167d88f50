"""Progress without a bar: a line per minute in the log and, without a terminal, on stderr."""

from __future__ import annotations

import pytest

from synthbench.cli import console
from synthbench.errors import DataError
from synthbench.progress import Log, Pace, Reporter, speed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("rate", "text"), [(1234.5, "1,234.5/s"), (1.0, "1.0/s"), (0.5, "2.0 s each"), (1 / 43.2, "43.2 s each")]
)
def test_a_slow_rate_is_shown_as_the_time_of_one(rate, text):
    assert speed(rate) == text


def test_one_line_per_minute_and_one_at_the_end():
    clock = Clock()
    pace = Pace(clock)
    pace.begin("pretrain")
    lines = []
    for step in range(100, 401):  # an interrupted run resumes at step 100, half a second per step
        clock.now += 0.5
        lines.append(pace.line(step, 400, f"loss {step / 100:.3f}"))
    assert [line for line in lines if line] == [
        "pretrain 219 of 400, loss 2.190, 2.0/s, 0:01:30 left",
        "pretrain 339 of 400, loss 3.390, 2.0/s, 0:00:30 left",
        "pretrain 400 of 400, loss 4.000, 2.0/s",
    ]
    assert pace.line(400, 400) is None, "the end is said once"


def test_one_line_per_minute_without_a_known_total():
    clock = Clock()
    pace = Pace(clock)
    pace.begin("look")
    lines = []
    for done in range(1, 301):
        clock.now += 0.5
        lines.append(pace.line(done, 0, "programs"))
    assert [line for line in lines if line] == ["look 120, programs, 2.0/s", "look 240, programs, 2.0/s"]


def test_the_log_and_stderr_have_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Pace, "EVERY", 0.0)
    console.err.width = 200
    with console.Terminal() as terminal:
        log = Log(tmp_path / "log.txt", terminal)
        log.stage("pretrain", "resnet18")
        log.progress(1, 2, "loss 4.000")
        log.progress(2, 2, "loss 3.000")
    written = [line.split(" ", 2)[2] for line in (tmp_path / "log.txt").read_text().splitlines()]
    assert written[0] == "pretrain: resnet18"
    assert written[1] == "pretrain 1 of 2, loss 4.000" and written[2].startswith("pretrain 2 of 2, loss 3.000, ")
    said = capsys.readouterr().err
    assert "pretrain 1 of 2, loss 4.000" in said and "pretrain 2 of 2, loss 3.000, " in said


def test_a_reporter_may_ignore_all(tmp_path):
    Log(tmp_path / "log.txt", Reporter()).progress(1, 100)
    assert not (tmp_path / "log.txt").exists()


def test_a_log_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot write .*absent/log\.txt: No such file or directory"):
        Log(tmp_path / "absent" / "log.txt", Reporter()).note("news")
