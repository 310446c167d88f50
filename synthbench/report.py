"""How long work tells where it is. The command line implements it; the library stays silent by default."""

from __future__ import annotations


class Reporter:
    """Receives news of a run; every method may be ignored."""

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Part of the stage is done."""

    def note(self, text: str) -> None:
        """Something worth knowing: a reuse, a warning."""
