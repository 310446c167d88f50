"""k-nearest-neighbour probe: cosine similarity, majority vote, ties by summed similarity (Baradad et al. 2022,
Fig. 4)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from synthbench.errors import UsageError
from synthbench.evaluate.metrics import Predicted
from synthbench.evaluate.probe import Probe
from synthbench.evaluate.work import Work

BATCH = 1024


class Nearest(Probe):
    """The labels of the ``evaluate.k`` nearest training images."""

    name = "knn"

    def predict(self, work: Work) -> Predicted:
        """See ``Probe``."""
        if work.rules.k is None:
            raise UsageError("the knn probe needs evaluate.k, the number of neighbours.")
        (x, y), (test_x, _) = work.features("train"), work.features("test")
        return Predicted(knn_probe(x.to(work.device), y, test_x.to(work.device), k=min(work.rules.k, len(y))))


PROBE = Nearest()


def knn_probe(train_x: Tensor, train_y: Tensor, test_x: Tensor, *, k: int) -> Tensor:
    """Predict the test labels from the k most similar training features.

    Args:
        train_x: (N, F) float32, the bank.
        train_y: (N,) int64.
        test_x: (M, F).
        k: neighbours, at most N.

    Returns:
        (M,) int64.
    """
    bank = F.normalize(train_x, dim=1)
    classes = int(train_y.max()) + 1
    out = []
    for queries in F.normalize(test_x, dim=1).split(BATCH):  # type: ignore[no-untyped-call]
        similarity, index = (queries @ bank.T).topk(k, dim=1)
        votes = F.one_hot(train_y[index], classes).to(similarity.dtype)
        # A similarity lies in [-1, 1], so k + 1 sets one whole vote above any sum of similarities.
        score = votes.sum(1) * (2 * k + 1) + (votes * similarity.unsqueeze(2)).sum(1)
        out.append(score.argmax(1))
    return torch.cat(out)
