"""Several processes on one run (``torchrun``): their shares of the images, and their communication.

Every rank has a share of each batch and computes the whole loss: the embeddings of the others have no gradient, so the
gradients of the ranks add up to that of the whole loss. The sum is one flat all-reduce after the backward pass.
DistributedDataParallel is not used because it averages, needs one forward pass per step and does not support MoCo's key
encoder; the overlap with the backward pass that it offers would save a few milliseconds for these networks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch import distributed as dist

from synthbench.errors import RankError

PATIENCE = timedelta(minutes=10)
"""Timeout of a rank in the middle of a step for one that does not respond."""
RENDERING = timedelta(days=30)
"""Timeout of the others while the first rank renders."""


@dataclass(frozen=True)
class Ranks:
    """This process among ``world``; a single process by default, for which every method does next to nothing."""

    rank: int = 0
    world: int = 1
    local: int = 0
    """Number among the processes of this machine, and of its GPU."""

    @property
    def first(self) -> bool:
        """Whether this process writes files and messages."""
        return self.rank == 0

    def rows(self, n: int) -> np.ndarray:
        """This rank's share of n rows: consecutive, as even as possible."""
        return self._shares(n)[self.rank]

    def _shares(self, n: int) -> list[np.ndarray]:
        return np.array_split(np.arange(n), self.world)

    def gather(self, x: Tensor, n: int) -> Tensor:
        """The (n, ...) rows of all ranks from this rank's; only its own have a gradient."""
        if self.world == 1:
            return x
        sizes = [len(share) for share in self._shares(n)]
        padded = x.new_zeros((max(sizes), *x.shape[1:]))
        padded[: len(x)] = x.detach()
        parts = [torch.empty_like(padded) for _ in sizes]
        with self._talking():
            dist.all_gather(parts, padded)
        parts = [part[:size] for part, size in zip(parts, sizes, strict=True)]
        parts[self.rank] = x
        return torch.cat(parts)

    def total(self, x: Tensor) -> Tensor:
        """Sum over the ranks, in place."""
        if self.world > 1:
            with self._talking():
                dist.all_reduce(x)
        return x

    def add_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace every gradient by its sum over the ranks."""
        if self.world == 1:
            return
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = self.total(torch.cat([g.reshape(-1) for g in grads]))
        for grad, part in zip(grads, torch.split(flat, [g.numel() for g in grads]), strict=True):
            grad.copy_(part.view_as(grad))

    def average_buffers(self, model: torch.nn.Module) -> None:
        """Replace every floating-point buffer (batch norm's running statistics) by its mean over the ranks."""
        if self.world > 1:
            for buffer in model.buffers():
                if buffer.is_floating_point():
                    self.total(buffer).div_(self.world)

    def any(self, *flags: int) -> list[int]:
        """The maximum of each flag over the ranks."""
        if self.world == 1:
            return list(flags)
        told = torch.tensor(flags)
        with self._talking():
            dist.all_reduce(told, op=dist.ReduceOp.MAX)
        return [int(x) for x in told]

    def agree(self, what: Mapping[str, Any]) -> None:
        """Check that all ranks have the same values.

        Raises:
            RankError: one has another value; names the rank and the values.
        """
        if self.world == 1:
            return
        told: list[Any] = [None] * self.world
        with self._talking():
            dist.all_gather_object(told, dict(what))
        for rank, other in enumerate(told):
            differs = [
                f"{k} is {other.get(k)!r} on rank {rank} and {v!r} on rank 0"
                for k, v in told[0].items()
                if other.get(k) != v
            ]
            if differs:
                raise RankError(
                    f"the ranks differ: {'; '.join(differs)}. Start all with the same command, code and data."
                )

    def hear(self, name: str, value: str = "") -> str:
        """Broadcast a text from the first rank when a stage is done; the others wait for it without a limit."""
        if self.world == 1:
            return value
        store = dist.distributed_c10d._get_default_store()
        with self._talking():
            if self.first:
                store.set(f"synthbench/{name}", value)
                return value
            store.wait([f"synthbench/{name}"], RENDERING)
            return store.get(f"synthbench/{name}").decode()

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise RankError(
                f"rank {self.rank} of {self.world} lost the other ranks ({str(error).splitlines()[0][:200]}): look for "
                "the first error of any rank. The last checkpoint is kept; the same command continues from there."
            ) from error


@contextmanager
def join() -> Iterator[Ranks]:
    """Join the processes started by ``torchrun``; a single process otherwise. GPUs communicate with NCCL, CPUs with
    Gloo."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or not dist.is_available():
        yield Ranks()
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    try:
        dist.init_process_group(backend, timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise RankError(f"cannot join the other ranks: {error}. Start all of them with torchrun.") from error
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if torch.cuda.is_available():
        torch.cuda.set_device(local)
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), local)
    finally:
        dist.destroy_process_group()
