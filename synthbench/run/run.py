"""A run: render, pretrain, evaluate, and write the record.

Each stage stores its result in the run folder; a second run reuses it.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from synthbench.board.rank import load_rows
from synthbench.dataset.manifest import validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError
from synthbench.evaluate import evaluate as evaluation
from synthbench.evaluate import registry
from synthbench.measure.properties import of_first
from synthbench.pretrain import device as devices
from synthbench.pretrain import limits, losses
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import Encoder, load_encoder
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import Outcome, build, check, pretrain
from synthbench.pretrain.training_images import Stored, TrainingImages
from synthbench.progress import Log, Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.render.shards import Dataset
from synthbench.result import environment, figures, folder, result
from synthbench.result.encoder_file import WEIGHTS
from synthbench.result.environment import peak_memory_gb
from synthbench.result.metric_names import common
from synthbench.result.result import Result
from synthbench.run import record, render_stage, track
from synthbench.storage.files import sha256_of, write_json, write_text
from synthbench.storage.mirror import Mirror, here
from synthbench.storage.remote import local


@dataclass(frozen=True)
class Job:
    """One entrant under one protocol, with its execution settings."""

    recipe: Recipe
    protocol: Protocol
    seed: int = 0
    """Seed of the images, the initial weights, the order and the views."""
    out: Path | str = Path("runs")
    """A folder or an address (``s3://bucket/prefix``): holds ``<entrant>/<protocol>/seed-<S>/``."""
    live: bool = False
    """Render new images for every epoch during training and store none. The record states this and is unranked (its
    overrides have ``live``): the protocols use the same N images in every epoch."""
    execution: Execution = field(default_factory=Execution)

    @property
    def path(self) -> Path:
        """The run folder; of a run at an address, the local one."""
        return folder.run_folder(here(self.out), self.recipe.name, self.protocol.id, self.seed)

    @property
    def address(self) -> str:
        """The address of the run folder; empty if it is only local."""
        return folder.run_address(local(self.out), self.recipe.name, self.protocol.id, self.seed)

    @property
    def place(self) -> str:
        """The address of the run folder, or its path."""
        return self.address or str(self.path)

    @property
    def images(self) -> Path | str:
        """The folder of the images, or its address."""
        return f"{self.address}/{folder.IMAGES}" if self.address else self.path / folder.IMAGES

    @property
    def draws(self) -> bool:
        """Whether it renders live; the baseline without images does not."""
        return self.live and self.recipe.renders

    @property
    def request(self) -> dict[str, Any]:
        """Identifies what a run folder belongs to."""
        request = {"recipe_sha256": self.recipe.sha256(), "protocol_sha256": self.protocol.sha256(), "seed": self.seed}
        return request | ({"live": True} if self.draws else {})

    @property
    def instead(self) -> str | None:
        """The precision used instead of the one that the protocol pins."""
        return devices.instead(self.protocol.optimizer, self.execution.device) if self.recipe.renders else None

    def agree(self) -> None:
        """Check that all ranks were started with the same job, before anything is rendered."""
        limits.agree(self.execution.ranks, self.request)
        if self.draws:
            limits.one_process(self.execution.ranks)


@dataclass
class Finished:
    """A finished run: its folder, its record, and whether the record existed before."""

    path: Path
    result: Result
    reused: bool
    address: str = ""
    """The address of the folder; empty if it is only local."""


@dataclass
class Pretrained:
    """Result of the first two stages."""

    images: TrainingImages
    encoder: Encoder
    outcome: Outcome | None
    """None without images."""
    tracker: track.Tracker | None
    report: Reporter
    """The given reporter, and the log."""
    started: float


def run(
    job: Job, *, overrides: Mapping[str, Any] | None = None, command: str = "", report: Reporter | None = None
) -> Finished:
    """Run an entrant under a protocol. On several ranks this is for the first one; the others call ``assist``.

    Args:
        overrides: changed constants of the protocol; a run with any is unranked.
        command: the command line, for the record.
        report: receives stages and progress.

    Raises:
        SynthbenchError: see the stages. Finished work stays in the folder; the same call continues.
    """
    changed = dict(overrides or {}) | ({"live": True} if job.draws else {})
    changed |= {"optimizer.precision": job.instead} if job.instead else {}
    registry.ready(job.protocol.evaluate)
    path = job.path
    with _pretrained(job, report or Reporter()) as made:
        if made is None:
            return Finished(path, result.read(path / folder.RESULT), reused=True, address=job.address)
        rules = job.protocol.evaluate
        made.report.stage("evaluate", f"{len(rules.tasks)} tasks, {' and '.join(rules.probes)}")
        before = time.perf_counter()
        scores = evaluation.scores(evaluation.evaluate(made.encoder, rules, made.report), job.seed)
        evaluate_s = time.perf_counter() - before
        if made.tracker is not None:
            last, mean = len(made.outcome.losses) if made.outcome else 0, f"mean_{common(s.metric for s in scores)}"
            made.tracker.log(
                last, {f"{s.task}/{s.probe}": s.per_seed[0].value for s in scores} | {mean: result.mean_score(scores)}
            )
        env = _environment(job, made)
        write_json(path / folder.ENVIRONMENT, env)
        sealed = record.seal(
            generator=record.generator_info(job.recipe, env),
            data=render_stage.data_info(made.images, job.protocol, job.seed),
            protocol=job.protocol,
            overrides=changed,
            run=_cost(job, made, evaluate_s),
            scores=scores,
            properties=of_first(made.images.data)[1] if isinstance(made.images, Stored) else None,
            env=env,
            command=command
            or shlex.join(
                ["synthbench", "run", job.recipe.name, "--protocol", job.protocol.id, "--seed", str(job.seed)]
            ),
            artifacts=_artifacts(path),
        )
        shipped = [row.result for row in load_rows([]) if row.protocol_sha256 == job.protocol.sha256()]
        figures.scores(sealed, path / folder.SCORES_FIGURE, [r for r in shipped if r is not None])
        result.write(sealed, path / folder.RESULT)
        (path / CHECKPOINT).unlink(missing_ok=True)
    return Finished(path, sealed, reused=False, address=job.address)


def pretrain_only(job: Job, *, report: Reporter | None = None) -> Path:
    """Render and pretrain into the run folder of ``run``; returns the encoder's path."""
    with _pretrained(job, report or Reporter()):
        return job.path / WEIGHTS


def assist(job: Job) -> None:
    """The part of every rank except the first in ``run``: wait for the images, then pretrain on its share of each
    batch.

    Raises:
        DataError: the images that the first rank rendered cannot be read from here.
    """
    ranks = job.execution.ranks
    job.agree()
    if ranks.hear("images") != "ready":
        return
    try:
        data = Dataset.open(job.images)
        if job.address and ranks.local == 0:  # of another machine than rank 0; `pretrain` waits for it
            folder.mirror(job.address).read([CHECKPOINT])
    except DataError as error:
        raise DataError(
            f"rank {ranks.rank} cannot read the files of rank 0: {error} Give --out a folder that is shared by all "
            "machines, or an address."
        ) from error
    pretrain(Stored(data), protocol=job.protocol, seed=job.seed, out=job.path, execution=job.execution)


@contextmanager
def _pretrained(job: Job, report: Reporter) -> Iterator[Pretrained | None]:
    """Lock the run folder, render and pretrain; None if it holds a finished run."""
    validate(seed=job.seed)
    path, rules, ranks = job.path, job.protocol, job.execution.ranks
    job.recipe.require_outside(job.place)
    job.agree()
    check(rules)
    if job.instead:
        report.note(
            f"warning: {rules.id} pins {rules.optimizer.precision}, which this {job.execution.device.type} does not "
            f"support: training in {job.instead} instead; the run is unranked"
        )
    config = {"entrant": job.recipe.name, "seed": job.seed, **rules.flat()}
    name = f"{job.recipe.name}/{rules.id}/seed-{job.seed}"
    with (
        folder.claim(path, job.request, address=job.address, report=report) as mirror,
        track.tracking(job.execution.track, path, name, config) as tracker,
    ):
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {job.place}")
            ranks.hear("images", "not needed")
            yield None
            return
        report = Log(path / folder.LOG, report)
        write_json(path / folder.RECIPE, job.recipe.model_dump(mode="json"))
        write_json(path / folder.PROTOCOL, rules.model_dump(mode="json"))
        started = time.perf_counter()
        images = render_stage.images(
            job.recipe, rules, job.seed, path, job.images, job.execution.workers, job.draws, report, job.execution.ray
        )
        ranks.hear("images", "not needed" if images.mode == "none" else "ready")
        outcome = None if images.mode == "none" else _pretrain(job, images, tracker, mirror, report)
        encoder = build(rules, job.seed) if outcome is None else outcome.encoder
        about = {
            "recipe": job.recipe.name,
            "protocol": rules.id,
            "protocol_sha256": rules.sha256(),
            "seed": str(job.seed),
        }
        encoder.save(path / WEIGHTS, **about)
        if mirror is not None:
            mirror.publish_soon()
        yield Pretrained(images, load_encoder(path).to(job.execution.device), outcome, tracker, report, started)


def _pretrain(
    job: Job, images: TrainingImages, tracker: track.Tracker | None, mirror: Mirror | None, report: Reporter
) -> Outcome:
    """Pretrain on the images; writes the losses during training, and their figure."""
    path, rules, world = job.path, job.protocol, job.execution.ranks.world
    fresh = "fresh " if images.mode == "live" else ""
    shared = f", {world} ranks" if world > 1 else ""
    epochs = rules.optimizer.epochs
    report.stage(
        "pretrain",
        f"{rules.encoder.architecture}, {epochs} epoch{'s'[: epochs != 1]} of {len(images):,} {fresh}images{shared}",
    )
    with losses.LossFile(path / folder.LOSSES) as file:

        def note(step: int, values: Mapping[str, float]) -> None:
            file.add(step, values["loss"])
            if tracker is not None:
                tracker.log(step, values)

        try:
            outcome = pretrain(
                images,
                protocol=rules,
                seed=job.seed,
                out=path,
                execution=job.execution,
                track=note,
                saved=mirror.publish_soon if mirror else None,
                progress=lambda done, total, loss: report.progress(done, total, f"loss {loss:.3f}"),
            )
        finally:
            if images.mode == "live":
                render_stage.keep_left_out(images, path / folder.LEFT_OUT, report)
    if outcome.resumed_at:
        report.note(f"resumed at step {outcome.resumed_at}")
    write_text(path / folder.LOSSES, losses.text(outcome.losses))
    title, of = f"{job.recipe.name}: {rules.id}, seed {job.seed}", rules.objective.title or rules.objective.name
    figures.loss(outcome.losses, path / folder.LOSS_FIGURE, title=title, of=of)
    return outcome


def _environment(job: Job, made: Pretrained) -> dict[str, Any]:
    """The machine and the execution settings, for the record."""
    outcome, device = made.outcome, job.execution.device
    env = environment.environment(device) | {
        "precision": outcome.precision if outcome else "fp32",
        "ranks": job.execution.ranks.world,
    }
    env |= {"network": outcome.form} if outcome else {}
    if device.type == "cuda":
        env["peak_gpu_memory_gb"] = torch.cuda.max_memory_allocated(device) / 1e9
    return env


def _cost(job: Job, made: Pretrained, evaluate_s: float) -> result.Run:
    """The seed's part of the record: its weights and its cost."""
    outcome, images = made.outcome, made.images
    seconds, views = (outcome.seconds, outcome.views) if outcome else (0.0, 0)
    if images.mode == "live":
        views -= 2 * len(images.left_out)
    return result.Run(
        seed=job.seed,
        encoder=result.EncoderInfo(weights_sha256=sha256_of(job.path / WEIGHTS)),
        fingerprint=images.fingerprint or None,
        samples_seen=views,
        render_s=images.seconds,
        pretrain_s=seconds,
        evaluate_s=evaluate_s,
        wall_s=max(time.perf_counter() - made.started, images.seconds + seconds + evaluate_s),
        gpu_hours=seconds * job.execution.ranks.world / 3600 if job.execution.device.type == "cuda" else 0.0,
        images_per_s=views / seconds if seconds else 0.0,
        peak_memory_gb=peak_memory_gb(),
        final_loss=outcome.losses[-1] if outcome and outcome.losses else None,
        status="finished",
    )


def _artifacts(path: Path) -> list[str]:
    """Names of the files of a finished run besides its record and its images."""
    found = {f.name for f in path.iterdir() if f.suffix in (".png", ".csv", ".safetensors", ".json", ".txt")}
    return sorted(found | {folder.SCORES_FIGURE})
