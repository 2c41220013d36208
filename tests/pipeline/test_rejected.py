"""A record that can't be loaded costs nothing but itself, is told of, and is taken back once it can be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongTooManyRejected
from gong_source.streams.all import STREAMS
from gong_source.streams.extraction import Extraction
from gong_source.streams.stream import Snapshot
from tests.pipeline import in_memory
from tests.pipeline.harness import NOW, Tenant

LISTS = [
    stream
    for stream in STREAMS
    if isinstance(stream.reads, Snapshot) and stream.default and stream.name != "users_history"  # of the list of users
]


DAY_BY_DAY = "POST /v2/stats/activity/day-by-day"


@pytest.fixture
def small(make_tenant: Callable[..., Tenant]) -> Tenant:
    return make_tenant(days=30, calls=60, users=8, sentences=3)


def rejected(tenant: Tenant) -> list[tuple[Any, ...]]:
    return tenant.sql("SELECT stream, reason, raw, record_id FROM _gong_rejected ORDER BY ALL")


def counted(tenant: Tenant) -> dict[str, int]:
    return dict(Counter(row[0] for row in rejected(tenant)))


def test_an_odd_record_of_any_stream_costs_only_itself_and_is_taken_back(small: Tenant) -> None:
    control, world = small.sandbox.control, small.sandbox.world
    calls, users = list(world.visible_calls()), list(world.users)
    for call_id, path, raw in [
        (calls[0], "metaData", b"null"),
        (calls[1], "metaData", b'"text"'),
        (calls[2], "metaData.id", b"null"),
        (calls[3], "", b"null"),
        (calls[4], "", b"null"),
        (calls[5], "", b"[1]"),
    ]:
        control.set_raw(call_id, path, raw)
    spoken = next(key for key in world.visible_transcripts() if key not in calls[:6])
    control.set_raw(spoken, "callId", b"null")
    control.set_raw(users[0], "id", b'""')
    for stream in LISTS:
        listed = f'"{stream.endpoint.list_key}":['.encode()
        control.replace_bytes(listed, listed + b"null,7,", endpoint=stream.endpoint.name)
    control.replace_bytes(b'"logEntries":[', b'"logEntries":[true,', endpoint="GET /v2/logs", times=1)
    report = small.synced()
    told = counted(small)
    assert told == report.rejected
    assert report.as_dict()["rejected"] == told
    assert "SET ASIDE in _gong_rejected, as they can't be loaded: " in report.as_text()
    assert told["calls"] == 6
    assert told["transcripts"] == 1
    assert told["users"] == 3
    assert {*told} >= {"logs", "permission_profile_users", *(stream.name for stream in LISTS)}
    assert len(small.rows("calls")) == len(calls) - 6
    assert len(small.rows("users")) == len(users) - 1
    assert spoken not in {row["call_id"] for row in small.rows("transcripts")}
    (raw,) = [row[2] for row in rejected(small) if "metaData" in row[1] and '"text"' in row[2]]
    assert json.loads(raw)["metaData"] == "text"
    control.clear_raw()
    control.clear_faults()
    small.at(NOW + timedelta(minutes=30))
    report = small.synced(lookback_days=40)
    assert rejected(small) == []
    assert "rejected" not in report.as_dict()
    small.check(skip=("logs",))  # these keep the field that was spoilt


def test_a_record_that_a_killed_run_would_have_taken_back_is_taken_back(
    small: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that looks back knows by the row alone that the whole range is to be read, and not its end."""
    old = min(small.sandbox.world.visible_calls().values(), key=lambda call: call.started)
    small.sandbox.control.set_raw(old.id, "metaData", b"null")
    calls = {"resources": ["calls"]}
    small.synced(**calls)
    assert counted(small) == {"calls": 1}
    small.sandbox.control.clear_raw()
    with monkeypatch.context() as patched:
        patched.setattr(Extraction, "finish", killed_at)
        with pytest.raises(KeyboardInterrupt):
            small.sync(**calls)
    small.synced(**calls)
    assert not rejected(small)
    small.check(only=("calls",))


def killed_at(*_: Any) -> None:
    """All was read, and nothing is loaded yet."""
    raise KeyboardInterrupt


