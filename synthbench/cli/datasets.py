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
    from rich.markup import escape

    from synthbench.cli import console
    from synthbench.cli.columns import columns
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
    shown = []
    for row in rows:
        images, size, state = row["images"], row["gigabytes"], str(row["state"])
        colour = {"here": "green", "not here": "dim"}.get(state, "red")
        counts = "/".join(f"{n / 1000:,.4g}k" if n else "-" for n in images) if isinstance(images, list) else ""
        shown.append(
            {
                "name": f"[bold]{row['name']}[/]",
                "state": f"[{colour}]{escape(state)}[/]",
                "classes": str(row["classes"]),
                "train/val/test": counts,
                "GB": f"{size:g}" if size else "",
                "folder": escape(str(row["folder"])),
                "licence": escape(str(row["licence"])),
            }
        )
    title = f"below {escape(str(root()))}"
    console.out.print(columns(shown, console.out.width, right=("classes", "GB"), title=title))
    console.err.print(
        "Sizes and licences are approximate: check the source's terms.\n"
        "To get them: `synthbench fetch NAME` for those in the folder torchvision; `synthbench fetch hub -g "
        "repo=ILSVRC/imagenet-1k`, and again with `-g split=validation`, for ImageNet; `hf download --repo-type "
        "dataset clip-benchmark/FOLDER` for the VTAB copies. `synthbench datasets --json` has the source of the others."
    )
