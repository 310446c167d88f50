"""Learning rate schedules."""

from __future__ import annotations

import math

from synthbench.pretrain.optimizers.optimizer import Optimizer
from synthbench.protocol.sections import Cosine


def learning_rate(rules: Optimizer, step: int, steps: int, peak: float | None = None) -> float:
    """The rate of ``step``, counted from 0, in a run of ``steps``; ``peak`` is the peak of a parameter group, by
    default ``rules.lr``.

    - ``step``: the peak times the factor once for each milestone that has been passed. SupContrast's ``e > m`` with
      epochs counted from 1 and MoCo's ``e >= m`` with epochs from 0 are the same: m epochs are completed.
    - ``cosine``: constant within an epoch (SupContrast util.py, to ``floor`` times the peak; MoCo main_moco.py, to 0).
    - one-cycle (no schedule): linear from 0 over the first ``warmup`` of the steps, then half a cosine to 0, step
      by step.
    """
    schedule, peak = rules.schedule, rules.lr if peak is None else peak
    if schedule is None:
        assert rules.warmup is not None  # the protocol has one of the two
        ramp = rules.warmup * steps
        if step < ramp:
            return peak * (step + 1) / (ramp + 1)
        return peak * 0.5 * (1 + math.cos(math.pi * (step - ramp) / (steps - ramp)))
    completed = step * rules.epochs // steps
    if isinstance(schedule, Cosine):
        low = peak * schedule.floor
        return low + (peak - low) * 0.5 * (1 + math.cos(math.pi * (completed + schedule.first) / rules.epochs))
    return peak * schedule.factor ** sum(completed >= m for m in schedule.milestones)
