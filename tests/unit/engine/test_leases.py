"""Leases: unique while held, longest unused first, recovered from processes that died, shared by shards."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ringback.engine.leases import Holder, LeaseStore, Shard, birth_of, is_alive, rows_by_item, shard_of, this_process
from ringback.engine.problems import Unavailable

ROWS: list[tuple[str, object]] = [(f"61755501{n:02d}", f"61755501{n:02d}") for n in range(6)]


def test_threads_never_hold_the_same_row(tmp_path: Path) -> None:
    """Six journeys at once get six numbers."""
    store = LeaseStore(tmp_path, this_process("r1"))
    taken: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: taken.append(store.take("e", "tn", ROWS, session=f"s{n}")))
        for n in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, taken)) == [item for item, _ in ROWS]


def test_a_row_given_back_is_the_last_to_be_used_again(tmp_path: Path) -> None:
    """A number that was just ported rests for as long as there are others."""
    store = LeaseStore(tmp_path, this_process("r1"))
    first = store.take("e", "tn", ROWS[:2], session="a")
    store.give_back("a")

    second = store.take("e", "tn", ROWS[:2], session="b")

    assert {first, second} == {ROWS[0][0], ROWS[1][0]}


def test_when_all_are_in_use_it_is_the_environments_lack(tmp_path: Path) -> None:
    """The message names the pool and what to do."""
    store = LeaseStore(tmp_path, this_process("r1"))
    store.take("e", "tn", ROWS[:1], session="a")

    with pytest.raises(Unavailable, match="all 1 of 'tn' are in use"):
        store.take("e", "tn", ROWS[:1], session="b", within_s=0.05)


def test_a_row_of_a_died_process_is_taken_over(tmp_path: Path) -> None:
    """What a killed run left behind does not block the next one; a living one on this machine does."""
    here = this_process("r1").host
    dead = LeaseStore(tmp_path, Holder("r0", here, 999_999_9, "1"), alive=lambda *_: True)
    dead.take("e", "tn", ROWS[:1], session="old")

    taken = LeaseStore(tmp_path, this_process("r1")).take("e", "tn", ROWS[:1], session="new", within_s=0)

    assert taken == ROWS[0][0]


def test_a_process_is_known_by_its_number_and_birth() -> None:
    """A reused pid is not the old process."""
    me = this_process("r")

    assert is_alive(me.pid, birth_of(me.pid))
    assert not is_alive(me.pid, "1")
    assert not is_alive(999_999_9, "")


def test_shards_never_share_a_row() -> None:
    """Four machines split a pool without talking to each other."""
    shares = [shard_of(f"{n}/4").of(ROWS) for n in range(1, 5)]

    assert sorted(row for share in shares for row in share) == ROWS  # type: ignore[type-var]  # pairs of text
    assert shard_of("") == Shard()
    assert shard_of("5/4") == Shard()


def test_a_row_of_one_column_is_a_plain_value() -> None:
    """A row of several columns stays a mapping, named by its key, its id, or its first column."""
    assert rows_by_item([{"tn": "617"}], None) == [("617", "617")]
    assert rows_by_item([{"name": "A", "id": "C1"}], None)[0][0] == "C1"
    assert rows_by_item([{"name": "A", "id": "C1"}], "name")[0][0] == "A"
