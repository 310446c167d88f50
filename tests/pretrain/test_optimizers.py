"""Optimizers by their protocol names, Muon compared with a naive reference, and resumption of all of them."""

from __future__ import annotations

import copy
import os
import signal

import pytest
import torch
from torch import nn
from training import go, same, small

from synthbench.errors import ProtocolError
from synthbench.pretrain import encoder as encoders
from synthbench.pretrain.optimizers.muon import Muon, orthogonal
from synthbench.pretrain.stop import Terminated
from synthbench.protocol.protocol import Protocol

COMMON = {"batch": 16, "epochs": 2, "warmup": 0.1, "precision": "fp32"}
REST = {"name": "sgd", "lr": 0.06, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}
MUON = {
    "name": "muon",
    "lr": 0.02,
    "momentum": 0.9,
    "nesterov": True,
    "weight_decay": 0.01,
    "ns_steps": 3,
    "rest": REST,
}
ALL = {
    "adamw": {"name": "adamw", "lr": 1e-3, "beta1": 0.9, "beta2": 0.95, "weight_decay": 0.05},
    "lars": {"name": "lars", "lr": 0.5, "momentum": 0.9, "nesterov": False, "weight_decay": 1e-6, "trust": 0.02},
    "muon": MUON,
    "muon-adamw": MUON
    | {"nesterov": False, "rest": {"name": "adamw", "lr": 1e-3, "beta1": 0.9, "beta2": 0.95, "weight_decay": 0.0}},
    "ema": MUON | {"average": {"name": "ema", "decay": 0.9}},
    "tail": MUON | {"average": {"name": "tail", "fraction": 0.5}},
}


def with_optimizer(rules: Protocol, section: dict) -> Protocol:
    return Protocol.model_validate(rules.model_dump() | {"optimizer": COMMON | section})


def newton_schulz(x: torch.Tensor, steps: int) -> torch.Tensor:
    """From Keller Jordan's post, in float64."""
    x = x.double() / x.double().norm()
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x


@pytest.mark.parametrize("steps", [1, 3, 5])
@pytest.mark.parametrize("shape", [(8, 27), (27, 8), (16, 16)])
def test_many_matrices_at_once_are_as_each_alone(shape, steps):
    """Also of low rank, as gradients are."""
    torch.manual_seed(0)
    x = torch.randn(4, *shape)
    x[1] = torch.randn(shape[0], 2) @ torch.randn(2, shape[1])
    made = orthogonal(x, steps, scale=0.5)
    for one, given in zip(made, x, strict=True):
        torch.testing.assert_close(one.double(), 0.5 * newton_schulz(given, steps), atol=2e-4, rtol=1e-3)


def test_singular_values_become_alike():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(1, 32, 64), 5)[0])
    assert ((values > 0.6) & (values < 1.3)).all()


