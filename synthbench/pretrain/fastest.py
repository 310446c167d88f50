"""Select the fastest form of the network on this GPU: eager, compiled, or compiled with CUDA graphs.

Which one is fastest depends on the GPU, the batch and torch's version, so the first steps of a run are done by each
form in turn and timed, and the fastest one is used for the rest. These steps count like all others. A form that does
not work (no compiler, too little memory) is left out, and its step is repeated in eager mode. A run that is nearly over
stays in eager mode, because compiling takes a minute or more. On a CPU only eager mode is used, so runs there stay
bitwise reproducible.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

WARM, TIMED = 3, 6
"""Steps of each form before timing starts (compilation, autotuning), and steps that are timed."""
GAIN = 0.97
"""Switch from eager only if the step takes at most 97 % of its time."""
SOON = 300.0
"""Other forms are not tried if eager mode would finish the run within this many seconds."""
PLAIN = "eager"


def forms(net: nn.Module, device: torch.device, *, alone: bool) -> dict[str, nn.Module]:
    """The forms to try. Compiled ones are only for one process on a GPU: with several ranks, communication inside
    the network breaks the graph."""
    found = {PLAIN: net}
    if device.type == "cuda" and alone:
        found["compiled"] = torch.compile(net, dynamic=False)  # type: ignore[assignment]
        found["compiled, CUDA graphs"] = torch.compile(net, dynamic=False, mode="reduce-overhead")  # type: ignore[assignment]
    return found


class Fastest:
    """Runs each step with one of several forms of a network.

    Args:
        found: the forms by name, eager first.
        state: what a step changes before its end, restored if a form fails in the middle of one.
        wait: waits for the device.
        steps: remaining steps of the run.
        clock: returns seconds.
    """

    def __init__(
        self,
        found: Mapping[str, nn.Module],
        state: nn.Module,
        wait: Callable[[], None],
        steps: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.chosen: str | None = PLAIN if len(found) == 1 else None
        self.failed: dict[str, str] = {}
        """The reason, by form."""
        self._forms, self._state, self._wait, self._steps, self._clock = dict(found), state, wait, steps, clock
        self._times: dict[str, list[float]] = {name: [] for name in found}

    def step(self, do: Callable[[nn.Module], Tensor], *, whole: bool = True) -> Tensor:
        """Do a step with one of the forms; ``do`` takes the network and returns the loss.

        A batch that is not ``whole`` uses eager mode: another size would be compiled again.
        """
        if not whole:
            return do(self._forms[PLAIN])
        if self.chosen is not None:
            return _done(do, self._forms[self.chosen])
        name = next(name for name, times in self._times.items() if len(times) < WARM + TIMED)
        before = {} if name == PLAIN else {key: _copy(value) for key, value in self._state.state_dict().items()}
        self._wait()
        start = self._clock()
        try:
            loss = _done(do, self._forms[name])
            self._wait()
        except Exception as error:
            if name == PLAIN:
                raise
            self._state.load_state_dict(before)
            self.failed[name] = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            del self._forms[name], self._times[name]
            loss = do(self._forms[PLAIN])
        else:
            self._times[name].append(self._clock() - start)
        if (
            name == PLAIN
            and len(self._times[PLAIN]) == WARM + TIMED
            and statistics.median(self._times[PLAIN][WARM:]) * self._steps < SOON
        ):
            self._times = {PLAIN: self._times[PLAIN]}
        if all(len(times) == WARM + TIMED for times in self._times.values()):
            self._choose()
        return loss

    def _choose(self) -> None:
        took = {name: statistics.median(times[WARM:]) for name, times in self._times.items()}
        took[PLAIN] *= GAIN
        self.chosen = min(took, key=lambda name: took[name])
        self._forms = {name: self._forms[name] for name in (PLAIN, self.chosen)}


def _done(do: Callable[[nn.Module], Tensor], form: nn.Module) -> Tensor:
    if hasattr(form, "_orig_mod"):  # compiled: a CUDA graph may now overwrite its output of the last step
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
    return do(form)


def _copy(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value
