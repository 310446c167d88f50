"""Records as a submitter, or a forger, would send them."""

from __future__ import annotations

import json

from synthbench.board import verify
from synthbench.result import result
from synthbench.result.result import content_id, to_json


def sealed(tree):
    tree["submission_id"] = content_id(tree)
    return result.parse(json.dumps(tree).encode(), "x")


def tree_of(record, **changes):
    tree = json.loads(to_json(record))
    for path, value in changes.items():
        node = tree
        *parts, last = path.split("__")
        for part in parts:
            node = node[int(part) if part.isdigit() else part]
        node[last] = value
    tree["submission_id"] = content_id(tree)
    return tree


def review(tree, path=None, author="alice", board=()):
    raw = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    path = path or f"results/{tree['protocol']['id']}/{tree['generator']['name']}/{tree['submission_id']}.json"
    return verify.review(author, {path: raw}, board)[1]
