"""The published rows equal those in the papers."""

import pytest

from synthbench.board import reference
from synthbench.board.row import from_reference
from synthbench.errors import DataError

TABLES = {table.track: table for table in reference.load()}


def values(track: str, entrant: str) -> list[float | None]:
    return next(row.values for row in TABLES[track].rows if row.entrant == entrant)


def test_there_is_one_file_per_track() -> None:
    assert sorted(TABLES) == ["ce-resnet18", "moco_v2-resnet50", "simclr-resnet18", "supcon-resnet18"]


@pytest.mark.parametrize(
    ("track", "entrant", "printed"),
    [
        ("simclr-resnet18", "shaders-21k", [0.4774]),
        ("simclr-resnet18", "dead-leaves-mixed", [0.3056]),
        ("simclr-resnet18", "shaders-21k-random-1089", [0.4226]),
        ("ce-resnet18", "imagenet-100", [0.782]),
        ("ce-resnet18", "places365", [0.507]),
        ("supcon-resnet18", "shaders-1k", [0.4054]),
        ("moco_v2-resnet50", "shaders-21k-mixup", [0.4483, 0.6636, 0.5718, 0.8408, 0.3184]),
        ("moco_v2-resnet50", "random-init", [0.0436, 0.1084, 0.1098, 0.543, 0.2264]),
        ("moco_v2-resnet50", "shaders-21k-mixup-live", [0.4524, 0.6642, None, None, None]),
        ("moco_v2-resnet50", "spectrum-color-wmm", [0.3528, 0.5604, None, None, None]),
    ],
)
def test_numbers(track: str, entrant: str, printed: list[float | None]) -> None:
    assert values(track, entrant) == printed


def test_random_init_is_the_same_in_all_of_table_2() -> None:
    assert {values(t, "random-init")[0] for t in TABLES if t.endswith("resnet18")} == {0.171}


def test_real_data_is_flagged() -> None:
    real = {row.entrant for table in TABLES.values() for row in table.rows if row.uses_real_data}
    assert real == {"places365", "imagenet-100", "imagenet-1k"}


def test_rows_never_average_over_missing_tasks() -> None:
    rows = {row.entrant: row for row in from_reference(TABLES["moco_v2-resnet50"])}
    assert rows["shaders-21k-mixup-live"].value is None
    assert rows["imagenet-1k"].value == pytest.approx((0.675 + 0.8612 + 0.659 + 0.8502 + 0.3559) / 5)
    assert all(row.published and row.source for row in rows.values())


def test_effective_test_sizes() -> None:
    """k^2 / sum(1/n): Structured is dominated by the 711 images of KITTI."""
    sizes = [15000, 15000, 73728, 73728, 12150, 12150, 22735, 711]
    column = next(c for c in TABLES["moco_v2-resnet50"].columns if c.task == "vtab-structured")
    assert column.n_test == round(64 / sum(1 / n for n in sizes))
    assert column.chance == pytest.approx(0.125)


def test_a_wrong_file_is_named() -> None:
    text = TABLES["ce-resnet18"].model_dump_json()
    with pytest.raises(DataError, match=r"x\.json is not a valid reference file.*one value per column"):
        reference.parse("x.json", text.replace("[0.782]", "[0.7,0.8]"))
    with pytest.raises(DataError, match="less than or equal to 1"):
        reference.parse("x.json", text.replace("[0.782]", "[78.2]"))
