"""Speed of ``synthbench shaders clean`` on a mixed collection that is generated, cleaned and counted.

    python benchmarks/clean.py [--programs 300] [--workers 2]

The collection: variants of the shipped programs (with changed constants, so that each is compiled), one-line programs,
exact copies, and files that are left out (prose, broken programs, programs with inputs, binary data, a repeated id).
Times are wall-clock times of the examination (compile, four frames) and of the whole run (with Table 1, the sheets and
the files).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import tempfile
import time
from importlib import resources
from pathlib import Path

from synthbench.shaders import clean as cleaning


def variant(text: str, rng: random.Random) -> str:
    """The program with its decimal constants changed by up to a third, and a unique name in it."""
    changed = re.sub(r"(?<![\w.])\d+\.\d+(?![\w.])", lambda m: f"{float(m[0]) * rng.uniform(0.67, 1.5):.4f}", text)
    return f"// variant {rng.random()}\n{changed}"


def short(rng: random.Random) -> str:
    """A program of the length of a tweet."""
    a, b, c = (rng.uniform(0.5, 9.0) for _ in range(3))
    return (
        f"vec2 p=(FC.xy*2.-r)/r.y;for(float i;i++<{rng.randint(4, 12)}.;)"
        f"p=abs(p*rotate2D({a:.3f}+t*.1))/dot(p,p)-vec2({b / 9:.3f},{c / 9:.3f});"
        f"o.rgb=hsv(length(p)*{a / 9:.3f}+t*.1,.6,exp(-abs(p.x)*{b:.2f}*.2));"
    )


def write(root: Path, n: int, rng: random.Random) -> None:
    """n programs: 25 % variants of the shipped ones (a page each), 55 % short, 8 % copies, 12 % junk."""
    shipped = [
        f.read_text(encoding="utf-8")
        for f in resources.files("synthbench.generators.shaders").joinpath("programs").iterdir()
    ]
    lines, good = [], list[str]()
    for i in range(n):
        kind = rng.choices(["shipped", "short", "copy", "junk"], [0.25, 0.55, 0.08, 0.12])[0]
        if kind == "copy" and good:
            text = rng.choice(good)
        elif kind == "junk":
            text = rng.choice(
                [
                    "not a shader at all",
                    "void mainImage(out vec4 c, in vec2 p) { c = nothing; }",
                    "o=vec4(.5);",
                    "x" * 200_000,
                ]
            )
        else:
            text = variant(rng.choice(shipped), rng) if kind == "shipped" else short(rng)
            good.append(text)
        if rng.random() < 0.3 and "mainImage" in text:
            one = {"info": {"id": f"s{i}"}, "renderpass": [{"inputs": [], "type": "image", "code": text}]}
            lines.append(json.dumps({"Shader": one}))
        else:
            folder = root / f"{i % 7}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"p{i}.glsl").write_text(text, encoding="utf-8")
    (root / "more.jsonl").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root / "src", options.programs, random.Random(0))
        start, looked = time.perf_counter(), list[tuple[float, float]]()

        def progress(stage: str, done: int, total: int) -> None:
            if stage != "look" and not looked:  # the worker processes have ended, so their CPU time is included
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                looked.append((time.perf_counter() - start, used.ru_utime + used.ru_stime))

        found = cleaning.clean(root / "src", root / "out", workers=options.workers, progress=progress)
        whole = time.perf_counter() - start
    print(json.dumps(found.__dict__ | {"examples": None}, indent=1))
    wall, cpu = looked[0]
    print(
        f"{found.programs} programs looked at in {wall:.1f} s and {cpu:.1f} CPU seconds: {found.programs / wall:.1f} "
        f"programs/s, {found.programs / cpu:.1f} per CPU second; the whole run took {whole:.1f} s"
    )


if __name__ == "__main__":
    main()
