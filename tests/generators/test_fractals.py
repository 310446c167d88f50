"""The fractal families compared with their definitions: distributions of parameters, fill rates, instance grids, pixel
values, category files, errors."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage, stats
from synthbench.generators.fractals import categories, fractaldb, ifs, search
from synthbench.generators.fractals.anderson_farrell import AndersonFarrell
from synthbench.generators.fractals.exfractaldb import ExFractalDB
from synthbench.generators.fractals.fractaldb import WEIGHTS, FractalDB
from synthbench.generators.fractals.one_fractal import OneFractal

from synthbench.errors import DataError, GeneratorError, UsageError
from synthbench.generator import stream


def naive_orbit(maps, p, u):
    """The chaos game by definition."""
    limits = np.cumsum(p)[:-1] / np.sum(p) * 2.0**32
    at, points = np.zeros(2 if maps.shape[1] == 6 else 3), []
    for number in u:
        row = maps[int((number >= limits.astype(np.uint32)).sum())]
        d = len(at)
        at = np.array([sum(row[d * i + j] * at[j] for j in range(d)) + row[d * d + i] for i in range(d)])
        points.append(at)
    return np.array(points).T


def naive_cells(points, size, margin):
    low = np.minimum(points.min(axis=1), 0)[:, None]
    high = np.maximum(points.max(axis=1), 0)[:, None]
    return ((points - low) / (high - low) * (size - 2 * margin) + margin).astype(int)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_an_orbit_is_that_of_the_naive_loop(dimensions):
    maps = categories.candidate(int(categories.kept(dimensions)[1]), dimensions)
    p, u = categories.probabilities(maps), ifs.choices(800)
    np.testing.assert_allclose(ifs.orbit(maps, p, u), naive_orbit(maps, p, u), rtol=1e-9)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_candidates_follow_the_distribution_of_the_search(dimensions):
    drawn = [categories.candidate(i, dimensions) for i in range(1500)]
    counts = np.bincount([len(maps) for maps in drawn], minlength=8)[2:]
    assert counts.sum() == 1500
    assert stats.chisquare(counts).pvalue > 1e-3
    values = np.concatenate([maps.ravel() for maps in drawn])
    assert stats.kstest(values, stats.uniform(-1, 2).cdf).pvalue > 1e-3
    for maps in drawn[:20]:
        det = np.abs(np.linalg.det(maps[:, : dimensions**2].reshape(-1, dimensions, dimensions)))
        np.testing.assert_allclose(categories.probabilities(maps), det / det.sum(), rtol=1e-9)


def test_maps_are_chosen_in_proportion_to_their_determinant():
    maps = categories.candidate(int(categories.kept()[0]))
    p = categories.probabilities(maps)
    chosen = np.searchsorted(ifs.thresholds(p), ifs.choices(200_000), side="right")
    np.testing.assert_allclose(np.bincount(chosen, minlength=len(p)) / 200_000, p, atol=0.005)


def test_the_kept_candidates_are_those_that_fill_a_fifth():
    """The whole rule, without early rejection, on the first candidates up to the third one that is kept."""
    first = categories.kept()[:3]
    u = ifs.choices(search.SEARCH_POINTS)
    filling = []
    for i in range(first[-1] + 1):
        maps = categories.candidate(i)
        points = ifs.orbit(maps, categories.probabilities(maps), u)
        if points is not None:
            columns, rows = naive_cells(points, 512, 6)
            filling += [i] * bool(len(np.unique(rows * 512 + columns)) / 512**2 >= 0.2)
    assert filling == first.tolist()


def test_ten_thousand_categories_ship_and_fill_their_canvas():
    kept = categories.kept()
    assert len(kept) == 10_000
    assert (np.diff(kept) > 0).all()
    for i in np.random.default_rng(0).choice(kept, 25, replace=False):
        maps = categories.candidate(int(i))
        assert search.fill(maps, categories.probabilities(maps))[1] >= 0.2 * 512**2
        assert search.keeps(maps)


def test_systems_expand_and_diverge_as_often_as_the_originals():
    """86.6 % of the original's systems have a map with sigma_1 > 1; at w = 0.4, 5.2 % of the pairs of class and
    weights diverge."""
    chosen = categories.kept()[:60]
    expanding = diverging = 0
    for i in chosen:
        maps = categories.candidate(int(i))
        p = categories.probabilities(maps)
        expanding += np.linalg.norm(maps[:, :4].reshape(-1, 2, 2), ord=2, axis=(1, 2)).max() > 1
        diverging += sum(ifs.orbit(maps * row, p, ifs.choices(200_000)) is None for row in WEIGHTS)
    assert 0.72 < expanding / len(chosen) < 0.97
    assert 0.02 < diverging / (25 * len(chosen)) < 0.10


@pytest.mark.parametrize("palette", [ifs.GRAY, fractaldb._hues()])
def test_patches_are_pasted_as_pil_pastes_them(palette):
    """Point k's patch has colour k mod 128."""
    maps = categories.candidate(int(categories.kept()[2]))
    points = ifs.orbit(maps, categories.probabilities(maps), ifs.choices(3000))
    masks = ifs.masks(3000, 4)
    want = Image.new("RGB", (100, 100))
    for k, (column, row, mask) in enumerate(zip(*naive_cells(points, 100, 3), masks, strict=True)):
        patch = np.array([palette[1 + k % 128] * (int(mask) >> cell & 1) for cell in range(9)], np.uint8).reshape(
            3, 3, 3
        )
        want.paste(Image.fromarray(patch), (int(column), int(row)))
    made = ifs.painted(ifs.patches(ifs.pixels(points, 100, 3), masks, 100), palette, True, False)
    np.testing.assert_array_equal(made[::-1], np.asarray(want))


