"""Secrets are nowhere but where they were configured: not in logs, errors, reports, traces, state, files, tables."""

from __future__ import annotations

import base64
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gong_source.api import retry
from gong_source.api.auth import FileTokenStore, Tokens
from gong_source.cli.commands import main
from gong_source.config import load_settings
from gong_source.errors import GongConfigError
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG, environment, live, run

PROXY, PATH_SECRET = "UNMISTAKABLE-proxy", "UNMISTAKABLE-path-secret-0123456789"
PII_KEY = "UNMISTAKABLE-pii-key-" + "k" * 32
ADDRESS = "unmistakable.person@example.com"


def is_free(text: str | bytes, secrets: list[str]) -> bool:
    """Whether none of the secrets stands in a text."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return not any(secret.encode() in data for secret in secrets)


def test_secrets_are_nowhere(
    make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://someone:{PROXY}@127.0.0.1:9")
    monkeypatch.setenv("SOURCES__GONG__WEBHOOK__PATH_SECRET", PATH_SECRET)
    tenant = make_tenant(calls=4, users=3, days=5, sentences=1)
    pair = f"{tenant.sandbox.access_key}:{tenant.sandbox.access_key_secret}"
    secrets = [tenant.sandbox.access_key_secret, base64.b64encode(pair.encode()).decode(), PROXY, PATH_SECRET, PII_KEY]
    tenant.sandbox.control.fail("400", "GET /v2/settings/trackers", times=None, text=f"{ADDRESS} is not known")
    pipeline = tenant.pipeline()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("gong_source").setLevel(logging.DEBUG)
        report = tenant.sync(
            pipeline=pipeline, resources=["users", "workspaces", "trackers"], pii="hash", pii_key=PII_KEY
        )
    assert set(report.failures) == {"trackers"}
    told = {
        "logs": caplog.text,
        "report": report.as_text(),
        "json": json.dumps(report.as_dict()),
        "error": repr(report.failures["trackers"]),
        "settings": repr(load_settings(**tenant.settings(pii="hash", pii_key=PII_KEY))),
        "trace": str(pipeline.last_trace.asdict()),
        "state": str(pipeline.state),
    }
    assert "POST" in told["logs"] or "GET" in told["logs"], "something was logged"
    for where, text in told.items():
        assert is_free(text, [*secrets, ADDRESS]), f"{where}: {text[:2000]}"
    for file in (path for path in tenant.folder.rglob("*") if path.is_file()):
        assert is_free(file.read_bytes(), secrets), file
    tables = tenant.sql("SELECT table_schema || '.' || table_name FROM information_schema.tables")
    assert tables
    for (table,) in tables:
        assert is_free(str(tenant.sql(f"SELECT * FROM {table}")), secrets), table


def test_what_a_database_quotes_of_a_row_stays_in_dlts_folder(make_tenant: Callable[..., Tenant]) -> None:
    tenant = live(make_tenant, calls=4, users=2, days=5, sentences=1)
    words = ["sync", "--resources", "calls", "--json"]
    assert run(tenant, *words).returncode == 0
    tenant.sql("CREATE UNIQUE INDEX titles ON calls (title)")
    for call in tenant.sandbox.world.calls:
        tenant.sandbox.control.edit_call(call, "metaData.title", 'UNMISTAKABLE "title" that\'s\nodd')
    for more in ([], ["--log-format", "json"]):
        done = run(tenant, *words, *more)
        assert done.returncode == 1
        assert is_free(done.stdout + done.stderr, ["UNMISTAKABLE", "odd", "Traceback"]), done.stdout + done.stderr
        (told,) = json.loads(done.stdout)["failures"].values()
        for word in ("duckdb refused rows of calls", "<value>", "UNIQUE constraint violation"):
            assert word in told, told
        (folder,) = re.findall(r"rows are in (\S+),", told)
        assert any("UNMISTAKABLE" in path.read_text() for path in Path(folder).glob(".exceptions/*"))
    rows = tenant.sql("SELECT message FROM _gong_runs WHERE outcome = 'failed'")
    assert rows
    assert is_free(str(rows), ["UNMISTAKABLE"])
    done = run(tenant, *words, "--debug")
    assert "UNMISTAKABLE" in done.stderr
    assert is_free(done.stdout, ["UNMISTAKABLE"])


CRASHES = """
import contextlib, dataclasses, faulthandler, logging, sys
from gong_source import GongClient
from gong_source.api.auth import FileTokenStore
from gong_source.cli.commands import main

