"""What a test run says last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import skips

TESTS = Path(__file__).parent


def test_reasons_are_grouped_by_what_was_missing():
    reasons = [
        *["Skipped: needs a CUDA device"] * 3,
        "Skipped: needs OpenGL: libEGL.so.1 is missing",
        "Skipped: needs OpenGL: no such device",
        "Skipped: could not import 'pyarrow.parquet': No module named 'pyarrow'",
        "Skipped: on Sundays",
    ]
    assert skips.summary(reasons) == (
        "skipped: 3 for want of a CUDA device, 2 for want of OpenGL, 1 for want of the package pyarrow, 1 (on Sundays)"
    )
    assert skips.summary([]) == ""


@pytest.mark.parametrize(("extra", "last"), [((), True), (("-n", "2"), True), (("-k", "runs"), False)])
def test_it_is_the_last_line(tmp_path, extra, last):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "@pytest.mark.skipif(True, reason='needs Chromium')\n"
        "def test_page(): pass\n"
        "def test_gpu(): pytest.skip('needs a CUDA device')\n"
    )
    words = [sys.executable, "-m", "pytest", "-p", "skips", "-p", "no:cacheprovider", *extra, "test_it.py"]
    env = os.environ | {"PYTHONPATH": str(TESTS), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=True, timeout=120)
    line = done.stdout.splitlines()[-1]
    if last:
        assert line == "skipped: 1 for want of Chromium, 1 for want of a CUDA device"
    else:
        assert "1 passed, 2 deselected" in line


def test_the_reasons_of_this_suite_say_what_is_needed():
    for path in TESTS.rglob("*.py"):
        if path.name in ("test_skips.py", "test_gpu.py"):
            continue
        for reason in re.findall(r"""(?:pytest\.skip\(|reason=)f?["']([^"']+)""", path.read_text(encoding="utf-8")):
            assert reason.startswith("needs "), f"{path.relative_to(TESTS)}: {reason}"
