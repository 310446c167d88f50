"""The process that examines untrusted programs: it compiles a program, draws it, and reports the result.

``clean`` kills it if it hangs.

Messages, as JSON lists:    parent -> worker    ["examine" | "portrait" | "measure", text]  ["stop"]
                            worker -> parent    ["ready", renderer]     ["so far", result]  ["done", result]    ["done", {}] PNG
"""  # noqa: E501

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.errors import SynthbenchError
from synthbench.render.encode import encode
from synthbench.render.process import Loss, Message, Process, events
from synthbench.render.worker import die_with
from synthbench.shaders.canvas import Canvas, CompileError, UnknownInputError
from synthbench.shaders.near import descriptor

TIMES = (0.53, 2.17, 4.71, 8.89)
"""Times in seconds at which every program is examined: within the paper's 0.1 to 10, no two a whole number apart."""
MORE = (0.13, 1.31, 1.79, 2.83, 3.37, 4.13, 5.29, 5.93, 6.61, 7.43, 8.11, 9.47)
"""Further times for a program that seemed to draw nothing or not to move."""
SIZE, AGAIN, PORTRAIT, LARGE = 64, 256, 128, 384
LEVELS = 2
"""Frames whose pixels differ by at most this much, of 255, count as equal."""
MEMORY = 4 * 2**30
"""Maximum memory of a process in bytes; a compile bomb uses more."""
IDLE = 6.0
"""A process that uses no CPU (it waits in a GPU's driver) is given up after this many deadlines."""


def main(pipe: int, parent: int) -> None:
    """Serve the parent until it says stop or dies."""
    die_with(parent)
    os.dup2(2, 1)
    connection, canvas = Connection(pipe), Canvas()
    connection.send_bytes(json.dumps(["ready", canvas.renderer]).encode())

    def so_far(result: dict[str, Any]) -> None:
        connection.send_bytes(json.dumps(["so far", result]).encode())

    while True:
        try:
            kind, *arguments = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        if kind == "stop":
            return
        try:
            result, body = _ACTIONS[kind](canvas, *arguments, so_far)  # type: ignore[call-arg]
        except UnknownInputError as error:
            result, body = {"dropped": "reads an unknown input", "detail": str(error)[:300]}, b""
        except CompileError as error:
            result, body = {"dropped": "does not compile", "detail": str(error)[:300]}, b""
        except Exception as error:
            result, body = {"dropped": "cannot be drawn", "detail": f"{type(error).__name__}: {error}"[:300]}, b""
        canvas.forget(arguments[0])
        connection.send_bytes(json.dumps(["done", result]).encode() + b"\n" + body)


Tell = Callable[[dict[str, Any]], None]


def examine(canvas: Canvas, source: str, tell: Tell = lambda _: None) -> tuple[dict[str, Any], bytes]:
    """Examine what a program draws: whether it draws anything and moves, its hash and its descriptor.

    At 64 px and ``TIMES`` first. If it seems to draw nothing, or always the same, again: at 64 px and ``MORE`` times,
    then at 256 px (a program may count in pixels). ``tell`` receives the result before the last examination, which may
    take long.
    """
    frames = canvas.frames(source, TIMES, SIZE)
    if (flaw := seen(frames)) is not None:
        frames = np.concatenate([frames, canvas.frames(source, MORE, SIZE)])
        if (flaw := seen(frames)) is not None:
            tell(
                _result(
                    frames,
                    flaw,
                    f"at {SIZE} px, {len(TIMES + MORE)} times from {min(TIMES + MORE)} to {max(TIMES + MORE)} s",
                )
            )
            large = canvas.frames(source, TIMES, AGAIN)
            if (found := seen(large)) is not None:
                large = np.concatenate([large, canvas.frames(source, MORE[::3], AGAIN)])
                found = seen(large)
            frames, flaw = (
                (large, found)
                if found is None
                else (frames, "static over time" if "static over time" in (flaw, found) else flaw)
            )
    return _result(
        frames,
        flaw,
        f"at {SIZE} and {AGAIN} px, up to {len(TIMES + MORE)} times from {min(TIMES + MORE)} to {max(TIMES + MORE)} s",
    ), b""


def seen(frames: np.ndarray) -> str | None:
    """The fault of frames, (N, S, S, 3) uint8: "blank" if each has a single colour, "static over time" if all are
    equal."""
    if int(np.ptp(frames, axis=(1, 2)).max()) <= LEVELS:
        return "blank"
    return "static over time" if int(np.ptp(frames, axis=0).max()) <= LEVELS else None


def _result(frames: np.ndarray, flaw: str | None, looked: str) -> dict[str, Any]:
    result = {
        "hash": hashlib.sha256(frames.tobytes()).hexdigest()[:32],
        "descriptor": base64.b64encode(descriptor(telling(frames))).decode(),
    }
    return result | ({} if flaw is None else {"dropped": flaw, "detail": looked})


def telling(frames: np.ndarray) -> np.ndarray:
    """As many frames as there are ``TIMES``, in order: those that differ most from the mean frame."""
    if len(frames) == len(TIMES):
        return frames
    apart = np.abs(frames - frames.mean(0, dtype=np.float32)).mean((1, 2, 3))
    return frames[np.sort(np.argsort(-apart, kind="stable")[: len(TIMES)])]


