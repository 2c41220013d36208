"""The inbox: durable, once, and in order."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from gong_source.webhook.inbox import Inbox, InboxError, InboxWriter, Received
from gong_source.webhook.inbox import writer as writer_module
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


@pytest.mark.parametrize(("folder", "made"), [(None, (0o700, 0o600)), (0o755, (0o755, 0o600)), (0o770, (0o770, 0o660))])
def test_others_can_not_read_what_is_made(tmp_path: Path, folder: int | None, made: tuple[int, int]) -> None:
    path = tmp_path / "inbox"
    before = os.umask(0o002)
    try:
        if folder is not None:
            path.mkdir()
            path.chmod(folder)
        with closing(Inbox(path)) as inbox:
            inbox.put([received(1)])
            modes = {entry.name: entry.stat().st_mode & 0o777 for entry in path.iterdir()}
            assert modes == dict.fromkeys(["inbox.sqlite", "inbox.sqlite-wal", "inbox.sqlite-shm"], made[1])
            assert path.stat().st_mode & 0o777 == made[0]
        inbox.path.chmod(0o640)
        Inbox(path).close()
        assert inbox.path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def test_what_is_no_inbox_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but rather a longer text than the header of one would be" * 20)
    with pytest.raises(InboxError, match="can't be opened"):
        Inbox(tmp_path / "text.db")


def test_commits_are_synced(inbox: Inbox) -> None:
    """2 is FULL: the log is synced at every commit."""
    assert inbox._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert inbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def sent(state: str, at: int = 0, call_id: str = "a") -> Received:
    """An event of a call in some state."""
    return Received(f"hash of {state}", call_id, at, state.encode())


def test_doubles_are_stored_once(inbox: Inbox) -> None:
    assert inbox.put([sent("A"), sent("A", call_id="b"), sent("A")]) == [True, True, False]
    assert inbox.put([sent("A", at=5)]) == [False]


def test_a_state_that_comes_back_is_no_double(inbox: Inbox) -> None:
    assert inbox.put([sent("A", 1), sent("B", 2), sent("A", 3)]) == [True, True, True]
    (event,) = inbox.take(**ALL)
    assert (event.body, event.alone) == (b"A", False)
    assert inbox.put([sent("A", 4)]) == [True], "what is being loaded may have been something else by then"
    inbox.settle([event], "loaded")
    assert inbox.put([sent("A", 5)]) == [False]
    inbox.settle(inbox.take(**ALL), "loaded")
    assert inbox.put([sent("A", 6)]) == [True], "after it was loaded"


def test_what_came_during_a_load_stays(inbox: Inbox) -> None:
    inbox.put([sent("A", 3), sent("B", 1), sent("X", 2, "b")])
    first, second = inbox.take(**ALL)
    assert [(first.call_id, first.body), (second.call_id, second.body)] == [("b", b"X"), ("a", b"A")]
    inbox.put([sent("C", 2)])  # was slow to arrive, and may be newer for all that
    inbox.settle([first, second], "loaded")
    assert [(event.body, event.alone) for event in inbox.take(**ALL)] == [(b"C", False)]
    assert inbox._ask("SELECT received_at, outcome, body FROM events WHERE call_id = 'a' ORDER BY 1") == [
        (1, "superseded", None),
        (2, None, b"C"),
        (3, "loaded", None),
    ]


def test_an_event_knows_whether_it_is_the_only_one_of_its_call(inbox: Inbox) -> None:
    inbox.put([sent("A")])
    assert [event.alone for event in inbox.take(**ALL)] == [True]
    inbox.settle(inbox.take(**ALL), "loaded")
    inbox.put([sent("B")])
    assert [event.alone for event in inbox.take(**ALL)] == [False]


def test_packages_are_bounded(inbox: Inbox) -> None:
    inbox.put([received(number) for number in range(10)])
    assert len(inbox.take(4, 10**9)) == 4
    assert len(inbox.take(100, 11)) == 2
    assert len(inbox.take(100, 1)) == 1, "one is always given"
    skipped = [event.seq for event in inbox.take(4, 10**9)]
    assert [event.call_id for event in inbox.take(2, 10**9, skipped)] == ["call4", "call5"]


def test_packages_of_the_inbox_are_known(inbox: Inbox) -> None:
    inbox.carried("1700000000.5")
    inbox.carried("1700000000.5")
    assert inbox.own_loads() == {"1700000000.5"}


def test_what_was_settled_long_ago_is_forgotten(inbox: Inbox) -> None:
    inbox.put([received(1), received(2), received(3)])
    inbox.settle(inbox.take(2, 10**9), "loaded")
    inbox._db.execute("UPDATE events SET settled_at = 5 WHERE seq = 1")
    inbox.prune()
    assert inbox._ask("SELECT seq FROM events ORDER BY 1") == [(2,), (3,)]


FIRST_FORM = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, body_sha256 TEXT NOT NULL UNIQUE, call_id TEXT NOT NULL,
    received_at INTEGER NOT NULL, body BLOB, outcome TEXT, settled_at INTEGER, load_id TEXT);
CREATE INDEX pending ON events (call_id, received_at, seq) WHERE outcome IS NULL;
CREATE INDEX of_call ON events (call_id, received_at) WHERE outcome = 'loaded';
CREATE TABLE loads (load_id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, asked_at INTEGER NOT NULL);
INSERT INTO events VALUES (1, 'h1', 'a', 1, NULL, 'loaded', 2, 'l'), (2, 'h2', 'a', 3, 'B', NULL, NULL, NULL),
    (3, 'h3', 'b', 4, 'C', NULL, NULL, 'l');
INSERT INTO loads VALUES ('l', 5, 0);
"""


