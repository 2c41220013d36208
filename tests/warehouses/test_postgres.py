"""What PostgreSQL alone can't hold: it is changed before it is loaded, and never stops a load."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from urllib.parse import urlsplit

import pytest

from gong_source.errors import GongDestinationError, GongLoadError
from gong_source.runs import purge_person, run_reconcile
from gong_source.runs.reset import run_reset
from gong_source.warehouse.refused import denied
from tests.warehouses.line import Line
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import CALLS, WarehouseTenant
from tests.warehouses.warehouses import Ask, Postgres, Warehouse

pytestmark = WAREHOUSE

SYSTEM = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")


def test_the_character_nul_is_replaced(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(postgres_warehouse, calls=8)
    call = list(tenant.sandbox.world.visible_calls())[-1]
    fields = [{"name": "N\0", "value": ["\0\0", r"\u0000"]}]
    context = [{"system": "Generic", "objects": [{"objectType": "Deal", "objectId": "1", "fields": fields}]}]
    tenant.sandbox.control.edit_call(call, "metaData.title", "a\0b")
    tenant.sandbox.control.edit_call(call, "metaData.futureObject", {"a": ["\0"]})
    tenant.sandbox.control.edit_call(call, "context", context)
    tenant.synced(resources=CALLS)
    assert tenant.ids("calls") == set(tenant.sandbox.world.calls)
    assert tenant.sql(f"SELECT title, future_object FROM calls WHERE id = '{call}'") == [
        ("a\ufffdb", {"a": ["\ufffd"]})
    ]
    stored = tenant.sql(f"SELECT fields FROM calls__context__objects WHERE call_id = '{call}'")
    assert stored == [([{"name": "N\ufffd", "value": ["\ufffd\ufffd", r"\u0000"]}],)]
    tenant.at(tenant.now + timedelta(hours=1))
    report = run_reconcile(tenant.pipeline(), **tenant.settings(clock=lambda: tenant.now, end_date=tenant.now))
    assert (report.exit_code, report.found["stored"], report.found["changed"]) == (0, 8, 0), "no edit in Gong"


def test_a_field_with_the_name_of_a_system_column_has_another(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(postgres_warehouse, calls=8)
    tenant.synced(resources=CALLS)
    call = list(tenant.sandbox.world.visible_calls())[-1]
    for number, name in enumerate(SYSTEM):
        tenant.sandbox.control.edit_call(call, f"metaData.{name}", number)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=CALLS)
    columns = ", ".join(f"{name}_x" for name in SYSTEM)
    assert tenant.sql(f"SELECT {columns} FROM calls WHERE id = '{call}'") == [tuple(range(len(SYSTEM)))]


def test_rows_that_can_not_be_loaded_are_refused_at_once(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gong_source.warehouse.nul.WITHOUT", frozenset())
    tenant = tenant_maker(postgres_warehouse, calls=8)
    call = list(tenant.sandbox.world.visible_calls())[-1]
    tenant.sandbox.control.edit_call(call, "metaData.title", "ada@example.com\0")
    report = tenant.sync(resources=CALLS)
    assert {type(error) for error in report.failures.values()} == {GongLoadError}
    assert "refused rows of calls: invalid byte sequence" in str(report.failures["calls"])
    assert "ada" not in report.as_text()
    tenant.pipeline().abort_packages()
    monkeypatch.undo()
    tenant.synced(resources=CALLS)
    assert tenant.ids("calls") == set(tenant.sandbox.world.calls)


def test_what_depends_on_a_table_is_named_as_the_reason(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(postgres_warehouse, calls=8)
    tenant.synced(resources=["users"])
    with tenant.pipeline().sql_client() as client:
        client.execute_sql("CREATE VIEW mine AS SELECT active FROM users")
        with pytest.raises(GongDestinationError, match=r"cannot drop table .*users.* depend on it\. Drop first"):
            run_reset(tenant.pipeline(), ["users"], drop=True)
        client.execute_sql("ALTER TABLE users DROP COLUMN id CASCADE")
    tenant.at(tenant.now + timedelta(hours=1))
    with pytest.raises(GongDestinationError, match="Drop first what somebody built on it") as refused:
        tenant.sync(resources=["users"])
    assert not {"HINT", "CASCADE", "abort-packages", "reached"} & set(str(refused.value).split())
    with tenant.pipeline().sql_client() as client:
        client.execute_sql("DROP VIEW mine")
    tenant.synced(resources=["users"])
    assert tenant.ids("users") == set(tenant.sandbox.world.users)


def test_a_column_that_was_narrowed_is_named(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    """PostgreSQL rounds what comes into one, or refuses the rows of all streams with it."""
    narrowed = {"users": ("users", "title", "varchar(500)"), "calls": ("calls__interaction_stats", "value", "real")}
    tenant = tenant_maker(postgres_warehouse, calls=8)
    tenant.synced(resources=["users", "calls"])
    with tenant.pipeline().sql_client() as client:
        for table, column, kind in narrowed.values():
            client.execute_sql(f"ALTER TABLE {table} ALTER {column} TYPE {kind}")
    tenant.at(tenant.now + timedelta(hours=1))
    report = tenant.sync(resources=["users", "calls"])
    for stream, (table, column, _) in narrowed.items():
        assert f"The column {column} of {table} has the type" in str(report.failures[stream])
    with tenant.pipeline().sql_client() as client:
        client.execute_sql("ALTER TABLE users ALTER title TYPE text")
        client.execute_sql("ALTER TABLE calls__interaction_stats DROP COLUMN value")
    tenant.synced(resources=["users", "calls"])
    tenant.check_of("users", "calls")


NOT_LET = [
    (
        "ALTER TABLE users ADD UNIQUE (id); CREATE TABLE notes (id text CONSTRAINT of_a_user REFERENCES users (id)); "
        "INSERT INTO notes SELECT id FROM users",
        "DROP TABLE notes",
        'on table "users" violates foreign key constraint "of_a_user" on table "notes". Drop what somebody put',
    ),
    ("REVOKE DELETE ON users FROM other", "GRANT ALL ON users TO other", "for table users. Give the role that right"),
    (
        "ALTER ROLE other SET default_transaction_read_only = on",
        "ALTER ROLE other RESET default_transaction_read_only",
        "in a read-only transaction. Use a server, and a role",
    ),
]
"""What an owner does, how it is undone, and what a run says of it."""


def _of_role(owner: Postgres, url: str, name: str) -> Postgres:
    """The warehouse for another role, which may make datasets of its own."""
    with owner.session("public") as ask:
        ask(f"CREATE ROLE {name} LOGIN; GRANT CREATE ON DATABASE postgres TO {name}; COMMIT; SELECT 1")
    return Postgres(url.replace("loader", name))


def test_what_the_server_does_not_let_be_done_is_said_by_the_first_run_and_the_next(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    """With names, and with nothing of the rows, which the server quotes as a whole."""
    owner = Postgres(postgres_url)
    tenant = tenant_maker(_of_role(owner, postgres_url, "other"), calls=8)
    tenant.synced(resources=["users"])
    user = min(tenant.sandbox.world.users)
    for number, (done, undone, told) in enumerate(NOT_LET):
        tenant.sandbox.control.edit_user(user, "title", f"Title {number}")
        tenant.at(tenant.now + timedelta(hours=1))
        with owner.session(tenant.dataset) as ask:
            ask(f"{done}; COMMIT; SELECT 1")
        first = str(tenant.sync(resources=["users"]).failures["users"])
        with pytest.raises(GongDestinationError) as second:
            tenant.sync(resources=["users"])
        with owner.session(tenant.dataset) as ask:
            ask(f"{undone}; COMMIT; SELECT 1")
        for said in (first, str(second.value)):
            assert said.startswith("The destination does not let that be done: ")
            assert told in said
            assert "Title" not in said
        tenant.synced(resources=["users"])
    tenant.check_of("users")


def test_a_table_that_the_role_may_not_see_is_no_table_that_is_not_there(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    owner = Postgres(postgres_url)
    loading = _of_role(owner, postgres_url, "loading")
    tenant = tenant_maker(loading, calls=4)
    tenant.synced(resources=["users"])
    ((mail,),) = tenant.sql("SELECT email_address FROM users LIMIT 1")
    tenant.warehouse = owner
    purge_person(tenant.pipeline(), emails=[mail])
    tenant.warehouse = loading
    with pytest.raises(GongDestinationError, match="The role may not read the table _gong_suppressed"):
        tenant.sync(resources=["users"])
    with owner.session(tenant.dataset) as ask:
        ask("GRANT ALL ON _gong_suppressed, _gong_runs TO loading; COMMIT; SELECT 1")
    tenant.synced(resources=["users"])
    assert mail not in tenant.ids("users", "email_address")


def test_a_reconcile_whose_record_of_deletions_can_not_be_made_ends(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    """The streams that were asked for would be read again and again without it."""
    tenant = tenant_maker(Postgres(postgres_url), calls=4)
    tenant.synced(resources=["calls", "transcripts"])
    with Postgres(postgres_url).session(tenant.dataset) as ask:
        rights = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES"
        schemas = (tenant.dataset, f"{tenant.dataset}_staging")
        granted = [
            f"GRANT USAGE ON SCHEMA {each} TO writer; GRANT {rights} IN SCHEMA {each} TO writer" for each in schemas
        ]
        ask("; ".join(["CREATE ROLE writer LOGIN", *granted, "COMMIT", "SELECT 1"]))
    tenant.warehouse = Postgres(postgres_url.replace("loader", "writer"))
    tenant.synced(resources=["calls", "transcripts"])
    report = run_reconcile(tenant.pipeline(), **tenant.settings(clock=lambda: tenant.now, end_date=tenant.now))
    assert report.exit_code == 1
    assert "Give the role that right" in str(report.failures["call_deletions"])
    with pytest.raises(GongDestinationError, match=r"does not let that be done: .* Give the role that right"):
        purge_person(tenant.pipeline(), emails=["kim@acme.example"])


def test_a_database_that_can_not_be_reached_is_named(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(Postgres(f"{postgres_url}_of_nobody"), calls=1)
    told = 'can\'t be reached: connection to server at .* database "postgres_of_nobody" does not exist. Once it can'
    with pytest.raises(GongDestinationError, match=told):
        tenant.sync(resources=["users"])


def test_a_load_that_another_one_keeps_waiting_too_long_can_go_on_after_it(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    """It is tried once more; what is then said, of dlt's own key too, is no advice to drop anything."""
    psycopg2 = pytest.importorskip("psycopg2")
    tenant = tenant_maker(Postgres(f"{postgres_url}?options=-c%20lock_timeout%3D200"), calls=4)
    tenant.synced(resources=["users"])
    tenant.sandbox.control.edit_user(min(tenant.sandbox.world.users), "title", "Head")
    tenant.at(tenant.now + timedelta(hours=1))
    with Postgres(postgres_url).session(tenant.dataset) as ask:
        ask("LOCK TABLE users IN ROW EXCLUSIVE MODE; SELECT 1")
        told = str(tenant.sync(resources=["users"]).failures["users"])
        with pytest.raises(psycopg2.IntegrityError) as doubled:
            ask("INSERT INTO _dlt_pipeline_state TABLE _dlt_pipeline_state")
    for said in (told, denied(tenant.pipeline(), doubled.value)):
        assert "Another run changed the same tables at the same time; once it is done, the same command goes on" in said
    tenant.synced(resources=["users"])
    tenant.check_of("users")


