"""A video and its sheet: the frames are the program's, and the file is complete or missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from synthbench.errors import DataError, SynthbenchError, UnknownNameError, UsageError
from synthbench.render.video import load_av
from synthbench.shaders.video import video

GROWS = "o = vec4(vec3(t / 2.0), 1.0);"
ASK = {"seconds": 2.0, "fps": 5, "size": 32}


@pytest.fixture
def program(gl, write):
    return str(write("grows.frag", GROWS))


def test_the_frames_are_the_programs(program, tmp_path):
    av = pytest.importorskip("av")
    told = []
    sheet = video(program, tmp_path / "x.mp4", progress=lambda *news: told.append(news), **ASK)
    with av.open(str(tmp_path / "x.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, float(stream.average_rate), stream.width, stream.height) == (
            "h264",
            5.0,
            32,
            32,
        )
        levels = [frame.to_ndarray(format="rgb24").mean() for frame in file.decode(video=0)]
    np.testing.assert_allclose(levels, np.arange(10) / 5 / 2 * 255, atol=4)
    assert told == [(i, 10) for i in range(1, 11)]
    assert sheet == tmp_path / "x.png"
    with Image.open(sheet) as image:
        assert image.size[0] > 6 * 128
    assert sorted(f.name for f in tmp_path.iterdir()) == ["grows.frag", "x.mp4", "x.png"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_stopped_video_leaves_no_file(program, tmp_path, stop):
    pytest.importorskip("av")

    def interrupt(done: int, total: int) -> None:
        raise stop

    with pytest.raises(stop, match="^$"):
        video(program, tmp_path / "x.mp4", progress=interrupt, **ASK)
    assert [f.name for f in tmp_path.iterdir()] == ["grows.frag"]


def test_a_folder_that_is_not_there_is_named(program, tmp_path):
    pytest.importorskip("av")
    with pytest.raises(DataError, match=r"cannot write .*absent.*x\.mp4"):
        video(program, tmp_path / "absent" / "x.mp4", **ASK)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": 0}, "--seconds 0: must be from 0.1 to 3600"),
        ({"fps": 0}, "--fps 0: must be from 1 to 240"),
        ({"size": 8}, "--size 8: must be from 16 to 4096"),
        ({"size": 33}, "--size 33: must be even, as in 34"),
        ({"seconds": float("nan")}, "--seconds nan: must be"),
    ],
)
def test_a_value_out_of_range_is_refused(tmp_path, changes, message):
    with pytest.raises(UsageError, match=message):
        video("agate-slice", tmp_path / "x.mp4", **ASK | changes)


def test_other_files_and_suffixes_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"'x\.avi'.*a video is a \.mp4 file"):
        video("agate-slice", tmp_path.with_name("x.avi").relative_to(tmp_path.parent), **ASK)
    with pytest.raises(UnknownNameError, match="unknown shader program 'agate-slices'. Did you mean agate-slice"):
        video("agate-slices", tmp_path / "x.mp4", **ASK)
    with pytest.raises(UsageError, match=r"there is no program file 'absent\.glsl'"):
        video("absent.glsl", tmp_path / "x.mp4", **ASK)


def test_without_pyav_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(SynthbenchError, match=r"pip install 'synthbench-vision\[video\]'"):
        load_av()
