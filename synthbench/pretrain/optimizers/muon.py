"""Muon: SGD with momentum whose updates of weight matrices are orthogonalised by a few Newton-Schulz iterations.

Source: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon, with their coefficients. There are three
deviations. Convolutions are flattened to (out, in x k x k), as in their CIFAR-10 speed run. The iterations run on the
Gram matrix: with G = X Xᵀ, an iteration is X <- (aI + bG + cG²) X, so all of them together are one small matrix times
X, and a matrix of m rows and n > m columns takes two products of m²n operations instead of two for each iteration. All
matrices of the same shape are processed together, in fp32.

``timm.optim.Muon`` gives the same updates but processes one matrix after another, without the Gram matrix: about three
times the CPU time for a half-width ResNet-18 (``benchmarks/muon.py`` measures both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from synthbench.pretrain.optimizers.optimizer import Optimizer, Updates, split
from synthbench.protocol.sections import Section

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

A, B, C = 3.4445, -4.7750, 2.0315
"""Coefficients of the iteration; they raise small singular values fast, and keep all of them between about 0.7 and
1.2."""


class RestSGD(Section):
    """SGD with momentum; the rate follows the same schedule."""

    name: Literal["sgd"]
    lr: float = Field(gt=0)
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool
    weight_decay: float = Field(ge=0)

    def make(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Create an optimizer of these parameters."""
        import torch

        return torch.optim.SGD(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )


class RestAdamW(Section):
    """AdamW; the rate follows the same schedule."""

    name: Literal["adamw"]
    lr: float = Field(gt=0)
    beta1: float = Field(ge=0, lt=1)
    beta2: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)

    def make(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Create an optimizer of these parameters."""
        import torch

        return torch.optim.AdamW(
            parameters, lr=self.lr, betas=(self.beta1, self.beta2), weight_decay=self.weight_decay, fused=True
        )


class Muon(Optimizer):
    """Muon for the weights of convolutions and linear layers, another optimizer for the rest (norms, biases,
    embeddings, depthwise convolutions). The singular values of the step of an (m, n) matrix are about ``lr`` times
    sqrt(max(1, m / n))."""

    name: Literal["muon"]
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool
    weight_decay: float = Field(ge=0)
    """Decoupled: before a step, a weight is reduced by ``lr`` times this fraction of itself."""
    ns_steps: int = Field(ge=1, le=5)
    """Newton-Schulz iterations. In fp32, the Gram matrix is exact enough for five."""
    rest: Annotated[RestSGD | RestAdamW, Field(discriminator="name")]

    def make(self, trained: nn.Module) -> Updates:
        weights, others = split(trained)
        return Orthogonal(weights, self, self.rest.make(others) if others else None)


class Orthogonal:
    """Updates matrices with Muon, and other parameters with the given optimizer."""

    def __init__(self, weights: list[nn.Parameter], config: Muon, rest: torch.optim.Optimizer | None) -> None:
        import torch

        self._config, self._rest = config, rest
        self._own: dict[str, Any] = {"params": weights, "lr": config.lr}
        shapes: dict[tuple[int, int], list[nn.Parameter]] = {}
        for weight in weights:
            shapes.setdefault((len(weight), weight[0].numel()), []).append(weight)
        self._shapes = shapes
        self._momentum = {
            shape: torch.zeros(len(alike), *shape, device=alike[0].device) for shape, alike in shapes.items()
        }

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both."""
        return [self._own, *(self._rest.param_groups if self._rest else [])]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Update all parameters by their gradients."""
        import torch

        config, lr = self._config, self._own["lr"]
        with torch.no_grad():
            for (rows, columns), weights in self._shapes.items():
                grads = torch.stack([_matrix(w.grad, w) for w in weights])
                held = self._momentum[rows, columns].lerp_(grads, 1 - config.momentum)
                update = grads.lerp_(held, config.momentum) if config.nesterov else held
                step = orthogonal(update, config.ns_steps, scale=lr * max(1, rows / columns) ** 0.5)
                flat = [_matrix(w, w) for w in weights]
                if config.weight_decay:
                    torch._foreach_mul_(flat, 1 - lr * config.weight_decay)
                torch._foreach_sub_(flat, list(step.unbind()))
        if self._rest is not None:
            self._rest.step()

    def state_dict(self) -> dict[str, Any]:
        """Rate and momentum, and the state of the other optimizer."""
        own = {key: value for key, value in self._own.items() if key != "params"}
        momentum = {f"{rows}x{columns}": held for (rows, columns), held in self._momentum.items()}
        return {"group": own, "momentum": momentum, "rest": self._rest.state_dict() if self._rest else None}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore from a checkpoint."""
        self._own |= state_dict["group"]
        for (rows, columns), held in self._momentum.items():
            held.copy_(state_dict["momentum"][f"{rows}x{columns}"])
        if self._rest is not None:
            self._rest.load_state_dict(state_dict["rest"])


def _matrix(x: Tensor | None, like: Tensor) -> Tensor:
    """(out, in, ...) -> (out, in x ...), without a copy if ``like`` is channels-last: the columns then have another
    order, on which the update does not depend."""
    import torch

    assert x is not None  # every weight affects the loss
    if like.ndim == 4 and like.is_contiguous(memory_format=torch.channels_last):
        x = x.permute(0, 2, 3, 1)
    return x.reshape(len(x), -1)


def orthogonal(x: Tensor, steps: int, *, scale: float = 1.0) -> Tensor:
    """Approximately ``scale`` times the nearest orthogonal matrix: singular values become 0.7 to 1.2 times ``scale``
    (small ones less).

    Args:
        x: (k, m, n) float32: k matrices.
        steps: Newton-Schulz iterations.

    Returns:
        (k, m, n) float32; zeros for a matrix of zeros.
    """
    import torch

    if x.shape[1] > x.shape[2]:
        return orthogonal(x.mT, steps, scale=scale).mT
    gram = x @ x.mT
    # the Frobenius norm bounds the singular values
    square = gram.diagonal(dim1=1, dim2=2).sum(1).clamp_(min=1e-14).view(-1, 1, 1)
    gram.div_(square)
    total = None
    for step in range(1, steps + 1):
        factor = torch.baddbmm(gram, gram, gram, beta=B, alpha=C)
        factor.diagonal(dim1=1, dim2=2).add_(A)
        total = factor if total is None else factor @ total
        if step < steps:
            gram = factor @ gram @ factor
    assert total is not None  # at least one step
    return total.mul_(scale / square.sqrt()) @ x
