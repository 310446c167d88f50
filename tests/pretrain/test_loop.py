"""The loop: that a run which was interrupted ends as one which was not."""

from __future__ import annotations

import io
import math
import os
import signal

import numpy as np
import pytest
import torch

from synthbench.errors import DataError, DeviceMemoryError, DivergedError, UsageError
from synthbench.pretrain import encoder as encoders
from synthbench.pretrain import fastest, objective
from synthbench.pretrain import images as pixels
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import Encoder
from synthbench.pretrain.loop import Outcome, pretrain
from synthbench.pretrain.objective import Objective
from synthbench.pretrain.recompute import recompute
from synthbench.pretrain.stop import Terminated
from synthbench.protocol import load
from synthbench.recipe import Recipe, resolve
from synthbench.render.live import Live
from synthbench.render.render import render

CPU = torch.device("cpu")


# Pretraining


@pytest.fixture(scope="module")
def images():
    """(64, 32, 32, 3) uint8: two-coloured stripes, each image its own."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:32, 0:32] / 32
    out = []
    for _ in range(64):
        angle, frequency, phase = rng.uniform(0, np.pi), rng.uniform(2, 8), rng.uniform(0, 6)
        wave = 0.5 + 0.5 * np.sin(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)
        dark, light = rng.uniform(0, 255, (2, 3))
        out.append((dark + wave[..., None] * (light - dark)).astype(np.uint8))
    return np.stack(out)


STEPS = 8
"""Two epochs of 64 images in batches of 16."""


def go(images, protocol, out, **changes) -> Outcome:
    return pretrain(images, **{"protocol": protocol, "seed": 0, "out": out, "identity": "these", "device": CPU} | changes)


@pytest.fixture(scope="module")
def whole(images, tiny, tmp_path_factory):
    return go(images, tiny, tmp_path_factory.mktemp("whole"))


def same(a: Encoder, b: Encoder) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_an_outcome(whole, tiny):
    assert len(whole.losses) == STEPS
    assert np.isfinite(whole.losses).all()
    assert (whole.views, whole.precision, whole.resumed_at) == (2 * 2 * 64, "fp32", 0)
    assert whole.seconds > 0
    assert not whole.encoder.training
    assert (whole.encoder.size, whole.encoder.mean) == (tiny.augment.size, tiny.augment.mean)


def test_the_first_loss_is_near_that_of_chance(whole, tiny):
    """Untrained, all embeddings are much alike: ln(2B - 1) for equal ones."""
    scale = tiny.objective.temperature / tiny.objective.base_temperature
    assert abs(whole.losses[0] / scale - math.log(2 * 16 - 1)) < 1


def test_the_loss_falls(images, tiny, tmp_path):
    longer = tiny.override({"optimizer.epochs": 16})
    losses = go(images, longer, tmp_path).losses
    assert np.mean(losses[-8:]) < np.mean(losses[:4]) - 0.1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(images, tiny, tmp_path, whole):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002 - the global state must not matter
    state = torch.get_rng_state()
    again = go(images, tiny, tmp_path / "a")
    assert torch.equal(torch.get_rng_state(), state)
    assert again.losses == whole.losses
    assert same(again.encoder, whole.encoder)
    assert go(images, tiny, tmp_path / "b", seed=1).losses != whole.losses


def test_the_last_batch_may_be_small(images, tiny, tmp_path):
    outcome = go(images[:33], tiny.override({"optimizer.epochs": 1}), tmp_path)
    assert len(outcome.losses) == 3
    assert np.isfinite(outcome.losses).all()


def test_no_epochs_are_the_random_start(images, tiny, tmp_path):
    from synthbench.pretrain.loop import build

    rules = tiny.override({"optimizer.epochs": 0})
    outcome = go(images, rules, tmp_path)
    assert (outcome.losses, outcome.views) == ([], 0)
    assert same(outcome.encoder, build(rules, 0))


def test_progress_is_told_after_each_step(images, tiny, tmp_path, whole):
    told = []
    go(images, tiny, tmp_path, progress=lambda *news: told.append(news))
    assert told == [(i + 1, STEPS, loss) for i, loss in enumerate(whole.losses)]


# Interruption


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("after", [1, 4, 7])  # in an epoch, at its end, before the last step
def test_an_interrupted_run_ends_as_an_uninterrupted_one(images, tiny, tmp_path, whole, number, after):
    handlers = [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
    done = []

    def stop(step: int, steps: int, loss: float) -> None:
        done.append(step)
        if step == after:
            os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt, match="^$"):
        go(images, tiny, tmp_path, progress=stop)
    assert done[-1] <= after + 1
    assert [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)] == handlers
    assert (tmp_path / CHECKPOINT).is_file()
    resumed = go(images, tiny, tmp_path)
    assert resumed.resumed_at == done[-1]
    assert resumed.losses == whole.losses
    assert same(resumed.encoder, whole.encoder)


def test_a_finished_run_is_not_trained_again(images, tiny, tmp_path, whole):
    go(images, tiny, tmp_path)
    told = []
    again = go(images, tiny, tmp_path, progress=lambda *news: told.append(news))
    assert (told, again.resumed_at) == ([], STEPS)
    assert same(again.encoder, whole.encoder)


@pytest.fixture(scope="module")
def checkpoint(images, tiny, tmp_path_factory):
    """The bytes of a checkpoint."""
    out = tmp_path_factory.mktemp("checkpoint")
    go(images, tiny.override({"optimizer.epochs": 1}), out)
    assert [f.name for f in out.iterdir()] == [CHECKPOINT]
    return (out / CHECKPOINT).read_bytes()


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(images, tiny, tmp_path, checkpoint, kept):
    (tmp_path / CHECKPOINT).write_bytes(checkpoint[: int(len(checkpoint) * kept)])
    with pytest.raises(DataError, match=rf"the checkpoint .*{CHECKPOINT} does not read .*Delete it to pretrain again"):
        go(images, tiny.override({"optimizer.epochs": 1}), tmp_path)


@pytest.mark.parametrize("other", [["a", "list"], {"another": "program's"}])
def test_another_programs_checkpoint_is_refused(images, tiny, tmp_path, other):
    torch.save(other, tmp_path / CHECKPOINT)
    with pytest.raises(DataError, match="does not read"):
        go(images, tiny, tmp_path)


def test_a_pickle_of_a_stranger_is_not_run(images, tiny, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "evil"),)

    torch.save({"key": Evil()}, tmp_path / CHECKPOINT)
    with pytest.raises(DataError, match="does not read"):
        go(images, tiny, tmp_path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"seed": 1}, "seed 0 instead of 1"), ({"identity": "those"}, "data 'these' instead of 'those'"), ({}, "protocol '")],
)
def test_the_checkpoint_of_another_run_is_refused(images, tiny, tmp_path, checkpoint, changes, named):
    (tmp_path / CHECKPOINT).write_bytes(checkpoint)
    rules = tiny.override({"optimizer.epochs": 1}) if changes else tiny
    with pytest.raises(DataError, match=rf"belongs to another run \({named}.*Use another --out folder"):
        go(images, rules, tmp_path, **changes)


def test_a_full_disk_is_named(images, tiny, tmp_path):
    with pytest.raises(DataError, match=r"cannot write the checkpoint .*absent"):
        go(images, tiny, tmp_path / "absent")


# Divergence


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(images, tiny, tmp_path):
    done = []
    rules = tiny.override({"optimizer.lr": 1e30})
    with pytest.raises(DivergedError, match=r"the loss is (nan|inf) at step \d+ of 8: .*learning rate \(1e\+30\).*No checkpoint") as caught:
        go(images, rules, tmp_path, progress=lambda *news: done.append(news))
    assert all(math.isfinite(loss) for _, _, loss in done)
    # Steps count from 1, as in the progress and in losses.csv: the step after the last good one.
    assert f"at step {len(done) + 1} of" in str(caught.value)


def test_a_diverged_run_keeps_its_last_good_checkpoint(images, tiny, tmp_path):
    rules = tiny.override({"optimizer.lr": 1e30})
    with pytest.raises(DivergedError, match=rf"The last good checkpoint is kept in .*{CHECKPOINT}"):
        go(images, rules, tmp_path, checkpoint_s=0.0)
    held = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert np.isfinite(held["losses"]).all()
    assert held["step"] == len(held["losses"])


def test_weights_that_are_not_finite_are_not_saved(images, tiny, tmp_path, monkeypatch):
    """The loss of a step is that of the weights before it: a checkpoint of the weights after it would not be a good one."""
    real, steps = torch.optim.SGD.step, []

    def step(self, *words):
        out = real(self, *words)
        steps.append(1)
        if len(steps) == 3:
            next(iter(self.param_groups[0]["params"])).data.fill_(math.inf)
        return out

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    with pytest.raises(DivergedError, match=rf"a weight is not finite at step 3 of 8: .*last good checkpoint is kept in .*{CHECKPOINT}"):
        go(images, tiny, tmp_path, checkpoint_s=0.0)
    held = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert held["step"] == 2
    assert all(x.isfinite().all() for x in held["encoder"].values())


def test_a_checkpoint_of_another_shape_is_refused(images, tiny, tmp_path, checkpoint):
    rules = tiny.override({"optimizer.epochs": 1})
    state = torch.load(io.BytesIO(checkpoint), weights_only=True)
    state["encoder"]["conv1.weight"] = torch.zeros(3, 3, 7, 7)
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(DataError, match=r"does not read .*size mismatch for conv1.weight.*Delete it to pretrain again"):
        go(images, rules, tmp_path)


def test_every_step_is_tracked(images, tiny, tmp_path, whole):
    told = []
    go(images, tiny, tmp_path, track=lambda *news: told.append(news))
    assert [(step, values["loss"]) for step, values in told] == list(enumerate(whole.losses, 1))
    assert max(values["learning_rate"] for _, values in told) <= tiny.optimizer.lr


# Fresh images


class Fresh(Live):
    """Hands out slices of an array in place of rendered images."""

    def __init__(self, images: np.ndarray, n: int, missing: int = 0) -> None:
        super().__init__(Recipe(name="x", generator="x"), n=n, size=images.shape[1], seed=0, workers=1)
        self.images, self.asked, self.missing = images, [], missing

    def start(self, first, steps, ks) -> None:
        self.ks = ks

    def batch(self, step):
        self.asked.append(self.ks(step))
        self.drawn = self.asked[-1][self.missing if step == 0 else 0 :]
        return self.images[self.drawn]


def test_live_epochs_have_images_of_their_own(images, tiny, tmp_path):
    source = Fresh(images, 32)
    go(source, tiny, tmp_path, identity="live")
    per_epoch = [np.concatenate(source.asked[e * 2 : e * 2 + 2]) for e in (0, 1)]
    assert [sorted(ks.tolist()) for ks in per_epoch] == [list(range(32)), list(range(32, 64))]


@pytest.mark.parametrize("name", ["supcon-resnet18", "ce-resnet18"])
def test_live_images_carry_their_classes(images, tmp_path, monkeypatch, name):
    """Image k has class k mod 4. Two images are missing from the first step, as where they cannot be drawn."""
    monkeypatch.setattr(encoders, "trunk", small)
    seen = []
    real = Objective.encode
    monkeypatch.setattr(Objective, "encode", lambda self, backbone, head, x: (seen.append(len(x)), real(self, backbone, head, x))[1])
    labels = []
    make = objective.Batch
    monkeypatch.setattr(objective, "Batch", lambda *parts: (labels.append(parts[3].tolist()), make(*parts))[1])
    source = Fresh(images, 32, missing=2)
    go(source, shrunk(name), tmp_path, identity="live", live_classes=4)
    expected = [ks[2 if step == 0 else 0 :] % 4 for step, ks in enumerate(source.asked)]
    assert labels == [list(ks) for ks in expected]
    assert seen == [2 * len(ks) for ks in expected]


def test_the_same_images_live_and_stored_give_the_same_weights(images, tiny, tmp_path, whole):
    (tmp_path / "live").mkdir()
    source = Fresh(np.concatenate([images, images]), 64)  # the second epoch sees the first one's again
    outcome = go(source, tiny, tmp_path / "live", identity="live")
    assert outcome.losses == whole.losses
    assert same(outcome.encoder, whole.encoder)


# Other objectives


def small(_architecture: str, _width: int = 64) -> torch.nn.Module:
    """In the place of a ResNet: what the loop does does not depend on the network, and this one takes no time."""
    layers = [torch.nn.Conv2d(3, 8, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1)]
    return torch.nn.Sequential(*layers, torch.nn.Flatten())


LABELS = np.arange(64) % 4
OBJECTIVES = ["simclr-resnet18", "supcon-resnet18", "ce-resnet18", "moco_v2-resnet50"]


def shrunk(name: str):
    changes = {
        "data.images": 64, "data.size": 32, "augment.size": 32, "optimizer.batch": 16, "optimizer.epochs": 2, "optimizer.precision": "fp32",
    }  # fmt: skip
    if name.startswith("moco"):
        changes |= {"objective.queue": 64, "objective.groups": 4, "objective.hidden": 16}
    return load(name).override(changes)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("after", [3, 4])
def test_every_objective_resumes_bit_by_bit(images, tmp_path, monkeypatch, name, after):
    monkeypatch.setattr(encoders, "trunk", small)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = go(images, shrunk(name), tmp_path / "whole", labels=LABELS)
    assert len(whole.losses) == STEPS

    def stop(step: int, steps: int, loss: float) -> None:
        if step == after:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Terminated):
        go(images, shrunk(name), tmp_path / "parts", labels=LABELS, progress=stop)
    resumed = go(images, shrunk(name), tmp_path / "parts", labels=LABELS)
    assert resumed.resumed_at == after
    assert resumed.losses == whole.losses
    assert same(resumed.encoder, whole.encoder)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_learns(images, tmp_path, monkeypatch, name):
    """But MoCo, whose queue is noise at first: it is only held to be finite."""
    monkeypatch.setattr(encoders, "trunk", small)
    rules = shrunk(name).override({"optimizer.epochs": 30, "optimizer.lr": 0.2, "augment.scale": [0.9, 1.0], "augment.jitter_p": 0.0})
    losses = go(images, rules, tmp_path, labels=LABELS).losses
    assert np.isfinite(losses).all()
    if not name.startswith("moco"):
        assert np.mean(losses[-8:]) < np.mean(losses[:8]) - 0.02


def test_moco_drops_the_last_batch_and_others_do_not(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "trunk", small)
    made = []
    for name in ("moco_v2-resnet50", "simclr-resnet18"):
        (tmp_path / name).mkdir()
        made.append(go(images[:60], shrunk(name), tmp_path / name, labels=LABELS[:60]))
    assert [(len(one.losses), one.views) for one in made] == [(2 * 3, 2 * 2 * 48), (2 * 4, 2 * 2 * 60)]


def test_passes_change_rounding_only(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "trunk", small)
    made = []
    for passes in (1, 4):
        (tmp_path / f"{passes}").mkdir()
        made.append(go(images, shrunk("moco_v2-resnet50"), tmp_path / f"{passes}", passes=passes).losses)
    assert made[0] == pytest.approx(made[1], rel=1e-5)


def test_images_read_from_disk_step_by_step_are_those_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "trunk", small)
    data = render(resolve("white-noise"), images=40, size=32, seed=0, out=tmp_path / "images", format="png", workers=1)
    made = []
    for name, held in (("memory", data.load_all()), ("disk", data)):
        (tmp_path / name).mkdir()
        made.append(go(held, shrunk("supcon-resnet18"), tmp_path / name, labels=data.class_of))
    assert made[0].losses == made[1].losses
    assert same(made[0].encoder, made[1].encoder)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("supcon-resnet18", {"labels": None}, "supcon learns from the images' classes: give them as labels"),
        ("ce-resnet18", {"labels": None}, "cross_entropy learns from the images' classes"),
        ("simclr-resnet18", {"passes": 2}, "simclr takes a batch in one pass.*--recompute saves memory"),
        ("moco_v2-resnet50", {"passes": 3}, "1 ranks, 3 passes a step: batch norm sees 4 groups, so ranks times passes is one of 1, 2, 4"),
    ],
)
def test_what_an_objective_cannot_do_is_refused(images, tmp_path, monkeypatch, name, changes, said):
    monkeypatch.setattr(encoders, "trunk", small)
    with pytest.raises(UsageError, match=said):
        go(images, shrunk(name), tmp_path, **{"labels": LABELS} | changes)


def test_too_few_images_to_fill_a_batch(images, tmp_path):
    with pytest.raises(UsageError, match="10 images do not fill a batch of 16"):
        go(images[:10], shrunk("moco_v2-resnet50"), tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moco_v2-resnet50", "for 16 images of 32 px at once: --passes 2 does a step in 2 passes"),
        ("simclr-resnet18", "--recompute keeps less of each step"),
        ("recomputed", "torchrun --nproc-per-node N"),
    ],
)
def test_too_little_memory_names_what_fits(images, tmp_path, monkeypatch, name, said):
    monkeypatch.setattr(encoders, "trunk", small)

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Objective, "encode", full)
    with pytest.raises(DeviceMemoryError, match=f"the GPU has too little memory .*{said}"):
        go(images, shrunk(name.replace("recomputed", "ce-resnet18")), tmp_path, labels=LABELS, recompute=name == "recomputed")


# Recomputation


@pytest.mark.parametrize("name", ["simclr-resnet18", "moco_v2-resnet50"])
def test_recomputing_gives_the_same_bits(images, tmp_path, name):
    made = []
    for again in (False, True):
        (tmp_path / f"{again}").mkdir()
        rules = shrunk(name).override({"encoder.architecture": "resnet18", "encoder.width": 8, "optimizer.epochs": 1})
        made.append(go(images, rules, tmp_path / f"{again}", recompute=again))
    assert made[0].losses == made[1].losses
    assert same(made[0].encoder, made[1].encoder), "running statistics moved once a step, too"


def test_recomputing_holds_less(images):
    """Bytes that autograd keeps for the backward pass."""
    held = []
    for again in (False, True):
        net = encoders.trunk("resnet18", 8)
        if again:
            recompute(net)
        kept = {}
        note = lambda x, kept=kept: (kept.update({x.data_ptr(): x.nbytes}), x)[1]  # noqa: E731
        with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
            net(torch.rand(4, 3, 64, 64)).sum()
        held.append(sum(kept.values()))
    assert held[1] < 0.6 * held[0]


# On a GPU


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_gpu_does_what_the_cpu_does(images, tmp_path, monkeypatch, name):
    """In fp32 without TF32, up to the order of sums; and bf16 stays near."""
    monkeypatch.setattr(encoders, "trunk", small)
    made = {}
    for device, precision in (("cpu", "fp32"), ("cuda", "fp32"), ("cuda", "bf16")):
        out = tmp_path / f"{device}-{precision}"
        out.mkdir()
        rules = shrunk(name).override({"optimizer.precision": precision})
        made[device, precision] = go(images, rules, out, labels=LABELS, device=torch.device(device)).losses
    assert made["cuda", "fp32"] == pytest.approx(made["cpu", "fp32"], rel=1e-3)
    assert made["cuda", "bf16"] == pytest.approx(made["cpu", "fp32"], rel=5e-2)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_forms_of_a_network_give_the_same_losses(images, tmp_path, monkeypatch):
    """40 steps: every form has its turn, and one is chosen."""
    monkeypatch.setattr(encoders, "trunk", small)
    made, used = [], []
    real = fastest.forms
    for tried in (False, True):
        monkeypatch.setattr(fastest, "forms", lambda net, device, *, alone, tried=tried: real(net, device, alone=tried))
        init = fastest.Fastest.__init__
        monkeypatch.setattr(fastest.Fastest, "__init__", lambda self, *a, init=init: (init(self, *a), used.append(self))[0])
        (tmp_path / f"{tried}").mkdir()
        rules = shrunk("simclr-resnet18").override({"optimizer.epochs": 10})
        made.append(go(images, rules, tmp_path / f"{tried}", device=torch.device("cuda")).losses)
    assert used[-1].chosen is not None
    assert made[0] == pytest.approx(made[1], rel=1e-2)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_decodes_jpeg(tmp_path):
    data = render(resolve("dead-leaves-squares"), images=8, size=64, seed=0, out=tmp_path, format="jpeg", workers=1)
    if not pixels.gpu_decodes(data, torch.device("cuda")):
        pytest.skip("this torchvision has no nvJPEG")
    source = pixels.source(data, torch.device("cuda"))
    source.start(0, 2, lambda step: np.arange(4) + 4 * step)
    for step in range(2):
        expected = torch.from_numpy(np.stack([data.image(4 * step + i) for i in range(4)])).permute(0, 1, 3, 2)
        assert (source.batch(step).cpu().int() - expected.int()).abs().float().mean() < 3
    source.close()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_images_that_do_not_fit_the_gpu_come_from_the_host(images, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "trunk", small)
    made = []
    for share in (0.5, 0.0):
        monkeypatch.setattr(pixels, "DEVICE_SHARE", share)
        (tmp_path / f"{share}").mkdir()
        made.append(go(images, shrunk("simclr-resnet18"), tmp_path / f"{share}", device=torch.device("cuda")).losses)
    assert made[0] == pytest.approx(made[1], rel=1e-5)
