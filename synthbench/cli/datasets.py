"""``synthbench datasets``: the evaluation data sets, and whether they are on this machine."""

from __future__ import annotations

from synthbench.cli.options import JsonOption


def datasets(json: JsonOption = False) -> None:
    """List the evaluation data sets: classes, size, licence, source, and whether each is present and complete.

    They are in `$SYNTHBENCH_DATA` (default `~/.cache/synthbench/datasets`). Nothing is
    downloaded; `synthbench fetch NAME` fetches those that torchvision supports.

    Examples:

        synthbench datasets

        SYNTHBENCH_DATA=/data synthbench datasets --json
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from synthbench.cli import console
    from synthbench.evaluate import registry
    from synthbench.evaluate.on_disk import OnDisk, root

    rows = [
        {"name": task.about.name, "classes": task.about.classes, "images": list(task.about.counts),
            "gigabytes": task.about.gigabytes,
         "licence": task.about.licence, "folder": task.folder if isinstance(task, OnDisk) else "",
         "source": task.about.source, "metric": task.metric.name, "state": registry.state(task.about.name)}
        for task in sorted(registry.tasks().values(), key=lambda task: task.place() is not None)
    ]  # fmt: skip
    if json:
        console.print_json(rows)
        return
    table = Table(title=f"below {root()}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("name, folder", no_wrap=True, overflow="fold")
    table.add_column("train/val/test, licence", no_wrap=True)
    table.add_column("state", overflow="fold")
    for row in rows:
        images, size = row["images"], row["gigabytes"]
        about = f"{row['classes']} classes" + (f", {size:g} GB" if size else "")
        counts = "/".join(f"{n / 1000:,.4g}k" if n else "-" for n in images) + "\n" if isinstance(images, list) else ""
        colour = {"here": "green", "not here": "dim"}.get(str(row["state"]), "red")
        names = f"[bold]{row['name']}[/]" + (f"\n[dim]{row['folder']}[/]" if row["folder"] else "")
        table.add_row(names, f"{about}\n[dim]{counts}{row['licence']}[/]", f"[{colour}]{row['state']}[/]")
    console.out.print(table)
    console.err.print(
        "Sizes and licences are guides and were not checked with every source; the source's terms apply. ImageNet can "
        "also be fetched from the Hub: `synthbench fetch hub -g "
        "repo=ILSVRC/imagenet-1k`, and again with `-g split=validation`. Where to get the others: "
        "`synthbench fetch cifar10` and the like for those below `torchvision`, `synthbench datasets "
        "--json` for the rest. The VTAB copies: `hf download --repo-type dataset clip-benchmark/FOLDER`."
    )
