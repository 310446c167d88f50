"""Calls to the Hub for data sets, with errors that say what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from synthbench.errors import DataError

TRIES = 5
"""Number of downloads of a file before its error is raised."""


def info_of(repo: str, revision: str | None) -> Any:
    """What the Hub says about a data set: its commit, files and card.

    Raises:
        DataError: as ``hub_errors``.
    """
    from huggingface_hub import HfApi

    with hub_errors(repo):
        return HfApi().dataset_info(repo, revision=revision, files_metadata=True, timeout=30)


@contextmanager
def downloaded(repo: str, revision: str, name: str, folder: Path) -> Iterator[Path]:
    """Download a file of the repository, deleted afterwards; the client resumes a killed process's download.

    Raises:
        DataError: as ``hub_errors``.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    for left in reversed(range(TRIES)):
        try:
            with hub_errors(repo):
                path = Path(hf_hub_download(repo, name, repo_type="dataset", revision=revision, local_dir=folder))
            break
        except DataError as error:
            lost = isinstance(error.__cause__, HfHubHTTPError) and error.__cause__.response.status_code < 500
            if not left or lost:
                raise
            time.sleep(2.0 ** (TRIES - left))
    yield path
    with suppress(OSError):
        path.unlink()


@contextmanager
def hub_errors(repo: str) -> Iterator[None]:
    """Turn the client's exceptions into a DataError that says what to do."""
    from huggingface_hub import errors

    token = "`hf auth login` or HF_TOKEN lets you in, if you may"
    try:
        yield
    except errors.GatedRepoError as error:
        raise DataError(f"{repo!r} is gated: accept its terms on its page on the Hub; then {token}.") from error
    except errors.RevisionNotFoundError as error:
        raise DataError(f"{repo!r} does not have this revision on the Hub.") from error
    except errors.RepositoryNotFoundError as error:
        raise DataError(
            f"the Hub has no data set {repo!r}, or a private one: check the name; for a private one, {token}."
        ) from error
    except errors.OfflineModeIsEnabled as error:
        raise DataError(f"{repo!r} cannot be fetched: HF_HUB_OFFLINE is set. Unset it.") from error
    except errors.HfHubHTTPError as error:
        raise DataError(f"the Hub refuses {repo!r}: {str(error).splitlines()[0]}") from error
    except Exception as error:  # the client's transport has changed its exceptions twice
        reason = " ".join(str(error).split())[:300]
        raise DataError(
            f"the Hub cannot be reached for {repo!r} ({type(error).__name__}: "
            f"{reason}). What is here is kept; try again."
        ) from error
