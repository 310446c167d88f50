"""This process as the first of two ranks; the other is a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from synthbench.pretrain import ranks


def environment_of(number: int, port: int) -> dict[str, str]:
    """What ``torchrun`` sets."""
    return {
        "RANK": str(number),
        "LOCAL_RANK": str(number),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def first_of_two(second: list[str]) -> Iterator[subprocess.Popen[str]]:
    """This process is the first rank; ``second`` is the command of the other."""
    port = free_port()
    other = subprocess.Popen(
        second,
        env=os.environ | environment_of(1, port) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(0, port).items():
            patch.setenv(name, value)
        patch.setattr(ranks, "PATIENCE", timedelta(minutes=4))
        try:
            yield other
        finally:
            other.kill()
            other.communicate()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
