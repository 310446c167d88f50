"""``synthbench new``: write a template of a generator."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The file to write.", show_default=False)],
) -> None:
    """Write a commented generator of twenty lines that runs as it is.

    Example:

        synthbench new my_generator.py && synthbench run my_generator.py:Stripes
    """
    from synthbench.cli import console
    from synthbench.errors import UsageError

    if file.suffix != ".py":
        raise UsageError(f"{str(file)!r}: must be a .py file.")
    text = (resources.files("synthbench.cli") / "template.py.txt").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise UsageError(f"{str(file)!r} exists already; choose another name.") from None
    except OSError as error:
        raise UsageError(f"cannot write {str(file)!r}: {error.strerror}.") from error
    console.err.print(
        f"wrote [bold]{file}[/]. Next:\n  synthbench preview {file}:Stripes\n  synthbench run {file}:Stripes",
        highlight=False,
    )
