"""Feature visualisations: images that excite units of a network, random or pretrained.

Source: Baradad et al. 2021, "Learning to See by Looking at Noise", Sec. 3.4; see ``ascent``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, islice
from pathlib import Path

import numpy as np
import torch
from synthbench.generators.feature_vis import ascent

from synthbench import load_encoder
from synthbench.errors import UsageError
from synthbench.evaluate.foreign import IMAGENET
from synthbench.generator import Generator, announce, reduced
from synthbench.pretrain.encoder import Encoder, initial
from synthbench.pretrain.encoders.architecture import architecture

NETWORKS = ("resnet50", "resnet18")
SOURCE_IMAGES = 105_000
"""Number of images in the source's smaller data set."""
BATCH = 16
"""Images per batch on a GPU. It is constant, because kernels depend on the batch size, and an image would otherwise
depend on its neighbours."""
NEEDS_ENCODER = (
    "feature-vis-encoder needs a pretrained encoder: -g encoder=RUN, where RUN is a folder that `synthbench run` has "
    "finished, one that `synthbench convert CHECKPOINT` wrote, or user/repo@COMMIT on the Hub. For the images of the "
    "paper pretrain one on dead leaves: `synthbench run dead-leaves-mixed`, or convert the authors' own checkpoint."
)


class _FeatureVis(Generator):
    """Common part of both generators: labels, and images of a network."""

    def __init__(self, features: int, count: int | None, steps: int, side: int, device: str | None) -> None:
        most = features + features * (features - 1) // 2
        count = min(SOURCE_IMAGES, most) if count is None else count
        if not 1 <= count <= most:
            raise UsageError(f"count must be 1 to {most} for a network of {features} features, not {count}.")
        if steps < 1 or side < 32:
            raise UsageError(f"steps must be at least 1 and side at least 32, not {steps} and {side}.")
        self.steps, self.side, self.device = steps, side, usable(device)
        singles = (f"{i:04d}" for i in range(min(count, features)))
        pairs = (f"{i:04d}-{j:04d}" for i, j in islice(combinations(range(features), 2), max(0, count - features)))
        self.labels = (*singles, *pairs)
        self._encoder: Encoder | None = None

    @property
    def renderer(self) -> str:
        """Identity of the device: rounding differs between devices, and the ascent amplifies it."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        return f"torch {torch.__version__} on {name}"

    def network(self) -> Encoder:
        """The network, in eval mode on the CPU."""
        raise NotImplementedError

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return self.render_batch([label], [rng], size)[0]

    @torch.inference_mode(False)
    @torch.enable_grad()
    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        if self._encoder is None:
            self._encoder = self.network().to(self.device).requires_grad_(False)
        side, n = max(size, self.side), BATCH if self.device.type == "cuda" else 1
        draws = [ascent.draw(rng, side, self.steps) for rng in rngs]
        out = []
        for start in range(0, len(labels), n):
            own, rest = labels[start : start + n], draws[start : start + n]
            filled = [rest[i % len(rest)] for i in range(n)]
            units = [[int(unit) for unit in self.labels[own[i % len(own)]].split("-")] for i in range(n)]
            moved = [ascent.Draw(one.coefficients.to(self.device), one.views) for one in filled]
            images = ascent.ascend(self._encoder, moved, units, side, lambda name=self.labels[own[0]]: announce(name))  # type: ignore[misc]
            pixels = (images[: len(own)] * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
            out += [reduced(np.ascontiguousarray(image), size) for image in pixels]
        return np.stack(out)

    def close(self) -> None:
        self._encoder = None


class FeatureVis(_FeatureVis):
    """Images that excite units of a network with random weights.

    Image k maximises feature k of a ResNet (its average-pooled output; in eval mode, so that batch norm has no effect);
    images after the last feature maximise the sum of two features, in the order (0, 1), (0, 2), ...: a class is a unit
    or a pair. An image is parametrised by Fourier coefficients, scaled by 1 / f and with decorrelated colours, starting
    from a standard deviation of 0.01, and optimised in 128 steps of Adam at a rate of 0.05, each with another view:
    padded by 12 px of grey, shifted by up to 7 px, scaled by 0.9 to 1.1, rotated by up to 10 degrees, shifted by up to
    3 px.

    The source draws one view for a batch of 64 images; here each image draws its own, so that it does not depend on the
    others. In the source, the order of images is random. The image of a unit without a response (ReLU) keeps its
    initial noise, as in the source.

    This is slow, with 128 forward and backward passes of a ResNet-50: 38 s of a core per image (one thread of an Intel
    Xeon with AVX-512), 7 s with a ResNet-18 of half the width. Images are drawn at 256 px and downscaled (bicubic,
    antialiased).

    Args:
        network: ``resnet50`` (2,048 features) or ``resnet18`` (512).
        count: number of classes; None for the source's 105,000, or all single units and pairs of a network that
            has fewer.
        steps: number of steps.
        side: the size at which images are drawn, in pixels; larger images are drawn at their own.
        weights_seed: of the network's weights (torchvision's initialisation).
        device: where the network runs, cpu or cuda[:N]; None for a GPU if available. Images of different devices
            differ.
    """

    def __init__(
        self,
        network: str = "resnet50",
        count: int | None = None,
        steps: int = 128,
        side: int = 256,
        weights_seed: int = 0,
        device: str | None = None,
    ) -> None:
        if network not in NETWORKS:
            raise UsageError(f"feature-vis has no network {network!r}; allowed: {', '.join(NETWORKS)}.")
        with torch.device("meta"):
            kind = architecture(network)
            features = kind.features(kind.build(64, None, side))
        super().__init__(features, count, steps, side, device)
        self.architecture, self.weights_seed = network, weights_seed

    def network(self) -> Encoder:
        return initial(
            self.architecture, size=self.side, mean=IMAGENET[0], std=IMAGENET[1], seed=self.weights_seed
        ).eval()


class FeatureVisEncoder(_FeatureVis):
    """Images that excite units of a pretrained encoder, as in ``FeatureVis``, with the encoder's normalisation.

    Args:
        encoder: a finished run's folder, a converted encoder's, a file ``encoder.safetensors``, or ``user/repo@COMMIT``
            on the Hub.
        count: number of classes; None for the source's 105,000, or all single units and pairs of an encoder that
            has fewer.
        steps: number of steps.
        side: the size at which images are drawn, in pixels; larger images are drawn at their own.
        device: where the network runs, cpu or cuda[:N]; None for a GPU if available. Images of different devices
            differ.
    """

    def __init__(
        self,
        encoder: str | None = None,
        count: int | None = None,
        steps: int = 128,
        side: int = 256,
        device: str | None = None,
    ) -> None:
        if encoder is None:
            raise UsageError(NEEDS_ENCODER)
        place = Path(encoder).expanduser()
        if not place.exists() and not re.fullmatch(r"[^/]+/[^/]+@[0-9a-f]{40}", encoder):
            if re.fullmatch(r"[^/.]+/[^/@]+(@.*)?", encoder):
                raise UsageError(
                    f"there is no folder {encoder!r} here, and on the Hub "
                    "a branch moves: name the commit, user/repo@COMMIT."
                )
            raise UsageError(f"there is no folder or file {encoder!r}. {NEEDS_ENCODER}")
        self._loaded = load_encoder(place if place.exists() else encoder)
        super().__init__(self._loaded.features, count, steps, side, device)

    def network(self) -> Encoder:
        return self._loaded


def usable(device: str | None) -> torch.device:
    """The device of this name; a GPU if available for None.

    Raises:
        UsageError: it is not cpu or cuda[:N], or not available.
    """
    found = torch.cuda.device_count()
    if device is None:
        return torch.device("cuda" if found else "cpu")
    if device not in ("cpu", *["cuda"][: found and 1], *(f"cuda:{i}" for i in range(found))):
        raise UsageError(
            f"device {device!r} cannot be used here; allowed: cpu, or cuda or cuda:N where there is such a GPU."
        )
    return torch.device(device)
