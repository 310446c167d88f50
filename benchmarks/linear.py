"""Speed and accuracy of linear evaluation, compared in one run: synthbench and the original scheme.

    python benchmarks/linear.py --images 300 --val 300 --epochs 100 --views 20 --seeds 2 [--encoder RUN]
    python benchmarks/linear.py --accuracy 8 [--encoder RUN]

Original scheme, as in SupContrast's main_linear.py: in every epoch each image is decoded by Pillow, augmented by
torchvision in the two workers of a DataLoader, and passed through the frozen encoder; after every epoch the same is
done with the validation images. synthbench: ``evaluate.sgd``. With views: the same, with crops passed through the
encoder only in the first ``--views`` epochs (``evaluate.sgd.views``). All use the same rules, the same images (JPEG,
500 x 375, crops of the packaged photographs with noise), and the same encoder: a random ResNet-18 or that of a run. The
rules' 100 epochs and their milestones are scaled to ``--epochs``; the workers of the original are kept for the whole
training, so a small number of images per epoch is not a disadvantage for it.

``--accuracy N`` compares only accuracies, over N runs, because the accuracy of one run varies by two points with the
crops and the order. All are then trained by ``evaluate.sgd``: on torchvision's crops of the original images
(``--views`` per image), on ours (the same number), and on new crops of ours in every epoch.

CPU seconds are those of all processes without waiting, so other load on the machine matters little. The last line
splits them: a pass over the training images without the encoder (decoding, cropping, flipping), and a forward pass.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from synthbench import load_encoder
from synthbench.evaluate import photos
from synthbench.evaluate.features import streamed
from synthbench.evaluate.files import Images, class_folders
from synthbench.evaluate.frozen import frozen
from synthbench.evaluate.probes import sgd
from synthbench.pretrain.encoder import Encoder, initial
from synthbench.protocol import protocol as protocols

WORKERS = 2


def write_images(root: Path, train: int, val: int) -> None:
    """Write class folders of JPEG files as large as ImageNet's; the task is which photo a crop is from.

    Training and validation crops come from different parts.
    """
    rng = np.random.default_rng(0)
    for split, part, count in (("train", photos.upper_left, train), ("val", photos.upper_right, val)):
        for i in range(count):
            name = photos.NAMES[i % len(photos.NAMES)]
            source = part(name)
            height = int(rng.integers(min(96, source.shape[0] // 2), source.shape[0] + 1))
            width = min(source.shape[1], height * 4 // 3)
            top, left = rng.integers(0, source.shape[0] - height + 1), rng.integers(0, source.shape[1] - width + 1)
            crop = Image.fromarray(source[top : top + height, left : left + width]).resize(
                (500, 375), Image.Resampling.BICUBIC
            )
            noisy = np.asarray(crop, np.float32) * rng.uniform(0.6, 1.2, 3) + rng.normal(0, 12, (375, 500, 3))
            folder = root / split / name
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{i:05d}.JPEG", quality=88)


def original(root: Path, encoder: Encoder, rules: protocols.SgdProbe, size: int, resize: int, seed: int) -> list[float]:
    """Validation accuracy after each epoch of the original scheme."""
    torch.manual_seed(seed)
    train = loader(root / "train", augmented(rules, size, encoder), rules.batch, shuffle=True)
    central = transforms.Compose(
        [transforms.Resize(resize), transforms.CenterCrop(size), transforms.ToTensor(), normalised(encoder)]
    )
    val = loader(root / "val", central, rules.batch, shuffle=False)
    layer = torch.nn.Linear(encoder.features, len(photos.NAMES))
    optimizer = torch.optim.SGD(
        layer.parameters(), lr=rules.lr, momentum=rules.momentum, weight_decay=rules.weight_decay
    )
    net, accuracy = encoder.backbone.eval(), []
    for epoch in range(rules.epochs):
        for group in optimizer.param_groups:
            group["lr"] = rules.lr * rules.factor ** sum(epoch >= m for m in rules.milestones)
        for x, y in train:
            with torch.no_grad():
                features = net(x)
            loss = F.cross_entropy(layer(features), y)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            right = [(layer(net(x)).argmax(1) == y).sum() for x, y in val]
        accuracy.append(float(sum(right)) / len(val.dataset))  # type: ignore[arg-type]
    return accuracy


def ours(
    train: Images, val: Images, encoder: Encoder, rules: protocols.SgdProbe, size: int, resize: int, seed: int
) -> list[float]:
    """Validation accuracy after each epoch of ``sgd_probe``."""
    x = streamed(frozen(encoder), val, width=encoder.features, device=torch.device("cpu"), resize=resize, size=size)
    made = sgd.sgd_probe(
        encoder, train, x, torch.from_numpy(val.labels), rules, classes=len(photos.NAMES), size=size, seed=seed
    )
    return [n / len(val) for n in made.epochs]


class Torchvision:
    """A replacement of ``sgd._Seen``: features of ``views`` crops of each image, cut by torchvision."""

    whole = True

    def __init__(self, forward: Any, images: Images, rules: protocols.SgdProbe, *, size: int, **_: Any) -> None:
        transform = transforms.Compose(
            [transforms.RandomResizedCrop(size, rules.scale), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
        )
        decoded = [images.image(i).convert("RGB") for i in range(len(images))]
        self.table = torch.stack(
            [forward(torch.stack([transform(image) for image in decoded])) for _ in range(rules.views or rules.epochs)]
        )

    def of(self, epoch: int, order: list[np.ndarray], _: np.random.Generator) -> Iterator[torch.Tensor]:
        """The features of each batch."""
        for rows in order:
            yield self.table[epoch % len(self.table), torch.from_numpy(rows)]


def accuracies(
    train: Images, val: Images, encoder: Encoder, rules: protocols.SgdProbe, views: int, size: int, resize: int, n: int
) -> None:
    """Run and print."""
    fewer = rules.model_copy(update={"views": views})
    last = dict[str, list[float]]()
    for seed in range(n):
        torch.manual_seed(seed)
        with mock.patch.object(sgd, "_Seen", Torchvision):
            last.setdefault(f"torchvision's crops, {views} views", []).append(
                ours(train, val, encoder, fewer, size, resize, seed)[-1]
            )
        last.setdefault(f"ours, {views} views", []).append(ours(train, val, encoder, fewer, size, resize, seed)[-1])
        last.setdefault("ours, new in every epoch", []).append(ours(train, val, encoder, rules, size, resize, seed)[-1])
    for name, values in last.items():
        error = np.std(values, ddof=1) / len(values) ** 0.5
        print(
            f"{name:32}{np.mean(values):.1%} ± {error:.1%} (standard error of {n} runs)  "
            f"{' '.join(f'{x:.1%}' for x in values)}"
        )


def loader(path: Path, transform: Any, batch: int, *, shuffle: bool, persistent: bool = True) -> DataLoader[Any]:
    """A folder's images loaded by two workers; the CPU seconds of persistent workers are counted when the loader is
    deleted."""
    images = ImageFolder(str(path), transform)
    return DataLoader(images, batch_size=batch, shuffle=shuffle, num_workers=WORKERS, persistent_workers=persistent)


def augmented(rules: protocols.SgdProbe, size: int, encoder: Encoder) -> transforms.Compose:
    """The training transform."""
    crop = transforms.RandomResizedCrop(size, rules.scale)
    return transforms.Compose([crop, transforms.RandomHorizontalFlip(), transforms.ToTensor(), normalised(encoder)])


def normalised(encoder: Encoder) -> transforms.Normalize:
    """Normalise with the encoder's mean and standard deviation."""
    return transforms.Normalize(encoder.mean, encoder.std)


