"""Measure a GPU in one call of limited time that writes one JSON: GPU tests, shader frames, training steps, scores.

    pip install -e '.[dev]' && python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --out scores.json --parts entrants --protocol simclr-resnet18-small --data cifar10=/data
    python benchmarks/gpu.py --out dry.json --shrink 4000 --minutes 4      # a dry run on a CPU: its figures mean nothing

This is for a machine that is available for minutes. Every part runs in its own process with its own time limit, so
that a crash affects one part only, and the JSON is written atomically after each: a kill loses at most the current part.
If a part was stopped, its last figures are kept. ``--minutes`` applies to all parts together.

- ``machine``: GPU, driver, versions, CPU.
- ``tests``: ``pytest -m gpu``: how many passed, and the last lines of each failure.
- ``shaders``: frames/s at 384 px in one process, and images/s of all render workers, JPEG included. The renderer's name is given: llvmpipe is Mesa's renderer on the CPU. (On the H100 and H200 the graphics pipeline uses a small part of the chip.)
- ``decode``: JPEG images/s at the size of MoCo's protocol, whose images do not fit into memory in a full run: an upper bound on its images/s.
- ``steps``: steps/s and images/s of two protocols of the papers, as in ``synthbench pretrain``, in each form of the network (``synthbench.pretrain.fastest``), on images in memory; the fraction of the GPU's dense bf16 peak; hours for the whole protocol. FLOPs are those of the convolutions and matrix products of one eager step, counted by ``torch.utils.flop_counter`` (without batched products, which belong to the augmentation).
- ``entrants``: runs of a protocol on images rendered on the machine, as many as fit, scored on the tasks whose images are available (``--data``), or else on those that need no files; the whole record of each.
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
"""Maximum seconds of a part in a call of nine minutes, scaled for other calls, but at least twice ``LEAST``."""
GRACE, LEAST = 3.0, 10.0
"""Seconds between the request to stop and the kill; seconds below which a part is not started."""


def parts(given: argparse.Namespace) -> list[str]:
    """The parts in order: eager steps before compiled ones."""
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
        fail(f"--parts {wrong[0]!r}: choose from {','.join(kinds)}.")
    return [name for kind in kinds if kind in wanted for name in kinds[kind]]


def attempt(words: list[str], limit: float, scratch: Path, found: dict[str, Any]) -> None:
    """Run a part and add its outcome (done, failed, stopped at its limit, interrupted) and its last output to
    ``found``."""
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
            shutil.rmtree(own, ignore_errors=True)  # also of a part that was killed
            found["seconds"] = round(time.monotonic() - started, 1)
            for line in (scratch / "out").read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
                if line.startswith("{") and line.endswith("}\n"):  # a line cut by a kill is left out
                    found["result"] = json.loads(line)
            said = (scratch / "err").read_text(encoding="utf-8", errors="replace").splitlines()
            if found["status"] == "failed":
                found["error"] = [line.rstrip() for line in said if line.strip()][-8:] or [
                    f"it ended with {process.returncode}"
                ]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with its child processes."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # processes that it left running


def write(found: dict[str, Any], path: Path) -> None:
    """Write atomically."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")
    draft.replace(path)


def measure(
    given: argparse.Namespace, names: list[str], command: Callable[[str, float], list[str]], scratch: Path
) -> dict[str, Any]:
    """Do the parts one after another while time lasts; ``command`` returns the command line of a part of a given
    number of seconds."""
    begun = time.monotonic()
    found: dict[str, Any] = {"minutes": given.minutes, "shrink": given.shrink, "parts": {}}
    shortest = math.inf  # of the finished runs
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
            part |= {"status": "skipped", "error": [f"{left:.0f} seconds are left; it needs {needed:.0f} or more"]}
        elif kind == "steps" and not name.endswith("/eager") and not given.cuda:
            part |= {"status": "skipped", "error": ["on a CPU only eager mode is available"]}
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
    """Exit with a message."""
    raise SystemExit(f"error: {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="the JSON (%(default)s); it is replaced")
    parser.add_argument("--minutes", type=float, default=9.0, help="for all parts together (%(default)s)")
    parser.add_argument("--parts", help="from machine,tests,shaders,decode,steps,entrants; all by default")
    parser.add_argument("--steps", type=int, default=500, help="that are timed of each protocol and form (%(default)s)")
    parser.add_argument("--protocol", default="simclr-resnet18-mini-2", help="of the entrants (%(default)s)")
    parser.add_argument("--entrants", default=ENTRANTS, help="in turn (%(default)s)")
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME=PLACE",
        help="location of real images, as in synthbench run",
    )
    parser.add_argument(
        "--shrink",
        type=float,
        metavar="FACTOR",
        help="factor by which everything is shrunk, for a dry run, also on a CPU",
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the current part is ended, too
    own = [sys.executable, __file__, *sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="synthbench-gpu-") as scratch:
        measure(
            given,
            names,
            lambda name, limit: [*own, "--only", name, "--seconds", f"{limit - 2 * GRACE:.1f}"],
            Path(scratch),
        )


def checked(given: argparse.Namespace) -> list[str]:
    """The parts, after checking the options before anything runs."""
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
            "torch does not find a CUDA device, so there is nothing to measure. Run it on a machine with an NVIDIA "
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
