"""One run on two machines, started by ``torchrun`` on each: what one process makes, also after a machine was lost.

The machines are two network namespaces with a cable between them and names of their own, where the tests may make such
(root, Linux); elsewhere two loopback addresses.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from rank_training import data, rules, small
from two_ranks import free_port

from synthbench.pretrain import encoder
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain

PROTOCOL = "simclr-resnet18"
SCRIPT = f"""
import os, sys, time
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[2])
from rank_training import data, rules, small
from synthbench.errors import SynthbenchError
from synthbench.pretrain import encoder
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.ranks import join

encoder.architecture = small
torch.set_num_threads(1)
out = Path(sys.argv[1])

def progress(done, total, loss):
    lost = out / "lost"
    if ranks.rank == 1 and not lost.exists() and done == 2:
        lost.with_suffix(".tmp").write_text(str(os.getpid()))
        lost.with_suffix(".tmp").rename(lost)
        time.sleep(100)

try:
    with join() as ranks:
        how = Execution(torch.device("cpu"), ranks=ranks, checkpoint_s=0)
        made = pretrain(data(), protocol=rules("{PROTOCOL}"), seed=0, out=out, execution=how, progress=progress)
        if ranks.first:
            end = {{"losses": made.losses, "weights": made.encoder.backbone.state_dict(), "from": made.resumed_at}}
            torch.save(end, out / "end.pt")
except SynthbenchError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
Machine = Callable[[list[str]], list[str]]
"""What is typed -> the command that types it on that machine."""


def torchrun(endpoint: str, words: list[str], more: tuple[str, ...] = ()) -> list[str]:
    """The command of docs/cluster.md, with one process a machine."""
    rendezvous = ["--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d", "--rdzv-endpoint", endpoint]
    return [sys.executable, "-m", "torch.distributed.run", *rendezvous, *more, *words]


def begin(command: list[str]) -> subprocess.Popen[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def on_loopback(words: list[str]) -> list[subprocess.Popen[str]]:
    port = free_port()
    places = ("127.0.0.2", "127.0.0.3")
    return [begin(torchrun(f"127.0.0.2:{port}", words, ("--local-addr", place))) for place in places]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The script and the folder that both machines see."""
    out = tmp_path_factory.mktemp("machines")
    script = out / "script.py"
    script.write_text(SCRIPT)
    return [str(script), str(out), str(Path(__file__).parents[1])]


@pytest.fixture(scope="module")
def lost(words: list[str]) -> tuple[int, str]:
    """Exit code and errors of the first machine, when the second was lost at the end of its second step."""
    mark = Path(words[1]) / "lost"
    first, second = on_loopback(words)
    try:
        until = time.monotonic() + 120
        while not mark.exists():
            assert first.poll() is None and second.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        second.kill()
        os.kill(int(mark.read_text()), signal.SIGKILL)
        _, errors = first.communicate(timeout=120)
    finally:
        for one in (first, second):
            one.kill()
            one.communicate()
    return first.returncode, errors


def test_the_loss_of_a_machine_ends_the_others(lost, words):
    code, errors = lost
    assert code == 1
    assert "rank 0 of 2 lost the other ranks (" in errors
    assert "The last checkpoint is kept; the same command continues from there." in errors
    assert (Path(words[1]) / CHECKPOINT).is_file() and not (Path(words[1]) / "end.pt").exists()


def test_the_same_command_goes_on_to_what_one_process_makes(lost, words, machines, tmp_path, monkeypatch):
    both = machines(words)
    for one in both:
        try:
            _, errors = one.communicate(timeout=120)
        finally:
            one.kill()
        assert one.returncode == 0, errors
    monkeypatch.setattr(encoder, "architecture", small)
    alone = pretrain(data(), protocol=rules(PROTOCOL), seed=0, out=tmp_path, execution=Execution(torch.device("cpu")))
    end = torch.load(Path(words[1]) / "end.pt", weights_only=True)
    assert end["from"] == 1
    assert end["losses"] == pytest.approx(alone.losses, rel=1e-5)
    for key, value in alone.encoder.backbone.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(
                end["weights"][key], value, rtol=1e-3, atol=1e-5, msg=lambda text, key=key: f"{key}: {text}"
            )


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Callable[[list[str]], list[subprocess.Popen[str]]]]:
    """Start the command on two machines."""
    names = [f"synthbench-{os.getpid()}-{end}" for end in "ab"]
    try:
        if not (os.geteuid() == 0 and shutil.which("ip") and shutil.which("unshare")):
            yield on_loopback
            return
        try:
            connect(names)
        except subprocess.CalledProcessError:  # a container without the right to
            yield on_loopback
            return
        hosts = tmp_path / "hosts"
        hosts.write_text("127.0.0.1 localhost\n10.77.0.1 first\n10.77.0.2 second\n")
        yield lambda words: [
            begin(inside(name, host, hosts, torchrun("first:29500", words)))
            for name, host in zip(names, ("first", "second"), strict=True)
        ]
    finally:
        for name in names:
            with suppress(OSError):
                subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


def connect(names: list[str]) -> None:
    """Make the namespaces and the cable between them."""
    ends = [f"sb{os.getpid()}{end}" for end in "ab"]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    for name in names:
        ip("netns", "add", name)
    ip("link", "add", ends[0], "netns", names[0], "type", "veth", "peer", "name", ends[1], "netns", names[1])
    for name, end, number in zip(names, ends, (1, 2), strict=True):
        ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", end)
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "set", end, "up")


def inside(name: str, host: str, hosts: Path, command: list[str]) -> list[str]:
    """A command in a namespace, on a machine of that name that knows the others by ``hosts``."""
    settle = """
echo "$0" > /proc/sys/kernel/hostname && mount --bind "$1" /etc/hosts && mount --bind /dev/null /etc/resolv.conf &&
    shift && exec "$@"
"""
    return ["ip", "netns", "exec", name, "unshare", "--uts", "--mount", "sh", "-c", settle, host, str(hosts), *command]
