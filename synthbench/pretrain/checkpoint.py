"""Checkpoints: everything that a killed run needs to end with the same result as an uninterrupted one."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from synthbench.errors import DataError
from synthbench.storage.files import whole

CHECKPOINT = "checkpoint.pt"


class Part(Protocol):
    """A part with state: a module, an optimizer, ..."""

    def state_dict(self) -> dict[str, Any]:
        """The state to save."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Restore the state."""


def save(
    path: Path, key: dict[str, Any], step: int, losses: list[float], spent: float, parts: Mapping[str, Part]
) -> None:
    """Write a checkpoint atomically.

    Raises:
        DataError: the disk is full or the folder cannot be written; the last checkpoint is kept.
    """
    state = {"key": key, "step": step, "losses": losses, "spent": spent} | {
        name: part.state_dict() for name, part in parts.items()
    }
    with whole(path, durable=True, also=(RuntimeError,)) as draft, draft.open("wb") as file:
        torch.save(state, file)


def resume(path: Path, key: dict[str, Any], parts: Mapping[str, Part]) -> tuple[int, list[float], float]:
    """Continue from a checkpoint if there is one: (next step, losses so far, seconds spent so far).

    Raises:
        DataError: it belongs to another run, or cannot be read.
    """
    if not path.is_file():
        return 0, [], 0.0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["key"] != key:
            other = ", ".join(
                f"{k} {state['key'].get(k)!r} instead of {v!r}" for k, v in key.items() if state["key"].get(k) != v
            )
            raise DataError(
                f"the checkpoint {path} belongs to another run ({other}). Use another --out folder, or delete it."
            )
        for name, part in parts.items():
            part.load_state_dict(state[name])
        return int(state["step"]), list(state["losses"]), float(state["spent"])
    except (
        OSError,
        RuntimeError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        why = " ".join(str(error).split())
        raise DataError(
            f"the checkpoint {path} cannot be read ({why}). Delete it to pretrain again from the start."
        ) from error
