"""The commands as people type them: processes, exit codes, and what they print."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from gong_source.cli.commands import main
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG, check, environment, live, python, run, start, sync


@pytest.fixture
def live_tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company whose history ends now."""
    return live(make_tenant)


def test_sync_prints_tables_and_json(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--destination", "duckdb", "--dataset-name", "gong_data", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.strip().splitlines()
    report = json.loads(line)
    assert report["rows"]["calls"] == 120
    assert report["requests"]["POST /v2/calls/extensive"] >= 3
    assert report["ranges"]["calls"]["*"][0][0] == live_tenant.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert report["seconds"] > 0
    assert "calls__parties" in done.stderr
    check(live_tenant, report)


def test_missing_credentials_are_one_sentence_and_exit_2(live_tenant: Tenant) -> None:
    done = sync(live_tenant, CREDENTIALS__ACCESS_KEY_SECRET="")
    assert done.returncode == 2
    assert "set access_key_secret under [sources.gong.credentials]" in done.stderr
    assert "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET" in done.stderr
    assert "Traceback" not in done.stderr
    assert live_tenant.sandbox.access_key not in done.stderr


def test_wrong_usage_exits_2(live_tenant: Tenant) -> None:
    for words in (("--resources", "deals"), ("--nonsense",), ("--start-date", "yesterday")):
        told = CliRunner().invoke(main, ["sync", *words], env=environment(live_tenant))
        assert told.exit_code == 2
        assert words[-1] in told.stderr
    done = sync(live_tenant, BASE_URL="http://api.gong.io")
    assert done.returncode == 2
    assert "https" in done.stderr


def test_failures_exit_1_and_tell_no_secret(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--json", CREDENTIALS__ACCESS_KEY_SECRET="a-wrong-secret")
    assert done.returncode == 1
    assert "HTTP 401" in done.stderr
    assert "Traceback" not in done.stderr
    assert "a-wrong-secret" not in done.stdout + done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1])["exit_code"] == 1


INTO_FULL = """
import os, sys
from gong_source.cli.commands import main
full = os.open("/dev/full", os.O_WRONLY)
for words in sys.argv[1:]:
    os.dup2(full, 1)
    try:
        main(words.split())
    except SystemExit as end:
        print(end.code, file=sys.stderr)
"""


def test_what_was_done_is_told_where_it_can_not_be_printed(make_settled: Callable[..., Tenant]) -> None:
    """One process for all commands; each writes to a full disk."""
    settled = make_settled(calls=12, users=3, sentences=2)
    done = {
        "views --dataset-name nope --json": "run gong-source sync first",
        "streams": "",
        "views": "The views are made.",
        "export-transcripts --from 2026-06-01 --to 2026-06-02 --out .": "There are ",
        "purge --email nobody@company.example --offline --yes": 'The purge is done: {"deleted":{',
        "reset calls --drop --yes": "The reset is done: {",
    }
    told = python(settled, "-c", INTO_FULL, *done).stderr.splitlines()
    codes = [line for line in told if line.isdigit()]
    errors = [line for line in told if line.startswith("Error: ")]
    assert codes == ["2", *"1" * (len(done) - 1)], told
    assert len(errors) == len(done), told
    assert all(words in line for line, words in zip(errors, done.values(), strict=True)), told
    assert all("Error: The output can't be written: No space left" in line for line in errors[1:]), told
    assert not settled.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'calls'")


def test_a_used_up_quota_exits_75(live_tenant: Tenant) -> None:
    live_tenant.sandbox.control.set_quota(daily_requests=3, retry_after=3600)
    assert sync(live_tenant).returncode == 75


def test_settings_come_from_the_pipelines_section_of_files_as_windows_saves_them(live_tenant: Tenant) -> None:
    folder = live_tenant.folder / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text(
        '\ufeff[sources.gong]\nbase_url = "http://127.0.0.1:1"\n[sources.gong.schema]\n'
        f'[gong_eu.sources.gong]\nbase_url = "{live_tenant.sandbox.url}"\nrequests_per_second = 0\n'
        f"start_date = {live_tenant.start.date().isoformat()}\n[runtime]\ndlthub_telemetry = false\n"
    )
    (folder / "secrets.toml").write_text(
        '\ufeff[sources.gong.credentials]\naccess_key = "another"\naccess_key_secret = "tenant"\n'
        f'[gong_eu.sources.gong.credentials]\naccess_key = "{live_tenant.sandbox.access_key}"\n'
        f'access_key_secret = "{live_tenant.sandbox.access_key_secret}"\n'
    )
    nothing = (
        "BASE_URL",
        "CREDENTIALS__ACCESS_KEY",
        "CREDENTIALS__ACCESS_KEY_SECRET",
        "REQUESTS_PER_SECOND",
        "START_DATE",
    )
    arguments = ("--resources", "users,workspaces", "--pipeline-name", "gong_eu")
    done = sync(live_tenant, *arguments, **dict.fromkeys(nothing, ""))
    assert done.returncode == 0, done.stderr
    assert len(live_tenant.rows("users")) == 12


