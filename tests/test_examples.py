"""Every command in the help, the messages and the docs is valid: its options, entrants, protocols and parameters
exist."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from synthbench import registry
from synthbench.cli import app
from synthbench.cli.console import assignments
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.entrant import parameters
from synthbench.entrant.recipe import resolve
from synthbench.errors import UsageError
from synthbench.evaluate.registry import tasks
from synthbench.images.hub import Wanted
from synthbench.protocol import protocol
from synthbench.run.track import TRACKERS

ROOT = Path(__file__).parents[1]
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "protocols" / "README.md"]
SOURCES = sorted(path for folder in ("synthbench", "generators") for path in (ROOT / folder).rglob("*.py"))
COMMAND = r"(?:torchrun [^`\n]*-m )?synthbench(?= [a-z{-])"
PLACEHOLDER = re.compile(r"\{[^}]*\}.*|[A-Z][A-Z0-9_]*(\.\.\.)?|\.\.\.|.*FILE.*")
"""``ENTRANT``, ``RUN...``, ``{name}``: stands for a value."""
OF_A_USER = re.compile(r".*[/*].*|.*\.(py:\w+|toml|zip|tar|json|glsl)|hub")
"""A file, a folder or a class of the reader's."""


def in_text(text: str) -> Iterator[str]:
    """Commands in backticks, also over several lines, and on lines of their own in blocks, fenced or indented."""
    fenced = "\n".join(re.findall(r"```[^\n`]*\n(.*?)```", text, re.DOTALL))
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from re.findall(rf"^({COMMAND}.*)$", fenced, re.MULTILINE)
    for _, command in re.findall(rf"^( {{4,}})({COMMAND}.*(?:\n\1 +\S.*)*)$", text, re.MULTILINE):
        yield " ".join(command.split())  # a deeper line goes on with the command
    yield from re.findall(rf"`({COMMAND}[^`]*)`", text)


