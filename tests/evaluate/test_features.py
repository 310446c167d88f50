"""Frozen features: in fp32 where required, and the same on a GPU as on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification

from synthbench.evaluate.features import features, streamed
from synthbench.evaluate.frozen import frozen
from synthbench.evaluate.probes.knn import knn_probe
from synthbench.evaluate.probes.linear import linear_logits
from synthbench.pretrain.encoder import Encoder, initial

CUDA = torch.device("cuda")


@pytest.fixture
def encoder() -> Encoder:
    made = initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8)
    with torch.no_grad():
        made.train()(torch.rand(32, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
    return made.eval()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)


class Files:
    """Images in the form of an evaluation data set."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self._pixels)

    def image(self, i: int):
        from PIL import Image

        return Image.fromarray(self._pixels[i])


def test_fp32_is_without_tf32_whatever_was_trained_before(encoder, pixels):
    seen: list[bool] = []
    encoder.backbone.conv1.register_forward_pre_hook(lambda *_: seen.append(torch.backends.cudnn.allow_tf32))
    before = torch.backends.cudnn.allow_tf32
    try:
        torch.backends.cudnn.allow_tf32 = True
        features(encoder, pixels[:4])
        assert torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32 = before
    assert seen == [False]


@pytest.mark.gpu
def test_features_on_a_gpu_are_those_of_the_cpu(encoder, pixels):
    expected = features(encoder, pixels)
    made = features(encoder.to(CUDA), pixels)
    assert made.device.type == "cuda"
    torch.testing.assert_close(made.cpu(), expected, atol=1e-4, rtol=1e-3)


@pytest.mark.gpu
def test_features_of_files_on_a_gpu_stay_near_those_of_the_cpu(encoder, pixels, tmp_path):
    """In bf16 with folded batch norm; stored on disk or not."""
    expected = features(encoder, pixels)
    encoder = encoder.to(CUDA)
    words = {"width": encoder.features, "device": CUDA, "resize": None, "size": 32}
    for keep in (None, tmp_path / "kept.npy"):
        made = streamed(frozen(encoder), Files(pixels), keep=keep, **words).cpu()  # type: ignore[arg-type]
        assert made.shape == expected.shape
        assert torch.nn.functional.cosine_similarity(made, expected).min() > 0.99


@pytest.mark.gpu
def test_probes_on_a_gpu_predict_what_they_do_on_the_cpu():
    x, y = make_classification(
        900, 24, n_informative=8, n_redundant=4, n_classes=4, n_clusters_per_class=1, class_sep=0.8, random_state=0
    )
    x, y = torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)
    parts = x[:450], y[:450], x[450:]
    there = [part.to(CUDA) for part in parts]
    assert (knn_probe(*there, k=5).cpu() == knn_probe(*parts, k=5)).float().mean() > 0.99
    assert (
        linear_logits(*there, l2=1e-3).argmax(1).cpu() == linear_logits(*parts, l2=1e-3).argmax(1)
    ).float().mean() > 0.99
