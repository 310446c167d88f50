"""The job script of docs/cluster.md for Slurm, with a real run and a scheduler that is played: what SIGTERM stops is
queued again and goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.result import folder

PROTOCOL = "simclr-resnet18-pocket"
TINY = {
    "data.images": 16, "data.size": 16, "augment.size": 16, "encoder.width": 8, "optimizer.batch": 8,
    "optimizer.epochs": 30, "optimizer.precision": "fp32", "evaluate.tasks": ["photos-gray"], "evaluate.size": 8,
    "evaluate.probes": ["knn"],
}  # fmt: skip
SRUN = """#!/bin/sh
echo $$ > "$0.pid"
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@"
"""
SYNTHBENCH = """#!/bin/sh
echo "$@" > "$0.words"
exec {python} -m synthbench {words}
"""


def test_a_job_that_is_told_to_stop_is_queued_again_and_goes_on(tmp_path, call):
    text = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text()
    (script,) = re.findall(r"```bash\n(#!/bin/bash\n.*?)```", text, re.DOTALL)
    out = tmp_path / "runs"
    words = ["run", "white-noise", f"--protocol={PROTOCOL}", "--checkpoint-minutes=0", "--workers=1", "--device=cpu"]
    words += [*(f"--set={key}={json.dumps(value)}" for key, value in TINY.items()), f"--out={out}"]
    quoted = " ".join(f"'{word}'" for word in words)
    commands = {
        "srun": SRUN,
        "synthbench": SYNTHBENCH.format(python=sys.executable, words=quoted),
        "scontrol": '#!/bin/sh\necho "$@" > "$0.words"\n',
    }
    for name, content in commands.items():
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        "SLURM_ARRAY_TASK_ID": "4",
        "SLURM_ARRAY_JOB_ID": "17",
        "SLURM_CPUS_PER_TASK": "8",
    }
    path = folder.run_folder(out, "white-noise", PROTOCOL, 0)
    with subprocess.Popen(["bash", "-c", script], env=environment, stderr=subprocess.PIPE, text=True) as job:
        try:
            while not (path / CHECKPOINT).exists():
                assert job.poll() is None, job.stderr.read()
                time.sleep(0.02)
        finally:
            os.kill(int((tmp_path / "srun.pid").read_text()), signal.SIGTERM)  # to the step, as --signal does
        _, said = job.communicate()
    assert job.returncode == 75, said
    assert "told to stop (SIGTERM); progress is saved. Run the same command to continue." in " ".join(said.split())
    assert (tmp_path / "scontrol.words").read_text() == "requeue 17_4\n"
    asked = (tmp_path / "synthbench.words").read_text()
    assert asked.startswith("run dead-leaves-mixed --seed 1 ") and "--workers 8" in asked
    assert not (path / folder.RESULT).exists()
    again = call(*words)
    assert again.code == 0, again.err
    assert "resumed at step" in (path / folder.LOG).read_text()
    assert (path / folder.RESULT).exists()
