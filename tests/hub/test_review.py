"""Untrusted pull requests: what is refused, and what is merged."""

from __future__ import annotations

import contextlib
import json
import re
import sys

import pytest
from finished_run import make_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submissions import review, tree_of

from synthbench.board import store, verify
from synthbench.entrant import recipe
from synthbench.errors import DataError
from synthbench.hub import board as hub_board
from synthbench.hub.submit import plan
from synthbench.result import result
from synthbench.result.result import content_id, to_json


def test_a_good_one_passes(record):
    assert review(tree_of(record)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generator__name": "../../etc/passwd"}, "name .* must match"),
        ({"generator__name": "ѕhaders"}, "must match"),
        ({"generator__title": "Shаders-open"}, "mixes Latin with letters that look like it"),  # the a is Cyrillic
        ({"generator__title": "abc\u202edcba"}, r"U\+202E"),
        ({"generator__citation": "zero\u200bwidth"}, r"U\+200B"),
        ({"generator__params": {"a\x1b[31m": 1}}, r"U\+001B"),
        ({"command": "x" * 5000}, "5,000 characters"),
        ({"generator__code_url": "javascript:alert(1)"}, "not an https address"),
        ({"protocol__id": "my-own-rules"}, "there is no protocol 'my-own-rules'"),
        ({"protocol__sha256": "0" * 64}, "protocol hash differs from that"),
        ({"protocol__overrides": {"optimizer.epochs": 1}}, "claims changed rules"),
        ({"data__resolution": 512}, "images of 512 px"),
        ({"data__n_images": 10**9}, "the protocol has 4,096"),
        ({"scores__0__task": "my-task"}, "scores that are not in the protocol: my-task"),
        ({"scores__0__chance": 0.9}, "chance is"),
        ({"scores__0__dataset_id": "my-data"}, "was scored on my-data"),
        ({"created_at": "2999-01-01T00:00:00Z"}, "lies in the future"),
        ({"submitter": None}, "does not name a submitter"),
        ({"submitter__hf_user": "bob"}, "sent by alice, but names 'bob'"),
        ({"supersedes": "0" * 64}, "supersedes 000000000000, which is not on the board"),
    ],
)
def test_what_breaks_the_rules_is_refused_with_the_reason(record, change, message):
    problems = review(tree_of(record, **change))
    assert any(re.search(message, p) for p in problems), problems


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "changes 0: none"),
        ({"results/a.json": b"{}", "README.md": b"x"}, "adds one file; this one changes 2"),
        ({"results/p/e/x.json": None}, "it deletes"),
        ({"verifications/x.json": b"{}"}, "maintainers change the rest"),
        ({"README.md": b"x"}, "maintainers change the rest"),
        ({"results/../verifications/x.json": b"{}"}, "not a valid result"),
        ({"results/p/e/x.json": b"\xff\xfe"}, "not UTF-8"),
        ({"results/p/e/x.json": b"[" * 100_000}, "nested too deeply"),
        ({"results/p/e/x.json": b" " * 10_000_000}, "larger than"),
        ({"results/p/e/x.json": b'{"schema_version": NaN}'}, "not a finite number"),
    ],
)
def test_files_that_are_no_submission(changes, message):
    with_reason = verify.review("alice", changes, [])[1]
    assert len(with_reason) == 1
    assert message in with_reason[0]


def test_a_path_elsewhere(record):
    tree = tree_of(record)
    for path in (
        "results/x.json",
        f"results/{tree['protocol']['id']}/other/{tree['submission_id']}.json",
        f"results/../results/{tree['submission_id']}.json",
    ):
        assert any("it belongs at" in p for p in review(tree, path)), path


def test_a_forged_id(record):
    forged = json.loads(to_json(record)) | {"submission_id": "0" * 64}
    assert any("submission_id is not the hash" in p for p in review(forged))


def test_anothers_weights_and_rows(record):
    theirs = tree_of(record, submitter__hf_user="bob")
    assert any("are the same as in" in p for p in review(theirs, author="bob", board=[record]))
    takes_over = tree_of(record, submitter__hf_user="bob", supersedes=record.submission_id)
    assert any("is by another submitter" in p for p in review(takes_over, author="bob", board=[record]))
    corrected = tree_of(record, supersedes=record.submission_id, command="other")
    assert review(corrected, board=[record]) == []
    assert any("on the board already" in p for p in review(tree_of(record), board=[record]))


