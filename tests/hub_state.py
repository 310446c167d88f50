"""The content of a Hub: repos, commits, branches, tags, pull requests and blobs; and scripted failures."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Refusal(Exception):
    """An error answer: status, X-Error-Code, message, further body."""

    def __init__(self, status: int, code: str = "", message: str = "", **body: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.body = status, code, message, body


@dataclass
class Commit:
    sha: str
    files: dict[str, str]
    """path -> key of the blob"""
    parent: str | None
    title: str


@dataclass
class Discussion:
    num: int
    title: str
    author: str
    pull: bool
    base: str
    status: str = "open"
    comments: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Repo:
    kind: str
    id: str
    private: bool
    commits: dict[str, Commit]
    refs: dict[str, str]
    discussions: list[Discussion] = field(default_factory=list)


@dataclass
class Fault:
    """Applies to the next ``times`` requests of this method whose path matches."""

    method: str
    pattern: str
    times: int
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    """``before``: nothing is read. ``middle``: half of the body is read. ``after``: everything is done, the answer
    is lost."""


class State:
    """Repos by kind and name; blobs lie in ``folder``."""

    def __init__(self, folder: Path, tokens: dict[str, str], orgs: dict[str, list[str]]) -> None:
        self.folder, self.tokens, self.orgs = folder, tokens, orgs
        folder.mkdir(parents=True, exist_ok=True)
        self.repos: dict[tuple[str, str], Repo] = {}
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str]] = []
        self.lock = threading.RLock()

    def fail(self, method: str, pattern: str, status: int, *, times: int = 1, **headers: str) -> None:
        self.faults.append(Fault(method, pattern, times, status, {k.replace("_", "-"): v for k, v in headers.items()}))

    def cut(self, method: str, pattern: str, when: str = "middle", *, times: int = 1) -> None:
        self.faults.append(Fault(method, pattern, times, cut=when))

    def fault(self, method: str, path: str) -> Fault | None:
        for each in self.faults:
            if each.times and each.method == method and re.search(each.pattern, path):
                each.times -= 1
                return each
        return None

    # ---- blobs ----

    def store(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        (self.folder / key).write_bytes(data)
        return key

    def blob(self, key: str) -> bytes:
        return (self.folder / key).read_bytes()

    # ---- what tests look at and do by hand ----

    def repo(self, kind: str, name: str) -> Repo:
        return self.repos[kind, name]

    def files(self, kind: str, name: str, revision: str = "main") -> dict[str, bytes]:
        repo = self.repo(kind, name)
        return {path: self.blob(key) for path, key in repo.commits[resolve(repo, revision)].files.items()}

    def create(self, kind: str, name: str, *, private: bool = False) -> Repo:
        first = make_commit({".gitattributes": self.store(b"")}, None, "initial commit")
        self.repos[kind, name] = Repo(kind, name, private, {first.sha: first}, {"refs/heads/main": first.sha})
        return self.repos[kind, name]

    def commit(self, repo: Repo, ref: str, changes: dict[str, bytes | None], title: str = "by hand") -> Commit:
        parent = repo.commits[repo.refs[ref]]
        files = {**parent.files, **{p: self.store(b) for p, b in changes.items() if b is not None}}
        made = make_commit(
            {p: k for p, k in files.items() if p not in changes or changes[p] is not None}, parent.sha, title
        )
        repo.commits[made.sha], repo.refs[ref] = made, made.sha
        return made

    def merge(self, repo: Repo, num: int) -> None:
        pull = repo.discussions[num - 1]
        head = repo.commits[repo.refs[f"refs/pr/{num}"]]
        theirs, ours = {**head.files}, repo.commits[repo.refs["refs/heads/main"]].files
        base = repo.commits[pull.base].files
        if clash := [p for p in theirs if theirs[p] != base.get(p) and ours.get(p) != base.get(p)]:
            raise Refusal(409, message=f"conflict in {clash}")
        merged = {**ours, **{p: k for p, k in theirs.items() if k != base.get(p)}}
        made = make_commit(
            {p: k for p, k in merged.items() if p in theirs or p not in base}, repo.refs["refs/heads/main"], pull.title
        )
        repo.commits[made.sha], repo.refs["refs/heads/main"] = made, made.sha
        pull.status = "merged"


def make_commit(files: dict[str, str], parent: str | None, title: str) -> Commit:
    return Commit(hashlib.sha1(json.dumps([files, parent, title]).encode()).hexdigest(), dict(files), parent, title)


def resolve(repo: Repo, revision: str) -> str:
    for ref in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
        if ref in repo.refs:
            return repo.refs[ref]
    if revision in repo.commits:
        return revision
    raise Refusal(404, "RevisionNotFound", f"no revision {revision}")
