"""ExFractalDB compared with its definition: the search in space, weights, clouds, camera, images."""

from __future__ import annotations

import numpy as np
from synthbench.generators.fractals import categories, ifs, space
from synthbench.generators.fractals.exfractaldb import ExFractalDB

from synthbench.generator import stream


def spreads(maps) -> bool:
    """The rule in space: 10,000 points, scaled together to [-1, 1], vary by more than 0.05 along each axis."""
    points = ifs.orbit(maps, categories.probabilities(maps), ifs.choices(10_000))
    return points is not None and (points.var(axis=1) * (2 / (points.max() - points.min())) ** 2).min() > 0.05


def test_the_categories_in_space_are_the_first_that_spread_along_every_axis():
    kept = categories.kept(3)
    assert len(kept) == 1000
    assert [i for i in range(kept[4] + 1) if spreads(categories.candidate(i, 3))] == kept[:5].tolist()
    assert all(
        spreads(categories.candidate(int(i), 3)) for i in np.random.default_rng(0).choice(kept, 25, replace=False)
    )


def test_the_weights_in_space_are_the_hundred_and_forty_five_rows():
    assert space.WEIGHTS.shape == (145, 12)
    assert (space.WEIGHTS[0] == 1).all()
    changed = [(int(np.flatnonzero(row != 1)[0]), row[row != 1].tolist()) for row in space.WEIGHTS[1:]]
    assert sorted(changed) == [
        (axis, [n / 10]) for axis in range(12) for n in (4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16)
    ]


def test_a_cloud_keeps_its_proportions_and_is_centred():
    maps = categories.candidate(int(categories.kept(3)[0]), 3)
    p = categories.probabilities(maps)
    raw, made = ifs.orbit(maps, p, ifs.choices(10_000)), space.cloud(maps, p, 10_000)
    np.testing.assert_allclose(made.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(np.ptp(made, axis=1) / np.ptp(raw, axis=1), 2 / (raw.max() - raw.min()))


def test_a_camera_sees_points_as_opengl_projects_them():
    """Look-at and perspective matrices, each point one pixel, the lowest row first."""
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (3, 400))
    for view in range(12):
        turn = space.angle(view, stream(0, view))
        assert abs(np.degrees(turn) - 30 * view - 30) <= np.pi + 1e-9
        forward, up = np.array([np.cos(turn), 0, -np.sin(turn)]), np.array([0.0, 1, 0])
        eye, right = -4 * forward, np.cross(forward, up)
        look = np.array([[*right, -right @ eye], [*up, -up @ eye], [*-forward, forward @ eye], [0, 0, 0, 1]])
        f, near, far = 1 / np.tan(np.radians(22.5)), 1.0, 100.0
        perspective = np.array(
            [
                [f, 0, 0, 0],
                [0, f, 0, 0],
                [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)],
                [0, 0, -1, 0],
            ]
        )
        clip = perspective @ look @ np.vstack([points, np.ones(400)])
        device = clip[:3] / clip[3]
        column, row = np.floor((device[:2, (np.abs(device) < 1).all(0)] + 1) / 2 * 224).astype(int)
        want = np.zeros((224, 224), np.uint8)
        want[row, column] = 255
        np.testing.assert_array_equal(space.seen(points, turn, 224), want)


def test_points_behind_the_camera_are_not_seen():
    assert not space.seen(np.array([[-3.5], [0.0], [0.0]]), 0.0, 64).any()
    assert space.seen(np.array([[-2.9], [0.0], [0.0]]), 0.0, 64).sum() == 255


def test_exfractaldb_is_white_on_black_and_has_many_images_a_class():
    generator = ExFractalDB(count=2)
    whole = generator.render(1, stream(0, 0), 224)
    assert set(np.unique(whole)) == {0, 255}
    assert 300 < (whole[..., 0] > 0).sum() <= 10_000
    assert len({generator.render(1, stream(0, k), 48).tobytes() for k in range(100)}) == 100, (
        "every image has its own view"
    )
