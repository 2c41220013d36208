"""A purge leaves nothing of what it removed in the DuckDB file itself."""

from __future__ import annotations

import json
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from gong_source.errors import GongDestinationError
from gong_source.runs import purge_person, run_reconcile
from gong_source.warehouse import rewrite
from gong_source.warehouse.copying import copy_file
from tests.pipeline.harness import Tenant
from tests.pipeline.process import python, run

MINE = (
    "CREATE SCHEMA own",
    "CREATE TYPE own.mood AS ENUM ('good', 'bad')",
    "CREATE SEQUENCE own.numbers START 5",
    "CREATE TABLE own.notes (id BIGINT PRIMARY KEY DEFAULT nextval('own.numbers'), mood own.mood, note VARCHAR)",
    "INSERT INTO own.notes (mood, note) VALUES ('good', 'a'), ('bad', 'b')",
    "CREATE INDEX by_note ON own.notes (note)",
    "COMMENT ON COLUMN own.notes.note IS 'What was noted'",
    "CREATE VIEW own.people AS SELECT DISTINCT name FROM gong_data.calls__parties",
    "COMMENT ON VIEW own.people IS 'Who took part'",
    "CREATE MACRO own.next(a) AS a + 1",
)
DEFINED = (
    "SELECT schema_name, table_name, sql, comment FROM duckdb_tables() ORDER BY ALL",
    "SELECT schema_name, view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL ORDER BY ALL",
    "SELECT schema_name, index_name, sql FROM duckdb_indexes() ORDER BY ALL",
    "SELECT schema_name, sequence_name, last_value FROM duckdb_sequences() ORDER BY ALL",
    "SELECT schema_name, function_name FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
    "SELECT schema_name, type_name FROM duckdb_types() WHERE NOT internal ORDER BY ALL",
    "SELECT id, mood, note FROM own.notes",
    "SELECT name FROM own.people ORDER BY ALL",
)


class Person(NamedTuple):
    """What the file holds of somebody."""

    address: str
    calls: list[str]
    texts: list[bytes]


@pytest.fixture
def tenant(make_settled: Callable[..., Tenant]) -> Tenant:
    """A small company that was synced once."""
    return make_settled(calls=60, users=8, days=20)