def test_too_many_stop_their_stream_and_no_other(small: Tenant) -> None:
    control = small.sandbox.control
    for call_id in list(small.sandbox.world.visible_calls())[:11]:
        control.set_raw(call_id, "metaData.id", b"null")
    report = small.sync(resources=["calls", "transcripts", "users"])
    assert report.exit_code == 1
    error = report.failures["calls"]
    assert isinstance(error, GongTooManyRejected)
    assert "11 of 60 records of calls" in str(error)
    assert "it has no id" in str(error)
    assert "max_rejected_share" in str(error)
    assert len(small.rows("users")) == 8
    assert counted(small) == {"calls": 11}, "they are told of all the same"
    assert "calls" not in report.ranges
    small.synced(resources=["calls", "transcripts", "users"], max_rejected_share=0.5)
    assert len(small.rows("calls")) == 49
    assert counted(small) == {"calls": 11}


def test_one_odd_thing_that_many_answers_tell_of_is_one(make_tenant: Callable[..., Tenant]) -> None:
    """A flow of the company comes with those of every owner, and the figures of a user every day."""
    tenant = make_tenant(days=30, calls=150, users=12, sentences=1)
    control, world = tenant.sandbox.control, tenant.sandbox.world
    flow = next(each["id"] for each in world.flows if each["visibility"] == "Company")
    folder = next(each["id"] for each in world.flow_folders if each["visibility"] == "Company")
    hosts = Counter(call.primary_user_id for call in world.visible_calls().values())
    busiest = next(key for key, _ in hosts.most_common() if key)
    for key, path in ((flow, "id"), (folder, "id"), (busiest, "userId")):
        control.set_raw(key, path, b"null")
    report = tenant.synced(resources=["flows", "flow_folders", "daily_interaction_stats"])
    assert counted(tenant) == report.rejected
    assert report.rejected["flows"] == report.rejected["flow_folders"] == 1
    assert report.rejected["daily_interaction_stats"] > 10
    assert {row["id"] for row in tenant.rows("flows")} == {each["id"] for each in world.flows} - {flow}
    assert len({row["user_id"] for row in tenant.rows("daily_interaction_stats")}) > 5


def test_a_record_that_can_not_be_asked_about_costs_no_other(small: Tenant) -> None:
    """A folder and a user that Gong does not know once it is asked about them; that it knows none is an error."""
    control, world = small.sandbox.control, small.sandbox.world
    streams = {"resources": ["library_folder_calls", "user_settings_history"]}
    control.fail("404", endpoint="GET /v2/library/folder-content", times=None)
    report = small.sync(**streams)
    assert set(report.failures) == {"library_folder_calls"}
    assert not report.rejected
    control.clear_faults()
    folder = next(key for key, calls in world.folder_calls.items() if calls)
    user = next(iter(world.users))
    control.set_raw(folder, "id", b'"12"')
    control.set_raw(user, "id", b'"13"')
    report = small.synced(list_refresh_hours=0, **streams)
    assert report.rejected == counted(small) == {"library_folder_calls": 1, "user_settings_history": 1}
    assert {row[3] for row in rejected(small)} == {"12", "13"}
    assert all("HTTP 404" in row[1] for row in rejected(small))
    others = sum(len(calls) for key, calls in world.folder_calls.items() if key != folder)
    assert len(small.rows("library_folder_calls")) == others
    control.clear_raw()
    small.synced(**streams)
    assert rejected(small) == []
    assert len(small.rows("library_folder_calls")) == others + len(world.folder_calls[folder])
    assert {row["user_id"] for row in small.rows("user_settings_history")} >= {user}


def test_a_flow_that_can_not_be_asked_about_costs_no_other_its_steps(small: Tenant) -> None:
    """Many are asked about at once, and Gong refuses all for the sake of one."""

    def flows() -> set[str]:
        store = in_memory.MemoryStore()
        assert in_memory.sync(store, 1, ["flow_steps"], NOW, None, 10_000, **small.settings()) == {}
        return {row["flow_id"] for row in store.table("flow_steps")}

    whole = flows()
    odd = min(whole)
    small.sandbox.control.set_raw(odd, "id", b'"12"')
    assert flows() == whole - {odd}


