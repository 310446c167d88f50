"""The record of a run: forged or inconsistent records are refused."""

from __future__ import annotations

import copy
import json
import math
import warnings
from datetime import timedelta
from importlib import resources
from typing import Any

import pytest
from pydantic import ValidationError
from record_fields import fields

from synthbench.errors import DataError
from synthbench.result.result import (
    Aggregate,
    GeneratorInfo,
    ProtocolInfo,
    Result,
    Run,
    Score,
    content_id,
    json_schema,
    mean_score,
    read,
    seal,
    wilson,
    write,
)


def sealed() -> Result:
    tree = fields()
    return seal(
        tree
        | {
            "generator": GeneratorInfo(**tree["generator"]),
            "protocol": ProtocolInfo(**tree["protocol"]),
            "runs": [Run(**run) for run in tree["runs"]],
            "scores": [Score(**each) for each in tree["scores"]],
            "aggregate": Aggregate(**tree["aggregate"]),
        }
    )


def record() -> dict[str, Any]:
    return json.loads(sealed().model_dump_json())


def read_changed(tmp_path, changed: dict[str, Any], *, resealed: bool = True) -> Result:
    if resealed:
        changed["submission_id"] = content_id(changed)
    path = tmp_path / "result.json"
    path.write_text(json.dumps(changed))
    return read(path)


def test_a_record_is_sealed_from_its_json_without_warnings():
    before = record()
    kept = {key: value for key, value in before.items() if key not in ("schema_version", "submission_id")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = seal(kept)
    assert again.submission_id == before["submission_id"]


def test_properties_are_optional_and_leave_older_ids_alone(tmp_path):
    """A record without them does not have the key, so its id is the same as before properties existed."""
    without = record()
    assert "properties" not in without
    with_some = json.loads(json.dumps(without)) | {
        "properties": {"lpips_intra": 0.31, "perceptual_intra[shaders-open]": 0.2}
    }
    assert read_changed(tmp_path, with_some).properties == with_some["properties"]
    assert content_id(with_some) != without["submission_id"]
    for bad in ({"LPIPS": 1.0}, {"x y": 1.0}, {"a": "1e3x"}, {f"p{i}": 1.0 for i in range(51)}):
        with pytest.raises(DataError, match="properties"):
            read_changed(tmp_path, json.loads(json.dumps(without)) | {"properties": bad})


def test_a_round_trip(tmp_path):
    made = sealed()
    write(made, tmp_path / "result.json")
    assert read(tmp_path / "result.json") == made
    assert [f.name for f in tmp_path.iterdir()] == ["result.json"]
    assert made.schema_version == 2
    assert made.created_at.utcoffset() == timedelta(0)


def test_the_mean_over_scores_of_the_mean_over_seeds():
    assert mean_score(sealed().scores) == pytest.approx(0.375)


def test_the_id_is_the_hash_of_the_content():
    first = record()
    assert first["submission_id"] == content_id(first)
    later = copy.deepcopy(first)
    later["command"] += " --seed 1"
    assert content_id(later) != first["submission_id"]
    assert content_id(dict(reversed(first.items()))) == first["submission_id"]


def test_version_1_is_still_read_under_its_own_id(tmp_path):
    """Its runs have no fingerprint, which is not part of its id."""
    old = record() | {"schema_version": 1}
    for run in old["runs"]:
        del run["fingerprint"]
    read_old = read_changed(tmp_path, old)
    assert read_old.runs[0].fingerprint is None
    write(read_old, tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == json.loads((tmp_path / "result.json").read_text())


def test_the_published_schema_is_that_of_the_code():
    """After a change of the record: ``synthbench board schema > leaderboard/result.schema.json``."""
    published = (resources.files("synthbench.leaderboard") / "result.schema.json").read_text()
    assert json.loads(published) == json_schema()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 900 + "1" + "}" * 900, "nested too deeply"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"a": 1e400}', "not a finite number"),
        ('{"a": -Infinity}', "not a finite number"),
        ('{"a": ' + "9" * 5000 + "}", "not a valid result"),
        ('{"a": "' + "x" * 2**20 + '"}', "larger than 1,048,576 bytes"),
    ],
)
def test_malicious_json_is_refused(tmp_path, text, message):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "result.json")


