"""The probes against scikit-learn, and the k-NN's rule for ties by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from synthbench.evaluate import features as featuring
from synthbench.evaluate.probes.knn import knn_probe
from synthbench.evaluate.probes.linear import linear_logits
from synthbench.pretrain.encoder import initial


def linear_probe(*parts: torch.Tensor, l2: float) -> torch.Tensor:
    return linear_logits(*parts, l2=l2).argmax(1)


def blobs(classes: int, seed: int = 0, n: int = 900):
    """Overlapping clusters of 24 features on different scales: (train_x, train_y, test_x, test_y)."""
    x, y = make_classification(
        n,
        24,
        n_informative=8,
        n_redundant=4,
        n_classes=classes,
        n_clusters_per_class=1,
        class_sep=0.8,
        random_state=seed,
    )
    x = (x * np.geomspace(0.1, 10, 24) + 3).astype(np.float32)
    half = n // 2
    return tuple(torch.from_numpy(a) for a in (x[:half], y[:half], x[half:], y[half:]))


# k-NN


@pytest.mark.parametrize("k", [1, 3, 5, 9])
def test_knn_is_scikit_learns_where_there_are_two_classes(k):
    train_x, train_y, test_x, _ = blobs(2)
    theirs = KNeighborsClassifier(k, metric="cosine", algorithm="brute").fit(train_x, train_y).predict(test_x)
    assert knn_probe(train_x, train_y, test_x, k=k).tolist() == theirs.tolist()


def test_knn_is_scikit_learns_where_there_is_no_tie():
    train_x, train_y, test_x, _ = blobs(6)
    model = KNeighborsClassifier(5, metric="cosine", algorithm="brute").fit(train_x, train_y)
    votes = np.sort(model.predict_proba(test_x), axis=1)
    clear = votes[:, -1] > votes[:, -2] + 0.1
    assert 0.5 < clear.mean() < 1
    ours = knn_probe(train_x, train_y, test_x, k=5).numpy()
    np.testing.assert_array_equal(ours[clear], model.predict(test_x)[clear])


def naive_knn(train_x, train_y, test_x, k: int) -> list[int]:
    train, test = (a.double().numpy() for a in (train_x, test_x))
    train, test = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (train, test))
    out = []
    for query in test:
        similarity = train @ query
        best = np.argsort(-similarity)[:k]
        labels = train_y.numpy()[best]
        out.append(max(set(labels), key=lambda c: ((labels == c).sum(), similarity[best][labels == c].sum())))
    return out


def test_knn_is_the_naive_loop_ties_and_all():
    train_x, train_y, test_x, _ = blobs(6)
    assert knn_probe(train_x, train_y, test_x, k=5).tolist() == naive_knn(train_x, train_y, test_x, 5)
    assert knn_probe(train_x, train_y, test_x, k=4).tolist() == naive_knn(train_x, train_y, test_x, 4)


def at(*degrees: float) -> torch.Tensor:
    angle = torch.tensor(degrees).deg2rad()
    return torch.stack([angle.cos(), angle.sin()], 1)


@pytest.mark.parametrize(
    ("degrees", "labels", "k", "expected"),
    [
        ((10, 20, -30, -40, 5), (0, 0, 1, 1, 2), 5, 0),  # two votes each for 0 and 1: 0 is nearer
        ((30, 40, -10, -20, 5), (0, 0, 1, 1, 2), 5, 1),
        ((1, 60, -40, -41), (0, 0, 1, 1), 4, 1),  # cos 1 + cos 60 = 1.4998 against cos 40 + cos 41 = 1.5208
        ((1, 50, -40, -41), (0, 0, 1, 1), 4, 0),  # cos 1 + cos 50 = 1.6426
        ((1, 2, 80, 81, 82), (0, 0, 1, 1, 1), 5, 1),  # the majority wins however far it is
        ((100, 110, 179, 178, 177), (0, 0, 1, 1, 1), 5, 1),  # negative similarities too
        ((5, 10, 20), (2, 1, 0), 3, 2),  # all alone: the nearest
    ],
)
def test_knn_ties_go_to_the_larger_summed_similarity(degrees, labels, k, expected):
    assert knn_probe(at(*degrees), torch.tensor(labels), at(0), k=k).tolist() == [expected]


def test_knn_ignores_vector_lengths():
    train_x, train_y, test_x, _ = blobs(3)
    scale = torch.linspace(0.1, 10, len(train_x)).view(-1, 1)
    assert torch.equal(knn_probe(train_x * scale, train_y, test_x * 7, k=5), knn_probe(train_x, train_y, test_x, k=5))


# Linear


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("l2", [1e-1, 1e-2, 1e-3])
def test_linear_is_scikit_learns_logistic_regression(classes, l2):
    train_x, train_y, test_x, test_y = blobs(classes)
    mean, std = train_x.double().mean(0), train_x.double().std(0)
    scaled_train, scaled_test = (((x.double() - mean) / std).numpy() for x in (train_x, test_x))
    # Two classes: scikit-learn penalises the one difference of the two weight vectors, whose square is twice the sum of
    # theirs.
    c = 1 / (len(train_x) * l2) * (2 if classes == 2 else 1)
    theirs = LogisticRegression(C=c, tol=1e-8, max_iter=10_000).fit(scaled_train, train_y).predict(scaled_test)
    ours = linear_probe(train_x, train_y, test_x, l2=l2).numpy()
    assert (ours == theirs).mean() >= 0.99
    assert (ours == test_y.numpy()).mean() > 1.3 / classes


def test_linear_survives_dead_and_huge_features():
    train_x, train_y, test_x, _test_y = blobs(3)
    expected = linear_probe(train_x, train_y, test_x, l2=1e-2)
    extra = [torch.full((450, 1), 7.0), torch.zeros(450, 3)]
    made = linear_probe(torch.cat([train_x * 1e6, *extra], 1), train_y, torch.cat([test_x * 1e6, *extra], 1), l2=1e-2)
    assert (made == expected).float().mean() >= 0.99


def test_linear_ignores_the_order():
    train_x, train_y, test_x, _ = blobs(4)
    order = torch.randperm(len(train_x), generator=torch.Generator().manual_seed(0))
    again = linear_probe(train_x[order], train_y[order], test_x, l2=1e-3)
    assert (again == linear_probe(train_x, train_y, test_x, l2=1e-3)).float().mean() >= 0.99


def test_probes_leave_the_random_state_alone():
    train_x, train_y, test_x, _ = blobs(3)
    before = torch.get_rng_state()
    linear_probe(train_x, train_y, test_x, l2=1e-2)
    knn_probe(train_x, train_y, test_x, k=5)
    assert torch.equal(torch.get_rng_state(), before)


# Features


def test_features_are_those_of_the_encoder_in_eval_mode(monkeypatch):
    encoder = initial("resnet18", size=16, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0).train()
    images = np.random.default_rng(0).integers(0, 256, (7, 16, 16, 3), dtype=np.uint8)
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    monkeypatch.setattr(featuring, "BATCH", 3)
    made = featuring.features(encoder, images)
    assert made.shape == (7, 512)
    assert made.dtype == torch.float32
    assert encoder.training, "the mode is given back"
    assert all(torch.equal(v, before[k]) for k, v in encoder.state_dict().items()), "running statistics must not move"
    with torch.inference_mode():
        expected = encoder.eval()(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)
