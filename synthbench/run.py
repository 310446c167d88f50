"""The main job: render, pretrain, evaluate, and write the record. Each stage leaves its work in the run folder; a second run reuses it."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from synthbench import environment, figures, folder, result
from synthbench.board.rank import load_rows
from synthbench.environment import peak_memory_gb
from synthbench.errors import DataError
from synthbench.evaluate import evaluate as evaluation
from synthbench.evaluate import tasks
from synthbench.pretrain import device as devices
from synthbench.pretrain.encoder import WEIGHTS, Encoder, load_encoder
from synthbench.pretrain.loop import CHECKPOINT, Outcome, build, pretrain
from synthbench.protocol import Protocol
from synthbench.recipe import Recipe
from synthbench.render.preflight import preflight
from synthbench.render.render import render
from synthbench.render.shards import Dataset, validate
from synthbench.render.sheet import contact_sheet
from synthbench.report import Log, Reporter
from synthbench.result import Result

SHEET_TILES = 48


@dataclass
class Finished:
    """A run that is done: its folder, its record, and whether the record was there already."""

    path: Path
    result: Result
    reused: bool


def run(
    recipe: Recipe,
    protocol: Protocol,
    *,
    seed: int = 0,
    out: Path = Path("runs"),
    overrides: Mapping[str, Any] | None = None,
    device: torch.device | None = None,
    workers: int | None = None,
    command: str = "",
    report: Reporter | None = None,
) -> Finished:
    """Run an entrant under a protocol.

    Args:
        recipe: the entrant.
        protocol: the rules, overrides applied.
        seed: of the images, the initial weights, the order and the views.
        out: holds ``<entrant>/<protocol>/seed-<S>/``.
        overrides: what was changed in the protocol; a run with any is unranked.
        device: where to train; by default a GPU if there is one.
        workers: render processes; by default one per CPU.
        command: the command line, for the record.
        report: told about stages and progress.

    Raises:
        SynthbenchError: see the stages. What is done stays in the folder; the same call continues.
    """
    report, device = report or Reporter(), device or devices.pick()
    overrides = dict(overrides or {})
    validate(seed=seed)
    tasks.check(protocol.evaluate.tasks)
    path = folder.run_folder(out, recipe.name, protocol.id, seed)
    with folder.claim(path, _request(recipe, protocol, seed)):
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {path}")
            return Finished(path, result.read(path / folder.RESULT), reused=True)
        report = Log(path / folder.LOG, report)
        folder.write_json(path / folder.RECIPE, recipe.model_dump(mode="json"))
        folder.write_json(path / folder.PROTOCOL, protocol.model_dump(mode="json"))
        started = time.perf_counter()
        data, render_s = _render(recipe, protocol, seed, path, workers, report)
        encoder, outcome = pretrain_run(recipe, protocol, seed, path, data, device, report)
        report.stage("evaluate", f"{len(protocol.evaluate.tasks)} tasks, {' and '.join(protocol.evaluate.probes)}")
        before = time.perf_counter()
        scores = evaluation.scores(evaluation.evaluate(encoder, protocol.evaluate, report), seed)
        evaluate_s = time.perf_counter() - before
        pretrain_s, views = (outcome.seconds, outcome.views) if outcome else (0.0, 0)
        env = environment.environment() | {"precision": outcome.precision if outcome else "fp32"}
        folder.write_json(path / folder.ENVIRONMENT, env)
        wall_s = time.perf_counter() - started
        record = result.seal(
            {
                "submitter": None,
                "generator": generator_info(recipe, env),
                "data": _data_info(data, seed) if data else None,
                "protocol": result.ProtocolInfo(id=protocol.id, sha256=protocol.sha256(), overrides=overrides),
                "runs": [
                    result.Run(
                        seed=seed,
                        encoder=result.EncoderInfo(weights_sha256=_sha256(path / WEIGHTS)),
                        samples_seen=views,
                        render_s=render_s,
                        pretrain_s=pretrain_s,
                        evaluate_s=evaluate_s,
                        wall_s=max(wall_s, render_s + pretrain_s + evaluate_s),
                        gpu_hours=pretrain_s / 3600 if device.type == "cuda" else 0.0,
                        images_per_s=views / pretrain_s if pretrain_s else 0.0,
                        peak_memory_gb=peak_memory_gb(),
                        final_loss=outcome.losses[-1] if outcome and outcome.losses else None,
                        status="finished",
                    )
                ],
                "scores": scores,
                "aggregate": result.Aggregate(name="mean top-1", value=result.mean_score(scores), std=None, complete=True),
                "env": env,
                "command": command or shlex.join(["synthbench", "run", recipe.name, "--protocol", protocol.id, "--seed", str(seed)]),
                "artifacts": _artifacts(path),
            }
        )
        shipped = [row.result for row in load_rows([]) if row.protocol_sha256 == protocol.sha256()]
        figures.scores(record, path / folder.SCORES_FIGURE, [r for r in shipped if r is not None])
        result.write(record, path / folder.RESULT)
        (path / CHECKPOINT).unlink(missing_ok=True)
    return Finished(path, record, reused=False)


def pretrain_only(
    recipe: Recipe,
    protocol: Protocol,
    *,
    seed: int,
    out: Path,
    device: torch.device,
    workers: int | None = None,
    report: Reporter | None = None,
) -> Path:
    """Render and pretrain into the run folder that ``run`` would use; returns the encoder's path."""
    report = report or Reporter()
    path = folder.run_folder(out, recipe.name, protocol.id, seed)
    with folder.claim(path, _request(recipe, protocol, seed)):
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {path}")
            return path / WEIGHTS
        report = Log(path / folder.LOG, report)
        data, _ = _render(recipe, protocol, seed, path, workers, report)
        pretrain_run(recipe, protocol, seed, path, data, device, report)
    return path / WEIGHTS


