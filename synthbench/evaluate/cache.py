"""Disk cache of unfinished evaluations, so that an interrupted one (of VTAB's nineteen data sets, say) resumes.

It is in ``$SYNTHBENCH_HOME/evaluations``, in a folder named after the encoder's weights and the rules. The features of
a data set are deleted when its scores are written, and the folder when all scores are.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synthbench.errors import DataError
from synthbench.evaluate.outcome import Outcome
from synthbench.home import home
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol.protocol import Evaluate
from synthbench.result import folder
from synthbench.storage.files import make_folder, write_json

FORMAT = 2
"""Version of the cache format; files of other versions are not read."""
AT_ONCE = 4
"""Number of processes that may evaluate the same encoder at the same time."""


class Cache:
    """The cache folder of one encoder under some rules."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def file(self, task: str, name: str) -> Path:
        """The file of a data set's features or classifier."""
        return self._path / task.replace("/", "--") / name

    def scores(self, task: str) -> list[Outcome] | None:
        """The stored scores of a data set, or None."""
        path = self.file(task, "scores.json")
        return [_read(fields) for fields in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else None

    def write(self, task: str, outcomes: list[Outcome]) -> None:
        """Store a data set's scores and delete its features."""
        path = self.file(task, "scores.json")
        make_folder(path.parent)
        write_json(path, [asdict(outcome) for outcome in outcomes])
        for other in path.parent.iterdir():
            if other != path:
                other.unlink()


def _read(fields: dict[str, Any]) -> Outcome:
    return Outcome(**{**fields, "ci": tuple(fields["ci"])})


@contextmanager
def opened(encoder: Encoder, rules: Evaluate) -> Iterator[Cache]:
    """The cache of an evaluation, locked for this process and deleted after success.

    If another process evaluates the same encoder, a separate folder is used.

    Raises:
        DataError: the folder cannot be written.
    """
    asked = rules.model_dump(mode="json", exclude_none=True)
    request = {"format": FORMAT, "encoder": weights_hash(encoder), "size": encoder.size, "rules": asked}
    name = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:24]
    base = home() / "evaluations"
    make_folder(base)
    with ExitStack() as held:
        for copy in range(AT_ONCE):
            path = base / (f"{name}-{copy}" if copy else name)
            try:
                held.enter_context(folder.claim(path, request))
                break
            except DataError:
                if copy == AT_ONCE - 1:
                    raise
        yield Cache(path)
        shutil.rmtree(path, ignore_errors=True)


def weights_hash(encoder: Encoder) -> str:
    """Hash of an encoder's weights and statistics, its mean and standard deviation."""
    digest = hashlib.sha256(
        f"{type(encoder).__name__} {getattr(encoder, 'mean', ())} {getattr(encoder, 'std', ())}".encode()
    )
    for key, value in encoder.state_dict().items():
        digest.update(key.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
