"""Encoders trained elsewhere as entrants: a checkpoint becomes an encoder folder, and its evaluation a run folder that
can be submitted.

The folder holds safetensors (which timm loads too, if it has the architecture) with input size, mean and standard
deviation, and ``origin.json``: the source of the weights, with the hash of the checkpoint, and the training data as
declared by the user. The record follows the protocol's evaluation but not its pretraining, states this in its
overrides, and is unranked.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import torch
from pydantic import Field, ValidationError

from synthbench.entrant.recipe import NAME
from synthbench.errors import DataError, UsageError
from synthbench.evaluate import evaluate as evaluation
from synthbench.evaluate import registry
from synthbench.evaluate.foreign import IMAGENET, is_ours, load_foreign
from synthbench.pretrain.encoder import load_encoder
from synthbench.pretrain.timm_config import timm_config
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.result import environment, figures, folder, result
from synthbench.result.encoder_file import MODEL, WEIGHTS, Spec, inspect
from synthbench.result.environment import peak_memory_gb
from synthbench.result.result import TRAINED_ELSEWHERE, Result
from synthbench.run import record as records
from synthbench.storage.files import sha256_of, whole, whole_folder, write_json
from synthbench.storage.mirror import here
from synthbench.storage.model import FrozenModel, describe
from synthbench.storage.remote import local


class Origin(FrozenModel):
    """Source of a converted encoder, and its training data."""

    name: str = Field(pattern=NAME)
    title: str
    license: str
    citation: str
    uses_real_data: bool
    real_data_sources: list[str]
    uses_pretrained: bool
    """Whether its training started from other pretrained networks, or its images were made with them."""
    source: str
    """Name of the checkpoint's file."""
    source_sha256: result.Sha256
    prefix: str
    """The prefix of its tensors' names in the checkpoint: ``module.encoder_q.`` for MoCo."""


def convert(  # noqa: PLR0913 - each is a fact of its own that a person states
    source: Path,
    out: Path,
    *,
    name: str,
    license: str,
    real_data: list[str],
    pretrained: bool = False,
    title: str = "",
    citation: str = "",
    size: int | None = None,
    mean: tuple[float, ...] = IMAGENET[0],
    std: tuple[float, ...] = IMAGENET[1],
) -> Spec:
    """Write the encoder folder ``out`` from a checkpoint with a ResNet in it (``foreign.LAYOUTS``), atomically.

    Args:
        source: the checkpoint; only its tensors are read.
        real_data: the real images that it was trained on; empty for none.
        pretrained: whether other pretrained networks were used.
        size, mean, std: of its input, as in ``load_foreign``.

    Raises:
        UsageError: a wrong name or value, ``out`` is not empty, or the file is already an encoder of synthbench.
        DataError: the checkpoint cannot be read, or does not hold a known network.
    """
    if not source.is_file():
        raise UsageError(f"there is no file {str(source)!r}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not empty; give a new folder with --out.")
    if is_ours(source):
        raise UsageError(f"{source} is already an encoder of synthbench; `synthbench evaluate` accepts it as it is.")
    if len(mean) != 3 or len(std) != 3 or not all(s > 0 for s in std) or (size is not None and size < 8):
        raise UsageError(
            f"input of {size} px, mean {mean}, deviation {std}: at "
            "least 8 px, and three numbers each, deviations above 0."
        )
    encoder, prefix = load_foreign(source, size=size, mean=mean, std=std)
    try:
        origin = Origin(
            name=name, title=title or name, license=license, citation=citation, uses_real_data=bool(real_data),
            real_data_sources=real_data, uses_pretrained=pretrained, source=source.name,
            source_sha256=sha256_of(source), prefix=prefix,
        )  # fmt: skip
    except ValidationError as error:
        raise UsageError(
            f"{describe(error)}. Names may contain letters, digits, dots, dashes and underscores."
        ) from error
    with whole_folder(out) as draft:
        encoder.save(draft / WEIGHTS, recipe=name, source=origin.source, source_sha256=origin.source_sha256)
        write_json(draft / folder.ORIGIN, origin.model_dump(mode="json"))
        spec, shapes = inspect(draft / WEIGHTS)
        if (config := timm_config(spec, shapes, license)) is not None:
            shutil.copyfile(draft / WEIGHTS, draft / MODEL)  # timm's name for it
            write_json(draft / "config.json", config)
    return spec


