"""Options shared by ``run``, ``pretrain`` and ``plan``: the entrant, the rules, and how they are executed.

A command takes one of these classes as its first parameter and is decorated with ``spread``: Typer then sees the fields
as its options.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, get_type_hints

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    CheckpointOption,
    DeviceOption,
    EntrantArgument,
    LiveOption,
    OutOption,
    ParamOption,
    PassesOption,
    ProtocolOption,
    RecomputeOption,
    RenderRayOption,
    SeedOption,
    SeedsHint,
    SetOption,
    ShrinkOption,
    TrackOption,
    WorkersOption,
)

if TYPE_CHECKING:
    from synthbench.entrant.recipe import Recipe
    from synthbench.pretrain.execution import Execution
    from synthbench.pretrain.ranks import Ranks
    from synthbench.protocol.protocol import Protocol
    from synthbench.run.run import Job


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """Options that affect the duration, memory and disk use of a run."""

    entrant: EntrantArgument
    protocol: ProtocolOption = DEFAULT_PROTOCOL
    generator: ParamOption = field(default_factory=list)
    set_: SetOption = field(default_factory=list)
    shrink: ShrinkOption = 1.0
    live: LiveOption = False
    device: DeviceOption = "auto"
    workers: WorkersOption = None
    passes: PassesOption = 1
    recompute: RecomputeOption = False

    def recipe(self) -> Recipe:
        """The entrant with its parameters."""
        from synthbench.cli import console
        from synthbench.entrant import recipe

        return recipe.resolve(self.entrant, console.assignments(self.generator, "-g"))

    def rules(self) -> tuple[Protocol, dict[str, Any]]:
        """The protocol with its overrides, and the overrides for the record: ``--shrink`` first, then ``--set``."""
        from synthbench.cli import console
        from synthbench.protocol import protocol, shrink

        rules = protocol.load(self.protocol)
        changes = shrink.shrink(rules, self.shrink) | console.assignments(self.set_, "--set")
        return rules.override(changes), ({"shrink": self.shrink} if self.shrink != 1 else {}) | changes

    def execution(self, ranks: Ranks | None = None) -> Execution:
        """The execution settings of this process among those of the run. Imports torch."""
        from synthbench.pretrain import device as devices
        from synthbench.pretrain.execution import Execution
        from synthbench.pretrain.ranks import Ranks

        ranks = ranks or Ranks()
        where = devices.pick(self.device, ranks.local)
        return Execution(where, self.workers, ranks, passes=self.passes, recompute=self.recompute)


@dataclass(frozen=True, kw_only=True)
class RunOptions(JobOptions):
    """Further options of a run."""

    seed: SeedOption = 0
    seeds: SeedsHint = ""
    out: OutOption = "runs"
    checkpoint_minutes: CheckpointOption = 1.0
    ray: RenderRayOption = ""
    track: TrackOption = None

    def execution(self, ranks: Ranks | None = None) -> Execution:
        return replace(
            super().execution(ranks), checkpoint_s=60 * self.checkpoint_minutes, track=self.track, ray=self.ray
        )

    def job(self, recipe: Recipe, rules: Protocol, ranks: Ranks) -> Job:
        """The complete job."""
        from synthbench.run.run import Job

        return Job(recipe, rules, self.seed, self.out, self.live, self.execution(ranks))


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the first parameter of a command with the fields of its class."""
    first, *own = inspect.signature(command, eval_str=True).parameters.values()
    kind, hints = first.annotation, get_type_hints(first.annotation, include_extras=True)
    shared = [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=_default(each), annotation=hints[each.name]
        )
        for each in fields(kind)
    ]

    @functools.wraps(command)
    def flat(**given: Any) -> None:
        told = kind(**{each.name: given.pop(each.name) for each in shared})
        command(told, **given)

    parameters = shared + [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {each.name: each.annotation for each in parameters}
    return flat


def _default(each: Field[Any]) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return inspect.Parameter.empty if each.default is MISSING else each.default
