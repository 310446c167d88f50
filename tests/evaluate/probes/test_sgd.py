"""Linear evaluation by SGD, on real formats with a tiny encoder: it learns, does not change the encoder, and scores
the last epoch."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_data
import torch
from PIL import Image
from scipy import stats
from torchvision.transforms import RandomResizedCrop

from synthbench.errors import DataError
from synthbench.evaluate import photos, registry
from synthbench.evaluate.evaluate import score
from synthbench.evaluate.features import streamed
from synthbench.evaluate.files import class_folders
from synthbench.evaluate.frozen import frozen
from synthbench.evaluate.metrics import Predicted
from synthbench.evaluate.probe import Probe
from synthbench.evaluate.probes import sgd
from synthbench.evaluate.probes.linear import chosen_logits, linear_logits
from synthbench.evaluate.probes.sgd import crops, sgd_probe
from synthbench.evaluate.task import About, Made, Pixels
from synthbench.pretrain.augment import resized_crop, still
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol import protocol
from synthbench.protocol.protocol import SgdProbe


class Colours(Encoder):
    """A minimal encoder: the mean colour, 3 features."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.norm = torch.nn.BatchNorm2d(3)
        self.features = 3

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x).mean((2, 3))


RULES = SgdProbe(
    tasks=("imagenet-100",), lr=10.0, momentum=0.9, weight_decay=0.0, batch=8, epochs=6, milestones=(4,), factor=0.1,
    scale=(0.2, 1.0)
)  # fmt: skip


@pytest.fixture
def pictures(tmp_path):
    tiny_data.class_folders(tmp_path / "train", ["a", "b", "c"], 8)
    tiny_data.class_folders(tmp_path / "val", ["a", "b", "c"], 3)
    return class_folders(tmp_path / "train"), class_folders(tmp_path / "val")


def seen(encoder, images) -> torch.Tensor:
    return streamed(frozen(encoder), images, width=3, device=torch.device("cpu"), resize=36, size=32)


def go(train, test, rules=RULES, seed=0, **words) -> Predicted:
    encoder = Colours()
    return sgd_probe(
        encoder,
        train,
        seen(encoder, test),
        torch.from_numpy(test.labels),
        rules,
        classes=3,
        size=32,
        seed=seed,
        **words,
    )


def test_it_learns_colours_and_counts_every_epoch(pictures):
    made = go(*pictures)
    assert len(made.epochs) == 6
    assert made.epochs[-1] == max(made.epochs) == 9
    assert go(*pictures).epochs == made.epochs, "the same seed, the same counts"


def test_the_last_epoch_counts_and_the_best_is_kept(monkeypatch):
    class Epochs(Probe):
        name = "linear"

        def predict(self, work):
            return Predicted(torch.tensor([0, 1, 9, 9]), None, (1, 3, 2))

    made = Pixels(np.zeros((4, 8, 8, 3), np.uint8), np.array([0, 1, 2, 2]))
    monkeypatch.setitem(registry.probes(), "linear", Epochs())
    rules = protocol.load("simclr-resnet18-pocket").evaluate.model_copy(update={"probes": ("linear",), "size": 8})
    (found,) = score(
        Colours(), Made(About("x", "?", "test", "none", 3, (4, 0, 4), "v1"), lambda size: (made, made)), rules
    )
    assert (found.n_correct, found.value, found.best) == (2, 0.5, 0.75)


def test_an_interrupted_probe_ends_as_an_uninterrupted_one(pictures, tmp_path):
    def stop(epoch: int, _epochs: int) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    whole = go(*pictures, keep=tmp_path / "whole.pt")
    with pytest.raises(KeyboardInterrupt):
        go(*pictures, keep=tmp_path / "parts.pt", progress=stop)
    told = []
    resumed = go(*pictures, keep=tmp_path / "parts.pt", progress=lambda *news: told.append(news))
    assert told == [(4, 6), (5, 6), (6, 6)]
    assert resumed.epochs == whole.epochs
    ends = [torch.load(tmp_path / f"{name}.pt", weights_only=True)["layer"]["weight"] for name in ("whole", "parts")]
    assert torch.equal(*ends)