def test_progress_can_be_shown(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--resources", "users,workspaces", "--progress", "log")
    assert done.returncode == 0, done.stderr
    assert "Extract gong" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pipeline-name", "Gong Prod"], "--pipeline-name takes letters"),
        (["--destination", "mysql"], "There is no destination 'mysql'"),
        (["--dataset-name", "warehouse"], "can't tell the dataset warehouse from the file warehouse.duckdb"),
        (["--start-date", "2026-02-30"], "2026-02-30"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_wrong_names_are_told_before_any_request(live_tenant: Tenant, arguments: list[str], told: str) -> None:
    done = sync(live_tenant, *arguments, "--json")
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line]
    assert line.startswith("Error: ")
    assert told in line
    assert json.loads(done.stdout)["exit_code"] == 2
    assert live_tenant.sandbox.counters.total == 0


@pytest.mark.parametrize("name", ["config.toml", "secrets.toml"])
def test_a_broken_settings_file_is_one_sentence(live_tenant: Tenant, name: str) -> None:
    (live_tenant.folder / ".dlt").mkdir()
    (live_tenant.folder / ".dlt" / name).write_text('[sources.gong\naccess_key = "s3cret"\n')
    done = sync(live_tenant)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert "s3cret" not in done.stderr
    assert live_tenant.sandbox.counters.total == 0


def test_a_second_run_ends_with_73_or_waits(live_tenant: Tenant) -> None:
    """The second asks nothing of Gong while the first goes on."""
    stopped = threading.Event()

    def stop() -> None:
        first.send_signal(signal.SIGSTOP)
        stopped.set()

    live_tenant.sandbox.control._app.planned.add(None, 1, stop)  # nothing else is asked before the first answer
    first = start(live_tenant, "sync", "--resources", "users,workspaces")
    while not (stopped.wait(0.1) and live_tenant.sandbox.counters.total):  # a request counts once it is answered
        assert first.poll() is None, "it ended before it asked for anything"
    live_tenant.sandbox.control.reset_counters()
    second = sync(live_tenant, "--resources", "users", "--json")
    assert second.returncode == 73, second.stderr
    assert f"(process {first.pid}, since 20" in second.stderr
    assert json.loads(second.stdout)["exit_code"] == 73
    assert live_tenant.sandbox.counters.total == 0
    waiting = start(live_tenant, "sync", "--resources", "users", "--wait", str(LONG))
    assert waiting.stderr is not None
    assert f"(process {first.pid}, since 20" in waiting.stderr.readline()
    first.send_signal(signal.SIGCONT)
    for process in (first, waiting):
        _, errors = process.communicate(timeout=LONG)
        assert process.returncode == 0, errors


def test_without_configuration_all_commands_of_a_folder_use_one_file(live_tenant: Tenant) -> None:
    """Whatever the pipeline's name, and wherever a pipeline of that name ran first."""
    elsewhere = live_tenant.folder / "elsewhere"
    elsewhere.mkdir()
    unset = {"DESTINATION__DUCKDB__CREDENTIALS": None}
    for folder in (elsewhere, live_tenant.folder):
        done = run(live_tenant, "sync", "--resources", "users", "--json", folder=folder, **unset)
        assert done.returncode == 0, done.stderr
        file = str(folder / "gong.duckdb")
        where = {"destination": "duckdb", "file": file, "dataset": "gong_data", "pipeline": "gong"}
        assert json.loads(done.stdout)["where"] == where
        assert f"file {file}" in done.stderr
    days = ["--start-date", live_tenant.start.date().isoformat(), "--end-date", live_tenant.now.date().isoformat()]
    bound = ["--resources", "calls", "--max-requests", "2", "--chunk-days", "2"]  # more than are begun at once
    done = run(live_tenant, "backfill", *days, *bound, **unset)
    assert done.returncode == 75, done.stderr
    assert "FAILED" not in done.stdout
    assert "STOPPED as planned calls: " in done.stdout
    assert "days at quota less than 1" in done.stdout
    assert f"file {file}, dataset gong_data, pipeline gong_backfill" in done.stdout
    assert not list(live_tenant.folder.glob("gong_*.duckdb"))
    nobody = ["--email", "a@b.example", "--offline", "--dry-run"]
    done = run(live_tenant, "purge", *nobody, "--dataset-name", "nope", **unset)
    assert done.returncode == 2
    assert "There is no such dataset" in done.stderr


def test_a_terminal_without_the_characters(live_tenant: Tenant) -> None:
    """JSON stays JSON in whatever encoding the terminal has."""
    user = next(iter(live_tenant.sandbox.world.users))
    live_tenant.sandbox.control.edit_user(user, "firstName", name := "Zo\u00eb \u901a\u8a71 \U0001f600")
    for encoding in ("cp1252", "cp437"):
        done = run(live_tenant, "read", "list-users", encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert name in [found["firstName"] for found in json.loads(done.stdout)]


def test_bars_in_a_terminal(live_tenant: Tenant) -> None:
    """They are gone when it ends, and the cursor is back."""
    live_tenant.sandbox.control.fail("429", endpoint="POST /v2/calls/extensive", nth=2, retry_after=6)
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm", "COLUMNS": "150", "SOURCES__GONG__CHUNK_DAYS": "20"}
    process = start(live_tenant, "sync", "--resources", "calls", stderr=theirs, **variables)
    os.close(theirs)
    drawn = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while piece := os.read(ours, 65536):
            drawn += piece
    os.close(ours)
    printed, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, drawn
    assert "calls__parties" in printed
    text = drawn.decode()
    assert "requests (" in text
    assert re.search(r"s more: Gong's rate limit", text)
    assert "\u2501" in text
    assert re.search(r"calls .*\d+%", text)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
