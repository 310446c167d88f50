"""A recipe describes an entrant: a generator, its parameters, and information for readers (licence, citation, real
data)."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from synthbench import registry
from synthbench.dataset.address import brought
from synthbench.entrant import content_hash, existing, hints, interface, parameters, source
from synthbench.entrant.mix import Mix, mix
from synthbench.entrant.subset import Subset
from synthbench.errors import DataError, UsageError
from synthbench.generator import Generator
from synthbench.home import data_folder, expanded
from synthbench.result.encoder_file import WEIGHTS
from synthbench.storage.model import FrozenModel, describe
from synthbench.storage.remote import is_address, local

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
"""Pattern of an entrant's name, which is used for folders and files."""
COMMIT = r"[0-9a-f]{40}"


class Source(FrozenModel):
    """Images that a recipe needs and that are not shipped: the generator gets their location as its ``path``."""

    path: str
    """Their location: a file or folder below ``synthbench.home.data_folder()``."""
    url: str = ""
    """The address for ``synthbench fetch``; empty if the file must be fetched by hand."""
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    """As published; empty if it is not."""
    how: str = ""
    """How to get the images by hand."""

    @property
    def place(self) -> Path:
        """The full path."""
        return data_folder() / self.path


class Recipe(FrozenModel):
    """An entrant. ``generator``, ``params`` and ``mix`` determine the images; the rest is information for readers."""

    name: str = Field(pattern=NAME)
    generator: str
    """A registered generator's name or ``file.py:Class``; ``none`` means no pretraining (the encoder keeps its random
    initial weights)."""
    title: str = ""
    description: str = ""
    params: dict[str, Any] = Field(default={})
    labels: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Use only these labels of the generator; the ``mix`` is of their images."""
    mix: Mix | None = None
    source: Source | None = None
    license: str = "unknown"
    citation: str = ""
    uses_real_data: bool = False
    uses_pretrained: bool = False
    real_data_sources: list[str] = Field(default=[])

    @property
    def recorded(self) -> dict[str, Any]:
        """The parameters as stored in a result's record: with the labels and the mix, if any."""
        more = {
            "mix": self.mix.model_dump() if self.mix else None,
            "labels": list(self.labels) if self.labels else None,
        }
        return self.params | {key: value for key, value in more.items() if value is not None}

    @property
    def renders(self) -> bool:
        """False for the random-initialisation baseline, which has no images."""
        return self.generator != "none"

    def missing(self) -> str:
        """What to do before this entrant can be used if the images of its ``source`` are missing; otherwise ``""``."""
        if self.source is None or "path" in self.params or self.source.place.exists():
            return ""
        get = (
            f"`synthbench fetch {self.name}` gets them from {self.source.url}"
            if self.source.url
            else f"{self.source.how} They belong"
        )
        return (
            f"the images of {self.name!r} have not been fetched. {get} into "
            f"{self.source.place}; or give their location with -g path=..."
        )

    def arguments(self) -> dict[str, Any]:
        """The arguments for the generator: the parameters, and the location of the ``source``.

        Raises:
            DataError: the source's images are missing.
        """
        if missing := self.missing():
            raise DataError(missing)
        return self.params if self.source is None else {"path": str(self.source.place), **self.params}

    def require_outside(self, out: str | Path) -> None:
        """Refuse an output folder inside the folder of the images themselves: the output would change the entrant.

        Raises:
            UsageError: ``out`` is the parameter ``path``, or lies below it.
        """
        own = (self.arguments() if self.renders else {}).get("path")
        if own is not None and _below(local(out), local(str(own))):
            raise UsageError(
                f"{str(out)!r} lies in the entrant's own folder {own!r} and would change it: use another --out."
            )

    def load(self) -> Generator:
        """Create the generator.

        Raises:
            DataError: the images of its source are missing.
            UsageError: an unknown or missing parameter, or an unknown label.
            GeneratorError: its constructor raises, or its class does not fit the interface.
        """
        if not self.renders:
            raise UsageError(
                f"entrant {self.name!r} does not render images: it stands for an encoder without pretraining."
            )
        cls = registry.load_class(self.generator)
        params = self.arguments()
        # existing images can only continue without repeats if their generator knows
        restricts = self.labels is not None and "only" in inspect.signature(cls).parameters
        if restricts:
            params = params | {"only": list(self.labels or ())}
        parameters.require(self.generator, cls, params)
        generator = interface.made(self.generator, cls, params)
        if self.labels is not None and not restricts:
            generator = Subset(generator, self.labels)
        if self.mix is None:
            return generator
        return mix(generator, kind=self.mix.kind, n=self.mix.n, alpha=self.mix.alpha, weights=self.mix.weights)

    def source_sha256(self) -> str:
        """Hash of the code and data files that draw the images (``synthbench.entrant.source``)."""
        if not self.renders:
            return hashlib.sha256(b"none").hexdigest()
        path, colon, _ = self.generator.rpartition(":")
        if colon and path.endswith(".py"):
            return source.sha256(Path(path))
        module = sys.modules[registry.load_class(self.generator).__module__]
        return source.sha256(Path(module.__file__ or ""), module.__package__ or module.__name__)

    def identity(self) -> dict[str, Any]:
        """What determines the images: class, code, parameters, labels and mix. Equal identities give equal images."""
        path, colon, class_name = self.generator.rpartition(":")
        generator = f"{Path(path).name}:{class_name}" if colon else self.generator
        return {
            "generator": generator,
            "params": {k: _meaning(k, v) for k, v in self.arguments().items()},
            "mix": self.mix.model_dump() if self.mix else None,
            "source_sha256": self.source_sha256(),
        } | ({} if self.labels is None else {"labels": list(self.labels)})  # recipes without labels keep their hash

    def sha256(self) -> str:
        """Hash of ``identity``."""
        return hashlib.sha256(json.dumps(self.identity(), sort_keys=True).encode()).hexdigest()


