"""Selection: the greedy rule compared with every subset of a small case, and recipes that can be run."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from synthbench.entrant.mix import Mix
from synthbench.entrant.recipe import Recipe, resolve
from synthbench.errors import UsageError
from synthbench.study import select

NAMES = [f"p{i}" for i in range(12)]


def value(features: np.ndarray, scores: np.ndarray, chosen: tuple[int, ...], n: int, trade: float) -> float:
    """The objective from its definition, with loops."""
    x = features - features.mean(0)
    total = 0.0
    for i in range(len(x)):
        likeness = [(1 + x[i] @ x[j] / (np.linalg.norm(x[i]) * np.linalg.norm(x[j]))) / 2 for j in chosen]
        total += max(likeness, default=0.0) / len(x)
    quality = (scores - scores.min()) / (scores.max() - scores.min())
    return total + trade * sum(quality[j] for j in chosen) / n


@pytest.mark.parametrize(("seed", "trade"), [(0, 0.0), (1, 0.0), (2, 1.0), (3, 0.3)])
def test_the_greedy_choice(seed, trade):
    rng = np.random.default_rng(seed)
    features, scores, n = rng.normal(size=(12, 4)), rng.uniform(size=12), 4
    chosen = select.diverse(NAMES, features, scores, n, trade=trade)
    naive: tuple[int, ...] = ()
    for _ in range(n):
        naive += (max(set(range(12)) - set(naive), key=lambda j: value(features, scores, (*naive, j), n, trade)),)
    assert chosen == [NAMES[j] for j in naive]
    best = max(value(features, scores, subset, n, trade) for subset in combinations(range(12), n))
    assert (1 - 1 / math.e) * best <= value(features, scores, naive, n, trade) <= best + 1e-12


def test_a_large_weight_of_the_score_is_the_choice_by_score():
    rng = np.random.default_rng(4)
    features, scores = rng.normal(size=(12, 4)), rng.permutation(12) / 12
    assert set(select.diverse(NAMES, features, scores, 5, trade=1e6)) == set(select.best(NAMES, scores, 5))


def test_copies_are_not_taken_twice():
    features = np.eye(4)[np.arange(12) % 4]
    chosen = select.diverse(NAMES, features, np.linspace(0, 1, 12), 4, trade=0.0)
    assert sorted(int(name[1:]) % 4 for name in chosen) == [0, 1, 2, 3]


def test_the_best_and_the_random():
    scores = np.array([0.1, 0.5, 0.5, 0.3])
    assert select.best(NAMES[:4], scores, 3) == ["p1", "p2", "p3"]
    assert select.anyone(NAMES, 3, 0) == select.anyone(NAMES[::-1], 5, 0)[:3] != select.anyone(NAMES, 3, 1)


@pytest.mark.parametrize("n", [0, 13])
def test_more_programs_than_there_are(n):
    with pytest.raises(UsageError, match=rf"--n {n}: there are 12 programs with a score; from 1 to 12"):
        select.best(NAMES, np.arange(12.0), n)


def test_a_negative_trade():
    with pytest.raises(UsageError, match="--trade -1: a number of at least 0"):
        select.diverse(NAMES, np.eye(12), np.arange(12.0), 2, trade=-1)


def test_the_recipe_renders_the_selection(tmp_path, grains):
    made = select.write(grains(n=6), ["g04", "g01"], tmp_path / "two.toml", description="Two of six.")
    found = resolve(str(tmp_path / "two.toml"))
    assert found == made
    assert list(found.load().labels) == ["g04", "g01"]


def test_anything_in_a_recipe_survives(tmp_path):
    odd = Recipe(
        name="odd",
        generator="dead-leaves",
        citation='quotes " and \\ and\nlines \x7f ü 😀',
        mix=Mix(kind="cutmix", n=3),
        labels=('a "b"', "c\t"),
        params={"a b": [1, 2.5, "x"], "deep": {"k.k": True, "e": 1e-7}},
        real_data_sources=["x"],
    )
    made = select.write(odd, odd.labels, tmp_path / "odd-2.toml", description="d")
    assert (made.params, made.mix, made.citation, made.labels) == (odd.params, odd.mix, odd.citation, odd.labels)


@pytest.mark.parametrize("name", ["two.json", "-two.toml"])
def test_a_name_that_no_entrant_can_have(tmp_path, grains, name):
    with pytest.raises(UsageError, match="a recipe is a .toml file, and its name becomes the entrant's"):
        select.write(grains(n=6), ["g04"], tmp_path / name, description="")
    assert list(tmp_path.iterdir()) == []
