"""Encoders: networks that take pixels in [0, 1], and their files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from synthbench.errors import DataError, SynthbenchError, UsageError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.result.encoder_file import WEIGHTS
from synthbench.storage.files import whole

PLAUSIBLE = (-0.5, 1.5)
"""Limits of pixels in evaluation. Bicubic resizing overshoots [0, 1] a little; 8-bit and normalised images go beyond
these limits."""


class Encoder(nn.Module):
    """A backbone with its input normalisation: it takes pixels in [0, 1] and normalises them itself, so the
    normalisation cannot be wrong.

    ``encoder(x)`` maps (N, 3, S, S) float32 pixels in [0, 1] to (N, features) float32; ``size`` is the S of its
    training views. ``backbone`` takes normalised images. ``name`` is the name of its architecture; ``width`` and
    ``stem`` are as in a protocol's ``[encoder]``.

    Raises:
        UnknownNameError: unknown architecture.
        UsageError: (from a call) not a float tensor of shape (N, 3, S, S); or, in eval mode on the CPU, pixels far
            outside [0, 1].
    """

    _mean: Tensor
    _std: Tensor

    def __init__(
        self,
        name: str,
        size: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        width: int = 64,
        stem: str | None = None,
    ) -> None:
        super().__init__()
        self.architecture, self.width, self.stem, self.size, self.mean, self.std = (
            name,
            width,
            stem,
            size,
            tuple(mean),
            tuple(std),
        )
        self._known = architecture(name)
        self.backbone = self._known.build(width, stem, size)
        self.features = self._known.features(self.backbone)
        self.register_buffer("_mean", torch.tensor(self.mean).view(3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(self.std).view(3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        self._check(x)
        out: Tensor = self.backbone((x - self._mean) / self._std)
        return out

    def _check(self, x: Tensor) -> None:
        """Refuse what is not a batch of images in [0, 1]. Reading the values would slow down training and wait for a
        GPU, so they are only read in eval mode on the CPU."""
        if not isinstance(x, Tensor):
            raise UsageError(f"encoder(x): x is a {type(x).__name__}; {_EXPECTED}{_fix_type(x)}")
        if x.ndim != 4 or x.shape[1] != 3:
            raise UsageError(f"encoder(x): x has the shape {tuple(x.shape)}; {_EXPECTED}{_fix_shape(x)}")
        if torch.promote_types(x.dtype, self._mean.dtype) != self._mean.dtype or not x.is_floating_point():
            fix = "x.float() / 255" if x.dtype == torch.uint8 else f"x.to({self._mean.dtype})"
            raise UsageError(f"encoder(x): x has the dtype {x.dtype}; {_EXPECTED} Use {fix}.")
        if not self.training and x.device.type == "cpu" and x.numel() and not torch.compiler.is_compiling():
            low, high = (float(value) for value in torch.aminmax(x.detach()))
            if not (low >= PLAUSIBLE[0] and high <= PLAUSIBLE[1]):
                fix = "divide by 255" if low >= 0 else "leave out Normalize: the encoder normalises them itself"
                raise UsageError(f"encoder(x): the pixels are in [{low:.3g}, {high:.3g}]; {_EXPECTED} Fix: {fix}.")

    def blocks(self) -> Iterable[nn.Module]:
        """The parts of the backbone that can be recomputed in the backward pass, to save memory."""
        return self._known.blocks(self.backbone)

    def save(self, path: Path, **about: str) -> None:
        """Write the weights as safetensors, atomically; ``about`` is added to the file's metadata for ``load_encoder``.

        Raises:
            DataError: the file cannot be written.
        """
        spec = {
            "architecture": self.architecture,
            "width": self.width,
            "size": self.size,
            "mean": self.mean,
            "std": self.std,
            **about,
        }
        spec |= {} if self.stem is None else {"stem": self.stem}
        state = {k: v.detach().cpu().contiguous() for k, v in self.backbone.state_dict().items()}
        # one metadata key: safetensors writes several in no fixed order
        with whole(path, also=(SafetensorError,)) as draft:
            save_file(state, draft, metadata={"synthbench": json.dumps(spec, sort_keys=True)})


_EXPECTED = "expected a float tensor of shape (N, 3, S, S), RGB in [0, 1]."


def _fix_type(x: object) -> str:
    if type(x).__module__.startswith("PIL"):
        return " Use torchvision.transforms.functional.to_tensor(x)[None]."
    return " Use torch.from_numpy(x)." if type(x).__module__ == "numpy" else ""


def _fix_shape(x: Tensor) -> str:
    """The call that makes the shape right, if one is known."""
    if x.ndim == 3 and x.shape[0] == 3:
        return " Use x[None] for one image."
    if x.ndim == 3 and x.shape[-1] == 3:
        return " Use x.permute(2, 0, 1)[None] for one image."
    if x.ndim == 4 and x.shape[-1] == 3:
        return " Use x.permute(0, 3, 1, 2)."
    if x.ndim == 4 and x.shape[1] == 1:
        return " Use x.expand(-1, 3, -1, -1) for grey images."
    return " Use x[:, :3] to drop the alpha channel." if x.ndim == 4 and x.shape[1] == 4 else ""


def initial(
    name: str,
    *,
    size: int,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    seed: int,
    width: int = 64,
    stem: str | None = None,
) -> Encoder:
    """The encoder with its random initial weights, determined by ``seed``; the caller's random state is not changed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Encoder(name, size, mean, std, width, stem)


def load_encoder(where: str | Path) -> Encoder:
    """Load a pretrained encoder, in eval mode on the CPU.

    Args:
        where: a run folder, or an ``encoder.safetensors`` file.

    Raises:
        DataError: missing, not an encoder file of synthbench, or its weights do not fit its architecture or are
            not finite.
    """
    path = Path(where)
    path = path / WEIGHTS if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"there is no encoder at {str(where)!r}: give a run folder or an {WEIGHTS} file.")
    try:
        with safe_open(path, framework="pt") as file:
            spec = json.loads((file.metadata() or {})["synthbench"])
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        mean, std = tuple(spec["mean"]), tuple(spec["std"])
        encoder = Encoder(spec["architecture"], spec["size"], mean, std, spec.get("width", 64), spec.get("stem"))
        encoder.backbone.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OSError, SynthbenchError) as error:
        raise DataError(f"{path} is not an encoder written by synthbench: {error}") from error
    check_finite(state, path)
    return encoder.eval()


def check_finite(state: Mapping[str, Tensor], path: Path) -> None:
    """Refuse weights that are not finite.

    Raises:
        DataError: a tensor contains NaN or an infinite value.
    """
    if broken := [
        key for key, value in state.items() if value.is_floating_point() and not bool(value.isfinite().all())
    ]:
        raise DataError(
            f"{path}: {len(broken)} of {len(state)} tensors contain NaN or infinite values ({broken[0]}, ...): the "
            "training diverged, or the file is damaged. Use an earlier checkpoint."
        )
