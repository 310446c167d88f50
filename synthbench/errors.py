"""Errors that a user can act on: each message names the bad value, what is allowed and the fix."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable
from pathlib import Path


class SynthbenchError(Exception):
    """Base of every error that synthbench raises; the command line prints it without a traceback and exits with 1."""

    exit_code = 1


class SynthbenchWarning(UserWarning):
    """Something the user should know that does not stop the command; printed as one line."""


class UsageError(SynthbenchError):
    """A value given by the user is not allowed (exit code 2, as for a wrong option)."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is not registered; the message suggests the nearest names, or lists all names if they are few or no
    hint says where to find them."""

    LIST = 20
    """More known names than this are not listed if there is a hint."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        inside = [k for k in known if len(name) > 2 and name.lower() in k]  # "pocket" means any of the pocket protocols
        typo, other = (difflib.get_close_matches(name.lower(), known, n=3, cutoff=c) for c in (0.8, 0.5))
        near = list(dict.fromkeys([*typo, *inside])) or other
        listed = "" if hint and len(known) > self.LIST else f" Known: {', '.join(known)}."
        guess = f" Did you mean {' or '.join(near[:3])}?" if near else listed
        super().__init__(f"unknown {kind} {name!r}.{guess}{' ' + hint if hint else ''}")


class ProtocolError(UsageError):
    """A protocol file or an override that does not validate."""


class GeneratorError(SynthbenchError):
    """A generator misbehaved (wrong shape, raised, hung, ...); names the entrant, the label and the image index k."""


class UndecodableError(GeneratorError):
    """An existing image cannot be decoded; names the file. Rendering leaves it out and counts it."""


class DataError(SynthbenchError):
    """Rendered data, a checkpoint or a result on disk is missing, corrupt or belongs to something else."""


class StorageError(DataError):
    """An address (``s3://``, ``gs://``, ...) cannot be read or written; the message has the reason and the fix."""


class HubError(SynthbenchError):
    """A call to the Hub failed: not logged in, no network, unknown repo, no access, rate limit, a conflict; says
    what to do."""


class DivergedError(SynthbenchError):
    """The pretraining loss is not finite; names the step. The last good checkpoint is kept."""


class Interrupted(SynthbenchError):
    """Ctrl-C or SIGTERM, raised after the state was saved (exit code 130, as for SIGINT)."""

    exit_code = 130


class Preempted(Interrupted):
    """SIGTERM, as a cluster sends it before it takes a machine away, raised after the state was saved (exit code 75:
    try again)."""

    exit_code = 75


class RankError(SynthbenchError):
    """Ranks of one run that differ, or that lost contact with each other."""


class ClusterError(SynthbenchError):
    """Worker processes or a Ray cluster that cannot do the work: unreachable, another version, too small, or without
    access to a folder."""


class DeviceMemoryError(SynthbenchError):
    """The device does not have enough memory; names a setting that fits."""


def traced(error: BaseException, near: str | None = None) -> str:
    """Type, message and place of an exception: the last line of the traceback in the folder of ``near`` (the user's
    code)."""
    # the message of a SyntaxError has its place; the traceback ends in the import system
    frames = [] if isinstance(error, SyntaxError) else traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if near is not None and Path(f.filename).parent == Path(near).parent]
    place = f" at {(own or frames)[-1].filename}:{(own or frames)[-1].lineno}" if frames else ""
    message = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}{': ' if message else ''}{message}{place}"
