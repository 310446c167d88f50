"""Rendering on the nodes of a Ray cluster: a shard is a task, its images are returned encoded, and the caller writes
them.

What a shard lacks depends on the shard alone (``render.pool``): not on which node drew it, nor on what that node drew
before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, Self

from synthbench.cluster import nodes, shipped
from synthbench.cluster.task import Task
from synthbench.dataset.manifest import LeftOut
from synthbench.entrant.recipe import Recipe
from synthbench.errors import ClusterError, GeneratorError
from synthbench.generator import label_of
from synthbench.progress import Reporter
from synthbench.render.batches import Done
from synthbench.render.pool import Pool, Settings, too_many
from synthbench.render.preflight import preflight

TRIED = 8
"""Number of images by which nodes are compared."""
Items = list[tuple[int, int]]


class Farm:
    """Does the work of ``render.pool.Pool`` for ``render`` on the nodes of a cluster. Use it in a ``with`` statement.

    Args:
        recipe: the entrant. A ``file.py:Class`` is sent with the shards.
        settings: of the pool that renders a shard on a node; its task requests a CPU for each of the workers.
        address: of the cluster, as for ``nodes.connected``.
        renderer: part of a renderer's name: only nodes with this renderer are used.

    Attributes:
        labels: the generator's label names.
        renderer: the name of the renderer.

    Raises:
        ClusterError: see ``nodes.connected`` and ``nodes.survey``; or the nodes draw different images: says how many
            agree.
    """

    def __init__(self, recipe: Recipe, settings: Settings, *, address: str, renderer: str) -> None:
        self._recipe, self._deadline, self._needs = recipe, settings.deadline, nodes.Needs(settings.workers)
        self._setup = {"entrant": shipped.pack(recipe), "settings": asdict(settings)}
        self._left_out: list[LeftOut] = []
        with ExitStack() as stack:
            self._ray = stack.enter_context(nodes.connected(address))
            found = nodes.survey(self._ray, f"{__name__}:show", self._setup, self._needs)
            fit = fitting(found, renderer)
            self._only = fit if len(fit) < len(found) else []
            self.labels: list[str] = fit[0].answer["labels"]
            self.renderer: str = fit[0].answer["renderer"]
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(
        self, jobs: Iterable[tuple[int, Items]], *, limit: int, progress: Callable[[int], None] | None = None
    ) -> Iterator[Done]:
        """As ``Pool.run``: yields jobs of (index, [(k, label), ...]) as they are finished.

        Raises:
            GeneratorError: more than ``limit`` images were left out.
            ClusterError: a shard failed: its nodes were lost too often, or a node joined that draws differently.
        """
        n_done = 0
        setup = self._setup | {"renderer": self.renderer}
        tasks = (
            Task(f"shard {index}", f"{__name__}:draw", setup | {"index": index, "items": items})
            for index, items in jobs
        )
        for outcome in nodes.run(self._ray, tasks, self._needs, only=self._only):
            if outcome.failed:
                raise ClusterError(
                    f"{outcome.task.name}: {outcome.failed} Finished shards are kept; run the same command to continue."
                )
            done: Done = outcome.value
            n_done += len(outcome.task.arguments["items"])
            self._left_out += done.left_out
            if len(self._left_out) > limit:
                raise too_many(self._recipe, self._left_out, limit, self._deadline)
            if progress is not None:
                progress(n_done)
            yield done


def fitting(found: list[nodes.Node], renderer: str) -> list[nodes.Node]:
    """The nodes that draw, with the same images on all of them.

    Args:
        renderer: part of the name of the required renderer, or "".

    Raises:
        ClusterError: they do not agree; lists the renderer of each kind, and how to choose.
    """
    kinds: dict[tuple[str, str], list[nodes.Node]] = {}
    broken = [node for node in found if node.failed]
    for node in found:
        if not node.failed:
            kinds.setdefault((node.answer["renderer"], node.answer["images"]), []).append(node)
    chosen = {kind: fit for kind, fit in kinds.items() if renderer.lower() in kind[0].lower()}
    if len(chosen) == 1 and (renderer or not broken):
        return next(iter(chosen.values()))
    lines = [
        f"{_named(fit)} with {name} (images {digest[:8]})"
        for (name, digest), fit in sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    ]
    lines += [f"{node.name} not at all: {node.failed.rstrip('.')}" for node in broken]
    most = max((len(fit) for fit in kinds.values()), default=0)
    what = f"no node draws with {renderer!r}" if renderer and not chosen else "the nodes draw differently"
    raise ClusterError(
        f"one data set has one renderer, and {what}. {most} of {len(found)} nodes fit together: {'; '.join(lines)}. "
        "Choose nodes by a part of their renderer's name, as in --renderer NAME, or start Ray on nodes of one kind."
    )


def check(recipe: Recipe, *, size: int, seed: int, address: str, deadline: float = 20.0) -> list[str]:
    """``preflight`` on every node, with the same arguments and result.

    Raises:
        GeneratorError: it fails on all of them; quotes the first.
        ClusterError: see ``nodes.connected`` and ``nodes.survey``.
    """
    arguments = {"entrant": shipped.pack(recipe), "size": size, "seed": seed, "deadline": deadline}
    with nodes.connected(address) as ray:
        found = nodes.survey(ray, f"{__name__}:checked", arguments, nodes.Needs())
    if all(node.failed for node in found):
        raise GeneratorError(f"{found[0].failed} (On node {found[0].name}.)")
    return next(node.answer for node in found if not node.failed)


def checked(arguments: dict[str, Any], _: Reporter) -> list[str]:
    """``preflight`` on a node."""
    recipe = shipped.unpack(arguments["entrant"])
    return preflight(recipe, size=arguments["size"], seed=arguments["seed"], deadline=arguments["deadline"])


def _named(fit: list[nodes.Node]) -> str:
    names = sorted({node.name for node in fit})
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    return f"{len(fit)} node{'s' if len(fit) > 1 else ''} ({shown})"


def show(arguments: dict[str, Any], _: Reporter) -> dict[str, Any]:
    """The renderer of a node: its ``labels``, ``renderer`` and a hash of the first ``images``."""
    with _pool(arguments, format="raw") as pool:
        items = [(k, label_of(k, len(pool.labels))) for k in range(TRIED)]
        (done,) = pool.run([(0, items)], limit=TRIED)
        digest = hashlib.sha256()
        for k, (_label, pixels) in sorted(done.images.items()):
            digest.update(k.to_bytes(8, "little") + pixels)
        return {"labels": pool.labels, "renderer": pool.renderer, "images": digest.hexdigest()}


_kept: tuple[dict[str, Any], Pool] | None = None
"""The pool of this process's last shard, and its setup."""


def draw(arguments: dict[str, Any], _: Reporter) -> Done:
    """Render a shard on a node.

    Raises:
        ClusterError: this node has a different renderer than the others.
    """
    global _kept
    setup = {key: value for key, value in arguments.items() if key not in ("index", "items")}
    if _kept is None or _kept[0] != setup:
        if _kept is not None:
            _kept[1].close(kill=True)
        _kept = setup, _pool(arguments)
    pool, _kept = _kept[1], None
    try:
        if pool.renderer != arguments["renderer"]:
            raise ClusterError(
                f"{os.uname().nodename} draws with {pool.renderer}, and the data set with {arguments['renderer']}."
            )
        items = [(k, label) for k, label in arguments["items"]]
        (done,) = pool.run([(arguments["index"], items)], limit=len(items))
    except BaseException:
        pool.close(kill=True)
        raise
    _kept = setup, pool
    return done


def _pool(arguments: dict[str, Any], **changed: Any) -> Pool:
    return Pool(shipped.unpack(arguments["entrant"]), Settings(**arguments["settings"] | changed))
