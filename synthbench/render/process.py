"""A worker process, seen from the parent, and the rules for how long it may be silent.

The workers are fresh interpreters (as with multiprocessing's ``spawn``, but without running the caller's ``__main__``
again, so a plain script needs no ``if __name__ == "__main__"``), connected to the parent by a ``multiprocessing``
connection.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeVar

from synthbench import errors
from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError, SynthbenchError

STARTUP = 120.0
"""Seconds until the first message: for imports and the generator's constructor (JIT compilation, assets)."""
TICK = 0.25
PATIENCE = 20
"""A worker that waits for a CPU is given up after this many further deadlines, even if it has not had its full time."""
BOOT = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); import json, sys; sys.path[:] = "
    "json.loads(sys.argv[1]);from {module} import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
WORKER = "SYNTHBENCH_WORKER"
"""Environment variable with a worker's number, by which workers share out GPUs (``shaders.canvas``)."""
# LP: llvmpipe, Mesa's software renderer
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA", "LP")


P = TypeVar("P", bound="Process")


@dataclass(frozen=True)
class Loss:
    """The end of a worker, as in "hung for 20 s" or "crashed its process (SIGSEGV)"."""

    what: str


@dataclass(frozen=True)
class Message:
    """A message of a worker (``worker`` lists the kinds); ``body`` holds the encoded image, if there is one."""

    head: list[Any]
    body: bytes


class Process:
    """A process that serves its parent through a connection: ``main(descriptor, parent)`` of ``module``."""

    def __init__(self, module: str, environment: dict[str, str] | None = None) -> None:
        self.connection, theirs = Pipe()
        threads = {f"{name}_NUM_THREADS": "1" for name in THREADS}  # processes are the parallelism
        command = [
            sys.executable,
            "-c",
            BOOT.format(module=module),
            json.dumps(sys.path),
            str(theirs.fileno()),
            str(os.getpid()),
        ]
        # PYTHONHASHSEED: a set's order must not differ from worker to worker.
        environment = {**threads, **os.environ, **(environment or {}), "PYTHONHASHSEED": "0"}
        with theirs:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment
            )
        self.ready, self.seen_at = False, time.monotonic()
        self.silent, self.starved_before = 0.0, 0.0
        self.spent_before, self.spent_last, self.still = 0.0, 0.0, 0.0
        self.busy = False  # whether an answer is due; set by whoever sends it work
        self.label: str | None = None  # the last announced label
        self.k: int | None = None  # the current image, unless it is one of a batch

    def send(self, *message: Any) -> None:
        """Send one of the messages listed in ``worker``."""
        with suppress(OSError):  # it has died: the next receive reports it
            self.connection.send_bytes(json.dumps(message).encode())

    def receive(self) -> Message:
        """Wait for the next message. Raises EOFError or OSError if the process has died."""
        head, _, body = self.connection.recv_bytes().partition(b"\n")
        message = Message(json.loads(head), body)
        if message.head[0] == "label":
            _, self.label, self.k = message.head
        self.ready = self.ready or message.head[0] == "ready"
        return message

    def spent(self) -> float | None:
        """Seconds of CPU time used so far, over all threads (Linux; None elsewhere)."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return None

    def starved(self) -> float:
        """Seconds that its threads have waited for a CPU so far (Linux; 0 elsewhere): a busy machine does not mean a
        hanging program."""
        waited = 0
        for file in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            with suppress(OSError, ValueError, IndexError):  # a thread may end in the meantime
                waited += int(file.read_text(encoding="utf-8").split()[1])
        return waited / 1e9

    def hangs(self, allowed: float, passed: float, idle: float) -> str | None:
        """The reason to treat it as hanging, ``passed`` seconds after the last request; None if it is not. See
        ``events``."""
        spent = self.spent() if idle > 1.0 else None
        if spent is None:
            starved = self.starved() - self.starved_before if self.silent > allowed else 0.0
            return f"hung for {allowed:g} s" if self.silent - min(starved, PATIENCE * allowed) > allowed else None
        self.still = self.still + passed if spent <= self.spent_last else 0.0
        self.spent_last = spent
        if spent - self.spent_before > allowed:
            return f"hung for {allowed:g} s of CPU time"
        if self.still > idle * allowed or self.silent > PATIENCE * idle * allowed:
            return f"hung for {min(self.silent, self.still or self.silent):.0f} s with almost no CPU time used"
        return None

    def join(self, seconds: float) -> None:
        """Wait for its end, up to a timeout."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=seconds)

    def kill(self) -> int:
        """Kill the process if it is alive, release it, and return its exit code."""
        self.process.kill()
        self.connection.close()
        return self.process.wait()

    def crashed(self) -> Loss:
        """The reason why it ended."""
        self.join(2)  # it may have closed the pipe and still be alive
        code = self.kill()
        if code >= 0:
            return Loss(f"ended its process (exit code {code})")
        hint = ": out of memory?" if code == -signal.SIGKILL else ""
        return Loss(f"crashed its process ({signal.Signals(-code).name}{hint})")


class WorkerProcess(Process):
    """A process that renders one recipe."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        size: int,
        seed: int,
        format: str,
        quality: int,
        number: int = 0,
    ) -> None:
        super().__init__("synthbench.render.worker", {WORKER: str(number)})
        output = {"size": size, "seed": seed, "format": format, "quality": quality}
        self.send("setup", {"recipe": recipe.model_dump(), **output})


def events(workers: Sequence[P], deadline: float, *, idle: float = 1.0) -> Iterator[tuple[P, Message | Loss]]:
    """Wait briefly; then yield one message of each worker that has sent one, and a Loss for each that hangs (it is
    killed) or has died.

    A worker hangs if it has used ``deadline`` seconds without a message. Time counts only while the parent looks (at
    most a second at a time), so stopping and continuing a run does not kill workers; and it does not count while a
    worker waits for a CPU, up to ``PATIENCE`` deadlines.

    Args:
        workers: processes of this parent.
        deadline: seconds.
        idle: if more than 1, the deadline is in CPU time, which does not depend on the load of the machine; a worker
            that uses no CPU time (it waits in a driver, say) has this many deadlines, and ``PATIENCE`` times as many if
            it uses a little. If CPU time cannot be read, the deadline is in wall time.
    """
    heard = wait([w.connection for w in workers], timeout=TICK)
    now = time.monotonic()
    for worker in workers:
        passed, worker.seen_at = min(now - worker.seen_at, 1.0), now
        if worker.connection in heard or (worker.process.poll() is not None and worker.connection.poll()):
            worker.silent = 0.0
            try:
                yield worker, worker.receive()
            except (EOFError, OSError):
                yield worker, worker.crashed()
        elif worker.process.poll() is not None:  # dead, but a child process keeps the pipe open
            yield worker, worker.crashed()
        elif worker.ready and not worker.busy:
            worker.silent = 0.0
        else:
            if not worker.silent:
                worker.starved_before, worker.spent_before, worker.still = worker.starved(), worker.spent() or 0.0, 0.0
                worker.spent_last = worker.spent_before
            worker.silent += passed
            allowed = deadline if worker.ready else STARTUP
            if (why := worker.hangs(allowed, passed, idle if worker.ready else 1.0)) is not None:
                worker.kill()
                yield worker, Loss(why)


def unloadable(kind: str, message: str) -> SynthbenchError:
    """The error that ``Recipe.load`` raised in a worker, recreated in the parent."""
    found = getattr(errors, kind, GeneratorError)
    if issubclass(found, errors.UsageError):
        return errors.UsageError(message)
    if issubclass(found, errors.StorageError):
        return errors.StorageError(message)
    return GeneratorError(message)
