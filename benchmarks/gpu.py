"""What a GPU gives, in one call that ends in time and writes one JSON: the GPU tests, shader frames, training
steps, scores.

    pip install -e '.[dev]' && python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --out scores.json --parts entrants --protocol simclr-resnet18-small --data cifar10=/data
    python benchmarks/gpu.py --out dry.json --shrink 4000 --minutes 4      # a dry run on a CPU: its figures mean nothing

For a machine that is lent for minutes. Every part runs in a process of its own with its own time limit, so that one
crash costs one part, and the JSON is written whole after each: a kill loses the part in hand at most. Of a part that
was stopped, its last figures are kept. ``--minutes`` holds for all parts together.

- ``machine``: card, driver, versions, CPU.
- ``tests``: ``pytest -m gpu``: how many passed, and the last lines of each failure.
- ``shaders``: frames/s at 384 px in one process, and images/s of all render workers, JPEG included. The renderer's name
  is beside them; what Mesa's llvmpipe draws on the CPU is called that. (The H100's and H200's graphics pipeline has a
  small part of the chip.)
- ``decode``: JPEG images/s of the size of MoCo's protocol, which do not fit into memory in a full run: a bound on
  its images/s.
- ``steps``: steps/s and images/s of two protocols of the papers, as ``synthbench pretrain`` does them, in each form of
  the network (``synthbench.pretrain.fastest``), on images in memory; the share of the card's dense bf16 peak; hours for
  the whole protocol. The FLOPs are those of the convolutions and matrix products of one plain step, counted by
  ``torch.utils.flop_counter`` (batched products, which are the augmentation's, left out).
- ``entrants``: runs of a protocol on images that are rendered here, as many as fit, scored on the tasks whose images
  are here (``--data``), or else on those that need no files; the whole record of each.
"""  # noqa: E501

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import gpu_parts

STEPS = ("simclr-resnet18", "moco_v2-resnet50")
ENTRANTS = "dead-leaves-squares,fractaldb-1k,spectrum-color,stylegan-oriented,shaders-synth-1k"
LIMITS = {
    "machine": 30,
    "tests": 120,
    "shaders": 45,
    "decode": 30,
    "eager": 60,
    "compiled": 90,
    "graphs": 90,
    "entrants": math.inf,
}
"""Most seconds of a part in a call of nine minutes; in proportion in another, but at least twice ``LEAST``."""
GRACE, LEAST = 3.0, 10.0
"""Seconds between the request to stop and the kill; seconds below which a part is not begun."""


def parts(given: argparse.Namespace) -> list[str]:
    """What is to be done, in turn: the plain steps before the compiled ones."""
    kinds = {
        "machine": ["machine"],
        "tests": ["tests"],
        "shaders": ["shaders"],
        "decode": ["decode"],
        "steps": [f"steps/{name}/{form}" for form in gpu_parts.FORMS for name in STEPS],
        "entrants": [f"entrants/{name}" for name in given.entrants.split(",") if name],
    }
    wanted = given.parts.split(",") if given.parts else list(kinds)
    if wrong := [kind for kind in wanted if kind not in kinds]:
        fail(f"--parts {wrong[0]!r}: choose among {','.join(kinds)}.")
    return [name for kind in kinds if kind in wanted for name in kinds[kind]]


def attempt(words: list[str], limit: float, scratch: Path, found: dict[str, Any]) -> None:
    """Run a part and add to ``found`` how it ended (done, failed, stopped at its limit, interrupted) and what it
    said last."""
    started, own = time.monotonic(), scratch / "part"
    own.mkdir()
    env = {"TORCHINDUCTOR_CACHE_DIR": str(scratch / "compiled"), **os.environ, "TMPDIR": str(own)}
    with (scratch / "out").open("w+b") as raw, (scratch / "err").open("w+b") as errors:
        process = subprocess.Popen(words, stdout=raw, stderr=errors, env=env, start_new_session=True)
        try:
            process.wait(max(0.0, limit - GRACE))
            found["status"] = "failed" if process.returncode else "done"
        except subprocess.TimeoutExpired:
            found["status"] = "stopped"
        finally:
            _end(process)
            shutil.rmtree(own, ignore_errors=True)  # of a part that was killed, too
            found["seconds"] = round(time.monotonic() - started, 1)
            for line in (scratch / "out").read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
                if line.startswith("{") and line.endswith("}\n"):  # one that was cut by a kill is left out
                    found["result"] = json.loads(line)
            said = (scratch / "err").read_text(encoding="utf-8", errors="replace").splitlines()
            if found["status"] == "failed":
                found["error"] = [line.rstrip() for line in said if line.strip()][-8:] or [
                    f"it ended with {process.returncode}"
                ]


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what it left running


