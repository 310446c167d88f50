"""Submit runs: push the encoders, then open one pull request with one file.

After an interruption, it continues and does not submit twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from synthbench.board.checks import path_of, problems
from synthbench.errors import DataError, HubError, UsageError
from synthbench.hub import client, package
from synthbench.hub.package import Seed
from synthbench.hub.pull import FIRST
from synthbench.progress import Reporter
from synthbench.result import result
from synthbench.result.result import TRAINED_ELSEWHERE, EncoderInfo, Result, Submitter, reseal
from synthbench.storage.files import write_json

NOTE = "submission.json"
"""In the first seed's run folder: the record that is being submitted, so that a second try submits the same one."""


@dataclass(frozen=True)
class Plan:
    """A submission before it is sent.

    ``files`` maps each seed's branch to its files; ``draft`` does not have revisions yet.
    """

    seeds: list[Seed]
    draft: Result
    repo: str
    leaderboard: str
    user: str
    files: dict[str, dict[str, bytes | Path]]
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Title of the pull request, without the id."""
        return f"{self.draft.generator.name} under {self.draft.protocol.id}"


@dataclass(frozen=True)
class Submitted:
    """The result of a submission: the pull request's address, the record, and whether it existed before."""

    url: str
    record: Result
    existed: bool


def plan(
    runs: Sequence[Path],
    *,
    leaderboard: str,
    user: str,
    owner: str | None = None,
    relationship: Literal["author", "third_party"] = "author",
    code_url: str | None = None,
    license: str | None = None,
    citation: str | None = None,
    supersedes: str | None = None,
    repo: str | None = None,
) -> Plan:
    """Check runs and prepare their submission, without sending it.

    Args:
        runs: finished run folders, one per seed, of one entrant under one protocol.
        leaderboard: the dataset repo.
        user: the account that submits.
        owner: the account or organisation of the encoder's repo; the user by default.
        relationship: whether the submitter created the entrant.
        code_url: address of the generator's code (https).
        license, citation: replace those of the recipe.
        supersedes: id of the submission that this one corrects.
        repo: name of the encoder's repo, by default ``synthbench-<entrant>-<protocol>``.

    Raises:
        UsageError, DataError: the leaderboard would refuse it; raised before anything is sent.
    """
    seeds, whole = package.collect(list(runs))
    about = {"code_url": code_url, "license": license, "citation": citation}
    generator = whole.generator.model_copy(update={k: v for k, v in about.items() if v is not None})
    owner = owner or user
    who = Submitter(hf_user=user, org=owner if owner != user else None, relationship=relationship)
    name = client.check_repo(
        repo if repo and "/" in repo else f"{owner}/{repo or _repo_name(whole)}", "the encoder's repo"
    )
    measured = package.properties(seeds) or whole.properties
    draft = reseal(whole, generator=generator, submitter=who, supersedes=supersedes, properties=measured)
    if found := problems(draft):
        raise DataError(f"the leaderboard would refuse {generator.name}: {'; '.join(found)}.")
    files = {_branch(seeds, each): package.files(each, draft, name, leaderboard) for each in seeds}
    return Plan(seeds, draft, name, leaderboard, user, files, _notes(draft, files))


def _repo_name(record: Result) -> str:
    return (
        f"synthbench-{record.generator.name}-{record.protocol.id}"[:96]
        .rstrip(".-")
        .replace("--", "-")
        .replace("..", ".")
    )


def _branch(seeds: Sequence[Seed], seed: Seed) -> str:
    return "main" if seed is seeds[0] else f"seed-{seed.seed}"


def _notes(record: Result, files: Mapping[str, Mapping[str, object]]) -> list[str]:
    notes = []
    if TRAINED_ELSEWHERE in record.protocol.overrides:
        notes.append("trained elsewhere: it will be shown, not ranked; if you did not train it, add --third-party")
    elif record.protocol.overrides:
        notes.append(
            f"the protocol was changed ({', '.join(sorted(record.protocol.overrides))}): it will be shown, not ranked"
        )
    if len(record.runs) < 3 and TRAINED_ELSEWHERE not in record.protocol.overrides:
        notes.append(
            f"{len(record.runs)} seed{'s' if len(record.runs) > 1 else ''}: with three, the interval would include its "
            "own spread"
        )
    if record.env.get("git_dirty"):
        notes.append("the code had uncommitted changes when it ran, so others cannot check it out")
    if record.generator.license in ("", "unknown"):
        notes.append("no licence: others may not build on it; give one with --license")
    if record.data is not None and any(FIRST not in each for each in files.values()):
        notes.append("the run's images are missing, so the first ones cannot be compared across renderers")
    if not record.generator.code_url:
        notes.append(
            "no address of the code: if the entrant is not shipped with synthbench, give --code-url so that others can "
            "reproduce it"
        )
    return notes


def submit(plan: Plan, report: Reporter | None = None) -> Submitted:
    """Send a plan: encoders first, then the pull request.

    Raises:
        HubError: says what to do; the same call continues from there.
    """
    report = report or Reporter()
    board_sha = _board_head(plan.leaderboard)
    record = _pushed(plan, report)
    text, path = result.to_json(record).encode(), path_of(record)
    report.stage("submit", f"{path} to {plan.leaderboard}")
    if url := _existing(plan, record, text):
        return Submitted(url, record, existed=True)
    from huggingface_hub import CommitOperationAdd

    with client.calling(f"open a pull request on {plan.leaderboard}", plan.leaderboard, sends=True):
        done = client.api().create_commit(
            plan.leaderboard,
            [CommitOperationAdd(path, text)],
            repo_type="dataset",
            create_pr=True,
            parent_commit=board_sha,
            commit_message=_title(plan, record),
            commit_description=_description(plan, record),
        )
    return Submitted(str(done.pr_url), record, existed=False)


