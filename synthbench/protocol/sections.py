"""The sections of a protocol file: their constants and allowed values.

``synthbench.protocol.protocol`` combines them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from synthbench import registry
from synthbench.errors import SynthbenchError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.storage.model import FrozenModel


class Section(FrozenModel):
    """A frozen section; unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(allow_inf_nan=False)


def registered(group: str, kind: str, base: type[Section]) -> BeforeValidator:
    """A validator that reads a section as the class registered under its ``name`` in the entry points of ``group``,
    a subclass of ``base``."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        try:
            chosen = registry.plugin(group, kind, str(value.get("name")), base)
        except SynthbenchError as error:
            wrong = PydanticCustomError("plugin", "{why}", {"why": str(error)})
            details = InitErrorDetails(type=wrong, loc=("name",), input=value.get("name"))
            raise ValidationError.from_exception_data(base.__name__, [details]) from error
        return chosen.model_validate(value)

    return BeforeValidator(read)


class Data(Section):
    """The images to render."""

    images: int = Field(ge=2)
    size: int = Field(ge=8, le=4096)
    format: Literal["png", "jpeg"]
    quality: int = Field(95, ge=1, le=100)
    """JPEG quality; PNG is lossless and ignores it."""


class Encoder(Section):
    """The network to pretrain; its classifier is removed."""

    architecture: str = Field(pattern=r"^(timm:)?[a-z0-9][a-z0-9_.-]{0,79}$")
    """``resnet18`` and ``resnet50`` are torchvision's; ``resnet18-cifar`` starts with a 3x3 convolution of stride 1 and
    has no max-pool; ``timm:NAME`` is a network of timm; packages may register others."""
    width: int = Field(64, ge=8, le=512)
    """Channels of the stem and the first stage; every later layer scales with it. 64 is the standard network."""
    stem: str | None = None
    """Replacement of the first layers, one of the architecture's stems; its default if absent."""

    @field_validator("architecture")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            architecture(name)
        except SynthbenchError as error:
            raise ValueError(str(error)) from error
        return name

    @model_validator(mode="after")
    def _has_a_use(self) -> Encoder:
        found = architecture(self.architecture)
        if self.width != 64 and not found.own_width:
            raise ValueError(f"encoder.width {self.width}: {self.architecture} only supports its standard width, 64")
        if self.stem is not None and self.stem not in found.stems:
            allowed = f"one of {', '.join(found.stems)}" if found.stems else "leave it out"
            raise ValueError(f"encoder.stem {self.stem!r}: for {self.architecture}, {allowed}")
        return self