def test_rows_that_another_pipeline_replaces_meanwhile_are_not_doubled(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    """It has replaced them, and commits once a merge of the same rows waits for it."""
    tenant = tenant_maker(Postgres(postgres_url), calls=4)
    tenant.synced(resources=["users"])
    for user in tenant.sandbox.world.users:
        tenant.sandbox.control.edit_user(user, "title", "Head")
    tenant.at(tenant.now + timedelta(hours=1))
    with Postgres(postgres_url).session(tenant.dataset) as ask:
        ask(
            "CREATE TEMP TABLE aside AS SELECT * FROM users; DELETE FROM users; INSERT INTO users TABLE aside; SELECT 1"
        )
        committed = Thread(target=_commit_once_waited_for, args=(Postgres(postgres_url), tenant.dataset, ask))
        committed.start()
        tenant.synced(resources=["users"])
        committed.join()
    tenant.check_of("users")


def _commit_once_waited_for(warehouse: Postgres, dataset: str, ask: Ask) -> None:
    """The transaction of one session, once another one waits for one of its locks."""
    with warehouse.session(dataset) as look:
        until = time.monotonic() + 60
        while time.monotonic() < until and not look("SELECT pid FROM pg_locks WHERE NOT granted"):
            time.sleep(0.05)
    ask("COMMIT; SELECT 1")


OWNED = (
    'ADD COLUMN "Team" text',
    'ADD COLUMN "a{b} c%" text',
    "ADD COLUMN told text GENERATED ALWAYS AS (lower(email_address)) STORED",
    "ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY",
    "ADD COLUMN counted bigserial",
    "ADD COLUMN region text NOT NULL DEFAULT 'EU'",
)
"""An owner's columns in a table of people."""


@pytest.mark.parametrize("how", ["a purge", "a mask"])
def test_columns_of_the_owner_are_emptied_where_they_can_be(
    postgres_warehouse: Warehouse,
    tenant_maker: Callable[..., WarehouseTenant],
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    tenant = tenant_maker(postgres_warehouse, calls=8)
    tenant.synced(resources=["users"])
    with tenant.pipeline().sql_client() as client:
        client.execute_sql(f"ALTER TABLE users {', '.join(OWNED)}")
        client.execute_sql("""UPDATE users SET "Team" = email_address, "a{b} c%" = 'x'""")
    ((user, mail),) = tenant.sql("SELECT id, email_address FROM users ORDER BY id LIMIT 1")
    whose = f"id = '{user}'"
    if how == "a purge":
        done = purge_person(tenant.pipeline(), emails=[mail])
        assert (done.exit_code, list(done.left)) == (1, ["users.region"])
    else:
        del tenant.sandbox.world.users[user]
        tenant.synced(resources=["users"], pii="drop")
        assert "users.region is not emptied: it is never NULL" in caplog.text
    stored = tenant.sql(f"""SELECT email_address, "Team", "a{{b}} c%", told, region FROM users WHERE {whose}""")
    assert stored == [(None, None, None, None, "EU")]


def test_a_column_that_was_renamed_to_capitals_is_named(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(postgres_warehouse, calls=8)
    tenant.synced(resources=["users", "workspaces"])
    with tenant.pipeline().sql_client() as client:
        client.execute_sql('ALTER TABLE users RENAME COLUMN title TO "Title"')
    report = tenant.sync(resources=["users", "workspaces"])
    assert list(report.failures) == ["users"]
    assert 'The column title of users is called "Title" in the destination' in str(report.failures["users"])
    with tenant.pipeline().sql_client() as client:
        client.execute_sql('ALTER TABLE users RENAME COLUMN "Title" TO title')
    tenant.synced(resources=["users", "workspaces"])
    tenant.check_of("users", "workspaces")


def test_a_connection_that_breaks_off_in_a_load_is_no_refusal(
    postgres_url: str, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    port = urlsplit(postgres_url).port
    assert port
    line = Line(port, b"COPY ")
    tenant = tenant_maker(Postgres(postgres_url.replace(f":{port}", f":{line.port}")), calls=4)
    report = tenant.sync(resources=["users"])
    assert line.cut
    assert "The destination postgres broke off: " in str(report.failures["users"])
    tenant.warehouse = Postgres(postgres_url)
    tenant.synced(resources=["users"])
    tenant.check_of("users")
