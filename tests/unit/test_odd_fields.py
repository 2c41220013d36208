"""Any JSON value in any documented field of any stream's records: the rest of the page is made rows of all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.config import CALL_PARTS
from gong_source.errors import GongProtocolError
from gong_source.streams.activity import (
    managers,
    shape_access,
    shape_activity,
    shape_activity_calls,
    shape_coaching,
    shape_interaction,
)
from gong_source.streams.all import STREAMS
from gong_source.streams.asks import each_field, each_step
from gong_source.streams.calls.parts import shape_calls
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.calls.transcript_rows import sentence_count, shape_transcripts, transcript_fault
from gong_source.streams.faults import fault_of, keyed, lacking, whole
from gong_source.streams.stream import EachOf, Snapshot, Stream, Windows
from gong_source.tables.activity import COUNTERS
from gong_source.tables.arrow import JsonDict, Shaped, shape
from gong_source.tables.model import CONTENT_HASH
from gong_source.tables.records import hash_column, shape_records

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2026-01-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths_of(stream: Stream) -> list[tuple[str, ...]]:
    """Every documented place of a record, and of the items of its lists as a step ``[]``."""
    found: set[tuple[str, ...]] = set()
    for table in stream.tables:
        before = (*table.path.split("."), "[]") if table.path else ()
        for path in [before, *((*before, *column.path.split(".")) for column in table.columns if column.path)]:
            found.update(path[: end + 1] for end in range(len(path)))
    return sorted(path for path in found if path[-1] != "[]")


def put(record: Any, path: tuple[str, ...], value: Any) -> Any:
    """The record with a value at a place."""
    if not path:
        return value
    if path[0] == "[]":
        return [put({}, path[1:], value)]
    return {**record, path[0]: put(record.get(path[0]) or {}, path[1:], value)}


def shaped_by(stream: Stream) -> Callable[[list[JsonDict]], list[Shaped]]:
    """How the stream's reader makes rows, once what can't be loaded was set aside."""
    way, tables = stream.reads, stream.tables
    if stream.name == "transcripts":

        def transcripts(records: list[JsonDict]) -> list[Shaped]:
            fit = [r for r in records if not transcript_fault(r) and sentence_count(r)]
            return shape_transcripts([{**r, "callId": str(r["callId"])} for r in fit], {}) if fit else []

        return transcripts
    if stream.name == "calls":

        def calls(records: list[JsonDict]) -> list[Shaped]:
            fit = [record for record in records if not call_fault(record)]
            return shape_calls(fit, [str(n) for n in range(len(fit))], CALL_PARTS)

        return calls
    if isinstance(way, EachOf):
        fault = lacking(tables[0])

        def each(records: list[JsonDict]) -> list[Shaped]:
            fit = [record for record in records if not fault(record)]
            computed = {tables[0].merge_key: ["1"] * len(fit), "position": list(range(len(fit)))}
            return [shape(tables[0], fit, {k: v for k, v in computed.items() if k in names})]

        names = {column.name for column in tables[0].columns if not column.path}
        return each
    if isinstance(way, Windows) and way.shape is not None:
        make = way.shape

        def own(records: list[JsonDict]) -> list[Shaped]:
            fault = fault_of(make, "*")
            return make([record for record in records if not fault(record)], "*")

        return own
    assert isinstance(way, (Snapshot, Windows))
    lacks = keyed(way.key, tables[0])

    def listed(records: list[JsonDict]) -> list[Shaped]:
        fit = [record for record in records if not lacks(record)]
        hashes = {CONTENT_HASH: list(range(len(fit)))} if hash_column(tables) else {}
        return shape_records(tables, fit, [str(n) for n in range(len(fit))], hashes)

    return listed


TRIED = [
    stream
    for stream in STREAMS
    if isinstance(stream.reads, (EachOf, Windows, Snapshot)) or stream.name in ("calls", "transcripts")
]


@pytest.mark.parametrize("stream", TRIED, ids=lambda stream: stream.name)
@settings(max_examples=25)
@given(data=st.data())
def test_any_value_in_any_field_makes_rows_or_is_set_aside(stream: Stream, data: st.DataObject) -> None:
    paths = paths_of(stream)
    records: list[JsonDict] = [{}]
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4)):
        records.append(put({}, path, data.draw(ANY)))
        records[0] = put(records[0] if isinstance(records[0], dict) else {}, path[:1], data.draw(ANY))
    whole(shaped_by(stream)(records))


def test_what_gong_adds_beside_the_lists_of_activity_costs_no_row_and_no_key():
    """A figure, text or object among lists of calls is none of them, and no field takes the place of what was asked."""
    asked = {"workspace-id": "1", "manager-id": "2", "month": "2026-05"}
    odd: list[Any] = [12, 1.5, True, None, "text", {"a": 1}]
    metrics = {"callsListenedTo": ["7", 8], "callsManagerAttended": None}
    reports = [{"report": {"id": "3"}, "metrics": metrics}, {"report": {"id": "4"}, "metrics": None}]
    (coaching,) = shape_coaching([{**asked, "directReportsMetrics": reports}], "1")
    assert coaching.data["call_id"].to_pylist() == ["7", "8"]
    assert coaching.data["user_id"].to_pylist() == ["3", "3"]

    figure = {"name": "Patience", "value": 1.5, "date": "never", "userId": "9"}
    users = [{"userId": "5", "date": day, "personInteractionStats": [figure]} for day in ("2026-05-01", "2026-05-02")]
    (figures,) = shape_interaction(users, "*")
    assert figures.data["id"].to_pylist() == ["5 2026-05-01 Patience", "5 2026-05-02 Patience"]

    added = {f"new{place}": value for place, value in enumerate(odd)}
    day = {"fromDate": "2026-05-01T00:00:00Z", "userId": "9", "date": "never", "callsAttended": ["6"], **added}
    (days,) = shape_activity_calls([{"userId": key, "userDailyActivityStats": [day]} for key in ("5", "6")], "*")
    assert days.data["id"].to_pylist() == ["5 2026-05-01 callsAttended 6", "6 2026-05-01 callsAttended 6"]

    own = {"started": "2026-05-01T00:00:00Z", "workspaceId": "1"}
    called = [{"callId": key, **own, "users": [{"userId": "5", "callId": "0", "started": 0}]} for key in ("6", "7")]
    (access,) = shape_access(called, "1")
    assert access.data["call_id"].to_pylist() == ["6", "7"]
    assert access.data["started"].null_count == 0


def test_what_is_no_step_and_no_field_is_told_of_and_costs_no_other():
    step = {"id": 7, "stepNumber": 1}
    flow = {"id": "1", "steps": [None, "text", step, {"stepNumber": 2}, [1]]}
    assert [each.get("key") if isinstance(each, dict) else each for each in each_step(flow)] == [
        *(None, "text", "1 7", None, [1])
    ]
    assert not list(each_step({"id": "1", "steps": None}))
    for odd in ("text", 12.9, True, {"a": 1}):
        assert not any(isinstance(each, dict) for each in each_step({"id": "1", "steps": odd}))
        assert len(list(each_step({"id": "1", "steps": odd}))) == 1
    schema = {"of": {"integrationId": 5}, "DEAL": [7, {"uniqueName": "Amount"}, {"label": "No name"}], "LEAD": "text"}
    assert [each.get("id") if isinstance(each, dict) else each for each in each_field(schema)] == [
        *(7, "5 DEAL Amount", None, "text")
    ]


def test_who_is_named_by_no_number_is_no_manager_to_ask_about():
    """Gong refuses such an id, and with it all of coaching."""
    users = [
        {"id": "1", "managerId": odd} for odd in ("12", 13, "big", "", None, 12.9, {"a": 1}, [1], True, "1²", "1\n")
    ]
    found = managers("1", lambda name: users)
    assert found == [{"workspace-id": "1", "manager-id": manager} for manager in ("12", "13")]


@pytest.mark.parametrize("added", [["x", "7"], [None], [{"id": "1"}], [["7"]], "7"])
def test_a_list_that_gong_adds_is_one_of_calls_where_it_is_of_the_day_and_holds_nothing_but_ids(added: Any):
    day = {"fromDate": "2026-05-01T00:00:00Z", "callsAttended": ["8"], "groups": added, "callsCoachedByAi": ["7", 9]}
    user = {"userId": "5", "teams": ["7"], "groups": added, "userDailyActivityStats": [day]}
    (rows,) = shape_activity_calls([user], "*")
    found = zip(rows.data["activity"].to_pylist(), rows.data["call_id"].to_pylist(), strict=True)
    assert list(found) == [("callsAttended", "8"), ("callsCoachedByAi", "7"), ("callsCoachedByAi", "9")]
    assert not rows.odd


@pytest.mark.parametrize("odd", ["text", 7, True, {"a": ["1"]}, 1.5])
def test_documented_lists_of_calls_that_are_none_are_told_of(odd: Any):
    day = {"fromDate": "2026-05-01T00:00:00Z", "callsAttended": odd}
    with pytest.raises(GongProtocolError, match="callsAttended"):
        shape_activity_calls([{"userId": "5", "userDailyActivityStats": [day]}], "*")
    reports = [("callsListenedTo", {"callsListenedTo": odd})]
    for name, metrics in reports if isinstance(odd, dict) else [*reports, ("metrics", odd)]:
        told = {"directReportsMetrics": [{"report": {"id": "3"}, "metrics": metrics}]}
        with pytest.raises(GongProtocolError, match=name):
            shape_coaching([told], "1")


@pytest.mark.parametrize(
    ("added", "rows"),
    [({"callsCoachedByAi": 7}, 1), ({"callsCoachedByAi": 0.5}, 1), ({"callsCoachedByAi": 0, "zone": "UTC"}, 0)],
)
def test_a_day_with_nothing_but_a_counter_that_gong_adds_is_a_row(added: JsonDict, rows: int):
    day = {"fromDate": "2026-05-01T00:00:00Z", "userId": 9, "callsAttended": 0, "isWeekday": True, **added}
    user = {"userId": "5", "teamSize": 12, "userAggregateActivity": [day]}
    shaped = shape_activity([user], "*")
    assert [part.data["id"].to_pylist() for part in shaped] == [["5 2026-05-01"]] * rows
    assert all(part.extras["callsCoachedByAi"] == [added["callsCoachedByAi"]] for part in shaped)


@pytest.mark.parametrize(
    ("told", "rows"), [(0, 0), ("0", 0), ("0.0", 0), ("", 0), (None, 0), (2, 1), ("2", 1), ("x", 1)]
)
def test_a_counter_is_zero_also_as_text(told: Any, rows: int):
    day = {"fromDate": "2026-05-01T00:00:00Z", **{path: told for _, path in COUNTERS}}
    assert len(shape_activity([{"userId": "5", "userAggregateActivity": [day]}], "*")) == rows


DAY = {"fromDate": "2026-05-01T00:00:00Z", "callsAttended": ["7"]}
LISTS: list[tuple[Any, str, JsonDict]] = [
    (shape_interaction, "personInteractionStats", {"name": "Patience"}),
    (shape_coaching, "directReportsMetrics", {"report": {"id": "3"}, "metrics": {"callsListened": ["7"]}}),
    (shape_access, "users", {"userId": "3"}),
    (shape_activity, "userAggregateActivity", DAY),
    (shape_activity_calls, "userDailyActivityStats", DAY),
]
"""What makes rows of a list, its name, and an item of it."""


@pytest.mark.parametrize(("shaped", "name", "item"), LISTS)
def test_an_item_that_is_no_object_costs_only_itself(shaped: Any, name: str, item: JsonDict):
    odd: list[Any] = [7, "", "text", True, ["6"]]
    told = {
        "userId": "1",
        "callId": "1",
        "date": "2026-05-01",
        "workspace-id": "1",
        "manager-id": "2",
        "month": "2026-05",
    }
    (rows,) = shaped([{**told, name: [None, *odd[:3], item, *odd[3:]]}], "1")
    assert rows.data.num_rows == 1
    assert [(each[name], told.items() <= each.items()) for each, _ in rows.odd] == [([value], True) for value in odd]
    assert {reason for _, reason in rows.odd} == {f"{name} has an item that is no object"}


@pytest.mark.parametrize("odd", [{}, {"a": 1}, "", "text", 0, 7, True])
def test_a_list_of_activity_that_is_none_is_told_and_not_taken_for_an_empty_one(odd: Any):
    for shaped, name, _ in LISTS:
        with pytest.raises(GongProtocolError, match=name):
            shaped([{name: odd}], "1")
        assert not shaped([{name: None}, {name: [None]}, {}], "1")


def test_an_odd_item_of_a_list_costs_only_itself_and_no_id_is_made_up():
    ids = [None, {"id": "5"}, "", True, ["6"], 7, "8"]
    day = {"fromDate": "2026-05-01T00:00:00Z", "callsAttended": ids}
    told = {"directReportsMetrics": [{"report": {"id": "3"}, "metrics": {"callsListened": ids}}]}
    asked = {"workspace-id": "1", "manager-id": "2", "month": "2026-05"}
    for shaped, record in (
        (shape_activity_calls, {"userId": "5", "userDailyActivityStats": [day]}),
        (shape_coaching, {**told, **asked}),
    ):
        (rows,) = shaped([record], "1")
        assert rows.data["call_id"].to_pylist() == ["7", "8"]
        assert [each["callId"] for each, _ in rows.odd] == ids[:5]
        assert {reason for _, reason in rows.odd} == {"it has no callId", "its callId is neither text nor a number"}
    for shaped, record, key in (
        (shape_access, {"callId": "1", "users": [{"userId": each} for each in ids]}, "userId"),
        (
            shape_interaction,
            {"userId": "1", "date": "2026-05-01", "personInteractionStats": [{"name": each} for each in ids]},
            "name",
        ),
    ):
        (rows,) = shaped([record], "1")
        assert [each.split()[-1] for each in rows.data["id"].to_pylist()] == ["7", "8"]
        assert [each[key] for each, _ in rows.odd] == ids[:5]
    told["directReportsMetrics"] += [
        {"report": {"id": {"a": 1}}, "metrics": {"callsListened": each}} for each in (["7", "8"], [])
    ]
    (rows,) = shape_coaching([{**told, **asked}], "1")
    assert rows.data["user_id"].to_pylist() == ["3", "3"]
    assert [reason for _, reason in rows.odd[5:]] == ["its userId is neither text nor a number"]


@pytest.mark.parametrize(
    "zone", ["Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Pago_Pago", "Pacific/Honolulu"]
)
@pytest.mark.parametrize("first", [date(2026, 1, 14), date(2026, 4, 1), date(2026, 9, 20), date(2026, 7, 1)], ids=str)
@pytest.mark.parametrize("told", ["Z", "+00:00", ""])
def test_a_day_is_the_companys_in_every_zone_and_form(zone: str, first: date, told: str):
    """Also around the days on which its clocks are changed."""
    days = [first + timedelta(days=number) for number in range(20)]
    midnights = [datetime.combine(day, time(), ZoneInfo(zone)) for day in days]
    starts = [(each.astimezone(timezone.utc) if told else each).isoformat() for each in midnights]
    listed = [{"fromDate": start.replace("+00:00", told or "+00:00"), "callsAttended": 1} for start in starts]
    (shaped,) = shape_activity([{"userId": "5", "date": first.isoformat(), "userAggregateActivity": listed}], "*")
    assert shaped.data["date"].to_pylist() == [day.isoformat() for day in days]
    assert not shaped.extras