class Augment(Section):
    """Two random views of each image, in this order: resized crop, flip, colour jitter, grayscale, blur if
    any, normalisation.

    MoCo v2 flips after the blur; a flip commutes with the operations in between, so the result is the same.
    """

    size: int = Field(ge=8)
    scale: tuple[float, float]
    ratio: tuple[float, float]
    flip: float = Field(ge=0, le=1)
    jitter: tuple[float, float, float, float]
    """Brightness, contrast, saturation, hue."""
    jitter_p: float = Field(ge=0, le=1)
    grayscale_p: float = Field(ge=0, le=1)
    blur_p: float | None = Field(None, ge=0, le=1)
    blur_radius: tuple[float, float] | None = None
    """Range of the radius (standard deviation in pixels) of Pillow's Gaussian blur, uniform."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @model_validator(mode="after")
    def _sensible(self) -> Augment:
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise ValueError(f"augment.scale {self.scale}: two fractions of the area, 0 < low <= high <= 1")
        if not 0 < self.ratio[0] <= self.ratio[1]:
            raise ValueError(f"augment.ratio {self.ratio}: two aspect ratios, 0 < low <= high")
        if (self.blur_p is None) != (self.blur_radius is None):
            raise ValueError("augment.blur_p and augment.blur_radius go together: give both or neither")
        if self.blur_radius is not None and not 0 <= self.blur_radius[0] <= self.blur_radius[1]:
            raise ValueError(f"augment.blur_radius {self.blur_radius}: two radii in pixels, 0 <= low <= high")
        if min(self.std) <= 0:
            raise ValueError(f"augment.std {self.std}: three numbers above 0")
        if min(self.jitter) < 0 or self.jitter[3] > 0.5:
            raise ValueError(f"augment.jitter {self.jitter}: four numbers of at least 0, the hue at most 0.5")
        return self


class Step(Section):
    """The learning rate is multiplied by ``factor`` at each milestone, a number of completed epochs."""

    name: Literal["step"]
    milestones: tuple[int, ...]
    factor: float = Field(gt=0, le=1)


class Cosine(Section):
    """Constant within an epoch: half a cosine of epoch / epochs, from the peak to ``floor`` times the peak."""

    name: Literal["cosine"]
    floor: float = Field(ge=0, lt=1)
    first: Literal[0, 1]
    """The number of the first epoch: MoCo counts from 0, SupContrast from 1."""


class SgdProbe(Section):
    """A linear classifier trained by SGD on augmented images (random resized crop, flip) with a frozen encoder; the
    last epoch is scored."""

    tasks: tuple[str, ...] = Field(min_length=1)
    """The tasks with this probe."""
    lr: float = Field(gt=0)
    momentum: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)
    batch: int = Field(ge=2)
    epochs: int = Field(ge=1)
    milestones: tuple[int, ...]
    """Numbers of completed epochs at which the rate falls."""
    factor: float = Field(gt=0, le=1)
    scale: tuple[float, float]
    """Range of the random crops' area."""
    init_std: float | None = Field(None, gt=0)
    """Standard deviation of the classifier's initial weights, with a bias of 0; PyTorch's default if absent."""
    views: int | None = Field(None, ge=1)
    """Number of random crops of each image whose features are computed; later epochs reuse them in turn. If absent,
    every epoch has new crops, as in the papers."""


class Evaluate(Section):
    """Which tasks are scored, and how.

    The aggregate is the mean over all of them, each probe counted as one score; tasks named ``group/name`` are averaged
    to one score of their group first.
    """

    tasks: tuple[str, ...] = Field(min_length=1)
    probes: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")], ...] = Field(min_length=1)
    size: int = Field(ge=8)
    """Height and width in pixels of the tasks' images as input of the encoder; it may exceed the size of the
    training views."""
    resize: int | None = Field(None, ge=8)
    """Length of the shorter side before the central crop of ``size``; absent for tasks without a fixed size."""
    l2: float | None = Field(None, gt=0)
    """L2 penalty of the logistic regression on standardised features."""
    l2_grid: tuple[float, ...] | None = Field(None, min_length=1)
    """For tasks with a validation split: the penalties to choose from, before a fit on training and validation
    images."""
    k: int | None = Field(None, ge=1)
    """Neighbours of the k-NN probe (cosine, majority, ties by summed similarity)."""
    sgd: SgdProbe | None = None
    subset: int | None = Field(None, ge=1)
    """Maximum number of training images of a task of the SGD probe, drawn as in the paper's code (seed 1337)."""
    limit: int | None = Field(None, ge=1)
    """Maximum number of images of every split, evenly spaced: for trials."""
    settings: dict[str, dict[str, str | int | float | bool]] | None = None
    """Constants of third-party probes, by the probe's name."""

    @model_validator(mode="after")
    def _whole(self) -> Evaluate:
        by_sgd = set(self.sgd.tasks) if self.sgd else set()
        if unknown := sorted(by_sgd - set(self.tasks)):
            raise ValueError(f"evaluate.sgd.tasks {unknown}: not among evaluate.tasks")
        if unused := sorted(set(self.settings or {}) - set(self.probes)):
            raise ValueError(f"evaluate.settings {unused}: not among evaluate.probes")
        if "knn" in self.probes and self.k is None:
            raise ValueError("evaluate.k: the knn probe needs it")
        if "linear" in self.probes and by_sgd != set(self.tasks) and self.l2 is None and self.l2_grid is None:
            raise ValueError(
                "evaluate.l2 or evaluate.l2_grid: the linear probe needs one, but for the tasks in evaluate.sgd.tasks"
            )
        return self
