"""Run the notebooks of docs/notebooks and keep their outputs, which the site shows.

    python docs/scripts/run_notebooks.py [NAME ...]

To be run when a cell or the default protocol changes (tests/docs/test_notebooks.py fails until then); takes a few
minutes. Needs the extra `docs`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.protocol import protocol

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
CLEARED = ("!synthbench board",)
"""Cells whose output is not kept: it changes whenever rows change."""
QUALITY = 85
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def shows(notebook: dict[str, Any]) -> str:
    """Hash of what the outputs depend on: the code cells and the default protocol."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return hashlib.sha256(json.dumps([sources, protocol.load(DEFAULT_PROTOCOL).sha256()]).encode()).hexdigest()


def kept(source: str, outputs: list[Any]) -> list[Any]:
    """The outputs without what differs between two runs; pictures as JPEG."""
    if source.startswith(CLEARED):
        return []
    streams = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    text = "\n".join(line.rstrip() for line in ESCAPE.sub("", streams).splitlines())
    found: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": f"{text}\n"}] if text else []
    for output in outputs:
        if output["output_type"] == "stream":
            continue
        data = output["data"]
        if "image/png" in data:
            buffer = io.BytesIO()
            picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
            picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
            data = {"image/jpeg": base64.b64encode(buffer.getvalue()).decode() + "\n"}
        found.append({"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data})
    return found


def run(path: Path) -> None:
    """Run a notebook in an empty folder and write it with its outputs."""
    import nbclient
    import nbformat

    formats: Any = nbformat  # untyped
    notebook = formats.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(notebook, timeout=3600, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.metadata = None, {}
            cell.outputs = [formats.from_dict(output) for output in kept(cell.source, cell.outputs)]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "synthbench": {"shows": shows(notebook)}}
    formats.write(notebook, path)


if __name__ == "__main__":
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # `!synthbench`
    for each in sys.argv[1:] or sorted(file.stem for file in FOLDER.glob("*.ipynb")):
        run(FOLDER / f"{each}.ipynb")
