"""OAuth: tokens are renewed once, kept before they are used, and never shown."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gong_source.actions import meetings
from gong_source.api import GongClient
from gong_source.api.auth import FileTokenStore, RotatingAuth, Tokens
from gong_source.config import load_settings
from gong_source.errors import GongAuthError, GongConfigError, GongConnectionError, GongForbiddenError
from tests.actions.examples import by_name, call

SCOPES = "api:workspaces:read api:users:read api:meetings:user:create"


def credentials(sandbox: Any, path: Path, **more: Any) -> dict[str, Any]:
    return {
        "auth_type": "oauth",
        "client_id": sandbox.oauth.client_id,
        "client_secret": sandbox.oauth.client_secret,
        "token_path": str(path),
        "oauth_url": sandbox.url,
        **more,
    }


def log_in(sandbox: Any, path: Path, **changes: Any) -> Tokens:
    """Tokens in the store, as a login leaves them."""
    access, refresh = sandbox.oauth.issue(SCOPES)
    tokens = Tokens(access, refresh, time.time() + 86400, 86400, SCOPES, sandbox.url)
    FileTokenStore(path).save(replace(tokens, **changes))
    return tokens


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private" / "tokens.json"


@pytest.fixture
def log_on(sandbox, connect, path):
    """A client with tokens in the store."""

    def make(**changes: Any) -> GongClient:
        log_in(sandbox, path, **changes)
        return connect(sandbox, credentials=credentials(sandbox, path), base_url="https://wrong.gong.invalid")

    return make


def refreshes(sandbox: Any) -> int:
    return int(sandbox.counters.requests["POST /oauth2/generate-customer-token"])


def statuses(sandbox: Any) -> list[int]:
    """Of this test's requests; the sandbox may still be busy with one that another test gave up."""
    return [request["status"] for request in sandbox.counters.log]


def test_fresh_tokens_are_used_as_they_are(sandbox, log_on):
    client = log_on()
    assert list(client.list_workspaces())
    assert refreshes(sandbox) == 0


def test_the_companys_own_address_counts(sandbox, log_on):
    client = log_on()
    assert client.base_url == sandbox.url
    assert client.settings.base_url == "https://wrong.gong.invalid"


def test_a_new_address_is_obeyed_after_a_refresh(sandbox, log_on):
    from gong_source.sandbox import Sandbox

    with Sandbox(calls=3, users=3, sentences=3) as other:
        sandbox.oauth.base_url = other.url
        client = log_on(expires_at=0.0)
        other.oauth.access_tokens = sandbox.oauth.access_tokens
        assert list(client.list_workspaces())
        assert client.base_url == other.url
        assert other.counters.total == 1


def test_an_unsafe_address_is_not_used(sandbox, log_on, caplog):
    sandbox.oauth.base_url = "http://api.gong.invalid"
    client = log_on(expires_at=0.0)
    assert list(client.list_workspaces())
    assert client.base_url == sandbox.url
    assert "api_base_url_for_customer" in caplog.text


def test_ended_tokens_are_renewed_before_they_are_used(sandbox, log_on, path):
    client = log_on(expires_at=time.time() + 60)
    old = FileTokenStore(path).load()
    assert list(client.list_workspaces())
    new = FileTokenStore(path).load()
    assert refreshes(sandbox) == 1
    assert new.refresh_token != old.refresh_token
    assert new.access_token != old.access_token
    assert new.expires_at > time.time() + 86000
    assert {entry["status"] for entry in sandbox.counters.log} == {200}


def test_short_lives_are_not_renewed_all_the_time(sandbox, log_on):
    sandbox.control.set_token_lifetime(60)
    client = log_on(expires_at=0.0)
    for _ in range(3):
        list(client.list_workspaces())
    assert refreshes(sandbox) == 1


def test_a_refused_token_is_renewed_once_and_the_request_repeated(sandbox, log_on):
    client = log_on()
    sandbox.control.expire_tokens()
    assert list(client.list_workspaces())
    assert refreshes(sandbox) == 1
    assert sandbox.counters.requests["GET /v2/workspaces"] == 2


