"""The tables of an inbox's file, and how a file of an earlier release gets them."""

from __future__ import annotations

import sqlite3

FORM = 1
"""Of the tables, as the file's ``user_version`` tells it; 0 is a new file, or one of the first release."""

_TABLES = f"""
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    body_sha256 TEXT NOT NULL,
    call_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,      -- microseconds since 1970: when the request began
    body BLOB,                         -- empty where only the call's id is left, NULL once settled
    outcome TEXT,                      -- NULL while pending
    settled_at INTEGER,
    taken INTEGER NOT NULL DEFAULT 0   -- whether a load has begun with what was known of the call
);
CREATE INDEX IF NOT EXISTS pending_events ON events (call_id, received_at, seq) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS events_of_call ON events (call_id);
CREATE TABLE IF NOT EXISTS probe (body BLOB);
CREATE TABLE IF NOT EXISTS loads (load_id TEXT PRIMARY KEY, made_at INTEGER NOT NULL);
PRAGMA user_version = {FORM}
"""

_SET_ASIDE = """
ALTER TABLE events RENAME TO old_events;
ALTER TABLE loads RENAME TO old_loads;
DROP INDEX IF EXISTS pending;
DROP INDEX IF EXISTS of_call
"""

_COPY = """
INSERT INTO events (seq, body_sha256, call_id, received_at, body, outcome, settled_at, taken)
    SELECT seq, body_sha256, call_id, received_at, body, outcome, settled_at, load_id IS NOT NULL FROM old_events;
INSERT INTO loads SELECT load_id, made_at FROM old_loads;
DROP TABLE old_events;
DROP TABLE old_loads
"""


NEEDED = {"events", "loads"}


def has_tables(db: sqlite3.Connection) -> bool:
    """Whether the tables are there in this form; only reads, and so waits for nobody.

    Args:
        db: Open.
    """
    form, there = _found(db)
    return form == FORM and there >= NEEDED


def _found(db: sqlite3.Connection) -> tuple[int, set[str]]:
    (form,) = db.execute("PRAGMA user_version").fetchone()
    return form, {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def make_tables(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of the first release, which knew nothing of what was taken, into this form.

    Args:
        db: In a transaction.

    Raises:
        sqlite3.Error: It is no inbox, or one of a later release; nothing was changed.
    """
    form, there = _found(db)
    if (there or form) and not there >= NEEDED:
        raise sqlite3.DatabaseError("it is the database of something else, and was left as it is")
    if form > FORM:
        raise sqlite3.DatabaseError("it is of a later release of gong-source")
    if form:
        return
    is_old = "loads" in there
    for script in (_SET_ASIDE, _TABLES, _COPY) if is_old else (_TABLES,):
        for statement in script.split(";"):
            db.execute(statement)
