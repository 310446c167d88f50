"""Rendering to disk: the original method compared with ``synthbench render``, in one run on the same images.

The original method draws, reads, creates a PIL image, flips it, saves it as a PNG and continues with the next one, in
one process. Here it uses our compiled programs (so that both have the same compilation cost) and Mesa's own threads,
one per CPU.

    python benchmarks/render.py [--images 102] [--rounds 3] [--size 384] [--workers 2]
"""

from __future__ import annotations

import argparse
import os
import struct
import tempfile
import time
from pathlib import Path

from PIL import Image
from synthbench.generators.shaders import Shaders

from synthbench.entrant.recipe import resolve
from synthbench.generator import label_of, stream
from synthbench.render.render import render

SEED = 0


def original(entrant: str, images: int, size: int, out: Path, level: int) -> None:
    """One by one. ``level`` is PIL's PNG compression level (6 is its default)."""
    import moderngl

    from synthbench.shaders import dialects, inputs

    generator = resolve(entrant).load()
    if not isinstance(generator, Shaders):
        raise SystemExit(f"{entrant!r} does not have shaders: give an --entrant with shaders.")
    gl = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    corners = gl.buffer(struct.pack("6f", -1, -1, 3, -1, -1, 3))
    target = gl.framebuffer([gl.renderbuffer((size, size), components=4)])
    target.use()
    held, n = -1, len(generator.labels)
    for k in sorted(range(images), key=lambda k: (label_of(k, n), k)):  # each program is compiled once, as in ours
        if label_of(k, n) != held:
            held = label_of(k, n)
            program = gl.program(*next(dialects.shaders(generator.source(held))))
            uniforms = inputs.known(generator.source(held), program)
            vertices = gl.vertex_array(program, corners, "corner")
        values = inputs.values(stream(SEED, k).uniform(0.1, generator.seconds), size)
        for meaning, uniform in uniforms:
            uniform.value = inputs.fitting(values[meaning], uniform)
        vertices.render(moderngl.TRIANGLES, vertices=3)
        picture = Image.frombytes("RGB", (size, size), target.read(components=3, alignment=1))
        picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(out / f"{k:09d}.png", compress_level=level)
    gl.release()
    generator.close()


def ours(entrant: str, images: int, size: int, out: Path, workers: int) -> None:
    """``synthbench render``, including the start of its workers."""
    data = render(resolve(entrant), images=images, size=size, seed=SEED, out=out, workers=workers)
    assert len(data) == images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entrant", default="shaders-open")
    parser.add_argument(
        "--images",
        type=int,
        default=102,
        help="per round; a multiple of the number of programs draws each equally often",
    )
    parser.add_argument("--rounds", type=int, default=3, help="the methods alternate, so that all have the same load")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    names = ("PIL's default PNG", "PIL's fastest PNG", "synthbench")
    wall: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            before, start = sum(os.times()[:4]), time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                if name == "synthbench":
                    ours(options.entrant, options.images, options.size, Path(folder), options.workers)
                else:
                    original(options.entrant, options.images, options.size, Path(folder), 6 if "default" in name else 1)
                wall[name].append(time.perf_counter() - start)
            cpu[name].append(sum(os.times()[:4]) - before)
            print(
                (
                    f"{name:18s} {options.images / wall[name][-1]:7.2f} images/s  "
                    f"{1e3 * cpu[name][-1] / options.images:6.1f} ms CPU/image"
                ),
                flush=True,
            )
    for name in names[:2]:
        ratio, less = (sum(kind[name]) / sum(kind["synthbench"]) for kind in (wall, cpu))
        print(
            f"synthbench: {ratio:.2f}x the images/s of the original method with {name}, {less:.2f}x fewer CPU seconds "
            "an image"
        )


if __name__ == "__main__":
    main()
