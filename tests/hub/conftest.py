"""Finished runs, made without training: a random encoder, really evaluated on tiny tasks, with really rendered first images."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthbench import environment, folder, protocol, recipe, result
from synthbench.evaluate import evaluate, tasks
from synthbench.pretrain.encoder import WEIGHTS, initial
from synthbench.recipe import Recipe
from synthbench.render.render import render
from synthbench.run import generator_info
from synthbench.weights import sha256_of

RULES = protocol.load("simclr-resnet18-pocket")


@pytest.fixture(scope="session")
def tiny_tasks() -> Iterator[None]:
    """Small tasks in the place of the protocol's: shades of noise, 60 test images."""

    def make(size: int) -> tasks.Data:
        rng = np.random.default_rng(0)

        def some(each: int) -> tuple[np.ndarray, np.ndarray]:
            y = np.repeat(np.arange(3), each)
            return (rng.integers(0, 180, (len(y), 32, 32, 3)) + 30 * y[:, None, None, None]).astype(np.uint8), y

        return tasks.Data(*some(6), *some(20))

    with pytest.MonkeyPatch.context() as patch:
        for name in RULES.evaluate.tasks:
            patch.setitem(tasks.TASKS, name, tasks.Task("Which shade?", "test", "v1", 3, make))
        tasks._load.cache_clear()
        yield
    tasks._load.cache_clear()


def make_run(entrant: Recipe, seed: int, out: Path) -> Path:
    """A run folder like those of ``synthbench run``."""
    path = folder.run_folder(out, entrant.name, RULES.id, seed)
    path.mkdir(parents=True)
    encoder = initial("resnet18", size=RULES.augment.size, mean=RULES.augment.mean, std=RULES.augment.std, seed=seed).eval()
    encoder.save(path / WEIGHTS, recipe=entrant.name, protocol=RULES.id, protocol_sha256=RULES.sha256(), seed=str(seed))
    data = render(entrant, images=20, size=RULES.data.size, seed=seed, out=path / folder.IMAGES, format="png", workers=1)
    scores = evaluate.scores(evaluate.evaluate(encoder, RULES.evaluate), seed)
    env = {"synthbench": environment.version(), "code_commit": None, "python": "3.11"}
    Image.new("RGB", (96, 64), "teal").save(path / folder.SHEET)
    folder.write_json(path / folder.RECIPE, entrant.model_dump(mode="json"))
    folder.write_json(path / folder.PROTOCOL, RULES.model_dump(mode="json"))
    record = result.seal({
        "submitter": None, "generator": generator_info(entrant, env), "env": env, "command": f"synthbench run {entrant.name}", "artifacts": [],
        "data": result.DataInfo(
            n_images=RULES.data.images, n_classes=len(data.labels), n_left_out=0, resolution=RULES.data.size, seed=seed,
            fingerprint=data.manifest.fingerprint, renderer=data.manifest.renderer, mode="stored",
        ),
        "protocol": result.ProtocolInfo(id=RULES.id, sha256=RULES.sha256(), overrides={}),
        "runs": [result.Run(
            seed=seed, encoder=result.EncoderInfo(weights_sha256=sha256_of(path / WEIGHTS)), fingerprint=data.manifest.fingerprint,
            samples_seen=1, render_s=1, pretrain_s=1, evaluate_s=1, wall_s=3, gpu_hours=0, images_per_s=1, peak_memory_gb=1,
            final_loss=1.0, status="finished",
        )],
        "scores": scores,
        "aggregate": result.Aggregate(name="mean top-1", value=result.mean_score(scores), std=None, complete=True),
    })  # fmt: skip
    result.write(record, path / folder.RESULT)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_tasks: None) -> dict[int, Path]:
    entrant = recipe.resolve("white-noise").model_copy(update={"citation": "Noise & co, 2026", "license": "MIT"})
    out = tmp_path_factory.mktemp("made")
    return {seed: make_run(entrant, seed, out) for seed in (0, 1, 7)}


@pytest.fixture
def runs(made: dict[int, Path], tmp_path: Path) -> list[Path]:
    """The run folders of seeds 0 and 1, to be changed at will (files are links: replace, do not rewrite)."""
    copies = [tmp_path / "runs" / f"seed-{seed}" for seed in (0, 1)]
    for seed, copy in zip((0, 1), copies, strict=True):
        shutil.copytree(made[seed], copy, copy_function=os.link)
    return copies


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Log in as alice or mona, or out."""

    def log_in(user: str | None) -> None:
        if user is None:
            monkeypatch.delenv("HF_TOKEN", raising=False)
        else:
            monkeypatch.setenv("HF_TOKEN", f"hf_{user}")

    return log_in


@pytest.fixture
def board(hub, login) -> str:
    """A leaderboard of mona's organisation; alice is logged in afterwards."""
    from synthbench.hub.board import create

    login("mona")
    create("board/results")
    login("alice")
    return "board/results"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's pauses between tries take no time."""
    import time

    monkeypatch.setattr(time, "sleep", lambda _: None)
