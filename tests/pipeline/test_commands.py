"""The commands as people type them: processes, exit codes, and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.pipeline.harness import Tenant
from tests.pipeline.process import check, live, sync


@pytest.fixture
def live_tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company whose history ends now."""
    return live(make_tenant)


def test_sync_prints_tables_and_json(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--destination", "duckdb", "--dataset-name", "gong_data", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.strip().splitlines()
    report = json.loads(line)
    assert report["rows"]["calls"] == 230
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
    assert sync(live_tenant, "--resources", "deals").returncode == 2
    assert sync(live_tenant, "--nonsense").returncode == 2
    assert sync(live_tenant, "--start-date", "yesterday").returncode == 2
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


def test_a_used_up_quota_exits_75(live_tenant: Tenant) -> None:
    live_tenant.sandbox.control.set_quota(daily_requests=3, retry_after=3600)
    assert sync(live_tenant).returncode == 75


def test_settings_come_from_toml_files(live_tenant: Tenant) -> None:
    folder = live_tenant.folder / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'[sources.gong]\nbase_url = "{live_tenant.sandbox.url}"\nrequests_per_second = 0\n'
        f"start_date = {live_tenant.start.date().isoformat()}\n[runtime]\ndlthub_telemetry = false\n"
    )
    (folder / "secrets.toml").write_text(
        f'[sources.gong.credentials]\naccess_key = "{live_tenant.sandbox.access_key}"\n'
        f'access_key_secret = "{live_tenant.sandbox.access_key_secret}"\n'
    )
    nothing = (
        "BASE_URL",
        "CREDENTIALS__ACCESS_KEY",
        "CREDENTIALS__ACCESS_KEY_SECRET",
        "REQUESTS_PER_SECOND",
        "START_DATE",
    )
    done = sync(live_tenant, "--resources", "users,workspaces", **dict.fromkeys(nothing, ""))
    assert done.returncode == 0, done.stderr
    assert len(live_tenant.rows("users")) == 12


def test_progress_can_be_shown(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--resources", "users,workspaces", "--progress", "log")
    assert done.returncode == 0, done.stderr
    assert "Extract gong" in done.stdout + done.stderr
