"""What an objective, several processes and a GPU's memory allow: refused before anything is loaded, or explained when
it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthbench.errors import UsageError
from synthbench.pretrain.ranks import Ranks
from synthbench.protocol.protocol import Protocol
from synthbench.result import environment


def check(protocol: Protocol, images: int, *, classes: int, live: bool, passes: int, ranks: Ranks) -> None:
    """Refuse what cannot be done.

    Raises:
        UsageError: says what can.
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
    """Live images are for one process.

    Raises:
        UsageError: there are several.
    """
    if ranks.world > 1:
        raise UsageError(
            f"--live works with one process, not with {ranks.world}: an image that cannot be rendered is missing from "
            "its batch, and the other ranks would not know. Leave out --live to render the images first."
        )


def agree(ranks: Ranks, what: dict[str, Any]) -> None:
    """Make sure that all ranks run the same with the same code.

    Raises:
        RankError: names what differs.
    """
    if ranks.world > 1:
        ranks.agree(
            what | {"synthbench": environment.version(), "commit": environment.git_state(Path(__file__).parent)}
        )


def too_large(protocol: Protocol, *, passes: int, recompute: bool, ranks: Ranks) -> str:
    """What to say when the GPU's memory runs out."""
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