def test_a_write_is_repeated_too_for_it_was_not_acted_upon(sandbox, log_on, known):
    client = log_on()
    sandbox.control.expire_tokens()
    before = len(known["desk"].meetings)
    assert call(by_name("create_meeting"), client, known)["meetingId"]
    assert len(known["desk"].meetings) == before + 1


def test_a_token_that_is_refused_for_ever_is_renewed_once(sandbox, log_on):
    client = log_on()
    sandbox.control.fail("401", endpoint="GET /v2/workspaces", times=None)
    with pytest.raises(GongAuthError):
        list(client.list_workspaces())
    assert refreshes(sandbox) == 1
    assert sandbox.counters.requests["GET /v2/workspaces"] == 2


def test_a_missing_scope_is_no_reason_to_renew(sandbox, log_on):
    client = log_on()
    sandbox.control.fail("401", endpoint="GET /v2/users", text="You don't have permission to use 'api:users:read' here")
    with pytest.raises(GongForbiddenError, match="api:users:read"):
        list(client.list_users())
    assert refreshes(sandbox) == 0


def test_a_scope_that_was_not_asked_for_is_missing(sandbox, log_on):
    with pytest.raises(GongForbiddenError, match="api:library:read"):
        list(log_on().list_library_folders())


def test_threads_renew_once(sandbox, log_on):
    client = log_on()
    sandbox.control.expire_tokens()
    sandbox.control.set_latency(0.05)
    threads = [threading.Thread(target=lambda: list(client.list_workspaces())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sandbox.control.set_latency(0)
    assert refreshes(sandbox) == 1
    assert statuses(sandbox).count(200) == 13


def read_in_a_process(settings: dict[str, Any], start: Any, results: Any) -> None:
    with GongClient(load_settings(**settings)) as client:
        start.wait()
        results.put(len(list(client.list_workspaces())))


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "ended"])
def test_processes_renew_once(sandbox, path, refused):
    log_in(sandbox, path, **({} if refused else {"expires_at": 0.0}))
    sandbox.control.expire_tokens()
    sandbox.control.set_latency(0.1)
    settings = {"base_url": sandbox.url, "requests_per_second": 0, "credentials": credentials(sandbox, path)}
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    processes = [
        context.Process(target=read_in_a_process, args=(settings, start, results), daemon=True) for _ in range(4)
    ]
    for process in processes:
        process.start()
    start.set()
    found = [results.get(timeout=300) for _ in processes]
    for process in processes:
        process.join(300)
    results.close()
    sandbox.control.set_latency(0)
    assert found == [2] * 4
    assert refreshes(sandbox) == 1
    assert 400 not in statuses(sandbox)


class Crashing(FileTokenStore):
    """Stands for a process that dies at a chosen moment."""

    def __init__(self, path: Path, after: bool) -> None:
        super().__init__(path)
        self.after = after

    def save(self, tokens: Tokens) -> None:
        if self.after:
            super().save(tokens)
        raise KeyboardInterrupt


def test_a_crash_after_the_refresh_loses_nothing(sandbox, connect, path):
    log_in(sandbox, path, expires_at=0.0)
    settings = load_settings(base_url=sandbox.url, requests_per_second=0, credentials=credentials(sandbox, path))
    with GongClient(settings, Crashing(path, after=True)) as client, pytest.raises(KeyboardInterrupt):
        list(client.list_workspaces())
    assert sandbox.counters.requests["GET /v2/workspaces"] == 0, "the new token was used before it was kept"
    with GongClient(settings) as client:
        assert list(client.list_workspaces())
    assert refreshes(sandbox) == 1


def test_another_machine_was_first(sandbox, connect, path):
    """No file lock holds it back: the refresh token is spent, but the store has the next tokens by then."""
    spent = log_in(sandbox, path, expires_at=0.0)
    sandbox.oauth.refresh_tokens.pop(spent.refresh_token)
    access, refresh = sandbox.oauth.issue(SCOPES)
    theirs = Tokens(access, refresh, time.time() + 9000, 86400, SCOPES, sandbox.url)

    mine = FileTokenStore(path).load()
    saved = [mine, mine, theirs]

    class Shared:
        def load(self) -> Tokens | None:
            return saved.pop(0) if len(saved) > 1 else saved[0]

        def save(self, tokens: Tokens) -> None:
            raise AssertionError

    settings = load_settings(base_url=sandbox.url, requests_per_second=0, credentials=credentials(sandbox, path))
    with GongClient(settings, Shared()) as client:
        assert list(client.list_workspaces())


