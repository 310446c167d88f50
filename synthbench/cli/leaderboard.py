"""``synthbench board create | verify | publish | schema``: maintain a leaderboard on the Hub."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from synthbench.cli.board import BoardOption, files_of, write_page
from synthbench.cli.options import DeviceOption, JsonOption

if TYPE_CHECKING:
    from synthbench.board.store import Check, Verification
    from synthbench.entrant.recipe import Recipe
    from synthbench.result.result import Result


def register(app: typer.Typer) -> None:
    """Add the commands to ``synthbench board``."""
    app.command("create")(create)
    app.command("verify")(verify)
    app.command("publish")(publish)
    app.command("schema")(schema)


def create(
    repo: Annotated[str, typer.Argument(metavar="USER/REPO", help="The dataset repo to create.", show_default=False)],
    private: Annotated[bool, typer.Option("--private", help="Only you, or your organisation, can read it.")] = False,
) -> None:
    """Create a leaderboard on the Hub: a dataset repo with a card, the schema of a record and a workflow that
    checks submissions.

    Example:

        synthbench board create my-lab/my-leaderboard
    """
    from synthbench.cli import console
    from synthbench.hub import board as hub
    from synthbench.hub import client

    url = hub.create(client.check_repo(repo, "the leaderboard"), private=private)
    console.out.print(url, highlight=False, soft_wrap=True)
    console.err.print(
        f"Submit to it: `synthbench submit RUN ... --leaderboard {repo}`, or set {client.LEADERBOARD_VARIABLE}={repo}."
    )


def publish(
    space: Annotated[
        str, typer.Option("--space", help="The static Space for the page, as user/name.", show_default=False)
    ],
    leaderboard: BoardOption = None,
) -> None:
    """Build the leaderboard's page and upload it to a static Space. Your local runs are not included.

    Example:

        synthbench board publish --leaderboard my-lab/my-leaderboard --space my-lab/leaderboard
    """
    from synthbench.cli import console
    from synthbench.hub import board as hub
    from synthbench.hub import client

    client.check_repo(space, "the Space")
    with tempfile.TemporaryDirectory() as folder:
        n = write_page(Path(folder) / "page", [], leaderboard)
        url = hub.publish(Path(folder) / "page", space, "synthbench leaderboard")
    console.out.print(url, highlight=False, soft_wrap=True)
    console.err.print(f"published {n} rows")


def schema() -> None:
    """Print the JSON Schema of a record.

    Example:

        synthbench board schema > result.schema.json
    """
    from synthbench.cli import console
    from synthbench.result.result import json_schema

    console.print_json(json_schema())


def verify(
    submissions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|FILE]...", help="Ids on the leaderboard, or record files.", show_default=False),
    ] = None,
    leaderboard: BoardOption = None,
    pull_request: Annotated[
        list[int] | None, typer.Option("--pull-request", "-n", min=1, help="Number of a pull request.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="All open pull requests.")] = False,
    weights: Annotated[
        bool, typer.Option("--weights", help="Fetch the pinned weights and evaluate them again.")
    ] = False,
    reproduced: Annotated[
        list[str] | None,
        typer.Option(
            "--reproduced", help="Your own run of the entrant with a new seed; may be repeated.", show_default=False
        ),
    ] = None,
    entrant: Annotated[
        str | None,
        typer.Option(
            "--entrant",
            "-e",
            help="Your copy of the entrant, if it is not shipped. Its code is run: read it first.",
        ),
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge the pull requests that pass and write their tiers.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the verification to the leaderboard, for the page to show.")
    ] = False,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Check submissions as data: none of their code is run.

    Tiers: *self-reported*; *checked* (the record is consistent and within the rules, and the first images were rendered
    again); *weights-verified* (`--weights`); *reproduced* (`--reproduced`). Exits with 1 if anything is wrong.

    Examples:

        synthbench board verify --leaderboard user/repo --pull-request 3

        synthbench board verify 1a2b3c4d --leaderboard user/repo --weights --write

        synthbench board verify 1a2b3c4d --weights --reproduced runs/my-entrant/simclr-resnet18-pocket-2/seed-100
            --write
    """
    from synthbench.board import store
    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.hub import board as hub
    from synthbench.hub import client

    numbers = [*(pull_request or []), *(hub.open_pull_requests(client.leaderboard(leaderboard)) if open_ else [])]
    if not (submissions or numbers or open_):
        raise UsageError("nothing to verify: give ids or record files, --pull-request N, or --open.")
    folder = files_of(leaderboard)
    board = store.read(folder) if folder else store.Stored()
    for warning in board.warnings:
        console.err.print(f"[yellow]warning:[/] {console.escape(warning)}", highlight=False)
    how: _How = {"weights": weights, "reproduced": reproduced or [], "entrant": entrant, "device": device}
    failed, report = False, []
    for number in numbers:
        done = _pull_request(
            client.leaderboard(leaderboard), number, board.records, how, write=write, merge=merge, quiet=json
        )
        failed |= bool(done["problems"])
        report.append(done)
    for name in submissions or []:
        record, path = _find(name, board.records)
        found = _verified(record, path, board.records, **how)
        failed |= any(check.passed is False for check in found.checks)
        report.append(found.model_dump(mode="json"))
        if not json:
            _show(record, found)
        if write:
            _write(client.leaderboard(leaderboard), found)
    if json:
        console.print_json(report)
    if failed:
        raise typer.Exit(1)


