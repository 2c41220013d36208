"""What follows a run: views, a verification, metrics, and lines that a collector reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gong_source.views import view_names
from tests.pipeline.harness import Tenant
from tests.pipeline.process import live, run


def views_of(tenant: Tenant) -> set[str]:
    return {row[0] for row in tenant.sql("SELECT view_name FROM duckdb_views() WHERE schema_name = 'gong_data'")}


def test_a_sync_and_all_that_follows(make_tenant: Callable[..., Tenant]) -> None:
    """Views are there unless told otherwise; lines are JSON; a wrong dataset is exit code 1, and the metrics say so."""
    tenant = live(make_tenant)
    words = ["sync", "--resources", "calls,transcripts", "--json", "--log-format", "json", "--metrics", "sync.prom"]
    done = run(tenant, *words, "--no-views")
    assert done.returncode == 0, done.stderr
    assert views_of(tenant) == set()
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(set(line) == {"time", "level", "logger", "message"} for line in lines)
    assert any(line["message"].partition(" ")[2].startswith("package 1 is there") for line in lines)

    ((call_id,),) = tenant.sql(
        "DELETE FROM transcripts WHERE call_id = (SELECT min(call_id) FROM transcripts) RETURNING call_id"
    )
    done = run(tenant, *words, "--verify")
    assert done.returncode == 1
    assert views_of(tenant) == set(view_names())
    errors = [line["message"] for line in map(json.loads, done.stderr.splitlines()) if line["level"] == "error"]
    assert [error.partition(":")[0] for error in errors] == ["FAILED verify"]
    report = json.loads(done.stdout)
    assert f"rows of calls that are not in transcripts: {call_id}" in report["failures"]["verify"]
    values = {
        sample.name: sample.value
        for family in text_string_to_metric_families((tenant.folder / "sync.prom").read_text())
        for sample in family.samples
    }
    assert values["gong_source_run_exit_code"] == 1
    assert 0 < values["gong_source_last_success_timestamp_seconds"] < values["gong_source_run_timestamp_seconds"]


@pytest.fixture
def slack() -> Iterator[tuple[str, list[str]]]:
    """An address that takes what Slack's incoming hooks take, and what it was sent."""
    sent: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", sent
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_run_that_can_not_begin(
    make_tenant: Callable[..., Tenant], slack: tuple[str, list[str]], log_format: str
) -> None:
    """One line says so, and so do the metrics and Slack."""
    tenant, (hook, sent) = live(make_tenant, calls=1), slack
    words = ["sync", "--destination", "mysql", "--log-format", log_format, "--metrics", "sync.prom"]
    done = run(tenant, *words, RUNTIME__SLACK_INCOMING_HOOK=hook)
    assert done.returncode == 2
    told = json.loads(done.stderr)["message"] if log_format == "json" else done.stderr
    assert "There is no destination 'mysql'" in told
    assert 'gong_source_run_exit_code{command="sync"' in (tenant.folder / "sync.prom").read_text()
    (alarm,) = sent
    assert alarm.startswith("gong-source sync gong gong_data ended with 2: There is no destination 'mysql'")


def test_what_dlt_logs_before_anything_is_loaded_is_json_too(make_tenant: Callable[..., Tenant]) -> None:
    """As it reads its configuration, here a value that nobody filled in."""
    words = ["status", "--log-format", "json", "--json"]
    done = run(make_tenant(calls=1), *words, DESTINATION__DUCKDB__CREDENTIALS="<configure me>")
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit_code"] == 2
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["logger"] for line in lines} == {"dlt", "gong_source.progress"}
