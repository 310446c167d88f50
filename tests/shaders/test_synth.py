"""The synthesiser: programs are a pure function of their number, readable, different from each other, and not blank."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from synthbench.generators.shader_synth import ShaderSynth, accept, grammar, program

from synthbench.errors import UsageError
from synthbench.shaders import dialects

CHECKED = len(accept.TABLE.read_text().split("\n")[0])
SAMPLE = np.random.default_rng(0).choice(CHECKED, 40, replace=False).tolist()


def test_a_program_is_the_same_in_every_process():
    code = "from synthbench.generators.shader_synth.program import source; print(source(7), source(20_999, 3))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other == f"{program.source(7)} {program.source(20_999, 3)}\n"


def test_programs_and_their_rules_differ():
    numbers = range(1000)
    sources = {program.source(i, program.attempt(i)).split("\n", 1)[1] for i in numbers}  # the title names the number
    assert len(sources) == len(numbers)
    assert len({accept.signature(i, program.attempt(i)) for i in numbers}) == len(numbers)


def test_the_table_covers_the_largest_recipe():
    digits = accept.TABLE.read_text().split("\n")
    assert sum(map(len, digits)) == accept.TOTAL == 21_000
    assert len(digits[0]) >= 200
    assert program.attempt(10**6) == 0


@pytest.mark.parametrize("i", [*range(60), 20_000])
def test_a_program_is_readable(i):
    text = ShaderSynth(count=1, start=i).source(0)
    code = dialects.strip_comments(text)
    assert text.startswith(f"// Program {i}: ")
    assert "$" not in text
    assert max(map(len, text.splitlines())) < 1200
    for name in re.findall(r"(?m)^(?:float|vec[234]|mat2) (\w+)\(", code):
        assert len(re.findall(rf"\b{name}\b", code)) > 1, f"{name} is never called"
    assert dialects.detect(text) == "shadertoy"


def test_every_rule_can_be_reached_and_its_holes_are_known():
    kinds = set(grammar.rules()) - {"helper"}
    called = {"palette", "main"}
    for rule in (rule for kind in kinds for rule in grammar.rules()[kind]):
        text = grammar.CHOICE.sub("", rule.text)
        holes = [hole for choice in grammar.CHOICE.findall(rule.text) for hole in grammar.HOLE.finditer(choice)]
        called |= {hole[9] for hole in [*grammar.HOLE.finditer(text), *holes] if hole[9]}
        assert "$" not in grammar.HOLE.sub("", text), f"{rule.kind} {rule.name} has an unknown hole"
    assert called == kinds
    for kind, depth in grammar.DEPTH.items():
        assert depth >= 1 and any(f"${kind}" not in rule.text for rule in grammar.rules()[kind])


@pytest.mark.parametrize("i", SAMPLE)
def test_a_listed_program_compiles_and_passes_the_filters(gl, canvas, i):
    assert accept.flaw(accept.frames(canvas, program.source(i, program.attempt(i)))) == ""


@pytest.fixture(scope="module")
def canvas():
    from synthbench.shaders.canvas import Canvas

    made = Canvas()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("images", "flaw"),
    [
        (np.full((3, 48, 48, 3), 90.0), "blank"),
        (np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 3)), "noisy"),
        (
            np.repeat(np.kron(np.random.default_rng(0).uniform(0, 255, (1, 12, 12, 3)), np.ones((1, 4, 4, 1))), 3, 0),
            "static",
        ),
        (
            np.kron(90.0 * (np.random.default_rng(0).random((3, 12, 12, 3)) < 0.25), np.ones((1, 4, 4, 1))),
            "dark or glaring",
        ),
        (np.kron(np.random.default_rng(0).uniform(0, 255, (3, 2, 2, 3)), np.ones((1, 24, 24, 1))), "half empty"),
        (np.kron(np.random.default_rng(0).uniform(0, 255, (3, 12, 12, 3)), np.ones((1, 4, 4, 1))), ""),
    ],
)
def test_the_filters_tell_flaws(images, flaw):
    assert accept.flaw(images) == flaw


def test_labels_start_where_asked():
    generator = ShaderSynth(count=3, start=998)
    assert list(generator.labels) == ["synth-00998", "synth-00999", "synth-01000"]
    assert generator.source(1) == program.source(999, program.attempt(999))


@pytest.mark.parametrize("bad", [{"count": 0}, {"start": -1}, {"limit": -1}, {"seconds": 0.1}, {"start": 2**32}])
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(UsageError, match=f"{next(iter(bad))}.*{next(iter(bad.values()))}"):
        ShaderSynth(**bad)
