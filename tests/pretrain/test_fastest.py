"""Forms of a network in turn: the fastest is selected, a failing one is left out, and the steps equal those in eager
mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from synthbench.entrant.recipe import resolve
from synthbench.pretrain.fastest import PLAIN, SOON, TIMED, WARM, Fastest, forms
from synthbench.pretrain.order import Order
from synthbench.pretrain.source import Decoded, decoded, gpu_decodes
from synthbench.render.render import render

CPU = torch.device("cpu")


class Clock:
    """Seconds that pass as the forms specify."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def steps(
    net: nn.Module,
    took: dict[str, float],
    n: int,
    broken: int | None = None,
    left: int = 1000,
    parts: tuple[int, ...] = (),
) -> tuple[Fastest, list[str]]:
    """n steps with forms of given durations; the last one fails at one of its steps, after it has changed the
    trained values. ``parts`` are steps with an incomplete batch."""
    clock, used, calls = Clock(), [], []
    found = {name: nn.Sequential(net) if name != PLAIN else net for name in took}
    chooser = Fastest(found, net, lambda: None, left, clock)

    def do(form: nn.Module) -> torch.Tensor:
        name = next(name for name, one in found.items() if one is form)
        clock.now += took[name]
        loss = form(torch.ones(4, 1, 2, 2)).sum()
        if name == list(took)[-1] and broken is not None:
            calls.append(name)
            if len(calls) == broken:
                raise RuntimeError("no compiler here\nand more")
        used.append(name)
        return loss

    for number in range(n):
        chooser.step(do, whole=number not in parts)
    return chooser, used


@pytest.mark.parametrize(
    ("took", "chosen"),
    [
        ({PLAIN: 1.0, "a": 0.8, "b": 0.9}, "a"),
        ({PLAIN: 1.0, "a": 1.2, "b": 1.1}, PLAIN),
        ({PLAIN: 1.0, "a": 0.98, "b": 0.99}, PLAIN),
        ({PLAIN: 1.0, "a": 0.8, "b": 0.5}, "b"),
    ],
)
def test_the_fastest_form_is_used_for_the_rest(took, chosen):
    each = WARM + TIMED
    chooser, used = steps(nn.BatchNorm2d(1), took, 3 * each + 5)
    assert used == [PLAIN] * each + ["a"] * each + ["b"] * each + [chosen] * 5
    assert chooser.chosen == chosen


@pytest.mark.parametrize("broken", [1, 4])
def test_a_form_that_fails_is_left_out_and_its_step_done_again(broken):
    each = WARM + TIMED
    net, plain = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
    chooser, used = steps(net, {PLAIN: 1.0, "a": 0.1}, each + broken + 3, broken)
    assert used == [PLAIN] * each + ["a"] * (broken - 1) + [PLAIN] * 4
    assert (chooser.chosen, chooser.failed) == (PLAIN, {"a": "no compiler here"})
    for _ in range(each + broken + 3):
        plain(torch.ones(4, 1, 2, 2))
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), plain.state_dict().values(), strict=True))


def test_a_run_that_is_nearly_over_stays_eager():
    each = WARM + TIMED
    chooser, used = steps(nn.BatchNorm2d(1), {PLAIN: 1.0, "a": 0.1}, each + 5, left=int(SOON) - 1)
    assert (chooser.chosen, used) == (PLAIN, [PLAIN] * (each + 5))
    chooser, _ = steps(nn.BatchNorm2d(1), {PLAIN: 1.0, "a": 0.1}, 2 * each, left=int(SOON) + 1)
    assert chooser.chosen == "a"


def test_a_smaller_batch_goes_through_the_plain_network_and_is_not_timed():
    each = WARM + TIMED
    chooser, used = steps(nn.BatchNorm2d(1), {PLAIN: 1.0, "a": 0.1}, 2 * each + 6, parts=(2, each + 3, 2 * each + 4))
    assert used == [PLAIN] * (each + 1) + ["a"] * 2 + [PLAIN] + ["a"] * each + [PLAIN] + ["a"]
    assert chooser.chosen == "a"


def test_an_error_of_the_plain_network_is_not_hidden():
    chooser = Fastest({PLAIN: nn.Identity(), "a": nn.Identity()}, nn.Identity(), lambda: None, 1000)
    with pytest.raises(ValueError, match="mine"):
        chooser.step(lambda _: (_ for _ in ()).throw(ValueError("mine")))


def test_a_cpu_and_several_ranks_have_the_plain_network_only(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda net, **_: net)  # importing the compiler takes seconds
    assert list(forms(nn.Identity(), CPU, alone=True)) == [PLAIN]
    assert list(forms(nn.Identity(), torch.device("cuda"), alone=False)) == [PLAIN]
    assert list(forms(nn.Identity(), torch.device("cuda"), alone=True)) == [PLAIN, "compiled", "compiled, CUDA graphs"]


# Decoding


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory):
    out = tmp_path_factory.mktemp("jpegs")
    return render(resolve("white-noise"), images=8, size=32, seed=0, out=out, format="jpeg", workers=1)


def test_workers_decode_where_there_is_no_gpu(jpegs):
    assert not gpu_decodes(jpegs, CPU)


def test_workers_decode_where_torchvision_has_no_nvjpeg(jpegs):
    """For a GPU that is not available, torchvision refuses in the same way as without nvJPEG."""
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a GPU")
    assert not gpu_decodes(jpegs, torch.device("cuda"))


def test_torchvision_decodes_what_pillow_does(jpegs):
    made = decoded([jpegs.encoded(i) for i in range(8)], CPU)
    expected = torch.from_numpy(np.stack([jpegs.image(i) for i in range(8)])).permute(0, 3, 1, 2)
    assert made.shape == (8, 3, 32, 32)
    assert (made.int() - expected.int()).abs().max() <= 2
    with pytest.raises(RuntimeError):
        decoded([b"no jpeg"], CPU)


def test_a_batch_that_the_gpu_cannot_decode_is_decoded_by_workers(jpegs, monkeypatch):
    """The code path of a GPU, on the CPU."""
    monkeypatch.setattr("synthbench.pretrain.source.gpu_decodes", lambda *_: True)
    order, images = Order(0, 8, 4, 2), Decoded(jpegs, CPU)
    images.start(0, 2, order, lambda step: np.array([0, 2, 3]))
    wanted = [order.of(step)[[0, 2, 3]] for step in (0, 1)]
    expected = [torch.from_numpy(np.stack([jpegs.image(int(i)) for i in rows])).permute(0, 1, 3, 2) for rows in wanted]
    assert (images.take(0).pixels.int() - expected[0].int()).abs().max() <= 2

    def broken(*_: object) -> None:
        raise RuntimeError("nvJPEG: unsupported")

    monkeypatch.setattr("synthbench.pretrain.source.decoded", broken)
    assert torch.equal(images.take(1).pixels, expected[1])
    images.close()
