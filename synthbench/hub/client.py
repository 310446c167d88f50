"""Hub calls with actionable errors."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthbench.errors import DataError, HubError, SynthbenchError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REPO = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
LEADERBOARD_VARIABLE = "SYNTHBENCH_LEADERBOARD"
LOGIN = "Create a token with write access in your account's settings on the Hub, then `hf auth login`, or set HF_TOKEN."
NO_FILE = "does not have this file"
"""Part of the message for a missing file, by which callers recognise it."""


def api() -> HfApi:
    """The Hub client, with the endpoint of HF_ENDPOINT and the token of HF_TOKEN or ``hf auth login``; reading works
    without a token."""
    from huggingface_hub import HfApi

    return HfApi()


def check_repo(name: str, what: str) -> str:
    """Return ``name`` if it has the form ``user/repo``.

    Raises:
        UsageError: it does not.
    """
    if not re.fullmatch(REPO, name) or "--" in name or ".." in name:
        raise UsageError(f"{what} {name!r} is not the name of a Hub repo: write it as user/repo.")
    return name


def leaderboard(name: str | None) -> str:
    """The leaderboard's dataset repo.

    Raises:
        UsageError: none is given.
    """
    if not name:
        raise UsageError(
            f"which leaderboard? Name its dataset repo: --leaderboard user/repo, or set {LEADERBOARD_VARIABLE}. "
            "`synthbench board create user/repo` makes one; `synthbench board` shows your runs without a leaderboard."
        )
    return check_repo(name, "the leaderboard")


def whoami() -> dict[str, Any]:
    """The account of the token: its ``name`` and ``orgs``.

    Raises:
        HubError: no token, or the Hub rejects it.
    """
    with calling("ask the Hub who you are"):
        found: dict[str, Any] = api().whoami()
        return found


@contextmanager
def calling(what: str, repo: str = "", *, sends: bool = False) -> Iterator[None]:
    """Turn exceptions of a Hub call into a HubError that says what was tried, why it failed and what to do.

    Args:
        what: completes "cannot ...".
        repo: the repo of the call.
        sends: whether files are uploaded, so that the message mentions them.
    """
    _quiet_logs()
    try:
        yield
    except (SynthbenchError, KeyboardInterrupt):
        raise
    except Exception as error:
        from huggingface_hub.errors import LocalEntryNotFoundError

        # inside "Error while uploading 'x' to the Hub.", and inside "not in the cache" if the Hub answered
        cause = error.__cause__
        answered = getattr(cause, "response", None) is not None
        behind = isinstance(error, RuntimeError) or (isinstance(error, LocalEntryNotFoundError) and answered)
        why = _why(
            cause if behind and isinstance(cause, Exception) else error,
            repo,
            "; what was uploaded is kept" if sends else "",
        )
        if why is None:
            raise
        raise HubError(f"cannot {what}: {why}") from error


def _quiet_logs() -> None:
    """Without a terminal, disable the client's progress bars: each update would add a line of control codes to the
    log."""
    from huggingface_hub import constants
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty() and constants.HF_HUB_DISABLE_PROGRESS_BARS is None:
        disable_progress_bars()


def _why(error: Exception, repo: str, kept: str) -> str | None:  # noqa: PLR0911, PLR0912 - one line per case
    from huggingface_hub import errors

    name = repo or "the repo"
    if isinstance(error, errors.LocalTokenNotFoundError):
        return f"you are not logged in. {LOGIN}"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return (
            "HF_HUB_OFFLINE is set. Unset it, or work with local files: "
            "`synthbench board`, `synthbench evaluate` and run folders need no Hub."
        )
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{name} does not have this revision. Give the 40 characters of a commit, or an existing branch or tag."
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return f"{name} {NO_FILE}. Is it the right kind of repo? An encoder's repo holds model.safetensors."
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"there is no {name.removeprefix('the ')} that you may read. Check the spelling; a private one needs a "
            f"token. {LOGIN}"
        )
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            f"{name} is not in the cache, and the Hub cannot be reached. "
            "Check the network, or give the path of a local folder."
        )
    if status is not None:
        said = (getattr(error, "server_message", None) or "").strip()
        said = f" It says: {said[:300]}." if said else ""
        if status == 401:
            return f"the Hub rejects your token; it may have expired.{said} {LOGIN}"
        if status == 403:
            return (
                f"your token does not allow this on {name}.{said} It needs write access; for an organisation, ask to "
                "become a member."
            )
        if status in (409, 412):
            return (
                f"{name} was changed by someone else in the meantime.{said} "
                "Run the same command again: it continues from the current state."
            )
        if status == 429:
            wait = response.headers.get("Retry-After") if response is not None else None
            return (
                "the Hub's rate limit is reached. Wait "
                f"{wait + ' s' if wait else 'some minutes'} and run the same command again."
            )
        if status >= 500:
            return f"the Hub has a server error (status {status}). Run the same command again later{kept}."
        return f"the Hub refused (status {status}).{said or ' ' + str(error).splitlines()[0]}"
    if _connection(error):
        return (
            f"the connection failed ({type(error).__name__}: {str(error)[:200]}). "
            f"Check the network and run the same command again{kept}."
        )
    if isinstance(error, OSError):
        return str(error)[:300]
    return None


def _connection(error: BaseException) -> bool:
    libraries = ("httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3")
    return type(error).__module__.split(".")[0] in libraries or isinstance(error, (ConnectionError, TimeoutError))


def unreachable(error: Exception) -> bool:
    """Whether the Hub did not answer, or its answer says nothing about the file."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status == 429 or status >= 500 if status is not None else _connection(error)


def download(repo: str, path: str, *, revision: str | None = None, kind: str = "model", limit: int) -> Path:
    """Download a file of a repo, or take it from the cache if the Hub cannot be reached or the revision is a commit.

    Args:
        limit: in bytes; a larger file is refused before it is fetched.

    Raises:
        HubError: it cannot be fetched.
        DataError: it is larger than ``limit``.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    where = f"{repo}@{revision}" if revision else repo
    with calling(f"download {path} of {where}", repo):
        if revision and re.fullmatch("[0-9a-f]{40}", revision):  # a commit never changes: no request needed
            held = try_to_load_from_cache(repo, path, revision=revision, repo_type=kind)
            if isinstance(held, str):
                return Path(held)
        try:
            info = api().get_paths_info(repo, [path], revision=revision, repo_type=kind) if not _offline() else []
        except Exception as error:
            held = try_to_load_from_cache(repo, path, revision=revision, repo_type=kind)
            if isinstance(held, str) and unreachable(error):
                return Path(held)
            raise
        size = next((f.size for f in info if hasattr(f, "size")), 0)
        if size > limit:
            raise DataError(f"{path} of {where} has {size:,} bytes; at most {limit:,} are fetched.")
        return Path(hf_hub_download(repo, path, revision=revision, repo_type=kind))


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)