def outsider(tenant: Tenant) -> Person:
    """Somebody from outside who took part in calls."""
    ((address, name),) = tenant.sql(
        "SELECT email_address, name FROM calls__parties WHERE affiliation = 'External' AND email_address IS NOT NULL "
        "GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    calls = [row[0] for row in tenant.sql(f"SELECT call_id FROM calls__parties WHERE email_address = '{address}'")]
    theirs = f"FROM transcript_sentences WHERE call_id IN {tuple(calls)}"
    others = theirs.replace(" IN ", " NOT IN ")
    said = tenant.sql(f"SELECT text {theirs} AND text NOT IN (SELECT text {others}) ORDER BY length(text) DESC LIMIT 1")
    return Person(address, calls, [text.encode() for text in (address, name, said[0][0])])


def held(folder: Path, person: Person) -> list[bytes]:
    """What of somebody stands in a file that begins like the database, or in a folder beside it."""
    files = [path for path in folder.rglob("*") if path.is_file() and "warehouse.duckdb" in str(path)]
    found = b"".join(path.read_bytes() for path in files)
    return [text for text in person.texts if text in found]


def test_no_byte_is_left_and_all_else_is(tenant: Tenant) -> None:
    person = outsider(tenant)
    with duckdb.connect(str(tenant.database)) as connection:
        for statement in MINE:
            connection.execute(statement)
    with duckdb.connect(str(tenant.database)) as connection:
        before = [connection.execute(query).fetchall() for query in DEFINED]
    real = tenant.folder / "elsewhere" / "warehouse.duckdb"
    real.parent.mkdir()
    shutil.move(tenant.database, real)
    real.chmod(0o640)
    tenant.database.symlink_to(real)
    (left := real.with_name("warehouse.duckdb.purging")).mkdir()
    (left / "warehouse.duckdb").write_bytes(b"of one who was killed")
    (spilt := real.with_name("warehouse.duckdb.tmp")).mkdir()
    (spilt / "duckdb_temp_block-1.block").write_bytes(person.texts[0])
    assert held(tenant.folder, person) == person.texts
    whole = len(tenant.sql("SELECT id FROM calls"))
    purge_person(tenant.pipeline(), emails=[person.address], calls=person.calls)
    assert held(tenant.folder, person) == []
    assert os.listdir(real.parent) == [real.name]
    assert tenant.database.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    with duckdb.connect(str(tenant.database)) as connection:
        after = [connection.execute(query).fetchall() for query in DEFINED]
    tables = {name for _, name, *_ in after[0]}
    assert [row for row in after[0] if row[1] not in {"_gong_suppressed", "_gong_runs"}] == [
        row for row in before[0] if row[1] != "_gong_runs"
    ]
    assert tables >= {"_gong_suppressed", "_gong_runs"}
    assert after[1:-1] == before[1:-1]
    assert set(after[-1]) < set(before[-1])
    assert len(tenant.sql("SELECT id FROM calls")) == whole - len(set(person.calls))
    assert tenant.sql("SELECT command FROM _gong_runs ORDER BY ended DESC LIMIT 1") == [("purge",)]
    tenant.synced()


def no_room(tenant: Tenant, patch: pytest.MonkeyPatch) -> Callable[[], None]:
    told = shutil.disk_usage(tenant.folder)._replace(free=1000)
    patch.setattr(rewrite.shutil, "disk_usage", lambda _: told)
    return lambda: None


def full_disk(tenant: Tenant, patch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The disk takes the file and no more."""
    copied = rewrite.copy_tables

    def copy(copier: duckdb.DuckDBPyConnection, to: Path) -> None:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limit[1]))
        try:
            copied(copier, to)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    patch.setattr(rewrite, "copy_tables", copy)
    return lambda: None


def other_name(tenant: Tenant, patch: pytest.MonkeyPatch) -> Callable[[], None]:
    other = tenant.folder / "other.duckdb"
    os.link(tenant.database, other)
    return other.unlink


def opened_here(tenant: Tenant, patch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A connection of the same process, which would go on with the old file."""
    return duckdb.connect(str(tenant.database)).close


def test_where_it_can_not_be_done_the_purge_stands_and_says_so(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = outsider(tenant)
    whole = len(tenant.sql("SELECT id FROM calls"))

    def purged() -> tuple[int, list[str]]:
        caplog.clear()
        done = purge_person(tenant.pipeline(), emails=[person.address], calls=person.calls)
        told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert list(done.endings()) == told
        assert (done.exit_code, list(done.left)) == ((1, [str(tenant.database)]) if told else (0, []))
        return done.deleted.get("calls", 0), told

    theirs = len(set(person.calls))
    for trouble, reason, gone in (
        (no_room, "1,000 are left on the disk", theirs),
        (full_disk, "File too large", 0),
        (other_name, "hard links", 0),
        (opened_here, "already attached", 0),
    ):
        with monkeypatch.context() as patch:
            over = trouble(tenant, patch)
            removed, (warning,) = purged()
            over()
        assert removed == gone
        assert reason in warning
        assert "still holds bytes" in warning
        assert "run the same purge again" in warning
        assert held(tenant.folder, person)
        assert not list(tenant.folder.glob("*.purging"))
        assert len(tenant.sql("SELECT id FROM calls")) == whole - theirs
        assert tenant.sql("SELECT outcome FROM _gong_runs ORDER BY ended DESC LIMIT 1") == [("failed",)]
    assert purged() == (0, [])
    assert held(tenant.folder, person) == []


def test_the_command_says_what_is_left(tenant: Tenant) -> None:
    person = outsider(tenant)
    os.link(tenant.database, tenant.folder / "other.duckdb")
    command = ("purge", "--email", person.address, "--offline", "--yes", "--json", "--log-level", "error")
    done = run(tenant, *command)
    assert done.returncode == 1
    assert "hard links" in json.loads(done.stdout)["left"][str(tenant.database)]
    assert "still holds bytes" in done.stderr


REFERRING = (
    'CREATE TABLE own."a child" (id BIGINT PRIMARY KEY, note BIGINT REFERENCES own.notes (id), twice AS (note * 2))',
    'INSERT INTO own."a child" VALUES (1, 5), (2, NULL)',
    'CREATE TABLE own.aged (child BIGINT REFERENCES own."a child" (id), told STRUCT(a INT, b INT[]))',
    "INSERT INTO own.aged VALUES (1, {a: 1, b: [2]}), (NULL, NULL)",
    'CREATE TABLE own.empty (child BIGINT REFERENCES own."a child" (id))',
)
ITSELF = (
    "CREATE TABLE own.tree (id BIGINT PRIMARY KEY, above BIGINT REFERENCES own.tree (id))",
    "INSERT INTO own.tree VALUES (1, NULL)",
    "INSERT INTO own.tree VALUES (2, 1)",
)


def database(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA gong_data; CREATE TABLE gong_data.calls__parties (name VARCHAR)")
        connection.execute("INSERT INTO gong_data.calls__parties VALUES ('a'), ('b'), ('c')")
        connection.execute("DELETE FROM gong_data.calls__parties WHERE name = 'b'")
        for statement in (*MINE, *statements):
            connection.execute(statement)
    return path


def shown(path: Path, *more: str) -> list[object]:
    with duckdb.connect(str(path)) as connection:
        return [connection.execute(query).fetchall() for query in (*DEFINED, *more)]


@pytest.mark.parametrize("more", [(), REFERRING], ids=["plain", "references"])
def test_a_copy_is_the_same(tmp_path: Path, more: tuple[str, ...]) -> None:
    file, copy = database(tmp_path / "file.duckdb", *more), tmp_path / "the 'copy'.duckdb"
    copy_file(file, copy)
    queries = ('FROM own."a child" ORDER BY id', "FROM own.aged", "FROM own.empty") if more else ()
    assert shown(copy, *queries) == shown(file, *queries)
    with duckdb.connect(str(copy)) as connection:
        assert connection.execute("INSERT INTO own.notes (note) VALUES ('c') RETURNING id").fetchall() == [(7,)]


def test_a_table_that_refers_to_itself_is_named(tmp_path: Path) -> None:
    file = database(tmp_path / "file.duckdb", *REFERRING, *ITSELF)
    with pytest.raises(GongDestinationError, match=r"make it anew without: own\.tree\.$"):
        copy_file(file, tmp_path / "copy.duckdb")


def test_what_another_run_removed_leaves_the_file_with_the_first_purge(tenant: Tenant) -> None:
    person = outsider(tenant)
    tenant.sandbox.control.delete_calls(person.calls)
    options = {"rolling": 1, "on_delete": "purge", "max_delete_share": 1.0, "clock": lambda: tenant.now}
    run_reconcile(tenant.pipeline(), **tenant.settings(start_date=None, **options))
    assert held(tenant.folder, person)
    done = purge_person(tenant.pipeline(), emails=[person.address])
    assert (done.deleted, done.blanked, done.left) == ({}, {}, {})
    assert held(tenant.folder, person) == []


KILLED = """
import os, sys
from gong_source.cli.commands import main
from gong_source.warehouse import rewrite
original = rewrite._replace

def dies(file, copy):
    if sys.argv[1] == "after":
        original(file, copy)
    os._exit(9)

rewrite._replace = dies
main(sys.argv[2:])
"""


def test_a_kill_leaves_one_whole_file(tenant: Tenant) -> None:
    person = outsider(tenant)
    (tenant.folder / "references.json").write_text(json.dumps({"calls": [{"id": call} for call in person.calls]}))
    command = ["purge", "--email", person.address, "--references", "references.json", "--offline", "--yes"]
    for when in ("before", "after"):
        killed = python(tenant, "-c", KILLED, when, *command)
        assert killed.returncode == 9, killed.stderr
        assert (tenant.folder / "warehouse.duckdb.purging").is_dir()
        assert tenant.sql(f"SELECT id FROM calls WHERE id IN {tuple(person.calls)}") == []
        assert tenant.sql("SELECT id FROM calls")
    purge_person(tenant.pipeline(), emails=[person.address])
    assert held(tenant.folder, person) == []
    assert not list(tenant.folder.glob("*.purging"))
