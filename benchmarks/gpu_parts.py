"""The measurements of ``gpu.py``: each function is a part that runs in its own process."""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
FORMS = {"eager": "eager", "compiled": "compiled", "graphs": "compiled, CUDA graphs"}
"""Names of the forms of a network here and in ``fastest``."""
PEAK = {"H200": 790e12, "H100": 660e12}
"""Peak FLOP/s of dense bf16 products."""
WARM, LOOK = 10, 50
"""Steps before timing starts (compilation, autotuning); steps between two readings of the clock."""

Say = Callable[[dict[str, Any]], None]
"""Receives a part's figures so far; the last ones count."""


def machine(given: argparse.Namespace, until: float, say: Say) -> None:
    """Describe the machine."""
    import torch

    from synthbench.pretrain import device as devices
    from synthbench.result.environment import environment

    device = devices.pick()
    found = environment(device) | {
        "memory_gb": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9,
        "cuda": torch.version.cuda,
    }
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        version = Path("/proc/driver/nvidia/version")
        driver = version.read_text(encoding="utf-8").splitlines()[0] if version.is_file() else None
        ask = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        with suppress(OSError, subprocess.SubprocessError, IndexError):
            driver = subprocess.run(ask, capture_output=True, check=True, encoding="utf-8", timeout=10).stdout.split()[
                0
            ]
        found |= {
            "card": card.name,
            "card_memory_gb": card.total_memory / 1e9,
            "capability": f"{card.major}.{card.minor}",
        }
        found |= {"driver": driver, "cudnn": torch.backends.cudnn.version()}  # type: ignore[no-untyped-call]
    say(found)