def test_a_record_changed_without_a_new_id_is_refused(tmp_path):
    forged = record()
    forged["generator"]["uses_real_data"] = True
    with pytest.raises(DataError, match="submission_id is not the hash"):
        read_changed(tmp_path, forged, resealed=False)


def _set(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    *where, last = path
    for part in where:
        tree = tree[part]
    tree[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("aggregate", "value"), 0.4, "the aggregate is not the mean of the scores"),
        (("scores", 0, "per_seed", 0, "value"), 0.51, "x/linear: value 0.51 is not n_correct / n_test"),
        (("scores", 0, "per_seed", 0, "n_correct"), 101, "is not n_correct / n_test"),
        (("scores", 0, "n_test"), 0, "n_test"),
        (("scores", 0, "per_seed", 1, "seed"), 2, "score x/linear has different seeds than the runs"),
        (("scores", 0, "per_seed", 0, "value"), 1.5, "less than or equal to 1"),
        (("scores", 0, "per_seed", 0, "value"), None, "valid number"),
        (("scores", 0, "chance"), -0.1, "greater than or equal to 0"),
        (("scores", 0, "ci"), [0.99, 1.0], "ci"),
        (("scores",), [], "at least 1 item"),
        (("runs",), [], "at least 1 item"),
        (("runs", 0, "pretrain_s"), -1.0, "greater than or equal to 0"),
        (("runs", 0, "encoder", "weights_sha256"), "xyz", "weights_sha256"),
        (("schema_version",), 3, "schema_version"),
        (("runs", 1, "seed"), 0, "a seed appears twice"),
        (("created_at",), "2026-01-01T00:00:00", "timezone"),
        (("runs", 0, "encoder", "revision"), "main", "revision"),
        (("runs", 0, "encoder", "repo"), "../x", "repo"),
        (("scores", 0, "per_seed", 0, "n_correct"), 10**300, "n_correct"),
        (("email",), "a@b.c", "email: Extra inputs"),
        (("runs", 0, "status"), "failed", "status"),
    ],
)
def test_inconsistent_numbers_are_refused(tmp_path, path, value, message):
    changed = record()
    _set(changed, path, value)
    with pytest.raises(DataError, match=rf"(?s)is not a valid result.*{message}"):
        read_changed(tmp_path, changed)


def test_a_score_twice_is_refused(tmp_path):
    changed = record()
    changed["scores"] = [changed["scores"][0]] * 2
    changed["aggregate"]["value"] = 0.55
    with pytest.raises(DataError, match="x/linear"):
        read_changed(tmp_path, changed)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize(
    "path", [("aggregate", "value"), ("scores", 0, "per_seed", 0, "value"), ("runs", 0, "final_loss")]
)
def test_numbers_that_are_not_finite_are_refused(tmp_path, path, bad):
    changed = record()
    _set(changed, path, bad)
    (tmp_path / "result.json").write_text(json.dumps(changed))
    with pytest.raises(DataError, match="is not a finite number"):
        read(tmp_path / "result.json")


def test_nan_where_anything_goes_is_refused(tmp_path):
    changed = record()
    changed["generator"]["params"] = {"a": math.nan}
    (tmp_path / "result.json").write_text(json.dumps(changed))
    with pytest.raises(DataError, match="is not a valid result"):
        read(tmp_path / "result.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "result.json").write_bytes(content)
    with pytest.raises(DataError, match=r"result\.json"):
        read(tmp_path / "result.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot read the result .*absent\.json: No such file"):
        read(tmp_path / "absent.json")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot write .*result\.json"):
        write(sealed(), tmp_path / "absent" / "result.json")


def test_a_result_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        sealed().command = "other"


def test_wilson_by_hand():
    """z = 1.96 (rounded), p = 0.5, n = 100: (0.5 + 0.019208) / 1.038416 -+ 1.96 / 1.038416 *
    sqrt(0.0025 + 0.00009604)."""
    assert wilson(50, 100) == pytest.approx((0.4038315, 0.5961685), abs=1e-6)


def test_wilson_at_the_ends():
    low, high = wilson(0, 10)
    assert low == 0
    assert high == pytest.approx(0.2775328, abs=1e-6)  # z^2 / (n + z^2)
    assert wilson(10, 10) == pytest.approx((1 - high, 1.0))
