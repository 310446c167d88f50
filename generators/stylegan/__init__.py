"""StyleGAN2: untrained networks (random weights, or wavelets as kernels), and trained checkpoints.

Sources: Baradad et al. 2021, "Learning to See by Looking at Noise", Sec. 3.3; Karras et al. 2020 for the network.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from synthbench.generators.stylegan import families, trained
from synthbench.generators.stylegan.wavelets import Draw
from torch.nn import functional

from synthbench.errors import UsageError
from synthbench.generator import Generator, announce, fork, stream

NATIVE = 256
"""Size of the source's images in pixels."""
NETWORK_SEED = 2**63 + 1
"""Seed of the networks' streams, outside the range of usual seeds."""
T = TypeVar("T")


class StyleGAN(Generator):
    """Images of untrained StyleGAN2 networks; a latent class is one network.

    The source builds a network, draws 400 images, two at a time with a w for each, and builds the next one (``main`` of
    generate_dataset.py). Here image k belongs to network k mod ``networks``, so 250 networks draw 400 images each of a
    data set of 100,000, and because shards are sorted by label, each network is built once. Network i is the same in
    every data set.

    An image is drawn at 256 px and downscaled (bicubic, antialiased), so that it is the source's image at any size; up
    to 96 px, to save time, it is drawn by a network of at least 4/3 of the size (a power of two; compressed sizes,
    colourfulness and slope of the spectrum of images of 96 px are then distributed as before: 48 images of each family,
    16 random ones, Kolmogorov-Smirnov p from 0.12 up). Sizes above 256 get a larger network.

    ``random``: all weights are normal and belong to the network. For the other families only the constant and the
    affine layers belong to the network; the rest is drawn for each image. ``highfreq``: kernels are wavelets, RGB
    weights are normal, every layer adds noise with the spectrum 1 / r^alpha. ``sparse``: a layer uses wavelets of 5 to
    40 orientations and shapes, a Laplace-distributed envelope shapes the noise, and biases are U(-0.2, 0.2) (see
    ``families.draws`` for the corresponding network of the source). ``oriented``: the same, with one noise map for all
    layers. RGB is not clipped between resolutions (values reach thousands), as in the source, whose ``conv_clamp`` is
    None.

    Args:
        family: one of ``families.FAMILIES``.
        networks: number of networks.
        device: where the network runs, cpu or cuda; images of different devices differ by rounding.
    """

    def __init__(self, family: str = "oriented", networks: int = 250, device: str = "cpu") -> None:
        if family not in families.FAMILIES:
            raise UsageError(f"there is no StyleGAN family {family!r}; allowed: {', '.join(families.FAMILIES)}.")
        if networks < 1:
            raise UsageError(f"networks must be at least 1, not {networks}.")
        self.family, self.device = family, usable(device)
        self.labels = tuple(f"{family}-{i:03d}" for i in range(networks))
        # only one: with its transformed weights, a random one takes 400 MB at 256 px
        self._kept: tuple[tuple[int, int], Any] | None = None

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        top = resolution(size)
        ws = families.latents(rng, top)
        return self._draw(label, ws, families.draws(rng, top, self.family), families.look(rng), size)

    def path(self, label: int, rng: np.random.Generator, stops: int) -> Callable[[float, int], np.ndarray]:
        """A closed walk over ``stops`` random w, all with the random numbers and colour statistics of one image
        (``synthbench.study.walk``)."""
        streams = fork(rng, stops + 1)

        def at(place: float, size: int) -> np.ndarray:
            top = resolution(size)
            ws = [families.latents(copy.deepcopy(one), top) for one in streams[1:]]
            rest = copy.deepcopy(streams[0])
            return self._draw(
                label, between(ws, place), families.draws(rest, top, self.family), families.look(rest), size
            )

        return at

    def steer(
        self, label: int, rng: np.random.Generator, size: int
    ) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
        """The w of the stream's image, and that image as a differentiable function of
        w (``synthbench.study.steer``)."""
        top = resolution(size)
        ws, draw, look = families.latents(rng, top), families.draws(rng, top, self.family), families.look(rng)
        return ws.to(self.device), lambda w: resized(self._rgb(label, w, draw, look, size), size)

    def _draw(
        self, label: int, ws: torch.Tensor, draw: Draw, look: tuple[torch.Tensor, torch.Tensor], size: int
    ) -> np.ndarray:
        with torch.inference_mode():
            return pixels(self._rgb(label, ws, draw, look, size), size)

    def _rgb(
        self, label: int, ws: torch.Tensor, draw: Draw, look: tuple[torch.Tensor, torch.Tensor], size: int
    ) -> torch.Tensor:
        """(3, R, R) in 0..1 with the statistics of ``look``."""
        network = self._network(label, resolution(size))
        deviation, mean = moved(look, self.device)
        rgb = families.forward(network, ws.to(self.device), moved(draw, self.device))
        centred = rgb - rgb.mean((1, 2), keepdim=True)
        rgb = centred / centred.std((1, 2), keepdim=True).clamp_min(1e-12) * deviation + mean
        return rgb.clamp(0, 1)

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        out = np.empty((len(labels), size, size, 3), np.uint8)
        for i in np.argsort(labels, kind="stable"):  # each network is built once
            announce(self.labels[labels[i]])
            out[i] = self.render(labels[i], rngs[i], size)
        return out

    @torch.inference_mode(False)  # a network built in inference mode could not be differentiated later
    def _network(self, label: int, top: int) -> Any:
        if self._kept is None or self._kept[0] != (label, top):
            self._kept = None
            rng = stream(NETWORK_SEED, label)
            made = (
                families.random_network(rng, top)
                if self.family == "random"
                else families.wavelet_network(rng, top, self.family)
            )
            self._kept = ((label, top), moved(made, self.device))
        return self._kept[1]

    def close(self) -> None:
        self._kept = None