def gpu_tests(given: argparse.Namespace, until: float, say: Say, folder: Path = ROOT / "tests") -> None:
    """``pytest -m gpu``. Only the files with such tests are imported."""
    files = sorted(str(file) for file in folder.rglob("test_*.py") if "mark.gpu" in file.read_text(encoding="utf-8"))
    so_far, output = dict.fromkeys(("PASSED", "FAILED", "ERROR", "SKIPPED"), 0), list[str]()
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        words = [
            sys.executable,
            "-u",
            "-m",
            "pytest",
            "-m",
            "gpu",
            "-v",
            "--tb=short",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={report}",
        ]
        if importlib.util.find_spec("pytest_timeout"):  # the report is then written when time is up
            words += ["--timeout=90", f"--session-timeout={max(1, int(until - time.monotonic()))}"]
        with subprocess.Popen(
            [*words, *files],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                output.append(line.rstrip())
                if found := re.search(r"::\S+ (PASSED|FAILED|ERROR|SKIPPED)", line):
                    so_far[found[1]] += 1
                    say({"so_far": so_far})
        if not report.is_file():
            raise SystemExit("pytest made no report:\n" + "\n".join(output[-6:]))
        say(counted(report) | {"exit_code": process.returncode})


def counted(report: Path) -> dict[str, Any]:
    """Read a JUnit report of pytest: counts, the failures with their last lines, the reasons for skipped tests."""
    cases = list(ET.parse(report).getroot().iter("testcase"))
    failures, skipped = {}, dict[str, int]()
    for case in cases:
        for end in case:
            if end.tag in ("failure", "error"):
                lines = (end.text or end.get("message") or "").strip().splitlines()
                failures[f"{case.get('classname')}::{case.get('name')}"] = lines[-4:]
            elif end.tag == "skipped":
                reason = end.get("message") or ""
                skipped[reason] = skipped.get(reason, 0) + 1
    left = sum(skipped.values())
    return {
        "passed": len(cases) - len(failures) - left,
        "failed": len(failures),
        "skipped": left,
        "failures": failures,
        "reasons": skipped,
    }


def shaders(given: argparse.Namespace, until: float, say: Say) -> None:
    """Draw frames with EGL."""
    import numpy as np

    from synthbench.entrant.recipe import resolve
    from synthbench.generator import stream
    from synthbench.render.render import render
    from synthbench.shaders.canvas import SOFTWARE

    size, seconds = max(32, round(384 / math.sqrt(given.shrink or 1))), 10 / math.sqrt(given.shrink or 1)
    recipe = resolve("shaders-open", {"limit": 32 if given.shrink is None else 4})
    generator: Any = recipe.load()
    labels = np.arange(len(generator.labels))
    found: dict[str, Any] = {"renderer": generator.renderer, "size": size, "programs": len(labels)}
    software = any(name in generator.renderer.lower() for name in SOFTWARE)
    frames, images = (
        ("llvmpipe_frames_per_s", "llvmpipe_images_per_s") if software else ("gpu_frames_per_s", "gpu_images_per_s")
    )
    if software:
        found["note"] = (
            "drawn on the CPU: not a figure of a GPU. The driver's EGL library or its file for the loader is missing"
        )
    start = time.perf_counter()
    generator.render_batch(labels, [stream(0, k) for k in range(len(labels))], size)
    say(found := found | {"compile_s": time.perf_counter() - start})
    drawn, start, each = 0, time.perf_counter(), 64 if given.shrink is None else 2
    while (took := time.perf_counter() - start) < seconds or not drawn:
        label = int(labels[drawn // each % len(labels)])
        generator.render_batch([label] * each, [stream(1, drawn + k) for k in range(each)], size)
        drawn += each
    say(found := found | {frames: drawn / took, "frames": drawn})
    generator.close()
    wanted = 4096 if given.shrink is None else 8
    workers = min(len(os.sched_getaffinity(0)), wanted)
    with tempfile.TemporaryDirectory() as out:
        data = render(
            recipe, images=wanted, size=size, seed=0, out=Path(out) / "images", format="jpeg", workers=workers
        )
    say(
        found | {images: wanted / data.manifest.seconds, "workers": workers, "workers_renderer": data.manifest.renderer}
    )


def decode(given: argparse.Namespace, until: float, say: Say) -> None:
    """Decode images of MoCo's protocol from the disk to the device."""
    import numpy as np
    import torch

    from synthbench.entrant.recipe import resolve
    from synthbench.pretrain import device as devices
    from synthbench.pretrain.order import Order
    from synthbench.pretrain.source import Decoded, gpu_decodes
    from synthbench.render.render import render

    rules, device = _rules("moco_v2-resnet50", given), devices.pick()
    batch = rules.optimizer.batch
    with tempfile.TemporaryDirectory() as out:
        data = render(
            resolve("dead-leaves-squares"),
            images=2 * batch,
            size=rules.data.size,
            seed=0,
            out=Path(out) / "images",
            format="jpeg",
            quality=95,
        )
        source, steps = Decoded(data, device), 100
        source.start(0, steps, Order(0, 2 * batch, batch, 2), lambda _: np.arange(batch))
        source.take(0)
        start = time.perf_counter()
        for step in range(1, steps):
            source.take(step)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            took = time.perf_counter() - start
            if time.monotonic() > until or took > 8 / math.sqrt(given.shrink or 1):
                break
        source.close()
        by = "nvJPEG" if gpu_decodes(data, device) else f"{os.cpu_count()} CPU threads"
        say({"images_per_s": step * batch / took, "size": rules.data.size, "by": by})


class Enough(Exception):
    """The requested steps are done."""


def steps(given: argparse.Namespace, until: float, say: Say, name: str, form: str) -> None:
    """Training steps of a protocol in one form of its network."""
    import numpy as np
    import torch

    from synthbench.pretrain import device as devices
    from synthbench.pretrain.execution import Execution
    from synthbench.pretrain.loop import pretrain
    from synthbench.pretrain.training_images import Pixels

    rules, device = _rules(name, given), devices.pick()
    batch, wanted = (
        rules.optimizer.batch,
        given.steps if given.shrink is None else max(2, round(given.steps / given.shrink)),
    )
    warm = WARM if given.shrink is None else 1
    noise = np.random.default_rng(0).integers(0, 256, (4 * batch, rules.data.size, rules.data.size, 3), dtype=np.uint8)
    images = Pixels(noise, np.arange(len(noise)) % 2, identity="benchmark")
    trial = rules.override({"data.images": len(noise), "optimizer.epochs": -(-(warm + wanted) // 4)})
    flop = flops(trial, device)
    peak = next(
        (value for card, value in PEAK.items() if device.type == "cuda" and card in torch.cuda.get_device_name(device)),
        None,
    )
    total = rules.optimizer.epochs * rules.optimizer.steps_per_epoch(rules.data.images)
    precision = devices.precision(rules.optimizer.precision, device)
    found: dict[str, Any] = {
        "form": FORMS[form],
        "batch": batch,
        "size": rules.augment.size,
        "precision": precision,
        "flop_per_step": flop,
    }
    say(found)
    begun, start = time.perf_counter(), 0.0

    def tick(step: int, *_: object) -> None:
        nonlocal start
        done, late = step - warm, time.monotonic() > until
        if not (done in (0, wanted) or late or done % LOOK == 0):
            return
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        now = time.perf_counter()
        if done == 0:
            start = now
            say(found | {"first_steps_s": now - begun, "first_steps": warm})
        if done > 0:
            took = (now - start) / done
            say(
                found
                | {
                    "first_steps_s": start - begun,
                    "first_steps": warm,
                    "steps": done,
                    "steps_per_s": 1 / took,
                    "images_per_s": batch / took,
                    "tflop_per_s": flop / took / 1e12,
                    "share_of_peak": flop / took / peak if peak else None,
                    "protocol_steps": total,
                    "protocol_hours": total * took / 3600,
                    "peak_gpu_memory_gb": torch.cuda.max_memory_allocated(device) / 1e9
                    if device.type == "cuda"
                    else None,
                }
            )
        if late or done == wanted:
            raise Enough

    with tempfile.TemporaryDirectory() as out, _form(form), suppress(Enough):
        pretrain(
            images, protocol=trial, seed=0, out=Path(out), execution=Execution(device, checkpoint_s=1e9), progress=tick
        )


def flops(rules: Any, device: Any) -> int:
    """FLOPs of one eager step of a protocol."""
    import numpy as np
    from torch.utils.flop_counter import FlopCounterMode

    from synthbench.pretrain.execution import Execution
    from synthbench.pretrain.loop import pretrain
    from synthbench.pretrain.training_images import Pixels

    batch, size = rules.optimizer.batch, rules.data.size
    one = rules.override({"data.images": batch, "optimizer.epochs": 1})
    images = Pixels(np.zeros((batch, size, size, 3), np.uint8), np.arange(batch) % 2, identity="one step")
    with tempfile.TemporaryDirectory() as out, _form("eager"), FlopCounterMode(display=False) as counter:
        pretrain(images, protocol=one, seed=0, out=Path(out), execution=Execution(device, checkpoint_s=1e9))
    counts: dict[Any, int] = counter.get_flop_counts()["Global"]
    return sum(n for operation, n in counts.items() if "bmm" not in str(operation))


@contextmanager
def _form(name: str) -> Iterator[None]:
    """Restrict the loop to this form of the network."""
    from synthbench.pretrain import fastest

    real = fastest.forms
    with mock.patch.object(
        fastest, "forms", lambda net, device, *, alone: {fastest.PLAIN: real(net, device, alone=True)[FORMS[name]]}
    ):
        yield


def entrants(given: argparse.Namespace, until: float, say: Say, name: str) -> None:
    """One run, in a temporary folder."""
    from synthbench.entrant.recipe import resolve
    from synthbench.evaluate import on_disk, registry
    from synthbench.progress import Reporter
    from synthbench.result.result import mean_score
    from synthbench.run import run as runs

    on_disk.choose(dict(pair.split("=", 1) for pair in given.data))
    rules = _rules(given.protocol, given)
    here = [task for task in rules.evaluate.tasks if registry.state(task) == "here"]
    if not here:
        here = [task.about.name for task in registry.tasks().values() if task.place() is None]
    here = here if given.shrink is None else ["digits"]
    changes = {} if list(rules.evaluate.tasks) == here else {"evaluate.tasks": here}
    found: dict[str, Any] = {"entrant": name, "protocol": given.protocol, "tasks": here}
    last = 0.0

    class Told(Reporter):
        """Reports the progress of the run."""

        def stage(self, name: str, detail: str = "") -> None:
            say(found | {"stage": name, "detail": detail})

        def progress(self, done: int, total: int, text: str = "") -> None:
            nonlocal last
            if time.monotonic() - last > 1:
                last = time.monotonic()
                say(found | {"done": done, "total": total, "detail": text})

    with tempfile.TemporaryDirectory() as out:
        job = runs.Job(resolve(name), rules.override(changes), 0, Path(out))
        record = runs.run(
            job, overrides=changes | ({"shrink": given.shrink} if given.shrink else {}), report=Told()
        ).result
    say(found | {"mean_score": mean_score(record.scores), "record": record.model_dump(mode="json")})


def _rules(name: str, given: argparse.Namespace) -> Any:
    """A protocol, shrunk if requested, with a narrow network."""
    from synthbench.protocol import protocol
    from synthbench.protocol.shrink import shrink

    rules = protocol.load(name)
    if given.shrink is None:
        return rules
    narrow = {"encoder.width": 8} if rules.encoder.architecture.startswith("resnet18") else {}
    return rules.override(shrink(rules, given.shrink) | narrow)


PARTS: dict[str, Callable[..., None]] = {
    "machine": machine,
    "tests": gpu_tests,
    "shaders": shaders,
    "decode": decode,
    "steps": steps,
    "entrants": entrants,
}
"""Each takes the options, the end time (``time.monotonic``), and a callback for figures."""
