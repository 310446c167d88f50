"""What an encoder is: a network without its classifier, and what the rest has to know of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthbench import registry
from synthbench.errors import SynthbenchError, UnknownNameError

if TYPE_CHECKING:
    from torch import nn

GROUP = "synthbench.encoders"
TIMM = "timm:"
"""What the name of a network of timm begins with."""


@dataclass(frozen=True)
class Architecture:
    """A registered encoder."""

    title: str
    """For people: ResNet-18."""
    build: Callable[[int, str | None, int], nn.Module]
    """(width, stem, size) -> a network at its random start, which maps (N, 3, S, S) float32, normalised, to
    (N, features) float32. ``size`` is the S of the training views, in pixels; others may be asked for later."""
    features: Callable[[nn.Module], int]
    """Of a network that was built."""
    blocks: Callable[[nn.Module], Iterable[nn.Module]]
    """The parts that can be computed again for the backward pass, to save memory, in a network that was built."""
    timm_name: str | None = None
    """The name under which timm has the same network with the same names of tensors, at width 64 and with its
    own stem."""
    own_width: bool = False
    """Whether it comes in other widths than its standard one, which is called 64."""
    stems: tuple[str, ...] = ()
    """What may stand in the place of its first layers."""
    own_stem: str | None = None
    """Which of them it has by itself."""

    def in_timm(self, width: int, stem: str | None) -> str | None:
        """Timm's name of the network of that width and stem; None where timm has no such network."""
        return self.timm_name if width == 64 and stem in (None, self.own_stem) else None


def architecture(name: str) -> Architecture:
    """The encoder of a name: registered, or ``timm:`` and a name of timm's.

    Raises:
        UnknownNameError: no such encoder.
        SynthbenchError: it does not import.
    """
    if name.startswith(TIMM):
        from synthbench.pretrain.encoders.by_timm import by_timm

        return by_timm(name.removeprefix(TIMM))
    known = registry.plugins(GROUP, "encoder")
    if name not in known:
        raise UnknownNameError("encoder", name, known, hint=f"Networks of timm are named {TIMM}NAME.")
    try:
        found = known[name].load()
    except (ImportError, AttributeError) as error:
        raise SynthbenchError(
            f"encoder {name!r} ({known[name].value}) does not import: {error}. Install what is missing."
        ) from error
    if not isinstance(found, Architecture):
        raise SynthbenchError(
            f"encoder {name!r} ({known[name].value}) is not a synthbench.pretrain.encoders.architecture.Architecture."
        )
    return found


def outermost(net: nn.Module, wanted: str) -> list[nn.Module]:
    """The modules whose class has a name that matches a pattern, without those inside of them."""
    found: list[nn.Module] = []
    for child in net.children():
        found += [child] if re.search(wanted, type(child).__name__) else outermost(child, wanted)
    return found
