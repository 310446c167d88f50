"""``synthbench submit``, ``pull`` and ``encoders``: send results to a leaderboard, get encoders from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthbench.cli.board import BoardOption, files_of
from synthbench.cli.options import JsonOption

if TYPE_CHECKING:
    from synthbench.hub.submit import Plan


def submit(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="Finished run folders or their addresses, one per seed.", show_default=False
        ),
    ],
    leaderboard: BoardOption = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Account or organisation of the encoder's repo.", show_default="you")
    ] = None,
    repo: Annotated[
        str | None,
        typer.Option("--repo", help="Name of the encoder's repo.", show_default="synthbench-<entrant>-<protocol>"),
    ] = None,
    code_url: Annotated[str | None, typer.Option("--code-url", help="Address of the generator's code (https).")] = None,
    license_: Annotated[
        str | None,
        typer.Option("--license", help="Licence of the entrant and its encoder.", show_default="the recipe's"),
    ] = None,
    citation: Annotated[str | None, typer.Option("--citation", help="Citation.", show_default="the recipe's")] = None,
    supersedes: Annotated[
        str | None, typer.Option("--supersedes", metavar="ID", help="Your earlier submission that this one replaces.")
    ] = None,
    third_party: Annotated[bool, typer.Option("--third-party", help="You did not make this entrant.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show everything without sending it.")] = False,
    json: JsonOption = False,
) -> None:
    """Submit runs to a leaderboard: push the encoders, open one pull request, print its address.

    If interrupted, run the same command to continue; it never submits twice.

    Examples:

        synthbench submit runs/my-entrant/simclr-resnet18-pocket-2/seed-* --leaderboard user/repo --dry-run

        synthbench submit runs/my-entrant/simclr-resnet18-pocket-2/seed-* --leaderboard user/repo --license MIT
    """
    from synthbench.cli import console
    from synthbench.errors import UnknownNameError
    from synthbench.hub import client
    from synthbench.hub import submit as hub
    from synthbench.result.address import SUBMISSION, brought

    board = client.leaderboard(leaderboard)
    user, orgs = hub.login(dry_run)
    if not dry_run:
        hub.check_owner(owner, user, orgs)
    if supersedes is not None and len(supersedes) < 64:
        from synthbench.board import store

        records = store.read(files_of(board) or Path()).records
        ids = [r.submission_id for r in records if r.submission_id.startswith(supersedes)]
        if len(ids) != 1:
            raise UnknownNameError(
                "submission",
                supersedes,
                {r.submission_id[:12] for r in records} or {"(none)"},
                hint="Give the id of your own earlier submission.",
            )
        supersedes = ids[0]
    with console.err.status("checking"):
        paths = [brought(run, SUBMISSION) for run in runs]
        plan = hub.plan(
            paths, leaderboard=board, user=user, owner=owner, relationship="third_party" if third_party else "author",
            code_url=code_url, license=license_, citation=citation, supersedes=supersedes, repo=repo,
        )  # fmt: skip
    for note in plan.notes:
        console.err.print(f"[yellow]note:[/] {console.escape(note)}", highlight=False)
    if dry_run:
        _show(plan, json)
        return
    with console.resumable(), console.Terminal() as terminal:
        done = hub.submit(plan, terminal)
    if json:
        console.print_json({"url": done.url, "existed": done.existed, **done.record.model_dump(mode="json")})
        return
    if done.existed:
        console.err.print("already submitted; nothing was sent", highlight=False)
    console.out.print(done.url, highlight=False, soft_wrap=True)


def _show(plan: Plan, json: bool) -> None:
    from synthbench.board.checks import path_of
    from synthbench.cli import console
    from synthbench.result import result

    sizes = {
        branch: {
            name: len(data) if isinstance(data, bytes) else data.stat().st_size for name, data in sorted(files.items())
        }
        for branch, files in plan.files.items()
    }
    if json:
        record = plan.draft.model_dump(mode="json")
        console.print_json(
            {"repo": plan.repo, "leaderboard": plan.leaderboard, "files": sizes, "record": record, "notes": plan.notes}
        )
        return
    console.out.print(f"[bold]would push[/] to {plan.repo} (public)", highlight=False)
    for branch, files in sizes.items():
        for name, size in files.items():
            console.out.print(f"  {branch:<8} {size:>12,}  {name}", highlight=False)
    console.out.print(
        f"[bold]would open a pull request[/] on {plan.leaderboard}: {console.escape(plan.title)}", highlight=False
    )
    console.out.print(
        f"  {path_of(plan.draft)}  (the id is known once the encoders have their revisions)",
        highlight=False,
        soft_wrap=True,
    )
    console.out.print(console.escape(result.to_json(plan.draft)), highlight=False, soft_wrap=True)
    card = plan.files["main"]["README.md"]
    assert isinstance(card, bytes)
    console.out.print("[bold]the encoder's card[/]\n" + console.escape(card.decode()), highlight=False, soft_wrap=True)


def pull(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="`user/repo[@revision]`, or the id of a submission.", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write.", show_default="encoders/<repo>[-seed-N]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", "-s", min=0, help="Which of its seeds.", show_default="the first")
    ] = None,
    leaderboard: BoardOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch an encoder into a folder for `synthbench.load_encoder`, and for timm if it has the architecture.

    Examples:

        synthbench pull user/synthbench-my-entrant-simclr-resnet18-pocket-2

        synthbench pull 1a2b3c4d --leaderboard user/repo --seed 1
    """
    from synthbench.board import store
    from synthbench.cli import console
    from synthbench.hub import pull as hub

    folder = files_of(leaderboard) if leaderboard is not None or not hub.is_address(name) else None
    where = hub.address(name, store.read(folder).records if folder else [], seed)
    target = out or Path("encoders") / (
        where.repo.replace("/", "--") + (f"-seed-{where.seed}" if where.seed is not None else "")
    )
    with console.err.status(f"fetching {where.repo}"):
        path, spec = hub.pull(where, target)
    timm = (path / "config.json").is_file()
    if json:
        about = {"architecture": spec.architecture, "size": spec.size, "mean": spec.mean, "std": spec.std, "timm": timm}
        console.print_json({"folder": str(path), "repo": where.repo, "revision": where.revision, **about})
        return
    console.out.print(
        f"{path}: {spec.architecture}, {spec.size} px, mean {list(spec.mean)}, std {list(spec.std)}",
        highlight=False,
        soft_wrap=True,
    )
    console.out.print(f'  synthbench.load_encoder("{path}")', highlight=False, soft_wrap=True)
    if timm:
        console.out.print(f'  timm.create_model("local-dir:{path}", pretrained=True)', highlight=False, soft_wrap=True)


