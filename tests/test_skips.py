"""What a test run says last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import skips

pytest_plugins = ["pytester"]
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


@pytest.mark.parametrize(("extra", "last"), [((), True), (("-p", "xdist", "-n", "1"), True), (("-k", "runs"), False)])
def test_it_is_the_last_line(pytester, monkeypatch, extra, last):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # to start faster
    hook = f"import sys\nsys.path.insert(0, {str(TESTS)!r})\nfrom skips import pytest_sessionfinish\n"
    pytester.makeconftest(hook)
    pytester.path.joinpath("test_it.py").write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "@pytest.mark.skipif(True, reason='needs Chromium')\n"
        "def test_page(): pass\n"
        "def test_gpu(): pytest.skip('needs a CUDA device')\n"
    )
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", *extra, "test_it.py")
    line = done.outlines[-1]
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
