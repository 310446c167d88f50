"""The loop with every objective, on the CPU and on a GPU."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
import torch
from training import LABELS, OBJECTIVES, STEPS, go, same, short, small

from synthbench.entrant.recipe import resolve
from synthbench.errors import DeviceMemoryError, UsageError
from synthbench.pretrain import encoder as encoders
from synthbench.pretrain import fastest
from synthbench.pretrain import source as pixels
from synthbench.pretrain.encoders.resnet import RESNET18
from synthbench.pretrain.objectives.objective import Learner
from synthbench.pretrain.order import Order
from synthbench.pretrain.recompute import recompute
from synthbench.pretrain.stop import Terminated
from synthbench.pretrain.training_images import Stored
from synthbench.render.render import render


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("after", [3, 4])
def test_every_objective_resumes_bit_by_bit(images, tmp_path, monkeypatch, name, after):
    monkeypatch.setattr(encoders, "architecture", small)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = go(images, short(name), tmp_path / "whole", labels=LABELS)
    assert len(whole.losses) == STEPS

    def stop(step: int, steps: int, loss: float) -> None:
        if step == after:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Terminated):
        go(images, short(name), tmp_path / "parts", labels=LABELS, progress=stop)
    resumed = go(images, short(name), tmp_path / "parts", labels=LABELS)
    assert resumed.resumed_at == after
    assert resumed.losses == whole.losses
    assert same(resumed.encoder, whole.encoder)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_learns(images, tmp_path, monkeypatch, name):
    """Except MoCo, whose queue is noise at first: its loss only needs to be finite."""
    monkeypatch.setattr(encoders, "architecture", small)
    rules = short(name).override(
        {"optimizer.epochs": 30, "optimizer.lr": 0.2, "augment.scale": [0.9, 1.0], "augment.jitter_p": 0.0}
    )
    losses = go(images, rules, tmp_path, labels=LABELS).losses
    assert np.isfinite(losses).all()
    if not name.startswith("moco"):
        assert np.mean(losses[-8:]) < np.mean(losses[:8]) - 0.02


def test_moco_drops_the_last_batch_and_others_do_not(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "architecture", small)
    made = []
    for name in ("moco_v2-resnet50", "simclr-resnet18"):
        (tmp_path / name).mkdir()
        made.append(go(images[:60], short(name), tmp_path / name, labels=LABELS[:60]))
    assert [(len(one.losses), one.views) for one in made] == [(2 * 3, 2 * 2 * 48), (2 * 4, 2 * 2 * 60)]


def test_passes_change_rounding_only(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "architecture", small)
    made = []
    for passes in (1, 4):
        (tmp_path / f"{passes}").mkdir()
        made.append(go(images, short("moco_v2-resnet50"), tmp_path / f"{passes}", passes=passes).losses)
    assert made[0] == pytest.approx(made[1], rel=1e-5)


def test_images_read_from_disk_step_by_step_are_those_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "architecture", small)
    data = render(resolve("white-noise"), images=40, size=32, seed=0, out=tmp_path / "images", format="png", workers=1)
    made = []
    for name, share in (("memory", 0.5), ("disk", 0.0)):
        monkeypatch.setattr(pixels, "HOST_SHARE", share)
        (tmp_path / name).mkdir()
        made.append(go(Stored(data), short("supcon-resnet18"), tmp_path / name))
    assert made[0].losses == made[1].losses
    assert same(made[0].encoder, made[1].encoder)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("supcon-resnet18", {"labels": None}, "supcon needs class labels: pass labels"),
        ("ce-resnet18", {"labels": None}, "cross_entropy needs class labels"),
        ("simclr-resnet18", {"passes": 2}, "simclr needs the whole batch in one pass.*--recompute saves memory"),
        (
            "moco_v2-resnet50",
            {"passes": 3},
            "1 ranks, 3 passes per step: batch norm works in 4 groups, so ranks times passes must be one of 1, 2, 4",
        ),
    ],
)
def test_what_an_objective_cannot_do_is_refused(images, tmp_path, monkeypatch, name, changes, said):
    monkeypatch.setattr(encoders, "architecture", small)
    with pytest.raises(UsageError, match=said):
        go(images, short(name), tmp_path, **{"labels": LABELS} | changes)


def test_too_few_images_to_fill_a_batch(images, tmp_path):
    with pytest.raises(UsageError, match="10 images do not fill a batch of 16"):
        go(images[:10], short("moco_v2-resnet50"), tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moco_v2-resnet50", "for 16 images of 32 px at once: --passes 2 does a step in 2 passes"),
        ("simclr-resnet18", "--recompute stores fewer activations"),
        ("recomputed", "torchrun --nproc-per-node N"),
    ],
)
def test_too_little_memory_names_what_fits(images, tmp_path, monkeypatch, name, said):
    monkeypatch.setattr(encoders, "architecture", small)

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Learner, "encode", full)
    with pytest.raises(DeviceMemoryError, match=f"the GPU does not have enough memory .*{said}"):
        go(
            images,
            short(name.replace("recomputed", "ce-resnet18")),
            tmp_path,
            labels=LABELS,
            recompute=name == "recomputed",
        )


# Recomputation


@pytest.mark.parametrize("name", ["simclr-resnet18", "moco_v2-resnet50"])
def test_recomputing_gives_the_same_bits(images, tmp_path, name):
    made = []
    for again in (False, True):
        (tmp_path / f"{again}").mkdir()
        rules = short(name).override({"encoder.architecture": "resnet18", "encoder.width": 8, "optimizer.epochs": 1})
        made.append(go(images, rules, tmp_path / f"{again}", recompute=again))
    assert made[0].losses == made[1].losses
    assert same(made[0].encoder, made[1].encoder), "running statistics moved once a step, too"


def test_recomputing_holds_less(images):
    """Bytes that autograd keeps for the backward pass."""
    held = []
    for again in (False, True):
        net = RESNET18.build(8, None, 64)
        if again:
            assert recompute(RESNET18.blocks(net)) == 8
        kept = {}
        note = lambda x, kept=kept: (kept.update({x.data_ptr(): x.nbytes}), x)[1]  # noqa: E731
        with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
            net(torch.rand(4, 3, 64, 64)).sum()
        held.append(sum(kept.values()))
    assert held[1] < 0.6 * held[0]


# On a GPU


CUDA = torch.device("cuda")


@pytest.mark.gpu
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_gpu_does_what_the_cpu_does(images, tmp_path, monkeypatch, name):
    """In fp32 without TF32, up to the order of sums; and bf16 stays near."""
    monkeypatch.setattr(encoders, "architecture", small)
    made = {}
    for device, precision in (("cpu", "fp32"), ("cuda", "fp32"), ("cuda", "bf16")):
        out = tmp_path / f"{device}-{precision}"
        out.mkdir()
        rules = short(name).override({"optimizer.precision": precision, "optimizer.pinned": True})
        made[device, precision] = go(images, rules, out, labels=LABELS, device=torch.device(device)).losses
    assert made["cuda", "fp32"] == pytest.approx(made["cpu", "fp32"], rel=1e-3)
    assert made["cuda", "bf16"] == pytest.approx(made["cpu", "fp32"], rel=5e-2)


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["simclr-resnet18", "moco_v2-resnet50"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_forms_of_a_network_give_the_same_losses(images, tmp_path, monkeypatch, name, precision):
    """40 steps: every form has its turn, none fails, and one is selected."""
    monkeypatch.setattr(encoders, "architecture", small)
    monkeypatch.setattr(fastest, "SOON", 0.0)
    made, used = [], []
    real, init = fastest.forms, fastest.Fastest.__init__
    monkeypatch.setattr(fastest.Fastest, "__init__", lambda self, *given: (init(self, *given), used.append(self))[0])
    for tried in (False, True):
        monkeypatch.setattr(fastest, "forms", lambda net, device, *, alone, tried=tried: real(net, device, alone=tried))
        (tmp_path / f"{tried}").mkdir()
        rules = short(name).override(
            {"optimizer.epochs": 10, "optimizer.precision": precision, "optimizer.pinned": True}
        )
        made.append(go(images, rules, tmp_path / f"{tried}", device=CUDA).losses)
    assert used[-1].failed == {}
    assert used[-1].chosen is not None
    assert made[0] == pytest.approx(made[1], rel=1e-2 if precision == "fp32" else 5e-2)


@pytest.mark.gpu
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_step_on_a_gpu_does_not_wait_for_it(images, tmp_path, monkeypatch, name):
    """Between two reads of the losses the CPU prepares step after step: anything that waits is an error."""
    monkeypatch.setattr(encoders, "architecture", small)
    rules = short(name).override({"optimizer.epochs": 10, "optimizer.precision": "bf16"})

    def strict(step: int, steps: int, loss: float) -> None:
        torch.cuda.set_sync_debug_mode("error" if 3 <= step < steps else "default")

    try:
        outcome = go(images, rules, tmp_path, labels=LABELS, device=CUDA, progress=strict)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(outcome.losses) == 40


@pytest.mark.gpu
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_run_on_a_gpu_resumes(images, tmp_path, monkeypatch, name):
    """Its losses are those of an uninterrupted run up to the order of sums, which a GPU does not fix."""
    monkeypatch.setattr(encoders, "architecture", small)
    rules = short(name).override({"optimizer.pinned": True})
    for folder in ("whole", "parts"):
        (tmp_path / folder).mkdir()
    whole = go(images, rules, tmp_path / "whole", labels=LABELS, device=CUDA)

    def stop(step: int, steps: int, loss: float) -> None:
        if step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Terminated):
        go(images, rules, tmp_path / "parts", labels=LABELS, device=CUDA, progress=stop)
    resumed = go(images, rules, tmp_path / "parts", labels=LABELS, device=CUDA)
    assert (resumed.resumed_at, len(resumed.losses)) == (3, STEPS)
    assert resumed.losses == pytest.approx(whole.losses, rel=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["simclr-resnet18", "moco_v2-resnet50"])
def test_recomputing_on_a_gpu_gives_the_same_losses(images, tmp_path, name):
    made = []
    for again in (False, True):
        (tmp_path / f"{again}").mkdir()
        rules = short(name).override({"encoder.architecture": "resnet18", "encoder.width": 8, "optimizer.pinned": True})
        made.append(go(images, rules, tmp_path / f"{again}", device=CUDA, recompute=again).losses)
    assert made[0] == pytest.approx(made[1], rel=1e-3)


@pytest.mark.gpu
def test_the_gpu_decodes_jpeg(tmp_path):
    data = render(resolve("dead-leaves-squares"), images=8, size=64, seed=0, out=tmp_path, format="jpeg", workers=1)
    if not pixels.gpu_decodes(data, CUDA):
        pytest.skip("needs a torchvision with nvJPEG")
    source = pixels.Decoded(data, CUDA)
    order = Order(0, 8, 4, 2)
    source.start(0, 2, order, lambda step: np.arange(4))
    for step in range(2):
        expected = torch.from_numpy(np.stack([data.image(i) for i in order.of(step)])).permute(0, 1, 3, 2)
        assert (source.take(step).pixels.cpu().int() - expected.int()).abs().float().mean() < 3
    source.close()


@pytest.mark.gpu
def test_images_that_do_not_fit_the_gpu_come_from_the_host(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "architecture", small)
    made = []
    for share in (0.5, 0.0):
        monkeypatch.setattr(pixels, "DEVICE_SHARE", share)
        (tmp_path / f"{share}").mkdir()
        made.append(go(images, short("simclr-resnet18"), tmp_path / f"{share}", device=CUDA).losses)
    assert made[0] == pytest.approx(made[1], rel=1e-5)
