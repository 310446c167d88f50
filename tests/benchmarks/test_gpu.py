"""The GPU script: parts that crash or hang affect only themselves, the time budget is kept, and each part gives its
figures at a tiny size."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from synthbench.pretrain.loop import build

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
CPU = torch.device("cpu")
SOON = math.inf
"""Time does not run out."""


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu

    monkeypatch.setattr(gpu, "GRACE", 0.5)
    monkeypatch.setattr(gpu, "LEAST", 1.0)
    return gpu


@pytest.fixture
def parts(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu_parts

    return gpu_parts


def options(**changes: Any) -> argparse.Namespace:
    known = {
        "shrink": 4000.0,
        "steps": 500,
        "minutes": 1.0,
        "data": [],
        "protocol": "simclr-resnet18-small",
        "cuda": False,
    }
    return argparse.Namespace(**known | changes)


def measured(gpu: Any, tmp_path: Path, scripts: dict[str, str], minutes: float = 1.0) -> dict[str, Any]:
    """The JSON after these parts, each given as Python code."""
    (tmp_path / "scratch").mkdir()
    given = options(minutes=minutes, out=tmp_path / "gpu.json")
    gpu.measure(given, list(scripts), lambda name, _: [sys.executable, "-c", scripts[name]], tmp_path / "scratch")
    return json.loads(given.out.read_text())["parts"]


def test_a_crash_affects_only_its_part(gpu, tmp_path):
    """The JSON is complete after each part: the last part finds the figures of the earlier ones in it."""
    crash = (
        "import sys; print('{\"passed\": 3}', flush=True); print('{\"passed\":', "
        "end=''); sys.exit('CUDA error: device-side assert')"
    )
    read = (
        "import json; print(json.dumps({'seen': "
        f"list(json.load(open({str(tmp_path / 'gpu.json')!r}))['parts'].items())}}))"
    )
    found = measured(
        gpu, tmp_path, {"machine": "print('noise'); print('{\"card\": 1}')", "tests": crash, "decode": read}
    )
    assert {name: part["status"] for name, part in found.items()} == {
        "machine": "done",
        "tests": "failed",
        "decode": "done",
    }
    assert found["machine"]["result"] == {"card": 1}
    assert found["tests"]["result"] == {"passed": 3}
    assert found["tests"]["error"] == ["CUDA error: device-side assert"]
    (_, first), (_, second), (_, third) = found["decode"]["result"]["seen"]
    assert (first["result"], second["status"], third) == ({"card": 1}, "failed", {"status": "interrupted"})


def test_a_hanging_part_is_killed_with_its_children_and_keeps_its_figures(gpu, tmp_path, monkeypatch):
    monkeypatch.setitem(gpu.LIMITS, "tests", 0.0)
    hang = (
        "import os, signal, subprocess, sys, tempfile, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        'print(\'{"child": %d, "folder": "%s"}\' % (child.pid, tempfile.mkdtemp()), flush=True); time.sleep(600)'
    )
    found = measured(gpu, tmp_path, {"tests": hang, "decode": "print('{}')"})
    assert {name: part["status"] for name, part in found.items()} == {"tests": "stopped", "decode": "done"}
    assert not Path(found["tests"]["result"]["folder"]).exists()
    status = Path(f"/proc/{found['tests']['result']['child']}/status")
    assert not status.is_file() or "zombie" in status.read_text()


def test_parts_that_exceed_the_budget_are_skipped(gpu, tmp_path):
    """A run is started only if one as long as the shortest so far fits."""
    wait = "import time; time.sleep(1.6); print('{}')"
    found = measured(
        gpu, tmp_path, {"entrants/a": wait, "entrants/b": "print('{}')", "machine": "print('{}')"}, minutes=3 / 60
    )
    assert [part["status"] for part in found.values()] == ["done", "skipped", "skipped"]
    assert "seconds are left; it needs" in found["entrants/b"]["error"][0]


def test_a_cpu_has_no_other_forms_to_measure(gpu, tmp_path):
    found = measured(gpu, tmp_path, {"steps/simclr-resnet18/graphs": "print('{}')"})
    assert found["steps/simclr-resnet18/graphs"] == {
        "status": "skipped",
        "error": ["on a CPU only eager mode is available"],
    }


def test_a_call_that_is_stopped_ends_its_part_and_keeps_the_figures(gpu, tmp_path):
    stop = (
        "import os, signal, time; print('{\"steps\": 7}', flush=True); "
        "os.kill(os.getppid(), signal.SIGTERM); time.sleep(600)"
    )
    kept = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with pytest.raises(SystemExit, match="143"):
            measured(gpu, tmp_path, {"machine": "print('{}')", "decode": stop})
    finally:
        signal.signal(signal.SIGTERM, kept)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert found["decode"]["status"] == "interrupted"
    assert found["decode"]["result"] == {"steps": 7}


def test_a_dry_run(gpu, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu, "LEAST", 10.0)
    out = tmp_path / "dry.json"
    monkeypatch.setattr(
        sys,
        "argv",
        [str(BENCHMARKS / "gpu.py"), "--shrink", "4000", "--parts", "machine", "--minutes", "2", "--out", str(out)],
    )
    kept = signal.getsignal(signal.SIGTERM)
    try:
        gpu.main()
    finally:
        signal.signal(signal.SIGTERM, kept)
    found = json.loads(out.read_text())
    assert found["parts"]["machine"]["result"]["torch"].startswith(torch.__version__.split("+")[0])
    assert "machine done" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["dry.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], r"torch does not find a CUDA device.*or try the script with --shrink 4000"),
        (["--shrink", "0.5"], r"--shrink 0.5: a number of at least 1"),
        (["--shrink", "9", "--minutes", "0"], r"--minutes 0: a number above 0"),
        (["--shrink", "9", "--steps", "0"], r"--steps 0: at least 1"),
        (
            ["--shrink", "9", "--parts", "machine,step"],
            r"--parts 'step': choose from machine,tests,shaders,decode,steps,entrants",
        ),
        (["--shrink", "9", "--data", "cifar10"], r"--data 'cifar10': write --data NAME=PLACE"),
        (
            ["--shrink", "9", "--protocol", "simclr-resnet18-smal"],
            r"unknown protocol 'simclr-resnet18-smal'. Did you mean",
        ),
        (["--shrink", "9", "--entrants", "spectrum,dead-leafs"], r"'dead-leafs'"),
        (["--shrink", "9", "--out", "not/there/gpu.json"], r"--out not/there/gpu.json: cannot be written"),
    ],
)
def test_bad_options_are_refused_before_anything_runs(gpu, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu.py", *words])
    with pytest.raises(SystemExit, match=said):
        gpu.main()
    assert list(tmp_path.iterdir()) == []


# The parts


def test_the_gpu_tests_are_counted(parts, tmp_path):
    marked = "@pytest.mark.gpu\ndef test_{}():\n    {}\n\n"
    bodies = {"right": "pass", "wrong": "assert 1 + 1 == 3, 'off by one'", "left": "pytest.skip('no EGL')"}
    text = (
        "import pytest\n\n"
        + "".join(marked.format(name, body) for name, body in bodies.items())
        + "def test_of_the_cpu():\n    assert False\n"
    )
    (tmp_path / "test_some.py").write_text(text)
    (tmp_path / "test_other.py").write_text("import nothing_of_this_name\n")
    said: list[dict[str, Any]] = []
    parts.gpu_tests(options(), time.monotonic() + 60, said.append, tmp_path)
    assert sum(said[-2]["so_far"].values()) == 3
    last = said[-1]
    assert (last["passed"], last["failed"], last["skipped"], last["reasons"], last["exit_code"]) == (
        1,
        1,
        1,
        {"no EGL": 1},
        1,
    )
    ((name, lines),) = last["failures"].items()
    assert name.endswith("test_some::test_wrong")
    assert any("off by one" in line for line in lines)


@pytest.mark.parametrize(("renderer", "of"), [("llvmpipe (LLVM 15.0.7)", "llvmpipe"), ("NVIDIA H100/PCIe/SSE2", "gpu")])
def test_frames_of_llvmpipe_are_not_counted_as_a_gpus(gl, parts, monkeypatch, renderer, of):
    from synthbench.generators.shaders import Shaders

    monkeypatch.setattr(Shaders, "renderer", renderer)
    made = SimpleNamespace(manifest=SimpleNamespace(seconds=0.5, renderer=renderer))
    monkeypatch.setattr("synthbench.render.render.render", lambda *_, **__: made)
    said: list[dict[str, Any]] = []
    parts.shaders(options(), SOON, said.append)
    assert said[-1]["renderer"] == renderer
    assert {key for key in said[-1] if key.endswith("_per_s")} == {f"{of}_frames_per_s", f"{of}_images_per_s"}
    assert said[-1][f"{of}_images_per_s"] == 8 / 0.5
    assert ("note" in said[-1]) == (of == "llvmpipe")


def test_steps_are_timed_counted_and_extrapolated(parts):
    """The FLOPs of forward and backward are three times those of the forward pass, except in the first layer, whose
    input does not need a gradient."""
    given = options(steps=12_000)
    said: list[dict[str, Any]] = []
    parts.steps(given, SOON, said.append, "simclr-resnet18", "eager")
    timed = said[-1]
    parts.steps(given, -math.inf, said.append, "simclr-resnet18", "eager")
    late, rules = said[-1], parts._rules("simclr-resnet18", given)
    encoder, size, batch = build(rules, 0), rules.augment.size, rules.optimizer.batch
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        encoder(torch.rand(2 * batch, 3, size, size))
    ratio = parts.flops(rules, CPU) / counter.get_total_flops()
    total = rules.optimizer.epochs * rules.optimizer.steps_per_epoch(rules.data.images)
    assert (timed["form"], timed["steps"], timed["batch"], timed["share_of_peak"]) == ("eager", 3, batch, None)
    assert timed["protocol_steps"] == total
    assert timed["images_per_s"] == pytest.approx(timed["steps_per_s"] * batch)
    assert timed["protocol_hours"] == pytest.approx(total / timed["steps_per_s"] / 3600)
    assert timed["tflop_per_s"] == pytest.approx(timed["flop_per_step"] * timed["steps_per_s"] / 1e12)
    assert "steps" not in late and late["flop_per_step"] == timed["flop_per_step"], "time was up"
    assert 2.8 < ratio < 3.1


def test_the_form_that_is_asked_for_takes_every_step(parts, monkeypatch):
    """It has the name of eager mode, so that the loop does not try others."""
    from synthbench.pretrain import fastest

    forms = {name: torch.nn.Identity() for name in parts.FORMS.values()}
    monkeypatch.setattr(fastest, "forms", lambda net, device, *, alone: forms if alone else {})
    for name, own in parts.FORMS.items():
        with parts._form(name):
            assert fastest.forms(torch.nn.Identity(), CPU, alone=False) == {fastest.PLAIN: forms[own]}


def test_a_run_is_scored_on_available_tasks(parts, monkeypatch):
    from synthbench.evaluate import registry
    from synthbench.evaluate.task import About, Made, Pixels

    def some(each: int, size: int) -> Pixels:
        y = np.repeat(np.arange(3), each)
        rng = np.random.default_rng(0)
        return Pixels((rng.integers(0, 64, (len(y), size, size, 3)) + 90 * y[:, None, None, None]).astype(np.uint8), y)

    about = About("digits", "Which shade?", "test", "none", 3, (18, 0, 9), "v1")
    monkeypatch.setitem(registry.tasks(), "digits", Made(about, lambda size: (some(6, size), some(3, size))))
    said: list[dict[str, Any]] = []
    parts.entrants(options(), SOON, said.append, "white-noise")
    assert {"check", "render", "pretrain", "evaluate"} <= {line.get("stage") for line in said}
    assert said[-1]["tasks"] == ["digits"]
    assert said[-1]["record"]["generator"]["name"] == "white-noise"
    assert said[-1]["record"]["protocol"]["overrides"] == {"evaluate.tasks": ["digits"], "shrink": 4000.0}
    json.dumps(said)
