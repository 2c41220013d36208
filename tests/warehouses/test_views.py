"""Views made and asked in every warehouse: the numbers are those of Gong."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta, timezone
from pathlib import Path

from gong_source.ranges import Range
from gong_source.views import create_views, view_names
from gong_source.views.report.facts import read_facts
from gong_source.views.transcripts import export_transcripts
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import WarehouseTenant

pytestmark = WAREHOUSE


def monday(moment: object) -> date:
    day = moment.astimezone(timezone.utc).date()  # type: ignore[attr-defined]
    return day - timedelta(days=day.weekday())


def test_views(tenant: WarehouseTenant, tmp_path: Path):
    tenant.synced(resources=("calls", "transcripts", "users", "workspaces"))
    assert create_views(tenant.pipeline()) == view_names()
    report = read_facts(tenant.pipeline(), weeks=26)
    assert export_transcripts(tenant.pipeline(), Range(tenant.start, tenant.now), tmp_path / "documents").calls
    truth = tenant.truth()
    assert tenant.sql("SELECT count(*) AS n FROM v_transcript") == [(len(truth["transcript_sentences"]),)]
    assert tenant.sql("SELECT count(*) AS n FROM v_transcript_text") == [(len(truth["transcripts"]),)]
    assert tenant.sql("SELECT count(*) AS n FROM v_call_participants") == [(len(truth["calls__parties"]),)]
    calls = {row["call_id"]: row for row in tenant.rows("v_calls")}
    assert {call_id: str(row["week"])[:10] for call_id, row in calls.items()} == {
        row["id"]: monday(row["started"]).isoformat() for row in truth["calls"]
    }
    assert report.totals["calls"] == str(len(truth["calls"]))
    weeks = Counter((row["primary_user_id"], monday(row["started"]).isoformat()) for row in truth["calls"])
    assert {(row["user_id"], str(row["week"])[:10]): row["calls"] for row in tenant.rows("v_rep_weekly")} == weeks
    linked = {row["object_id"] for row in truth["calls__context__objects"] if row["object_type"] == "Opportunity"}
    found = tenant.rows("v_opportunities")
    assert {row["object_id"] for row in found} == linked
    assert all(row["name"] and row["amount"] > 0 and row["close_date"] for row in found)
    empty = {name for name in view_names() if not tenant.sql(f"SELECT count(*) AS n FROM {name}")[0][0]}
    assert empty == {"v_library", "v_scorecards"}
    assert create_views(tenant.pipeline()) == view_names()
