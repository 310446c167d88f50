"""A finished run without training: a random encoder that is really evaluated, with really rendered first images."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from synthbench.entrant.recipe import Recipe
from synthbench.evaluate import evaluate
from synthbench.pretrain.encoder import initial
from synthbench.protocol import protocol
from synthbench.render.render import render
from synthbench.result import environment, folder, result
from synthbench.result.encoder_file import WEIGHTS
from synthbench.run.record import generator_info
from synthbench.storage.files import sha256_of, write_json

RULES = protocol.load("simclr-resnet18-pocket")


def make_run(entrant: Recipe, seed: int, out: Path, width: int = 8) -> Path:
    """Write a run folder as ``synthbench run`` does; timm has the encoder if its width is 64."""
    path = folder.run_folder(out, entrant.name, RULES.id, seed)
    path.mkdir(parents=True)
    rules = RULES.augment
    encoder = initial("resnet18", size=rules.size, mean=rules.mean, std=rules.std, seed=seed, width=width).eval()
    encoder.save(path / WEIGHTS, recipe=entrant.name, protocol=RULES.id, protocol_sha256=RULES.sha256(), seed=str(seed))
    data = render(
        entrant, images=20, size=RULES.data.size, seed=seed, out=path / folder.IMAGES, format="png", workers=1
    )
    scores = evaluate.scores(evaluate.evaluate(encoder, RULES.evaluate), seed)
    env = {"synthbench": environment.version(), "code_commit": None, "python": "3.11"}
    Image.new("RGB", (96, 64), "teal").save(path / folder.SHEET)
    write_json(path / folder.RECIPE, entrant.model_dump(mode="json"))
    write_json(path / folder.PROTOCOL, RULES.model_dump(mode="json"))
    record = result.seal({
        "submitter": None, "generator": generator_info(entrant, env), "env": env,
        "command": f"synthbench run {entrant.name}", "artifacts": [], "data": result.DataInfo(
            n_images=RULES.data.images, n_classes=len(data.labels), n_left_out=0, resolution=RULES.data.size, seed=seed,
            fingerprint=data.manifest.fingerprint, renderer=data.manifest.renderer, mode="stored",
        ),
        "protocol": result.ProtocolInfo(id=RULES.id, sha256=RULES.sha256(), overrides={}),
        "runs": [result.Run(
            seed=seed, encoder=result.EncoderInfo(weights_sha256=sha256_of(path / WEIGHTS)),
            fingerprint=data.manifest.fingerprint, samples_seen=1, render_s=1, pretrain_s=1, evaluate_s=1, wall_s=3,
            gpu_hours=0, images_per_s=1, peak_memory_gb=1, final_loss=1.0, status="finished",
        )],
        "scores": scores,
        "aggregate": result.Aggregate(name="mean top-1", value=result.mean_score(scores), std=None, complete=True),
    })  # fmt: skip
    result.write(record, path / folder.RESULT)
    return path
