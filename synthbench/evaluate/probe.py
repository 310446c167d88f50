"""The probe interface: a probe predicts the labels of test images from a frozen encoder.

A built-in probe is the ``PROBE`` of a file in ``synthbench/evaluate/probes``; another package's is an entry point of
the group ``synthbench.probes`` with the probe's name. Its constants are in a protocol's ``[evaluate.settings.NAME]``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # names are listed without importing torch
    from synthbench.evaluate.metrics import Predicted
    from synthbench.evaluate.work import Work


class Probe(ABC):
    """A way to predict labels from an encoder."""

    name: str
    """The name in protocols: lower-case letters, digits and dashes."""

    @abstractmethod
    def predict(self, work: Work) -> Predicted:
        """Predict the labels of ``work``'s test images.

        Raises:
            UsageError: the protocol lacks a setting of the probe.
        """