def origin_of(encoder: Path) -> Origin:
    """The origin stored in a converted encoder's folder.

    Raises:
        UsageError: it is not such a folder.
        DataError: its ``origin.json`` is broken.
    """
    path = encoder / folder.ORIGIN
    if not path.is_file():
        raise UsageError(
            f"{encoder} is not a converted encoder ({folder.ORIGIN} is missing); "
            "`synthbench convert CHECKPOINT --out FOLDER` writes one."
        )
    try:
        return Origin.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            f"{path} is broken: {describe(error) if isinstance(error, ValidationError) else error}"
        ) from error


def evaluate(
    encoder: Path,
    protocol: Protocol,
    out: Path | str,
    *,
    device: torch.device,
    command: str = "",
    report: Reporter | None = None,
) -> tuple[Path, Result]:
    """Evaluate a converted encoder under a shipped protocol into ``OUT/<name>/<protocol>/seed-0``: a run folder that
    can be submitted. A second call returns the existing result.

    Args:
        out: a folder or an address.

    Raises:
        UsageError, DataError: not a converted encoder, or the run folder holds another one.
    """
    report, origin, weights = report or Reporter(), origin_of(encoder), encoder / WEIGHTS
    registry.ready(protocol.evaluate)
    digest, spec = sha256_of(weights), inspect(weights)[0]
    path = folder.run_folder(here(out), origin.name, protocol.id, 0)
    address = folder.run_address(local(out), origin.name, protocol.id, 0)
    request = {"weights_sha256": digest, "protocol_sha256": protocol.sha256(), "origin": origin.model_dump(mode="json")}
    with folder.claim(path, request, address=address, report=report):
        if (path / folder.RESULT).is_file():
            report.note(f"already done: reusing {address or path}")
            return path, result.read(path / folder.RESULT)
        about = {"architecture": spec.architecture, "size": spec.size, "mean": list(spec.mean), "std": list(spec.std)}
        params = {"source": origin.source, "source_sha256": origin.source_sha256, "prefix": origin.prefix, **about}
        write_json(path / folder.RECIPE, {**origin.model_dump(mode="json"), "generator": "none", "params": params})
        write_json(path / folder.PROTOCOL, protocol.model_dump(mode="json"))
        write_json(path / folder.ORIGIN, origin.model_dump(mode="json"))
        with whole(path / WEIGHTS) as copy:
            shutil.copyfile(weights, copy)
        report.stage("evaluate", f"{origin.name} on {len(protocol.evaluate.tasks)} tasks")
        started = time.perf_counter()
        scores = evaluation.scores(
            evaluation.evaluate(load_encoder(path).to(device), protocol.evaluate, report), seed=0
        )
        seconds = time.perf_counter() - started
        env = environment.environment(device) | {"precision": "fp32"}
        generator = result.GeneratorInfo(
            name=origin.name, title=origin.title, version=env["synthbench"], code_commit=None,
            source_sha256=origin.source_sha256, params=params, license=origin.license, citation=origin.citation,
            uses_real_data=origin.uses_real_data, uses_pretrained=origin.uses_pretrained,
            real_data_sources=origin.real_data_sources,
        )  # fmt: skip
        run = result.Run(
            seed=0, encoder=result.EncoderInfo(weights_sha256=digest), samples_seen=0, render_s=0, pretrain_s=0,
            evaluate_s=seconds, wall_s=seconds, gpu_hours=0, images_per_s=0, peak_memory_gb=peak_memory_gb(),
            final_loss=None, status="finished",
        )  # fmt: skip
        record = records.seal(
            generator=generator,
            protocol=protocol,
            overrides={TRAINED_ELSEWHERE: True},
            run=run,
            scores=scores,
            env=env,
            command=command,
            artifacts=[WEIGHTS, folder.ORIGIN, folder.SCORES_FIGURE],
        )
        figures.scores(record, path / folder.SCORES_FIGURE, [])
        result.write(record, path / folder.RESULT)
    return path, record