def resolve(entrant: str, params: Mapping[str, Any] | None = None) -> Recipe:
    """Find the recipe of an entrant.

    Args:
        entrant: a shipped recipe's name, a recipe file (``.toml``), a registered generator's name, ``file.py:Class``, a
            GLSL program or Shadertoy's JSON, a folder or a zip file of images, a tar shard, a folder of tar shards
            (searched if it has no images), or the address of a rendered data set.
        params: generator parameters that replace the recipe's; they become part of the recipe's name.

    Raises:
        UnknownNameError: unknown name; the nearest names are suggested.
        StorageError: there is no data set at the address, or it cannot be read.
    """
    place = local(entrant) if is_address(entrant) else entrant
    recipe = Recipe(**existing.at_address(str(place))) if is_address(place) else _find(str(place))
    if params:
        suffix = "-".join(f"{k}{v}" for k, v in sorted(params.items()))
        name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{recipe.name}-{suffix}")[:80]
        recipe = recipe.model_copy(update={"name": name, "params": {**recipe.params, **params}})
    if "repo" in recipe.params and not re.fullmatch(COMMIT, str(recipe.params.get("revision"))):
        pin = getattr(
            registry.load_class(recipe.generator), "pin", None
        )  # a branch moves, so the recipe names the commit
        recipe = recipe.model_copy(update={"params": pin(recipe.params)}) if pin else recipe
    return recipe


def _below(place: str | Path, folder: str | Path) -> bool:
    """Whether a place is a folder or inside it; False for a path and an address."""
    if isinstance(place, Path) and isinstance(folder, Path):
        return place.resolve().is_relative_to(expanded(folder).resolve())
    return isinstance(place, str) and isinstance(folder, str) and f"{place}/".startswith(f"{folder}/")


def _find(entrant: str) -> Recipe:
    path = Path(entrant)
    if entrant in registry.recipes():
        return read(entrant, registry.recipes()[entrant].read_text(encoding="utf-8"))
    if path.suffix == ".toml":
        if not path.is_file():
            raise UsageError(f"there is no recipe file {entrant!r}.")
        try:
            recipe = read(path.stem, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise UsageError(f"recipe file {entrant!r} is not UTF-8 text.") from error
        code, colon, class_name = recipe.generator.rpartition(":")
        if colon and code.endswith(".py"):  # a generator next to its recipe is found from any working directory
            recipe = recipe.model_copy(update={"generator": f"{(path.parent / code).resolve()}:{class_name}"})
        return recipe
    file, colon, class_name = entrant.rpartition(":")
    if colon and file.endswith(".py"):
        if not class_name:
            raise hints.without_class(file, Path(file))
        if not re.fullmatch(NAME, class_name):
            raise UsageError(f"{entrant!r}: the class name becomes the entrant's name and must match {NAME}.")
        return Recipe(name=class_name, generator=f"{Path(file).resolve()}:{class_name}", title=class_name)
    if entrant in registry.generators():
        return Recipe(name=entrant, generator=entrant, title=entrant)
    if entrant and (found := existing.at_path(path)) is not None:
        return Recipe(**found)
    raise hints.unknown(entrant)


def read(name: str, text: str) -> Recipe:
    """Read a recipe from TOML; its name is the file's.

    Raises:
        UsageError: not TOML, an unknown key or a value out of range.
    """
    try:
        return Recipe.model_validate(_named(name, tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"recipe {name!r} is not TOML: {error}") from error
    except ValidationError as error:
        raise UsageError(f"recipe {name!r}: " + describe(error)) from error


def _named(name: str, tree: dict[str, Any]) -> dict[str, Any]:
    if "name" in tree:
        raise UsageError(f"recipe {name!r}: a recipe is named after its file; delete the line `name`.")
    return {**tree, "name": name}


def _meaning(key: str, value: Any) -> Any:
    """The meaning of a parameter, independent of its location: a ``path`` stands for its content, a ``texture`` for the
    images of that entrant, an ``encoder`` for its weights (an address on the Hub names its commit)."""
    if key == "texture" and value is not None:
        return resolve(str(value)).identity()
    if key == "path" and isinstance(where := local(str(value)), str):
        return content_hash.digest(brought(where)[0].copy.folder)
    if key not in ("path", "encoder") or not (place := expanded(str(value))).exists():
        return value
    if key == "encoder" and place.is_dir() and (place / WEIGHTS).exists():
        place = place / WEIGHTS
    return content_hash.digest(place)
