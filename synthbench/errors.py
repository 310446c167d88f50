"""Errors that a user can act on: each message names the bad value, what is allowed and the fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SynthbenchError(Exception):
    """Base of every error that synthbench raises on purpose; the command line prints it without a traceback and
    exits 1."""

    exit_code = 1


class SynthbenchWarning(UserWarning):
    """Something that a person should know and that stops nothing; the command line prints it as one line."""


class UsageError(SynthbenchError):
    """A value given by the user is not allowed (exit code 2, as for a wrong option)."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that the registry does not hold; the message suggests the nearest names."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5) or [
            k for k in known if name.lower() in k
        ]
        guess = f" Did you mean {' or '.join(near[:3])}?" if near else f" Known: {', '.join(known)}."
        super().__init__(f"unknown {kind} {name!r}.{guess}{' ' + hint if hint else ''}")


class ProtocolError(UsageError):
    """A protocol file or an override that does not validate."""


class GeneratorError(SynthbenchError):
    """A generator misbehaved (wrong shape, raised, hung, ...); names the entrant, the label and the image index k."""


class UndecodableError(GeneratorError):
    """An image that exists already does not decode; names the file. Rendering leaves it out and counts it."""


class DataError(SynthbenchError):
    """Rendered data, a checkpoint or a result on disk is missing, corrupt or belongs to something else."""


class HubError(SynthbenchError):
    """A call to the Hub did not work: not logged in, no network, no such repo, no rights, too many calls, a conflict;
    says what to do."""


class DivergedError(SynthbenchError):
    """The pretraining loss is not finite; names the step. The last good checkpoint is kept."""


class Interrupted(SynthbenchError):
    """Ctrl-C or SIGTERM, after what was done had been saved (exit code 130, as for SIGINT)."""

    exit_code = 130


class Preempted(Interrupted):
    """SIGTERM, as a cluster sends before it takes the machine away, after what was done had been saved
    (exit code 75: try again)."""

    exit_code = 75


class RankError(SynthbenchError):
    """Processes of one run that do not do the same, or that lost one another."""


class ClusterError(SynthbenchError):
    """Worker processes or a Ray cluster that cannot do the work: not there, another version, too small, or a folder
    that it does not see."""


class DeviceMemoryError(SynthbenchError):
    """The device has too little memory; names a setting that fits."""
