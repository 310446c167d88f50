"""The contrastive loss compared with numbers derived by hand and with a naive loop."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from synthbench.pretrain.objectives.simclr import simclr_loss


def naive(z1, z2, tau: float, base: float) -> float:
    """Literally: mean over anchors of -log(exp(s_ip / tau) / sum over a != i of exp(s_ia / tau)), times tau
    / base."""
    z = [row.tolist() for row in torch.cat([z1, z2])]
    n, total = len(z1), 0.0
    for i, anchor in enumerate(z):
        dots = [sum(a * b for a, b in zip(anchor, other, strict=True)) / tau for other in z]
        positive = dots[(i + n) % (2 * n)]
        total -= math.log(math.exp(positive) / sum(math.exp(d) for a, d in enumerate(dots) if a != i))
    return total / (2 * n) * tau / base


@pytest.mark.parametrize(
    ("tau", "base", "value"), [(1.0, 1.0, 0.5514447), (0.5, 0.07, 1.7110340), (0.5, 0.5, 0.2395448)]
)
def test_two_images_with_equal_views(tau, base, value):
    z = torch.eye(2, 5, dtype=torch.float64)
    assert value == pytest.approx(tau / base * math.log(1 + 2 * math.exp(-1 / tau)), abs=1e-7)
    assert simclr_loss(z, z, temperature=tau, base_temperature=base).item() == pytest.approx(value, abs=1e-7)


def test_two_images_at_known_angles():
    def at(*degrees: float) -> torch.Tensor:
        angle = torch.tensor(degrees, dtype=torch.float64).deg2rad()
        return torch.stack([angle.cos(), angle.sin()], 1)

    # Image 0 at 0 and 60 degrees, image 1 at 90 and 180.
    assert simclr_loss(at(0, 90), at(60, 180), temperature=0.5, base_temperature=0.07).item() == pytest.approx(
        7.0702541, abs=1e-7
    )


@pytest.mark.parametrize("n", [1, 2, 256])
@pytest.mark.parametrize(("tau", "base"), [(0.2, 0.2), (0.5, 0.07)])
def test_all_embeddings_identical(n, tau, base):
    z = F.normalize(torch.ones(n, 128), dim=1)
    loss = simclr_loss(z, z, temperature=tau, base_temperature=base).item()
    assert loss == pytest.approx(math.log(2 * n - 1) * tau / base, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("n", "dim", "tau", "base"), [(2, 3, 1.0, 1.0), (5, 8, 0.2, 0.2), (7, 16, 0.07, 0.5)])
def test_a_naive_loop(n, dim, tau, base):
    z1, z2 = F.normalize(torch.randn(2, n, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(n)), dim=2)
    expected = naive(z1, z2, tau, base)
    assert simclr_loss(z1, z2, temperature=tau, base_temperature=base).item() == pytest.approx(expected, rel=1e-10)
    single = simclr_loss(z1.float(), z2.float(), temperature=tau, base_temperature=base).item()
    assert single == pytest.approx(expected, rel=1e-4)


def test_the_order_of_images_and_of_views_does_not_matter():
    z1, z2 = F.normalize(torch.randn(2, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), dim=2)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    expected = simclr_loss(z1, z2, temperature=0.5, base_temperature=0.5).item()
    assert simclr_loss(z2[order], z1[order], temperature=0.5, base_temperature=0.5).item() == pytest.approx(
        expected, rel=1e-12
    )


def test_the_gradient():
    z = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda z: simclr_loss(*F.normalize(z, dim=2), temperature=0.5, base_temperature=0.07), z
    )