def test_a_spent_refresh_token_asks_for_a_login(sandbox, log_on, path):
    client = log_on(expires_at=0.0)
    sandbox.oauth.refresh_tokens.clear()
    token = FileTokenStore(path).load().refresh_token
    with pytest.raises(GongAuthError, match="gong-source login") as raised:
        list(client.list_workspaces())
    assert token not in str(raised.value)
    assert refreshes(sandbox) == 1


def test_a_wrong_client_is_told(sandbox, connect, path):
    log_in(sandbox, path, expires_at=0.0)
    client = connect(sandbox, credentials=credentials(sandbox, path, client_secret="another"))
    with pytest.raises(GongAuthError, match="client_secret"):
        list(client.list_workspaces())


@pytest.mark.parametrize("kind", ["500", "502", "408", "425", "429", "drop", "html"])
def test_a_failed_refresh_is_tried_again(sandbox, log_on, kind):
    client = log_on(expires_at=0.0)
    sandbox.control.fail(kind, endpoint="POST /oauth2/generate-customer-token", retry_after=0)
    assert list(client.list_workspaces())
    assert refreshes(sandbox) == 2


@pytest.mark.parametrize("kind", ["502", "408"])
def test_a_valid_token_is_used_while_it_cannot_be_renewed(sandbox, log_on, kind):
    client = log_on(expires_at=time.time() + 100)
    sandbox.control.fail(kind, endpoint="POST /oauth2/generate-customer-token", times=None, retry_after=0)
    assert list(client.list_workspaces())


def test_no_answer_from_the_oauth_server_shows_no_secret(sandbox, log_on, path):
    client = log_on(expires_at=0.0)
    sandbox.control.fail("drop", endpoint="POST /oauth2/generate-customer-token", times=None)
    with pytest.raises(GongConnectionError) as raised:
        list(client.list_workspaces())
    token = FileTokenStore(path).load().refresh_token
    error: BaseException | None = raised.value
    while error is not None:
        assert token not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


def test_an_old_refresh_token_stays_where_none_comes(sandbox, log_on, path):
    sandbox.oauth.rotates = False
    client = log_on(expires_at=0.0)
    old = FileTokenStore(path).load()
    assert list(client.list_workspaces())
    assert FileTokenStore(path).load().refresh_token == old.refresh_token


def test_without_tokens_a_login_is_asked_for(sandbox, connect, path):
    with pytest.raises(GongConfigError, match="gong-source login"):
        connect(sandbox, credentials=credentials(sandbox, path))


def test_a_configured_refresh_token_is_the_first(sandbox, connect, path):
    _, refresh = sandbox.oauth.issue(SCOPES)
    client = connect(sandbox, credentials=credentials(sandbox, path, refresh_token=refresh))
    assert list(client.list_workspaces())
    assert FileTokenStore(path).load().refresh_token != refresh
    again = connect(sandbox, credentials=credentials(sandbox, path, refresh_token=refresh))
    assert list(again.list_workspaces())
    assert refreshes(sandbox) == 1


