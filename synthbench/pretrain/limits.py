"""Limits of an objective, of several processes and of GPU memory: checked before anything is loaded, or explained
when they are exceeded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthbench.errors import UsageError
from synthbench.pretrain.ranks import Ranks
from synthbench.protocol.protocol import Protocol
from synthbench.result import environment


def check(protocol: Protocol, images: int, *, classes: int, live: bool, passes: int, ranks: Ranks) -> None:
    """Refuse impossible combinations.

    Raises:
        UsageError: names the allowed ones.
    """
    config, batch = protocol.objective, protocol.optimizer.batch
    if config.needs_labels and not classes:
        raise UsageError(f"{config.name} needs class labels: pass labels.")
    if live:
        one_process(ranks)
    if why := config.refuses(passes, ranks.world):
        raise UsageError(why)
    if protocol.optimizer.drop_last and images < batch:
        raise UsageError(f"{images} images do not fill a batch of {batch}: render more, or set optimizer.batch.")
    if ranks.world > 1 and batch < ranks.world:
        raise UsageError(f"{ranks.world} ranks cannot share a batch of {batch}: start at most {batch}.")


def one_process(ranks: Ranks) -> None:
    """Live images need a single process.

    Raises:
        UsageError: there are several.
    """
    if ranks.world > 1:
        raise UsageError(
            f"--live works with one process, not with {ranks.world}: an image that cannot be rendered is missing from "
            "its batch, and the other ranks would not know. Leave out --live to render the images first."
        )


def agree(ranks: Ranks, what: dict[str, Any]) -> None:
    """Check that all ranks have the same run and the same code.

    Raises:
        RankError: names the difference.
    """
    if ranks.world > 1:
        ranks.agree(
            what | {"synthbench": environment.version(), "commit": environment.git_state(Path(__file__).parent)}
        )


def too_large(protocol: Protocol, *, passes: int, recompute: bool, ranks: Ranks) -> str:
    """The message for a GPU without enough memory."""
    config, batch = protocol.objective, protocol.optimizer.batch
    head = (
        f"the GPU does not have enough memory for {batch // ranks.world // passes} "
        f"images of {protocol.augment.size} px at once"
    )
    for more in range(passes + 1, batch // ranks.world + 1):
        if config.refuses(more, ranks.world) is None:
            return f"{head}: --passes {more} does a step in {more} passes with the same result."
    if not recompute:
        return f"{head}: --recompute stores fewer activations and takes longer, with the same result."
    share = "torchrun --nproc-per-node N shares the batch among N GPUs with the same result"
    return f"{head}: {share}; or set a smaller optimizer.batch (the run is then unranked)."
