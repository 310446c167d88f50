"""The worker process: loads the recipe, renders the parent's requests, and announces each label first.

Messages are a JSON list, for images followed by a newline and the encoded bytes (no pickle, because the programs are untrusted):

    parent -> worker    ["setup", {recipe, size, seed, format, quality}] first
                        ["render" or "single" or "check", [[k, label], ...], {program that is banned: reason}]     ["stop"]
    worker -> parent    ["ready", labels, renderer, notes]     ["unloadable", error class, message]     ["label", name, k or null]
                        (unloadable also if images at an address can no longer be read)
                        ["image", k] bytes              ["left", k, reason]     ["failed", reason]     ["done"]
                        ["images", [k, ...]] bytes      (format raw: a whole batch's pixels, each image's share of equal length)
                        ["redrawn", n]                  before images of which drawings were drawn again
                        ["seen", k, label, constant, sha256]     ["problem", k, label, what]
"""  # noqa: E501

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from synthbench.entrant.recipe import Recipe
from synthbench.errors import StorageError, SynthbenchError, UndecodableError, traced
from synthbench.generator import Generator, announce, listen, stream
from synthbench.render.encode import encode

Item = Sequence[int]
"""(k, label)."""
BREATH = 0.25
"""Seconds after which the same label is announced again, as a sign of life."""


class BannedError(Exception):
    """The generator is about to render a program that is banned."""


class BadImageError(Exception):
    """The generator did not return an image."""


def main(descriptor: int, parent: int) -> None:
    """Serve the parent until it says stop or dies (started by ``process.WorkerProcess``)."""
    die_with(parent)
    os.dup2(2, 1)  # a generator's prints must not end up in the output of `--json`
    Worker(Connection(descriptor)).serve()