class _How(TypedDict):
    """Which checks are run, and their inputs."""

    weights: bool
    reproduced: list[str]
    entrant: str | None
    device: str


def _pull_request(
    leaderboard: str, number: int, board: list[Result], how: _How, *, write: bool, merge: bool, quiet: bool
) -> dict[str, Any]:
    """Check one pull request, report it, write its tier and, if requested and nothing is wrong, merge it.

    A merged record is added to ``board``, so that later ones are checked against it.
    """
    from synthbench.board.checks import path_of
    from synthbench.board.verify import review
    from synthbench.cli import console
    from synthbench.errors import DataError
    from synthbench.hub import board as hub

    record: Result | None = None
    found: Verification | None = None
    problems: list[str] = []
    head = ""
    try:
        pull = hub.pull_request(leaderboard, number)
        head = pull.head
        record, problems = review(pull.author, pull.changes, board)
    except DataError as error:
        problems = [str(error)]
    if record is not None and not problems:
        found = _verified(record, path_of(record), board, **how)
        problems = [f"{check.name}: {check.detail}" for check in found.checks if check.passed is False]
    if not quiet:
        verdict = "[red]refused[/]" if problems or found is None else f"[green]{found.tier}[/]"
        console.out.print(f"[bold]pull request {number}[/]: {verdict}", highlight=False)
        for problem in [] if found else problems:
            console.out.print(
                f"  [red]-[/] {console.escape(console.one_line(problem))}", highlight=False, soft_wrap=True
            )
        _list(found.checks if found else [])
    done = {
        "pull_request": number,
        "submission_id": record.submission_id if record else None,
        "problems": problems,
        "merged": False,
    }
    if found is None or record is None or problems:
        return done | {"tier": None}
    if write or merge:  # before the merge: after a failure in between, the same command continues
        _write(leaderboard, found)
    if merge:
        hub.merge(leaderboard, number, head)
        board.append(record)
        if not quiet:
            console.out.print(f"  [green]merged[/]: on the board as {found.tier}", highlight=False)
    return done | {"tier": found.tier, "merged": merge}


def _write(leaderboard: str, found: Verification) -> None:
    from synthbench.hub import board as hub

    text = found.model_dump_json(indent=2) + "\n"
    hub.write(leaderboard, {found.path: text}, f"Verify {found.submission_id[:12]}: {found.tier}")


