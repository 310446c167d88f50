"""Walks: the video and its sheet are written atomically, and generators without a latent space are refused."""

from __future__ import annotations

import numpy as np
import pytest

from synthbench.entrant.recipe import resolve
from synthbench.errors import UsageError
from synthbench.study.walk import walk

ASK = {"stops": 2, "seconds": 1.0, "fps": 4, "size": 16}


def test_a_walk_becomes_a_video_and_a_sheet(tmp_path):
    av = pytest.importorskip("av")
    told = []
    sheet = walk(resolve("stylegan-oriented"), tmp_path / "w.mp4", progress=lambda *news: told.append(news), **ASK)
    with av.open(str(tmp_path / "w.mp4")) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert np.stack(frames).shape == (4, 16, 16, 3)
    assert not np.array_equal(frames[0], frames[2])
    assert told == [(i, 4) for i in range(1, 5)]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["w.mp4", "w.png"] and sheet.name == "w.png"


@pytest.mark.parametrize(
    ("entrant", "changes", "message"),
    [
        ("white-noise", {}, "white-noise cannot be walked: its generator does not have a method `path`"),
        ("stylegan-oriented", {"stops": 1}, "--stops 1: a walk needs two or more"),
        ("stylegan-oriented", {"label": 999}, "--label 999: stylegan-oriented has the labels 0 to 249"),
        ("stylegan-oriented", {"size": 33}, "--size 33: must be even"),
    ],
)
def test_what_cannot_walk_is_refused(tmp_path, entrant, changes, message):
    with pytest.raises(UsageError, match=message):
        walk(resolve(entrant), tmp_path / "w.mp4", **ASK | changes)
    assert list(tmp_path.iterdir()) == []