def test_a_file_of_the_first_release_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as old:
        old.executescript(FIRST_FORM)
    for _ in range(2):
        with closing(Inbox(tmp_path)) as inbox:
            assert inbox.own_loads() == {"l"}
            assert [(e.seq, e.body, e.alone) for e in inbox.take(**ALL)] == [(2, "B", False), (3, "C", True)]
    with closing(Inbox(tmp_path)) as inbox:
        assert inbox.put([Received("h2", "a", 9, b"B"), received(1)]) == [True, True]


@pytest.mark.parametrize("was_secure", [True, False])
def test_no_byte_of_what_was_loaded_is_left_beside_a_receiver(tmp_path: Path, inbox: Inbox, was_secure: bool) -> None:
    """Settled events have no body, so none is found to be forgotten; the log and free pages hold the bodies still."""
    secret = b"zoe.quill@outside.example"
    inbox._db.execute(f"PRAGMA secure_delete = {'ON' if was_secure else 'OFF'}")
    inbox.put([Received(f"hash{number}", str(number), number, secret * 400) for number in range(20)])
    inbox.settle(inbox.take(**ALL), "loaded")
    inbox.put([received(1)])

    def held() -> int:
        return sum(file.read_bytes().count(secret) for file in tmp_path.iterdir())

    assert held()
    with closing(Inbox(tmp_path)) as other:
        assert other.forget(lambda body: secret in body, ()) == 0
        assert other.wipe() == ""
        assert held() == 0
    assert [event.call_id for event in inbox.take(**ALL)] == ["call1"]


def test_what_could_not_be_wiped_is_told(tmp_path: Path, inbox: Inbox) -> None:
    inbox.put([received(1)])
    with closing(Inbox(tmp_path)) as other:
        other._db.execute("PRAGMA busy_timeout = 100")
        inbox._db.execute("BEGIN")
        inbox._db.execute("SELECT * FROM events").fetchall()
        assert other.wipe() == "another process reads or writes it"
        inbox._db.execute("COMMIT")
        inbox._db.execute("BEGIN IMMEDIATE")
        assert other.wipe() == "it can't be written anew: database is locked"
        inbox._db.execute("COMMIT")
        assert other.wipe() == ""


def test_one_process_drains(inbox: Inbox) -> None:
    with inbox.draining():
        code = f"from gong_source.webhook.inbox import Inbox\nwith Inbox({str(inbox.path)!r}).draining(): pass"
        other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        assert "Another process" in other.stderr
    with inbox.draining():
        pass


