"""``losses.csv`` is written during training, and a resumed run writes each step once."""

from __future__ import annotations

import os

import pytest

from synthbench.errors import DataError
from synthbench.pretrain.losses import LossFile, text


def test_the_file_grows_and_a_resumed_run_goes_on_in_it(tmp_path):
    path = tmp_path / "losses.csv"
    with LossFile(path) as file:
        for step in (1, 2, 3):
            file.add(step, step / 2)
            assert path.read_text() == text([n / 2 for n in range(1, step + 1)])
    path.write_text(path.read_text() + "4,2.0")  # killed within a line
    with LossFile(path) as file:  # the last checkpoint was after step 2
        file.add(3, 7.0)
        file.add(4, 8.0)
    assert path.read_text() == text([0.5, 1.0, 7.0, 8.0])


def test_nothing_is_written_without_a_step(tmp_path):
    with LossFile(tmp_path / "losses.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path):
    with LossFile(tmp_path / "losses.csv") as file, open("/dev/full", "a", encoding="utf-8") as full:
        file.add(1, 0.5)
        assert file._file is not None
        file._file.close()
        file._file = full
        with pytest.raises(DataError, match=r"cannot write .*losses\.csv: No space left on device.*Free some space"):
            file.add(2, 0.5)
        file._file = None
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # what is left in it has a place to go to
