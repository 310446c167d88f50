"""The last line of a test run: what was skipped for want of what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable

import pytest


def summary(reasons: Iterable[str]) -> str:
    """``skipped: 45 for want of a CUDA device, 6 for want of Chromium``; empty where there are no reasons.

    Args:
        reasons: of each skipped test, as pytest reports them: ``needs X: details`` by this suite's convention, or
            pytest's own words where a package cannot be imported. Other reasons stand as they are.
    """
    wants: Counter[str] = Counter()
    for reason in reasons:
        text = reason.removeprefix("Skipped: ")
        if found := re.match(r"could not import '([\w.]+)'", text):
            wants[f"for want of the package {found[1].partition('.')[0]}"] += 1
        elif text.startswith("needs "):
            wants[f"for want of {text.removeprefix('needs ').partition(':')[0]}"] += 1
        else:
            wants[f"({text})"] += 1
    ordered = sorted(wants.items(), key=lambda item: (-item[1], item[0].startswith("("), item[0]))
    return "skipped: " + ", ".join(f"{n} {want}" for want, n in ordered) if wants else ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Print it below pytest's own last line."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist
        return
    reports = [report for report in reporter.stats.get("skipped", ()) if isinstance(report.longrepr, tuple)]
    if line := summary(report.longrepr[2] for report in reports):
        reporter.write_line(line, yellow=True)
