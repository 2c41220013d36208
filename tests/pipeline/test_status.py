"""What `gong-source status` tells of a dataset."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from gong_source.cli.commands import main
from gong_source.ranges import Range, RangeSet
from gong_source.runs import run_reset
from gong_source.runs.look import read_status
from tests.pipeline.harness import NOW, Tenant

HEAD = NOW - timedelta(minutes=5)
GAP = Range(NOW - timedelta(days=30), NOW - timedelta(days=29))


def status(*options: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["status", *options])
    assert result.exit_code == code, result.output
    return result


def test_a_dataset_that_two_pipelines_load(settled: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, ranges of both together, a gap that one of them left; what is late; and nothing of it needs a key."""
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(settled.database))
    before = settled.start - timedelta(days=10)
    settled.synced(
        pipeline=settled.pipeline("past"), start_date=before, end_date=settled.start, resources=["calls", "users"]
    )
    run_reset(settled.pipeline(), ["calls"], start_date=GAP.start, end_date=GAP.end)

    found = read_status(settled.pipeline("nobody"), timedelta(hours=3), now=NOW + timedelta(hours=2))
    calls, logs = found.streams["calls"], found.streams["logs"]
    assert (calls.rows,) == settled.sql("SELECT count(*) FROM calls")[0]
    assert (calls.newest,) == settled.sql("SELECT max(started) FROM calls")[0]
    assert calls.ranges["*"] == RangeSet([Range(before, HEAD)]) - RangeSet([GAP])
    assert calls.gaps == {"*": RangeSet([GAP])}
    assert len(logs.ranges) == 5
    assert not logs.gaps
    assert (calls.up_to, logs.up_to) == (HEAD, HEAD)
    packages = settled.sql("SELECT inserted_at FROM _dlt_loads ORDER BY inserted_at")
    assert calls.last_load == packages[-2][0], "the newest one is that of the reset"
    assert found.late == []
    later = NOW + timedelta(hours=2)
    assert {"calls", "transcripts"} <= {*read_status(settled.pipeline(), timedelta(hours=1), now=later).late}
    monkeypatch.setenv("SOURCES__GONG__TRANSCRIPTS", "drop")
    assert "transcripts" not in read_status(settled.pipeline(), timedelta(hours=1), now=later).late
    assert found.pipelines.keys() == {"gong", "past"} == found.requests_today.keys()
    assert found.pipelines["past"]["last_run"]["outcome"] == "done"

    waiting = settled.sql("SELECT id FROM calls ANTI JOIN transcripts ON transcripts.call_id = calls.id")
    assert 0 < found.awaited <= len(waiting) == found.awaited + found.given_up
    assert 0 < found.lag["p50"] <= found.lag["p95"]

    told = json.loads(status("--json").stdout)
    assert list(told)[:6] == ["streams", "transcripts", "rejected", "requests_today", "destination", "dataset"]
    assert (told["destination"], told["dataset"], told["rejected"]) == ("duckdb", "gong_data", 0)
    assert told["streams"]["calls"]["gaps"] == {"*": RangeSet([GAP]).to_state()}
    assert "Older than 3:00:00: calls, " in status("--max-lag", "3h", code=1).stderr
    text = status("--max-lag", "20000d").stdout
    assert f"GAP calls: {GAP}" in text
    assert str(settled.database) in text


def test_a_chosen_workspace_that_has_fallen_behind_is_late(
    make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the setting names it; one that is named no more is not waited for."""
    tenant = make_tenant(calls=20)
    leading, behind, never = list(tenant.sandbox.world.workspaces)[:2] + ["1"]
    tenant.synced(workspace_ids=[leading, behind], resources=["calls", "users"])
    tenant.at(NOW + timedelta(hours=6))
    tenant.synced(workspace_ids=[leading], resources=["calls", "users"])

    def calls() -> tuple[datetime | None, bool]:
        found = read_status(tenant.pipeline(), timedelta(hours=3), now=tenant.now).streams
        assert not found["users"].late
        return found["calls"].up_to, found["calls"].late

    assert calls() == (HEAD + timedelta(hours=6), False)
    monkeypatch.setenv("SOURCES__GONG__WORKSPACE_IDS", f"{leading},{behind}")
    assert calls() == (HEAD, True)
    monkeypatch.setenv("GONG__SOURCES__GONG__WORKSPACE_IDS", leading)  # the pipeline's own
    assert calls() == (HEAD + timedelta(hours=6), False)
    monkeypatch.setenv("GONG__SOURCES__GONG__WORKSPACE_IDS", f'["{leading}", "{never}"]')
    assert calls() == (tenant.start, True)


def test_what_is_not_there_and_what_is_no_duration() -> None:
    assert "Nothing of Gong was ever loaded there: destination duckdb" in status(code=2).stderr
    assert "90m, 3h or 2d" in status("--max-lag", "soon", code=2).stderr