def _request(recipe: Recipe, protocol: Protocol, seed: int) -> dict[str, Any]:
    return {"recipe_sha256": recipe.sha256(), "protocol_sha256": protocol.sha256(), "seed": seed}


def _render(recipe: Recipe, protocol: Protocol, seed: int, path: Path, workers: int | None, report: Reporter) -> tuple[Dataset | None, float]:
    """Render the images, or reuse them; and the contact sheet. (None, 0) for the baseline without images."""
    if not recipe.renders:
        return None, 0.0
    wanted = protocol.data
    if not (path / folder.IMAGES / "manifest.json").is_file():
        report.stage("check", f"{recipe.name}: a few images twice")
        for warning in preflight(recipe, size=wanted.size, seed=seed):
            report.note(f"warning: {warning}")
    report.stage("render", f"{wanted.images:,} images of {recipe.name} at {wanted.size} px")
    data = render(
        recipe, images=wanted.images, size=wanted.size, seed=seed, out=path / folder.IMAGES, format=wanted.format,
        quality=wanted.quality, workers=workers, progress=lambda done, total: report.progress(done, total, "images"),
    )  # fmt: skip
    if data.manifest.left_out:
        reasons = sorted({f"{data.labels[x.label]}: {x.reason}" for x in data.manifest.left_out})
        report.note(f"warning: {len(data.manifest.left_out)} of {wanted.images} images left out: " + "; ".join(reasons[:3]))
    if not (path / folder.SHEET).is_file():
        picks = np.linspace(0, len(data) - 1, min(SHEET_TILES, len(data))).astype(int)
        tiles = np.stack([data.image(i) for i in picks])
        captions = [data.labels[data.class_of[i]] for i in picks]
        figures.save_image(contact_sheet(tiles, captions, 8), path / folder.SHEET)
    return data, data.manifest.seconds


def pretrain_run(
    recipe: Recipe, protocol: Protocol, seed: int, path: Path, data: Dataset | None, device: torch.device, report: Reporter
) -> tuple[Encoder, Outcome | None]:
    """Pretrain on the rendered images and write the encoder, its losses and their figure."""
    about = {"recipe": recipe.name, "protocol": protocol.id, "protocol_sha256": protocol.sha256(), "seed": str(seed)}
    if data is None:
        encoder = build(protocol, seed).to(device)
        encoder.save(path / WEIGHTS, **about)
        return load_encoder(path).to(device), None
    report.stage("pretrain", f"{protocol.encoder.architecture}, {protocol.optimizer.epochs} epochs of {len(data):,} images")
    images = data.load_all()
    outcome = pretrain(
        images, protocol=protocol, seed=seed, out=path, identity=data.manifest.fingerprint, device=device,
        progress=lambda done, total, loss: report.progress(done, total, f"loss {loss:.3f}"),
    )  # fmt: skip
    if outcome.resumed_at:
        report.note(f"resumed at step {outcome.resumed_at}")
    outcome.encoder.save(path / WEIGHTS, **about)
    folder.write_text(path / folder.LOSSES, "step,loss\n" + "".join(f"{i},{v:.6f}\n" for i, v in enumerate(outcome.losses, 1)))
    figures.loss(outcome.losses, path / folder.LOSS_FIGURE, title=f"{recipe.name}: {protocol.id}, seed {seed}")
    return load_encoder(path).to(device), outcome


def generator_info(recipe: Recipe, env: Mapping[str, Any]) -> result.GeneratorInfo:
    """The entrant as the record keeps it."""
    file, colon, _ = recipe.generator.rpartition(":")
    commit = environment.git_state(Path(file).parent)[0] if colon else env["code_commit"]
    params = dict(recipe.params) | ({"mix": recipe.mix.model_dump()} if recipe.mix else {})
    return result.GeneratorInfo(
        name=recipe.name, title=recipe.title or recipe.name, version=env["synthbench"], code_commit=commit,
        source_sha256=recipe.source_sha256(), params=params, license=recipe.license, citation=recipe.citation,
        uses_real_data=recipe.uses_real_data, uses_pretrained=recipe.uses_pretrained, real_data_sources=recipe.real_data_sources,
    )  # fmt: skip


def _data_info(data: Dataset, seed: int) -> result.DataInfo:
    return result.DataInfo(
        n_images=len(data), n_classes=len(data.labels), n_left_out=len(data.manifest.left_out), resolution=data.manifest.size, seed=seed,
        fingerprint=data.manifest.fingerprint, renderer=data.manifest.renderer, mode="stored",
    )  # fmt: skip


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error


def _artifacts(path: Path) -> list[str]:
    """Names of what the finished run leaves beside its record and its images."""
    found = {f.name for f in path.iterdir() if f.suffix in (".png", ".csv", ".safetensors", ".json", ".txt")}
    return sorted(found | {folder.SCORES_FIGURE})
