"""The process that does jobs, one after another.

parent -> worker    ["score", job]      worker -> parent    ["ready"]   ["beat"]    ["done", result]
"""

from __future__ import annotations

import json
import os
import signal
import time
from multiprocessing.connection import Connection

from synthbench.pretrain.stop import stopped
from synthbench.render.worker import die_with
from synthbench.study.job import Job, score

BEAT = 2.0
"""Seconds between signs of life, at least."""


def main(descriptor: int, parent: int) -> None:
    """Serve the parent until it dies."""
    die_with(parent)
    os.dup2(2, 1)  # what a generator prints must not land in the output of `--json`
    connection, last = Connection(descriptor), 0.0

    def send(*message: object) -> None:
        connection.send_bytes(json.dumps(message).encode())

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > BEAT:
            last = time.monotonic()
            send("beat")

    def stop(number: int, _frame: object) -> None:
        raise stopped(number)

    signal.signal(signal.SIGTERM, stop)
    try:
        send("ready")
        while True:
            _, job = json.loads(connection.recv_bytes())
            send("done", score(Job(**job), beat))
    except (EOFError, OSError, KeyboardInterrupt):  # the parent has gone, or asks to stop: the images of the job in hand are deleted
        return
