"""``synthbench shaders``: collections of GLSL programs."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@app.callback()
def shaders() -> None:
    """Collections of GLSL programs: fetch them, clean them, look at them."""
