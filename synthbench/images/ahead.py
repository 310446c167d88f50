"""Read and decode images in threads before they are needed (Pillow's decoders release the GIL)."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

J = TypeVar("J", bound=Iterable[int])
T = TypeVar("T")
DEPTH = 4
"""Batches that are decoded ahead."""


def ahead(batches: Iterable[J], read: Callable[[int], T]) -> Generator[tuple[J, list[T]], None, None]:
    """Yield each batch of indices with what ``read`` returns for them, in order.

    Threads, one per CPU, are up to ``DEPTH`` batches ahead.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode") as pool:

        def begun(batch: J) -> tuple[J, list[Future[T]]]:
            return batch, [pool.submit(read, int(i)) for i in batch]

        def finished(batch: J, reading: list[Future[T]]) -> tuple[J, list[T]]:
            return batch, [one.result() for one in reading]

        todo = iter(batches)
        waiting = deque(begun(batch) for batch in islice(todo, DEPTH))
        try:
            while waiting:
                yield finished(*waiting.popleft())  # no name here keeps the images alive while the caller works on them
                waiting.extend(begun(batch) for batch in islice(todo, 1))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