def test_a_submissions_code_is_never_run(hub, board, runs, tmp_path, login, monkeypatch):
    """Its repo contains a module, a setup.py, a pickle, and a path to the generator; none of them is imported or
    opened."""
    from synthbench import cli
    from synthbench.hub.submit import submit

    mine = recipe.resolve("white-noise").model_copy(update={"name": "mine", "license": "MIT"})
    run = make_run(mine, 3, tmp_path / "mine")
    sent = submit(plan([run], leaderboard=board, user="alice")).record
    repo = hub.repo("model", sent.runs[0].encoder.repo)
    trap = f"open({str(tmp_path / 'pwned')!r}, 'w')".encode()
    hub.commit(
        repo, "refs/heads/main", {"modeling.py": trap, "setup.py": trap, "conftest.py": trap, "pytorch_model.bin": trap}
    )
    login("mona")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys, "argv", ["synthbench", "board", "verify", "--pull-request", "1", "--merge", "--leaderboard", board]
    )
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    monkeypatch.setattr(
        sys, "argv", ["synthbench", "board", "verify", sent.submission_id[:10], "--weights", "--leaderboard", board]
    )
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    assert not (tmp_path / "pwned").exists()
    assert "modeling" not in sys.modules


def test_what_is_merged_is_on_the_board_as_checked(hub, board, runs, login, call):
    """The printed tier is the row's tier; a second submission of the same weights is checked against the first."""
    from synthbench.hub.submit import submit

    sent = submit(plan(runs, leaderboard=board, user="alice")).record
    login("mona")
    submit(plan(runs, leaderboard=board, user="mona", repo="mine"))
    answer = call("board", "verify", "--open", "--merge", "--leaderboard", board)
    assert answer.code == 1
    assert "pull request 1: checked" in answer.out
    assert "yes images, seed 0" in answer.out
    assert "merged: on the board as checked" in answer.out
    assert "pull request 2: refused" in answer.out
    assert "its weights" in answer.out.partition("pull request 2")[2]
    assert [d.status for d in hub.repo("dataset", board).discussions] == ["merged", "open"]
    held = store.read(hub_board.fetch(board))
    assert held.tiers == {sent.submission_id: "checked"}


def test_a_pull_request_is_read_from_the_hub(hub, board, runs, login):
    from synthbench.hub.submit import submit

    submit(plan(runs, leaderboard=board, user="alice"))
    hub.commit(hub.repo("dataset", board), "refs/heads/main", {"README.md": b"changed since"})
    pull = hub_board.pull_request(board, 1)
    assert (pull.author, len(pull.changes)) == ("alice", 1)
    assert verify.review(pull.author, pull.changes, [])[1] == []
    hub.commit(hub.repo("dataset", board), "refs/pr/1", {"verifications/x.json": b"{}", "big.json": b" " * 2_000_000})
    with pytest.raises(DataError, match="2,000,000 bytes"):
        hub_board.pull_request(board, 1)
    hub.commit(hub.repo("dataset", board), "refs/pr/1", {"big.json": None})
    pull = hub_board.pull_request(board, 1)
    assert "changes 2" in verify.review(pull.author, pull.changes, [])[1][0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=8), x, max_size=4),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_is_refused_or_harmless(record, data):
    """Put any JSON anywhere into a good record: the reader raises only DataError, and records that pass hold only
    consistent numbers."""
    tree = json.loads(to_json(record))
    node, path = tree, []
    while isinstance(node, (dict, list)) and node and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append((node, key))
        node = node[key]
    holder, key = path[-1]
    holder[key] = data.draw(JSON)
    if data.draw(st.booleans()):
        with contextlib.suppress(ValueError):
            tree["submission_id"] = content_id(tree)
    try:
        raw = json.dumps(tree).encode()
    except ValueError:
        return
    found, problems = verify.review("alice", {"results/x.json": raw}, [])
    if found is not None:
        assert problems  # at least the path is wrong
        assert 0 <= found.aggregate.value <= 1
        assert all(0 <= s.value <= 1 for score in found.scores for s in score.per_seed)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300), at=st.integers(0, 10**6), cut=st.integers(0, 40))
def test_the_reader_survives_any_bytes(record, raw, at, cut):
    good = to_json(record).encode()
    at %= len(good)
    for data in (raw, good[:at] + raw + good[at + cut :]):
        try:
            result.parse(data, "fuzz")
        except DataError as error:
            assert "fuzz is not a valid result" in str(error)  # noqa: PT017 - some of them are valid


def test_a_pull_request_that_changed_since_is_not_merged(hub, board, runs, login):
    from synthbench.errors import HubError
    from synthbench.hub.submit import submit

    submit(plan(runs, leaderboard=board, user="alice"))
    pull = hub_board.pull_request(board, 1)
    hub.commit(hub.repo("dataset", board), "refs/pr/1", {"verifications/x.json": b"{}"})
    login("mona")
    with pytest.raises(HubError, match="changed after it was checked"):
        hub_board.merge(board, 1, pull.head)
    assert hub.repo("dataset", board).discussions[0].status == "open"
