"""Experiment trackers, chosen with ``--track``: TensorBoard, Weights & Biases or Trackio. Off by default.

Nothing is imported or sent unless it was requested. A resumed run continues the same curves.
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
from synthbench.storage.mirror import address_of

PROJECT = "synthbench"


class Tracker(ABC):
    """Logs named values by step.

    Its run starts with the first value, so that a run without values does not leave one.
    """

    needs: str
    """The module, imported at once, so that a missing package is reported before hours are spent."""

    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        self.folder, self.name, self.config = folder, name, dict(config)
        self.module: Any = importlib.import_module(self.needs)
        self.run: Any = None
        self.check()

    def check(self) -> None:  # noqa: B027 - most need nothing
        """Check that a run can start, before hours are spent; raises the package's exceptions."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Log the values of a step, counted from 1."""
        if self.run is None:
            try:
                self.run = self.begin(step)
            except Exception as error:  # each package has its own exceptions
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
        """Log the values of a step of a run that has started."""

    @abstractmethod
    def end(self) -> None:
        """Flush pending values."""


class TensorBoard(Tracker):
    """Event files in the run folder's ``tensorboard``."""

    needs = "torch.utils.tensorboard"

    def begin(self, step: int) -> Any:
        """Values from this step on, written before the interruption, are discarded."""
        writer = self.module.SummaryWriter(str(self.folder / "tensorboard"), purge_step=step)
        writer.add_text("constants", "\n".join(f"    {key} = {value}" for key, value in self.config.items()), step)
        return writer

    def add(self, step: int, values: Mapping[str, float]) -> None:
        for key, value in values.items():
            self.run.add_scalar(key, value, step)

    def end(self) -> None:
        self.run.close()


class Wandb(Tracker):
    """A Weights & Biases run (or offline, if WANDB_MODE says so), continued after an interruption."""

    needs = "wandb"

    def check(self) -> None:
        """Without a key it raises, or asks for it at a terminal; offline and disabled runs do not need one."""
        self.module.login()

    def begin(self, step: int) -> Any:
        own = hashlib.sha256((address_of(self.folder) or str(self.folder.resolve())).encode()).hexdigest()[:16]
        return self.module.init(
            project=PROJECT, name=self.name, id=own, resume="allow", config=self.config, dir=str(self.folder)
        )

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self.run.log(dict(values), step=step)

    def end(self) -> None:
        self.run.finish()


class Trackio(Tracker):
    """A run in Trackio's local store, continued after an interruption."""

    needs = "trackio"

    def begin(self, step: int) -> Any:
        return self.module.init(project=PROJECT, name=self.name, config=self.config, resume="allow")

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self.module.log(dict(values), step=step)

    def end(self) -> None:
        self.module.finish()


TRACKERS: dict[str, type[Tracker]] = {"tensorboard": TensorBoard, "wandb": Wandb, "trackio": Trackio}
"""Trackers by the value of ``--track``, which is also the name of the extra."""


@contextmanager
def tracking(kind: str | None, folder: Path, name: str, config: Mapping[str, Any]) -> Iterator[Tracker | None]:
    """A tracker as a context manager that ends with the run; None without one.

    Args:
        folder: of the run.
        name: display name of the run.
        config: its constants.

    Raises:
        UsageError: unknown tracker, its package is missing, or it has no key.
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
    except Exception as error:  # each package has its own exceptions
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