def spent(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result of the work, its CPU seconds (all processes) and its wall seconds."""

    def cpu() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in used)

    before, start = cpu(), time.perf_counter()
    made = work()
    return made, cpu() - before, time.perf_counter() - start


def calibrated(root: Path) -> Encoder:
    """A random ResNet-18 with batch norm statistics from the images: without them its features would be out of
    range."""
    size = 64
    encoder = initial("resnet18", size=size, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), seed=0)
    central = transforms.Compose([transforms.Resize((size, size)), transforms.ToTensor()])
    pixels, _ = next(iter(DataLoader(ImageFolder(str(root / "val"), central), batch_size=128, shuffle=True)))
    for layer in encoder.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the mean over all batches
    with torch.no_grad():
        encoder.train()(pixels)
    return encoder.eval()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--val", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--accuracy", type=int, metavar="N", help="compare the accuracies of N runs, not the speed")
    parser.add_argument("--encoder", help="a run's folder; a random ResNet-18 at 64 px by default")
    given = parser.parse_args()
    whole = protocols.load("simclr-resnet18").evaluate.sgd
    assert whole is not None
    part = given.epochs / whole.epochs
    rules = whole.model_copy(
        update={"epochs": given.epochs, "milestones": tuple(round(m * part) for m in whole.milestones)}
    )
    fewer = rules.model_copy(update={"views": given.views})
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        write_images(root, given.images, given.val)
        encoder = load_encoder(given.encoder) if given.encoder else calibrated(root)
        size, resize = encoder.size, round(encoder.size * 70 / 64)
        train, val = class_folders(root / "train"), class_folders(root / "val")
        if given.accuracy:
            accuracies(train, val, encoder, rules, given.views, size, resize, given.accuracy)
            return
        cpu, wall, last = dict[str, float](), dict[str, float](), dict[str, list[float]]()
        for seed in range(given.seeds):
            for name, work in (
                ("original", lambda seed=seed: original(root, encoder, rules, size, resize, seed)),
                ("synthbench", lambda seed=seed: ours(train, val, encoder, rules, size, resize, seed)),
                (f"{given.views} views", lambda seed=seed: ours(train, val, encoder, fewer, size, resize, seed)),
            ):
                accuracy, used, took = spent(work)
                cpu[name], wall[name] = cpu.get(name, 0) + used, wall.get(name, 0) + took
                last.setdefault(name, []).append(accuracy[-1])
        data = loader(root / "train", augmented(rules, size, encoder), rules.batch, shuffle=True, persistent=False)
        _, their_data, _ = spent(lambda: [x for x, _ in data] and None)
        rng, squares, aspect = (
            np.random.default_rng(0),
            sgd._Squares(train, sgd.stored_side(size), torch.device("cpu")),
            sgd._aspects(train),
        )
        order = np.array_split(rng.permutation(len(train)), range(rules.batch, len(train), rules.batch))

        def one_pass() -> None:
            for rows, pixels in zip(order, squares.of(order), strict=True):
                sgd._views(pixels, aspect[rows], rules.scale, size, rng)

        _, first_data, _ = spent(one_pass)
        _, later_data, _ = spent(one_pass)
        crops = torch.rand(rules.batch, 3, size, size)
        with torch.no_grad():
            _, their_encoder, _ = spent(lambda: encoder.backbone(crops))
        forward = frozen(encoder)
        forward(crops[:8])
        _, our_encoder, _ = spent(lambda: forward(crops))
    n, per = len(train), 1e3
    our_data = (first_data + (given.epochs - 1) * later_data) / given.epochs
    print(
        f"{given.encoder or 'a random ResNet-18'} at {size} px, {n} training and {len(val)} validation images, "
        f"{given.epochs} epochs, {given.seeds} seeds, {torch.get_num_threads()} threads"
    )
    print(f"{'':12}{'CPU s':>9}{'wall s':>9}{'less CPU':>9}  top-1 after the last epoch")
    for name, spent_s in cpu.items():
        top = " ".join(f"{x:.1%}" for x in last[name])
        print(f"{name:12}{spent_s:9.1f}{wall[name]:9.1f}{cpu['original'] / spent_s:8.2f}x  {top}")
    print(
        f"ms of CPU an image: decoding and crops {their_data / n * per:.2f} against {our_data / n * per:.2f} "
        f"({later_data / n * per:.2f} after the first epoch), encoder {their_encoder / len(crops) * per:.2f} against "
        f"{our_encoder / len(crops) * per:.2f}"
    )


if __name__ == "__main__":
    main()
