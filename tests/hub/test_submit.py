"""Submit over HTTP with the real client: the encoder's repo, one pull request, and every possible interruption."""

from __future__ import annotations

import json

import pytest

from synthbench.errors import DataError, HubError, UsageError
from synthbench.hub import client
from synthbench.hub import submit as hub_submit
from synthbench.hub.submit import plan, submit
from synthbench.measure.measurement import Measurement, Value
from synthbench.result import folder, result
from synthbench.storage.files import write_json, write_text

TITLE = "white-noise under simclr-resnet18-pocket"


def send(runs, board, **options):
    return submit(plan(runs, leaderboard=board, user="alice", **options))


def pulls(hub):
    return hub.repo("dataset", "board/results").discussions


def test_a_submission(hub, board, runs):
    done = send(runs, board, code_url="https://example.org/noise", license="MIT")
    assert done.url == f"{hub.url}/datasets/board/results/discussions/1"
    assert not done.existed
    record, (pull,) = done.record, pulls(hub)
    assert (pull.title, pull.author, pull.status) == (f"{TITLE} [{record.submission_id[:12]}]", "alice", "open")
    path = f"results/simclr-resnet18-pocket/white-noise/{record.submission_id}.json"
    files = hub.files("dataset", board, "refs/pr/1")
    assert result.parse(files[path], path) == record
    assert set(files) - set(hub.files("dataset", board)) == {path}
    assert [run.seed for run in record.runs] == [0, 1]
    assert record.submitter.model_dump() == {"hf_user": "alice", "org": None, "relationship": "author"}
    repo = record.runs[0].encoder.repo
    assert repo == "alice/synthbench-white-noise-simclr-resnet18-pocket"
    for run, path in zip(record.runs, runs, strict=True):
        pinned = hub.files("model", repo, run.encoder.revision)
        assert pinned["model.safetensors"] == (path / "encoder.safetensors").read_bytes()
        assert {
            "README.md",
            "synthbench.json",
            "result.json",
            "protocol.json",
            "contact-sheet.png",
            "first-images.png",
        } <= set(pinned)
        assert "config.json" not in pinned, "timm does not have so narrow an encoder"
        assert json.loads(pinned["synthbench.json"])["seed"] == run.seed
    assert hub.files("model", repo)["model.safetensors"] == (runs[0] / "encoder.safetensors").read_bytes()


def test_the_card(hub, board, runs, wide):
    """The encoder of seed 0 is one of timm's, that of seed 1 is narrower."""
    from huggingface_hub import ModelCard

    repo = send([wide, runs[1]], board, license="MIT").record.runs[0].encoder.repo
    assert "config.json" in hub.files("model", repo)
    assert ModelCard(hub.files("model", repo, "seed-1")["README.md"].decode()).data.library_name != "timm"
    card = ModelCard(hub.files("model", repo)["README.md"].decode())
    assert (card.data.license, card.data.library_name, card.data.pipeline_tag) == (
        "mit",
        "timm",
        "image-feature-extraction",
    )
    assert len(card.data.eval_results) == 6  # three tasks, two probes
    assert {r.metric_type for r in card.data.eval_results} == {"accuracy"}
    for text in (
        "No real images were used",
        "Noise & co, 2026",
        "contact-sheet.png",
        f'load_encoder("{repo}")',
        "seed 1 on the branch `seed-1`",
    ):
        assert text in card.text


def test_sent_again_it_is_found(hub, board, runs):
    first = send(runs, board)
    commits = sum(len(repo.commits) for repo in hub.repos.values())
    again = send(runs, board)
    assert (again.url, again.record, again.existed) == (first.url, first.record, True)
    (runs[0] / hub_submit.NOTE).unlink()  # even if the note was lost
    assert send(runs, board).url == first.url
    assert sum(len(repo.commits) for repo in hub.repos.values()) == commits
    assert len(pulls(hub)) == 1
    hub.merge(hub.repo("dataset", board), 1)
    merged = send(runs, board)
    assert merged.existed
    assert merged.url.endswith(f"{first.record.submission_id}.json")
    assert len(pulls(hub)) == 1


