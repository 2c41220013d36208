"""One person leaves every table that the destination has them in."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from gong_source import GongClient, gong_source
from gong_source.cli.commands import main
from gong_source.errors import GongArgumentError, GongConfigError
from gong_source.runs import purge as purging
from gong_source.runs import purge_person, run_reconcile
from gong_source.runs.drain import run_drain
from gong_source.tables import CALL_CARRIERS
from gong_source.tables.personal import pseudonym
from gong_source.warehouse.store import Store
from gong_source.webhook.inbox import Inbox, Received
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG


@pytest.fixture
def tenant(make_settled: Callable[..., Tenant]) -> Tenant:
    """A small company that was synced once."""
    return make_settled(calls=60, users=8, days=20)


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


def left_behind(tenant: Tenant, text: str) -> set[str]:
    """Where else than in its dataset some text is left: tables of the staging dataset; files that dlt loaded."""
    pipeline, found = tenant.pipeline(), set()
    staged = "SELECT table_name FROM duckdb_tables() WHERE schema_name LIKE '%_staging'"
    with pipeline.sql_client() as client, client.with_staging_dataset():
        for (table,) in client.execute_sql(staged) or ():
            rows = client.execute_sql(f"SELECT * FROM {client.make_qualified_table_name(table)}")
            found |= {table} if text.lower() in str(rows).lower() else set()
    return found | {path.parent.name for path in Path(pipeline.working_dir, "load", "loaded").rglob("*.parquet")}


def mentions(tenant: Tenant, text: str) -> dict[str, int]:
    """Rows by table in which some text stands anywhere."""
    found = {}
    tables = [table for (table,) in tenant.sql("SHOW TABLES") if not table.startswith("_dlt")]
    for table, rows in tenant.all_rows(tables).items():
        found[table] = sum(text.lower() in repr(row).lower() for row in rows)
    return {table: count for table, count in found.items() if count}


def test_an_outsider_is_blanked(tenant: Tenant) -> None:
    address = outsider(tenant)
    before = mentions(tenant, address)
    assert before["calls__parties"] > 0
    counted = purge_person(tenant.pipeline(), emails=[address.upper()], dry_run=True)
    assert mentions(tenant, address) == before, "a dry run changes nothing"
    assert left_behind(tenant, address) <= {"calls__parties"}, "a sync leaves no files"
    tenant.pipeline().run(gong_source(**tenant.settings(end_date=tenant.now)).with_resources("users"))
    done = purge_person(tenant.pipeline(), emails=[f" {address} "])
    assert left_behind(tenant, address) == set()
    assert (done.blanked, done.deleted) == (counted.blanked, counted.deleted)
    assert done.blanked["calls__parties"] == before["calls__parties"]
    assert mentions(tenant, address) == {}
    again = purge_person(tenant.pipeline(), emails=[address])
    assert (again.blanked, again.deleted) == ({}, {})


def test_files_of_jobs_that_failed_go_too(tenant: Tenant) -> None:
    user_id, address = insider(tenant)
    tenant.sql("CREATE UNIQUE INDEX addresses ON users (email_address)")
    other = tenant.sql(f"SELECT min(id) FROM users WHERE id <> '{user_id}'")[0][0]
    tenant.sandbox.control.edit_user(other, "emailAddress", address)
    assert tenant.sync(resources=["users"]).failures
    tenant.sql("DROP INDEX addresses")
    tenant.synced(pipeline=tenant.pipeline("again", tenant.folder / "again"), resources=["users"])
    tenant.synced(resources=["users"])  # the package that failed is given up, as other rows came since

    def left() -> set[str]:
        jobs = Path(tenant.pipeline().working_dir, "load", "loaded").glob("*/*/*")
        return {path.parent.name for path in jobs if path.is_file() and path.parent.name != ".restore"}

    assert left() >= {"failed_jobs", ".exceptions"}
    purge_person(tenant.pipeline(), emails=[address])
    assert left() == set()
    assert not Path(tenant.pipeline().working_dir, "trace.pickle").exists()
    tenant.synced(resources=["users"])


def test_a_user_is_blanked_with_comments_and_logs(tenant: Tenant) -> None:
    user_id, address = insider(tenant)
    theirs = f"commenter_user_id = '{user_id}' OR contains(comment, ']({user_id})')"
    comments = tenant.sql(f"SELECT count(*) FROM calls__comments WHERE {theirs}")[0][0]
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


def test_who_is_tagged_in_comments_of_others_is_named_no_more(tenant: Tenant) -> None:
    tagged = "regexp_extract(c.comment, '@.(.+).[(](.+)[)]', 2)"
    user_id, address, name = tenant.sql(
        "SELECT u.id, u.email_address, u.first_name || ' ' || u.last_name FROM users u JOIN calls__comments c "
        f"ON u.id = {tagged} AND u.id <> c.commenter_user_id GROUP BY ALL ORDER BY count(*) DESC, 1"
    )[0]
    others = f"SELECT comment FROM calls__comments WHERE commenter_user_id <> '{user_id}' ORDER BY comment"
    words = [row[0] for row in tenant.sql(others)]
    counted = purge_person(tenant.pipeline(), emails=[address], dry_run=True)
    assert purge_person(tenant.pipeline(), emails=[address]).blanked == counted.blanked
    expected = sorted(each.replace(f"@[{name}]({user_id})", f"@[]({user_id})") for each in words)
    assert expected != words
    assert [row[0] for row in tenant.sql(others)] == expected
    read_again(tenant)
    assert [row[0] for row in tenant.sql(others)] == expected
    assert purge_person(tenant.pipeline(), emails=[address]).blanked == {}


def test_a_phone_number_finds_a_person_however_it_is_spelt(tenant: Tenant) -> None:
    ((number,),) = tenant.sql("SELECT phone_number FROM calls__parties WHERE phone_number IS NOT NULL LIMIT 1")
    digits = "".join(filter(str.isdigit, number))
    done = purge_person(tenant.pipeline(), phones=[f"00{digits[:3]} ({digits[3:6]}) {digits[6:]} x5"])
    assert done.blanked["calls__parties"] >= 1
    assert tenant.sql(f"SELECT count(*) FROM calls__parties WHERE phone_number = '{number}'") == [(0,)]
    read_again(tenant)
    assert mentions(tenant, number) == {}


def read_again(tenant: Tenant, **settings: Any) -> None:
    """Everything is read and loaded anew, by a pipeline that remembers nothing."""
    tenant.synced(pipeline=tenant.pipeline("again", tenant.folder / "again"), **settings)


def test_everybody_stays_away(tenant: Tenant) -> None:
    """An outsider and a user who wrote comments, in all tables, while Gong still has them."""
    stranger, (user_id, address) = outsider(tenant), insider(tenant)
    contact = [{"system": "Salesforce", "objects": [{"objectType": "Contact", "fields": [{"name": "Email"}]}]}]
    contact[0]["objects"][0]["fields"][0]["value"] = stranger.upper()
    (other,) = tenant.sql(
        f"SELECT id FROM calls WHERE id NOT IN (SELECT call_id FROM calls__parties WHERE email_address = '{stranger}') "
        "AND started > '2026-06-10' LIMIT 1"
    )
    tenant.sandbox.control.edit_call(other[0], "context", contact)
    tenant.synced()
    purge_person(tenant.pipeline(), emails=[stranger, address])
    for _ in range(2):
        assert mentions(tenant, stranger) == mentions(tenant, address) == {}
        comments = f"SELECT count(comment), count(*) > 0 FROM calls__comments WHERE commenter_user_id = '{user_id}'"
        assert tenant.sql(comments) == [(0, True)]
        assert tenant.sql(f"SELECT count(*) FROM logs WHERE user_id = '{user_id}'") == [(0,)]
        assert tenant.sql(f"SELECT first_name, email_address FROM users WHERE id = '{user_id}'") == [(None, None)]
        read_again(tenant)
    assert tenant.sql("SELECT count(*) > 0 FROM calls__parties WHERE email_address IS NOT NULL") == [(True,)]
    assert stranger not in str(tenant.sql("SELECT * FROM _gong_suppressed"))
    again = purge_person(tenant.pipeline(), emails=[stranger, address])
    assert (again.blanked, again.deleted) == ({}, {})


@pytest.mark.parametrize("statements", [1, 2, 3, 5, 8])
def test_a_purge_that_is_cut_off_goes_on(tenant: Tenant, statements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any number of statements, while Gong has erased the person meanwhile and lists no call any more."""
    user_id, address = insider(tenant)
    stranger = outsider(tenant)
    calls = tenant.sql(f"SELECT DISTINCT call_id FROM calls__parties WHERE email_address = '{stranger}'")
    execute, left = Store.execute, [statements + 4]  # the first four write down what is to go

    def cut_off(self: Store, sql: str, **values: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        execute(self, sql, **values)

    monkeypatch.setattr(Store, "execute", cut_off)
    monkeypatch.setattr(purging, "_referenced_calls", lambda client, people: [call for (call,) in calls])
    with pytest.raises(KeyboardInterrupt), GongClient.from_config(**tenant.settings()) as client:
        purge_person(tenant.pipeline(), emails=[stranger, address], client=client)
    monkeypatch.undo()
    purge_person(tenant.pipeline(), emails=[stranger, address])
    assert mentions(tenant, stranger) == mentions(tenant, address) == {}
    assert tenant.sql(f"SELECT count(comment) FROM calls__comments WHERE commenter_user_id = '{user_id}'") == [(0,)]
    assert tenant.sql(f"SELECT count(*) FROM logs WHERE user_id = '{user_id}'") == [(0,)]
    ids = ", ".join(f"'{call_id}'" for (call_id,) in calls)
    there = {table for (table,) in tenant.sql("SHOW TABLES")}
    for table, column in CALL_CARRIERS.items():
        if table in there:
            assert tenant.sql(f"SELECT count(*) FROM {table} WHERE {column} IN ({ids})") == [(0,)]


def test_people_who_were_hashed_are_found(tenant: Tenant) -> None:
    key = "k" * 40
    stranger, (user_id, address) = outsider(tenant), insider(tenant)
    read_again(tenant, pii="hash", pii_key=key)
    assert [mentions(tenant, person) for person in (stranger, address)] == [{}, {}]
    hashed = [pseudonym(key, "email", person) for person in (stranger, address)]
    assert all("calls__parties" in mentions(tenant, value) for value in hashed)
    assert purge_person(tenant.pipeline(), emails=[stranger, address], dry_run=True).blanked == {}
    purge_person(tenant.pipeline(), emails=[stranger, address], pii_key=key)
    assert not any(mentions(tenant, value) for value in hashed)
    assert tenant.sql(f"SELECT first_name FROM users WHERE id = '{user_id}'") == [(None,)]


def test_an_event_in_the_inbox_does_not_bring_a_person_back(tenant: Tenant) -> None:
    stranger, (user_id, address) = outsider(tenant), insider(tenant)
    call_id = tenant.sql(f"SELECT max(call_id) FROM calls__parties WHERE email_address = '{stranger}'")[0][0]
    call = tenant.sandbox.world.calls[call_id].data_at(tenant.now)
    body = orjson.dumps({"callData": call}).replace(b"@", b"\\u0040")
    path = tenant.folder / "inbox"
    with closing(Inbox(path)) as inbox:
        for key, text in (
            (call_id, body),
            ("unread", b"not JSON " + stranger.encode()),
            ("colleague", b'{"callData": {"parties": [{"userId": "%b", "name": "A"}]}}' % user_id.encode()),
            ("other", b'{"callData": {}}'),
        ):
            inbox.put([Received(text.hex(), key, 1, text)])
        inbox.settle([event for event in inbox.take(9, 10**6) if event.call_id == "unread"], "unreadable", True)
    with pytest.raises(GongConfigError, match="no inbox"):
        purge_person(tenant.pipeline(), emails=[stranger], inbox=tenant.folder / "nowhere")
    both = [stranger, address]
    assert purge_person(tenant.pipeline(), emails=both, inbox=path, dry_run=True).inbox == 3
    assert purge_person(tenant.pipeline(), emails=both, inbox=path).inbox == 3
    files = b"".join(file.read_bytes() for file in path.iterdir())
    assert stranger.encode() not in files
    assert user_id.encode() not in files
    assert body not in files
    with closing(Inbox(path)) as inbox:
        inbox.put([Received("again", call_id, 2, orjson.dumps({"callData": call}))])
    report = run_drain(tenant.pipeline(), path, clock=lambda: tenant.now, **tenant.settings())
    assert report.found["loaded"] == 1
    assert mentions(tenant, stranger) == {}
    assert tenant.sql(f"SELECT count(*) FROM calls WHERE id = '{call_id}'") == [(1,)]


def test_the_sync_goes_on_after_a_purge(tenant: Tenant) -> None:
    purge_person(tenant.pipeline(), emails=[outsider(tenant)])
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced()


def test_somebody_must_be_named(tenant: Tenant) -> None:
    for given, told in (
        ({}, "at least one"),
        ({"emails": [" "]}, "e-mail addresses is none"),
        ({"emails": ["a@b.example", "Olivia Novak"]}, "e-mail addresses is none"),
        ({"emails": ["a@b.example"], "phones": ["x12"]}, "phone numbers is none"),
        ({"emails": ["a@b.example,"]}, "e-mail addresses is none"),
        ({"emails": ["smtp:a@b.example"]}, "e-mail addresses is none"),
        ({"phones": ["+4940123456 / +4940123457"]}, "phone numbers is none"),
        ({"phones": ["+4940123456 Durchwahl 3"]}, "phone numbers is none"),
    ):
        with pytest.raises(GongArgumentError, match=told):
            purge_person(tenant.pipeline(), **given)


def test_the_command_asks_and_prints_what_it_does(tenant: Tenant) -> None:
    address = outsider(tenant)
    runner = CliRunner()
    environment = {
        "DESTINATION__DUCKDB__CREDENTIALS": str(tenant.database),
        "DLT_DATA_DIR": str(tenant.folder),
        "GONG__SOURCES__GONG__MEDIA_FOLDER": str(tenant.folder / "media"),
    }
    recordings = tenant.folder / "media"
    recordings.mkdir()

    def run(*options: str) -> Result:
        return runner.invoke(main, ["purge", "--email", address, "--offline", *options], env=environment)

    done = run("--dry-run")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["blanked"]["calls__parties"] > 0
    refused = run()
    assert refused.exit_code == 2
    assert "--yes" in refused.output
    assert mentions(tenant, address), "nobody was there to say yes"
    unknown = run("--yes", "--dataset-name", "nope")
    assert unknown.exit_code == 2
    assert unknown.output.count("\n") == 1
    saved = tenant.folder / "references.json"
    saved.write_text("{}")
    assert run("--yes", "--references", str(saved)).exit_code == 2
    ((call_id,),) = tenant.sql("SELECT min(id) FROM calls")
    saved.write_text(json.dumps({"calls": [{"id": call_id}]}))
    for name in (f"{call_id}-audio.mp3", "1-audio.mp3"):
        (recordings / name).touch()
    done = json.loads(run("--yes", "--references", str(saved)).stdout)
    assert done["blanked"]["calls__parties"] > 0
    assert done["deleted"]["calls"] == 1
    assert os.listdir(recordings) == ["1-audio.mp3"], "of a run that was killed, no row names it"
    assert mentions(tenant, address) == {}
    assert runner.invoke(main, ["purge", "--offline", "--yes"], env=environment).exit_code == 2


@pytest.mark.parametrize(("answer", "is_done"), [("y", True), ("n", False), ("", False)])
def test_a_terminal_is_asked(tenant: Tenant, answer: str, is_done: bool) -> None:
    address = outsider(tenant)
    environment = {
        **os.environ,
        "DESTINATION__DUCKDB__CREDENTIALS": str(tenant.database),
        "DLT_DATA_DIR": str(tenant.folder),
    }
    command = [sys.executable, "-m", "gong_source.cli", "purge", "--offline", "--email", address]
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        command, env=environment, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    os.write(keyboard, answer.encode() + b"\n")
    output, _ = process.communicate(timeout=LONG)
    os.close(keyboard)
    os.close(terminal)
    assert b"calls__parties" in output, "the counts are shown before"
    assert (process.returncode == 0) is is_done
    assert bool(mentions(tenant, address)) is not is_done


def test_calls_that_gong_lists_for_the_person_are_deleted(tenant: Tenant) -> None:
    address = outsider(tenant)
    taken_part = tenant.sql(f"SELECT DISTINCT call_id FROM calls__parties WHERE email_address = '{address}'")
    ids = ", ".join(f"'{call_id}'" for (call_id,) in taken_part)
    answered = tenant.sql(f"SELECT answered_scorecard_id FROM answered_scorecards WHERE call_id IN ({ids})")
    assert answered
    with GongClient.from_config(**tenant.settings()) as client:
        counted = purge_person(tenant.pipeline(), emails=[address], client=client, dry_run=True)
        done = purge_person(tenant.pipeline(), emails=[address], client=client)
    assert done.deleted == counted.deleted
    assert done.deleted["calls"] == len(taken_part)
    for table in ("calls__parties", "transcripts", "transcript_sentences", "library_folder_calls"):
        assert tenant.sql(f"SELECT count(*) FROM {table} WHERE call_id IN ({ids})") == [(0,)]
    assert mentions(tenant, address) == {}
    tenant.sandbox.control.edit_call(taken_part[0][0], "metaData.title", "Changed")
    whole = {"start_date": tenant.start, "end_date": tenant.now, "clock": lambda: tenant.now}
    report = run_reconcile(tenant.pipeline(), **tenant.settings(**whole))
    assert (report.found["missing"], report.found["changed"]) == (0, 0)
    read_again(tenant)
    assert tenant.sql(f"SELECT count(*) FROM calls WHERE id IN ({ids})") == [(0,)], "they stay away too"
    assert tenant.sql(f"SELECT count(*) FROM transcript_sentences WHERE call_id IN ({ids})") == [(0,)]
    answers = "SELECT count(*) FROM answered_scorecards__answers"
    assert tenant.sql(answers) != [(0,)]
    whole_ones = "(SELECT answered_scorecard_id FROM answered_scorecards)"
    orphans = tenant.sql(f"{answers} WHERE answered_scorecard_id NOT IN {whole_ones}")
    assert orphans == [(0,)], "nor do the lists of what is about them"


def test_a_user_of_the_company_needs_no_references(tenant: Tenant) -> None:
    with (
        GongClient.from_config(**tenant.settings()) as client,
        pytest.raises(GongArgumentError, match="--offline"),
    ):
        purge_person(tenant.pipeline(), emails=[insider(tenant)[1]], client=client)
