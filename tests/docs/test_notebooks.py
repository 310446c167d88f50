"""The notebooks: their cells run, their kept outputs are small, and no output shows the standings, which change."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
import run_notebooks
from PIL import Image

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
MOST = 300_000
"""Bytes of a notebook with its outputs."""


def cells(path: Path) -> list[tuple[str, list[dict[str, object]]]]:
    """Source and outputs of the code cells."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [("".join(cell["source"]), cell["outputs"]) for cell in found if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_cells_run(path, reader):
    """As in Jupyter: ``!`` runs a command, ``%%writefile`` writes the cell's text."""
    for source, _ in cells(path):
        first, _, rest = source.partition("\n")
        if first.startswith("%%writefile "):
            Path(first.split()[1]).write_text(rest, encoding="utf-8")
        elif source.startswith("!"):
            for line in source.splitlines():
                reader.command(line.removeprefix("!"), path.name)
        else:
            reader.python(source, path.name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_outputs_are_small_and_do_not_age_with_the_rows(path):
    assert path.stat().st_size < MOST
    text = path.read_text(encoding="utf-8")
    assert "/tmp/" not in text and "/home/" not in text and "/work/" not in text
    for source, outputs in cells(path):
        assert not (source.startswith("!synthbench board") and outputs)
        assert all(output["output_type"] != "error" for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_outputs_are_those_of_its_cells_under_the_default_protocol(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["synthbench"]["shows"] == run_notebooks.shows(notebook), (
        f"run python docs/scripts/run_notebooks.py {path.stem}"
    )
    prints = [outputs for source, outputs in cells(path) if not source.startswith("!synthbench board")]
    assert sum(bool(outputs) for outputs in prints) >= 4


def test_outputs_are_kept_without_what_differs_between_runs():
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(buffer, "PNG")
    shown = {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": "<Image at 0x7f0000>"}
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": "render\r\n\x1b[0mdone  \r\n"},
        {"output_type": "execute_result", "execution_count": 7, "metadata": {}, "data": shown},
    ]
    text, picture = run_notebooks.kept("!synthbench run", outputs)
    assert text == {"output_type": "stream", "name": "stdout", "text": "render\ndone\n"}
    assert picture["execution_count"] is None
    assert picture["data"].keys() == {"image/jpeg"}
    assert run_notebooks.kept("!synthbench board", outputs) == []


def test_both_are_pages_of_the_site():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) == 2
    assert all(f": notebooks/{path.stem}.md\n" in nav for path in NOTEBOOKS)


def test_a_notebook_becomes_a_page_with_its_pictures(tmp_path):
    pytest.importorskip("nbconvert")
    import notebooks

    text, pictures = notebooks.page(ROOT / "docs" / "notebooks" / "score-my-generator.ipynb")
    assert text.startswith("# Score my generator\n\n[Download this notebook](score-my-generator.ipynb)")
    assert "(encoder-on-my-images.md)" in text
    assert all(f"({name})" in text and content[:2] == b"\xff\xd8" for name, content in pictures.items())
