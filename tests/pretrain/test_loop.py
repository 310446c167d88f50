"""The loop: an interrupted run ends like an uninterrupted one."""

from __future__ import annotations

import io
import math
import os
import signal

import numpy as np
import pytest
import torch
from training import STEPS, go, same, short, small

from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError, DivergedError
from synthbench.pretrain import encoder as encoders
from synthbench.pretrain import loop
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.objectives.objective import Learner
from synthbench.render.live import Live


@pytest.fixture(scope="module")
def whole(images, tiny, tmp_path_factory):
    return go(images, tiny, tmp_path_factory.mktemp("whole"))


def test_an_outcome(whole, tiny):
    assert len(whole.losses) == STEPS
    assert np.isfinite(whole.losses).all()
    assert (whole.views, whole.precision, whole.resumed_at) == (2 * 2 * 64, "fp32", 0)
    assert whole.seconds > 0
    assert not whole.encoder.training
    assert (whole.encoder.size, whole.encoder.mean) == (tiny.augment.size, tiny.augment.mean)


def test_the_first_loss_is_near_that_of_chance(whole, tiny):
    """Without training, all embeddings are similar: ln(2B - 1) for equal ones."""
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
    with pytest.raises(DataError, match=rf"the checkpoint .*{CHECKPOINT} cannot be read .*Delete it to pretrain again"):
        go(images, tiny.override({"optimizer.epochs": 1}), tmp_path)


@pytest.mark.parametrize("other", [["a", "list"], {"another": "program's"}])
def test_another_programs_checkpoint_is_refused(images, tiny, tmp_path, other):
    torch.save(other, tmp_path / CHECKPOINT)
    with pytest.raises(DataError, match="cannot be read"):
        go(images, tiny, tmp_path)


def test_an_untrusted_pickle_is_not_run(images, tiny, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "evil"),)

    torch.save({"key": Evil()}, tmp_path / CHECKPOINT)
    with pytest.raises(DataError, match="cannot be read"):
        go(images, tiny, tmp_path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 1}, "seed 0 instead of 1"),
        ({"identity": "those"}, "data 'these' instead of 'those'"),
        ({}, "protocol '"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(images, tiny, tmp_path, checkpoint, changes, named):
    (tmp_path / CHECKPOINT).write_bytes(checkpoint)
    rules = tiny.override({"optimizer.epochs": 1}) if changes else tiny
    with pytest.raises(DataError, match=rf"belongs to another run \({named}.*Use another --out folder"):
        go(images, rules, tmp_path, **changes)


def test_a_full_disk_is_named(images, tiny, tmp_path):
    with pytest.raises(DataError, match=r"cannot write .*absent/checkpoint\.pt: No such file"):
        go(images, tiny, tmp_path / "absent")


# Divergence


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(images, tiny, tmp_path):
    done = []
    rules = tiny.override({"optimizer.lr": 1e30})
    with pytest.raises(
        DivergedError, match=r"the loss is (nan|inf) at step \d+ of 8: .*learning rate \(1e\+30\).*No checkpoint"
    ) as caught:
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
    """The loss of a step is that of the weights before it: a checkpoint of the weights after it might be bad."""
    real, steps = torch.optim.SGD.step, []

    def step(self, *words):
        out = real(self, *words)
        steps.append(1)
        if len(steps) == 3:
            next(iter(self.param_groups[0]["params"])).data.fill_(math.inf)
        return out

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    with pytest.raises(
        DivergedError, match=rf"a weight is not finite at step 3 of 8: .*last good checkpoint is kept in .*{CHECKPOINT}"
    ):
        go(images, tiny, tmp_path, checkpoint_s=0.0)
    held = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert held["step"] == 2
    assert all(x.isfinite().all() for x in held["encoder"].values())


def test_a_checkpoint_of_another_shape_is_refused(images, tiny, tmp_path, checkpoint):
    rules = tiny.override({"optimizer.epochs": 1})
    state = torch.load(io.BytesIO(checkpoint), weights_only=True)
    state["encoder"]["conv1.weight"] = torch.zeros(3, 3, 7, 7)
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(
        DataError, match=r"cannot be read .*size mismatch for conv1.weight.*Delete it to pretrain again"
    ):
        go(images, rules, tmp_path)


def test_every_step_is_tracked(images, tiny, tmp_path, whole):
    told = []
    go(images, tiny, tmp_path, track=lambda *news: told.append(news))
    assert [(step, values["loss"]) for step, values in told] == list(enumerate(whole.losses, 1))
    assert max(values["learning_rate"] for _, values in told) <= tiny.optimizer.lr


# Fresh images


class Fresh(Live):
    """Returns slices of an array instead of rendered images."""

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
    """Image k has class k mod 4. Two images are missing from the first step, as if they could not be rendered."""
    monkeypatch.setattr(encoders, "architecture", small)
    seen = []
    real = Learner.encode
    monkeypatch.setattr(
        Learner, "encode", lambda self, backbone, head, x: (seen.append(len(x)), real(self, backbone, head, x))[1]
    )
    labels = []
    make = loop.Batch
    monkeypatch.setattr(loop, "Batch", lambda *parts: (labels.append(parts[4].tolist()), make(*parts))[1])
    source = Fresh(images, 32, missing=2)
    go(source, short(name), tmp_path, identity="live", live_classes=4)
    expected = [ks[2 if step == 0 else 0 :] % 4 for step, ks in enumerate(source.asked)]
    assert labels == [list(ks) for ks in expected]
    assert seen == [2 * len(ks) for ks in expected]


def test_the_same_images_live_and_stored_give_the_same_weights(images, tiny, tmp_path, whole):
    (tmp_path / "live").mkdir()
    source = Fresh(np.concatenate([images, images]), 64)  # the second epoch uses the images of the first one again
    outcome = go(source, tiny, tmp_path / "live", identity="live")
    assert outcome.losses == whole.losses
    assert same(outcome.encoder, whole.encoder)
