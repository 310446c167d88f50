"""A local Hub server for the tests: the real ``huggingface_hub`` client talks to it over HTTP (``HF_ENDPOINT``).

It keeps repos, commits, branches, tags, pull requests and LFS objects (``hub_state``), and checks write access.
``fail`` and ``cut`` script failures: an error status, or a connection that breaks before, in the middle of, or after a
request.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hub_state import Discussion, Refusal, Repo, State, resolve

LFS = (".safetensors", ".bin", ".jpg", ".png")
WHEN = "2026-01-01T00:00:00.000Z"


class Hub(State):
    """The state behind a server. Use it in a ``with`` statement; ``url`` is the endpoint."""

    def __init__(self, folder: Path, tokens: dict[str, str], orgs: dict[str, list[str]], port: int) -> None:
        super().__init__(folder, tokens, orgs)
        self.connections: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for each in self.connections:  # a client keeps its connection; the next test's Hub has the same port
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.hub.connections.append(self.connection)

    def log_message(self, *_: object) -> None:
        pass

    def serve(self) -> None:
        split = urlsplit(self.path)
        self.query = {k: v[-1] for k, v in parse_qs(split.query).items()}
        self.hub.calls.append((self.command, split.path))
        fault = self.hub.fault(self.command, split.path)
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.cut in ("before", "middle"):
            self.rfile.read(length // 2 if fault.cut == "middle" else 0)
            return self.hang_up()
        self.body = (
            self.read_chunked() if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(length)
        )
        if fault and fault.status:
            return self.answer(fault.status, {"error": "as scripted"}, **fault.headers)
        try:
            with self.hub.lock:
                reply = self.route([unquote(p) for p in split.path.strip("/").split("/")])
        except Refusal as refusal:
            extra = {"X-Error-Code": refusal.code} if refusal.code else {}
            reply = lambda refusal=refusal: self.answer(  # noqa: E731
                refusal.status, {"error": refusal.message, **refusal.body}, **extra
            )
        except Exception as error:  # a 500 would make the client retry for long
            text = f"{type(error).__name__}: {error}"
            reply = lambda: self.answer(400, {"error": text})  # noqa: E731
        if fault and fault.cut == "after":
            return self.hang_up()
        reply()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def read_chunked(self) -> bytes:
        out = b""
        while size := int(self.rfile.readline(), 16):
            out += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return out

    def answer(self, status: int, value: Any = None, **headers: str) -> None:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for key, text in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
            self.send_header(key, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    # ---- who may ----

    def user(self) -> str | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not token:
            return None
        if token not in self.hub.tokens:
            raise Refusal(401, message="Invalid credentials in Authorization header")
        return self.hub.tokens[token]

    def writer(self, namespace: str) -> str:
        user = self.user()
        if user is None:
            raise Refusal(401, message="Invalid username or password.")
        if namespace != user and user not in self.hub.orgs.get(namespace, []):
            raise Refusal(403, message=f"You don't have the required permissions: {user} may not write to {namespace}")
        return user

    def find(self, kind: str, name: str) -> Repo:
        repo, user, owner = self.hub.repos.get((kind, name)), self.user(), name.split("/", maxsplit=1)[0]
        if repo is None or (repo.private and user != owner and user not in self.hub.orgs.get(owner, [])):
            raise Refusal(401 if user is None else 404, "RepoNotFound", "Repository not found")
        return repo

    # ---- routes ----

    def route(self, parts: list[str]) -> Callable[[], None]:  # noqa: PLR0911 - one case an endpoint
        json_body = lambda: json.loads(self.body)  # noqa: E731
        reply = lambda value: lambda: self.answer(200, value)  # noqa: E731
        match parts:
            case ["api", "whoami-v2"]:
                if (user := self.user()) is None:
                    raise Refusal(401, message="Invalid credentials in Authorization header")
                orgs = [{"name": org, "type": "org"} for org, members in self.hub.orgs.items() if user in members]
                return reply({"name": user, "type": "user", "orgs": orgs, "auth": {"accessToken": {"role": "write"}}})
            case ["api", "agent-harnesses"]:
                return reply({"standardEnvVars": [], "harnesses": {}})
            case ["api", "validate-yaml"]:
                return reply({"errors": [], "warnings": []})
            case ["api", "repos", "create"]:
                return reply(self.create_repo(json_body()))
            case ["api", ("models" | "datasets" | "spaces") as kinds, owner, name, *rest]:
                return reply(self.api(self.find(kinds[:-1], f"{owner}/{name}"), rest, json_body))
            case ["lfs", key]:
                data = self.body
                if hashlib.sha256(data).hexdigest() != key:
                    raise Refusal(400, message="the object is not what its name says")
                self.hub.store(data)
                return reply({})
            case [*prefix, owner, name, "info", "lfs", "objects", "batch"] if name.endswith(".git"):
                kind = prefix[0][:-1] if prefix else "model"
                self.find(kind, f"{owner}/{name[:-4]}")
                return reply({"transfer": "basic", "objects": [self.lfs(each) for each in json_body()["objects"]]})
            case [("datasets" | "spaces") as kinds, owner, name, "resolve", revision, *path]:
                return self.file(self.find(kinds[:-1], f"{owner}/{name}"), revision, "/".join(path))
            case [owner, name, "resolve", revision, *path]:
                return self.file(self.find("model", f"{owner}/{name}"), revision, "/".join(path))
        raise Refusal(404, message=f"no such endpoint: {self.command} {self.path}")

    def create_repo(self, wanted: dict[str, Any]) -> dict[str, Any]:
        kind, owner = wanted.get("type") or "model", wanted.get("organization") or self.user()
        if "/" in wanted["name"]:
            owner, wanted["name"] = wanted["name"].split("/")
        self.writer(str(owner))
        name = f"{owner}/{wanted['name']}"
        url = f"{self.hub.url}/{'' if kind == 'model' else kind + 's/'}{name}"
        if (kind, name) in self.hub.repos:
            raise Refusal(409, message="You already created this repo", url=url)
        self.hub.create(kind, name, private=bool(wanted.get("private")) or wanted.get("visibility") == "private")
        return {"url": url, "name": name}

    def lfs(self, each: dict[str, Any]) -> dict[str, Any]:
        known = (self.hub.folder / each["oid"]).exists()
        return {**each} if known else {**each, "actions": {"upload": {"href": f"{self.hub.url}/lfs/{each['oid']}"}}}

    def entry(self, path: str, key: str) -> dict[str, Any]:
        data = self.hub.blob(key)
        out = {"type": "file", "path": path, "size": len(data), "oid": git_oid(data)}
        return out | ({"lfs": {"oid": key, "size": len(data), "pointerSize": 130}} if path.endswith(LFS) else {})

    def upload_mode(self, repo: Repo, revision: str, path: str) -> dict[str, Any]:
        held = repo.commits[resolve(repo, revision)].files.get(path)
        mode = {"path": path, "uploadMode": "lfs" if path.endswith(LFS) else "regular", "shouldIgnore": False}
        return mode if held is None else mode | {"oid": held if path.endswith(LFS) else git_oid(self.hub.blob(held))}

    def api(self, repo: Repo, rest: list[str], body: Callable[[], Any]) -> Any:  # noqa: PLR0911, PLR0912 - one case an endpoint
        owner = repo.id.split("/")[0]
        match rest:
            case [] | ["revision", _]:
                commit = repo.commits[resolve(repo, rest[1] if rest else "main")]
                siblings = [{"rfilename": path} for path in commit.files]
                return {
                    "id": repo.id,
                    "sha": commit.sha,
                    "private": repo.private,
                    "siblings": siblings,
                    "tags": [],
                    "downloads": 0,
                }
            case ["tree", revision, *path]:
                files, below = repo.commits[resolve(repo, revision)].files, "/".join(path)
                found = [
                    self.entry(p, k) for p, k in files.items() if not below or p == below or p.startswith(below + "/")
                ]
                if below and not found:
                    raise Refusal(404, "EntryNotFound", f"no {below}")
                return found if self.query.get("recursive") in ("true", "True", "1") else level(found, below)
            case ["paths-info", revision]:
                files = repo.commits[resolve(repo, revision)].files
                wanted = parse_qs(self.body.decode()).get("paths", []) if b"paths=" in self.body else body()["paths"]
                return [self.entry(p, files[p]) for p in wanted if p in files]
            case ["preupload", _]:
                if "create_pr" not in self.query:
                    self.writer(owner)
                return {"files": [self.upload_mode(repo, rest[1], f["path"]) for f in body()["files"]]}
            case ["commit", revision]:
                return self.commit(repo, revision)
            case ["branch", name]:
                return self.mark(repo, f"refs/heads/{name}", body().get("startingPoint") or "main", owner)
            case ["tag", revision]:
                return self.mark(repo, f"refs/tags/{body()['tag']}", revision, owner)
            case ["refs"]:
                kinds = {"heads": "branches", "tags": "tags", "pr": "pullRequests"}
                out: dict[str, list[Any]] = {"branches": [], "converts": [], "tags": [], "pullRequests": []}
                for ref, sha in repo.refs.items():
                    _, kind, name = ref.split("/", 2)
                    out[kinds[kind]].append({"name": name, "ref": ref, "targetCommit": sha})
                return out
            case ["commits", revision]:
                sha: str | None = resolve(repo, revision)
                log = []
                while sha:
                    log.append(
                        {"id": sha, "title": repo.commits[sha].title, "message": "", "authors": [], "date": WHEN}
                    )
                    sha = repo.commits[sha].parent
                return log
            case ["discussions"] if self.command == "GET":
                kinds = {"pull_request": True, "discussion": False}
                found = [
                    self.brief(repo, d)
                    for d in repo.discussions
                    if self.query.get("author", d.author) == d.author
                    and self.query.get("status", d.status) == d.status
                    and kinds.get(self.query.get("type", ""), d.pull) == d.pull
                ]
                return {"discussions": found, "count": len(found), "start": 0}
            case ["discussions"]:
                return {"num": self.open(repo, body()["title"], pull=bool(body().get("pullRequest"))).num}
            case ["discussions", num]:
                return self.details(repo, repo.discussions[int(num) - 1])
            case ["discussions", num, "merge"]:
                self.writer(owner)
                return self.hub.merge(repo, int(num))
            case ["discussions", num, "comment"]:
                repo.discussions[int(num) - 1].comments.append((self.writer(self.user() or ""), body()["comment"]))
                return {"newMessage": event(self.user() or "", body()["comment"])}
            case ["discussions", num, "status"]:
                repo.discussions[int(num) - 1].status = body()["status"]
                return {"newStatus": event(self.user() or "", "")}
        raise Refusal(404, message=f"no such endpoint: {self.command} {self.path}")

    def mark(self, repo: Repo, ref: str, revision: str, owner: str) -> dict[str, Any]:
        self.writer(owner)
        if ref in repo.refs:
            raise Refusal(409, message="Reference already exists")
        repo.refs[ref] = resolve(repo, revision)
        return {}

    def open(self, repo: Repo, title: str, *, pull: bool) -> Discussion:
        author = self.user()
        if author is None:
            raise Refusal(401, message="Invalid username or password.")
        made = Discussion(len(repo.discussions) + 1, title, author, pull, repo.refs["refs/heads/main"])
        repo.discussions.append(made)
        if pull:
            repo.refs[f"refs/pr/{made.num}"] = made.base
        return made

    def brief(self, repo: Repo, d: Discussion) -> dict[str, Any]:
        return {
            "num": d.num,
            "title": d.title,
            "author": {"name": d.author},
            "status": d.status,
            "isPullRequest": d.pull,
            "createdAt": WHEN,
            "repo": {"name": repo.id, "type": repo.kind},
        }

    def details(self, repo: Repo, d: Discussion) -> dict[str, Any]:
        base = repo.commits[d.base].files
        head = repo.commits[repo.refs.get(f"refs/pr/{d.num}", d.base)].files
        changed = sorted(p for p in {*base, *head} if base.get(p) != head.get(p))
        diff = "".join(f"diff --git a/{p} b/{p}\n" for p in changed)
        return {
            **self.brief(repo, d),
            "events": [event(*each) for each in d.comments],
            "diff": diff,
            "filesWithConflicts": [],
            "changes": {"base": "refs/heads/main"},
        }

    def commit(self, repo: Repo, revision: str) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.body.splitlines() if line]
        header = next(x["value"] for x in lines if x["key"] == "header")
        pull = "create_pr" in self.query
        ref = f"refs/heads/{revision}" if not revision.startswith("refs/") else revision
        base = repo.refs.get(ref) or resolve(repo, revision)
        if header.get("parentCommit") not in (None, base) and not pull:
            raise Refusal(412, message="A commit has happened since. Please refresh and try again.")
        changes: dict[str, bytes | None] = {}
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                changes[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                changes[value["path"]] = self.hub.blob(value["oid"])
            elif line["key"] == "deletedFile":
                changes[value["path"]] = None
        prefix = f"{self.hub.url}/{'' if repo.kind == 'model' else repo.kind + 's/'}{repo.id}"
        if pull:
            d = self.open(repo, header["summary"], pull=True)
            made = self.hub.commit(repo, f"refs/pr/{d.num}", changes, header["summary"])
            return {
                "commitUrl": f"{prefix}/commit/{made.sha}",
                "commitOid": made.sha,
                "pullRequestUrl": f"{prefix}/discussions/{d.num}",
            }
        pr = re.fullmatch(r"refs/pr/(\d+)", ref)
        if not (pr and repo.discussions[int(pr[1]) - 1].author == self.user()):
            self.writer(repo.id.split("/")[0])
        made = self.hub.commit(repo, ref, changes, header["summary"])
        return {"commitUrl": f"{prefix}/commit/{made.sha}", "commitOid": made.sha}

    def file(self, repo: Repo, revision: str, path: str) -> Callable[[], None]:
        sha = resolve(repo, revision)
        if path not in repo.commits[sha].files:
            raise Refusal(404, "EntryNotFound", f"no {path}")
        data = self.hub.blob(key := repo.commits[sha].files[path])
        headers = {
            "X-Repo-Commit": sha,
            "ETag": f'"{git_oid(data)}"',
            "Content-Type": "application/octet-stream",
            "Accept-Ranges": "bytes",
        }
        if path.endswith(LFS):
            headers |= {"X-Linked-Etag": f'"{key}"', "X-Linked-Size": str(len(data))}
        if span := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            low, high = int(span[1]), min(int(span[2] or len(data) - 1), len(data) - 1)
            part = data[low : high + 1]
            return lambda: self.answer(206, part, **headers, **{"Content-Range": f"bytes {low}-{high}/{len(data)}"})
        return lambda: self.answer(200, data, **headers)


def level(entries: list[dict[str, Any]], below: str) -> list[dict[str, Any]]:
    """The entries directly in a folder, and its folders."""
    start = len(below) + 1 if below else 0
    out: dict[str, dict[str, Any]] = {}
    for each in entries:
        name, deeper, _ = each["path"][start:].partition("/")
        path = each["path"][:start] + name
        out[path] = {"type": "directory", "path": path, "size": 0, "oid": git_oid(path.encode())} if deeper else each
    return list(out.values())


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def event(author: str, text: str) -> dict[str, Any]:
    return {
        "id": "0" * 24, "type": "comment", "createdAt": WHEN, "author": {"name": author},
        "data": {"edited": False, "hidden": False, "latest": {"raw": text, "html": "", "updatedAt": WHEN,
            "author": {"name": author}}},
    }  # fmt: skip
