"""The fast weight gradient equals autograd's in float64."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from synthbench.pretrain import smallconv
from synthbench.pretrain.smallconv import LARGEST, SmallMapConv2d, speed_up, weight_gradient


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 4), (5, 7), (8, 8), (2, 5)])
@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (3, 2), (1, 0), (5, 2)])
def test_the_weight_gradient(size, stride, kernel, padding):
    x, weight = normal(3, 4, *size), normal(6, 4, kernel, kernel, seed=1).requires_grad_()
    out = F.conv2d(x, weight, None, stride, padding)
    grad = normal(*out.shape, seed=2)
    (expected,) = torch.autograd.grad(out, weight, grad)
    torch.testing.assert_close(weight_gradient(grad, x, kernel, stride, padding), expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 1), (4, 1), (2, 2), (7, 2), (8, 2), (9, 1)])
def test_the_layer_is_the_layer(size, stride, layout):
    plain = nn.Conv2d(4, 6, 3, stride, 1, bias=False, dtype=torch.float64).to(memory_format=layout)
    fast = nn.Conv2d(4, 6, 3, stride, 1, bias=False, dtype=torch.float64).to(memory_format=layout)
    fast.load_state_dict(plain.state_dict())
    fast.__class__ = SmallMapConv2d
    grads = []
    for layer in (plain, fast):
        x = normal(3, 4, size, size).contiguous(memory_format=layout).requires_grad_()
        out = layer(x)
        out.backward(normal(*out.shape, seed=2).contiguous(memory_format=layout))
        grads.append((out.detach(), x.grad, layer.weight.grad))
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-12)


def test_an_input_without_a_gradient():
    layer = nn.Conv2d(2, 3, 3, 1, 1, bias=False, dtype=torch.float64)
    layer.__class__ = SmallMapConv2d
    layer(normal(1, 2, 2, 2)).sum().backward()
    assert layer.weight.grad.isfinite().all()


def test_only_small_maps_take_the_fast_way(monkeypatch):
    calls = []
    monkeypatch.setattr(smallconv, "weight_gradient", lambda *a: calls.append(a[0].shape[2]) or weight_gradient(*a))
    layer = nn.Conv2d(2, 3, 3, 1, 1, bias=False, dtype=torch.float64)
    layer.__class__ = SmallMapConv2d
    for size in (LARGEST, LARGEST + 1):
        layer(normal(1, 2, size, size)).sum().backward()
    with torch.no_grad():
        layer(normal(1, 2, 2, 2))
    assert calls == [LARGEST]


def test_a_network_keeps_its_gradients(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torchvision.models.resnet18(num_classes=7).double()
    x = normal(3, 3, 32, 32)
    keys = list(model.state_dict())
    model(x).square().sum().backward()
    expected = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    assert speed_up(model) is model
    assert sum(isinstance(layer, SmallMapConv2d) for layer in model.modules()) == 16, "the 3x3 convolutions"
    assert list(model.state_dict()) == keys
    model(x).square().sum().backward()
    for name, p in model.named_parameters():
        torch.testing.assert_close(
            p.grad, expected[name], atol=1e-9, rtol=1e-9, msg=lambda m, name=name: f"{name}: {m}"
        )


def test_a_cpu_with_avx512_is_left_alone(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    model = speed_up(nn.Sequential(nn.Conv2d(3, 3, 3, bias=False)))
    assert type(model[0]) is nn.Conv2d


def test_other_convolutions_are_left_alone(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    others = [
        nn.Conv2d(4, 4, 1, bias=False),
        nn.Conv2d(4, 4, 3),
        nn.Conv2d(4, 4, 3, groups=2, bias=False),
        nn.Conv2d(4, 4, 7, bias=False),
    ]
    speed_up(nn.ModuleList(others))
    assert {type(layer) for layer in others} == {nn.Conv2d}