CALLS = [
    ("POST", "/api/repos/create"),
    ("POST", "/preupload/main"),
    ("POST", "lfs/objects/batch"),
    ("PUT", "/lfs/"),
    ("POST", "/api/models/.*/commit/main"),
    ("POST", "/branch/"),
    ("POST", "/api/models/.*/commit/seed-1"),
    ("GET", "/api/datasets/board/results"),
    ("GET", "/discussions"),
    ("POST", "/api/datasets/.*/commit/main"),
]


@pytest.mark.parametrize("when", ["middle", "after"])
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_it_resumes_after_any_interruption_and_submits_once(hub, board, runs, no_waiting, method, path, when):
    hub.cut(method, path, when, times=20)
    with pytest.raises(HubError, match=r"cannot .*run the same command again"):
        send(runs, board)
    hub.faults.clear()
    done = send(runs, board)
    assert send(runs, board).url == done.url
    assert len(pulls(hub)) == 1
    assert len([key for key in hub.repos if key[0] == "model"]) == 1
    for run in done.record.runs:
        assert "model.safetensors" in hub.files("model", run.encoder.repo, run.encoder.revision)


def test_an_upload_cut_once_in_the_middle_is_repeated(hub, board, runs, no_waiting):
    hub.cut("PUT", "/lfs/", "middle")
    assert send(runs, board).url.endswith("/1")


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/api/repos/create", 401, "rejects your token.*hf auth login"),
        ("POST", "/api/models/.*/commit/main", 403, "token does not allow this on alice/synthbench"),
        ("POST", "/api/datasets/.*/commit/main", 403, "token does not allow this on board/results"),
        ("POST", "/api/datasets/.*/commit/main", 412, "changed by someone else.*same command again"),
        ("POST", "/api/models/.*/commit/main", 409, "changed by someone else.*same command again"),
        ("POST", "/api/repos/create", 429, "the Hub's rate limit is reached. Wait 7 s"),
        ("GET", "/discussions", 429, "rate limit is reached"),
        ("POST", "/api/models/.*/commit/main", 500, "a server error"),
        ("PUT", "/lfs/", 503, "a server error"),
    ],
)
def test_what_the_hub_refuses_is_explained(hub, board, runs, no_waiting, method, path, status, message):
    hub.fail(method, path, status, times=20, Retry_After="7")
    with pytest.raises(HubError, match=rf"(?s)cannot .*{message}"):
        send(runs, board)
    hub.faults.clear()
    send(runs, board)
    assert len(pulls(hub)) == 1


def test_not_logged_in(hub, board, runs, login):
    login(None)
    with pytest.raises(HubError, match=r"cannot ask the Hub who you are.*not logged in.*hf auth login"):
        hub_submit.login(dry_run=False)
    assert hub_submit.login(dry_run=True) == ("you", [])


def test_a_measurement_in_the_run_folder_is_submitted(board, runs):
    def measured(run, recipe="a" * 64, **metrics):
        (run / "run.json").unlink(missing_ok=True)
        write_json(run / "run.json", {"recipe_sha256": "a" * 64})
        found = Measurement(
            entrant="white-noise", title="White noise", recipe_sha256=recipe, seed=0, size=96, n_images=8,
            n_programs=1, n_left_out=0, n_constant=0, n_distinct=8, renderer="none", cpu="",
            metrics={k: Value(value=v, n=8) for k, v in metrics.items()},
        )  # fmt: skip
        write_text(run / "measurement.json", found.model_dump_json())
        return plan(runs, leaderboard=board, user="alice").draft.properties

    assert measured(runs[1], lpips_intra=0.4, spectrum_slope=None) == {"lpips_intra": 0.4}
    with pytest.raises(DataError, match="is of another recipe than the run"):
        measured(runs[1], recipe="b" * 64, jpeg_kb=1.0)
    with pytest.raises(DataError, match="has the metric 'JPEG kb'"):
        measured(runs[1], **{"JPEG kb": 1.0})
    (runs[1] / "measurement.json").write_text('{"metrics": [NaN]}')
    with pytest.raises(DataError, match="is not a measurement"):
        plan(runs, leaderboard=board, user="alice")


