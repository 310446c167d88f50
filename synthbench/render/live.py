"""Live rendering: batches of new images during training, without a disk.

Image k is the same as in a stored data set. Epoch e of a data set of N images has the images e N to (e + 1) N - 1, so
no image is used twice, and a resumed run starts at the step where it stopped and gets the same images as an
uninterrupted one.

A program that hangs or crashes twice, in the order of the steps, is not tried again; a resumed run gives it two tries
more.

A thread runs the render pool and keeps up to ``DEPTH`` batches ready. Pixels come through the workers' pipes, a batch
in one message: at 96 px that takes 0.05 ms an image, so shared memory would buy little. Where training is slower, the
thread stops taking images and the workers wait.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Self

import numpy as np

from synthbench.dataset.manifest import LeftOut
from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError
from synthbench.generator import label_of
from synthbench.render.pool import Pool, Settings, too_many

DEPTH = 4
"""Number of batches kept ready. Together with the batches being rendered (one per worker), this bounds the memory."""


class _Closed(Exception):
    """No more images are needed."""


class Live:
    """Batches of images in the order of the steps. Use it in a ``with`` statement, which ends the workers.

    Args:
        n: images per epoch.
        size: height and width in pixels.
        seed: of the images.
        workers: render processes.
        deadline: seconds without a sign of life after which an image is given up.
    """

    def __init__(self, recipe: Recipe, *, n: int, size: int, seed: int, workers: int, deadline: float = 20.0) -> None:
        self.left_out: list[LeftOut] = []
        """Images that could not be rendered; a batch lacks them, as a stored data set does."""
        self._n, self._recipe = n, recipe
        self._settings = Settings(size, seed, workers, deadline, format="raw")
        self.drawn = np.empty(0, np.int64)
        """The images of the last batch, without those that could not be rendered."""
        self._ready: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._wanted, self._changed = 0, threading.Condition()
        self._error: BaseException | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """Images per epoch."""
        return self._n

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def start(self, first: int, steps: int, ks: Callable[[int], np.ndarray]) -> None:
        """Start rendering.

        Args:
            first: the step that is requested first.
            steps: the step after the last one.
            ks: step -> (B,) the images of its batch.
        """
        self._wanted = first
        if first >= steps:
            return
        # The thread starts the workers and outlives them: the kernel kills a worker when the thread that started it
        # ends.
        self._thread = threading.Thread(target=self._serve, args=(first, steps, ks), name="live rendering", daemon=True)
        self._thread.start()

    def batch(self, step: int) -> np.ndarray:
        """The images of a step, (B, S, S, 3) uint8, in the order of its ``ks``; steps must be requested in order.

        Raises:
            GeneratorError: the generator fails on more than half of the images, or on all but one of this batch.
        """
        with self._changed:
            self._wanted = step
            self._changed.notify_all()
            self._changed.wait_for(lambda: step in self._ready or self._error is not None)
            if step not in self._ready and self._error is not None:
                raise self._error
            (images, self.drawn), self._wanted = self._ready.pop(step), step + 1
            self._changed.notify_all()
        if len(images) < 2:
            reasons = sorted({x.cause for x in self.left_out})[:3]
            raise GeneratorError(
                f"{self._recipe.name}: step {step + 1} has fewer than two images. Reasons: {'; '.join(reasons)}."
            )
        return images

    def _serve(self, first: int, steps: int, ks: Callable[[int], np.ndarray]) -> None:
        wanted: dict[int, np.ndarray] = {}
        size, deadline = self._settings.size, self._settings.deadline

        def jobs(n_labels: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
            for step in range(first, steps):
                wanted[step] = ks(step)
                yield (
                    step,
                    [
                        (int(k), label_of(int(k), n_labels))
                        for k in sorted(wanted[step], key=lambda k: (label_of(int(k), n_labels), k))
                    ],
                )

        try:
            seen = 0
            with Pool(self._recipe, self._settings) as pool:
                for done in pool.run(jobs(len(pool.labels)), limit=sys.maxsize, progress=self._check, lasting=True):
                    seen += len(done.images) + len(done.left_out)
                    there = np.array([k for k in wanted.pop(done.index).tolist() if k in done.images], np.int64)
                    self._hand_over(done.index, (done.pixels(there.tolist(), size), there), done.left_out)
                    if 2 * len(self.left_out) > max(seen, self._n):
                        raise too_many(self._recipe, self.left_out, max(seen, self._n) // 2, deadline)
        except _Closed:
            pass
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _check(self, _: int) -> None:
        if self._closed:
            raise _Closed

    def _hand_over(self, step: int, images: tuple[np.ndarray, np.ndarray], left_out: list[LeftOut]) -> None:
        with self._changed:
            self.left_out += left_out
            self._ready[step] = images
            self._changed.notify_all()
            # Full: wait, unless the step that training needs next is not among the ready ones.
            self._changed.wait_for(lambda: self._closed or len(self._ready) < DEPTH or self._wanted not in self._ready)
