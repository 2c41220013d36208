"""Receiver, sandbox and loads as the processes that people run: no kill at any instant loses an event."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import duckdb
import orjson
import pytest
from click import ClickException
from click.testing import CliRunner

from gong_source.cli import webhook
from gong_source.cli.commands import main
from gong_source.sandbox import Sandbox
from gong_source.sandbox.webhooks import Signer
from gong_source.webhook import server
from gong_source.webhook.inbox import Inbox, Received
from gong_source.webhook.verify import parse
from tests.webhook.conftest import ROOT, SECRET, URL, Receiver

MakeReceiver = Callable[..., Receiver]
DRAIN = [sys.executable, "-m", "pipelines.webhook", "--drain", "--json"]


@pytest.fixture
def company() -> Any:
    """A company whose clock runs."""
    with Sandbox(calls=5, users=4, days=5, sentences=3) as sandbox:
        yield sandbox


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port that a server may listen on, and that no other process is given meanwhile."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def environment(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    return {
        "SOURCES__GONG__BASE_URL": sandbox.url,
        "SOURCES__GONG__CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        "SOURCES__GONG__REQUESTS_PER_SECOND": "0",
        "DESTINATION__DUCKDB__CREDENTIALS": str(folder / "warehouse.duckdb"),
    }


def drain(sandbox: Sandbox, folder: Path, *options: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment(sandbox, folder)}
    command = [*DRAIN, "--inbox", str(folder / "inbox"), *options]
    return subprocess.Popen(
        command, env=variables, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def drained(sandbox: Sandbox, folder: Path, *options: str) -> dict[str, Any]:
    process = drain(sandbox, folder, *options)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    return result


def loaded(folder: Path, sql: str = "SELECT id FROM gong_data.calls ORDER BY 1") -> list[Any]:
    """The rows of a file which a load that goes on beside this may have open at the moment."""
    deadline = time.monotonic() + 300
    while True:
        try:
            with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
                return [row[0] for row in connection.execute(sql).fetchall()]
        except duckdb.IOException as error:
            if "lock" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def bodies(sandbox: Sandbox) -> dict[str, bytes]:
    return {
        call_id: orjson.dumps({"callData": record.data, "isTest": False})
        for call_id, record in sandbox.world.visible_calls().items()
    }


def test_the_sandbox_fires_the_receiver_keeps_and_the_load_brings(
    company: Sandbox, make_receiver: MakeReceiver, held_port: int, tmp_path: Path
) -> None:
    """From a call that becomes visible to its row and transcript, with a kill -9 between receipt and load."""
    port = held_port
    url = f"http://127.0.0.1:{port}/gong"
    key = company.control.add_webhook(url)
    company.control.add_webhook(f"http://127.0.0.1:{port}/gong/{SECRET}", signed=False, in_background=False)
    keys = {"SOURCES__GONG__WEBHOOK__PUBLIC_KEYS": key, "SOURCES__GONG__WEBHOOK__URL": url}
    receiver = make_receiver("--port", str(port), environment=keys)
    now = datetime.now(timezone.utc)
    started = now - timedelta(hours=1)
    visible = now + timedelta(seconds=0.5)
    ids = company.control.add_calls(3, started, available_at=visible, transcript_available_at=visible)
    company.control.fire_webhooks(ids[:1], is_test=True)
    deadline = time.monotonic() + 120
    while len([sent for sent in company.control.sent_webhooks() if not sent["isTest"]]) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {sent["status"] for sent in company.control.sent_webhooks()} == {200}
    receiver.stop(signal.SIGKILL)
    assert len({row[0] for row in receiver.stored()}) == 3
    result = drained(company, tmp_path)
    assert result["found"]["loaded"] == 3
    assert loaded(tmp_path) == sorted(ids)
    assert loaded(tmp_path, "SELECT call_id FROM gong_data.transcripts ORDER BY 1") == sorted(ids)
    assert "found" not in drained(company, tmp_path)


def test_kill_9_while_loading_loses_nothing(company: Sandbox, tmp_path: Path) -> None:
    """Killed at instants all through the load, then run to its end."""
    expected = bodies(company)
    with closing(Inbox(tmp_path / "inbox")) as inbox:
        _fill(inbox, expected)
        began = time.monotonic()
        probe = drain(company, tmp_path)
        probe.communicate(timeout=300)
        assert probe.returncode == 0
        length = time.monotonic() - began
        inbox._db.execute("UPDATE events SET outcome = NULL, taken = 0")
        _restore(inbox, expected)
        (tmp_path / "warehouse.duckdb").unlink()
        for share in (0.5, 0.65, 0.8, 0.95):
            process = drain(company, tmp_path)
            time.sleep(length * share)
            process.kill()
            process.communicate()
            in_inbox, there = _ids(inbox), set(loaded(tmp_path)) if _has_calls(tmp_path) else set()
            assert in_inbox | there == set(expected), f"lost after a kill at {share}"
        drained(company, tmp_path)
        assert loaded(tmp_path) == sorted(expected)
        assert inbox.pending_count() == 0


def test_a_receiver_that_also_loads(company: Sandbox, make_receiver: MakeReceiver, tmp_path: Path) -> None:
    """The load is a process of its own, under its own pipeline name; after a stop the next receiver goes on."""
    receiver = make_receiver("--load-every", "1", environment=environment(company, tmp_path))
    first, *others = bodies(company).items()
    assert receiver.post(first[1]).status == 200
    _wait_for(lambda: receiver.stored()[0][1] is not None, 300)
    assert loaded(tmp_path) == [first[0]]
    assert loaded(tmp_path, "SELECT DISTINCT pipeline_name FROM gong_data._dlt_pipeline_state") == ["gong_webhook"]
    assert receiver.stop() == 0
    again = make_receiver("--load-every", "1", environment=environment(company, tmp_path))
    for _, body in others:
        assert again.post(body).status == 200
    _wait_for(lambda: all(row[1] for row in again.stored()), 300)
    assert len(loaded(tmp_path)) == 5


def test_usage(company: Sandbox, make_receiver: MakeReceiver, tmp_path: Path, signer: Signer) -> None:
    """An empty inbox is exit 0; what makes no sense is exit 2 and says what to do."""

    def run(*options: str, **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.webhook", *options],
            env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def typed(*options: str, **variables: str) -> tuple[int, str]:
        """What a command says that ends before there is anything to receive."""
        told = CliRunner().invoke(main, ["webhook", *options], env=variables)
        return told.exit_code, told.output

    keys = {"SOURCES__GONG__WEBHOOK__PUBLIC_KEYS": signer.public_key, "SOURCES__GONG__WEBHOOK__URL": URL}
    for drain in (run, typed):  # each time, as nothing is made of a mistyped name
        code, text = drain("--inbox", "i", "--drain", **environment(company, tmp_path))
        assert code == 0
        assert "NOTE inbox: There is no inbox i/inbox.sqlite" in text
        assert not (tmp_path / "i").exists()
    code, text = typed("--inbox", "i")
    assert code == 2
    assert "SOURCES__GONG__WEBHOOK__PATH_SECRET" in text
    code, text = typed("--inbox", "i", **{**keys, "SOURCES__GONG__WEBHOOK__PUBLIC_KEYS": "x"})
    assert code == 2
    assert "public_keys" in text
    port = make_receiver().port
    code, text = run("--inbox", "i", "--port", str(port), **keys)
    assert code == 2
    assert "can't be listened on" in text
    code, text = typed("--inbox", "/dev/null/x", **keys)
    assert code == 1
    assert "can't be opened" in text
    assert typed("--inbox", "i", "--drain", "--load-every", "5")[0] == 2


def test_it_receives_whether_or_not_that_can_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "put", Mock(side_effect=ClickException("The output can't be written")))
    monkeypatch.setattr(server, "make_server", Mock(return_value=Mock(serve=(served := AsyncMock()))))
    monkeypatch.setenv("SOURCES__GONG__WEBHOOK__PATH_SECRET", SECRET)
    told = CliRunner().invoke(main, ["webhook", "--inbox", str(tmp_path), "--port", "0"])
    assert (told.exit_code, served.await_count) == (0, 1)


def _fill(inbox: Inbox, events: dict[str, bytes]) -> None:
    now = time.time_ns() // 1000
    inbox.put([Received(parse(body).body_sha256, call_id, now, body) for call_id, body in events.items()])


def _restore(inbox: Inbox, events: dict[str, bytes]) -> None:
    for call_id, body in events.items():
        inbox._db.execute("UPDATE events SET body = ? WHERE call_id = ?", (body, call_id))


def _ids(inbox: Inbox) -> set[str]:
    return {row[0] for row in inbox._ask("SELECT call_id FROM events WHERE outcome IS NULL AND body IS NOT NULL")}


def _has_calls(folder: Path) -> bool:
    if not (folder / "warehouse.duckdb").exists():
        return False
    found = loaded(folder, "SELECT 1 FROM information_schema.tables WHERE table_name = 'calls'")
    return bool(found)


def _wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
