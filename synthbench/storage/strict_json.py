"""Strict parser for untrusted JSON: bounded size and depth, unique keys, finite numbers."""

from __future__ import annotations

import json
import math
from typing import Any


def strict_json(raw: bytes, limit: int) -> Any:
    """Parse JSON.

    Refused are more than ``limit`` bytes, text that is not UTF-8, more than 64 levels of nesting, a repeated key, NaN,
    infinity, and numbers outside the range of a float.

    Raises:
        ValueError: names the reason.
    """
    if len(raw) > limit:
        raise ValueError(f"larger than {limit:,} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8 text") from error

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            raise ValueError(f"the key {next(k for k in names if names.count(k) > 1)!r} appears twice")
        return found

    def finite(number: str) -> float:
        if not math.isfinite(value := float(number)):
            raise ValueError(f"{number[:40]} is not a finite number")
        return value

    try:
        tree = json.loads(text, object_pairs_hook=unique, parse_float=finite, parse_constant=finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _depth(tree) > 64:
        raise ValueError("nested too deeply")
    return tree


def _depth(tree: Any) -> int:
    """Levels of nesting, without recursion."""
    level, deep = [tree], 0
    while level := [
        x
        for node in level
        for x in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    ]:
        deep += 1
    return deep
