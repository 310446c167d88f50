"""What a probe is: it reads the labels of test images off a frozen encoder.

A probe of ours is the ``PROBE`` of a file in ``synthbench/evaluate/probes``; another package's is an entry point of the
group ``synthbench.probes``, named as the probe is. Constants of its own stand in a
protocol's ``[evaluate.settings.NAME]``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # names are listed without torch
    from synthbench.evaluate.metrics import Predicted
    from synthbench.evaluate.work import Work


class Probe(ABC):
    """One way to read labels off an encoder."""

    name: str
    """As protocols name it: lower-case letters, digits and dashes."""

    @abstractmethod
    def predict(self, work: Work) -> Predicted:
        """Predict the labels of ``work``'s test images.

        Raises:
            UsageError: the protocol lacks what the probe needs.
        """
