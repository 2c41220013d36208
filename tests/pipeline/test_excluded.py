"""Columns that are left out change nothing else: what the product itself asks a column for can't be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from gong_source.errors import GongConfigError
from gong_source.report import RunReport
from gong_source.runs import run_reconcile
from gong_source.runs.look import read_status
from gong_source.runs.verify import run_verify
from gong_source.streams.stream import Windows
from gong_source.streams.table import StreamTable
from gong_source.tables import TABLES
from gong_source.warehouse.store import Store
from tests.pipeline.harness import Tenant

FREE = {table.name: {column.name for column in table.columns if not column.indispensable} for table in TABLES}
KEPT = {table.name: {column.name for column in table.columns if column.indispensable} for table in TABLES}
ALL_FREE = [f"{table}.{column}" for table, columns in FREE.items() for column in sorted(columns)]


@pytest.fixture
def company(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company of few calls, some of them private."""
    return make_tenant(calls=40, users=4, sentences=2)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that the product sends from now on."""
    sent: list[str] = []
    made = Store._statements

    def keep(store: Store, *args: Any) -> list[str]:
        found = made(store, *args)
        sent.extend(found)
        return found

    monkeypatch.setattr(Store, "_statements", keep)
    return sent


def reconcile(tenant: Tenant, **more: Any) -> RunReport:
    """Reconcile the whole history."""
    settings = tenant.settings(start_date=tenant.start, end_date=tenant.now, **more)
    return run_reconcile(tenant.pipeline(), clock=lambda: tenant.now, **settings)


def free_in(statement: str) -> Iterator[str]:
    """Columns that a statement names and that can be left out of the tables that it asks for them."""
    parsed = sqlglot.parse_one(statement, dialect="duckdb")
    asking = (exp.Select, exp.Update, exp.Delete)
    for column in parsed.find_all(exp.Column):
        at = column.find_ancestor(*asking)
        tables = [table for table in parsed.find_all(exp.Table) if table.find_ancestor(*asking) is at]
        named = {table.name for table in tables if column.table in ("", table.alias_or_name)}
        if "_dlt_loads" not in named and not any(column.name in KEPT.get(name, ()) for name in named):
            yield from (f"{name}.{column.name}" for name in named if column.name in FREE.get(name, ()))


def test_no_statement_asks_for_a_column_that_can_be_left_out(company: Tenant, asked: list[str]) -> None:
    """All of them are left out, and every run does what it does with them."""
    settings = {"resources": "all", "exclude_columns": ALL_FREE, "media_folder": str(company.folder / "media")}
    company.synced(**settings)
    assert company.sql("SELECT count(title), count(started), count(is_private), count(*) FROM calls")[0][0] == 0
    again = company.synced(**settings)
    assert (again.rows["calls"], again.rows["transcripts"]) == (0, 0)
    for more in ({}, {"workspace_ids": sorted(company.sandbox.world.workspaces)[:1]}):
        found = reconcile(company, exclude_columns=ALL_FREE, **more).found
        assert (found["missing"], found["changed"], found["deleted"]) == (0, 0, 0)
        assert found["listed"] == found["stored"] > 0
    assert not run_verify(company.pipeline(), clock=lambda: company.now, **company.settings()).problems
    assert read_status(company.pipeline(), now=company.now).streams["calls"].newest
    gone = min(company.sandbox.world.visible_calls())
    company.sandbox.control.delete_calls([gone])
    assert reconcile(company, exclude_columns=ALL_FREE).found["deleted"] == 1
    private = {key for key, call in company.sandbox.world.calls.items() if call.data["metaData"].get("isPrivate")}
    held = "SELECT id FROM calls UNION SELECT call_id FROM transcript_sentences"
    assert private & {call_id for (call_id,) in company.sql(held)}
    company.synced(**settings, include_private_calls=False)
    assert not private & {call_id for (call_id,) in company.sql(held)}
    assert {*free_in("SELECT id FROM users WHERE title IN (SELECT c.url FROM calls c)")} == {"users.title", "calls.url"}
    assert len(asked) > 100
    assert not {name for statement in asked for name in free_in(statement)}


def test_what_a_stream_is_read_by_can_not_be_left_out() -> None:
    for stream in StreamTable():
        root = stream.tables[0]
        times = {stream.reads.time} if isinstance(stream.reads, Windows) else set()
        for table in stream.tables:
            needed = {*table.primary_key, table.merge_key, table.call_column} | (times if table is root else set())
            assert needed - {""} <= KEPT[table.name]


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("is_private", "is_private can't be left out of calls: private calls are known by it"),
        ("started", "Name it with its table where it can be: call_deletions.started."),
        ("calls.workspace_id", "workspaces are found by it"),
        ("calls.id", "it is never NULL"),
        ("calls.deleted_at", "marks deleted calls"),
        ("_content_hash", "the table is kept by it"),
        ("calls.id__v_text", "it is never NULL"),
        ("logs.log_recrod", "there is no such column: did you mean log_record?"),
        ("calls.Title", "did you mean title?"),
        ("CALLS.TITLE", "there is no table CALLS: did you mean calls.title?"),
        ("call.anything", "there is no table call: did you mean calls?"),
        ("nowhere.title", "there is no table nowhere."),
    ],
)
def test_what_can_not_be_left_out_is_refused_before_anything_is_asked(company: Tenant, column: str, why: str) -> None:
    with pytest.raises(GongConfigError) as caught:
        company.sync(exclude_columns=["title", column])
    assert str(caught.value).startswith(f"exclude_columns has {column}, ")
    assert why in str(caught.value)
    assert not company.log


def test_a_column_that_nobody_documents_is_left_out_and_told_of(
    company: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    """Gong may add fields; they are named as their columns are."""
    counts = {table: f"SELECT count(future_field) FROM {table}" for table in ("calls", "users")}
    company.sandbox.control.add_unknown_fields()
    company.synced(resources=list(counts))
    assert all(company.sql(sql)[0][0] > 0 for sql in counts.values())
    for name, emptied in (("users.future_field", ["users"]), ("future_field", ["calls", "users"])):
        report = company.synced(resources=list(counts), exclude_columns=[name])
        assert [table for table, sql in counts.items() if company.sql(sql) == [(0,)]] == emptied
        told = f"No such column is documented: {name}."
        assert f"NOTE exclude_columns: {told}" in report.as_text()
        assert told in report.as_dict()["notices"]["exclude_columns"]
        assert told in caplog.text
    fresh = company.synced(resources=["users"], exclude_columns=["future_field"], pii="drop")
    assert fresh.rows["users"] == 4
    assert company.sql(counts["users"]) == [(0,)], "what comes anew is without it too"