def test_zeros_stay_zeros():
    assert torch.equal(orthogonal(torch.zeros(2, 3, 5), 3), torch.zeros(2, 3, 5))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    convs = [
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.Conv2d(8, 8, 3, bias=False),
        nn.Flatten(),
    ]
    return nn.Sequential(*convs, nn.Linear(8 * 16, 4), nn.Linear(4, 8)).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_is_the_naive_update(nesterov):
    """Three steps: orthogonal ones for the convolutions and the linear layers, SGD for the rest."""
    config = Muon.model_validate(COMMON | MUON | {"nesterov": nesterov, "lr": 0.02})
    net, images = network(), torch.randn(4, 3, 10, 10)
    naive = copy.deepcopy(net)
    optimizer = config.make(net)
    weights = [naive[0].weight, naive[3].weight, naive[5].weight, naive[6].weight]
    rest = [p for p in naive.parameters() if not any(p is w for w in weights)]
    sgd = torch.optim.SGD(rest, lr=0.06, momentum=0.9, nesterov=True, weight_decay=1e-4)
    momentum = [torch.zeros_like(w) for w in weights]
    for _ in range(3):
        for one, step in ((net, optimizer), (naive, sgd)):
            one.zero_grad()
            one(images).square().mean().backward()
            step.step()
        with torch.no_grad():
            for w, m in zip(weights, momentum, strict=True):
                m.mul_(0.9).add_(w.grad)
                update = (w.grad + 0.9 * m if nesterov else m).flatten(1)
                tall = update.shape[0] > update.shape[1]
                made = newton_schulz(update.T if tall else update, 3)
                made = made.T if tall else made
                w.mul_(1 - 0.02 * 0.01)
                w.sub_((0.02 * max(1, update.shape[0] / update.shape[1]) ** 0.5 * made).float().view_as(w))
    for a, b in zip(net.state_dict().values(), naive.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("after", [3, 7])
def test_every_optimizer_learns_and_resumes_bit_by_bit(images, tiny, tmp_path, monkeypatch, name, after):
    monkeypatch.setattr(encoders, "architecture", small)
    rules = with_optimizer(tiny, ALL[name])
    for folder in ("whole", "parts"):
        (tmp_path / folder).mkdir()
    whole = go(images, rules, tmp_path / "whole")

    def stop(step: int, steps: int, loss: float) -> None:
        if step == after:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Terminated):
        go(images, rules, tmp_path / "parts", progress=stop)
    resumed = go(images, rules, tmp_path / "parts")
    assert (resumed.resumed_at, resumed.losses) == (after, whole.losses)
    assert same(resumed.encoder, whole.encoder)
    assert sum(whole.losses[-3:]) < sum(whole.losses[:3])
    again = go(images, rules, tmp_path / "whole")
    assert same(again.encoder, whole.encoder), "a finished run gives the same weights once more"


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["sgd", *ALL])
def test_a_gpu_updates_as_the_cpu_and_resumes(images, tiny, tmp_path, monkeypatch, name):
    """Up to the order of sums; from a checkpoint that was read into the host's memory."""
    monkeypatch.setattr(encoders, "architecture", small)
    rules = with_optimizer(tiny, (ALL | {"sgd": REST})[name] | {"pinned": True})
    made = {}
    for device in ("cpu", "cuda"):
        (tmp_path / device).mkdir()
        made[device] = go(images, rules, tmp_path / device, device=torch.device(device))
    assert made["cuda"].losses == pytest.approx(made["cpu"].losses, rel=1e-3)
    for a, b in zip(made["cuda"].encoder.state_dict().values(), made["cpu"].encoder.state_dict().values(), strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=2e-3, rtol=2e-2)

    def stop(step: int, steps: int, loss: float) -> None:
        if step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    (tmp_path / "parts").mkdir()
    with pytest.raises(Terminated):
        go(images, rules, tmp_path / "parts", device=torch.device("cuda"), progress=stop)
    resumed = go(images, rules, tmp_path / "parts", device=torch.device("cuda"))
    assert resumed.resumed_at == 3
    assert resumed.losses == pytest.approx(made["cuda"].losses, rel=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("shape", [(8, 27), (512, 4608), (2048, 512)])
def test_muon_on_a_gpu_is_orthogonal_as_on_the_cpu(shape):
    torch.manual_seed(0)
    x = torch.randn(2, *shape)
    torch.testing.assert_close(orthogonal(x.cuda(), 3).cpu(), orthogonal(x, 3), atol=1e-4, rtol=1e-3)


def test_the_rates_of_all_parameters_follow_the_schedule(tiny):
    from synthbench.pretrain.schedule import learning_rate

    rules = with_optimizer(tiny, MUON).optimizer
    rates = [group["lr"] for group in rules.make(network()).param_groups]
    assert rates == [0.02, 0.06]
    assert [learning_rate(rules, 5, 100, peak) / peak for peak in rates] == pytest.approx(
        [learning_rate(rules, 5, 100) / 0.02] * 2
    )


def test_averages(images, tiny, tmp_path, monkeypatch):
    """Of the weights after the last four of the eight steps, and exponentially; batch norm's statistics too."""
    monkeypatch.setattr(encoders, "architecture", small)
    made = {}
    for name, average in {"plain": {}, "tail": ALL["tail"], "ema": ALL["ema"]}.items():
        (tmp_path / name).mkdir()
        seen: list[dict[str, torch.Tensor]] = []
        rules = with_optimizer(tiny, MUON | ({"average": average["average"]} if average else {}))
        built: list[encoders.Encoder] = []
        keep = lambda *a, built=built, **k: (built.append(encoders.initial(*a, **k)), built[-1])[1]  # noqa: E731
        monkeypatch.setattr("synthbench.pretrain.loop.initial", keep)
        note = lambda *_, seen=seen, built=built: seen.append(  # noqa: E731
            {k: v.clone() for k, v in built[-1].backbone.state_dict().items()}
        )
        made[name] = (go(images, rules, tmp_path / name, progress=note), seen)
    outcome, seen = made["tail"]
    assert outcome.losses == made["plain"][0].losses
    for key, value in outcome.encoder.backbone.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, torch.stack([s[key] for s in seen[4:]]).mean(0), atol=1e-6, rtol=1e-5)
    outcome, seen = made["ema"]
    for key, value in outcome.encoder.backbone.state_dict().items():
        if value.is_floating_point():
            expected = seen[0][key]
            for step, s in enumerate(seen[1:], 1):
                expected = torch.lerp(expected, s[key], max(0.1, 1 / (step + 1)))
            torch.testing.assert_close(value, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"name": "moun"}, r"optimizer\.name: unknown optimizer 'moun'. Did you mean muon"),
        (MUON | {"ns_steps": 6}, r"optimizer\.ns_steps: Input should be less than or equal to 5 \(got 6\)"),
        (MUON | {"rest": {**REST, "lr": 0}}, r"optimizer\.rest\.lr: Input should be greater than 0"),
        (
            MUON | {"average": {"name": "tail", "fraction": 0}},
            r"optimizer\.average\.fraction: Input should be greater than 0",
        ),
        (MUON | {"momentun": 1}, r"optimizer\.momentun: Extra inputs"),
    ],
)
def test_a_wrong_section_names_the_key(tiny, write, section, said):
    from synthbench.protocol import protocol

    with pytest.raises(ProtocolError, match=said):
        protocol._validate("p", tiny.model_dump() | {"optimizer": COMMON | section})
