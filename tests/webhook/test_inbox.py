"""The inbox: durable, once, and in order."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from gong_source.webhook.inbox import Inbox, InboxError, InboxWriter, Received
from tests.webhook.conftest import ROOT

ALL = {"most": 100, "most_bytes": 10**9}


def received(number: int, call_id: str | None = None, at: int | None = None) -> Received:
    return Received(f"hash{number}", call_id or f"call{number}", number if at is None else at, b"body%d" % number)


@pytest.fixture
def inbox(tmp_path: Path):
    with closing(Inbox(tmp_path)) as opened:
        yield opened


def test_a_path_is_a_directory_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "there.bin").touch()
    for path, expected in {
        "inbox": "inbox/inbox.sqlite",
        "deep/er": "deep/er/inbox.sqlite",
        "my.sqlite": "my.sqlite",
        "x/my.db": "x/my.db",
        "there.bin": "there.bin",
    }.items():
        with closing(Inbox(tmp_path / path)) as inbox:
            assert inbox.path == tmp_path / expected
            assert inbox.path.is_file()
            assert inbox.put([received(1)]) == [True]


def test_what_is_no_inbox_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but rather a longer text than the header of one would be" * 20)
    with pytest.raises(InboxError, match="can't be opened"):
        Inbox(tmp_path / "text.db")


def test_commits_are_synced(inbox: Inbox) -> None:
    """2 is FULL: the log is synced at every commit."""
    assert inbox._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert inbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_doubles_are_stored_once(inbox: Inbox) -> None:
    assert inbox.put([received(1), received(2), received(1)]) == [True, True, False]
    assert inbox.put([received(2)]) == [False]
    inbox.settle(inbox.pending(**ALL), "loaded")
    assert inbox.put([received(1)]) == [False], "also after it was loaded"
    assert inbox.pending_count() == 0


def test_the_last_event_of_a_call_counts(inbox: Inbox) -> None:
    inbox.put([received(3, "a"), received(1, "a"), received(2, "b")])
    first, second = inbox.pending(**ALL)
    assert [(first.call_id, first.received_at), (second.call_id, second.received_at)] == [("b", 2), ("a", 3)]
    inbox.put([received(4, "a")])
    inbox.settle([first, second], "loaded")
    assert [event.received_at for event in inbox.pending(**ALL)] == [4], "it came later and stays"
    assert inbox._ask("SELECT received_at, outcome, body FROM events WHERE call_id = 'a' ORDER BY 1") == [
        (1, "superseded", None),
        (3, "loaded", None),
        (4, None, b"body4"),
    ]


def test_an_event_that_was_slow_to_arrive_is_outdone(inbox: Inbox) -> None:
    inbox.put([received(5, "a")])
    inbox.settle(inbox.pending(**ALL), "loaded")
    inbox.put([received(4, "a"), received(6, "a")])
    assert [event.outdone for event in inbox.pending(**ALL)] == [False]
    inbox.settle(inbox.pending(**ALL), "not_listed")
    inbox.put([received(3, "a")])
    assert [event.outdone for event in inbox.pending(**ALL)] == [True]


def test_packages_are_bounded(inbox: Inbox) -> None:
    inbox.put([received(number) for number in range(10)])
    assert len(inbox.pending(4, 10**9)) == 4
    assert len(inbox.pending(100, 11)) == 2
    assert len(inbox.pending(100, 1)) == 1, "one is always given"
    skipped = [event.seq for event in inbox.pending(4, 10**9)]
    assert [event.call_id for event in inbox.pending(2, 10**9, skipped)] == ["call4", "call5"]


def test_carried_events_know_their_package(inbox: Inbox) -> None:
    inbox.put([received(1), received(2)])
    inbox.carried("1700000000.5", inbox.pending(1, 10**9), 77)
    assert [event.load_id for event in inbox.pending(**ALL)] == ["1700000000.5", ""]
    assert inbox.own_loads() == {"1700000000.5": 77}


def test_what_was_settled_long_ago_is_forgotten(inbox: Inbox) -> None:
    inbox.put([received(1), received(2), received(3)])
    inbox.settle(inbox.pending(2, 10**9), "loaded")
    inbox._db.execute("UPDATE events SET settled_at = 5 WHERE seq = 1")
    inbox.prune()
    assert inbox._ask("SELECT seq FROM events ORDER BY 1") == [(2,), (3,)]


def test_one_process_drains(inbox: Inbox) -> None:
    with inbox.draining():
        code = f"from gong_source.webhook.inbox import Inbox\nwith Inbox({str(inbox.path)!r}).draining(): pass"
        other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        assert "Another process" in other.stderr
    with inbox.draining():
        pass


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    with closing(Inbox(tmp_path, least_free=2**60)) as inbox, pytest.raises(InboxError, match="full"):
        inbox.put([received(1)])


def test_a_failed_batch_stores_nothing_and_the_next_one_works(inbox: Inbox) -> None:
    pages = inbox._db.execute("PRAGMA page_count").fetchone()[0]
    inbox._db.execute(f"PRAGMA max_page_count = {pages + 3}")
    large = Received("large", "large", 1, b"x" * 50_000)
    with pytest.raises(InboxError, match="full"):
        inbox.put([received(1), large])
    assert inbox.pending_count() == 0
    assert inbox.put([received(1), large]) == [True, True]


def test_the_writer_commits_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(tmp_path)
    groups: list[int] = []
    put = inbox.put
    monkeypatch.setattr(inbox, "put", lambda events: (groups.append(len(events)), put(events))[1])
    writer = InboxWriter(inbox)
    futures: list[Future[bool]] = [writer.submit(received(number % 900)) for number in range(1000)]
    writer.start()
    assert sum(future.result(10) for future in futures) == 900
    assert len(groups) < 10
    assert writer.probe().result(10) == ""
    writer.stop()
    inbox.close()


def test_the_writer_reports_failures_and_lives_on(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    writer = InboxWriter(inbox)
    writer.start()
    inbox.close()
    with pytest.raises(InboxError):
        writer.submit(received(1)).result(10)
    assert writer.submit(received(1)).result(10), "it opened the file again"
    writer.stop()
    inbox.close()


def test_a_locked_file_is_waited_for(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox._db.execute("PRAGMA busy_timeout = 100")
    with closing(sqlite3.connect(inbox.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InboxError, match="locked"):
            inbox.put([received(1)])
        other.execute("ROLLBACK")
    assert inbox.put([received(1)]) == [True]
