"""A signal ends every command at once, with its exit code, and what it may have done in Gong is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gong_source.cli.signals import ended_by_signals
from gong_source.sandbox import Sandbox

BODY = {
    "startTime": "2026-12-01T10:00:00Z",
    "endTime": "2026-12-01T11:00:00Z",
    "invitees": [{"email": "ann@customer.example"}],
    "organizerEmail": "kim@company.example",
}
MADE = {"start_time": BODY["startTime"], "end_time": BODY["endTime"], "invitees": BODY["invitees"]}
UNKNOWN = "Error: POST /v2/meetings: stopped by a signal; it is unknown whether Gong did it. Look in"
LOGIN = ["login", "--no-browser", "--port", "0"]


@contextmanager
def started(env: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-um", "gong_source.cli", *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def stop(process: subprocess.Popen[str], number: int) -> str:
    """What it says on standard error."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + number, errors
    return errors


@pytest.fixture
def when_asked(sandbox: Sandbox) -> Iterator[Callable[[subprocess.Popen[str], str], None]]:
    """Waits until the sandbox has been asked for something; its answer is long in coming."""

    def wait(process: subprocess.Popen[str], endpoint: str) -> None:
        while not sandbox.counters.requests[endpoint]:
            assert process.poll() is None
            time.sleep(0.02)

    sandbox.control.set_latency(20)
    yield wait
    sandbox.control.set_latency(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("raw", [False, True], ids=["action", "raw"])
def test_a_write_that_was_sent_may_have_been_done(raw, number, env, when_asked, tmp_path):
    (file := tmp_path / "body.json").write_text(json.dumps(BODY if raw else {**MADE, "organizer_email": "a@b.example"}))
    words = ["raw", "POST", "/v2/meetings"] if raw else ["meetings", "create-meeting"]
    with started(env, *words, "--from-file", str(file)) as process:
        when_asked(process, "POST /v2/meetings")
        assert stop(process, number).startswith(UNKNOWN)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_only_reads_has_changed_nothing(number, env, when_asked):
    with started(env, "read", "list-users") as process:
        when_asked(process, "GET /v2/users")
        assert stop(process, number) == "Error: stopped by a signal; nothing was changed in Gong\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_login_leaves_nothing(number, env, sandbox, tmp_path):
    path: Path = tmp_path / "private" / "tokens.json"
    client = {"client_id": sandbox.oauth.client_id, "client_secret": sandbox.oauth.client_secret}
    oauth = {"auth_type": "oauth", "token_path": str(path), "oauth_url": sandbox.url, **client}
    more = {f"SOURCES__GONG__CREDENTIALS__{name.upper()}": value for name, value in oauth.items()}
    with started(env | more, *LOGIN) as process:
        assert process.stdout.readline().startswith("http")
        assert "stopped by a signal" in stop(process, number)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.SIG_DFL])
def test_nohup_is_heeded(before: signal.Handlers) -> None:
    restored = signal.signal(signal.SIGHUP, before)
    try:
        with ended_by_signals():
            assert (signal.getsignal(signal.SIGHUP) == before) is (before == signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGHUP, restored)
