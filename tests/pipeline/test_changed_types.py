"""A column that somebody gave a type that can't hold what is loaded: it is told of, and other streams go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongDestinationError, GongLoadError
from gong_source.runs import run_reconcile
from tests.pipeline.harness import Tenant, assert_same

RESOURCES: dict[str, Any] = {"resources": ["calls", "transcripts", "users", "logs"]}


@pytest.fixture
def small(make_settled: Callable[..., Tenant]) -> Tenant:
    tenant = make_settled(calls=12, users=3, sentences=2)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.sandbox.control.add_calls(1, started=tenant.now - timedelta(minutes=30))
    tenant.sandbox.control.edit_user(min(tenant.sandbox.world.users), "title", "New")
    return tenant


@pytest.mark.parametrize(
    ("sql", "failed"),
    [
        ("ALTER TABLE calls__interaction_stats ALTER value TYPE BIGINT", {"calls", "transcripts"}),
        ("ALTER TABLE calls ALTER id TYPE JSON", {"calls", "transcripts"}),
        ("ALTER TABLE users ALTER _content_hash TYPE DOUBLE", {"users"}),
    ],
)
def test_only_the_streams_of_the_table_fail(small: Tenant, sql: str, failed: set[str]) -> None:
    small.sql(sql)
    report = small.sync(**RESOURCES)
    assert report.exit_code == 1
    assert report.failures.keys() == failed
    assert {type(error) for error in report.failures.values()} == {GongLoadError}
    table, column = sql.split()[2], sql.split()[4]
    assert all(f"The column {column} of {table} has the type" in str(error) for error in report.failures.values())
    truth = small.truth(wanted=["calls", "users"])
    for name in {"calls", "users"} - failed:
        assert_same(name, small.rows(name), truth[name])


def test_a_wider_type_is_loaded_into(small: Tenant) -> None:
    small.sql("ALTER TABLE calls ALTER _content_hash TYPE HUGEINT; ALTER TABLE calls ALTER url TYPE TEXT")
    small.synced(**RESOURCES)
    assert_same("calls", small.rows("calls"), small.truth_of_calls()["calls"])


def test_a_column_that_is_dropped_is_made_again(small: Tenant) -> None:
    """As the error advises."""
    small.sql("ALTER TABLE calls__interaction_stats ALTER value TYPE BIGINT")
    assert small.sync(**RESOURCES).exit_code == 1
    small.sql("ALTER TABLE calls__interaction_stats DROP COLUMN value")
    small.synced(**RESOURCES)
    name = "calls__interaction_stats"
    assert_same(name, small.rows(name), small.truth_of_calls()[name])


def test_a_reconcile_and_tables_of_dlt_are_looked_at_too(small: Tenant) -> None:
    options: dict[str, Any] = {"end_date": small.now, "clock": lambda: small.now}
    small.sql("ALTER TABLE calls ALTER id TYPE HUGEINT")
    with pytest.raises(GongLoadError, match="column id of calls has the type bigint"):
        run_reconcile(small.pipeline(), **small.settings(**options))
    small.sql("ALTER TABLE _dlt_loads ALTER load_id TYPE DOUBLE")
    with pytest.raises(GongDestinationError, match="column load_id of _dlt_loads has the type double"):
        small.sync(**RESOURCES)