def test_patches_are_uniform_over_the_511():
    counts = np.bincount(ifs.masks(200_000, 3), minlength=512)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 1e-3
    assert not np.array_equal(ifs.masks(1000, 3), ifs.masks(1000, 4))
    np.testing.assert_array_equal(ifs.masks(1000, 3), ifs.masks(200_000, 3)[:1000])


def test_the_weights_are_the_twenty_five_rows():
    assert WEIGHTS.shape == (25, 6)
    assert len(np.unique(WEIGHTS, axis=0)) == 25
    assert (WEIGHTS[0] == 1).all()
    changed = [(int(np.flatnonzero(row != 1)[0]), row[row != 1].tolist()) for row in WEIGHTS[1:]]
    assert sorted(changed) == [(axis, [value]) for axis in range(6) for value in (0.2, 0.6, 1.4, 1.8)]


def test_weights_are_on_every_map_and_leave_the_probabilities(monkeypatch):
    generator, seen, orbit = FractalDB(count=3), [], ifs.orbit
    monkeypatch.setattr(ifs, "orbit", lambda maps, p, u: seen.append((maps, p, len(u))) or orbit(maps, p, u))
    for k in range(40):
        generator.render(2, stream(0, k), 16)
    base, p = generator.system(2)
    rows = {tuple(row) for row in WEIGHTS.tolist()}
    for maps, used, n in seen:
        weights = maps / base
        np.testing.assert_allclose(weights, np.broadcast_to(weights[0], weights.shape))
        assert tuple(weights[0].round(9).tolist()) in rows
        np.testing.assert_array_equal(used, p)
        assert n == 200_000
    assert len({maps.tobytes() for maps, *_ in seen}) > 12


def test_gray_is_127_and_colour_has_128_hues():
    gray, colour = (
        FractalDB(count=2).render(1, stream(0, 0), 362),
        FractalDB(count=2, colour=True).render(1, stream(0, 0), 362),
    )
    assert set(np.unique(gray)) == {0, 127}
    assert (np.ptp(gray, axis=2) == 0).all()
    np.testing.assert_array_equal(gray.any(axis=2), colour.any(axis=2))
    palette = {tuple(c) for c in fractaldb._hues()[1:]}
    assert len(palette) == 128
    assert {tuple(c) for c in colour.reshape(-1, 3)} - {(0, 0, 0)} <= palette
    for k in (0, 21, 64, 100):  # HSV of saturation and value 0.75, blue first
        want = np.floor(255 * np.array(colorsys.hsv_to_rgb(k / 128, 0.75, 0.75)) + 1e-9)[::-1]
        np.testing.assert_allclose(fractaldb._hues()[1 + k], want, atol=1)
    assert fractaldb._hues()[1].tolist() == [47, 47, 191]


