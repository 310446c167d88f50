"""synthbench: is this image generator good pretraining data?

Importing it is fast: numpy, torch and moderngl are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from synthbench.generator import Generator
    from synthbench.pretrain.encoder import Encoder

__all__ = ["Generator", "load_encoder", "load_generator"]


def __getattr__(name: str) -> Any:
    """``synthbench.Generator``, imported lazily because it needs numpy, which most of the command line does not."""
    if name != "Generator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from synthbench.generator import Generator

    return Generator


def load_generator(entrant: str, **params: Any) -> Generator:
    """Load the generator of an entrant (the name of a recipe or a generator, ``file.py:Class`` or a folder of images).

    Example:
        ``load_generator("shaders-open").render(0, np.random.default_rng(0), 256)``
    """
    from synthbench.entrant.recipe import resolve

    return resolve(entrant, params).load()


def load_encoder(where: str | Path) -> Encoder:
    """Load a pretrained encoder from a run folder, its address (``"s3://..."``), an ``encoder.safetensors`` file or the
    Hub (``"user/repo"``, ``"user/repo@revision"``), in eval mode on the CPU.

    It takes pixels in [0, 1], (N, 3, size, size), and normalises them itself; its attributes are ``size``, ``mean``,
    ``std`` and ``features``.
    """
    from pathlib import Path

    from synthbench.pretrain.encoder import load_encoder as load
    from synthbench.storage.remote import is_address

    if is_address(where):
        from synthbench.result.address import ENCODER, brought

        return load(brought(where, ENCODER))
    if not Path(where).exists():
        from synthbench.hub import pull

        if pull.is_address(str(where)):
            return load(pull.in_cache(str(where)))
    return load(where)
