"""Lanes: results of tasks, failures, and lost processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from synthbench.cluster import lanes
from synthbench.cluster.task import Task
from synthbench.errors import ClusterError
from synthbench.pretrain.stop import interrupts
from synthbench.progress import Reporter


class Notes(Reporter):
    def __init__(self) -> None:
        self.news = []

    def stage(self, name, detail=""):
        self.news.append(("stage", name, detail))

    def progress(self, done, total, text=""):
        self.news.append(("progress", done, total, text))

    def note(self, text):
        self.news.append(("note", text))


def test_results_failures_and_news():
    notes = Notes()
    tasks = [
        Task("a", "cluster_work:double", {"x": 4}),
        Task("b", "cluster_work:refuse", {}),
        Task("c", "cluster_work:fail", {}),
    ]
    found = {
        outcome.task.name: outcome
        for outcome in lanes.run(tasks, [{}], watch=lambda task: notes if task.name == "a" else Reporter())
    }
    assert (found["a"].value, found["a"].failed) == (8, "")
    assert (found["b"].value, found["b"].failed) == (None, "there are no images")
    assert found["c"].failed == "KeyError: 'x'"
    assert notes.news == [("stage", "double", "a number"), ("progress", 1, 2, "half"), ("note", "nearly")]


def test_a_task_whose_process_dies_is_restarted(tmp_path):
    notes = Notes()
    task = Task("a", "cluster_work:die_once", {"mark": str(tmp_path / "mark")})
    (found,) = lanes.run([task], [{"LANE": "7"}], tries=2, watch=lambda _: notes)
    assert (found.value, found.failed) == ("7", "")
    assert notes.news == [
        ("note", "warning: the task crashed its process (SIGKILL: out of memory?); it is started again")
    ]


@pytest.mark.parametrize(("fresh", "processes"), [(False, 1), (True, 3)])
def test_tasks_share_a_process_or_have_their_own(fresh, processes):
    tasks = [Task(str(i), "cluster_work:process", {}) for i in range(3)]
    assert len({outcome.value for outcome in lanes.run(tasks, [{}], fresh=fresh)}) == processes


def test_stopping_early_gives_tasks_time_to_save(tmp_path):
    notes = Notes()
    going = lanes.run([Task("a", "cluster_work:wait", {"mark": str(tmp_path / "saved")})], [{}], watch=lambda _: notes)

    def note(text):
        raise KeyboardInterrupt

    notes.note = note
    with pytest.raises(KeyboardInterrupt):
        next(going)
    assert (tmp_path / "saved").exists()


DRIVER = """
import sys
from synthbench.cluster import lanes
from synthbench.cluster.task import Task
list(lanes.run([Task("a", "cluster_work:hold", {"mark": sys.argv[1]})], [{}]))
"""


def test_lanes_die_with_a_killed_parent(tmp_path):
    """So that the same command finds the folders of its runs free."""
    mark, environment = tmp_path / "mark", os.environ | {"PYTHONPATH": os.path.dirname(__file__)}
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(mark)], env=environment) as driver:
        while not mark.exists():
            assert driver.poll() is None
            time.sleep(0.01)
        driver.kill()
    lane, until = Path(f"/proc/{mark.read_text()}/stat"), time.monotonic() + 30
    with suppress(FileNotFoundError):
        while lane.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < until
            time.sleep(0.01)


def test_processes_that_do_not_start_are_named(monkeypatch):
    monkeypatch.setattr(lanes.Lane, "__init__", broken(lanes.Lane.__init__))
    with pytest.raises(ClusterError, match="the worker processes do not start: each .*Try `synthbench doctor`"):
        list(lanes.run([Task("a", "cluster_work:double", {"x": 1})], [{}]))


def broken(init):
    def start(self, number, environment):
        init(self, number, environment)
        self.process.kill()

    return start


def test_a_lane_keeps_ignoring_ctrl_c_during_training():
    """Ctrl-C in a terminal reaches the lanes too; with the SIGTERM of their parent it would be the second signal, which
    interrupts a step."""
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts() as seen:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGINT, kept)
