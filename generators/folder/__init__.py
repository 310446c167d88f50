"""A folder of images that exist already, as an entrant: ``synthbench run path/to/images``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import Generator

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}


class Folder(Generator):
    """Images of a folder tree; the labels are its direct subfolders that hold images (or one label, ``images``, where there are none).

    An image is drawn from its label's files by the random stream, its shorter side resized to ``size`` (bicubic, antialiased) and its
    centre cropped. Gray, palette, 16-bit and alpha images become RGB (alpha over white).

    Args:
        path: the folder.
    """

    def __init__(self, path: str) -> None:
        root = Path(path).expanduser()
        if not root.is_dir():
            raise UsageError(f"there is no folder {path!r}.")
        groups: dict[str, list[Path]] = {}
        for file in sorted(root.rglob("*")):
            if file.suffix.lower() in SUFFIXES and file.is_file():
                parts = file.relative_to(root).parts
                groups.setdefault(parts[0] if len(parts) > 1 else "images", []).append(file)
        if not groups:
            raise UsageError(f"the folder {path!r} holds no images ({', '.join(sorted(SUFFIXES))}), at any depth.")
        self.labels = tuple(sorted(groups))
        self._files = [groups[label] for label in self.labels]

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        file = self._files[label][rng.integers(len(self._files[label]))]
        try:
            with Image.open(file) as opened:
                image = to_rgb(opened)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise GeneratorError(f"{file} does not decode: {error}") from error
        scale = size / min(image.size)
        width, height = (max(size, round(side * scale)) for side in image.size)
        left, top = (width - size) // 2, (height - size) // 2
        resized = image.resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(resized.crop((left, top, left + size, top + size)))


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of any mode: 16-bit gray is scaled to 8 bits, transparency is laid over white."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        values = np.asarray(image, np.float64)
        top = 255.0 if image.mode == "F" and values.max(initial=0) <= 255 else 65535.0
        image = Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")