def die_with(parent: int) -> None:
    """Let the kernel kill this process when ``parent`` dies, also by SIGKILL and while this process hangs."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    else:

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(1)
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    if os.getppid() != parent:  # it died before the call above
        os._exit(1)


def layers(generator: Generator) -> Iterator[Generator]:
    """A generator, the one that it wraps (``base``, as in a mix), and so on; the last one draws."""
    layer: object = generator
    while isinstance(layer, Generator):
        yield layer
        layer = getattr(layer, "base", None)


def renderer_of(generator: Generator) -> str:
    """The name of the renderer: of the first layer that has one; otherwise numpy."""
    named = (getattr(layer, "renderer", None) for layer in layers(generator))
    return next((str(name) for name in named if name), f"numpy {np.__version__}")


def notes(generator: Generator) -> list[str]:
    """The notes of all layers."""
    return [note for layer in layers(generator) for note in layer.notes]


def redrawn(generator: Generator) -> int:
    """The number of drawings that any layer rejected so far."""
    return sum(layer.redrawn for layer in layers(generator))


def checked(images: Any, shape: tuple[int, ...]) -> np.ndarray:
    """``images`` (an array or a torch tensor) as a numpy array, if it is uint8 of this shape.

    Raises:
        BadImageError: it is not; describes it.
    """
    if hasattr(images, "detach"):
        images = images.detach().cpu().numpy()
    if not isinstance(images, np.ndarray):
        hint = " (is its `return` missing?)" if images is None else ""
        raise BadImageError(f"returned {type(images).__name__}{hint}; it must return a numpy array {shape} uint8")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise BadImageError(f"returned {images.dtype} with NaN or infinity; it must return uint8 in 0..255")
    if images.dtype != np.uint8:
        raise BadImageError(
            f"returned dtype {images.dtype}; it must be uint8 (scale to 0..255, then .astype(np.uint8))"
        )
    if images.shape != shape:
        raise BadImageError(f"returned shape {images.shape}; it must be {shape}")
    return images


class Worker:
    """The state of a worker process."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.lock = connection, threading.Lock()
        _, setup = json.loads(connection.recv_bytes())
        self.size, self.seed, self.format, self.quality = (setup[key] for key in ("size", "seed", "format", "quality"))
        self.banned: dict[str, str] = {}
        self.recipe = Recipe.model_validate(setup["recipe"])
        self.k: int | None = None
        self.redrawn = 0
        self.announced: tuple[str, int | None, float] = ("", None, -1.0)

    def send(self, *message: Any, body: bytes | None = None) -> None:
        raw = json.dumps(message).encode()
        with self.lock:
            self.connection.send_bytes(raw if body is None else raw + b"\n" + body)

    def on_announce(self, name: str) -> None:
        label, k, when = self.announced
        if (label, k) != (name, self.k) or time.monotonic() - when > BREATH:
            self.announced = (name, self.k, time.monotonic())
            self.send("label", name, self.k)
        if name in self.banned:
            raise BannedError(self.banned[name])

    def serve(self) -> None:
        listen(
            self.on_announce
        )  # also while loading: indexing a million files reports progress and does not count as hanging
        try:
            self.generator = self.recipe.load()
            self.labels = [str(name) for name in self.generator.labels]
            renderer = renderer_of(self.generator)  # where there is no OpenGL, this says so
        except SynthbenchError as error:
            return self.send("unloadable", type(error).__name__, str(error))
        except Exception as error:
            return self.send("unloadable", "GeneratorError", f"{self.recipe.generator} does not start: {traced(error)}")
        self.send("ready", self.labels, renderer, notes(self.generator))
        actions = {"render": self.render, "single": self.single, "check": self.check}
        while True:
            try:
                kind, *arguments = json.loads(self.connection.recv_bytes())
            except (EOFError, OSError):  # the parent has died
                kind = "stop"
            if kind == "stop":
                return self.generator.close()
            items, self.banned = arguments
            self.announced = ("", None, -1.0)  # a batch says all that it draws with
            try:
                actions[kind](items)
            except StorageError as error:  # not a fault of the image: leaving it out would change the data set
                return self.send("unloadable", type(error).__name__, str(error))
            self.send("done")

    def draw(self, item: Item) -> np.ndarray:
        """Image k by ``render``, which defines image k."""
        self.k, label = item
        announce(self.labels[label])
        image = self.generator.render(label, stream(self.seed, self.k), self.size)
        return checked(image, (self.size, self.size, 3))

    def draw_batch(self, items: Sequence[Item]) -> np.ndarray:
        self.k = None
        streams = [stream(self.seed, k) for k, _ in items]
        images = self.generator.render_batch([label for _, label in items], streams, self.size)
        return checked(images, (len(items), self.size, self.size, 3))

    def tell_redrawn(self) -> None:
        """Report how many drawings were repeated for the following images."""
        before, self.redrawn = self.redrawn, redrawn(self.generator)
        if self.redrawn > before:
            self.send("redrawn", self.redrawn - before)

    def render(self, items: Sequence[Item]) -> None:
        self.redrawn = redrawn(self.generator)
        try:
            images = self.draw_batch(items)
        except StorageError:
            raise
        except (Exception, SystemExit) as error:
            return self.send("failed", self.reason(error))
        self.tell_redrawn()
        if self.format == "raw":  # nothing to encode, so nothing to wait for: one message costs a tenth of many
            return self.send("images", [k for k, _ in items], body=images.tobytes())
        for (k, _), image in zip(items, images, strict=True):
            self.send("image", k, body=encode(image, self.format, self.quality))

    def single(self, items: Sequence[Item]) -> None:
        for k, label in items:
            self.redrawn = redrawn(self.generator)
            try:
                image = self.draw((k, label))
            except StorageError:
                raise
            except (Exception, SystemExit) as error:
                self.send("left", k, self.reason(error))
            else:
                self.tell_redrawn()
                self.send("image", k, body=encode(image, self.format, self.quality))

    def check(self, items: Sequence[Item]) -> None:
        """Render each image with ``render`` and again with ``render_batch``; report the first problem, and the
        images left out (``preflight``)."""
        item = items[0]
        try:
            drawn, first = list[Item](), list[np.ndarray]()
            for item in items:
                try:
                    image = self.draw(item).copy()  # a generator may reuse its buffer
                except UndecodableError as error:
                    self.send("left", item[0], self.reason(error))
                    continue
                drawn.append(item)
                first.append(image)
                self.send(
                    "seen", *item, bool((image == image[0, 0]).all()), hashlib.sha256(image.tobytes()).hexdigest()
                )
            second = self.draw_batch(drawn).copy() if drawn else ()
            for item, a, b in zip(drawn, first, second, strict=True):
                if not np.array_equal(a, b):
                    raise BadImageError(self.difference(item, a, b))
        except StorageError:
            raise
        except (Exception, SystemExit) as error:
            where = "" if self.k is not None else f"(in a render_batch of {len(drawn)} images) "
            self.send("problem", *item, where + self.reason(error))

    def difference(self, item: Item, first: np.ndarray, second: np.ndarray) -> str:
        """Why the images of ``render`` and ``render_batch`` differ."""
        if not np.array_equal(first, self.draw(item)):
            advice = "use the given rng, not np.random, random, time or state left by an earlier image"
            return f"is not deterministic: a second rendering differs; {advice}"
        most = int(np.abs(first.astype(int) - second.astype(int)).max())
        return f"render_batch differs from render (by up to {most} of 255); they must give the same images"

    def reason(self, error: BaseException) -> str:
        if isinstance(error, BannedError | BadImageError | UndecodableError):
            return str(error)
        *_, own = layers(self.generator)
        return "raised " + traced(error, near=sys.modules[type(own).__module__].__file__)
