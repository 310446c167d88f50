"""Verification: the four tiers."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from submissions import sealed, tree_of

from synthbench.board import store, verify
from synthbench.board.checks import path_of
from synthbench.board.store import Check, Verification
from synthbench.entrant import recipe
from synthbench.errors import DataError, GeneratorError
from synthbench.hub import board as hub_board
from synthbench.result import result
from synthbench.result.result import to_json


@pytest.fixture(scope="module")
def drawn_once():
    """The first images of a recipe and seed are drawn once: a process for each takes long to start."""
    with pytest.MonkeyPatch.context() as patch:
        kept, draw = {}, verify.render_first

        def drawn(entrant, rules, seed):
            key = (entrant.sha256(), rules.sha256(), seed)
            kept[key] = kept.get(key) or draw(entrant, rules, seed)
            return kept[key]

        patch.setattr(verify, "render_first", drawn)
        yield


def put(folder, record, verification=None):
    path = folder / path_of(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_json(record))
    if verification is not None:
        (folder / "verifications").mkdir(exist_ok=True)
        (folder / "verifications" / f"{record.submission_id}.json").write_text(verification)


def verified(submission_id, tier):
    return Verification(
        submission_id=submission_id,
        tier=tier,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        verifier="mona",
        synthbench="1",
        checks=[],
    ).model_dump_json()


def test_a_leaderboards_folder(record, tmp_path):
    newer = sealed(tree_of(record, supersedes=record.submission_id, command="again"))
    stranger = sealed(tree_of(record, submitter__hf_user="bob", supersedes=newer.submission_id))
    put(tmp_path, record, verified(record.submission_id, "reproduced"))
    put(tmp_path, newer, verified(newer.submission_id, "weights-verified"))
    put(tmp_path, stranger, verified(newer.submission_id, "reproduced"))  # of another submission
    (tmp_path / "results" / "x.json").write_text("{")
    held = store.read(tmp_path)
    assert {r.submission_id: held.tiers[r.submission_id] for r in held.records} == {
        newer.submission_id: "weights-verified",
        stranger.submission_id: "self-reported",
    }
    assert len(held.warnings) == 2
    assert "verification of another submission" in "".join(held.warnings)
    with pytest.raises(DataError, match="there is no leaderboard in"):
        store.read(tmp_path / "none")


def test_rows_carry_their_tier(record, tmp_path):
    from synthbench.board.rank import load_rows, rank

    put(tmp_path, record, verified(record.submission_id, "weights-verified"))
    (row,) = rank(load_rows([], shipped=False, leaderboard=tmp_path))
    assert (row.origin, row.tier, row.rank, row.seeds) == ("submitted", "weights-verified", 1, (0, 1))
    shipped = rank(load_rows([], leaderboard=tmp_path))
    assert {r.tier for r in shipped if r.origin == "shipped"} == {"checked"}
    assert {r.tier for r in shipped if r.published} == {""}


@pytest.mark.parametrize(
    ("checks", "tier"),
    [
        ([("record", False)], "self-reported"),
        ([("record", True), ("images, seed 0", None)], "checked"),
        ([("record", True), ("images, seed 0", False), ("weights, seed 0", True)], "self-reported"),
        ([("record", True), ("weights, seed 0", True), ("weights, seed 1", False)], "checked"),
        ([("record", True), ("weights, seed 0", True), ("weights, seed 1", True)], "weights-verified"),
        ([("record", True), ("reproduction", True)], "checked"),
        ([("record", True), ("weights, seed 0", True), ("reproduction", True)], "reproduced"),
    ],
)
def test_a_tier_needs_those_below_it(record, checks, tier):
    found = verify.verification(record, [Check(name=n, passed=p, detail="") for n, p in checks], "mona")
    assert found.tier == tier


@pytest.mark.usefixtures("drawn_once")
def test_images_are_rendered_again(record):
    here = recipe.resolve("white-noise")
    assert [c.passed for c in verify.check_images(record, here, {})] == [True, True]
    lied = sealed(tree_of(record, runs__1__fingerprint="0" * 64))
    assert [c.passed for c in verify.check_images(lied, here, {})] == [True, False]
    assert "another renderer" in verify.check_images(sealed(tree_of(lied, data__renderer="a GPU")), here, {})[1].detail
    assert verify.check_images(record, None, {})[0].passed is None
    other = here.model_copy(update={"params": {"x": 1}})
    assert "other parameters" in verify.check_images(record, other, {})[0].detail


@pytest.mark.usefixtures("drawn_once")
def test_across_renderers_images_are_compared_by_their_pixels(record, tmp_path):
    from synthbench.dataset.manifest import fingerprint

    here = recipe.resolve("white-noise")
    images, labels, _ = verify.render_first(here, verify.protocol.load(record.protocol.id), 0)

    def strip_of(tiles):
        path = tmp_path / "first.png"
        Image.fromarray(np.concatenate(tiles, axis=1)).save(path)
        printed = fingerprint(tiles, labels)
        changed = sealed(tree_of(record, data__renderer="a GPU", runs__0__fingerprint=printed))
        return verify.check_images(changed, here, {0: (path, labels)})[0]

    near = [np.clip(t.astype(int) + 2, 0, 255).astype(np.uint8) for t in images]
    assert strip_of(near).passed is True
    assert strip_of([255 - t for t in images]).passed is False
    half = [t if i % 2 else 255 - t for i, t in enumerate(images)]
    assert strip_of(half).passed is True  # programs that amplify a rounding may differ altogether
    assert strip_of([255 - images[0], 255 - images[1], *half[2:]]).passed is False
    (tmp_path / "first.png").write_bytes(b"\x89PNG nonsense")
    assert verify.read_strip(tmp_path / "first.png", 16, 96) is None


def test_weights_are_evaluated_again(record, made, tiny_tasks):
    weights = {seed: made[seed] / "encoder.safetensors" for seed in (0, 1)}
    assert [c.passed for c in verify.check_weights(record, weights)] == [True, True]
    swapped = verify.check_weights(record, {0: weights[1]})
    assert [c.passed for c in swapped] == [False, False]
    assert "hash of the weights" in swapped[0].detail
    inflated = tree_of(record)
    score = inflated["scores"][0]
    for each in score["per_seed"]:
        each["n_correct"] = min(60, each["n_correct"] + 5)
        each["value"] = each["n_correct"] / 60
    score["ci"] = result.wilson(sum(s["n_correct"] for s in score["per_seed"]), 120)
    scores = [result.Score.model_validate(s) for s in inflated["scores"]]
    inflated["aggregate"]["value"] = result.mean_score(scores)
    lied = verify.check_weights(sealed(inflated), weights)
    assert [c.passed for c in lied] == [False, False]
    assert "here, " in lied[0].detail


def test_a_reproduction(record, made):
    again = result.read(made[7] / "result.json")
    assert verify.check_reproduction(record, [again]).passed is True
    with pytest.raises(DataError, match="seeds that the submission does not have"):
        verify.check_reproduction(record, [result.read(made[0] / "result.json")])


def test_images_that_cannot_be_rendered_do_not_count_against_it(record, monkeypatch):
    def no_gl(*_: object) -> None:
        raise GeneratorError("there is no OpenGL here")

    monkeypatch.setattr(verify, "render_first", no_gl)
    first = verify.check_images(record, recipe.resolve("white-noise"), {})[0]
    assert (first.passed, first.detail) == (None, "cannot be rendered here: there is no OpenGL here")


def test_links_in_a_leaderboards_folder_are_not_followed(record, tmp_path):
    (tmp_path / "results").mkdir()
    os.symlink("/etc/passwd", tmp_path / "results" / "x.json")
    assert store.read(tmp_path).records == []


def test_a_malicious_contact_sheet_is_skipped(hub, record, login):
    login(None)
    for name, sheet in (("alice/net", b"\x89PNG no picture"), ("alice/gone", None)):
        repo = hub.create("model", name)
        made = hub.commit(repo, "refs/heads/main", {"contact-sheet.png": sheet} if sheet else {"x": b""})
        tree = tree_of(record)
        for run in tree["runs"]:
            run["encoder"] |= {"repo": name, "revision": made.sha}
        assert hub_board.sheets([sealed(tree)]) == {}


def test_changed_rules_are_not_verified(record):
    changed = sealed(tree_of(record, protocol__overrides={"optimizer.epochs": 1}, protocol__sha256="1" * 64))
    assert verify.check_weights(changed, {})[0].passed is None
    assert verify.check_images(changed, recipe.resolve("white-noise"), {})[0].passed is None
