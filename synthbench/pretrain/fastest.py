"""Which form of the network trains fastest on this GPU: as it is, compiled, or compiled with CUDA graphs.

What pays depends on the card, the batch and torch's version, so the first steps of a run are done in turn by each form,
timed, and the fastest does the rest. They are steps of the run like all others. A form that does not work here (no
compiler, too little memory) is left out, and its step is done again by the plain network. A run that is nearly over is
left to the plain network, for compiling takes a minute or more. On a CPU there is only the plain one, so runs there
stay the same bits.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

WARM, TIMED = 3, 6
"""Steps of each form before its clock starts (compilation, autotuning), and steps that are timed."""
GAIN = 0.97
"""Switch from eager only if the step takes at most 97 % of its time."""
SOON = 300.0
"""Seconds of plain steps to the end of the run below which no other form is tried."""
PLAIN = "eager"


def forms(net: nn.Module, device: torch.device, *, alone: bool) -> dict[str, nn.Module]:
    """The forms to try: compiled ones for one process on a GPU; several ranks talk inside the network, which breaks
    a graph."""
    found = {PLAIN: net}
    if device.type == "cuda" and alone:
        found["compiled"] = torch.compile(net, dynamic=False)  # type: ignore[assignment]
        found["compiled, CUDA graphs"] = torch.compile(net, dynamic=False, mode="reduce-overhead")  # type: ignore[assignment]
    return found


class Fastest:
    """Hands each step to one of several forms of a network.

    Args:
        found: the forms by name, the plain one first.
        state: what a step changes before its end, to be put back where a form fails in the middle of one.
        wait: waits for the device.
        steps: of the run, from here.
        clock: seconds.
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
        """Why, by form."""
        self._forms, self._state, self._wait, self._steps, self._clock = dict(found), state, wait, steps, clock
        self._times: dict[str, list[float]] = {name: [] for name in found}

    def step(self, do: Callable[[nn.Module], Tensor], *, whole: bool = True) -> Tensor:
        """Do a step with one of the forms; ``do`` takes the network and returns the loss.

        A batch that is not ``whole`` goes through the plain network: of another size, it would be compiled again.
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
    if hasattr(form, "_orig_mod"):  # compiled: a CUDA graph may now write over what it gave to the last step
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
    return do(form)


def _copy(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value