def portrait(canvas: Canvas, source: str, tell: Tell = lambda _: None) -> tuple[dict[str, Any], bytes]:
    """A PNG for the contact sheet: the first frame with contrast, at 128 px, or downscaled from 256 px."""
    for size in (PORTRAIT, AGAIN):
        for frame in canvas.frames(source, (TIMES[1], *MORE[::4]), size):
            if np.ptp(frame, axis=(0, 1)).max() > LEVELS:
                return {}, encode(frame, "png", 95)
    return {}, encode(frame, "png", 95)


def measure(canvas: Canvas, source: str, tell: Tell = lambda _: None) -> tuple[dict[str, Any], bytes]:
    """The paper's Table 1 for one program: JPEG (quality 95) and gzip (level 9, raw RGB) in kB of 1000 bytes, the mean
    of frames of 384x384 at ``TIMES``; frames/s of drawing and reading back, without compilation; and one frame as a
    PNG.

    Software GL is timed in CPU seconds, which do not depend on the load of the machine.
    """
    canvas.draw(source, TIMES[1], 16)  # machine code is generated with the first frame
    clock = time.perf_counter if canvas.asynchronous else time.process_time
    start = clock()
    frames = canvas.frames(source, TIMES, LARGE)
    seconds = max(clock() - start, 1e-6)
    return {
        "fps": len(TIMES) / seconds,
        "jpeg_kb": float(np.mean([len(encode(f, "jpeg", 95)) / 1000 for f in frames])),
        "gzip_kb": float(
            np.mean([len(gzip.compress(np.ascontiguousarray(f).tobytes(), 9, mtime=0)) / 1000 for f in frames])
        ),
    }, encode(frames[1], "png", 95)


_ACTIONS = {"examine": examine, "portrait": portrait, "measure": measure}


def key_of(text: str) -> str:
    """A program's key: the hash of its text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class Examiner(Process):
    """A process of this kind, seen from the parent, and the program that it examines."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__("synthbench.shaders.examine", environment)
        self.item: tuple[Any, str] | None = None
        self.so_far: dict[str, Any] | None = None

    def give(self, kind: str, item: tuple[Any, str]) -> None:
        self.item, self.so_far, self.busy = item, None, True
        self.send(kind, item[1])

    def take(self) -> Any:
        """The tag of the program that it has finished."""
        tag, self.item, self.busy = self.item[0] if self.item else None, None, False
        return tag

    def verdict(self, loss: Loss) -> dict[str, Any]:
        """The result for a program on which the process was lost: the result so far, if any."""
        if self.so_far is not None:
            return self.so_far | {"dropped": f"{self.so_far['dropped']} at {SIZE} px", "unsure": True}
        return {"dropped": "hangs" if "hung" in loss.what else "crashes its process", "detail": loss.what}

    def memory(self) -> int:
        """Its memory in bytes (Linux; 0 elsewhere)."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf(
                "SC_PAGE_SIZE"
            )
        except (OSError, ValueError, IndexError):
            return 0


STARTS = 3
QUICK = {"MESA_SHADER_CACHE_DISABLE": "true", "GALLIVM_PERF": "nopt"}
"""Mesa: no disk cache, because programs are drawn only once; machine code that compiles in half the time and runs
slower."""
EXACT = {"MESA_SHADER_CACHE_DISABLE": "true"}


def outcomes(
    kind: str, programs: Iterator[tuple[Any, str]], *, workers: int, deadline: float, environment: dict[str, str]
) -> Iterator[tuple[Any, dict[str, Any], bytes]]:
    """Give programs (tag, text) to worker processes; yields each (tag, result, body), in no fixed order.

    A program on which its process hangs, dies or takes more than 4 GiB has a result that says so; the process is
    replaced. The deadline is in CPU time (``events``).

    Raises:
        SynthbenchError: processes die before they start: for example, without GL.
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
            for hand, event in [*events(hands, deadline, idle=IDLE), *_greedy(hands)]:
                if isinstance(event, Message):
                    if event.head[0] == "done":
                        yield hand.take(), event.head[1], event.body
                    elif event.head[0] == "so far":
                        hand.so_far = event.head[1]
                    continue
                hands.remove(hand)
                if hand.item is not None:
                    result = hand.verdict(event)
                    yield hand.take(), result, b""
                elif (failures := failures + 1) == STARTS:
                    raise SynthbenchError(
                        f"the processes that draw programs do not start: each {event.what}. Try `synthbench doctor`."
                    )
    finally:
        for hand in hands:
            hand.kill()


def _greedy(hands: list[Examiner]) -> list[tuple[Examiner, Message | Loss]]:
    found: list[tuple[Examiner, Message | Loss]] = []
    for hand in hands:  # one that events() has just reported dead has no memory
        if hand.item is not None and hand.memory() > MEMORY:
            hand.kill()
            found.append((hand, Loss(f"took more than {MEMORY // 2**30} GiB of memory")))
    return found
