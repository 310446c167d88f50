"""The command line, through its real entry point: help, lists, output that is piped, what is imported."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
import typer
from rich.console import Console

from synthbench import cli, registry
from synthbench.cli import console, options
from synthbench.entrant import recipe


def commands(group: Any, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *words, name)


COMMANDS = list(commands(typer.main.get_command(cli.app)))


def test_the_commands_of_the_design_are_here():
    names = {words[0] for words in COMMANDS if words}
    assert names >= {"run", "render", "preview", "pretrain", "evaluate", "board", "list", "new", "doctor"}
    assert ("board", "build") in COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help(call, words):
    for flag in ("--help", "-h") if words in ((), ("run",), ("board", "build")) else ("--help",):
        answer = call(*words, flag)
        assert answer.code == 0
        assert "Usage:" in answer.out
        if words:
            assert "Example" in answer.out


def test_the_version(call):
    answer = call("--version")
    assert (answer.code, answer.out.strip()) == (0, f"synthbench {metadata.version('synthbench-vision')}")


def test_every_command_is_in_a_group(call):
    lines = [line.strip("│ ") for line in call("--help").out.splitlines()]
    assert not any("─ Commands ─" in line for line in lines)
    heads = [line for line in lines if line.startswith("╭─") and "Options" not in line]
    assert [head.strip("╭╮─ ") for head in heads] == [
        "Score a generator",
        "Data",
        "Leaderboard",
        "Study",
        "Information and setup",
    ]


def test_what_is_piped_is_not_cut():
    titles = [recipe.resolve(name).title for name in registry.recipes()]
    env = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    words = [sys.executable, "-m", "synthbench", "list"]
    piped = subprocess.run(words, capture_output=True, text=True, env=env, check=True, timeout=120).stdout
    assert "…" not in piped
    assert all(title in piped for title in titles)


@pytest.mark.parametrize("notebook", [False, True])
def test_a_notebook_does_not_count_as_a_terminal(monkeypatch, notebook):
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    if notebook:
        monkeypatch.setenv("JPY_PARENT_PID", "1")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    assert Console(file=Screen(), force_terminal=console._forced()).is_terminal == (not notebook)


def test_light_commands_do_not_import_torch():
    code = (
        "import sys\n"
        "import synthbench\n"
        "synthbench.Generator\n"
        "sys.argv = ['synthbench', *sys.argv[1:]]\n"
        "from synthbench.cli import main\n"
        "for words in (['--help'], ['run', '--help'], ['plan', '--help'],\n"
        "              ['list'], ['list', 'generators'], ['list', 'protocols'], ['list', 'datasets'],\n"
        "              ['run', 'no-such-entrant'], ['run', 'white-noise', '--set', 'optimizer.epoch=2']):\n"
        "    sys.argv[1:] = words\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit:\n"
        "        pass\n"
        "    heavy = {'torch', 'torchvision', 'moderngl', 'numba', 'fsspec', 's3fs'} & set(sys.modules)\n"
        "    if heavy:\n"
        "        raise SystemExit(f'{words} imports {heavy}')\n"
        "print('light')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith("light\n")


def test_the_installed_command_is_main():
    from importlib import metadata

    (point,) = metadata.entry_points(group="console_scripts", name="synthbench")
    assert point.load() is cli.main


@pytest.mark.parametrize("kind", [None, "entrants", "generators", "protocols", "datasets"])
def test_list_json_is_one_document(call, kind):
    answer = call("list", *([kind] if kind else []), "--json")
    rows = json.loads(answer.out)
    assert answer.code == 0
    assert rows
    assert all(isinstance(row, dict) for row in rows)
    names = {next(iter(row.values())) for row in rows}
    if kind in (None, "entrants"):
        assert names == set(registry.recipes())
    for_people = call("list", *([kind] if kind else [])).out
    assert all(name in for_people for name in names)
    assert "…" not in for_people


def test_list_marks_the_default_protocol(call):
    rows = json.loads(call("list", "protocols", "--json").out)
    assert [row["protocol"] for row in rows if row["default"]] == [options.DEFAULT_PROTOCOL]


def test_part_of_a_protocols_name_suggests_those_that_contain_it(call):
    answer = call("run", "white-noise", "--protocol", "pocket")
    assert answer.code == 2
    assert options.DEFAULT_PROTOCOL in " ".join(answer.err.split())


def test_list_of_something_else(call):
    answer = call("list", "protocol")
    assert answer.code == 2
    assert "protocols" in answer.err
