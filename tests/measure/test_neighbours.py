"""Nearest neighbours compared with brute force, among task images and in folders."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from synthbench import load_encoder
from synthbench.errors import DataError, UnknownNameError, UsageError
from synthbench.evaluate import registry
from synthbench.measure.neighbours import neighbours, picture
from synthbench.measure.networks import of_encoder

pytestmark = pytest.mark.usefixtures("tiny_task")
TASK = "photos-detail"


@pytest.fixture(scope="module")
def encoder(run_folder):
    return load_encoder(run_folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for i in range(9):
        path = root / "abc"[i % 3] / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)).save(path)
    return root


def test_nearest_by_cosine(encoder):
    found = neighbours(encoder, bank=TASK, rows=4, k=3)
    data = registry.task(TASK).splits(128)
    see = of_encoder(encoder, "")[1].features
    with torch.inference_mode():
        bank, asked = (
            see(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
            for x in (data.train.pixels, data.test.pixels[[0, 3, 5, 8]])
        )
    assert found.chosen.tolist() == [0, 3, 5, 8]
    for row, q in enumerate(asked):
        cosine = [float(q @ b / np.linalg.norm(q) / np.linalg.norm(b)) for b in bank]
        assert found.similarity[row] == pytest.approx(sorted(cosine, reverse=True)[:3], abs=1e-5)
        assert [cosine[i] for i in found.found[row]] == pytest.approx(found.similarity[row].tolist(), abs=1e-5)
    same = data.train.labels[found.found] == data.test.labels[found.chosen][:, None]
    assert np.array_equal(found.same(), same)
    assert f"{same.mean():.0%} of 12 neighbours" in found.sentence() and "33% by chance" in found.sentence()
    assert [n["same_class"] for n in found.document()[1]["neighbours"]] == same[1].tolist()
    assert picture(found, title="x").size[0] > 4 * 128


def test_folders_and_entrants(encoder, folder, one):
    found = neighbours(encoder, bank=str(folder), rows=9, k=2)
    assert found.bank.names == ["a", "b", "c"]
    # an image is not its own neighbour
    assert all(q not in row for q, row in zip(found.chosen, found.found, strict=True))
    assert found.same() is not None
    drawn = neighbours(encoder, bank=str(folder), queries=one.generator, rows=2, k=2)
    assert drawn.same() is None and drawn.sentence() == "4 neighbours of 2 images"
    assert drawn.document()[0]["name"] == "blocks" and drawn.document()[0]["neighbours"][0]["same_class"] is None
    mine = neighbours(encoder, bank=str(folder), queries=str(folder), rows=2, k=1)
    assert mine.similarity == pytest.approx(1, abs=1e-5) and mine.found[:, 0].tolist() == mine.chosen.tolist()


def test_bad_input(encoder, folder, tmp_path, call, run_folder):
    with pytest.raises(UnknownNameError, match="task, data set or folder 'photo-gray'.*photos-gray"):
        neighbours(encoder, bank="photo-gray")
    with pytest.raises(UsageError, match="9 images; 9 neighbours"):
        neighbours(encoder, bank=str(folder), k=9)
    with pytest.raises(UsageError, match="neither a folder nor an entrant"):
        neighbours(encoder, bank=str(folder), queries="nobody", k=2)
    with pytest.raises(DataError, match="does not hold images"):
        neighbours(encoder, bank=str(tmp_path))
    assert call("neighbours", run_folder, "--out", "x.jpg")[0] == 2
    code, _, err = call("neighbours", run_folder, "--in", folder, "-k", 2, "--out", tmp_path / "n.png")
    assert code == 0 and "neighbours are of the query's class" in err and (tmp_path / "n.png").is_file()
