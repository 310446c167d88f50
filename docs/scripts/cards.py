"""One card per entrant, from the recipes, the sheets in docs/pictures/sheets and the shipped rows."""

from __future__ import annotations

import io
import json
from functools import cache

import drawable
import sheets
import standings
from PIL import Image

from synthbench import registry
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.entrant import recipe
from synthbench.entrant.recipe import Recipe

FAMILIES = {
    "shaders": "Shaders", "shader_synth": "Synthesised shaders", "dead_leaves": "Dead leaves",
    "statistical": "Statistical image models", "stylegan": "StyleGAN2, untrained", "fractals": "Fractals",
    "mandelbulb": "Mandelbulbs", "contours": "Contours", "perlin": "Perlin noise",
    "feature_vis": "Feature visualisations", "noise": "Baselines", "photographs": "Photographs",
    "existing": "Images that exist",
}  # fmt: skip
"""Folder of generators/ -> heading."""
WIDTH = 900
"""Pixels of a card's picture."""


@cache
def families() -> dict[str, list[str]]:
    """Family -> its recipes, sorted; every shipped recipe is in one of ``FAMILIES``."""
    found: dict[str, list[str]] = {family: [] for family in FAMILIES}
    for path in sorted((drawable.ROOT / "generators").glob("*/*.toml"), key=lambda each: each.stem):
        found[path.parent.name].append(path.stem)
    return found


@cache
def pictures() -> dict[str, bytes]:
    """Recipe -> JPEG of its six images, cut out of its family's sheet.

    Raises:
        SystemExit: a sheet does not have a row for each recipe.
    """
    out = {}
    for family in families():
        path = drawable.ROOT / "docs" / "pictures" / "sheets" / f"{family}.jpg"
        if not path.exists():
            continue
        names, size = drawable.recipes(family), sheets.SIZES.get(family, 256)
        sheet = Image.open(path)
        if sheet.height != sheets.GAP + len(names) * (step := sheets.CAPTION + size + sheets.GAP):
            raise SystemExit(f"{path} does not show {', '.join(names)}: run python docs/scripts/sheets.py {family}")
        for i, name in enumerate(names):
            top = sheets.GAP + i * step + sheets.CAPTION
            row = sheet.crop((sheets.GAP, top, sheet.width - sheets.GAP, top + size))
            height = round(row.height * min(1, WIDTH / row.width))
            buffer = io.BytesIO()
            row.resize((min(WIDTH, row.width), height), Image.Resampling.LANCZOS).save(buffer, "jpeg", quality=85)
            out[name] = buffer.getvalue()
    return out


def page() -> str:
    """All cards, by family."""
    parts = []
    for family, names in families().items():
        parts.append(f"## {FAMILIES[family]}")
        parts += [card(name) for name in names]
    return "\n\n".join(parts)


def card(name: str) -> str:
    """The card of one entrant: heading, picture, description, score, parameters, licence, source."""
    entrant = recipe.read(name, registry.recipes()[name].read_text(encoding="utf-8"))
    parts = [f"### {name}", f"**{entrant.title}.** {entrant.description}"]
    if name in pictures():
        parts.append(f"![Six images of {name}](pictures/cards/{name}.jpg){{ loading=lazy }}")
    lines = [f"| score | {_score(name)} |", "|---|---|", f"| generator | {_generator(entrant)} |"]
    if entrant.mix is not None:
        lines.append(f"| mix | {_assigned(entrant.mix.model_dump(exclude_none=True))} |")
    if entrant.labels is not None:
        lines.append(f"| labels | {len(entrant.labels)} of the generator's |")
    lines.append(f"| real images | {', '.join(entrant.real_data_sources) if entrant.uses_real_data else 'none'} |")
    lines += [f"| licence | {entrant.license} |", f"| source | {entrant.citation or 'synthbench'} |"]
    if entrant.source is not None:
        lines.append(f"| images | {f'`synthbench fetch {name}`' if entrant.source.url else entrant.source.how} |")
    return "\n\n".join([*parts, "\n".join(lines)])


def _score(name: str) -> str:
    row = next((row for row in standings.rows() if row.entrant == name), None)
    return f"not scored yet under `{DEFAULT_PROTOCOL}`" if row is None else f"{standings.score(row)}, rank {row.rank}"


def _generator(entrant: Recipe) -> str:
    if not entrant.renders:
        return "none: the encoder keeps its random weights"
    return f"`{entrant.generator}`" + (f" with {_assigned(entrant.params)}" if entrant.params else "")


def _assigned(values: dict[str, object]) -> str:
    """``key = value`` each, long values cut."""
    texts = ((key, json.dumps(value)) for key, value in values.items())
    return ", ".join(f"`{key} = {text if len(text) < 60 else text[:56] + ' ...'}`" for key, text in texts).replace(
        "|", "\\|"
    )
