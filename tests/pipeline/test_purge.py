"""One person leaves every table that the destination has them in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from gong_source import GongClient
from gong_source.cli import main
from gong_source.errors import GongArgumentError
from gong_source.runs import purge_person
from tests.pipeline.harness import Tenant


@pytest.fixture
def tenant(settled: Tenant) -> Tenant:
    """A company that was synced once."""
    return settled


def outsider(tenant: Tenant) -> str:
    """Address of somebody from outside who took part in calls."""
    rows = tenant.sql(
        "SELECT email_address FROM calls__parties WHERE affiliation = 'External' AND email_address IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1"
    )
    return str(rows[0][0])


def insider(tenant: Tenant) -> tuple[str, str]:
    """Id and address of a user who commented."""
    rows = tenant.sql(
        "SELECT u.id, u.email_address FROM users u JOIN calls__comments c ON c.commenter_user_id = u.id "
        "GROUP BY ALL ORDER BY count(*) DESC, 1"
    )
    return rows[0][0], rows[0][1]


def mentions(tenant: Tenant, text: str) -> dict[str, int]:
    """Rows by table in which some text stands anywhere."""
    found = {}
    tables = [table for (table,) in tenant.sql("SHOW TABLES") if not table.startswith("_dlt")]
    for table, rows in tenant.all_rows(tables).items():
        found[table] = sum(text.lower() in json.dumps(row, default=str).lower() for row in rows)
    return {table: count for table, count in found.items() if count}


def test_an_outsider_is_blanked(tenant: Tenant) -> None:
    address = outsider(tenant)
    before = mentions(tenant, address)
    assert before["calls__parties"] > 0
    counted = purge_person(tenant.pipeline(), emails=[address.upper()], dry_run=True)
    assert mentions(tenant, address) == before, "a dry run changes nothing"
    done = purge_person(tenant.pipeline(), emails=[f" {address} "])
    assert (done.blanked, done.deleted) == (counted.blanked, counted.deleted)
    assert done.blanked["calls__parties"] == before["calls__parties"]
    assert mentions(tenant, address) == {}
    again = purge_person(tenant.pipeline(), emails=[address])
    assert (again.blanked, again.deleted) == ({}, {})


def test_a_user_is_blanked_with_comments_and_logs(tenant: Tenant) -> None:
    user_id, address = insider(tenant)
    comments = tenant.sql(f"SELECT count(*) FROM calls__comments WHERE commenter_user_id = '{user_id}'")[0][0]
    logs = tenant.sql(f"SELECT count(*) FROM logs WHERE user_id = '{user_id}' OR user_email_address = '{address}'")[0][
        0
    ]
    done = purge_person(tenant.pipeline(), emails=[address])
    assert done.blanked["users"] == 1
    assert done.blanked["calls__comments"] == comments
    assert done.deleted["logs"] >= logs > 0
    assert tenant.sql(f"SELECT first_name, email_address FROM users WHERE id = '{user_id}'") == [(None, None)]
    left = tenant.sql(f"SELECT DISTINCT comment FROM calls__comments WHERE commenter_user_id = '{user_id}'")
    assert left == [(None,)]


def test_a_phone_number_finds_a_person(tenant: Tenant) -> None:
    ((number,),) = tenant.sql("SELECT phone_number FROM calls__parties WHERE phone_number IS NOT NULL LIMIT 1")
    done = purge_person(tenant.pipeline(), phones=[number])
    assert done.blanked["calls__parties"] >= 1
    assert tenant.sql(f"SELECT count(*) FROM calls__parties WHERE phone_number = '{number}'") == [(0,)]


def test_the_sync_goes_on_after_a_purge(tenant: Tenant) -> None:
    purge_person(tenant.pipeline(), emails=[outsider(tenant)])
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced()


def test_somebody_must_be_named(tenant: Tenant) -> None:
    with pytest.raises(GongArgumentError, match="at least one"):
        purge_person(tenant.pipeline(), emails=[" "])


def test_the_command_prints_what_it_does(tenant: Tenant) -> None:
    address = outsider(tenant)
    runner = CliRunner()
    environment = {"DESTINATION__DUCKDB__CREDENTIALS": str(tenant.database), "DLT_DATA_DIR": str(tenant.folder)}
    done = runner.invoke(main, ["purge", "--email", address, "--offline", "--dry-run"], env=environment)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["blanked"]["calls__parties"] > 0
    assert runner.invoke(main, ["purge", "--offline"], env=environment).exit_code == 2


def test_calls_that_gong_lists_for_the_person_are_deleted(tenant: Tenant) -> None:
    address = outsider(tenant)
    taken_part = tenant.sql(f"SELECT DISTINCT call_id FROM calls__parties WHERE email_address = '{address}'")
    with GongClient.from_config(**tenant.settings()) as client:
        counted = purge_person(tenant.pipeline(), emails=[address], client=client, dry_run=True)
        done = purge_person(tenant.pipeline(), emails=[address], client=client)
    assert done.deleted == counted.deleted
    assert done.deleted["calls"] == len(taken_part)
    ids = ", ".join(f"'{call_id}'" for (call_id,) in taken_part)
    for table in ("calls__parties", "transcripts", "transcript_sentences", "library_folder_calls"):
        assert tenant.sql(f"SELECT count(*) FROM {table} WHERE call_id IN ({ids})") == [(0,)]
    assert mentions(tenant, address) == {}
