"""``synthbench fetch``: fetch existing images for pretraining or evaluation, or list what can be fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthbench.cli.options import JsonOption

if TYPE_CHECKING:
    from synthbench.entrant.recipe import Recipe
    from synthbench.storage.download import Progress

ENCODERS = ("shaders1k", "shaders21k", "shaders21k_6mixup", "shaders21k_stylegan", "shaders21k_4mixup_live")
ENCODER_URL = "https://data.csail.mit.edu/synthetic_training/shaders21k/models/encoders/{}/checkpoint_0199.pth.tar"
"""The MoCo v2 encoders of Baradad et al. 2022 (names: mbaradad/shaders21k, scripts/download/download_encoders.sh)."""


def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="What to fetch; leave out to list.", show_default=False)
    ] = None,
    param: Annotated[
        list[str], typer.Option("--generator", "-g", metavar="KEY=VALUE", help="For `hub`: repo, split, column, ...")
    ] = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Fetch existing images or the authors' encoders; without a name, list what can be fetched and its destination.

    Evaluation data sets that torchvision supports (`cifar10`, `dtd`, ...) are unpacked into `$SYNTHBENCH_DATA`.

    An interrupted fetch resumes. Files that exist already are checked against their SHA-256.

    Examples:

        synthbench fetch

        synthbench fetch shaders21k-6mixup

        synthbench fetch cifar10

        synthbench fetch hub -g repo=user/name -g split=train
    """
    from synthbench.cli import console
    from synthbench.errors import UsageError

    if param and name != "hub":
        raise UsageError("-g is for `synthbench fetch hub -g repo=user/name` only; a recipe has its own parameters.")
    if name is None:
        rows = _rows()
        return console.print_json(rows) if json else _show(rows)
    if name == "hub":
        return _hub(console.assignments(param, "-g"), json)
    sources = _sources()
    if name not in sources:
        return _data_set(name, {*sources, "hub"}, json)
    recipe, url, path = sources[name]
    if not url:
        assert recipe is not None and recipe.source is not None
        if path.exists():
            console.err.print(f"{name} exists: [bold]{path}[/]", highlight=False)
            return console.print_json({"name": name, "path": str(path), "fetched": False}) if json else None
        raise UsageError(f"{name} has no public address. {recipe.source.how} Put them into {path}.")
    from synthbench.storage.download import download

    published = recipe.source.sha256 if recipe is not None and recipe.source is not None else ""
    with console.resumable(), _bar() as progress:
        about = {"name": name, "path": str(path), **download(url, path, sha256=published, progress=progress, say=_say)}
    if json:
        return console.print_json(about)
    known = "as published" if about["published"] else "no published hash: this one is recorded for later checks"
    console.err.print(
        f"{'fetched' if about['fetched'] else 'was here, and is whole'}: [bold]{path}[/]", highlight=False
    )
    console.err.print(f"{about['bytes']:,} bytes, SHA-256 {about['sha256'][:16]}... ({known})", highlight=False)
    if recipe is not None:
        console.err.print(f"Next: synthbench preview {name}", highlight=False)


def _data_set(name: str, others: set[str], json: bool) -> None:
    """Fetch an evaluation data set from torchvision's addresses."""
    from synthbench.cli import console
    from synthbench.errors import UnknownNameError, UsageError
    from synthbench.evaluate import registry
    from synthbench.evaluate.on_disk import OnDisk
    from synthbench.evaluate.tasks.vision import Vision

    task = registry.tasks().get(name)
    if task is None:
        found = {n for n, t in registry.tasks().items() if isinstance(t, Vision)}
        raise UnknownNameError(
            "thing to fetch", name, {*others, *found}, hint="`synthbench fetch` lists what can be fetched."
        )
    if not isinstance(task, Vision):
        how = f"get it {task.how()}" if isinstance(task, OnDisk) else "it comes with the installed packages"
        raise UsageError(f"{name} cannot be fetched with this command: {how}.")
    with console.resumable(), _bar() as progress:
        fetched = task.fetch(progress, _say)
    splits, path = task.splits(0), task.place()
    images = [len(splits.train), len(splits.val) if splits.val else 0, len(splits.test)]
    if json:
        return console.print_json({"name": name, "path": str(path), "fetched": fetched, "images": images})
    console.err.print(
        f"{'fetched' if fetched else 'was here, and is whole'}: {task.about.title} in [bold]{path}[/]", highlight=False
    )
    console.err.print(f"{images[0]:,} training, {images[1]:,} validation, {images[2]:,} test images", highlight=False)


