"""The leaderboard's dataset repo: create it, read it and its pull requests, write verifications, publish the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image

from synthbench.errors import DataError, HubError, UsageError
from synthbench.hub import client
from synthbench.hub.card import dataset_card, space_card
from synthbench.result.result import MAX_BYTES, Result, json_schema

WORKFLOW = "verify.yml"
MAX_SHEET, MAX_PIXELS = 30 * 2**20, 40_000_000


def create(repo: str, *, private: bool = False) -> str:
    """Create the dataset repo of a leaderboard, with its card, the schema and the maintainers' workflow; returns its
    address. For an existing repo, update these files and keep the results."""
    from huggingface_hub import CommitOperationAdd

    schema = json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
    workflow = (
        (resources.files("synthbench.leaderboard") / WORKFLOW)
        .read_text(encoding="utf-8")
        .replace("OWNER/LEADERBOARD", repo)
    )
    files = {"README.md": dataset_card(repo), "result.schema.json": schema, WORKFLOW: workflow}
    with client.calling(f"create the leaderboard {repo}", repo, sends=True):
        api = client.api()
        url = api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        adds = [CommitOperationAdd(name, text.encode()) for name, text in files.items()]
        api.create_commit(repo, adds, repo_type="dataset", commit_message="Card, schema and workflow")
    return str(url)


def fetch(repo: str) -> Path:
    """Fetch the leaderboard's results and verifications into the cache and return the folder. Without a network, the
    last fetched version is used.

    Raises:
        HubError: it cannot be fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    kept = ["README.md", "results/*", "verifications/*"]

    def read(**where: Any) -> Path:
        return Path(snapshot_download(repo, repo_type="dataset", allow_patterns=kept, **where))

    with client.calling(f"read the leaderboard {repo}", f"the dataset {repo}"):
        try:
            return read()
        except Exception as error:
            if not client.unreachable(error):
                raise
            with suppress(LocalEntryNotFoundError):
                return read(local_files_only=True)
            raise


@dataclass(frozen=True)
class PullRequest:
    """An open submission: the sender, and the files that it changes (path -> bytes, None for deleted files)."""

    num: int
    author: str
    head: str
    """The commit that was read."""
    changes: dict[str, bytes | None]


def open_pull_requests(repo: str) -> list[int]:
    """Numbers of the open pull requests, oldest first."""
    with client.calling(f"list the pull requests of {repo}", f"the dataset {repo}"):
        found = client.api().get_repo_discussions(
            repo, repo_type="dataset", discussion_type="pull_request", discussion_status="open"
        )
        return sorted(each.num for each in found if each.is_pull_request)


def pull_request(repo: str, num: int) -> PullRequest:
    """Read a pull request: its files are compared with main's by content, and treated as untrusted.

    Raises:
        HubError: it does not exist.
        DataError: a changed file is larger than a record may be.
    """
    revision = f"refs/pr/{num}"
    with client.calling(f"read pull request {num} of {repo}", f"the dataset {repo}"):
        api = client.api()
        about = api.get_discussion_details(repo, num, repo_type="dataset")
        head = _head(repo, num)
        theirs = _tree(repo, head)
        ours = _tree(repo, "main")
        base = _tree(repo, _base(repo, revision))
    changes: dict[str, bytes | None] = {}
    for path, (oid, size) in theirs.items():
        if base.get(path, ("", 0))[0] == oid or ours.get(path, ("", 0))[0] == oid:
            continue
        if size > MAX_BYTES:
            raise DataError(
                f"pull request {num}: {path[:200]!r} has {size:,} bytes; a record has at most {MAX_BYTES:,}."
            )
        changes[path] = client.download(repo, path, revision=head, kind="dataset", limit=MAX_BYTES).read_bytes()
    changes |= {path: None for path in base if path not in theirs}
    return PullRequest(num, str(about.author), head, changes)


def _head(repo: str, num: int) -> str:
    return str(client.api().repo_info(repo, repo_type="dataset", revision=f"refs/pr/{num}").sha)


def _base(repo: str, revision: str) -> str:
    """The commit of main that a pull request is based on."""
    api = client.api()
    mine = {c.commit_id for c in api.list_repo_commits(repo, repo_type="dataset", revision="main")}
    for commit in api.list_repo_commits(repo, repo_type="dataset", revision=revision):
        if commit.commit_id in mine:
            return str(commit.commit_id)
    return "main"


def _tree(repo: str, revision: str) -> dict[str, tuple[str, int]]:
    from huggingface_hub import RepoFile

    found = client.api().list_repo_tree(repo, recursive=True, revision=revision, repo_type="dataset")
    return {f.path: (f.blob_id, f.size) for f in found if isinstance(f, RepoFile)}


def write(repo: str, files: Mapping[str, str], message: str) -> str:
    """Commit files to the leaderboard (maintainers only); returns the commit's address."""
    from huggingface_hub import CommitOperationAdd

    with client.calling(f"write to the leaderboard {repo}", repo, sends=True):
        adds = [CommitOperationAdd(path, text.encode()) for path, text in files.items()]
        return str(client.api().create_commit(repo, adds, repo_type="dataset", commit_message=message).commit_url)


def merge(repo: str, num: int, head: str) -> None:
    """Merge a pull request (maintainers only), if it still has the commit that was checked.

    Raises:
        HubError: it has changed since.
    """
    with client.calling(f"merge pull request {num} of {repo}", repo):
        if _head(repo, num) != head:
            raise HubError(
                f"pull request {num} of {repo} changed after it was checked; nothing was merged. Run the same command "
                "again."
            )
        client.api().merge_pull_request(repo, num, repo_type="dataset")


def sheets(records: Iterable[Result]) -> dict[str, Path]:
    """The contact sheets in the encoders' repos, by submission id; invalid ones are skipped."""
    from synthbench.result.folder import SHEET

    found = {}
    for record in records:
        held = record.runs[0].encoder
        if held.repo is None or held.revision is None:
            continue
        try:
            path = client.download(held.repo, SHEET, revision=held.revision, limit=MAX_SHEET)
            with Image.open(path, formats=["PNG"]) as sheet:
                if sheet.width * sheet.height <= MAX_PIXELS:
                    sheet.load()
                    found[record.submission_id] = path
        except (HubError, DataError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
    return found


def publish(page: Path, space: str, title: str) -> str:
    """Upload a built page to a static Space in one commit, and delete files of an older page.

    Returns the Space's address.

    Raises:
        UsageError: the folder does not hold a page.
        HubError: says what to do; the same call continues.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    if not (page / "index.html").is_file():
        raise UsageError(f"{page} does not hold a page; `synthbench board build --out {page}` makes one.")
    files = {
        p.relative_to(page).as_posix(): p for p in sorted(page.rglob("*")) if p.is_file() and not p.name.startswith(".")
    }
    with client.calling(f"publish the page to {space}", space, sends=True):
        api = client.api()
        url = str(api.create_repo(space, repo_type="space", space_sdk="static", exist_ok=True))
        held = {f.path for f in api.list_repo_tree(space, recursive=True, repo_type="space") if hasattr(f, "blob_id")}
        stale = [p for p in held if re.match(r"(sheets|badges)/", p) and p not in files]
        operations = [
            CommitOperationAdd("README.md", space_card(title).encode()),
            *(CommitOperationAdd(n, p) for n, p in files.items()),
        ]
        api.create_commit(
            space,
            [*operations, *(CommitOperationDelete(p) for p in stale)],
            repo_type="space",
            commit_message="Publish",
        )
    return url