def _find(name: str, board: list[Result]) -> tuple[Result, str | None]:
    from synthbench.board.checks import path_of
    from synthbench.errors import UnknownNameError
    from synthbench.result import result

    if Path(name).is_file():
        return result.read(Path(name)), None
    found = [r for r in board if len(name) >= 6 and r.submission_id.startswith(name)]
    if len(found) != 1:
        raise UnknownNameError(
            "submission",
            name,
            {r.submission_id[:12] for r in board} or {"(none)"},
            hint="Give an id from the leaderboard or a file.",
        )
    return found[0], path_of(found[0])


def _verified(
    record: Result,
    path: str | None,
    board: list[Result],
    *,
    weights: bool,
    reproduced: list[str],
    entrant: str | None,
    device: str,
) -> Verification:
    from synthbench.board import verify as tiers
    from synthbench.cli import console
    from synthbench.hub import client
    from synthbench.pretrain import device as devices
    from synthbench.result import result
    from synthbench.result.address import BOARD, brought

    checks: list[Check] = [tiers.check_record(record, path, board)]
    if checks[0].passed:
        with console.err.status("rendering the first images again"):
            checks += tiers.check_images(record, _recipe(record, entrant), _strips(record))
    if weights and all(check.passed is not False for check in checks):
        with console.Terminal() as terminal:
            terminal.stage("evaluate", f"the pinned weights of {record.generator.name}")
            checks += tiers.check_weights(record, _weights(record), terminal, devices.pick(device))
    if reproduced and all(check.passed is not False for check in checks):
        checks.append(
            tiers.check_reproduction(record, [result.read(brought(run, BOARD) / "result.json") for run in reproduced])
        )
    try:
        verifier = str(client.whoami()["name"])
    except Exception:  # not logged in: the verification has no verifier name
        verifier = "local"
    return tiers.verification(record, checks, verifier)


def _recipe(record: Result, entrant: str | None) -> Recipe | None:
    from synthbench import registry
    from synthbench.entrant import recipe

    if entrant is not None:
        return recipe.resolve(entrant, record.generator.params if not recipe.resolve(entrant).params else None)
    return recipe.resolve(record.generator.name) if record.generator.name in registry.recipes() else None


def _strips(record: Result) -> dict[int, tuple[Path, list[int]]]:
    from synthbench.errors import SynthbenchError
    from synthbench.hub import client, pull
    from synthbench.result.result import MAX_BYTES
    from synthbench.storage.strict_json import strict_json

    out = {}
    for run in record.runs:
        if run.encoder.repo and run.encoder.revision:
            try:
                about = client.download(run.encoder.repo, pull.ABOUT, revision=run.encoder.revision, limit=MAX_BYTES)
                labels = strict_json(about.read_bytes(), MAX_BYTES)["first_labels"]
                strip = client.download(run.encoder.repo, pull.FIRST, revision=run.encoder.revision, limit=60 * 2**20)
                out[run.seed] = (strip, [int(label) for label in labels])
            except (SynthbenchError, ValueError, TypeError, KeyError):
                continue
    return out


def _weights(record: Result) -> dict[int, Path]:
    from synthbench.hub.pull import Address, fetch

    found = {}
    for run in record.runs:
        held = run.encoder
        if held.repo is not None and held.revision is not None:
            found[run.seed] = fetch(Address(held.repo, held.revision, held.weights_sha256, run.seed))[0]
    return found


def _show(record: Result, found: Verification) -> None:
    from synthbench.cli import console

    name = console.one_line(record.generator.name)
    console.out.print(
        f"[bold]{console.escape(name)}[/] {record.submission_id[:12]}: [bold]{found.tier}[/]", highlight=False
    )
    _list(found.checks)


def _list(checks: list[Check]) -> None:
    from synthbench.cli import console

    for check in checks:
        sign = {True: "[green]yes[/]", False: "[red]no [/]", None: "[dim]?  [/]"}[check.passed]
        console.out.print(
            f"  {sign} {check.name}: {console.escape(console.one_line(check.detail))}", highlight=False, soft_wrap=True
        )
