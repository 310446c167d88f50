"""The local Hub answers the real client."""

from __future__ import annotations

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError


def test_repos_commits_and_files(hub, tmp_path):
    api = HfApi(token="hf_alice")
    assert api.whoami()["name"] == "alice"
    api.create_repo("alice/net")
    api.create_repo("alice/net", exist_ok=True)
    weights = bytes(range(256)) * 4000
    done = api.create_commit(
        "alice/net",
        [CommitOperationAdd("a/b.txt", b"text"), CommitOperationAdd("model.safetensors", weights)],
        commit_message="x",
    )
    assert hub.files("model", "alice/net")["model.safetensors"] == weights
    assert {f.path for f in api.list_repo_tree("alice/net", recursive=True)} >= {"a/b.txt", "model.safetensors"}
    path = hf_hub_download("alice/net", "model.safetensors", revision=done.oid, token=False, cache_dir=tmp_path)
    assert open(path, "rb").read() == weights  # noqa: SIM115
    folder = snapshot_download("alice/net", token=False, cache_dir=tmp_path)
    assert open(f"{folder}/a/b.txt").read() == "text"  # noqa: SIM115


def test_a_pull_request_is_opened_read_and_merged(hub):
    mona, alice = HfApi(token="hf_mona"), HfApi(token="hf_alice")
    mona.create_repo("board/results", repo_type="dataset")
    add = [CommitOperationAdd("results/x.json", b"{}")]
    done = alice.create_commit("board/results", add, commit_message="Submit x", repo_type="dataset", create_pr=True)
    assert (done.pr_num, done.pr_revision) == (1, "refs/pr/1")
    (found,) = alice.get_repo_discussions(
        "board/results", repo_type="dataset", author="alice", discussion_status="open"
    )
    assert found.title == "Submit x"
    assert (
        alice.get_discussion_details("board/results", 1, repo_type="dataset").diff
        == "diff --git a/results/x.json b/results/x.json\n"
    )
    with pytest.raises(HfHubHTTPError, match="403"):
        alice.merge_pull_request("board/results", 1, repo_type="dataset")
    mona.merge_pull_request("board/results", 1, repo_type="dataset")
    assert hub.files("dataset", "board/results")["results/x.json"] == b"{}"


def test_a_stale_parent_and_an_unauthorised_user_are_refused(hub):
    alice, mona = HfApi(token="hf_alice"), HfApi(token="hf_mona")
    alice.create_repo("alice/net", private=True)
    old = alice.repo_info("alice/net").sha
    alice.create_commit("alice/net", [CommitOperationAdd("a", b"1")], commit_message="x", parent_commit=old)
    with pytest.raises(HfHubHTTPError, match="412"):
        alice.create_commit("alice/net", [CommitOperationAdd("a", b"2")], commit_message="x", parent_commit=old)
    with pytest.raises(RepositoryNotFoundError):
        mona.repo_info("alice/net")
