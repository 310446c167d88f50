"""The fields of a small record, for tests."""

from __future__ import annotations

from typing import Any

from synthbench.result.result import wilson

HEX = "ab" * 32


def score(task: str, n_correct: list[int], n_test: int = 200, probe: str = "linear") -> dict[str, Any]:
    per_seed = [{"seed": i, "value": n / n_test, "n_correct": n} for i, n in enumerate(n_correct)]
    total = sum(n_correct)
    return {
        "task": task, "probe": probe, "dataset_id": "d", "dataset_revision": "v1", "split": "test", "n_test": n_test,
        "metric": "top1", "higher_is_better": True, "chance": 0.1, "per_seed": per_seed, "std": None,
        "ci": wilson(total, n_test * len(n_correct)),
    }  # fmt: skip


def fields() -> dict[str, Any]:
    run = {
        "encoder": {"weights_sha256": HEX}, "samples_seen": 64, "render_s": 1.0, "pretrain_s": 2.0, "evaluate_s": 3.0,
        "wall_s": 6.0, "gpu_hours": 0.0, "images_per_s": 32.0, "peak_memory_gb": 0.5, "final_loss": 2.5,
        "status": "finished",
    }  # fmt: skip
    return {
        "submitter": None,
        "generator": {
            "name": "mine", "title": "Mine", "version": "0.1.0", "code_commit": None, "source_sha256": HEX,
            "params": {"a": 1}, "license": "MIT", "citation": "", "uses_real_data": False, "uses_pretrained": False,
            "real_data_sources": [],
        },
        "data": None,
        "protocol": {"id": "p", "sha256": HEX, "overrides": {}},
        "runs": [{"seed": 0, **run}, {"seed": 1, **run}],
        "scores": [score("x", [100, 120]), score("y", [20, 60])],
        "aggregate": {"name": "mean top-1", "value": (0.55 + 0.2) / 2, "std": None, "complete": True},
        "env": {"torch": "2"},
        "command": "synthbench run mine",
        "artifacts": ["encoder.safetensors"],
    }  # fmt: skip
