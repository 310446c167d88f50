"""The command reference, generated from Typer."""

from __future__ import annotations

import inspect
import re
from typing import Any

import typer

from synthbench.cli import app


def reference() -> str:
    """Every command in the groups of ``synthbench --help``: what it does, its arguments and options, examples."""
    root: Any = typer.main.get_command(app)
    groups: dict[str, list[str]] = {}
    for name, command in root.commands.items():
        groups.setdefault(command.rich_help_panel, []).append(f"{section(command, f'synthbench {name}', 3)}")
    return "\n\n".join(f"## {group}\n\n" + "\n\n".join(parts) for group, parts in groups.items())


def section(command: Any, path: str, level: int) -> str:
    """The section of a command and its subcommands."""
    parts = [f"{'#' * level} {path}", described(command.help or ""), table(command.params)]
    parts += [section(inner, f"{path} {name}", 4) for name, inner in getattr(command, "commands", {}).items()]
    return "\n\n".join(part for part in parts if part)


def described(text: str) -> str:
    """Help as Markdown: the commands of its examples in blocks."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text))
    out: list[str] = []
    for each in paragraphs:
        paragraph = each.strip()
        if not paragraph.startswith(("synthbench ", "torchrun ")):
            out.append(paragraph)
            continue
        paragraph = re.sub(r"\n(?!synthbench |torchrun )\s*", " ", paragraph)  # a command over several lines
        if out and out[-1].startswith("```"):
            out[-1] = out[-1].removesuffix("```") + f"{paragraph}\n```"
        else:
            out.append(f"```sh\n{paragraph}\n```")
    return "\n\n".join(out)


def table(params: list[Any]) -> str:
    """The table of arguments and options."""
    lines = []
    for param in params:
        if getattr(param, "hidden", False) or param.name in ("help", "install_completion", "show_completion"):
            continue
        value = param.metavar or param.name.strip("_").upper()
        if not param.opts[0].startswith("-"):
            names = f"`{value}`"
        else:
            given = "" if param.is_flag else f" {value}"
            names = ", ".join(f"`{name}{given}`" for name in (*param.opts, *param.secondary_opts))
        lines.append(f"| {names} | {_cell(getattr(param, 'help', '') or '')} | {_cell(_default(param))} |")
    return "\n".join(["| | | default |", "|---|---|---|", *lines]) if lines else ""


def _default(param: Any) -> str:
    if param.required:
        return "required"
    if isinstance(getattr(param, "show_default", None), str):
        return str(param.show_default)
    value = param.default
    if value is None or callable(value) or value is False or value in ([], (), ""):
        return ""
    return f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
