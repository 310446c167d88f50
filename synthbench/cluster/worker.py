"""The process of a lane, which does tasks one after another.

parent -> worker    ["do", function, arguments]
worker -> parent    ["ready"]   ["news", method of Reporter, arguments...]   ["done", value, why it failed or ""]
"""

from __future__ import annotations

import json
import os
import signal
import time
from multiprocessing.connection import Connection

from synthbench.cluster.task import do
from synthbench.pretrain.stop import stopped
from synthbench.progress import Reporter
from synthbench.render.worker import die_with

BEAT = 1.0
"""Minimum seconds between two progress messages."""


class Sender(Reporter):
    """Sends messages to the parent; progress is rate limited."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._last = connection, 0.0

    def send(self, *message: object) -> None:
        """Send a message."""
        self._connection.send_bytes(json.dumps(message).encode())

    def stage(self, name: str, detail: str = "") -> None:
        self._last = 0.0
        self.send("news", "stage", name, detail)

    def progress(self, done: int, total: int, text: str = "") -> None:
        if time.monotonic() - self._last > BEAT:
            self._last = time.monotonic()
            self.send("news", "progress", done, total, text)

    def note(self, text: str) -> None:
        self.send("news", "note", text)


def main(descriptor: int, parent: int) -> None:
    """Serve the parent until it dies."""
    die_with(parent)
    os.dup2(2, 1)  # a generator's prints must not end up in the output of `--json`
    connection = Connection(descriptor)
    sender = Sender(connection)

    def stop(number: int, _frame: object) -> None:
        raise stopped(number)

    signal.signal(signal.SIGTERM, stop)
    try:
        sender.send("ready")
        while True:
            _, function, arguments = json.loads(connection.recv_bytes())
            sender.send("done", *do(function, arguments, sender))
    except (EOFError, OSError, KeyboardInterrupt):
        # the parent has died, or asks to stop: the task has saved what it can
        return
