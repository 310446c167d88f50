"""Programs that hang, crash or raise are named and left out, and the run continues."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from synthbench.dataset.manifest import LeftOut, layout
from synthbench.entrant.mix import Mix
from synthbench.errors import GeneratorError
from synthbench.generator import stream
from synthbench.render.pool import Pool, Settings, too_many
from synthbench.render.render import render

NAUGHTY = """
name = self.labels[label]
if name == "hangs":
    while True: pass
if name == "raises":
    raise ValueError("bad luck")
if name == "exits":
    os._exit(9)
if name == "floats":
    return np.full((size, size, 3), np.nan)
return noise(rng, size)
"""
LABELS = '["fine", "hangs", "good", "raises", "well", "exits", "right", "floats", "proper"]'
BAD = {"hangs", "raises", "exits", "floats"}


def test_guilty_images_are_left_out(user, tmp_path):
    recipe = user(NAUGHTY, labels=LABELS)
    data = render(recipe, out=tmp_path / "out", images=27, size=8, seed=1, workers=2, deadline=0.4, shard_size=12)
    names = data.labels
    assert data.ks.tolist() == [k for k in range(27) if names[k % 9] not in BAD]
    left = data.manifest.left_out
    assert [x.k for x in left] == [k for k in range(27) if names[k % 9] in BAD]
    reasons = {name: [x.reason for x in left if names[x.label] == name] for name in BAD}
    assert sum(reason.startswith("program 'hangs' hung for 0.4 s (k=") for reason in reasons["hangs"]) == 3
    assert sum("not tried again" in reason for reason in reasons["hangs"]) == 1
    assert all(r.startswith("program 'exits' ended its process (exit code 9) (k=") for r in reasons["exits"])
    assert all(r.startswith("raised ValueError: bad luck at ") and "my_gen.py:" in r for r in reasons["raises"])
    assert reasons["floats"][0] == "returned float64 with NaN or infinity; it must return uint8 in 0..255 (k=7)"
    generator = recipe.load()
    np.testing.assert_array_equal(data.image(1), generator.render(2, stream(1, 2), 8))


MOODY = """
if not label and rng.integers(0, 24) == 0:
    os._exit(9)