def encoders(leaderboard: BoardOption = None, json: JsonOption = False) -> None:
    """List the encoders that a leaderboard offers, best first within each protocol.

    Example:

        synthbench encoders --leaderboard user/repo
    """
    from synthbench.board import store
    from synthbench.board.table import clean
    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.result.result import TRAINED_ELSEWHERE

    folder = files_of(leaderboard)
    if folder is None:
        raise UsageError("no leaderboard: give --leaderboard user/repo, or set SYNTHBENCH_LEADERBOARD.")
    board = store.read(folder)
    held = [r for r in board.records if r.runs[0].encoder.repo and r.runs[0].encoder.revision]
    held.sort(key=lambda r: (r.protocol.id, -r.aggregate.value))
    rows = [
        {
            "id": r.submission_id[:12],
            "entrant": clean(r.generator.name),
            "protocol": r.protocol.id,
            "score": f"{100 * r.aggregate.value:.1f}",
            "rules": "trained elsewhere"
            if TRAINED_ELSEWHERE in r.protocol.overrides
            else "changed"
            if r.protocol.overrides
            else "kept",
            "seeds": str(len(r.runs)),
            "tier": board.tiers[r.submission_id],
            "real data": "yes" if r.generator.uses_real_data else "no",
            "licence": clean(r.generator.license),
            "repo": str(r.runs[0].encoder.repo),
        }
        for r in held
    ]
    if json:
        console.print_json(rows)
        return
    for protocol in dict.fromkeys(row["protocol"] for row in rows):
        _table(
            protocol,
            [
                {key: value for key, value in row.items() if key != "protocol"}
                for row in rows
                if row["protocol"] == protocol
            ],
        )
    if rows:
        console.err.print(f"Fetch one: `synthbench pull {rows[0]['id']}`")
    else:
        console.out.print("no encoders yet")


def _table(protocol: str, rows: list[dict[str, str]]) -> None:
    """Print the encoders of a protocol, one line each.

    Settings that all share are printed once. If the column is too narrow for a repo, its full name is printed below its
    line, so that it can be copied.
    """
    from synthbench.cli import console

    shared = {
        key: rows[0][key]
        for key in rows[0]
        if key not in ("id", "entrant", "score", "repo") and len({row[key] for row in rows}) == 1
    }
    same = ", ".join(f"{key} {value}" for key, value in shared.items())
    console.out.print(
        f"[bold]{console.escape(protocol)}[/]" + (f"[dim]: all with {console.escape(same)}[/]" if same else ""),
        highlight=False,
    )
    keys = [key for key in rows[0] if key not in shared]
    widths = {key: max(len(key), *(len(row[key]) for row in rows)) for key in keys}
    free = console.out.width - sum(widths[key] + 2 for key in keys)
    below = free < 0
    if below:
        keys.remove("repo")
        widths["entrant"] = max(12, widths["entrant"] + min(0, free + widths["repo"] + 2))

    def line(row: dict[str, str]) -> str:
        cells = [row[key] if len(row[key]) <= widths[key] else row[key][: widths[key] - 1] + "…" for key in keys]
        return "  ".join(f"{cell:<{widths[key]}}" for key, cell in zip(keys, cells, strict=True)).rstrip()

    console.out.print(f"[dim]{line({key: key for key in rows[0]})}[/]", highlight=False, soft_wrap=True)
    for row in rows:
        console.out.print(console.escape(line(row)), highlight=False, soft_wrap=True)
        if below:
            console.out.print(f"  [dim]{console.escape(row['repo'])}[/]", highlight=False, soft_wrap=True)
    console.out.print()
