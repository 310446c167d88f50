"""Tables of the shipped protocols and of the evaluation tasks."""

from __future__ import annotations

from synthbench import registry
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.evaluate.registry import tasks as registered
from synthbench.protocol import protocol

SCALES = ("pocket", "mini", "small", "paper")


def table() -> str:
    """One line per protocol, from the smallest scale up."""
    found = sorted((protocol.load(name) for name in registry.protocols()), key=lambda p: (SCALES.index(p.scale), p.id))
    lines = ["| protocol | scale | images | encoder | pretraining | evaluated on |", "|---|---|---|---|---|---|"]
    for each in found:
        default = " (default)" if each.id == DEFAULT_PROTOCOL else ""
        width = "" if each.encoder.width == 64 else f", width {each.encoder.width}"
        tasks = ", ".join(each.evaluate.tasks[:6]) + (
            f" and {more} more" if (more := len(each.evaluate.tasks) - 6) > 0 else ""
        )
        lines.append(
            f"| `{each.id}`{default} | {each.scale} | {each.data.images:,} at {each.data.size} px | "
            f"{each.encoder.architecture}{width} | {each.objective.name}, {each.optimizer.name}, "
            f"{each.optimizer.epochs} epochs at {each.augment.size} px | {tasks} |"
        )
    return "\n".join(lines)


def tasks() -> str:
    """One line per task that needs no download, then the names of the others."""
    lines, others = ["| task | question | classes | test images |", "|---|---|---|---|"], []
    for name, task in registered().items():
        if task.about.gigabytes:
            others.append(f"`{name}`")
        else:
            lines.append(f"| `{name}` | {task.about.title} | {task.about.classes} | {task.about.counts[2]:,} |")
    return "\n".join(lines) + f"\n\nTasks that need a download: {', '.join(others)}."
