"""``synthbench board``: show the standings in the terminal, or build them as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthbench.cli.options import folder_only

if TYPE_CHECKING:
    from synthbench.board.row import Row
    from synthbench.run.run import Finished

app = typer.Typer(invoke_without_command=True, rich_markup_mode="markdown")

RunsOption = Annotated[
    str, typer.Option("--runs", "-r", help="Folder or address of your runs, to show next to the shipped results.")
]
BoardOption = Annotated[
    str | None,
    typer.Option(
        "--leaderboard",
        "-l",
        envvar="SYNTHBENCH_LEADERBOARD",
        help="A leaderboard's dataset repo (`user/repo`), or a folder with its files.",
    ),
]


@app.callback()
def board(
    context: typer.Context,
    runs: RunsOption = "runs",
    leaderboard: BoardOption = None,
    track: Annotated[
        str | None, typer.Option("--track", "-t", help="Show only this track.", show_default="all")
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", "-a", help="Show all tracks, scales and versions, not only the default protocol.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")] = False,
) -> None:
    """Show the leaderboard: the shipped reference results, the papers' published rows, and your own runs.

    The newest version of the default protocol is shown; `--track` and `--all` show more. Your own runs are listed last,
    under any protocol.

    Examples:

        synthbench board

        synthbench board --track simclr-resnet18

        synthbench board --all

        synthbench board --leaderboard user/repo

        synthbench board build --out page/
    """
    if context.invoked_subcommand is not None:
        return
    from synthbench.board import agreement, boards, document, rank, table
    from synthbench.cli import console
    from synthbench.errors import UnknownNameError

    loaded = rank.load_rows(_folders(runs), leaderboard=files_of(leaderboard))
    _warn(loaded.warnings)
    rows = rank.rank(loaded)
    if track is not None:
        if track not in {r.track for r in rows}:
            raise UnknownNameError("track", track, {r.track for r in rows})
        rows = [r for r in rows if r.track == track]
    if json:
        console.print_json(document.document(rows))
        return
    found = boards.boards(rows)
    current = [board for board in found if not board.superseded_by]
    shown = found if all_ else current if track is not None else found[:1]
    mine = {s for r in rows if r.origin == "local" for s in r.submissions}
    for drawn in table.tables(shown, highlight=mine, width=console.out.width):
        console.out.print(drawn)
        console.out.print()
    console.out.print(table.legend())
    for each in shown:
        if (sentence := agreement.statement(agreement.scores_of(each.rows))) and not each.superseded_by:
            protocol = console.escape(each.groups[0][0].protocol_id)
            console.out.print(f"\n[bold]How far to trust {protocol}:[/] {sentence}", highlight=False)
    if hidden := [board for board in found if board not in shown]:
        named = ", ".join(f"{board.name} ({len(board.rows)})" for board in hidden)
        console.out.print(
            f"\n[dim]More boards (rows): {console.escape(named)}. Show them with --all or --track.[/]", highlight=False
        )
    if (own := table.yours(found, width=console.out.width)) is not None:
        console.out.print()
        console.out.print(own)


@app.command()
def build(
    out: Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="Folder to write the page to.")] = Path(
        "board"
    ),
    runs: RunsOption = "runs",
    leaderboard: BoardOption = None,
) -> None:
    """Write the leaderboard as a static page that opens from a file, without a network.

    Examples:

        synthbench board build --out page/ && xdg-open page/index.html

        synthbench board build --leaderboard user/repo --out page/
    """
    from synthbench.cli import console

    n = write_page(out, _folders(runs), leaderboard)
    console.err.print(f"wrote [bold]{out / 'index.html'}[/] ({n} rows)")


def _folders(runs: str) -> list[Path]:
    """The folder of the user's runs; none if it does not exist."""
    from synthbench.storage.remote import is_address

    if not is_address(runs):
        return [Path(runs)] if Path(runs).is_dir() else []
    from synthbench.cli import console
    from synthbench.result.address import BOARD, all_brought

    with console.err.status(f"reading {runs}"):
        return all_brought(runs, BOARD)


def write_page(out: Path, runs: list[Path], leaderboard: str | None) -> int:
    """Build the page into ``out`` and return the number of rows."""
    from synthbench.board import page, rank, store
    from synthbench.cli import console

    folder = files_of(leaderboard)
    loaded = rank.load_rows(runs, leaderboard=folder)
    _warn(loaded.warnings)
    rows = rank.rank(loaded)
    found = page.find_sheets(runs)
    if folder is not None and leaderboard is not None and not Path(leaderboard).is_dir():
        from synthbench.hub import board as hub

        with console.err.status("contact sheets"):
            found |= hub.sheets(store.read(folder).records)
    page.build(rows, out, found, leaderboard=None if folder is None else leaderboard)
    return len(rows)


def files_of(leaderboard: str | None) -> Path | None:
    """The folder of a leaderboard: the folder itself, or its repo's files in the cache."""
    if leaderboard is None:
        return None
    if Path(leaderboard).is_dir():
        return Path(leaderboard)
    from synthbench.cli import console
    from synthbench.hub import board as hub
    from synthbench.hub import client

    with console.err.status(f"reading {leaderboard}"):
        return hub.fetch(client.leaderboard(leaderboard))


def show_standing(finished: Finished, runs: Path) -> None:
    """After a run: show its place on its track and the paths of its files."""
    from rich.markup import escape

    from synthbench.board import agreement, boards, rank, table
    from synthbench.cli import console

    rows = rank.rank(rank.load_rows([runs]))
    mine = next((r for r in rows if finished.result.submission_id in r.submissions), None)
    near: list[Row] = []
    if mine is not None:
        near = [
            r for r in rows if (r.track, r.scale, r.protocol_sha256) == (mine.track, mine.scale, mine.protocol_sha256)
        ]
        found = boards.boards(near)
        for each in table.tables(found, highlight={finished.result.submission_id}, width=console.out.width):
            console.out.print(each)
    console.out.print(table.legend())
    if mine is not None and mine.versus is not None:
        noise = "within noise" if mine.versus.within_noise else "more than noise"
        console.out.print(
            f"\nFrom the {mine.versus.origin} row of {escape(mine.entrant)}: {table.difference(mine)} points, {noise}.",
            highlight=False,
        )
    place = "" if mine is None or mine.rank is None or mine.repeat else f", {table.standing(mine, near)}"
    cost = finished.result.runs[0]
    pace = (
        f"pretrain {cost.pretrain_s:.0f} s ({cost.images_per_s:.0f} views/s)" if cost.pretrain_s else "no pretraining"
    )
    mean = finished.result.aggregate
    console.out.print(
        (
            "\n"
            f"[bold]{escape(finished.result.generator.title)}[/]: {mean.value:.1%} {escape(mean.name)}{place}. Render "
            f"{cost.render_s:.0f} s, {pace}, evaluate {cost.evaluate_s:.0f} s.\n"
            f"{finished.address or finished.path}: "
            f"{', '.join(sorted(f.name for f in finished.path.iterdir() if f.suffix in ('.png', '.safetensors')))}, "
            "result.json"
        ),
        highlight=False,
    )
    if sentence := agreement.statement(agreement.scores_of(near)):
        console.out.print(sentence, highlight=False)


def _warn(warnings: list[str]) -> None:
    from rich.markup import escape

    from synthbench.cli import console

    for warning in warnings:
        console.err.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