def test_a_wrong_leaderboard(hub, runs, login):
    login("alice")
    with pytest.raises(HubError, match="there is no dataset board/nowhere"):
        send(runs, "board/nowhere")
    assert not [key for key in hub.repos if key[0] == "model"]  # nothing was pushed in vain
    with pytest.raises(UsageError, match="is not the name of a Hub repo"):
        client.leaderboard("nowhere")
    with pytest.raises(UsageError, match="which leaderboard"):
        client.leaderboard(None)


def test_a_closed_pull_request_is_not_opened_again(hub, board, runs):
    send(runs, board)
    pulls(hub)[0].status = "closed"
    with pytest.raises(HubError, match="was closed at .*discussions/1"):
        send(runs, board)


def test_another_users_pull_request_with_our_title_is_ignored(hub, board, runs, login):
    record = send(runs, board).record
    pulls(hub)[0].author = "mallory"
    again = send(runs, board)
    assert again.url.endswith("/2")
    assert again.record == record


def test_an_organisation(hub, board, runs, login):
    login("mona")
    hub_submit.check_owner("board", "mona", ["board"])
    done = submit(plan(runs, leaderboard=board, user="mona", owner="board"))
    assert done.record.submitter.org == "board"
    assert done.record.runs[0].encoder.repo.startswith("board/")
    with pytest.raises(UsageError, match="not a member of 'other'"):
        hub_submit.check_owner("other", "mona", ["board"])


def test_a_private_leaderboard(hub, runs, login):
    from synthbench.hub.board import create

    login("mona")
    create("board/secret", private=True)
    assert submit(plan(runs, leaderboard="board/secret", user="mona")).url.endswith("/1")
    login("alice")
    with pytest.raises(HubError, match="that you may read"):
        send(runs, "board/secret")


def test_local_paths_are_not_published(runs, board):
    recipe = json.loads((runs[0] / folder.RECIPE).read_text())
    for run in runs:
        (run / folder.RECIPE).unlink()
        write_json(
            run / folder.RECIPE,
            recipe | {"generator": "/home/me/secret/noise.py:Noise", "params": {"path": "/home/me/images"}},
        )
    files = plan(runs, leaderboard=board, user="alice").files["main"]
    assert b"/home" not in files["synthbench.json"]
    assert b"noise.py:Noise" in files["synthbench.json"]
    assert "recipe.json" not in files


def test_inconsistent_runs_are_refused(hub, board, runs, made, tmp_path):
    with pytest.raises(UsageError, match="seed 0 appears twice"):
        plan([runs[0], made[0]], leaderboard=board, user="alice")
    with pytest.raises(UsageError, match="seed 1 appears twice"):
        plan([runs[0], runs[1], runs[1]], leaderboard=board, user="alice")
    with pytest.raises(DataError, match=r"not a finished run: it lacks result\.json"):
        plan([tmp_path], leaderboard=board, user="alice")
    weights = runs[1] / "encoder.safetensors"
    weights.unlink()
    weights.write_bytes((runs[0] / "encoder.safetensors").read_bytes())
    with pytest.raises(DataError, match="not the encoder that was scored"):
        plan(runs, leaderboard=board, user="alice")
    weights.write_bytes(b"\x80\x04pickle")
    with pytest.raises(DataError, match="never pickles"):
        plan(runs, leaderboard=board, user="alice")


def test_what_the_board_would_refuse_is_refused_here(board, runs):
    with pytest.raises(DataError, match="would refuse white-noise: code_url .* is not an https address"):
        plan(runs, leaderboard=board, user="alice", code_url="javascript:alert(1)")
    with pytest.raises(DataError, match=r"U\+202E"):
        plan(runs, leaderboard=board, user="alice", license="M\u202eTI")
