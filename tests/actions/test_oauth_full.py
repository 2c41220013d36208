"""OAuth tokens that can't be saved: none is spent in vain, and those that were bought are used."""

from __future__ import annotations

import logging
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gong_source.api.auth import FileTokenStore, OAuthServer, Tokens
from gong_source.cli.commands import main
from gong_source.errors import GongConfigError
from tests.actions.test_oauth import credentials, log_in, refreshes

ENDED = {"expires_at": 0.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private" / "tokens.json"


@contextmanager
def full() -> Iterator[None]:
    """No file may hold a byte: the system then refuses to write as it does where a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def renewing(sandbox, connect, path, monkeypatch):
    """A client whose tokens are to be renewed."""

    def make(store: Any = None, **changes: Any) -> Any:
        monkeypatch.setattr("gong_source.api.auth.rotation.PAUSE", 0.0)
        log_in(sandbox, path, **{**ENDED, **changes})
        client = connect(sandbox, credentials=credentials(sandbox, path))
        if store:
            client.exchange._auth._store = store
        return client

    return make


def files(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_no_refresh_token_is_spent_where_the_next_could_not_be_saved(sandbox, renewing, path):
    client, before = renewing(), FileTokenStore(path).load()
    with full(), pytest.raises(GongConfigError, match=r"tokens\.json can't be written"):
        list(client.list_workspaces())
    assert refreshes(sandbox) == 0
    assert FileTokenStore(path).load() == before
    assert list(client.list_workspaces())
    assert files(path) == ["tokens.json", "tokens.json.lock"]


def test_a_valid_token_is_used_on(sandbox, renewing, path, caplog):
    client = renewing(expires_at=time.time() + 200)
    with full(), caplog.at_level(logging.WARNING, "gong_source"):
        assert list(client.list_workspaces())
        assert list(client.list_workspaces())
    assert refreshes(sandbox) == 0
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "The OAuth tokens can't be renewed yet; those of before are used as long as they last"
    ]


class Failing(FileTokenStore):
    """A store of somebody's own, which seems able to save."""

    fails = True

    def save(self, tokens: Tokens) -> None:
        if self.fails:
            raise RuntimeError(f"can't keep {tokens.refresh_token}")
        super().save(tokens)


def test_bought_tokens_are_used_where_saving_fails(sandbox, renewing, path, caplog):
    store = Failing(path)
    client, before = renewing(store), FileTokenStore(path).load()
    with caplog.at_level(logging.WARNING, "gong_source"):
        assert list(client.list_workspaces())
        assert list(client.list_workspaces())
    assert refreshes(sandbox) == 1
    (record,) = caplog.records
    assert "can't save tokens: can't keep <secret>. This process" in record.message
    assert FileTokenStore(path).load() == before

    sandbox.control.expire_tokens()
    assert list(client.list_workspaces()), "what is in the store is spent; what is in memory is not"
    assert refreshes(sandbox) == 2

    store.fails = False
    assert list(client.list_workspaces())
    assert FileTokenStore(path).load() == client.exchange._auth._tokens
    assert refreshes(sandbox) == 2


def test_a_login_made_meanwhile_counts(sandbox, renewing, path):
    client = renewing(Failing(path))
    assert list(client.list_workspaces())
    theirs = log_in(sandbox, path)
    assert list(client.list_workspaces())
    assert client.exchange._auth._tokens.refresh_token == theirs.refresh_token
    assert FileTokenStore(path).load().refresh_token == theirs.refresh_token


def test_a_login_while_another_machine_renews_counts(sandbox, renewing, path, monkeypatch):
    client, logins = renewing(), []
    original = OAuthServer.refresh

    def refresh(*arguments: Any) -> Tokens:
        tokens = original(*arguments)
        logins.append(log_in(sandbox, path))
        return tokens

    monkeypatch.setattr(OAuthServer, "refresh", refresh)
    assert list(client.list_workspaces())
    assert FileTokenStore(path).load() == client.exchange._auth._tokens == logins[0]


def test_a_login_says_so_before_anybody_approves(sandbox, path, monkeypatch):
    for name, value in credentials(sandbox, path).items():
        monkeypatch.setenv(f"SOURCES__GONG__CREDENTIALS__{name.upper()}", value)
    with full():
        result = CliRunner().invoke(main, ["login", "--port", "0", "--no-browser", "--for", "users"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "tokens.json can't be written" in result.output
    assert os.listdir(path.parent) == []
