"""The webhook's inbox: events that were acknowledged and are not yet in the destination. One SQLite file.

An event is durable when :meth:`Inbox.put` returns: its transaction is in the write-ahead log, and that is fsynced
(``synchronous=FULL``). It stays pending until :meth:`Inbox.settle`, which is called only once the load package that
carries it is committed. Settled events lose their body; that there was one is remembered.

A double is the same body again while the latest event of its call, received and not yet taken to be loaded, has that
body. The same body at any other time is an event like all others: a call may go from one state to another and back.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from gong_source.webhook.inbox.file import files_at, open_file, transaction, wipe
from gong_source.webhook.inbox.model import InboxError, InboxHeldError, Pending, Received, inbox_file

logger = logging.getLogger("gong_source.webhook")

REMEMBERED_DAYS = 90
"""How long it is remembered that a call had an event."""

PROBE_BYTES = 2**16
LEAST_FREE = 16 * 2**20
"""Bytes of disk that are left to others: below, nothing more is accepted."""


class Inbox:
    """One inbox; any number of processes may have it open, one may drain it."""

    def __init__(self, path: str | os.PathLike[str], least_free: int = LEAST_FREE) -> None:
        """Open or make it.

        Args:
            path: The SQLite file, or a directory to keep ``inbox.sqlite`` in.
            least_free: Bytes of disk to leave free.

        Raises:
            InboxError: The file can't be made or is none of this kind.
        """
        self.path = inbox_file(path)
        self._least_free = least_free
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db, self._files = open_file(self.path)
        except (OSError, sqlite3.Error) as error:
            raise InboxError(f"The inbox {self.path} can't be opened: {error}.") from error

    def close(self) -> None:
        """Close the file; further calls fail."""
        self._db.close()

    def put(self, events: Sequence[Received]) -> list[bool]:
        """Store events in one transaction; when this returns they are on the disk.

        Args:
            events: In the order they were received.

        Returns:
            For each, whether it is new: no double of one that waits to be loaded.

        Raises:
            InboxError: Nothing of it was stored: the disk is full or failing.
        """
        with self._writing(sum(len(event.body) for event in events)):
            return [self._put(event) for event in events]

    def _put(self, event: Received) -> bool:
        latest = self._db.execute(
            "SELECT body_sha256, taken FROM events WHERE call_id = ? AND outcome IS NULL "
            "ORDER BY received_at DESC, seq DESC LIMIT 1",
            (event.call_id,),
        ).fetchone()
        if latest == (event.body_sha256, 0):
            return False
        self._db.execute(
            "INSERT INTO events (body_sha256, call_id, received_at, body) VALUES (?, ?, ?, ?)",
            (event.body_sha256, event.call_id, event.received_at, event.body),
        )
        return True

    def probe(self) -> None:
        """Write something and take it back.

        Raises:
            InboxError: It could not be written.
        """
        for sql in ("INSERT INTO probe VALUES (zeroblob(?))", "DELETE FROM probe WHERE length(body) <= ?"):
            with self._writing(PROBE_BYTES):
                self._db.execute(sql, (PROBE_BYTES,))

    def pending_count(self) -> int:
        """How many events are not settled yet."""
        return int(self._ask("SELECT count(*) FROM events WHERE outcome IS NULL")[0][0])

    def take(self, most: int, most_bytes: int, without: Iterable[int] = ()) -> list[Pending]:
        """The latest pending event of each call, those received first at the front.

        From now on no body counts as a double of an event of these calls, and :meth:`settle` settles what is there now.

        Args:
            most: How many at most.
            most_bytes: Bytes of bodies after which to stop; one event is always given.
            without: Numbers of events to leave out.
        """
        skipped = set(without)
        with self._changing():
            latest = self._db.execute(
                "SELECT seq, size FROM (SELECT seq, length(body) AS size, received_at, row_number() OVER "
                "(PARTITION BY call_id ORDER BY received_at DESC, seq DESC) AS place FROM events WHERE outcome IS NULL)"
                " WHERE place = 1 ORDER BY received_at, seq"
            ).fetchall()
            chosen: list[int] = []
            size = 0
            for seq, length in latest:
                if seq in skipped:
                    continue
                size += length
                if chosen and (len(chosen) >= most or size > most_bytes):
                    break
                chosen.append(seq)
            self._db.executemany(
                "UPDATE events SET taken = 1 WHERE outcome IS NULL "
                "AND call_id = (SELECT call_id FROM events WHERE seq = ?)",
                [(seq,) for seq in chosen],
            )
        return [self._read(seq) for seq in chosen]

    def carried(self, load_id: str) -> None:
        """Note a load package that carries events of this inbox, before it can be committed.

        Args:
            load_id: The package.
        """
        with self._changing():
            self._db.execute("INSERT OR REPLACE INTO loads VALUES (?, ?)", (load_id, _now()))

    def own_loads(self) -> set[str]:
        """Load packages that carried events of this inbox."""
        return {row[0] for row in self._ask("SELECT load_id FROM loads")}

    def settle(self, events: Iterable[Pending], outcome: str, keep_body: bool = False) -> None:
        """Take events, and those of their calls that were pending when they were taken, off the list for good.

        Args:
            events: From :meth:`take`.
            outcome: What became of them; the others are ``superseded``.
            keep_body: Whether their bodies stay, for somebody to look at.
        """
        body, now = "body" if keep_body else "NULL", _now()
        with self._changing():
            for event in events:
                self._db.execute(
                    f"UPDATE events SET outcome = ?, settled_at = ?, body = {body} WHERE seq = ?",
                    (outcome, now, event.seq),
                )
                self._db.execute(
                    "UPDATE events SET outcome = 'superseded', settled_at = ?, body = NULL "
                    "WHERE call_id = ? AND outcome IS NULL AND taken",
                    (now, event.call_id),
                )

    def forget(self, is_theirs: Callable[[bytes], bool], calls: Collection[str], dry_run: bool = False) -> int:
        """Forget what events say of a person: only the id of the call is left, for which Gong is asked instead.

        Args:
            is_theirs: Whether a body says something of the person.
            calls: Ids of calls of which nothing is to be left.
            dry_run: Count only.

        Returns:
            Events that were forgotten.
        """
        found = 0
        for (seq,) in self._ask("SELECT seq FROM events WHERE length(body) > 0"):
            ((call_id, body),) = self._ask("SELECT call_id, body FROM events WHERE seq = ?", (seq,))
            if call_id in calls or is_theirs(body):
                found += 1
                if not dry_run:
                    with self._changing():
                        self._forget(seq, call_id in calls)
        return found

    def wipe(self) -> str:
        """Leave no byte of what was removed, whenever that was, in the file and its log.

        Returns:
            Why that can't be done now; empty where it is done.
        """
        return wipe(self._db)

    def _forget(self, seq: int, whole: bool) -> None:
        if whole:
            self._db.execute(
                "UPDATE events SET body = NULL, outcome = coalesce(outcome, 'purged'), "
                "settled_at = coalesce(settled_at, ?) WHERE seq = ?",
                (_now(), seq),
            )
        else:
            self._db.execute("UPDATE events SET body = iif(outcome IS NULL, x'', NULL) WHERE seq = ?", (seq,))

    def prune(self) -> None:
        """Forget what was settled long ago."""
        before = _now() - REMEMBERED_DAYS * 86_400_000_000
        with self._changing():
            self._db.execute("DELETE FROM events WHERE outcome IS NOT NULL AND settled_at < ?", (before,))
            self._db.execute("DELETE FROM loads WHERE made_at < ?", (before,))

    @contextmanager
    def draining(self) -> Iterator[None]:
        """Hold the right to drain; the operating system gives it back when the process dies.

        Raises:
            InboxHeldError: Another process drains the inbox.
            InboxError: The file that is locked can't be made.
        """
        with ExitStack() as held:
            try:
                lock = held.enter_context(open(f"{self.path}.drain", "w"))
            except OSError as error:
                raise InboxError(f"{error.filename} can't be made, to lock the inbox: {error.strerror}.") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise InboxHeldError(f"Another process is loading the inbox {self.path}; nothing was done.") from error
            yield

    def _read(self, seq: int) -> Pending:
        seq, call_id, received_at, body, others = self._ask(
            "SELECT seq, call_id, received_at, body, (SELECT count(*) FROM events o WHERE o.call_id = e.call_id) - 1 "
            "FROM events e WHERE seq = ?",
            (seq,),
        )[0]
        return Pending(seq, call_id, received_at, body, not others)

    def _ask(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise InboxError(f"The inbox {self.path} can't be read: {error}.") from error

    @contextmanager
    def _writing(self, size: int) -> Iterator[None]:
        """A transaction that is refused where the disk is full, and after which the inbox works again.

        It goes to the file that has the inbox's name, and counts only where that is so after it too.
        """
        try:
            free = os.statvfs(self.path.parent)
            if free.f_bavail * free.f_frsize < self._least_free + size:
                raise InboxError(f"The disk of the inbox {self.path} is full.")
            if files_at(self.path) != self._files:
                logger.warning(
                    "The inbox %s was moved or removed while it was in use. What comes now goes to the file of that "
                    "name, made anew if there is none; load what is in the old one with --drain and its path.",
                    self.path,
                )
                self._reopen()
            with transaction(self._db):
                yield
            if files_at(self.path) != self._files:
                raise InboxError(f"The inbox {self.path} was moved or removed while it was written.")
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError, sqlite3.Error):
                self._reopen()
            raise InboxError(f"The inbox {self.path} can't be written: {error}.") from error

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction of one who loads the inbox."""
        try:
            with transaction(self._db):
                yield
        except sqlite3.Error as error:
            raise InboxError(f"The inbox {self.path} can't be read or changed: {error}.") from error

    def _reopen(self) -> None:
        """After an I/O error the connection may be of no use; where no new one can be made, the next call fails."""
        self._db.close()
        self._db, self._files = open_file(self.path)


def _now() -> int:
    return time.time_ns() // 1000
