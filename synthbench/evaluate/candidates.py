"""The old place of the candidate tasks, while they are measured; goes when the choice is made."""

from synthbench.evaluate.tasks.candidates import MAKERS, candidates, made

__all__ = ["MAKERS", "candidates", "made"]