def write(found: dict[str, Any], path: Path) -> None:
    """Whole or not at all."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")
    draft.replace(path)


def measure(
    given: argparse.Namespace, names: list[str], command: Callable[[str, float], list[str]], scratch: Path
) -> dict[str, Any]:
    """Do the parts one after another while time lasts; ``command`` makes the words that start one of so
    many seconds."""
    begun = time.monotonic()
    found: dict[str, Any] = {"minutes": given.minutes, "shrink": given.shrink, "parts": {}}
    shortest = math.inf  # of the runs that ended
    for name in names:
        kind = name.split("/")[0]
        left = 60 * given.minutes - (time.monotonic() - begun) - GRACE
        share = LIMITS[name.split("/")[-1] if kind == "steps" else kind] * given.minutes / 9
        limit = min(left, max(share, 2 * LEAST))
        needed = shortest if kind == "entrants" and math.isfinite(shortest) else LEAST
        print(f"{time.monotonic() - begun:6.1f} s  {name}", end=" ", flush=True)
        part: dict[str, Any] = {"status": "interrupted"}
        found["parts"][name] = part
        if left < needed:
            part |= {"status": "skipped", "error": [f"{left:.0f} seconds are left, and it takes {needed:.0f} or more"]}
        elif kind == "steps" and not name.endswith("/eager") and not given.cuda:
            part |= {"status": "skipped", "error": ["on a CPU there is only the plain network"]}
        else:
            write(found, given.out)
            try:
                attempt(command(name, limit), limit, scratch, part)
            finally:
                write(found, given.out)
        if kind == "entrants" and part["status"] == "done":
            shortest = min(shortest, part["seconds"])
        write(found, given.out)
        said = {
            key: value
            for key, value in part.get("result", {}).items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        print(
            part["status"],
            part.get("error", [""])[-1],
            " ".join(f"{key}={value:.4g}" for key, value in list(said.items())[-6:]),
            flush=True,
        )
    print(f"{time.monotonic() - begun:6.1f} s  {given.out}", flush=True)
    return found


def fail(text: str) -> NoReturn:
    """End with a message."""
    raise SystemExit(f"error: {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="the JSON (%(default)s); it is replaced")
    parser.add_argument("--minutes", type=float, default=9.0, help="for all parts together (%(default)s)")
    parser.add_argument("--parts", help="of machine,tests,shaders,decode,steps,entrants; all if not given")
    parser.add_argument("--steps", type=int, default=500, help="that are timed of each protocol and form (%(default)s)")
    parser.add_argument("--protocol", default="simclr-resnet18-mini", help="of the entrants (%(default)s)")
    parser.add_argument("--entrants", default=ENTRANTS, help="in turn (%(default)s)")
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=PLACE", help="where real images lie, as in synthbench run"
    )
    parser.add_argument(
        "--shrink", type=float, metavar="FACTOR", help="all that many times smaller, for a dry run, on a CPU too"
    )
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        kind, *words = given.only.split("/", 2)
        until = time.monotonic() + given.seconds
        gpu_parts.PARTS[kind](given, until, lambda found: print(json.dumps(found, default=str), flush=True), *words)
        return
    names = checked(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the part in hand is ended, too
    own = [sys.executable, __file__, *sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="synthbench-gpu-") as scratch:
        measure(
            given,
            names,
            lambda name, limit: [*own, "--only", name, "--seconds", f"{limit - 2 * GRACE:.1f}"],
            Path(scratch),
        )


def checked(given: argparse.Namespace) -> list[str]:
    """The parts, where the options can be followed: what is wrong is said before anything runs."""
    from synthbench.entrant.recipe import resolve
    from synthbench.errors import SynthbenchError
    from synthbench.protocol import protocol

    names = parts(given)
    if not 0 < given.minutes < math.inf:
        fail(f"--minutes {given.minutes:g}: a number above 0.")
    if given.steps < 1:
        fail(f"--steps {given.steps}: at least 1.")
    if given.shrink is not None and not 1 <= given.shrink < math.inf:
        fail(f"--shrink {given.shrink:g}: a number of at least 1, as in --shrink 4000.")
    if wrong := [pair for pair in given.data if "=" not in pair]:
        fail(f"--data {wrong[0]!r}: write --data NAME=PLACE.")
    try:
        protocol.load(given.protocol)
        for name in given.entrants.split(","):
            resolve(name)
    except SynthbenchError as error:
        fail(str(error))
    import torch

    given.cuda = torch.cuda.is_available()
    if not given.cuda and given.shrink is None:
        fail(
            "torch sees no CUDA device here, so there is nothing to measure. Call it on a machine with an NVIDIA "
            "card, its driver and a torch built for CUDA (python -c 'import torch; print(torch.cuda.is_available())' "
            "prints True), or try the script with --shrink 4000."
        )
    try:
        write({"minutes": given.minutes, "parts": {}}, given.out)
    except OSError as error:
        fail(f"--out {given.out}: cannot be written ({error.strerror}). Name a file in a folder that is there.")
    return names


if __name__ == "__main__":
    main()