def _hub(values: dict[str, Any], json: bool) -> None:
    from pydantic import ValidationError

    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.images import hub
    from synthbench.storage.model import describe

    try:
        wanted = hub.Wanted.model_validate(
            {key: str(v) if key != "files" and not isinstance(v, str) else v for key, v in values.items()}
        )
    except ValidationError as error:
        raise UsageError(f"fetch hub: {describe(error)}. Parameters: {', '.join(hub.Wanted.model_fields)}.") from error
    with console.resumable(), _bar() as progress:
        about = hub.fetch(wanted, progress=lambda done, total: progress("fetch", done, total))
    if json:
        return console.print_json(about)
    if about["partial"]:
        console.err.print("[yellow]warning:[/] the Hub's parquet copy holds only the first part of this data set.")
    if about["without_image"]:
        console.err.print(f"[yellow]warning:[/] {about['without_image']:,} rows have no image.")
    console.err.print(
        f"{about['images']:,} images of {wanted.repo} at commit {about['revision']}, in [bold]{about['folder']}[/]",
        highlight=False,
    )
    console.err.print(f"Next: {wanted.command().replace('fetch hub', 'preview hub', 1)}", highlight=False)


def _sources() -> dict[str, tuple[Recipe | None, str, Path]]:
    """Name -> recipe, address ("" if it must be fetched by hand), destination."""
    from synthbench import registry
    from synthbench.entrant import recipe
    from synthbench.home import data_folder

    found: dict[str, tuple[Recipe | None, str, Path]] = {}
    for name in sorted(registry.recipes()):
        own = recipe.resolve(name)
        if own.source is not None:
            found[name] = own, own.source.url, own.source.place
    for name in ENCODERS:
        found[f"encoder-{name}"] = (
            None,
            ENCODER_URL.format(name),
            data_folder() / "encoders" / name / "checkpoint_0199.pth.tar",
        )
    return found


def _rows() -> list[dict[str, Any]]:
    from concurrent.futures import ThreadPoolExecutor

    from synthbench.storage.download import size_of

    sources = _sources()

    def size(url: str) -> tuple[int | None, str]:
        try:
            return (size_of(url), "") if url else (None, "")
        except OSError as error:
            return None, str(getattr(error, "reason", error))

    with ThreadPoolExecutor(16) as pool:
        sizes = dict(zip(sources, pool.map(size, [url for _, url, _ in sources.values()]), strict=True))
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "title": recipe.title if recipe is not None else "MoCo v2 ResNet-50 encoder of the authors",
            "here": path.exists(),
            "begun": path.with_name(path.name + ".part").exists(),
            "bytes": path.stat().st_size if path.is_file() else sizes[name][0],
            "problem": sizes[name][1],
            "url": url,
            "how": recipe.source.how if recipe is not None and recipe.source is not None else "",
            "path": str(path),
        }
        for name, (recipe, url, path) in sources.items()
    ]
    return found + _data_sets()


def _data_sets() -> list[dict[str, Any]]:
    from synthbench.evaluate import registry
    from synthbench.evaluate.tasks.vision import Vision

    return [
        {
            "name": name,
            "title": f"{task.about.title}: {task.about.classes} classes, to evaluate on",
            "here": registry.state(name) == "here",
            "begun": task.begun(),
            "bytes": round(task.about.gigabytes * 1e9),
            "problem": "",
            "url": task.archives[0].url,
            "how": "",
            "path": str(task.place()),
        }
        for name, task in registry.tasks().items()
        if isinstance(task, Vision)
    ]


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape

    from synthbench.cli import console
    from synthbench.cli.columns import columns
    from synthbench.home import data_folder

    shown = []
    for row in rows:
        here = "[green]yes[/]" if row["here"] else "begun" if row["begun"] else "no" if row["url"] else "by hand"
        size = f"{row['bytes'] / 1e9:.2f} GB" if row["bytes"] is not None else "unknown" if row["url"] else ""
        path = Path(row["path"])
        place = path.relative_to(data_folder()) if path.is_relative_to(data_folder()) else path
        shown.append(
            {"name": row["name"], "here": here, "size": size, "title": escape(row["title"]),
             "path": f"[dim]{escape(str(place))}[/]"}
        )  # fmt: skip
    console.out.print(columns(shown, console.out.width, right=("size",)))
    console.err.print(
        f"Paths are below the data folder, {data_folder()}; set SYNTHBENCH_HOME to move it.",
        highlight=False,
        soft_wrap=True,
    )
    console.err.print("Data sets on the Hub: synthbench fetch hub -g repo=user/name", highlight=False)
    if silent := [row for row in rows if row["problem"] and not row["here"]]:
        reason = f"{len(silent)} addresses do not respond: {silent[0]['problem']} ({silent[0]['url']})"
        console.err.print(f"[yellow]warning:[/] {escape(reason)}", highlight=False, soft_wrap=True)


def _say(text: str) -> None:
    from synthbench.cli import console

    console.err.print(f"[yellow]{console.escape(text)}[/]", highlight=False, soft_wrap=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar in bytes, with rate and time left."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from synthbench.cli import console

    columns = (
        TextColumn("  {task.description:<6}"),
        BarColumn(30),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console.err, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield show
