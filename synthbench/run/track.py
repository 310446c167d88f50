"""Experiment trackers, chosen with ``--track``: TensorBoard, Weights & Biases or Trackio. Off by default.

Nothing is imported or sent unless it was asked for. A resumed run continues the same curves.
"""

from __future__ import annotations

import hashlib
import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthbench.errors import DataError, UsageError

PROJECT = "synthbench"


class Tracker(ABC):
    """Takes named values by step.

    Its run begins with the first value, so that a run with nothing to say leaves none.
    """

    needs: str
    """The module, imported at once: a missing package is told before hours are spent."""

    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        self.folder, self.name, self.config = folder, name, dict(config)
        self.module: Any = importlib.import_module(self.needs)
        self.run: Any = None
        self.check()

    def check(self) -> None:  # noqa: B027 - most need nothing
        """See whether a run can begin, before hours are spent; raises what the package raises."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Values of a step; steps count from 1."""
        if self.run is None:
            try:
                self.run = self.begin(step)
            except Exception as error:  # each package has its own
                raise DataError(
                    f"the tracker does not start: {_one_line(error)}. Finished work is kept; the same command "
                    "continues, with or without --track."
                ) from error
        self.add(step, values)

    @abstractmethod
    def begin(self, step: int) -> Any:
        """Start or continue the run at a step."""

    @abstractmethod
    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Values of a step of a run that has begun."""

    @abstractmethod
    def end(self) -> None:
        """Write what is held back."""


class TensorBoard(Tracker):
    """Event files in the run folder's ``tensorboard``."""

    needs = "torch.utils.tensorboard"

    def begin(self, step: int) -> Any:
        """What was written from this step on, before the interruption, is drawn anew."""
        writer = self.module.SummaryWriter(str(self.folder / "tensorboard"), purge_step=step)
        writer.add_text("constants", "\n".join(f"    {key} = {value}" for key, value in self.config.items()), step)
        return writer

    def add(self, step: int, values: Mapping[str, float]) -> None:
        for key, value in values.items():
            self.run.add_scalar(key, value, step)

    def end(self) -> None:
        self.run.close()


class Wandb(Tracker):
    """A run at Weights & Biases (or offline, if WANDB_MODE says so), the same one after an interruption."""

    needs = "wandb"

    def check(self) -> None:
        """Without a key it raises, or asks for it at a terminal; offline and disabled runs need none."""
        self.module.login()

    def begin(self, step: int) -> Any:
        own = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]
        return self.module.init(
            project=PROJECT, name=self.name, id=own, resume="allow", config=self.config, dir=str(self.folder)
        )

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self.run.log(dict(values), step=step)

    def end(self) -> None:
        self.run.finish()


class Trackio(Tracker):
    """A run in Trackio's local store, the same one after an interruption."""

    needs = "trackio"

    def begin(self, step: int) -> Any:
        return self.module.init(project=PROJECT, name=self.name, config=self.config, resume="allow")

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self.module.log(dict(values), step=step)

    def end(self) -> None:
        self.module.finish()


TRACKERS: dict[str, type[Tracker]] = {"tensorboard": TensorBoard, "wandb": Wandb, "trackio": Trackio}
"""By the name of ``--track``, which is also that of the extra."""


@contextmanager
def tracking(kind: str | None, folder: Path, name: str, config: Mapping[str, Any]) -> Iterator[Tracker | None]:
    """A tracker, ended however the run ends; None for none.

    Args:
        folder: of the run.
        name: of the run, for people.
        config: its constants.

    Raises:
        UsageError: no such tracker, its package is missing, or it has no key.
    """
    if kind is None:
        yield None
        return
    if kind not in TRACKERS:
        raise UsageError(f"--track {kind!r}: one of {', '.join(TRACKERS)}.")
    try:
        tracker = TRACKERS[kind](folder, name, config)
    except ImportError as error:
        raise UsageError(
            f"--track {kind} needs a package that is not installed ({error}): pip install 'synthbench-vision[{kind}]'."
        ) from error
    except Exception as error:  # each package has its own
        offline = ", or set WANDB_MODE=offline" if kind == "wandb" else ""
        raise UsageError(
            f"--track {kind} does not start: {_one_line(error)}. Log in first{offline}; nothing has been rendered yet."
        ) from error
    try:
        yield tracker
    finally:
        if tracker.run is not None:
            tracker.end()


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
