"""The main job: render, pretrain, evaluate, and write the record. Each stage leaves its work in the run folder; a second run reuses it."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from synthbench import environment, figures, folder, prepare, result, track
from synthbench.board.rank import load_rows
from synthbench.environment import peak_memory_gb
from synthbench.errors import DataError
from synthbench.evaluate import evaluate as evaluation
from synthbench.evaluate import registry
from synthbench.measure.properties import of_first
from synthbench.prepare import LiveData
from synthbench.pretrain import device as devices
from synthbench.pretrain import limits
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import WEIGHTS, Encoder, load_encoder
from synthbench.pretrain.images import fits_host
from synthbench.pretrain.loop import Outcome, build, pretrain
from synthbench.pretrain.ranks import Ranks
from synthbench.protocol import Protocol
from synthbench.recipe import Recipe
from synthbench.render.live import Live
from synthbench.render.shards import Dataset, validate
from synthbench.report import Log, Reporter
from synthbench.result import Result


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
    live: bool = False,
    ranks: Ranks | None = None,
    passes: int = 1,
    recompute: bool = False,
    checkpoint_s: float = 60.0,
    track_by: str | None = None,
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
        live: render fresh images for every epoch while training goes on, and store none. The record says so and is unranked (its overrides
            have ``live``): the protocols' data are N images seen again in every epoch.
        ranks: this process, the first among several of the run (the others call ``assist``); alone by default.
        passes, recompute: see ``pretrain``.
        checkpoint_s: seconds between checkpoints.
        track_by: tensorboard, wandb or trackio.
        command: the command line, for the record.
        report: told about stages and progress.

    Raises:
        SynthbenchError: see the stages. What is done stays in the folder; the same call continues.
    """
    report, device, ranks = report or Reporter(), device or devices.pick(), ranks or Ranks()
    live = live and recipe.renders
    overrides = dict(overrides or {}) | ({"live": True} if live else {})
    if recipe.renders and (instead := devices.instead(protocol.optimizer, device)) is not None:
        report.note(
            f"warning: {protocol.id} pins {protocol.optimizer.precision}, in which this {device.type} does not compute: it trains in {instead} "
            "instead, and the run is unranked"
        )
        overrides["optimizer.precision"] = instead
    validate(seed=seed)
    registry.ready(protocol.evaluate)
    path = folder.run_folder(out, recipe.name, protocol.id, seed)
    recipe.require_outside(path)
    _agree(recipe, protocol, seed, live, ranks)
    with folder.claim(path, _request(recipe, protocol, seed, live)), _tracking(track_by, path, recipe, protocol, seed) as tracker:
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {path}")
            ranks.hear("images", "not needed")
            return Finished(path, result.read(path / folder.RESULT), reused=True)
        report = Log(path / folder.LOG, report)
        folder.write_json(path / folder.RECIPE, recipe.model_dump(mode="json"))
        folder.write_json(path / folder.PROTOCOL, protocol.model_dump(mode="json"))
        started = time.perf_counter()
        data, render_s = prepare.images(recipe, protocol, seed, path, workers, live, report)
        encoder, outcome = pretrain_run(
            recipe, protocol, seed, path, data, device, report,
            ranks=ranks, passes=passes, recompute=recompute, checkpoint_s=checkpoint_s, tracker=tracker,
        )  # fmt: skip
        report.stage("evaluate", f"{len(protocol.evaluate.tasks)} tasks, {' and '.join(protocol.evaluate.probes)}")
        before = time.perf_counter()
        scores = evaluation.scores(evaluation.evaluate(encoder, protocol.evaluate, report), seed)
        evaluate_s = time.perf_counter() - before
        if tracker is not None:
            last = len(outcome.losses) if outcome else 0
            tracker.log(last, {f"{s.task}/{s.probe}": s.per_seed[0].value for s in scores} | {"mean_top1": result.mean_score(scores)})
        pretrain_s, views = (outcome.seconds, outcome.views) if outcome else (0.0, 0)
        if isinstance(data, LiveData):
            views -= 2 * len(data.source.left_out)
        env = environment.environment() | {"precision": outcome.precision if outcome else "fp32", "ranks": ranks.world}
        env |= {"network": outcome.form} if outcome else {}
        if device.type == "cuda":
            env["peak_gpu_memory_gb"] = torch.cuda.max_memory_allocated(device) / 1e9
        folder.write_json(path / folder.ENVIRONMENT, env)
        wall_s = time.perf_counter() - started
        record = result.seal(
            {
                "submitter": None,
                "generator": generator_info(recipe, env),
                "data": prepare.data_info(data, protocol, seed) if data else None,
                "protocol": result.ProtocolInfo(id=protocol.id, sha256=protocol.sha256(), overrides=overrides),
                "runs": [
                    result.Run(
                        seed=seed,
                        encoder=result.EncoderInfo(weights_sha256=_sha256(path / WEIGHTS)),
                        fingerprint=prepare.fingerprint_of(data) if data else None,
                        samples_seen=views,
                        render_s=render_s,
                        pretrain_s=pretrain_s,
                        evaluate_s=evaluate_s,
                        wall_s=max(wall_s, render_s + pretrain_s + evaluate_s),
                        gpu_hours=pretrain_s * ranks.world / 3600 if device.type == "cuda" else 0.0,
                        images_per_s=views / pretrain_s if pretrain_s else 0.0,
                        peak_memory_gb=peak_memory_gb(),
                        final_loss=outcome.losses[-1] if outcome and outcome.losses else None,
                        status="finished",
                    )
                ],
                "scores": scores,
                "aggregate": result.Aggregate(
                    name="mean top-1", value=result.mean_score(scores), std=None, complete=not registry.partial_groups(protocol.evaluate.tasks)
                ),
                "properties": of_first(data)[1] if isinstance(data, Dataset) else None,
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
    live: bool = False,
    ranks: Ranks | None = None,
    passes: int = 1,
    recompute: bool = False,
    checkpoint_s: float = 60.0,
    track_by: str | None = None,
    report: Reporter | None = None,
) -> Path:
    """Render and pretrain into the run folder that ``run`` would use; returns the encoder's path."""
    report, live, ranks = report or Reporter(), live and recipe.renders, ranks or Ranks()
    path = folder.run_folder(out, recipe.name, protocol.id, seed)
    recipe.require_outside(path)
    _agree(recipe, protocol, seed, live, ranks)
    with folder.claim(path, _request(recipe, protocol, seed, live)), _tracking(track_by, path, recipe, protocol, seed) as tracker:
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {path}")
            ranks.hear("images", "not needed")
            return path / WEIGHTS
        report = Log(path / folder.LOG, report)
        data, _ = prepare.images(recipe, protocol, seed, path, workers, live, report)
        pretrain_run(
            recipe, protocol, seed, path, data, device, report,
            ranks=ranks, passes=passes, recompute=recompute, checkpoint_s=checkpoint_s, tracker=tracker,
        )  # fmt: skip
    return path / WEIGHTS


def assist(
    recipe: Recipe, protocol: Protocol, *, seed: int, out: Path, device: torch.device, ranks: Ranks, live: bool = False, passes: int = 1,
    recompute: bool = False, checkpoint_s: float = 60.0,
) -> None:  # fmt: skip
    """What every rank but the first does of ``run``: wait for the images, then pretrain its share of each batch.

    Raises:
        DataError: the images that the first rank rendered are not to be seen from here.
    """
    _agree(recipe, protocol, seed, live and recipe.renders, ranks)
    if ranks.hear("images") != "ready":
        return
    path = folder.run_folder(out, recipe.name, protocol.id, seed)
    try:
        data = Dataset.open(path / folder.IMAGES)
    except DataError as error:
        raise DataError(f"rank {ranks.rank} does not see the images of rank 0: {error} Give --out a folder that all machines share.") from error
    _pretrain(protocol, seed, path, data, device, Reporter(), ranks=ranks, passes=passes, recompute=recompute, checkpoint_s=checkpoint_s)


def _request(recipe: Recipe, protocol: Protocol, seed: int, live: bool) -> dict[str, Any]:
    request = {"recipe_sha256": recipe.sha256(), "protocol_sha256": protocol.sha256(), "seed": seed}
    return request | ({"live": True} if live else {})


def _agree(recipe: Recipe, protocol: Protocol, seed: int, live: bool, ranks: Ranks) -> None:
    """Before anything is rendered, make sure that all ranks were started alike."""
    limits.agree(ranks, _request(recipe, protocol, seed, live))
    if live:
        limits.one_process(ranks)


def _tracking(track_by: str | None, path: Path, recipe: Recipe, protocol: Protocol, seed: int) -> AbstractContextManager[track.Tracker | None]:
    config = {"entrant": recipe.name, "seed": seed, **protocol.flat()}
    return track.tracking(track_by, path, f"{recipe.name}/{protocol.id}/seed-{seed}", config)


def pretrain_run(
    recipe: Recipe, protocol: Protocol, seed: int, path: Path, data: Dataset | LiveData | None, device: torch.device, report: Reporter,
    *, ranks: Ranks, tracker: track.Tracker | None = None, **how: Any,
) -> tuple[Encoder, Outcome | None]:  # fmt: skip
    """Pretrain on the rendered images and write the encoder, its losses and their figure."""
    about = {"recipe": recipe.name, "protocol": protocol.id, "protocol_sha256": protocol.sha256(), "seed": str(seed)}
    if data is None:
        ranks.hear("images", "not needed")
        encoder = build(protocol, seed).to(device)
        encoder.save(path / WEIGHTS, **about)
        return load_encoder(path).to(device), None
    ranks.hear("images", "ready")
    fresh = "fresh " if isinstance(data, LiveData) else ""
    n = len(data.source if isinstance(data, LiveData) else data)
    shared = f", {ranks.world} ranks" if ranks.world > 1 else ""
    report.stage("pretrain", f"{protocol.encoder.architecture}, {protocol.optimizer.epochs} epochs of {n:,} {fresh}images{shared}")
    try:
        outcome = _pretrain(protocol, seed, path, data, device, report, ranks=ranks, track=tracker.log if tracker else None, **how)
    finally:
        if isinstance(data, LiveData):
            prepare.keep_left_out(data.source, path / folder.LEFT_OUT, report)
    if outcome.resumed_at:
        report.note(f"resumed at step {outcome.resumed_at}")
    outcome.encoder.save(path / WEIGHTS, **about)
    folder.write_text(path / folder.LOSSES, "step,loss\n" + "".join(f"{i},{v:.6f}\n" for i, v in enumerate(outcome.losses, 1)))
    figures.loss(outcome.losses, path / folder.LOSS_FIGURE, title=f"{recipe.name}: {protocol.id}, seed {seed}")
    return load_encoder(path).to(device), outcome


def _pretrain(
    protocol: Protocol, seed: int, path: Path, data: Dataset | LiveData, device: torch.device, report: Reporter, *, ranks: Ranks, **how: Any
) -> Outcome:
    labels, images = None, data.source if isinstance(data, LiveData) else data
    if isinstance(images, Dataset):
        labels = images.class_of
    with images if isinstance(images, Live) else nullcontext():
        return pretrain(
            images.load_all() if isinstance(images, Dataset) and fits_host(len(images) * ranks.world, images.manifest.size) else images,
            protocol=protocol, seed=seed, out=path, identity=("live " if labels is None else "") + prepare.fingerprint_of(data), labels=labels,
            live_classes=len(data.labels) if isinstance(data, LiveData) else 0, device=device, ranks=ranks, **how,
            progress=lambda done, total, loss: report.progress(done, total, f"loss {loss:.3f}"),
        )  # fmt: skip


def generator_info(recipe: Recipe, env: Mapping[str, Any]) -> result.GeneratorInfo:
    """The entrant as the record keeps it."""
    file, colon, _ = recipe.generator.rpartition(":")
    commit = environment.git_state(Path(file).parent)[0] if colon else env["code_commit"]
    return result.GeneratorInfo(
        name=recipe.name, title=recipe.title or recipe.name, version=env["synthbench"], code_commit=commit,
        source_sha256=recipe.source_sha256(), params=recipe.recorded, license=recipe.license, citation=recipe.citation,
        uses_real_data=recipe.uses_real_data, uses_pretrained=recipe.uses_pretrained, real_data_sources=recipe.real_data_sources,
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