def test_a_full_disk_keeps_the_epochs_that_are_there(pictures, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise RuntimeError("unexpected pos 704 vs 598")  # PyTorch's message

    keep = tmp_path / "parts.pt"
    keep.write_bytes(b"the old file")
    monkeypatch.setattr(sgd, "_resume", lambda *_: [])
    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match=r"cannot write .*parts\.pt: unexpected pos.*What was written before is kept"):
        go(*pictures, keep=keep)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir() if "parts" in path.name] == [
        ("parts.pt", b"the old file")
    ]


def test_crops_that_are_seen_again(pictures, tmp_path, monkeypatch):
    """The same as new ones until the views are used up; then the encoder is not used any more.

    An interruption before or after changes nothing.
    """
    passes, whole, real = [], go(*pictures, keep=tmp_path / "fresh.pt"), sgd.frozen
    monkeypatch.setattr(sgd, "frozen", lambda encoder: lambda x: (passes.append(len(x)), real(encoder)(x))[1])
    rules = RULES.model_copy(update={"views": 2})
    again = go(*pictures, rules)
    assert sum(passes) == 2 * 24
    assert again.epochs[:2] == whole.epochs[:2] and again.epochs[-1] == 9
    for stop_at in (1, 4):

        def stop(epoch: int, _epochs: int, stop_at=stop_at) -> None:
            if epoch == stop_at:
                raise KeyboardInterrupt

        keep = tmp_path / f"{stop_at}.pt"
        passes.clear()
        with pytest.raises(KeyboardInterrupt):
            go(*pictures, rules, keep=keep, progress=stop)
        assert go(*pictures, rules, keep=keep).epochs == again.epochs
        assert sum(passes) == 2 * 24
    keep.with_suffix(".npy").unlink()
    assert go(*pictures, rules, keep=keep).epochs == again.epochs, "what was kept is gone: from the start"


def test_images_that_do_not_fit_the_memory_are_read_again(pictures, monkeypatch):
    held = go(*pictures)
    monkeypatch.setattr(sgd, "fits_host", lambda *_: False)
    assert go(*pictures).epochs == held.epochs


def test_the_rate_falls_by_epochs(pictures, monkeypatch):
    rates = []
    real = torch.optim.SGD.step
    monkeypatch.setattr(
        torch.optim.SGD, "step", lambda self, *a: (rates.append(self.param_groups[0]["lr"]), real(self, *a))[1]
    )
    go(*pictures)
    assert [round(r, 9) for r in rates[::3]] == [10, 10, 10, 10, 1, 1]


@pytest.mark.parametrize(
    ("name", "epoch", "rate"),
    [
        ("simclr-resnet18", 61, 0.02),
        ("simclr-resnet18", 76, 0.004),
        ("simclr-resnet18", 91, 0.0008),
        ("moco_v2-resnet50", 61, 3.0),
    ],
)
def test_the_rates_of_the_papers_probes(name, epoch, rate):
    """``epoch`` counts from 1."""
    rules = protocol.load(name).evaluate.sgd
    assert rules.lr * rules.factor ** sum(epoch - 1 >= m for m in rules.milestones) == pytest.approx(rate)


def test_the_encoder_stays_as_it_is(pictures):
    encoder = Colours()
    before = {key: value.clone() for key, value in encoder.state_dict().items()}
    sgd_probe(
        encoder,
        pictures[0],
        seen(encoder, pictures[1]),
        torch.from_numpy(pictures[1].labels),
        RULES,
        classes=3,
        size=32,
    )
    assert all(torch.equal(before[key], value) for key, value in encoder.state_dict().items())