def test_points_draw_single_pixels():
    patch, point = (
        FractalDB(count=1, draw=draw, instances=1).render(0, stream(0, 0), 362) for draw in ("patch", "point")
    )
    assert set(np.unique(point)) == {0, 127}
    assert (point > 0).mean() > 0.12
    assert (ndimage.binary_dilation(point[..., 0] > 0, np.ones((7, 7))) | (patch[..., 0] == 0)).all()


def test_a_class_has_as_many_images_as_instances():
    flips = {FractalDB(count=1, instances=4).render(0, stream(0, k), 48).tobytes() for k in range(60)}
    one = FractalDB(count=1, instances=1).render(0, stream(0, 0), 48)
    assert flips == {one.tobytes(), one[::-1].tobytes(), one[:, ::-1].tobytes(), one[::-1, ::-1].tobytes()}
    seeds = {FractalDB(count=1, instances=40).render(0, stream(0, k), 48).tobytes() for k in range(400)}
    assert len(seeds) == 40
    assert len({FractalDB(count=1).render(0, stream(0, k), 48).tobytes() for k in range(400)}) > 200


def test_points_grow_with_the_area():
    assert ifs.points_at(362) == 200_000
    assert ifs.points_at(724) == 800_000
    lit = [(FractalDB(count=1, instances=1).render(0, stream(0, 0), size) > 0).mean() for size in (362, 512, 724)]
    assert max(lit) < 1.35 * min(lit)