def in_source(source: str) -> Iterator[str]:
    """The same in docstrings and messages; the values of an f-string stay in braces."""
    nodes = list(ast.walk(ast.parse(source)))
    inner = {
        id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node
    }
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{x}" for part in node.values)
            yield from in_text("".join(str(part) for part in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield from in_text(node.value)


def examples() -> list[Any]:
    found = dict[str, str]()
    for path in DOCS:
        found |= dict.fromkeys(in_text(path.read_text(encoding="utf-8")), path.name)
    for path in SOURCES:
        found |= dict.fromkeys(in_source(path.read_text(encoding="utf-8")), path.name)
    lines = dict[str, str]()
    for text, name in found.items():
        for command in re.split(
            r"&&|;", re.sub(r"(^|\s)#.*|\s> .*| {3,}.*", "", text.replace("\\|", "|").replace("\n", " "))
        ):
            if "synthbench " in command:
                lines[" ".join(re.sub(r".*?\bsynthbench ", "", command).split())] = name
    return [pytest.param(line, id=f"{name}: {line}") for line, name in sorted(lines.items())]


EXAMPLES = examples()
ROOT_COMMAND: Any = typer.main.get_command(app)
TRACKS = {protocol.load(name).track for name in registry.protocols()}


def check(line: str) -> None:
    """Fails if a command line, without ``synthbench``, does not resolve; ``a|b`` stands for both."""
    words = [[word] if "=" in word else word.strip("[]").split("|") for word in shlex.split(re.sub(r" \| ", "|", line))]
    for alternative in itertools.product(*words):
        _check(list(alternative))


def _check(words: list[str]) -> None:
    command, path = ROOT_COMMAND, list[str]()
    while words and words[0] in getattr(command, "commands", {}):
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    assert path or words[0].startswith("-") or PLACEHOLDER.fullmatch(words[0]), f"there is no command {words[0]!r}"
    options = {
        name: option
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("-")
    }
    if not path:
        options |= dict.fromkeys(("--help", "-h"))
    places = [option for option in command.params if not option.opts[0].startswith("-")]
    given, entrant = dict[str, list[str]](), ""
    while words:
        word = words.pop(0)
        if word == "..." or (word.startswith("{") and not places):
            continue
        if word.startswith("-") and not re.fullmatch(r"-\d.*", word):
            name, equals, value = word.partition("=")
            assert name in options, f"{' '.join(path)} has no option {name}"
            if options[name] is not None and not getattr(options[name], "is_flag", False):
                assert equals or words, f"{name} needs a value"
                given.setdefault(options[name].name, []).append(value if equals else words.pop(0))
            continue
        assert places, f"{' '.join(path)} takes no argument {word!r}"
        place = places[0] if places[0].nargs == -1 or word.endswith("...") else places.pop(0)
        given.setdefault(place.name, []).append(word)
        if place.name == "entrant":
            entrant = word
    for key, values in given.items():
        for value in values:
            if not PLACEHOLDER.fullmatch(value):
                _value(path, key, value)
    _assigned(path, given, entrant)


def _value(path: list[str], key: str, value: str) -> None:
    known: dict[str, Any] = {
        "entrant": {*registry.recipes(), *registry.generators()},
        "protocol": registry.protocols(), "protocols": registry.protocols(), "first": registry.protocols(),
        "second": registry.protocols(), "names": registry.protocols(), "against": {*registry.recipes(), *tasks()},
        "queries": {*registry.recipes(), *tasks()}, "track": TRACKS if path == ["board"] else TRACKERS,
        "kind": ("entrants", "generators", "protocols", "datasets"), "device": ("cpu", "cuda"),
        "format": ("png", "jpeg"),
    }  # fmt: skip
    if path == ["fetch"] and key == "name":
        assert value == "hub" or value in tasks() or resolve(value).source is not None, f"nothing to fetch for {value}"
    if key in known and not OF_A_USER.fullmatch(value):
        assert value in known[key], f"there is no {key} {value!r}"


def _assigned(path: list[str], given: dict[str, list[str]], entrant: str) -> None:
    """``-g``, ``--set`` and ``--data``: the parameters, constants and data sets exist."""
    params = assignments([pair for pair in given.get("generator", ()) if "=" in pair], "-g")
    if path == ["fetch"]:
        assert params.keys() <= Wanted.model_fields.keys()
    elif params and entrant == "hub":
        assert params.keys() <= Wanted.model_fields.keys() | {"only"}
    elif params and not PLACEHOLDER.fullmatch(entrant) and not OF_A_USER.fullmatch(entrant):
        recipe = resolve(entrant, params)
        parameters.require(recipe.generator, registry.load_class(recipe.generator), recipe.params)
    changes = assignments([pair for pair in given.get("overrides", given.get("set_", ())) if "=" in pair], "--set")
    if changes:
        protocol.load(given.get("protocol", [DEFAULT_PROTOCOL])[0]).override(changes)
    for pair in given.get("data", ()):
        assert pair.partition("=")[0] in tasks() or PLACEHOLDER.fullmatch(pair.partition("=")[0])


@pytest.mark.parametrize("line", EXAMPLES)
def test_it_resolves(line):
    check(line)


def test_there_are_examples_of_every_command():
    shown = {tuple(line.split()) for line in (parameter.values[0] for parameter in EXAMPLES)}
    for name, own in ROOT_COMMAND.commands.items():
        for inner in getattr(own, "commands", {None: own}):
            assert any(words[0] == name and (inner is None or inner in " ".join(words[1:2])) for words in shown), (
                f"{name} {inner or ''}"
            )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("run shaders-1k", "there is no entrant 'shaders-1k'"),
        ("run shaders-open --protocol simclr", "there is no protocol 'simclr'"),
        ("run shaders-open --epochs 3", "run has no option --epochs"),
        ("runs shaders-open", "there is no command 'runs'"),
        ("list entrants|protocol", "there is no kind 'protocol'"),
        ("render dead-leaves -g shapes=circle -n 10 --size 8 --out x/", "unknown parameter of dead-leaves 'shapes'"),
        ("run shaders-open --track comet", "there is no track 'comet'"),
        ("pretrain shaders-open --set optimizer.epoch=2", "optimizer.epoch"),
        ("doctor now", "doctor takes no argument 'now'"),
    ],
)
def test_what_does_not_resolve_is_found(line, problem):
    with pytest.raises((AssertionError, UsageError), match=re.escape(problem)):
        check(line)
