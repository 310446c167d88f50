"""Find folders of evaluation images in a collection: they are not pretraining data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

TRAINING = {"train", "training", "trn"}
EVALUATION = {"val", "valid", "validation", "dev", "test", "testing", "tst", "eval", "evaluation", "holdout"}
KINDS = r"(set|data|split|images|imgs|folder)$"
"""What is written after such a word: ``trainset``, ``testdata``."""
SHOWN = 4


def leave_out(folders: Sequence[str]) -> tuple[list[bool], list[str]]:
    """Find folders of evaluation images that lie next to training images.

    At every level of the tree, a folder whose name says ``test``, ``val`` or the like is left out if one next to it
    says ``train`` and their names are otherwise the same (``Train`` and ``Test``, ``training_set`` and ``test_set``,
    ``seg_train`` and ``seg_test``, ``train2017`` and ``val2017``), or if the names of all its siblings say one or the
    other. A class ``test tube`` next to ``train`` and ``bus`` stays.

    Args:
        folders: paths of all folders that hold images (or of shards, without their suffix), ``""`` for the root.

    Returns:
        For each folder, whether it is left out; and notes for the user: what is left out, and which folders look like
            evaluation images but are kept because there is no training folder next to them.
    """
    beside: dict[str, set[str]] = {}
    for folder in set(folders):
        parts = folder.split("/") if folder else []
        for i, part in enumerate(parts):
            beside.setdefault("/".join(parts[:i]), set()).add(part)
    out, doubtful = set[str](), set[str]()
    for parent, names in beside.items():
        roles = {name: role(name) for name in names}
        rests = {rest for kind, rest in roles.values() if kind == "training"}
        named = all(kind for kind, _ in roles.values())
        for name, (kind, rest) in roles.items():
            if kind == "evaluation":
                path = f"{parent}/{name}" if parent else name
                if rests and (named or rest in rests):
                    out.add(path)
                elif rests or (named and (rest == () or len(names) > 1)):
                    doubtful.add(path)
    left = [any(path in out for path in _prefixes(folder)) for folder in folders]
    doubtful = {path for path in doubtful if not any(prefix in out for prefix in _prefixes(path))}
    notes = [f"left out as evaluation images: {_some(out)}."] if out else []
    if doubtful:
        notes.append(
            f"{_some(doubtful)} may hold evaluation images, but there is no matching training folder: they are used. "
            "To leave them out, name the training folder itself, or choose labels with -g only=..."
        )
    return left, notes


def role(name: str) -> tuple[str, tuple[str, ...]]:
    """``training``, ``evaluation`` or nothing, as a name's words say, and its other words; numbers do not count.

    >>> role("training_set"), role("seg_test"), role("val2017"), role("cats")
    (('training', ('set',)), ('evaluation', ('seg',)), ('evaluation', ()), ('', ('cats',)))
    """
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+", name)]
    for i, word in enumerate(words):
        plain, kind = re.sub(KINDS, "", word), re.search(KINDS, word)
        for found, known in (("training", TRAINING), ("evaluation", EVALUATION)):
            if plain in known:
                return found, (*words[:i], *([kind[0]] if kind else []), *words[i + 1 :])
    return "", tuple(words)


def _prefixes(folder: str) -> Iterable[str]:
    parts = folder.split("/")
    return ("/".join(parts[: i + 1]) for i in range(len(parts)))


def _some(paths: set[str]) -> str:
    shown = ", ".join(repr(path) for path in sorted(paths)[:SHOWN])
    return shown + (f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else "")
