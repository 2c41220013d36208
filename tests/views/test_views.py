"""The views against what Gong's API shows, worked out in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from statistics import fmean
from typing import Any

import pytest

from gong_source.views import View, views
from tests.pipeline.harness import Tenant
from tests.views.company import UNKNOWN_HOST, Odd, Truth

Ask = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_key_is_unique_and_never_null(company: Tenant, view: View):
    key = ", ".join(view.key)
    nulls = " OR ".join(f"{column} IS NULL" for column in view.key)
    assert company.sql(f"SELECT {key}, count(*) FROM {view.name} GROUP BY ALL HAVING count(*) > 1") == []
    assert company.sql(f"SELECT count(*) FROM {view.name} WHERE {nulls}") == [(0,)]
    if view.name != "v_scorecards":  # whose tables not every company has
        assert company.sql(f"SELECT count(*) > 0 FROM {view.name}") == [(True,)]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_descriptions_are_in_the_database(company: Tenant, view: View):
    of_columns = dict(
        company.sql(f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{view.name}'")
    )
    assert of_columns == view.columns
    ((comment,),) = company.sql(f"SELECT comment FROM duckdb_views() WHERE view_name = '{view.name}'")
    assert comment.startswith(view.description)


def test_calls(rows: Ask, truth: Truth, odd: Odd):
    found = {row["call_id"]: row for row in rows("FROM v_calls")}
    assert found.keys() == truth.calls.keys()
    users = {user["id"]: user for user in truth.rows["users"]}
    transcribed = {row["call_id"]: row["sentence_count"] for row in truth.rows["transcripts"]}
    workspaces = {row["id"]: row["name"] for row in truth.rows["workspaces"]}
    for call_id, row in found.items():
        meta, host = truth.calls[call_id]["metaData"], truth.host(call_id)
        user = users.get(host or "", {})
        assert row["title"] == meta["title"]
        assert row["started"] == truth.started(call_id)
        assert row["week"] == truth.week(call_id)
        assert row["minutes"] == pytest.approx(meta["duration"] / 60)
        assert row["host_id"] == host
        assert row["host_email"] == user.get("email_address")
        assert row["manager_id"] == user.get("manager_id")
        assert row["workspace"] == workspaces[meta["workspaceId"]]
        assert row["participants"] == len(truth.parties(call_id))
        assert row["external_participants"] == sum(one["affiliation"] == "External" for one in truth.parties(call_id))
        assert row["is_private"] == meta["isPrivate"]
        assert (row["has_transcript"], row["sentences"]) == (call_id in transcribed, transcribed.get(call_id))
        assert (row["no_transcript_reason"] is None) == row["has_transcript"]
        assert row["talk_ratio"] == truth.stat(call_id, "Talk Ratio")
        assert row["host_talk_share"] == pytest.approx(truth.host_talk_share(call_id))
        if user:
            assert row["host_name"] == f"{user['first_name']} {user['last_name']}"
    assert found[odd.sunday]["host_talk_share"] == 0 < found[odd.monday]["host_talk_share"]
    assert found[odd.hostless]["host_name"] is None
    assert (found[odd.stranger]["host_id"], found[odd.stranger]["host_name"]) == (UNKNOWN_HOST, "Former")
    assert any(row["is_private"] for row in found.values())
    reasons = {call_id: row["no_transcript_reason"] for call_id, row in found.items()}
    assert (reasons.pop(odd.silent), reasons.pop(odd.short)) == ("no speech", "shorter than a minute")
    assert set(reasons.values()) == {None, "none from Gong"}


def test_accounts_of_calls(rows: Ask, truth: Truth, odd: Odd):
    linked = {(system, key, call) for system, key, call, _ in truth.objects("Account")}
    asked = rows("SELECT system, object_id, call_id FROM v_call_crm_objects WHERE object_type = 'Account'")
    assert Counter((row["system"], row["object_id"], row["call_id"]) for row in asked) == Counter(linked)
    found = {row["call_id"]: row for row in rows("FROM v_calls")}
    without = {call_id for call_id, row in found.items() if row["account_id"] is None}
    assert without == truth.calls.keys() - {call for *_, call in linked}
    crowded = found[odd.crowded]
    assert (crowded["account_system"], crowded["account_id"], crowded["account_name"]) == (
        "Salesforce",
        "A1",
        "Salesforce Now",
    )


def test_a_week_is_the_same_in_every_session(rows: Ask, odd: Odd):
    for zone in ("UTC", "America/Los_Angeles", "Asia/Tokyo"):
        asked = rows("SELECT call_id, day::VARCHAR AS day, week::VARCHAR AS week FROM v_calls", zone)
        found = {row["call_id"]: (row["day"], row["week"]) for row in asked}
        assert found[odd.sunday] == ("2026-05-17", "2026-05-11")
        assert found[odd.monday] == ("2026-05-18", "2026-05-18")


def test_participants(rows: Ask, truth: Truth):
    found = rows("FROM v_call_participants")
    assert len(found) == sum(len(truth.parties(call_id)) for call_id in truth.calls)
    for row in found:
        party = truth.parties(row["call_id"])[row["position"]]
        spoken = (truth.calls[row["call_id"]].get("interaction") or {}).get("speakers") or []
        talk = [one["talkTime"] for one in spoken if one["id"] == party["id"]]
        assert row["email"] == party["emailAddress"]
        assert row["affiliation"] == party["affiliation"]
        assert row["is_host"] == (party.get("userId") is not None and party.get("userId") == truth.host(row["call_id"]))
        assert (row["invited"], row["attended"]) == ("Invitee" in party["methods"], "Attendee" in party["methods"])
        assert row["talk_minutes"] == (pytest.approx(talk[0] / 60) if talk else None)


def test_transcript(rows: Ask, truth: Truth, odd: Odd):
    found = {(row["call_id"], row["sentence_index"]): row for row in rows("FROM v_transcript")}
    expected = {(row["call_id"], row["sentence_index"]): row for row in truth.rows["transcript_sentences"]}
    assert found.keys() == expected.keys()
    speakers: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for call_id in truth.calls:
        for party in truth.parties(call_id):
            speakers[call_id, party.get("speakerId")].append(party)
    names = {user["id"]: f"{user['first_name']} {user['last_name']}" for user in truth.rows["users"]}
    unknown = 0
    for key, row in found.items():
        for column in ("text", "topic", "start_ms", "end_ms", "speaker_id"):
            assert row[column] == expected[key][column]
        assert row["minute"] == row["start_ms"] // 60_000
        if row["call_id"] == odd.orphan:
            continue  # its participants are there, though the call is not
        candidates = speakers[row["call_id"], row["speaker_id"]] if row["speaker_id"] else []
        if not candidates:
            unknown += 1
            assert (row["speaker_name"], row["speaker_email"], row["affiliation"]) == (
                "Unknown speaker",
                None,
                "Unknown",
            )
            continue
        party = candidates[0]  # named by the list of users where Gong's list of participants does not
        assert row["speaker_name"] == (party["name"] or names.get(party.get("userId")) or "Unknown speaker")
        assert row["speaker_email"] == party["emailAddress"]
        assert row["affiliation"] == party["affiliation"]
        assert row["speaker_candidates"] == len(candidates)
    assert unknown > 0
    assert {row["speaker_candidates"] for row in found.values() if row["call_id"] == odd.shared} >= {1, 2}


def test_transcript_text(rows: Ask, truth: Truth, odd: Odd):
    texts: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(truth.rows["transcript_sentences"], key=lambda row: row["sentence_index"]):
        texts[row["call_id"]][row["monologue_index"]].append(row["text"])
    found = {row["call_id"]: row for row in rows("FROM v_transcript_text")}
    assert found.keys() == texts.keys()
    for call_id, row in found.items():
        lines = row["text"].split("\n")
        assert [line.partition(": ")[2] for line in lines] == [" ".join(said) for said in texts[call_id].values()]
        assert row["sentences"] == sum(map(len, texts[call_id].values()))
        assert row["is_private"] == (None if call_id == odd.orphan else truth.calls[call_id]["metaData"]["isPrivate"])
    assert odd.orphan in found


def test_rep_weekly(rows: Ask, truth: Truth, odd: Odd):
    weeks: dict[tuple[str, Any], list[str]] = defaultdict(list)
    for call_id in truth.calls:
        if host := truth.host(call_id):
            weeks[host, truth.week(call_id)].append(call_id)
    found = {(row["user_id"], row["week"]): row for row in rows("FROM v_rep_weekly")}
    assert {key: row["calls"] for key, row in found.items()} == {key: len(calls) for key, calls in weeks.items()}
    for key, calls in weeks.items():
        hours = sum(truth.calls[call_id]["metaData"]["duration"] for call_id in calls) / 3600
        ratios = [ratio for call_id in calls if (ratio := truth.stat(call_id, "Talk Ratio")) is not None]
        assert found[key]["hours"] == pytest.approx(hours)
        assert found[key]["talk_ratio"] == (pytest.approx(fmean(ratios)) if ratios else None)
    assert any(user == UNKNOWN_HOST for user, _ in found)


def test_tracker_trend(rows: Ask, truth: Truth):
    calls: dict[tuple[Any, str], set[str]] = defaultdict(set)
    mentions: Counter[tuple[Any, str]] = Counter()
    for call_id, call in truth.calls.items():
        for tracker in call["content"]["trackers"]:
            if tracker["count"]:
                calls[truth.week(call_id), tracker["name"]].add(call_id)
                mentions[truth.week(call_id), tracker["name"]] += tracker["count"]
    of_week = Counter(truth.week(call_id) for call_id in truth.calls)
    found = {(row["week"], row["tracker_name"]): row for row in rows("FROM v_tracker_trend")}
    assert {key: row["calls"] for key, row in found.items()} == {key: len(ids) for key, ids in calls.items()}
    assert {key: row["mentions"] for key, row in found.items()} == mentions
    assert all(row["share_of_calls"] == pytest.approx(row["calls"] / of_week[row["week"]]) for row in found.values())
    assert 5 in {row["mentions"] for (_, name), row in found.items() if name == "Twice of one name"}


@pytest.mark.parametrize(("kind", "view"), [("Account", "v_accounts"), ("Opportunity", "v_opportunities")])
def test_crm_objects(rows: Ask, truth: Truth, kind: str, view: str):
    linked: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for system, key, call_id, fields in truth.objects(kind):
        linked[system, key][call_id] = fields
    found = {(row["system"], row["object_id"]): row for row in rows(f"FROM {view}")}
    assert {key: row["calls"] for key, row in found.items()} == {key: len(calls) for key, calls in linked.items()}
    for key, calls in linked.items():
        fields = calls[max(calls, key=lambda call_id: truth.started(call_id))]
        assert found[key]["name"] == fields.get("name", fields.get("dealname"))
        assert found[key]["last_call"] == max(map(truth.started, calls))
        if kind == "Opportunity":
            amount, closed = fields["amount"], fields["isclosed"]
            assert found[key]["amount"] == (float(amount) if amount != "n/a" else None)
            assert found[key]["is_closed"] == (closed if closed != "x" else None)
            assert found[key]["close_date"].isoformat() == fields["closedate"][:10]


def test_account_timeline_and_first_response(rows: Ask, truth: Truth):
    calls: dict[tuple[str, str], set[str]] = defaultdict(set)
    for system, key, call_id, _ in truth.objects("Account"):
        calls[system, key].add(call_id)
    ordered = {key: sorted(ids, key=lambda call_id: (truth.started(call_id), call_id)) for key, ids in calls.items()}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows("FROM v_account_timeline ORDER BY call_number"):
        found[row["system"], row["account_id"]].append(row["call_id"])
    assert found == ordered
    for row in rows("FROM v_account_timeline"):
        call_ids, number = ordered[row["system"], row["account_id"]], row["call_number"]
        since = truth.started(row["call_id"]) - truth.started(call_ids[number - 2]) if number > 1 else None
        assert row["days_since_previous"] == (pytest.approx(since / timedelta(days=1)) if since else None)
    first = {(row["system"], row["account_id"]): row for row in rows("FROM v_first_response")}
    assert {key: row["first_call_id"] for key, row in first.items()} == {key: ids[0] for key, ids in ordered.items()}
    for key, ids in ordered.items():
        assert first[key]["second_call"] == (truth.started(ids[1]) if len(ids) > 1 else None)


def test_team(rows: Ask, truth: Truth):
    managers = {user["id"]: user["manager_id"] for user in truth.rows["users"]}
    expected = {}
    for user in managers:
        above, level = managers[user], 1
        seen = {user}
        while above is not None and above not in seen:
            expected[above, user] = level
            seen.add(above)
            above, level = managers.get(above), level + 1
    assert {(row["manager_id"], row["user_id"]): row["level"] for row in rows("FROM v_team")} == expected
    assert max(expected.values()) > 1


def test_library(rows: Ask, truth: Truth, odd: Odd):
    folders = {row["id"]: row for row in truth.rows["library_folders"]}
    expected = {(row["folder_id"], row["position"]): row for row in truth.rows["library_folder_calls"]}
    found = {(row["folder_id"], row["position"]): row for row in rows("FROM v_library")}
    assert found.keys() == expected.keys()
    for key, row in found.items():
        path, folder = [], folders[row["folder_id"]]
        while folder:
            path.insert(0, folder["name"])
            folder = folders.get(folder["parent_folder_id"])
        assert row["path"] == " / ".join(path)
        assert row["call_id"] == expected[key]["call_id"]


def test_coverage(rows: Ask, truth: Truth):
    transcribed = {row["call_id"] for row in truth.rows["transcripts"]}
    days = Counter(truth.day(call_id) for call_id in truth.calls)
    with_transcript = Counter(truth.day(call_id) for call_id in truth.calls if call_id in transcribed)
    found = {row["day"]: row for row in rows("FROM v_coverage")}
    assert {day: row["calls"] for day, row in found.items()} == days
    assert +Counter({day: row["with_transcript"] for day, row in found.items()}) == with_transcript
    lags: dict[Any, list[float]] = defaultdict(list)
    for row in rows("FROM v_calls"):
        lags[row["day"]].append((row["loaded_at"] - row["started"]) / timedelta(hours=1))
    for day, hours in lags.items():
        told = [found[day][f"{which}_lag_hours"] for which in ("least", "mean", "greatest")]
        assert told == pytest.approx([min(hours), fmean(hours), max(hours)])
