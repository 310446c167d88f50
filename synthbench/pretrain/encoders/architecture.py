"""The encoder interface: a network without its classifier, and its properties."""

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
"""Prefix of the names of timm's networks."""


@dataclass(frozen=True)
class Architecture:
    """A registered encoder."""

    title: str
    """Display name, as in ResNet-18."""
    build: Callable[[int, str | None, int], nn.Module]
    """(width, stem, size) -> a network with random initial weights, which maps (N, 3, S, S) float32, normalised, to
    (N, features) float32. ``size`` is the S of the training views, in pixels; other sizes may follow later."""
    features: Callable[[nn.Module], int]
    """Number of output features of a built network."""
    blocks: Callable[[nn.Module], Iterable[nn.Module]]
    """The parts of a built network that can be recomputed in the backward pass, to save memory."""
    timm_name: str | None = None
    """timm's name of the same network with the same tensor names, at width 64 and with its default stem."""
    own_width: bool = False
    """Whether it supports widths other than the standard one, which is called 64."""
    stems: tuple[str, ...] = ()
    """Possible replacements of its first layers."""
    own_stem: str | None = None
    """Its default stem."""

    def in_timm(self, width: int, stem: str | None) -> str | None:
        """timm's name of the network with that width and stem; None if timm does not have it."""
        return self.timm_name if width == 64 and stem in (None, self.own_stem) else None


def architecture(name: str) -> Architecture:
    """The encoder of a name: registered, or ``timm:`` and a name of timm's.

    Raises:
        UnknownNameError: unknown encoder.
        SynthbenchError: it cannot be imported.
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
    """The modules whose class has a name that matches a pattern, without those nested in them."""
    found: list[nn.Module] = []
    for child in net.children():
        found += [child] if re.search(wanted, type(child).__name__) else outermost(child, wanted)
    return found