faulthandler.enable()
logging.basicConfig(level=logging.DEBUG)
with contextlib.suppress(SystemExit):
    main(["--debug", "sync", "--resources", "users", "--log-level", "debug", "--json"])
store = FileTokenStore(sys.argv[1])
store.save(dataclasses.replace(store.load(), expires_at=0.0))
client = GongClient.from_config()
faulthandler.dump_traceback(all_threads=True)
client.raw_request("GET", "/v2/users")
"""
"""A sync whose tokens are renewed, then a crash that nobody catches, where they can't be."""


def test_tokens_are_nowhere_either(make_tenant: Callable[..., Tenant]) -> None:
    tenant = live(make_tenant, calls=2, users=2, days=3, sentences=1)
    oauth, tokens = tenant.sandbox.oauth, tenant.folder / "private" / "tokens.json"
    scopes = "api:users:read api:workspaces:read"
    access, refresh = oauth.issue(scopes)
    FileTokenStore(tokens).save(Tokens(access, refresh, 0.0, 86400, scopes, tenant.sandbox.url))
    tenant.sandbox.control.fail("drop", "POST /oauth2/generate-customer-token", nth=2, times=None)
    credentials = {
        "AUTH_TYPE": "oauth",
        "CLIENT_ID": oauth.client_id,
        "CLIENT_SECRET": oauth.client_secret,
        "TOKEN_PATH": str(tokens),
        "OAUTH_URL": tenant.sandbox.url,
        **{"ACCESS_KEY": "", "ACCESS_KEY_SECRET": ""},
    }
    done = subprocess.run(
        [sys.executable, "-c", CRASHES, str(tokens)],
        env=environment(tenant, **{f"CREDENTIALS__{name}": value for name, value in credentials.items()}),
        cwd=tenant.folder,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    told = done.stdout + done.stderr
    assert oauth.refreshes == 1, told
    for word in ("generate-customer-token", "most recent call first", "GongConnectionError"):
        assert word in told, told
    pair = base64.b64encode(f"{oauth.client_id}:{oauth.client_secret}".encode()).decode()
    secrets = [oauth.client_secret, pair, access, refresh, *oauth.access_tokens, *oauth.refresh_tokens]
    assert is_free(told, secrets), told
    for file in (path for path in tenant.folder.rglob("*") if path.is_file() and path.parent != tokens.parent):
        assert is_free(file.read_bytes(), secrets), file


ODD = ["UNMISTAKABLE\nmiddle", "UNMISTAKABLE\u2026", "UNMISTAKABLE\x00", "UNMISTAKABLE\r\nX-Other: 1"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("field", ["access_key_secret", "access_token", "client_secret"])
def test_a_secret_that_is_refused_is_not_told(odd: str, field: str) -> None:
    others: dict[str, Any] = {"access_key": "key"} if field == "access_key_secret" else {}
    others |= {"client_id": "id", "refresh_token": "token"} if field == "client_secret" else {}
    with pytest.raises(GongConfigError, match=field) as refused:
        load_settings(credentials={**others, "auth_type": _type_of(field), field: odd})
    assert "UNMISTAKABLE" not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"


def _type_of(field: str) -> str:
    return "access_key" if field == "access_key_secret" else "oauth"


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["as usual", "debug"])
def test_what_crashes_tells_no_secret(debug: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    for name, value in {"ACCESS_KEY": "key", "ACCESS_KEY_SECRET": "UNMISTAKABLE\n"}.items():
        monkeypatch.setenv(f"SOURCES__GONG__CREDENTIALS__{name}", value)
    monkeypatch.setenv("SOURCES__GONG__BASE_URL", "https://gong.example.invalid")
    monkeypatch.setenv("HTTPS_PROXY", f"http://someone:{PROXY}@127.0.0.1:9")
    done = CliRunner().invoke(main, [*debug, "raw", "GET", f"/v2/users?email={ADDRESS}"])
    assert done.exit_code in (1, 2), done.output
    assert is_free(done.output, ["UNMISTAKABLE", PROXY, ADDRESS]), done.output


def test_a_token_file_that_others_can_read_is_refused() -> None:
    file = Path("tokens.json")
    file.write_text('{"access_token": "UNMISTAKABLE"}')
    file.chmod(0o644)
    with pytest.raises(GongConfigError, match="chmod 600") as refused:
        FileTokenStore(file).load()
    assert "UNMISTAKABLE" not in str(refused.value)
