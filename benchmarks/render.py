"""Images to disk: the original way against ``synthbench render``, in one run on the same images.

The original way draws, reads, makes a PIL image, flips it, saves it as a PNG and goes to the next one, in one process. It does so here
with our compiled programs (so that compiling costs both the same) and Mesa's own threads, as many as there are CPUs.

    python benchmarks/render.py [--images 306] [--size 384] [--workers 2]
"""

from __future__ import annotations

import argparse
import os
import struct
import tempfile
import time
from pathlib import Path

from PIL import Image

from synthbench.generator import label_of, stream
from synthbench.recipe import resolve
from synthbench.render.render import render

SEED = 0


def original(entrant: str, images: int, size: int, out: Path, level: int) -> float:
    """Images per second, one by one. ``level`` is PIL's PNG compression level (6 is its default)."""
    import moderngl

    from synthbench.shaders import dialects

    start = time.perf_counter()
    generator = resolve(entrant).load()
    gl = moderngl.create_context(standalone=True, backend="egl")
    corners = gl.buffer(struct.pack("6f", -1, -1, 3, -1, -1, 3))
    target = gl.framebuffer([gl.renderbuffer((size, size), components=4)])
    target.use()
    held, n = -1, len(generator.labels)
    for k in sorted(range(images), key=lambda k: (label_of(k, n), k)):  # each program is compiled once, as in ours
        if label_of(k, n) != held:
            held = label_of(k, n)
            program = gl.program(dialects.VERTEX, dialects.fragment_shader(generator.source(held)))
            vertices = gl.vertex_array(program, corners, "corner")
        for name, value in dialects.uniforms(stream(SEED, k).uniform(0.1, generator.seconds), size).items():
            member = program.get(name, None)
            if isinstance(member, moderngl.Uniform):
                member.value = value
        vertices.render(moderngl.TRIANGLES, vertices=3)
        picture = Image.frombytes("RGB", (size, size), target.read(components=3, alignment=1))
        picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(out / f"{k:09d}.png", compress_level=level)
    return images / (time.perf_counter() - start)


def ours(entrant: str, images: int, size: int, out: Path, workers: int) -> float:
    """Images per second of ``synthbench render``, the start of its workers included."""
    start = time.perf_counter()
    data = render(resolve(entrant), images=images, size=size, seed=SEED, out=out, workers=workers)
    assert len(data) == images
    return images / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entrant", default="shaders-open")
    parser.add_argument("--images", type=int, default=306)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ways = {}
        for name in ("PIL's default PNG", "PIL's fastest PNG", "synthbench"):
            out = Path(folder) / name
            out.mkdir()
            common = (options.entrant, options.images, options.size, out)
            ways[name] = ours(*common, options.workers) if name == "synthbench" else original(*common, 6 if "default" in name else 1)
            print(f"{name:18s} {ways[name]:6.2f} images/s", flush=True)
    for name in list(ways)[:2]:
        print(f"synthbench renders {ways['synthbench'] / ways[name]:.2f}x as fast as the original way with {name}")


if __name__ == "__main__":
    main()