return noise(rng, size)
"""
SEED = 4
"""With which the second strike falls into a batch after the first, with good images before and behind it."""


def moody(k):
    return stream(SEED, k).integers(0, 24) == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_left_out_depends_on_the_shard_alone(user, tmp_path, workers):
    """Image by image in the order of the shard, though the workers share it: the first two strikes of a program, and
    then its images up to the end of the shard."""
    data = render(
        user(MOODY, labels='["moody", "calm"]'),
        out=tmp_path / "out",
        images=200,
        size=8,
        seed=SEED,
        workers=workers,
        shard_size=72,
    )
    left, expected = {x.k: x.reason for x in data.manifest.left_out}, list[int]()
    for chunk in layout(200, 2, 72):
        strikes = list[int]()
        for k, label in chunk:
            if len(strikes) == 2:
                why = f"program 'moody' ended its process (exit code 9) (k={strikes[0]}, {strikes[1]}; not tried again)"
                expected += [] if label else [k]
                assert label or left[k] == why
            elif not label and moody(k):
                strikes.append(k)
                expected.append(k)
    assert sorted(left) == sorted(expected)
    assert data.ks.tolist() == [k for k in range(200) if k not in left]
    good = {k for k in left if not moody(k)}
    assert good and any(k % 2 == 0 and k > max(good) for k in data.ks.tolist())  # the next shard tries again


def test_a_mix_lacks_the_same_images_on_any_number_of_workers(user):
    """A program inside a mix is banned too, also from batches that had been rendered when that turned out."""
    recipe = user(MOODY.replace("24", "4"), labels='list("abcdefghijkl")').model_copy(update={"mix": Mix(n=2)})
    found = []
    for workers in (1, 3):
        with Pool(recipe, Settings(size=8, seed=SEED, workers=workers, deadline=20)) as pool:
            (done,) = pool.run([(0, [(k, k % 12) for k in range(144)])], limit=144)
        found.append((done.images, sorted((x.k, x.reason) for x in done.left_out)))
    assert found[0] == found[1]
    assert any("not tried again" in reason for _, reason in found[0][1])


def test_a_mix_names_the_program_inside(user):
    recipe = user(NAUGHTY, labels='["fine", "hangs", "good", "well", "more", "yes", "ok", "sure"]')
    mixed = recipe.model_copy(update={"mix": Mix(n=2)})
    with Pool(mixed, Settings(size=8, seed=1, workers=1, deadline=0.4)) as pool:
        (done,) = pool.run([(0, [(k, k % 8) for k in range(24)])], limit=24)
    assert 3 <= len(done.left_out) < 12
    assert all("program 'hangs' hung" in x.reason for x in done.left_out)
    outside = [x.reason for x in done.left_out if x.label != 1]  # images of other labels that have it inside
    assert any("not tried again" in reason for reason in outside)


def test_more_than_half_left_out(user, tmp_path):
    recipe = user("if label: raise ValueError('always')\nreturn noise(rng, size)")
    with pytest.raises(GeneratorError, match=r"21 images left out.*21 x raised ValueError: always at"):
        render(recipe, out=tmp_path / "out", images=40, size=8, seed=1, workers=1)


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("returned dtype float64; it must be uint8.", "uint8. Fix the generator."),
        ("program 'a' hung", "Fix the generator, or allow more than 20 s per image if it is only slow."),
    ],
)
def test_only_slow_images_suggest_a_longer_deadline(user, reason, fix):
    lost = [LeftOut(k=k, label=0, reason=text) for k, text in enumerate(f"{reason} (k={k})" for k in range(3))]
    assert str(too_many(user("return noise(rng, size)"), lost, limit=1, deadline=20)).endswith(fix)


def test_one_bad_image_does_not_condemn_its_label(user, tmp_path):
    recipe = user(
        "x = noise(rng, size)\nif x[0, 0, 0] < 20: os.kill(os.getpid(), signal.SIGSEGV)\nreturn x", labels='["a"]'
    )
    truth = [k for k in range(30) if stream(2, k).integers(0, 256, (8, 8, 3), dtype=np.uint8)[0, 0, 0] < 20]
    assert len(truth) == 1
    data = render(recipe, out=tmp_path / "out", images=30, size=8, seed=2, workers=1)
    assert [x.k for x in data.manifest.left_out] == truth
    assert "crashed its process (SIGSEGV)" in data.manifest.left_out[0].reason


def test_waiting_for_a_cpu_is_not_hanging(user, monkeypatch):
    recipe = user("time.sleep(1)\nreturn noise(rng, size)")
    with Pool(recipe, Settings(size=8, seed=0, workers=1, deadline=0.4)) as pool:
        (done,) = pool.run([(0, [(0, 0)])], limit=1)
        assert "hung for 0.4 s" in done.left_out[0].reason
        # it has never run
        monkeypatch.setattr("synthbench.render.process.WorkerProcess.starved", lambda self: time.monotonic())
        (done,) = pool.run([(1, [(0, 0)])], limit=0)
    assert list(done.images) == [0]


def test_a_generator_without_its_renderer_says_why(user):
    """As shaders do where there is no OpenGL."""
    more = """
    @property
    def renderer(self):
        from synthbench.errors import SynthbenchError
        raise SynthbenchError("no OpenGL here")
"""
    with pytest.raises(GeneratorError, match=r"^no OpenGL here$"):
        Pool(user("return noise(rng, size)", more=more), Settings(size=8, seed=0, workers=1, deadline=20))


def test_leaving_the_pool_ends_the_workers(user):
    recipe = user("time.sleep(60)")
    with pytest.raises(KeyboardInterrupt), Pool(recipe, Settings(size=8, seed=0, workers=2, deadline=20)) as pool:
        for _ in pool.run([(0, [(k, 0) for k in range(64)])], limit=0, progress=lambda _: interrupt(pool)):
            pass
    assert seen
    for pid in seen:
        assert not os.path.exists(f"/proc/{pid}")


seen: list[int] = []


def interrupt(pool: Pool) -> None:
    seen.extend(hand.process.process.pid for hand in pool._hands)
    raise KeyboardInterrupt


def test_what_a_generator_prints_stays_off_stdout(user, capfd):
    recipe = user("print('hello from inside', flush=True)\nreturn noise(rng, size)")
    with Pool(recipe, Settings(size=8, seed=0, workers=1, deadline=20)) as pool:
        list(pool.run([(0, [(0, 0)])], limit=0))
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello from inside" in err
