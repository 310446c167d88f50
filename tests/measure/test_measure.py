"""Measurements: compared with the same images measured one by one; interrupted, cached, with missing values; and as
files."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, UsageError
from synthbench.generator import stream
from synthbench.measure import collect as collecting
from synthbench.measure.collect import collect
from synthbench.measure.measure import measure
from synthbench.measure.measurement import number, read, summary
from synthbench.measure.networks import Networks, networks, run_name, weight_file
from synthbench.measure.perceptual import crops, embed
from synthbench.measure.properties import properties

NAME = "blocks/tiny/seed-3"


@pytest.fixture(scope="module")
def measured(three, one, nets, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHBENCH_HOME", str(home))
        return measure(three, n=6, size=32, networks=nets, against=one, per_program=True, workers=2), home


def drawn(recipe, label, count):
    generator = recipe.load()
    ks = np.array([label + i * len(generator.labels) for i in range(count)])
    return ks, np.stack([generator.render(label, stream(0, int(k)), 32) for k in ks])


def test_equal_to_measuring_images_one_by_one(three, nets, measured):
    blocks, noise = (measured[0].programs[name] for name in ("blocks", "noise"))
    for label, found in ((0, blocks), (3, noise)):
        ks, images = drawn(three, label, 6)
        for name, values in properties(images).items():
            assert found[name].value == pytest.approx(values.mean())
            assert found[name].std == pytest.approx(values.std(ddof=1))
            assert (found[name].low, found[name].high) == pytest.approx(np.quantile(values, [0.05, 0.95]))
        a, b = (torch.cat([embed(nets.stages, x[i : i + 1]) for i in range(6)]) for x in crops(images, ks))
        assert found[f"perceptual_intra[{NAME}]"].value == pytest.approx(
            float((a - b).square().sum(1).mean()), rel=1e-4
        )
        pairs = [float((a[i] - a[j]).square().sum()) for i in range(6) for j in range(i)]
        assert found[f"perceptual_inter[{NAME}]"].value == pytest.approx(np.mean(pairs), rel=1e-4)
    assert noise["gzip_kb"].value > 2 * blocks["gzip_kb"].value
    assert noise["render_rate"].value > 10


def test_missing_values_have_a_reason(measured):
    found, flat, broken = measured[0], measured[0].programs["flat"], measured[0].programs["broken"]
    assert (found.n_images, found.n_left_out, found.n_constant, found.n_distinct) == (18, 6, 6, 13)
    for name in ("spectrum_slope", f"perceptual_intra[{NAME}]"):
        assert flat[name].value is None and "the image is constant (6 of 6 images)" in flat[name].gap
        assert found.metrics[name].n == 12 and "6 of 18 images left out" in found.metrics[name].gap
    assert flat[f"perceptual_inter[{NAME}]"].gap == "all images are constant"
    assert flat["gzip_kb"].value < 0.1
    assert {v.value for v in broken.values()} == {None} and broken["jpeg_kb"].gap == "no images"
    assert "has 13" in found.metrics[f"frechet_distance[{NAME}]"].gap and f"kernel_distance[{NAME}]" in found.metrics
    assert any("constant" in note for note in found.notes) and any(
        "13 of 18 images are distinct" in note for note in found.notes
    )
    assert any("6 images could not be rendered" in note and "no such thing" in note for note in found.notes)
    assert not any(name.startswith(("lpips", "fid", "kid")) for name in found.metrics)
    assert f"perceptual_intra[{NAME}]" in found.properties() and f"frechet_distance[{NAME}]" not in found.properties()


def test_files(measured, tmp_path):
    found = measured[0]
    paths = found.write(tmp_path / "new" / "out")
    assert [path.suffix for path in paths] == [".json", ".csv", ".parquet", ".png"]
    assert sorted(tmp_path.rglob("*")) == sorted([*paths, tmp_path / "new", tmp_path / "new" / "out"])
    assert read(paths[0]).model_dump() == found.model_dump()
    frame, table = found.frame(), pd.read_parquet(paths[2])
    assert len(frame) == sum(map(len, [found.metrics, *found.programs.values()]))
    assert table.equals(frame) and pd.read_csv(paths[1], keep_default_na=False).gap.tolist() == frame.gap.tolist()
    assert table.query("program == 'flat' and metric == 'spectrum_slope'").value.isna().all()
    assert min(Image.open(paths[3]).size) > 400
    with pytest.raises(DataError, match="not a measurement"):
        read(paths[1])


def test_stored_results_are_reused(three, nets, measured, monkeypatch):
    again = {"images": 6, "per_program": True, "size": 32, "seed": 0, "networks": nets}
    monkeypatch.setenv("SYNTHBENCH_HOME", str(measured[1]))
    monkeypatch.setattr(collecting, "Pool", None)
    rows = collect(three, **again)
    assert rows.features.shape == (18, 64) and len(rows.left_out) == 6
    for other in ({"seed": 1}, {"size": 40}, {"images": 7}, {"networks": Networks()}):
        with pytest.raises(TypeError, match="NoneType"):  # it wants to draw
            collect(three, **(again | other))


def test_a_killed_pass_resumes_with_the_same_result(one, nets, tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "JOB", 4)
    monkeypatch.setattr(collecting, "SAVE_S", 0)
    how = {"images": 14, "per_program": False, "size": 32, "seed": 0, "networks": nets, "workers": 1}
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "whole"))
    whole = collect(one, **how)
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "killed"))
    looked, look = [], collecting._look

    def dying(items, *rest):
        looked.append([k for k, _ in items])
        if len(looked) == 3:
            raise KeyboardInterrupt
        return look(items, *rest)

    monkeypatch.setattr(collecting, "_look", dying)
    with pytest.raises(KeyboardInterrupt):
        collect(one, **how)
    rows = collect(one, **how)
    assert looked == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [8, 9, 10, 11], [12, 13]]
    for name in ("ks", "label", "intra", "features", "digest"):
        assert np.array_equal(getattr(rows, name), getattr(whole, name)), name
    assert rows.inter == whole.inter and rows.inter[-1] == rows.inter[0] > 0
    folder = next((tmp_path / "killed" / "measure").iterdir())
    (folder / "part-00001.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"part-00001.npz cannot be read.*Delete"):
        collect(one, **how)


def test_weights_that_are_absent(tmp_path, monkeypatch, run_folder):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    cpu = torch.device("cpu")
    with pytest.raises(
        DataError,
        match=rf"FID needs .*fetch https://\S+inception\S+pth and put it at {tmp_path}/weights/.*--features RUN",
    ):
        networks("inception", distances=True, device=cpu)
    found = networks(None, distances=False, device=cpu)
    assert found.stages is None and "LPIPS needs" in found.missing and "alexnet-owt" in found.missing
    data = b"weights"
    digest = hashlib.sha256(data).hexdigest()
    path = tmp_path / "weights" / f"net-{digest[:8]}.pth"
    path.parent.mkdir()
    path.write_bytes(data)
    assert weight_file(path.name, "https://x", "LPIPS") == path
    path.write_bytes(b"half")
    with pytest.raises(DataError, match="fetch it again"):
        weight_file(path.name, "https://x", "LPIPS")
    assert run_name(str(run_folder)) == NAME and run_name("user/my repo") == "user/my_repo"


def test_bad_input(one, tmp_path, call, monkeypatch):
    with pytest.raises(UsageError, match="does not render images"):
        measure(resolve("random-init"), n=2, size=32)
    with pytest.raises(UsageError, match="--features RUN"):
        measure(one, n=2, size=32, against=one)
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    code, _, err = call("measure", "white-noise", "--against", "photographs")
    assert code == 1 and "fetch https://" in err and not (tmp_path / "measured").exists()
    code, _, err = call("measure", "white-noise", "--features", tmp_path / "nothing")
    assert code == 1 and "nothing" in err


def test_on_the_command_line(one, tmp_path, call, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    words = ("measure", one.generator, "-n", 4, "--size", 32, "--workers", 1, "--out", tmp_path / "out")
    code, out, err = call(*words, "--json")
    found = json.loads(out)
    assert code == 0 and found["n_images"] == 4 and found["metrics"]["lpips_intra"]["value"] is None
    assert "AlexNet" in found["metrics"]["lpips_intra"]["gap"] or "alexnet" in found["metrics"]["lpips_intra"]["gap"]
    assert (tmp_path / "out" / "measurement.parquet").is_file() and "warning" in err


def test_display_of_numbers():
    assert [number(x) for x in (None, float("nan"), 0.123456, 12345.6, -2.04999)] == [
        "–",
        "–",
        "0.1235",
        "12346",
        "-2.05",
    ]
    one = summary(np.array([2.0]))
    assert (one.value, one.n, one.std, one.gap) == (2, 1, None, "")
    assert summary(np.array([])).gap == "no images"
