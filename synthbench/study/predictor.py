"""The predictor of a program's score from the features of its frames (Baradad et al. 2022, Sec. 5): two linear layers
with a ReLU between them, 32 hidden units, L1 loss, trained on 85 % of the programs.

There are two kinds: ``frames`` takes mean, minimum and maximum of each feature over a program's frames; ``single``
takes one frame at a time and predicts the mean over a program's frames, so it can score single images (``steer``). The
paper does not say how features are scaled nor how the layers are trained: here features and scores are standardised
over the training programs, and Adam takes ``STEPS`` steps over all of them at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from synthbench.errors import DataError, UsageError
from synthbench.generator import stream
from synthbench.pretrain.encoder import Encoder, load_encoder
from synthbench.result.encoder_file import WEIGHTS
from synthbench.storage.files import disk_errors, sha256_of, whole, write_json

Kind = Literal["frames", "single"]
HIDDEN, HELD = 32, 0.15
LEAST = 20
"""Minimum number of programs: three of them are then held out."""
STEPS, RATE, DECAY = 400, 3e-3, 1e-2
FLOOR = 0.1
"""Minimum standard deviation by which a feature is divided, relative to the mean over all features."""
MODEL, ABOUT = "predictor.safetensors", "predictor.json"


class Predictor(nn.Module):
    """(..., inputs) float32 features to (...) scores of 0 to 1; ``inputs`` is F for the kind ``single`` and 3 F
    for ``frames``."""

    mean: Tensor
    std: Tensor
    centre: Tensor
    scale: Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("std", torch.ones(inputs))
        self.register_buffer("centre", torch.zeros(()))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers((x - self.mean) / self.std)[..., 0]
        return out * self.scale + self.centre


@dataclass(frozen=True)
class Fit:
    """A predictor and its performance on held-out programs.

    Errors are mean absolute differences of scores (0 to 1).

    Attributes:
        held: names of the held-out programs.
        error: on them; ``median_error``: of predicting the median of the training scores for each of them.
        rank: Spearman's correlation on them; NaN if it is not defined.
        errors, median_errors: the same for each of the random splits, of which the first is this predictor's.
        split_rank: Spearman's correlation over the programs between the score and the mean prediction of the predictors
            that did not train on it.
    """

    model: Predictor
    kind: Kind
    held: list[str]
    error: float
    median_error: float
    rank: float
    errors: list[float]
    median_errors: list[float]
    split_rank: float


def inputs(values: np.ndarray, kind: Kind) -> np.ndarray:
    """(P, n, F) features to (P, m, inputs): m = n frames of F numbers, or one row of 3 F."""
    if kind == "single":
        return values
    return np.concatenate([values.mean(1), values.min(1), values.max(1)], 1)[:, None]


def fit(
    programs: list[str],
    values: np.ndarray,
    scores: np.ndarray,
    *,
    kind: Kind = "frames",
    splits: int = 20,
    seed: int = 0,
) -> Fit:
    """Train predictors on random splits of the programs; the first one is returned.

    Args:
        values: (P, n, F) float32 features of the programs' frames.
        scores: (P,) in 0 to 1.

    Raises:
        UsageError: fewer than ``LEAST`` programs, equal scores, or splits below 1.
    """
    if len(programs) < LEAST:
        raise UsageError(
            f"{len(programs)} programs with a score and features; the predictor needs at least {LEAST}. Study more "
            "programs."
        )
    if np.ptp(scores) == 0:
        raise UsageError("all programs have the same score: there is nothing to predict.")
    if splits < 1:
        raise UsageError(f"--splits {splits}: one or more.")
    x, y = torch.from_numpy(inputs(values, kind).astype(np.float32)), torch.from_numpy(scores.astype(np.float32))
    n_held = max(3, round(HELD * len(programs)))
    said: list[list[float]] = [[] for _ in programs]
    errors, medians, kept = [], [], None
    for split in range(splits):
        mixed = stream(seed, split).permutation(len(programs))
        held, rest = np.sort(mixed[:n_held]), np.sort(mixed[n_held:])
        model = train(x[rest], y[rest], seed=seed + split)
        guess = predict(model, x[held])
        errors.append(float(np.abs(guess - scores[held]).mean()))
        medians.append(float(np.abs(np.median(scores[rest]) - scores[held]).mean()))
        for i, value in zip(held.tolist(), guess.tolist(), strict=True):
            said[i].append(value)
        if kept is None:
            kept = model, held, _spearman(guess, scores[held])
    assert kept is not None
    seen = np.array([i for i, found in enumerate(said) if found])
    overall = _spearman(np.array([np.mean(said[i]) for i in seen]), scores[seen])
    model, held, rank = kept
    return Fit(model, kind, [programs[i] for i in held], errors[0], medians[0], rank, errors, medians, overall)


def train(x: Tensor, y: Tensor, *, seed: int) -> Predictor:
    """Fit a predictor to (P, m, inputs) features and (P,) scores; the same seed gives the same predictor."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        model = Predictor(x.shape[-1])
        flat = x.flatten(0, 1)
        std = flat.std(0)
        # a feature that hardly varies over these programs must not dominate for others, where it may vary
        model.mean, model.std = flat.mean(0), std.clamp(min=max(FLOOR * float(std.mean()), 1e-6))
        model.centre, model.scale = y.mean(), y.std().clamp(min=1e-6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
        target = y[:, None].expand(x.shape[:2])
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = functional.l1_loss(model(x) / model.scale, target / model.scale)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model.eval()


@torch.no_grad()
def predict(model: Predictor, x: Tensor) -> np.ndarray:
    """(P,) scores of (P, m, inputs) features."""
    return np.asarray(model(x).mean(1))


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(stats.spearmanr(a, b).statistic)


@dataclass(frozen=True)
class Saved:
    """A predictor with its encoder and the settings of the frames."""

    model: Predictor
    encoder: Encoder
    kind: Kind
    frames: int
    size: int
    about: dict[str, Any]

    @property
    def encoder_sha256(self) -> str:
        """Hash of the encoder's file."""
        return str(self.about["encoder_sha256"])

    def scores(self, values: np.ndarray) -> np.ndarray:
        """(P,) predicted scores of (P, n, F) features."""
        return predict(self.model, torch.from_numpy(inputs(values, self.kind).astype(np.float32)))


def save(found: Fit, encoder: Encoder, path: Path, *, frames: int, size: int, **about: Any) -> Path:
    """Write a predictor's folder: its weights, a copy of the encoder, and their description, which is written last."""
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
        (path / ABOUT).unlink(missing_ok=True)  # an incomplete folder is not a predictor
    encoder.save(path / WEIGHTS)
    with whole(path / MODEL, also=(SafetensorError,)) as draft:
        save_file({name: value.contiguous().clone() for name, value in found.model.state_dict().items()}, draft)
    body = {
        "kind": found.kind, "frames": frames, "size": size, "features": encoder.features,
        "encoder_sha256": sha256_of(path / WEIGHTS), "held_out": found.held, "held_out_error": found.error,
        "held_out_error_of_the_median": found.median_error, "held_out_rank_correlation": _or_none(found.rank),
        "errors_of_splits": found.errors, "errors_of_the_median": found.median_errors,
        "rank_correlation_over_splits": _or_none(found.split_rank), **about,
    }  # fmt: skip
    write_json(path / ABOUT, body)
    return path


def load(path: Path) -> Saved:
    """Read a predictor's folder.

    Raises:
        DataError: it is missing, or its encoder is not the one that it was trained with.
    """
    try:
        about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        kind, width = about["kind"], int(about["features"])
        model = Predictor(width if kind == "single" else 3 * width)
        model.load_state_dict(load_file(path / MODEL))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise DataError(
            f"{str(path)!r} does not hold a predictor ({error}). `synthbench study fit STUDY` writes one."
        ) from error
    if not (path / WEIGHTS).is_file() or sha256_of(path / WEIGHTS) != about["encoder_sha256"]:
        raise DataError(
            f"{path / WEIGHTS} is not the encoder that this predictor was trained with: its features differ."
        )
    return Saved(model.eval(), load_encoder(path / WEIGHTS), kind, int(about["frames"]), int(about["size"]), about)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
