"""Failures of Hub calls while something is read, merged or published; and malicious repos."""

from __future__ import annotations

import sys

import pytest
from PIL import Image

import synthbench
from synthbench.errors import DataError, HubError
from synthbench.hub import board as hub_board
from synthbench.hub import pull
from synthbench.hub.pull import Address
from synthbench.pretrain.encoder import initial


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> bytes:
    """A small encoder's file."""
    path = tmp_path_factory.mktemp("weights") / "encoder.safetensors"
    initial("resnet18", size=32, mean=(0.5,) * 3, std=(0.5,) * 3, seed=0, width=8).save(path)
    return path.read_bytes()


@pytest.fixture
def net(hub, login, weights) -> str:
    """alice's public encoder."""
    hub.commit(hub.create("model", "alice/net"), "refs/heads/main", {"model.safetensors": weights})
    login("alice")
    return "alice/net"


ANSWERS = {
    401: "rejects your token",
    403: "token does not allow this",
    404: "there is no|no such",
    409: "changed by someone else",
    412: "changed by someone else",
    429: "Wait 7 s",
    500: "a server error",
    503: "a server error",
}


@pytest.mark.parametrize(
    ("method", "path", "act"),
    [
        ("POST", "/api/models/.*/paths-info", lambda: synthbench.load_encoder("alice/net")),
        ("GET", "/api/datasets/board/results", lambda: hub_board.fetch("board/results")),
        ("GET", "/api/datasets/.*/discussions", lambda: hub_board.open_pull_requests("board/results")),
        (
            "POST",
            "/api/datasets/.*/commit",
            lambda: hub_board.write("board/results", {"verifications/x.json": "{}"}, "x"),
        ),
    ],
)
def test_every_answer_is_explained(hub, board, net, login, no_waiting, method, path, act):
    login("mona")
    for status, message in ANSWERS.items():
        headers = {"X_Error_Code": "RepoNotFound"} if status == 404 else {}
        hub.fail(method, path, status, times=20, Retry_After="7", **headers)
        with pytest.raises(HubError, match=rf"(?s)(cannot|there is no file or folder).*({message})"):
            act()
        hub.faults.clear()
    act()


@pytest.mark.parametrize("when", ["before", "middle", "after"])
@pytest.mark.parametrize("path", ["/api/models/.*/paths-info", "/resolve/"])
def test_a_download_that_breaks_is_explained_and_repeated(hub, net, no_waiting, path, when):
    for method in ("GET", "POST", "HEAD"):
        hub.cut(method, path, when, times=20)
    with pytest.raises(HubError, match=r"the connection failed|cannot be reached"):
        synthbench.load_encoder(net)
    hub.faults.clear()
    assert synthbench.load_encoder(net).features


@pytest.mark.parametrize("revision", ["", "@main"])
def test_a_cached_encoder_needs_no_network(hub, net, no_waiting, revision):
    """Neither by the repo's name nor by a branch, also without HF_HUB_OFFLINE."""
    assert synthbench.load_encoder(net + revision).features
    for method in ("GET", "POST", "HEAD"):
        hub.cut(method, "/", "before", times=100)
    assert synthbench.load_encoder(net + revision).features
    hub.faults.clear()
    hub.fail("POST", "/paths-info", 503, times=100)
    assert synthbench.load_encoder(net + revision).features


def test_a_cached_leaderboard_needs_no_network(hub, board, no_waiting):
    folder = hub_board.fetch(board)
    for method in ("GET", "POST", "HEAD"):
        hub.cut(method, "/", "before", times=100)
    assert hub_board.fetch(board) == folder
    hub.faults.clear()
    hub.fail("GET", "/", 503, times=100)
    assert hub_board.fetch(board) == folder


def test_a_download_that_fails_does_not_speak_of_an_upload(hub, net, no_waiting):
    for method in ("GET", "POST", "HEAD"):
        hub.cut(method, "/", "before", times=100)
    with pytest.raises(HubError, match=r"cannot download .* the connection failed") as caught:
        synthbench.load_encoder(net)
    assert "upload" not in str(caught.value)
    with pytest.raises(HubError, match="what was uploaded is kept"):
        hub_board.write("board/results", {"verifications/x.json": "{}"}, "x")


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_bars_are_for_terminals(hub, net, monkeypatch, terminal):
    import huggingface_hub.utils as bars
    from huggingface_hub import constants

    module = sys.modules["huggingface_hub.utils.tqdm"]
    for place in (constants, module):  # as in a shell without the variable
        monkeypatch.setattr(place, "HF_HUB_DISABLE_PROGRESS_BARS", None)
    monkeypatch.setattr(module, "progress_bar_states", {})
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert not bars.are_progress_bars_disabled()
    synthbench.load_encoder(net)
    assert bars.are_progress_bars_disabled() != terminal


def test_a_private_encoder(hub, login, weights):
    repo = hub.create("model", "alice/secret", private=True)
    hub.commit(repo, "refs/heads/main", {"model.safetensors": weights})
    for user in ("mona", None):
        login(user)
        with pytest.raises(
            HubError, match="alice/secret that you may read. Check the spelling; a private one needs a token"
        ):
            synthbench.load_encoder("alice/secret")
    login("alice")
    assert synthbench.load_encoder("alice/secret").features


def test_a_pull_request_in_conflict(hub, board, login):
    repo, login_as = hub.repo("dataset", board), login
    from huggingface_hub import CommitOperationAdd, HfApi

    for text in (b"{}", b"[]"):
        api = HfApi(token="hf_alice")
        api.create_commit(
            board, [CommitOperationAdd("results/x.json", text)], commit_message="x", repo_type="dataset", create_pr=True
        )
    login_as("mona")
    heads = [hub_board.pull_request(board, n).head for n in (1, 2)]
    hub_board.merge(board, 1, heads[0])
    with pytest.raises(HubError, match="changed by someone else in the meantime"):
        hub_board.merge(board, 2, heads[1])
    assert [d.status for d in repo.discussions] == ["merged", "open"]


def test_a_file_that_claims_100_gb_is_not_fetched(hub, net, monkeypatch):
    import hub_server

    honest = hub_server.Handler.entry
    monkeypatch.setattr(hub_server.Handler, "entry", lambda *args: honest(*args) | {"size": 100 * 10**9})
    with pytest.raises(DataError, match="100,000,000,000 bytes; at most 1,073,741,824 are fetched"):
        pull.fetch(Address(net))
    assert not any("/resolve/" in path for _, path in hub.calls)


def test_publishing_goes_on_after_it_broke(hub, login, no_waiting, tmp_path):
    login("mona")
    (tmp_path / "sheets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    Image.new("RGB", (8, 8)).save(tmp_path / "sheets" / "a.jpg")
    hub.cut("POST", "/commit/main", "after", times=20)
    with pytest.raises(HubError, match="run the same command again"):
        hub_board.publish(tmp_path, "board/page", "page")
    hub.faults.clear()
    hub_board.publish(tmp_path, "board/page", "page")
    assert {"index.html", "sheets/a.jpg", "README.md"} <= hub.files("space", "board/page").keys()
    login("alice")
    with pytest.raises(HubError, match="token does not allow this on board/page"):
        hub_board.publish(tmp_path, "board/page", "page")