def _title(plan: Plan, record: Result) -> str:
    return f"{plan.title} [{record.submission_id[:12]}]"


def _description(plan: Plan, record: Result) -> str:
    seeds = ", ".join(str(run.seed) for run in record.runs)
    return (
        f"{100 * record.aggregate.value:.2f} {record.aggregate.name} over {len(record.runs)} seed(s) ({seeds}).\n\n"
        f"Encoder: {client.api().endpoint}/{plan.repo}\n\n"
        f"Check it: `synthbench board verify --pull-request NUMBER --leaderboard {plan.leaderboard}`"
    )


def _board_head(leaderboard: str) -> str:
    with client.calling(f"read the leaderboard {leaderboard}", f"the dataset {leaderboard}"):
        return str(client.api().repo_info(leaderboard, repo_type="dataset").sha)


def _pushed(plan: Plan, report: Reporter) -> Result:
    """The record with pinned revisions: from an earlier try, or of the encoders that are pushed now."""
    note = plan.seeds[0].path / NOTE
    if note.is_file():
        held = json.loads(note.read_text(encoding="utf-8"))
        if (
            held.get("leaderboard") == plan.leaderboard
            and held.get("draft") == plan.draft.submission_id
            and held.get("repo") == plan.repo
        ):
            report.note("continuing the earlier submission")
            return result.parse(json.dumps(held["record"]).encode(), str(note))
    revisions = {seed.seed: _push(plan, seed, report) for seed in plan.seeds}
    runs = [
        run.model_copy(
            update={
                "encoder": EncoderInfo(
                    repo=plan.repo, revision=revisions[run.seed], weights_sha256=run.encoder.weights_sha256
                )
            }
        )
        for run in plan.draft.runs
    ]
    record = reseal(plan.draft, runs=runs)
    held = {
        "leaderboard": plan.leaderboard,
        "repo": plan.repo,
        "draft": plan.draft.submission_id,
        "record": json.loads(result.to_json(record)),
    }
    write_json(note, held)
    return record


def _push(plan: Plan, seed: Seed, report: Reporter) -> str:
    """Push a seed to its branch and return the commit. If the branch already holds these files, there is no new
    commit."""
    from huggingface_hub import CommitOperationAdd

    branch = _branch(plan.seeds, seed)
    wanted = plan.files[branch]
    report.stage("push", f"seed {seed.seed} to {plan.repo}, {branch}")
    with client.calling(f"push the encoder to {plan.repo}", plan.repo, sends=True):
        api = client.api()
        if branch == "main":
            api.create_repo(plan.repo, exist_ok=True)
        else:
            api.create_branch(plan.repo, branch=branch, exist_ok=True)
        adds = [CommitOperationAdd(name, content) for name, content in sorted(wanted.items())]
        done = api.create_commit(plan.repo, adds, revision=branch, commit_message=f"{plan.title}, seed {seed.seed}")
    return done.oid


def _existing(plan: Plan, record: Result, text: bytes) -> str | None:
    """The address of an earlier try of this submission: the merged file or its pull request."""
    api, path = client.api(), path_of(record)
    with client.calling(f"look for earlier submissions on {plan.leaderboard}", f"the dataset {plan.leaderboard}"):
        if api.file_exists(plan.leaderboard, path, repo_type="dataset"):
            return f"{api.endpoint}/datasets/{plan.leaderboard}/blob/main/{path}"
        for each in api.get_repo_discussions(
            plan.leaderboard, repo_type="dataset", author=plan.user, discussion_type="pull_request"
        ):
            if each.author != plan.user or not each.title.endswith(f"[{record.submission_id[:12]}]"):
                continue
            if each.status == "closed":
                raise HubError(
                    f"this submission was closed at {each.url}; the reason is given there. A changed record would be a "
                    "new submission."
                )
            if not api.file_exists(plan.leaderboard, path, repo_type="dataset", revision=f"refs/pr/{each.num}"):
                from huggingface_hub import CommitOperationAdd

                api.create_commit(
                    plan.leaderboard,
                    [CommitOperationAdd(path, text)],
                    repo_type="dataset",
                    revision=f"refs/pr/{each.num}",
                    commit_message=each.title,
                )
            return str(each.url)
    return None


def login(dry_run: bool) -> tuple[str, list[str]]:
    """The account's name and its organisations; not needed for a dry run.

    Raises:
        HubError: not logged in.
    """
    try:
        me = client.whoami()
    except HubError:
        if dry_run:
            return "you", []
        raise
    return str(me["name"]), [str(org["name"]) for org in me.get("orgs", [])]


def check_owner(owner: str | None, user: str, orgs: Sequence[str]) -> None:
    """Refuse to push for an organisation that the account is not a member of.

    Raises:
        UsageError: names the account's organisations.
    """
    if owner is not None and owner not in (user, *orgs):
        raise UsageError(f"{user} is not a member of {owner!r} on the Hub, but of {', '.join(orgs) or 'none'}.")
