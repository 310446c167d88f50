"""Local folders that are published to an address, on a real S3 server: what one machine has published the next one
has, the last one that began is the only one that publishes, and nothing is lost when the store fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from s3_server import S3, elsewhere

from synthbench.errors import DataError, StorageError
from synthbench.storage import mirror as mirrors
from synthbench.storage.lock import locked
from synthbench.storage.mirror import OWNER, Mirror, address_of, here
from synthbench.storage.remote import Remote


@pytest.fixture
def address(s3: S3) -> str:
    return f"s3://{s3.bucket}/runs/one"


def mirror(address: str) -> Mirror:
    return Mirror(address, first="run.json", final="result.json")


def begun(address: str, **files: str) -> Mirror:
    """Working at an address, with files that are not published yet."""
    found = mirror(address)
    found.bring()
    found.own()
    for name, text in {"run": "{}", **files}.items():
        (found.folder / f"{name}.json").write_text(text)
    return found


def there(address: str) -> dict[str, str]:
    remote = Remote(address)
    return {name: (remote.read(name) or b"").decode() for name in remote.sizes() if name != OWNER}


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith(".")}


def test_the_local_folder_of_an_address(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path))
    assert here("s3://bucket/a b/../c/") == tmp_path / "runs/s3/bucket/a%20b/%2E%2E/c"
    assert here("s3://bucket/a/c").is_relative_to(here("s3://bucket/a"))
    assert here("runs") == here(Path("runs")) == here("file://runs") == Path("runs")


def test_what_is_published_is_there_on_another_machine(s3, address, tmp_path, monkeypatch):
    first = begun(address, weights="old", spare="x")
    (first.folder / ".hidden").write_text("")
    (first.folder / "images").mkdir()
    first.publish()
    s3.forget()
    first.publish()
    assert not s3.count("PUT"), "nothing has changed"
    (first.folder / "weights.json").write_text("new!")
    (first.folder / "spare.json").unlink()
    (first.folder / "result.json").write_text("done")
    first.publish()
    assert s3.count(r"PUT \S+weights") == s3.count(r"PUT \S+result") == 1
    assert [line.split("?")[0][-11:] for line in s3.lines if line[:3] in ("PUT", "DEL")][-2] == "result.json"
    assert there(address) == {"run.json": "{}", "weights.json": "new!", "result.json": "done"}
    elsewhere(tmp_path / "other machine", monkeypatch)
    second = mirror(address)
    second.read(["weights.json"])
    assert files(second.folder) == {"weights.json": "new!"}
    assert not second.complete
    second.read()
    assert second.complete
    assert files(second.folder) == there(address)
    assert address_of(second.folder) == address
    s3.forget()
    second.read()
    assert not s3.count(r"GET \S+json"), "it is here"


def test_the_last_that_began_is_the_one_that_publishes(address, tmp_path, monkeypatch):
    first = begun(address, weights="1")
    first.publish()
    elsewhere(tmp_path / "other machine", monkeypatch)
    second = mirror(address)
    second.bring()
    assert "process " in second.own()
    (first.folder / "weights.json").write_text("of the first")
    with pytest.raises(StorageError, match=rf"process \d+ of \S+ \(since .*\) has taken over {address}; this process"):
        first.publish()
    (second.folder / "weights.json").write_text("of the second")
    second.publish()
    assert there(address)["weights.json"] == "of the second"
    (first.folder / "only here.json").write_text("")
    first.bring()
    assert files(first.folder) == there(address), "the address decides"


def test_what_was_not_published_stays_and_is_published_later(s3, address):
    first = begun(address)
    first.publish()
    (first.folder / "weights.json").write_text("new")
    fault = s3.fail(r"PUT \S+weights", "403 ExpiredToken")
    said = (
        rf"cannot write {address}/\S*weights\.json: access is refused \(ExpiredToken.* run the same command again\. "
        rf"Until then the run is in {first.folder}"
    )
    with pytest.raises(StorageError, match=said):
        first.publish()
    fault.times = 0
    again = mirror(address)
    again.bring()
    again.own()
    again.publish()
    assert there(address) == {"run.json": "{}", "weights.json": "new"}
    assert not list(first.folder.glob(".*.tmp"))


def test_a_failure_in_the_thread_is_raised_the_next_time(s3, address):
    first = begun(address)
    first.publish_soon()
    first._next.result()
    fault = s3.fail(r"PUT \S+weights", "403 AccessDenied")
    (first.folder / "weights.json").write_text("1")
    first.publish_soon()
    assert first._next.exception() is not None
    with pytest.raises(StorageError, match="access is refused"):
        first.publish_soon()
    fault.times = 0
    first.publish_soon()
    first.publish_soon()
    first.close()
    assert there(address)["weights.json"] == "1"


def test_a_complete_folder_wins_against_an_address_that_lacks_its_end(s3, address, tmp_path, monkeypatch):
    first = begun(address, weights="1")
    first.publish()
    for name in ("weights.json", "result.json"):
        (first.folder / name).write_text("of the first")
    s3.fail(r"PUT \S+(weights|result)", "403 AccessDenied")
    with pytest.raises(StorageError):
        first.publish()
    s3.forget()
    home = first.folder
    elsewhere(tmp_path / "other machine", monkeypatch)
    second = mirror(address)
    second.bring()
    second.own()
    for name in ("weights.json", "other.json"):
        (second.folder / name).write_text("of the second")
    second.publish()
    monkeypatch.setenv("SYNTHBENCH_HOME", str(home.parents[4]))
    first = mirror(address)
    assert first.folder == home
    first.bring()
    first.own()
    first.publish()
    assert there(address) == {"run.json": "{}", "weights.json": "of the first", "result.json": "of the first"}


def test_an_address_that_was_emptied_is_named_and_the_copy_stays(address):
    first = begun(address)
    first.publish()
    for name in Remote(address).sizes():
        Remote(address).delete(name)
    with pytest.raises(
        DataError, match=rf"{address} is empty, but it was not .* To start again, delete {first.folder}"
    ):
        mirror(address).bring()
    assert files(first.folder) == {"run.json": "{}"}


def test_what_another_start_left_before_anything_was_published_is_removed(address):
    begun(address, weights="of a start that failed")
    found = mirror(address)
    found.bring()
    assert files(found.folder) == {}


@pytest.mark.parametrize(
    ("name", "message"), [("one", "is a file; the address of a folder"), ("one/cat.jpg", "not a run")]
)
def test_other_objects_at_the_address_are_not_touched(s3, address, tmp_path, name, message):
    (tmp_path / "cat").write_bytes(b"cat")
    Remote(f"s3://{s3.bucket}/runs").put(tmp_path / "cat", name)
    with pytest.raises(DataError, match=message):
        mirror(address).bring()
    assert not s3.count(r"GET \S+jpg")


def test_a_folder_in_use_is_read_as_it_is(address):
    first = begun(address)
    first.publish()
    Remote(address).put(first.folder / "run.json", "new.json")
    with locked(first.folder):
        mirror(address).read()
    assert files(first.folder) == {"run.json": "{}"}


def test_a_file_that_grows_while_it_is_uploaded(s3, address):
    first = begun(address, log="1\n")

    def grow(line: str) -> None:
        if line.startswith("PUT") and "log" in line:
            with (first.folder / "log.json").open("a") as file:
                file.write("more\n")

    s3.before = grow
    first.publish()
    assert there(address)["log.json"] == "1\n"
    s3.before = None
    first.publish()
    assert there(address)["log.json"] == (first.folder / "log.json").read_text()


def test_an_owner_that_cannot_be_read_is_replaced(address):
    found = begun(address)
    (found.folder / "other").write_text("[1]")
    found.remote.put(found.folder / "other", OWNER)
    with pytest.raises(StorageError, match="another process has taken over"):
        found.publish()
    assert found.own() == ""
    assert json.loads(found.remote.read(OWNER))["token"]
    assert mirrors.address_of(found.folder.parent) == ""