def test_a_database_of_something_else_or_of_a_later_release_is_told_and_left_alone(tmp_path: Path) -> None:
    Inbox(tmp_path / "later.db").close()
    for name, sql, told in (
        ("other.db", "CREATE TABLE customers (a)", "something else"),
        ("numbered.db", "PRAGMA user_version = 1", "something else"),
        ("later.db", "PRAGMA user_version = 2", "a later release"),
    ):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            db.executescript(sql)
            before = db.execute("SELECT * FROM sqlite_master").fetchall()
            with pytest.raises(InboxError, match=f"{name} can't be opened: .*{told}"):
                Inbox(tmp_path / name)
            assert db.execute("SELECT * FROM sqlite_master").fetchall() == before


def test_what_fails_while_an_inbox_is_loaded_is_told(tmp_path: Path, inbox: Inbox) -> None:
    inbox.put([received(1)])
    (event,) = inbox.take(**ALL)
    with closing(sqlite3.connect(inbox.path)) as db:
        db.executescript("DROP TABLE loads; ALTER TABLE events RENAME TO gone")
    for use in (
        lambda: inbox.take(**ALL),
        lambda: inbox.carried("1"),
        lambda: inbox.settle([event], "loaded"),
        inbox.prune,
    ):
        with pytest.raises(InboxError, match="can't be read or changed: no such table"):
            use()
    Path(f"{inbox.path}.drain").mkdir()
    with pytest.raises(InboxError, match="to lock the inbox: Is a directory"), inbox.draining():
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
    assert sum(future.result(60) for future in futures) == 900
    assert len(groups) < 10
    assert writer.probe().result(60) == ""
    writer.stop()
    inbox.close()


@pytest.mark.parametrize("failure", [None, OSError("No space left on device")], ids=["logged", "not logged"])
def test_the_writer_reports_failures_and_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError | None
) -> None:
    monkeypatch.setattr(writer_module.logger, "error", Mock(side_effect=failure))
    inbox = Inbox(tmp_path)
    writer = InboxWriter(inbox)
    writer.start()
    with closing(Inbox(tmp_path)):  # keeps the log
        inbox.close()
        with pytest.raises(InboxError):
            writer.submit(received(1)).result(60)
        assert writer.submit(received(1)).result(60), "it opened the file again"
    writer.stop()
    inbox.close()


def held(path: Path) -> list[str]:
    """The calls of the events in an inbox."""
    with closing(sqlite3.connect(path / "inbox.sqlite")) as db:
        return [call_id for (call_id,) in db.execute("SELECT call_id FROM events ORDER BY seq")]


@pytest.mark.parametrize("ends", [["", "-wal", "-shm"], ["-wal"]], ids=["all", "log"])
def test_a_file_that_was_removed_takes_nothing_more(tmp_path: Path, inbox: Inbox, ends: list[str]) -> None:
    inbox.put([received(1)])
    for end in ends:
        Path(f"{inbox.path}{end}").unlink()
    assert inbox.put([received(2)]) == [True]
    assert inbox.put([received(3)]) == [True]
    assert held(tmp_path)[-2:] == ["call2", "call3"]
    assert len(held(tmp_path)) == (2 if "" in ends else 3), "what only the log had is in the file again"


def test_a_folder_that_was_moved_keeps_what_it_has(tmp_path: Path) -> None:
    path, old = tmp_path / "inbox", tmp_path / "old"
    with closing(Inbox(path)) as inbox:
        inbox.put([received(1)])
        path.rename(old)
        with pytest.raises(InboxError, match="can't be written"):
            inbox.put([received(2)])
        with pytest.raises(InboxError, match="can't be written"):
            inbox.probe()
        path.mkdir()
        assert inbox.put([received(3)]) == [True]
        assert (held(old), held(path)) == (["call1"], ["call3"])


def test_what_was_written_while_the_file_was_moved_is_not_acknowledged(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_put", lambda event: inbox.path.rename(tmp_path / "old"))
    with pytest.raises(InboxError, match="moved or removed while it was written"):
        inbox.put([received(1)])
    monkeypatch.undo()
    assert inbox.put([received(1)]) == [True]
    assert held(tmp_path) == ["call1"]


def test_a_locked_file_is_waited_for(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox._db.execute("PRAGMA busy_timeout = 100")
    with closing(sqlite3.connect(inbox.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InboxError, match="locked"):
            inbox.put([received(1)])
        other.execute("ROLLBACK")
    assert inbox.put([received(1)]) == [True]