class TestFileTokenStore:
    TOKENS = Tokens("the-access-token", "the-refresh-token", 1.5, 2.5, "a b", "https://us-1.api.gong.io")

    def test_keeps_what_it_got(self, path):
        store = FileTokenStore(path)
        assert store.load() is None
        store.save(self.TOKENS)
        assert FileTokenStore(path).load() == self.TOKENS

    def test_is_for_its_owner_alone(self, path):
        os.umask(previous := os.umask(0))
        os.umask(0)
        try:
            FileTokenStore(path).save(self.TOKENS)
        finally:
            os.umask(previous)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]

    def test_a_loose_file_becomes_private(self, path):
        path.parent.mkdir()
        path.write_text("{}")
        path.chmod(0o644)
        FileTokenStore(path).save(self.TOKENS)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_shows_no_token(self, path):
        shown = f"{self.TOKENS!r} {self.TOKENS} {FileTokenStore(path)!r}"
        assert "the-access" not in shown
        assert "the-refresh" not in shown

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
    def test_a_file_that_others_can_open_is_refused(self, path, mode):
        FileTokenStore(path).save(self.TOKENS)
        path.chmod(mode)
        with pytest.raises(GongConfigError, match="chmod 600") as raised:
            FileTokenStore(path).load()
        assert "the-access" not in str(raised.value)

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            "null",
            '{"access_token": "the-access-token"}',
            "the-access-token",
            '{"access_token": ["the-access-token"], "refresh_token": "r"}',
            '{"access_token": "the-access-token", "refresh_token": "r", "expires_at": "soon"}',
            '{"access_token": "the-access-token", "refresh_token": "r", "scope": null}',
            '{"access_token": "the-access-token", "refresh_token": "r", "lifetime": 1' + "0" * 400 + "}",
            '{"access_token": "the-access-token", "refresh_token": "r", "api_base_url": "http://evil.example"}',
            '{"access_token": "the-access-token\\n\u00e9", "refresh_token": "r"}',
            '{"access_token": "the-access-token", "refresh_token": "\\r"}',
            "[" * 100000,
            "\ud83d",
        ],
    )
    def test_another_file_is_told(self, path, content):
        path.parent.mkdir()
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        path.chmod(0o600)
        with pytest.raises(GongConfigError, match="gong-source login") as raised:
            FileTokenStore(path).load()
        assert "the-access" not in str(raised.value)

    def test_what_was_written_by_hand_is_brought_into_its_form(self, path):
        path.parent.mkdir()
        url = "https://us-1.api.gong.io/v2/"
        path.write_text(json.dumps({"access_token": "a\n", "refresh_token": " r", "api_base_url": url}))
        path.chmod(0o600)
        assert FileTokenStore(path).load() == Tokens("a", "r", api_base_url="https://us-1.api.gong.io")

    def test_unknown_fields_are_of_a_later_version(self, path):
        path.parent.mkdir()
        path.write_text(json.dumps({"access_token": "a", "refresh_token": "r", "later": 1}))
        path.chmod(0o600)
        assert FileTokenStore(path).load() == Tokens("a", "r")


class Kept:
    """A token store as users write them."""

    tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        return Kept.tokens

    def save(self, tokens: Tokens) -> None:
        Kept.tokens = tokens


def test_a_store_of_ones_own(sandbox, connect, path):
    access, refresh = sandbox.oauth.issue(SCOPES)
    Kept.tokens = Tokens(access, refresh, 0.0, 86400, SCOPES, sandbox.url)
    named = f"{Kept.__module__}:Kept"
    client = connect(sandbox, credentials=credentials(sandbox, path, token_store=named))
    assert list(client.list_workspaces())
    assert Kept.tokens.refresh_token != refresh


@pytest.mark.parametrize(
    "name", ["nowhere:Store", "json:Nothing", "json", "json:dumps", "datetime:datetime", "queue:Queue"]
)
def test_a_store_that_is_none(sandbox, connect, path, name):
    with pytest.raises(GongConfigError):
        connect(sandbox, credentials=credentials(sandbox, path, token_store=name))


def test_nothing_of_it_is_shown(sandbox, log_on, path):
    client = log_on()
    tokens = FileTokenStore(path).load()
    auth = client.exchange._auth
    assert isinstance(auth, RotatingAuth)
    shown = f"{auth!r} {client.settings!r} {client.settings.credentials!r} {auth._server!r}"
    for secret in (tokens.access_token, tokens.refresh_token, sandbox.oauth.client_secret):
        assert secret not in shown


def test_a_plain_token_is_not_renewed(sandbox, connect):
    client = connect(sandbox, credentials={"auth_type": "oauth", "access_token": "none"})
    with pytest.raises(GongAuthError):
        meetings.delete_meeting(client, "1", organizer_email="a@b.example")
    assert sandbox.counters.total == 1
