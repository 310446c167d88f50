"""Batches that threads read ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from synthbench.images.ahead import DEPTH, ahead


def test_batches_come_in_order_with_what_was_read():
    assert list(ahead([[0, 1], [5], [], [2, 3, 4]], lambda i: i * 10)) == [
        ([0, 1], [0, 10]),
        ([5], [50]),
        ([], []),
        ([2, 3, 4], [20, 30, 40]),
    ]


def test_no_more_than_its_depth_is_asked_for_ahead():
    asked: list[int] = []

    def jobs() -> Iterator[list[int]]:
        for i in range(20):
            asked.append(i)
            yield [i]

    found = ahead(jobs(), lambda i: i)
    assert asked == []
    for n in range(20):
        assert next(found) == ([n], [n])
        assert len(asked) == min(20, n + DEPTH)


def test_an_error_of_a_reader_comes_out_and_no_thread_is_left():
    def read(i: int) -> int:
        if i == 3:
            raise ValueError("image 3")
        return i

    found = ahead([[i] for i in range(10)], read)
    with pytest.raises(ValueError, match="image 3"):
        list(found)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_closing_it_stops_the_threads():
    found = ahead([[i] for i in range(10)], lambda i: i)
    next(found)
    found.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]
