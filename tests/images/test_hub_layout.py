"""Which files and columns of a data set on the Hub are read, and what is refused."""

from __future__ import annotations

import pictures
import pytest
from data_hub import parquet

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, UsageError
from synthbench.images import hub
from synthbench.images.hub import Wanted
from synthbench.images.hub_layout import layout

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.mark.parametrize(
    ("repo", "message"),
    [
        (
            "user/absent",
            r"the Hub has no data set 'user/absent', or a private one: check the name; .*`hf auth login` or HF_TOKEN",
        ),
        ("user/private", r"no data set 'user/private', or a private one"),
        ("user/gated", r"'user/gated' is gated: accept its terms on its page"),
        ("user/empty", r"'user/empty' has no parquet files"),
        ("user/text", r"user/text: train\.parquet: column of images: none; there are text\. Take a data set whose"),
        ("user/two", r"column of images: several \(a, b\)\. Choose with -g column="),
        ("user/paths", r"'user/paths' lists its images by name but does not contain them"),
        ("user/broken", r"user/broken: train\.parquet is not readable as parquet"),
        ("user/damaged", r"user/damaged: train\.parquet is not readable as parquet"),
        ("user/configs", r"has no configuration 'default': give -g config=\.\.\. \(large, small\)"),
        ("user/tests", r"has no split 'train': give -g split=\.\.\. \(test\)"),
    ],
)
def test_what_cannot_be_fetched_says_why(server, repo, message):
    def table(**columns):
        buffer = pa.BufferOutputStream()
        pq.write_table(pa.table(columns), buffer)
        return buffer.getvalue().to_pybytes()

    one = [{"bytes": pictures.picture("a.png"), "path": None}]
    server.closed |= {"user/private": "RepoNotFound", "user/gated": "GatedRepo"}
    server.put("user/empty", {"README.md": b""})
    server.put("user/text", {"train.parquet": table(text=["a"])})
    server.put("user/two", {"train.parquet": table(a=one, b=one)})
    server.put("user/paths", {"train.parquet": table(image=[{"bytes": None, "path": "x.png"}])})
    server.put("user/broken", {"train.parquet": b"PAR1 no parquet PAR1"})
    server.put("user/damaged", {"train.parquet": b"PAR1" + b"\xff" * 56 + parquet()[60:]})
    server.put("user/configs", {f"{c}/train-00000-of-00001.parquet": parquet() for c in ("large", "small")})
    server.put("user/tests", {"data/test-00000-of-00001.parquet": parquet()})
    with pytest.raises((DataError, UsageError), match=message):
        hub.fetch(Wanted(repo=repo))
    with pytest.raises(DataError, match="has not been fetched"):
        resolve("hub", {"repo": repo})


@pytest.mark.parametrize(
    ("column", "holds"),
    [("url", "string"), ("number", "int64"), ("several", r"list<.*>"), ("named", r"struct<bytes: string>")],
)
def test_a_column_without_images_is_refused(server, column, holds):
    buffer = pa.BufferOutputStream()
    pq.write_table(
        pa.table({"url": ["http://x/1.jpg"], "number": [1], "several": [[b"x"]], "named": [{"bytes": "x"}]}), buffer
    )
    server.put("user/name", {"train.parquet": buffer.getvalue().to_pybytes()})
    with pytest.raises(
        UsageError, match=rf"column '{column}' holds {holds}, not images; addresses are not followed\. Choose"
    ):
        hub.fetch(Wanted(repo="user/name", column=column))
    with pytest.raises(
        UsageError, match=r"column of images: none; there are url, number, several, named\. Take a data set"
    ):
        hub.fetch(Wanted(repo="user/name"))


def test_columns_and_configurations_are_chosen(server):
    server.put(
        "user/name",
        {
            f"{c}/train-00000-of-00001.parquet": parquet(features=None, column=c, other=[3] * 21)
            for c in ("large", "small")
        },
    )
    assert hub.fetch(Wanted(repo="user/name", config="small"))["column"] == "small"
    about = hub.fetch(Wanted(repo="user/name", config="large", column="large", label="other"))
    assert resolve(
        "hub", {"repo": "user/name", "config": "large", "column": "large", "label": "other"}
    ).load().labels == ("3",)
    assert about["label"] == "other"
    with pytest.raises(UsageError, match=r"column of images: there is no 'picture'; there are small, label, other"):
        hub.fetch(Wanted(repo="user/name", config="small", column="picture"))


def test_a_card_says_which_files_are_which(server):
    server.put("user/name", {"x/one.parquet": parquet(["cats/0.jpg"]), "x/two.parquet": parquet(["eels/0.jpg"])})
    server.cards["user/name"] = {
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "x/o*"}, {"split": "late", "path": ["x/t*.parquet"]}],
            }
        ]
    }
    assert hub.fetch(Wanted(repo="user/name"))["files"] == ["x/one.parquet"]
    assert hub.fetch(Wanted(repo="user/name", split="late"))["files"] == ["x/two.parquet"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["data/train-00000-of-00002-ab12.parquet"], ("default", "train")),
        (["small/validation-00000-of-00001.parquet"], ("small", "validation")),
        (["default/train/0000.parquet"], ("default", "train")),
        (["cfg/partial-train/0000.parquet"], ("cfg", "train")),
        (["train.parquet"], ("default", "train")),
        (["test/whatever.parquet"], ("default", "test")),
        (["whatever.parquet"], ("default", "train")),
        (["images/part.0.parquet"], ("images", "train")),
    ],
)
def test_paths_say_which_split_a_file_is_of(files, expected):
    assert layout(files, []) == {expected: files}


def test_classes_of_the_same_name_stay_apart_and_rows_without_images_are_counted(server):
    features = {"image": {"_type": "Image"}, "label": {"names": ["crane", "crane", "eel"], "_type": "ClassLabel"}}
    server.put("user/name", {"train.parquet": parquet(["", *pictures.NAMES], features=features)})
    assert hub.fetch(Wanted(repo="user/name"))["without_image"] == 1
    assert resolve("hub", {"repo": "user/name"}).load().labels == ("crane (0)", "crane (1)", "eel")