@pytest.mark.parametrize(("width", "height"), [(2000, 2000), (3000, 2000), (1200, 4000)])
def test_crops_are_distributed_as_torchvisions(width, height):
    """At sizes at which its rounding to pixels does not matter."""
    ours = crops(np.full(4000, width / height), (0.2, 1.0), np.random.default_rng(0))
    torch.manual_seed(0)
    blank = torch.zeros(1, height, width)
    theirs = np.array([RandomResizedCrop.get_params(blank, [0.2, 1.0], [3 / 4, 4 / 3]) for _ in range(4000)], float)
    theirs /= [height, width, height, width]
    for column in range(4):
        assert stats.ks_2samp(ours[:, column].round(6), theirs[:, column].round(6)).statistic < 0.06


def test_crops_of_kept_images_are_as_sharp_as_crops_of_the_images(tmp_path):
    """Photographs of 500 x 375 px: resized to squares, stored, cropped and resized, compared with a crop and resize
    by PIL."""
    sources = [
        Image.fromarray(photos.upper_left(name)).resize((500, 375), Image.Resampling.BICUBIC) for name in photos.NAMES
    ]
    (tmp_path / "a").mkdir()
    for i, image in enumerate(sources):
        image.save(tmp_path / "a" / f"{i:02d}.png")
    n, images = len(sources), class_folders(tmp_path)
    boxes = crops(np.full(n, 500 / 375), (0.2, 1.0), np.random.default_rng(0))
    corners = np.stack([boxes[:, 1], boxes[:, 0], boxes[:, 1] + boxes[:, 3], boxes[:, 0] + boxes[:, 2]], 1) * [
        500,
        375,
        500,
        375,
    ]
    direct = [
        image.resize((64, 64), Image.Resampling.BILINEAR, box=tuple(box))
        for image, box in zip(sources, corners, strict=True)
    ]
    side = sgd.stored_side(64)
    pixels = next(sgd._Squares(images, side, torch.device("cpu")).of([np.arange(n)]))
    place = dict(zip(("top", "left", "height", "width"), boxes.T * side, strict=True))
    made = resized_crop(pixels, still(n)._replace(**place), 64).permute(0, 1, 3, 2).numpy()
    wanted = np.stack([np.asarray(image, np.float32) / 255 for image in direct])
    energy = [np.square(np.diff(x, axis=2)).sum() for x in (made, wanted)]
    assert 0.95 < energy[0] / energy[1] < 1.03
    assert np.abs(made - wanted).mean() < 0.005


def test_the_penalty_is_chosen_on_validation():
    """Features of noise: the fit with the strongest penalty is best on new data, and the final fit uses both parts."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(90, 40, generator=rng)
    y = (x[:, 0] + 0.5 * torch.randn(90, generator=rng) > 0).long()
    train, val, test = (x[:30], y[:30]), (x[30:60], y[30:60]), x[60:]
    logits, chosen = chosen_logits(train, val, test, classes=2, grid=(1e-6, 1e-3, 0.3, 10.0))
    accuracy = {}
    for l2 in (1e-6, 1e-3, 0.3, 10.0):
        accuracy[l2] = int((linear_logits(*train, val[0], l2=l2).argmax(1) == val[1]).sum())
    assert accuracy[chosen] == max(accuracy.values())
    assert chosen == max(l2 for l2, correct in accuracy.items() if correct == max(accuracy.values()))
    assert torch.equal(logits, linear_logits(x[:60], y[:60], test, l2=chosen))


def test_scores_of_data_sets_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path))
    tiny_data.imagenet(tmp_path, monkeypatch)
    tiny_data.vtab(tmp_path, monkeypatch, "vtab-natural/dtd")
    rules = protocol.load("moco_v2-resnet50").evaluate.model_copy(
        update={"sgd": RULES, "size": 32, "resize": 36, "probes": ("linear", "knn"), "k": 5, "subset": 60}
    )
    linear, knn = score(Colours(), registry.task("imagenet-100"), rules)
    assert (linear.n_test, knn.n_test, knn.best) == (100, 100, None)
    assert linear.best >= linear.value
    linear, _ = score(Colours(), registry.task("vtab-natural/dtd"), rules)
    assert (linear.n_test, linear.best) == (8, None)
    limited = rules.model_copy(update={"limit": 4})
    assert score(Colours(), registry.task("vtab-natural/dtd"), limited)[0].n_test == 4
    tiny_data.forget()
