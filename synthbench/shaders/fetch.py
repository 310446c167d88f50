"""Fetch programs by id from Shadertoy's REST API with the user's own key: rate limited, once each, and resumable.

Source: https://www.shadertoy.com/howto#q2: GET /api/v1/shaders/ID?key=KEY gives {"Shader": ...} or {"Error": ...}.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from synthbench.errors import DataError, UsageError
from synthbench.storage.download import retry_after
from synthbench.storage.files import write_bytes
from synthbench.storage.lock import locked

BASE = "https://www.shadertoy.com/api/v1"
INTERVAL = 1.0
"""Seconds between two requests."""
TIMEOUT = 30.0
"""Timeout of a request in seconds."""
TRIES = 4
LONGEST_WAIT = 120.0
LONGEST_ANSWER = 2**24
_ID = re.compile(r"[A-Za-z0-9]{1,16}")


@dataclass
class Fetched:
    """The outcome for each id."""

    fetched: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Id -> reason for the failure; another run tries again."""


def fetch(
    ids: Iterable[str],
    out: Path,
    *,
    key: str,
    base: str = BASE,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fetched:
    """Write ``ID.json`` into ``out`` for each id that is not there yet.

    Args:
        key: the user's key.
        base: address of the API.
        progress: called with ids done and all ids.

    Raises:
        UsageError: no id, no key, or an id with other characters than letters and digits.
        DataError: the key is refused, the server cannot be reached or keeps failing, or a disk error; fetched programs
            are kept.
    """
    wanted = list(dict.fromkeys(ids))
    if bad := [name for name in wanted if not _ID.fullmatch(name)]:
        raise UsageError(
            f"{bad[0]!r} is not a Shadertoy id: ids have letters and digits only, as in "
            "https://www.shadertoy.com/view/Wd2XWy."
        )
    if not wanted:
        raise UsageError("no ids: name some, or give a file of ids with --file.")
    if not key.strip():
        raise UsageError(
            "no key: give --key or set SHADERTOY_KEY. Members get one from Shadertoy: https://www.shadertoy.com/howto."
        )
    found = Fetched()
    with locked(out):
        server = _Server(base, key.strip())
        for n, name in enumerate(wanted):
            path = out / f"{name}.json"
            if path.is_file():
                found.cached.append(name)
            elif isinstance(answer := server.get(name), bytes):
                write_bytes(path, [answer])
                found.fetched.append(name)
            else:
                found.failed[name] = answer
            progress(n + 1, len(wanted))
    return found


class _Server:
    def __init__(self, base: str, key: str) -> None:
        self.base, self.key = base.rstrip("/"), key
        self.next_at = 0.0

    def get(self, name: str) -> bytes | str:
        """The document of one program, or the reason why there is none."""
        url = f"{self.base}/shaders/{name}?{urllib.parse.urlencode({'key': self.key})}"
        request = urllib.request.Request(url, headers={"User-Agent": "synthbench", "Accept": "application/json"})
        problem = ""
        for attempt in range(TRIES):
            time.sleep(max(0.0, self.next_at - time.monotonic()))
            self.next_at = time.monotonic() + INTERVAL
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                    return _document(name, response.read(LONGEST_ANSWER + 1))
            except urllib.error.HTTPError as error:
                if error.code in (401, 403):
                    raise DataError(
                        f"{self.base} refuses the key (HTTP {error.code}). Check --key or SHADERTOY_KEY; the key is "
                        "on your Shadertoy profile, under Config, your Apps. Fetched programs are kept."
                    ) from error
                if error.code != 429 and error.code < 500:
                    return (
                        f"HTTP {error.code}: no such program, or not published for the API"
                        if error.code == 404
                        else f"HTTP {error.code}"
                    )
                problem, wait = f"HTTP {error.code}", retry_after(error.headers.get("Retry-After"))
            except (urllib.error.URLError, TimeoutError, OSError) as error:
                problem, wait = str(getattr(error, "reason", error)), None
            pause = min(wait if wait is not None else INTERVAL * 2 ** (attempt + 1), LONGEST_WAIT)
            self.next_at = max(self.next_at, time.monotonic() + pause)
        raise DataError(
            f"{self.base} failed {TRIES} times on {name}: {problem}. "
            "Fetched programs are kept; run the same command again later."
        )


def _document(name: str, raw: bytes) -> bytes | str:
    if len(raw) > LONGEST_ANSWER:
        return f"an answer of more than {LONGEST_ANSWER:,} bytes"
    try:
        answer = json.loads(raw)
    except ValueError:
        return f"not JSON but {raw[:60]!r}"
    if isinstance(answer, dict) and "Error" in answer:
        if "key" in str(answer["Error"]).lower():
            raise DataError(f"Shadertoy refuses the key: {answer['Error']}. Check --key or SHADERTOY_KEY.")
        return f"Shadertoy answered: {answer['Error']}"
    shader = answer["Shader"] if isinstance(answer, dict) and "Shader" in answer else None
    if not isinstance(shader, dict) or not isinstance(shader.get("renderpass"), list):
        return 'JSON that does not have the form {"Shader": {"renderpass": [...]}}'
    if str(shader["info"]["id"]) != name if isinstance(shader.get("info"), dict) and "id" in shader["info"] else True:
        return "the answer is about another program"
    return raw
