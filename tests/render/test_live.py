"""Live batches are the images of the recipe in the order of the steps, from any step on, in bounded memory."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from synthbench.errors import GeneratorError
from synthbench.generator import stream
from synthbench.render import live as module
from synthbench.render.live import Live

N, B = 24, 8


def ks(step: int) -> np.ndarray:
    """Eight images of an epoch of 24, out of order."""
    return np.random.default_rng(step).permutation(N)[:B] + step // 3 * N


def of(recipe, workers: int, **changes) -> Live:
    return Live(recipe, **{"n": N, "size": 8, "seed": 7, "workers": workers, "deadline": 2.0} | changes)


@pytest.mark.parametrize(("workers", "first"), [(1, 0), (2, 4)])
def test_batches_are_the_images_of_the_recipe(stripes, workers, first):
    generator = stripes.load()
    with of(stripes, workers) as live:
        assert len(live) == N
        live.start(first, 7, ks)
        for step in range(first, 7):
            made = live.batch(step)
            assert (made.shape, made.dtype) == ((B, 8, 8, 3), np.uint8)
            np.testing.assert_array_equal(made, [generator.render(k % 3, stream(7, int(k)), 8) for k in ks(step)])
    assert live.left_out == []
    assert not [t for t in threading.enumerate() if t.name == "live rendering"]


def test_a_slow_trainer_holds_the_workers_back(stripes):
    asked = []

    def noted(step: int) -> np.ndarray:
        asked.append(step)
        return ks(step)

    with of(stripes, 1) as live:
        live.start(0, 1000, noted)
        live.batch(0)
        before = -1
        while len(asked) != before:  # until nothing moves any more
            before = len(asked)
            time.sleep(1)
        assert len(live._ready) == module.DEPTH
        assert max(asked) < 1 + module.DEPTH + 4
        live.batch(1)


def test_a_bad_program_is_left_out_of_its_batch_and_named(user):
    recipe = user("if label == 1: raise ValueError('bad luck')\nreturn noise(rng, size)")
    with of(recipe, 1) as live:
        live.start(0, 3, ks)
        for step in range(3):
            good = [k for k in ks(step) if k % 4 != 1]
            made = live.batch(step)
            np.testing.assert_array_equal(made, [recipe.load().render(k % 4, stream(7, int(k)), 8) for k in good])
    assert sorted(x.k for x in live.left_out) == sorted(k for step in range(3) for k in ks(step).tolist() if k % 4 == 1)
    assert all("bad luck" in x.reason for x in live.left_out)


def test_what_a_batch_lacks_does_not_depend_on_the_workers(user):
    """A program that crashes on every other image: two strikes in the order of the steps, and no third."""
    recipe = user("if label == 1 and not rng.integers(0, 2): os._exit(9)\nreturn noise(rng, size)")
    asked = [[int(k) for k in ks(step) if k % 4 == 1] for step in range(9)]
    strikes, expected = list[int](), list[int]()
    for k in (k for step in asked for k in sorted(step)):
        if len(strikes) == 2 or stream(7, k).integers(0, 2) == 0:
            expected.append(k)
            strikes += [k] if len(strikes) < 2 else []
    assert len(expected) > 4 and expected != sorted(k for step in asked for k in step)
    for workers in (1, 3):
        with of(recipe, workers) as live:
            live.start(0, 9, ks)
            for step in range(9):
                live.batch(step)
                assert not set(live.drawn.tolist()) & set(expected)
        assert sorted(x.k for x in live.left_out) == sorted(expected)
        assert [x.k for x in live.left_out if "not tried again" not in x.reason] == strikes


def test_a_generator_that_mostly_fails_stops_the_run(user):
    recipe = user("if label < 5: raise ValueError('always')\nreturn noise(rng, size)", labels='list("abcdefgh")')
    with of(recipe, 1) as live:
        live.start(0, 300, ks)
        with pytest.raises(GeneratorError, match=r"images left out.*raised ValueError: always"):
            list(map(live.batch, range(300)))


def test_a_batch_without_images_is_named(user):
    recipe = user("raise ValueError('never')")
    with of(recipe, 1, n=1000) as live:
        live.start(0, 3, ks)
        with pytest.raises(
            GeneratorError, match=r"step 1 has fewer than two images\. Reasons: raised ValueError: never"
        ):
            live.batch(0)


def test_leaving_it_ends_the_workers(user):
    recipe = user("open(os.environ['PID_FILE'], 'w').write(str(os.getpid()))\ntime.sleep(60)")
    folder = recipe.generator.rpartition("/")[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PID_FILE", f"{folder}/pid")
        with of(recipe, 1, deadline=60.0) as live:
            live.start(0, 3, ks)
            while subprocess.run(["test", "-s", f"{folder}/pid"], check=False).returncode:
                time.sleep(0.1)
    pid = Path(folder, "pid").read_text()
    assert subprocess.run(["test", "-e", f"/proc/{pid}"], check=False).returncode == 1
