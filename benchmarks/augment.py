"""Augmentation speed, compared in one run: synthbench's tensor code and its compiled CPU code, torchvision, and kornia
if installed.

    python benchmarks/augment.py --protocol moco_v2-resnet50 --batch 64

One view of each image of a batch, from uint8 pixels in memory to a normalised float tensor on the device; torchvision
works on PIL images as in the papers' code, with one thread per CPU. Rounds alternate, so that other load affects all
equally; medians are reported.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor
from torchvision import transforms

from synthbench.pretrain import augment as ours
from synthbench.pretrain import device as devices
from synthbench.protocol import protocol as protocols


def contestants(rules: protocols.Augment, pixels: np.ndarray, device: torch.device) -> dict[str, Callable[[], Tensor]]:
    """The compared functions, by name: each augments one view of every image."""
    n, height, width = pixels.shape[:3]
    rng = np.random.default_rng(0)
    held = torch.from_numpy(pixels).permute(0, 1, 3, 2).contiguous().to(device)
    found: dict[str, Callable[[], Tensor]] = {
        f"synthbench, batched on {device.type}": lambda: ours.batched(
            held, ours.draw(rules, rng, n, height, width), rules
        )
    }
    if device.type == "cpu" and rules.blur_p is None:
        found["synthbench, compiled"] = lambda: ours.augment(held, ours.draw(rules, rng, n, height, width), rules)
    pictures = [Image.fromarray(x) for x in pixels]
    steps = [
        transforms.RandomResizedCrop(rules.size, rules.scale, rules.ratio),
        transforms.RandomHorizontalFlip(rules.flip),
        transforms.RandomApply([transforms.ColorJitter(*rules.jitter)], rules.jitter_p),
        transforms.RandomGrayscale(rules.grayscale_p),
        transforms.RandomApply([transforms.Lambda(lambda x: _blurred(x, rules))], rules.blur_p or 0.0),
        transforms.ToTensor(),
        transforms.Normalize(rules.mean, rules.std),
    ]
    pipeline = transforms.Compose(steps)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    found["torchvision, per image"] = lambda: torch.stack(list(pool.map(pipeline, pictures))).to(device)
    try:
        import kornia.augmentation as kornia
    except ImportError:
        return found
    size = (rules.size, rules.size)
    blur = [] if rules.blur_radius is None else [kornia.RandomGaussianBlur((23, 23), rules.blur_radius, p=rules.blur_p)]
    chain = torch.nn.Sequential(
        kornia.RandomResizedCrop(size, rules.scale, rules.ratio),
        kornia.RandomHorizontalFlip(p=rules.flip),
        kornia.ColorJitter(*rules.jitter, p=rules.jitter_p),
        kornia.RandomGrayscale(p=rules.grayscale_p),
        *blur,
        kornia.Normalize(torch.tensor(rules.mean), torch.tensor(rules.std)),
    )
    planes = held.permute(0, 2, 1, 3).contiguous()
    found[f"kornia on {device.type}"] = lambda: chain(planes.float() / 255)
    return found


def _blurred(image: Image.Image, rules: protocols.Augment) -> Image.Image:
    low, high = rules.blur_radius or (0.0, 0.0)
    return image.filter(ImageFilter.GaussianBlur(low + (high - low) * torch.rand(()).item()))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", default="simclr-resnet18")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rules, device = protocols.load(given.protocol), devices.pick()
    side = rules.data.size
    pixels = np.random.default_rng(0).integers(0, 256, (given.batch, side, side, 3), dtype=np.uint8)
    compared = contestants(rules.augment, pixels, device)
    times: dict[str, list[float]] = {}
    for number in range(given.rounds + 1):  # the first round warms up
        for name, run in compared.items():
            start = time.perf_counter()
            float(run().sum())  # waits for a GPU
            if number:
                times.setdefault(name, []).append(time.perf_counter() - start)
    best = statistics.median(next(iter(times.values())))
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:32s} {given.batch / middle:10,.0f} views/s   {middle / best:5.2f} times the first one's time")


if __name__ == "__main__":
    main()
