"""The record of a run, for encoders pretrained by synthbench and for those trained elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthbench.entrant.recipe import Recipe
from synthbench.evaluate import registry
from synthbench.protocol.protocol import Protocol
from synthbench.result import environment, result
from synthbench.result.metric_names import common, titled


def seal(
    *,
    generator: result.GeneratorInfo,
    protocol: Protocol,
    overrides: Mapping[str, Any],
    run: result.Run,
    scores: Sequence[result.Score],
    env: Mapping[str, Any],
    command: str,
    artifacts: Sequence[str],
    data: result.DataInfo | None = None,
    properties: Mapping[str, float] | None = None,
) -> result.Result:
    """The record of one seed of an entrant under a protocol, with its aggregate."""
    mean = f"mean {titled(common(s.metric for s in scores))}"
    whole = not registry.partial_groups(protocol.evaluate.tasks)
    return result.seal(
        {
            "submitter": None,
            "generator": generator,
            "data": data,
            "protocol": result.ProtocolInfo(id=protocol.id, sha256=protocol.sha256(), overrides=dict(overrides)),
            "runs": [run],
            "scores": list(scores),
            "aggregate": result.Aggregate(name=mean, value=result.mean_score(list(scores)), std=None, complete=whole),
            "properties": properties,
            "env": dict(env),
            "command": command,
            "artifacts": list(artifacts),
        }
    )


def generator_info(recipe: Recipe, env: Mapping[str, Any]) -> result.GeneratorInfo:
    """The entrant in the record's form."""
    file, colon, _ = recipe.generator.rpartition(":")
    commit = environment.git_state(Path(file).parent)[0] if colon else env["code_commit"]
    return result.GeneratorInfo(
        name=recipe.name, title=recipe.title or recipe.name, version=env["synthbench"], code_commit=commit,
        source_sha256=recipe.source_sha256(), params=recipe.recorded, license=recipe.license, citation=recipe.citation,
        uses_real_data=recipe.uses_real_data, uses_pretrained=recipe.uses_pretrained,
        real_data_sources=recipe.real_data_sources,
    )  # fmt: skip