class StyleGANTrained(Generator):
    """Images of a trained StyleGAN2-ADA generator: normal z, its mapping network, no truncation, the
    network's own noise.

    Args:
        path: a safetensors file that ``synthbench convert`` wrote of a checkpoint.
        device: where the network runs, cpu or cuda; images of different devices differ by rounding.
    """

    labels = ("stylegan2",)

    def __init__(self, path: str | None = None, device: str = "cpu") -> None:
        self.device = usable(device)
        self.network = moved(trained.load(None if path is None else Path(path).expanduser()), self.device)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return self.draw(self.latent(rng), size)

    def latent(self, rng: np.random.Generator) -> torch.Tensor:
        """(512,) w of a random z."""
        with torch.inference_mode():
            return trained.mapped(
                self.network, torch.from_numpy(rng.standard_normal(trained.Z, np.float32)).to(self.device)
            )

    def path(self, label: int, rng: np.random.Generator, stops: int) -> Callable[[float, int], np.ndarray]:
        """A closed walk over ``stops`` random w (``synthbench.study.walk``)."""
        ws = [self.latent(one) for one in fork(rng, stops)]
        return lambda place, size: self.draw(between(ws, place), size)

    def steer(
        self, label: int, rng: np.random.Generator, size: int
    ) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
        """The w of the stream's image, and that image as a differentiable function of
        w (``synthbench.study.steer``)."""
        return self.latent(rng).clone(), lambda w: resized(self._rgb(w), size)

    def draw(self, w: torch.Tensor, size: int) -> np.ndarray:
        """(size, size, 3) uint8 of one w for all layers."""
        with torch.inference_mode():
            return pixels(self._rgb(w), size)

    def _rgb(self, w: torch.Tensor) -> torch.Tensor:
        """(3, R, R) in 0..1."""
        rgb = trained.synthesise(self.network.synthesis, w.expand(self.network.n_styles, -1))
        return (rgb * 127.5 + 128).clamp(0, 255) / 255


def between(stops: Sequence[torch.Tensor], place: float) -> torch.Tensor:
    """The point at 0 <= place < 1 of the closed polygon through ``stops``, with the same time for all sides."""
    i, along = divmod(place * len(stops), 1)
    return torch.lerp(stops[int(i) % len(stops)], stops[(int(i) + 1) % len(stops)], along)


def usable(device: str) -> torch.device:
    """The device of this name.

    Raises:
        UsageError: it is not cpu or cuda[:N], or not available.
    """
    name, _, number = device.partition(":")
    if name == "cuda" and (number or "0").isdecimal() and int(number or 0) < torch.cuda.device_count():
        return torch.device(device)
    if device != "cpu":
        raise UsageError(
            f"device {device!r} cannot be used here; allowed: cpu, or cuda or cuda:N where there is such a GPU."
        )
    return torch.device(device)


def resolution(size: int) -> int:
    """The resolution of the network for an image of ``size`` px: 256, more for larger images, less for small ones
    (powers of two)."""
    return 1 << ((size if size > NATIVE else min(NATIVE, -(-4 * size // 3))) - 1).bit_length()


def moved(tree: T, device: torch.device) -> T:
    """``tree`` (tensors in lists, tuples and dataclasses) with its tensors on the device."""
    found: Any = tree
    if isinstance(tree, torch.Tensor):
        found = tree.to(device)
    elif isinstance(tree, list | tuple):
        found = type(tree)(moved(x, device) for x in tree)
    elif is_dataclass(tree) and not isinstance(tree, type):
        found = type(tree)(**{f.name: moved(getattr(tree, f.name), device) for f in fields(tree)})
    return found


def resized(rgb: torch.Tensor, size: int) -> torch.Tensor:
    """(3, R, R) in 0..1 as (3, size, size)."""
    if rgb.shape[-1] == size:
        return rgb
    return functional.interpolate(rgb[None], size=(size, size), mode="bicubic", antialias=True, align_corners=False)[
        0
    ].clamp(0, 1)


def pixels(rgb: torch.Tensor, size: int) -> np.ndarray:
    """(3, R, R) in 0..1 as (size, size, 3) uint8, rounded."""
    return (resized(rgb, size) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