def test_what_is_odd_in_the_answer_about_a_record_takes_none_of_its_rows_away(small: Tenant) -> None:
    """It may be what is missing: beside all that is there the rest is loaded, where one lacks nothing goes."""
    control, world = small.sandbox.control, small.sandbox.world
    user = next(key for key, changes in world.settings_history.items() if changes)
    changes, whole = world.settings_history[user], list(world.settings_history[user])
    more = {"setting": "active", "value": False, "time": "2026-06-14T00:00:00Z"}

    def settings(number: int) -> list[Any]:
        small.at(NOW + timedelta(minutes=number))
        report = small.synced(resources=["user_settings_history"], list_refresh_hours=0)
        assert report.rejected == ({"user_settings_history": 1} if None in changes else {})
        rows = [row for row in small.rows("user_settings_history") if row["user_id"] == user]
        return [(row["setting"], row["time"]) for row in sorted(rows, key=lambda row: row["position"])]

    first = settings(0)
    assert len(first) == len(whole)
    control.edit_user(user, "title", "Moved")
    changes[:] = [None, *whole[1:], more]
    assert settings(1) == first
    changes[:] = [*whole, None, more]
    assert [each[0] for each in settings(2)] == [*(each[0] for each in first), "active"]
    changes[:] = [*whole[1:], more]
    assert [each[0] for each in settings(3)] == [*(each[0] for each in first[1:]), "active"]


def test_a_call_that_turned_private_leaves_a_folder_that_holds_something_odd(small: Tenant) -> None:
    control, world = small.sandbox.control, small.sandbox.world
    shown = [key for key in world.visible_calls() if not world.calls[key].data["metaData"]["isPrivate"]][:2]
    folder = next(key for key, calls in world.folder_calls.items() if calls)
    item = world.folder_calls[folder][0]
    control.set_folder_calls(folder, [{**item, "id": key} for key in shown])

    def held() -> set[str]:
        small.synced(resources=["library_folder_calls"], list_refresh_hours=0, include_private_calls=False)
        return {row["call_id"] for row in small.rows("library_folder_calls") if row["folder_id"] == folder}

    assert held() == set(shown)
    control.edit_call(shown[0], "metaData.isPrivate", True)
    world.folder_calls[folder][1] = None  # type: ignore[call-overload]
    control.edit_folder(folder, updated="2026-06-15T11:59:00Z")
    assert held() == {shown[1]}
    assert counted(small) == {"library_folder_calls": 1}


def test_what_is_odd_in_statistics_and_accesses_is_told_of_and_takes_no_row_away(small: Tenant) -> None:
    control = small.sandbox.control
    streams = ["daily_activity_calls", "coaching", "call_access"]
    hours = iter(range(10))

    def held() -> dict[str, list[Any]]:
        small.at(NOW + timedelta(hours=next(hours)))
        report = small.synced(resources=streams, list_refresh_hours=0, lookback_days=40)
        assert set(report.rejected) == (set(streams) if next(odd) else set())
        return {name: sorted(row["id"] for row in small.rows(name)) for name in streams}

    odd = iter([False, True, False])
    whole = held()
    assert all(whole.values())
    calls = sorted({key.split()[0] for key in whole["call_access"]})[:2]
    control.set_raw(calls[0], "metaData", b'"text"')
    asked = f'"callId":"{calls[1]}"'
    control.replace_bytes(asked, '"callId":"999"', endpoint="POST /v2/calls/users-access")
    for name, endpoint in (("coaching", "GET /v2/coaching"), ("daily_activity_calls", DAY_BY_DAY)):
        call = small.rows(name)[0]["call_id"]
        control.replace_bytes(f'"{call}"', f'null,"{call}"', endpoint=endpoint)
    assert held() == whole
    assert counted(small)["call_access"] == 2
    assert {row[2] for row in rejected(small) if "999" in (row[2] or "")}, "it is told what was not asked for"
    control.clear_raw()
    control.clear_faults()
    assert held() == whole
    assert rejected(small) == []