@pytest.mark.parametrize(
    ("generator", "side"),
    [
        (FractalDB(count=3), 362),
        (ExFractalDB(count=3), 224),
        (OneFractal(), 512),
        (AndersonFarrell(), 224),
        (AndersonFarrell(most=5), 224),
    ],
)
def test_a_small_image_is_that_of_the_data_set_reduced(generator, side):
    whole = generator.render(2, stream(0, 0), side)
    reduced = np.asarray(Image.fromarray(whole).resize((64, 64), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(generator.render(2, stream(0, 0), 64), reduced)


def expanding(where=1.0):
    """Three maps; the second one expands by ``where``."""
    maps = np.array([[0.6, 0.1, -0.1, 0.6, 0.4, 0.1], [where, 0, 0, where, -0.5, 0.2], [0.5, 0, 0, 0.5, 0.1, -0.6]])
    return np.column_stack([maps, [0.2, 0.5, 0.3]])


def test_a_drawing_that_diverges_is_drawn_again_and_counted(tmp_path):
    categories.write(tmp_path, {"swells": expanding(1.6)})  # the weights 1.4 and 1.8 of a or d let it diverge
    generator = FractalDB(path=str(tmp_path))
    images = [generator.render(0, stream(0, k), 48) for k in range(80)]
    assert 0 < generator.redrawn < 80
    assert all((image > 0).any() for image in images)


def test_a_category_that_always_diverges_is_given_up(monkeypatch):
    generator = FractalDB(count=3)
    monkeypatch.setattr(ifs, "orbit", lambda *_: None)
    with pytest.raises(GeneratorError, match=r"'00002' diverges with every weight"):
        generator.render(2, stream(0, 0), 32)


def test_category_files_hold_every_digit_and_give_the_same_images(tmp_path):
    search.write_csv(tmp_path, 3)
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["00000.csv", "00001.csv", "00002.csv"]
    ours, read = FractalDB(count=3), FractalDB(path=str(tmp_path))
    assert read.labels == ours.labels
    for label in range(3):
        np.testing.assert_array_equal(read.system(label)[0], ours.system(label)[0])
        np.testing.assert_array_equal(
            read.render(label, stream(1, label), 40), ours.render(label, stream(1, label), 40)
        )
    assert FractalDB(path=str(tmp_path), count=2).labels == ("00000", "00001")


GOOD = "0.5,0,0,0.5,0.1,0.2,0.6\n0.4,0.1,0,0.5,-0.3,0.2,0.4\n"


def test_a_category_file_as_the_original_writes_it_is_read(write, tmp_path):
    write("b.csv", GOOD + "\n")
    write("excel.csv", "\ufeff" + GOOD)
    for read in categories.read(tmp_path).values():
        np.testing.assert_array_equal(read[1], [0.4, 0.1, 0, 0.5, -0.3, 0.2, 0.4])


def test_the_originals_folders_of_categories_are_read_from_their_parent(write, tmp_path):
    """Its archive holds csv0/00000.csv to csv0/00024.csv, csv1/00025.csv and so on: the order follows the numbers,
    not the folders."""
    for number, folder in ((0, "csv0"), (30, "csv1"), (250, "csv10"), (60, "csv2")):
        write(f"csv/{folder}/{number:05d}.csv", GOOD.replace("0.3", f"0.{number + 1:05d}"))
    made = FractalDB(path=str(tmp_path / "csv"))
    assert made.labels == ("00000", "00030", "00060", "00250")
    assert [made.system(label)[0][1, 4] for label in range(4)] == [-0.00001, -0.00031, -0.00061, -0.00251]
    assert FractalDB(path=str(tmp_path / "csv"), count=2).labels == ("00000", "00030")
    assert FractalDB(path=str(tmp_path / "csv" / "csv10")).labels == ("00250",)
    write("csv/csv3/00030.csv", GOOD)
    with pytest.raises(DataError, match=r"csv1/00030\.csv and .*csv3/00030\.csv have one name"):
        FractalDB(path=str(tmp_path / "csv"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "0.1,x,0,0,0,0,0\n", r"bad\.csv, line 3: '0\.1,x,0,0,0,0,0' is not seven numbers"),
        (GOOD + "0.1,0.2,0.3\n", r"line 3: 3 columns; a row has seven"),
        (GOOD + "0.1,nan,0,0,0,0,0\n", r"line 3: .* not finite"),
        (GOOD + "inf,0,0,0,0,0,0\n", r"line 3: .* not finite"),
        (
            GOOD.replace("0.6\n", "0.9\n"),
            r"probabilities \(column 7\) are \[0\.9, 0\.4\]; they must be at least 0 and sum to 1",
        ),
        (GOOD.replace("0.6\n", "-0.6\n"), r"must be at least 0"),
        ("", r"holds no row"),
        ("a,b,c,d,e,f,p\n" + GOOD, r"line 1: .*not seven numbers"),
        ("3,0,0,3,1,1,0.5\n2,0,0,2,1,1,0.5\n", r"the orbit of these maps diverges"),
    ],
)
def test_a_bad_category_file_is_named(write, tmp_path, text, message):
    write("good.csv", GOOD)
    write("bad.csv", text)
    with pytest.raises(DataError, match=message):
        FractalDB(path=str(tmp_path))


def test_a_folder_without_categories_is_refused(write, tmp_path):
    with pytest.raises(UsageError, match="holds no category file"):
        FractalDB(path=str(tmp_path))
    with pytest.raises(UsageError, match="there is no folder"):
        FractalDB(path=str(tmp_path / "missing"))
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DataError, match=r"x\.csv is no CSV file"):
        FractalDB(path=str(tmp_path))
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"cannot read .*a\.csv: Is a directory"):
        FractalDB(path=str(tmp_path))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FractalDB(count=0), "count must be at least 1, not 0"),
        (lambda: FractalDB(count=-1, path="anywhere"), "count must be at least 1, not -1"),
        (lambda: FractalDB(count=10_001), "count must be 1 to 10000"),
        (lambda: FractalDB(draw="dots"), "draws no 'dots'"),
        (lambda: FractalDB(instances=1001), "instances must be 1 to 1000"),
        (lambda: ExFractalDB(count=1001), "count must be 1 to 1000"),
        (lambda: OneFractal(delta=0), "delta must be between 0 and 1"),
        (lambda: AndersonFarrell(most=0), "most must be at least 1"),
    ],
)
def test_wrong_parameters_are_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()
