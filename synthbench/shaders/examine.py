"""The process that tries strangers' programs: it compiles one, draws it, and says what it saw. ``clean`` kills it where it hangs.

Messages, as JSON lists:    parent -> worker    ["examine" | "portrait" | "measure", text]  ["stop"]
                            worker -> parent    ["ready", renderer]     ["done", result]    ["done", {}] PNG
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.errors import SynthbenchError
from synthbench.render.encode import encode
from synthbench.render.process import Loss, Message, Process, events
from synthbench.render.worker import die_with
from synthbench.shaders.canvas import Canvas, CompileError

TIMES = (0.53, 2.17, 4.71, 8.89)
"""Seconds at which every program is looked at: within the paper's 0.1 to 10, no two a whole number apart."""
SIZE, PORTRAIT, LARGE = 64, 128, 384
GRID = 8
LEVELS = 2
"""Frames whose pixels differ by so much or less, of 255, are taken as equal."""
MEMORY = 4 * 2**30
"""Bytes of memory that a process may take; a compile bomb takes more."""
FPS_SECONDS, FPS_FRAMES = 0.25, 50


def main(descriptor: int, parent: int) -> None:
    """Serve the parent until it says stop or dies."""
    die_with(parent)
    os.dup2(2, 1)
    connection, canvas = Connection(descriptor), Canvas()
    connection.send_bytes(json.dumps(["ready", canvas.renderer]).encode())
    actions = {"examine": examine, "portrait": portrait, "measure": measure}
    while True:
        try:
            kind, *arguments = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        if kind == "stop":
            return
        try:
            result, body = actions[kind](canvas, *arguments)
        except CompileError as error:
            result, body = {"dropped": "does not compile", "detail": str(error)[:300]}, b""
        except Exception as error:
            result, body = {"dropped": "cannot be drawn", "detail": f"{type(error).__name__}: {error}"[:300]}, b""
        canvas.forget(arguments[0])
        connection.send_bytes(json.dumps(["done", result]).encode() + b"\n" + body)


def examine(canvas: Canvas, source: str) -> tuple[dict[str, Any], bytes]:
    """What a program draws at ``TIMES``: whether anything, whether it moves, its hash and its descriptor.

    The descriptor is the frames averaged to 8x8 cells: base64 of (4, 8, 8, 3) uint8.
    """
    frames = np.stack([canvas.draw(source, t, SIZE) for t in TIMES]).astype(np.int16)
    cells = frames.reshape(len(TIMES), GRID, SIZE // GRID, GRID, SIZE // GRID, 3).mean((2, 4))
    result = {
        "hash": hashlib.sha256(frames.astype(np.uint8).tobytes()).hexdigest()[:32],
        "cells": base64.b64encode(np.rint(cells).astype(np.uint8).tobytes()).decode(),
    }
    if int(np.ptp(frames, axis=(1, 2)).max()) <= LEVELS:
        result["dropped"] = "blank"
    elif int(np.ptp(frames, axis=0).max()) <= LEVELS:
        result["dropped"] = "static over time"
    return result, b""


def portrait(canvas: Canvas, source: str) -> tuple[dict[str, Any], bytes]:
    """A PNG for the contact sheet."""
    return {}, encode(canvas.draw(source, TIMES[1], PORTRAIT), "png", 95)


def measure(canvas: Canvas, source: str) -> tuple[dict[str, Any], bytes]:
    """The paper's Table 1 for one program: JPEG (quality 95) and gzip (level 9, raw RGB) in kB of 1000 bytes, the mean of frames of
    384x384 at ``TIMES``; frames/s of drawing and reading back, compilation excluded."""
    frames = [canvas.draw(source, t, LARGE) for t in TIMES]
    n, start = 0, time.perf_counter()
    while n < FPS_FRAMES and (n == 0 or time.perf_counter() - start < FPS_SECONDS):
        canvas.draw(source, 0.1 + 0.2 * n, LARGE)
        n += 1
    return {
        "fps": n / (time.perf_counter() - start),
        "jpeg_kb": float(np.mean([len(encode(f, "jpeg", 95)) / 1000 for f in frames])),
        "gzip_kb": float(np.mean([len(gzip.compress(np.ascontiguousarray(f).tobytes(), 9, mtime=0)) / 1000 for f in frames])),
    }, b""


class Examiner(Process):
    """One such process, seen from the parent, and the program that it looks at."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__("synthbench.shaders.examine", environment)
        self.item: tuple[Any, str] | None = None

    def give(self, kind: str, item: tuple[Any, str]) -> None:
        self.item, self.busy = item, True
        self.send(kind, item[1])

    def take(self) -> Any:
        """The tag of the program that it is done with."""
        tag, self.item, self.busy = self.item[0] if self.item else None, None, False
        return tag

    def memory(self) -> int:
        """Bytes that it holds now (Linux; 0 elsewhere)."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0


STARTS = 3
QUICK = {"MESA_SHADER_CACHE_DISABLE": "true", "GALLIVM_PERF": "nopt"}
"""Mesa: no cache on disk for programs that are seen once; machine code that is made in half the time and runs slower."""
EXACT = {"MESA_SHADER_CACHE_DISABLE": "true"}


def outcomes(
    kind: str, programs: Iterator[tuple[Any, str]], *, workers: int, deadline: float, environment: dict[str, str]
) -> Iterator[tuple[Any, dict[str, Any], bytes]]:
    """Give programs (tag, text) to worker processes; each (tag, result, body) as it comes, in no fixed order.

    A program on which its process hangs, dies or takes more than 4 GiB comes with a result that says so; the process is replaced.

    Raises:
        SynthbenchError: processes die before they begin: no GL, say.
    """
    hands, failures, item = list[Examiner](), 0, next(programs, None)
    try:
        while item is not None or any(hand.item for hand in hands):
            while item is not None and len(hands) < workers:
                hands.append(Examiner(environment))
            for hand in hands:
                if hand.ready and hand.item is None and item is not None:
                    hand.give(kind, item)
                    item = next(programs, None)
            for hand, event in [*events(hands, deadline), *_greedy(hands)]:
                if isinstance(event, Message):
                    if event.head[0] == "done":
                        yield hand.take(), event.head[1], event.body
                    continue
                hands.remove(hand)
                if hand.item is not None:
                    yield hand.take(), {"dropped": "hangs" if "hung" in event.what else "crashes its process", "detail": event.what}, b""
                elif (failures := failures + 1) == STARTS:
                    raise SynthbenchError(f"the processes that draw programs do not start: each {event.what}. Try `synthbench doctor`.")
    finally:
        for hand in hands:
            hand.kill()


def _greedy(hands: list[Examiner]) -> list[tuple[Examiner, Message | Loss]]:
    found: list[tuple[Examiner, Message | Loss]] = []
    for hand in hands:  # one that events() has just reported dead holds nothing
        if hand.item is not None and hand.memory() > MEMORY:
            hand.kill()
            found.append((hand, Loss(f"took more than {MEMORY // 2**30} GiB of memory")))
    return found
